//! An account on few pages of a site that otherwise uses another.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Draft, Example, PageSelector, PixelSums, Rule, SiteContext, TemplateSums, missing_pixel, words};

pub(super) static RULE: Rule = Rule {
    id: "stray-account",
    severity: Severity::Warning,
    area: Area::Coverage,
    actor: Actor::Marketing,
    what: "An account stands on a few pages while another account of the same vendor is on most of the site.",
    why: "It is usually left over from a former agency, a copied page or a test: somebody else may be collecting these \
          visits, and their conversions are missing from the account in use.",
    fix: "Find out whose account it is. If nobody needs it, remove it from these pages.",
    needs_browser: false,
    check: Check::Site(check),
    examples: &[
        Example {
            name: "a landing page with a former agency's account",
            pages: &[("/", MAIN), ("/a", MAIN), ("/b", MAIN), ("/landing", STRAY)],
            expect: &[
                "Meta Pixel 590022334455667 is on 1 of the site's 4 pages only, while 480011223344556 is on 3.",
            ],
        },
        Example {
            name: "two accounts that share the site evenly",
            pages: &[("/", MAIN), ("/a", MAIN), ("/blog/one", STRAY), ("/blog/two", STRAY)],
            expect: &[],
        },
    ],
};

const MAIN: &str = "<!doctype html><title>Shop</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>";
const STRAY: &str = "<!doctype html><title>Old</title><script>fbq('init', '590022334455667'); fbq('track', 'PageView');</script>";

/// An account is on few pages when on at most one in this many, or on a single page.
const FEW: u64 = 10;

fn check(context: &SiteContext<'_>) -> Vec<Draft> {
    let pages = count(context.templates);
    let totals = missing_pixel::totals(context);
    let strays = totals.iter().filter(|t| is_stray(t, context));
    strays.filter_map(|stray| Some(draft(context, stray, main_of(stray, &totals, pages)?, pages))).collect()
}

fn count(templates: &[TemplateSums]) -> u64 {
    templates.iter().map(|t| t.pages).sum()
}

fn present(pixel: &PixelSums) -> u64 {
    pixel.active + pixel.gated
}

/// The account of the same vendor that most of the site carries.
fn main_of<'a>(stray: &PixelSums, totals: &'a [PixelSums], pages: u64) -> Option<&'a PixelSums> {
    totals.iter().find(|t| {
        t.vendor == stray.vendor && t.account.is_some() && t.account != stray.account && missing_pixel::is_site_wide(t, pages)
    })
}

/// Whether an account is on few pages while another one of the vendor is site-wide.
pub(super) fn is_stray(total: &PixelSums, context: &SiteContext<'_>) -> bool {
    let pages = count(context.templates);
    let on = present(total);
    let few = on > 0 && (on == 1 || on * FEW <= pages);
    few && total.account.is_some()
        && !missing_pixel::is_site_wide(total, pages)
        && main_of(total, &missing_pixel::totals(context), pages).is_some()
}

fn draft(context: &SiteContext<'_>, stray: &PixelSums, main: &PixelSums, pages: u64) -> Draft {
    let name = words::pixel_name(context.catalogue, &stray.vendor, stray.account.as_deref());
    let account = main.account.as_deref().unwrap_or_default();
    let mut evidence: Vec<_> = stray.example.iter().cloned().collect();
    evidence.extend(main.example.clone());
    Draft {
        vendor: Some(stray.vendor.clone()),
        account: stray.account.clone(),
        key: account.to_owned(),
        message: format!(
            "{name} is on {} of the site's {pages} pages only, while {account} is on {}.",
            present(stray),
            present(main)
        ),
        evidence,
        pages: PageSelector::Carrying {
            vendor: stray.vendor.clone(),
            account: stray.account.clone(),
            templates: Vec::new(),
        },
        ..Draft::default()
    }
}
