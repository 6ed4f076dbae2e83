//! Templates of one site that report to different accounts of a vendor.

use pixelproof_model::{Actor, Area, Severity};

use super::{
    Check, Draft, Example, PageSelector, PixelSums, Rule, SiteContext, TemplateSums, missing_pixel, stray_account, words,
};

pub(super) static RULE: Rule = Rule {
    id: "inconsistent-accounts",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Marketing,
    what: "Templates of one site use different accounts of the same vendor.",
    why: "Each account sees only its own part of a journey: audiences and conversions are split, and neither account can \
          optimise on the whole.",
    fix: "Decide on one account for the site and use it in every template; keep a second one only beside it, not instead \
          of it.",
    needs_browser: false,
    check: Check::Site(check),
    examples: &[
        Example {
            name: "the blog has an account of its own",
            pages: &[
                ("/", SHOP),
                ("/a", SHOP),
                ("/b", SHOP),
                ("/blog/one", BLOG),
                ("/blog/two", BLOG),
            ],
            expect: &["/blog/* uses Meta Pixel 590022334455667, where other templates use 480011223344556."],
        },
        Example {
            name: "a second account beside the first everywhere",
            pages: &[("/", BOTH), ("/a", BOTH), ("/blog/one", BOTH), ("/blog/two", BOTH)],
            expect: &[],
        },
    ],
};

const SHOP: &str = "<!doctype html><title>Shop</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>";
const BLOG: &str = "<!doctype html><title>Blog</title><script>fbq('init', '590022334455667'); fbq('track', 'PageView');</script>";
const BOTH: &str = "<!doctype html><title>Both</title><script>fbq('init', '480011223344556'); fbq('init', '590022334455667');\
                    fbq('track', 'PageView');</script>";

fn check(context: &SiteContext<'_>) -> Vec<Draft> {
    let totals: Vec<PixelSums> =
        missing_pixel::totals(context).into_iter().filter(|t| t.account.is_some() && present(t) > 0).collect();
    let mut drafts = Vec::new();
    for total in &totals {
        let rivals = totals.iter().filter(|t| t.vendor == total.vendor);
        // On a tie the account that sorts first counts as the main one.
        let main = rivals.fold(total, |best, t| {
            let order = present(t).cmp(&present(best)).then_with(|| best.account.cmp(&t.account));
            if order.is_gt() { t } else { best }
        });
        if main.account == total.account || stray_account::is_stray(total, context) {
            continue;
        }
        let own: Vec<&TemplateSums> = context.templates.iter().filter(|t| rules_alone(t, total, main)).collect();
        if !own.is_empty() {
            drafts.push(draft(context, total, main, &own));
        }
    }
    drafts
}

fn present(pixel: &PixelSums) -> u64 {
    pixel.active + pixel.gated
}

/// On at least half of the template's tracked pages, and the main account on none.
fn rules_alone(template: &TemplateSums, total: &PixelSums, main: &PixelSums) -> bool {
    let of = |wanted: &PixelSums| {
        let found = template.pixels.iter().find(|p| p.vendor == wanted.vendor && p.account == wanted.account);
        found.map_or(0, present)
    };
    of(main) == 0 && of(total) > 0 && of(total) * 2 >= template.pages.saturating_sub(template.untracked)
}

fn draft(context: &SiteContext<'_>, total: &PixelSums, main: &PixelSums, own: &[&TemplateSums]) -> Draft {
    let names: Vec<String> = own.iter().map(|t| t.template.clone()).collect();
    let use_ = if names.len() == 1 { "uses" } else { "use" };
    let pixel = words::pixel_name(context.catalogue, &total.vendor, total.account.as_deref());
    let main_account = main.account.as_deref().unwrap_or_default();
    let mut evidence: Vec<_> = own
        .iter()
        .filter_map(|t| t.pixels.iter().find(|p| p.vendor == total.vendor && p.account == total.account))
        .filter_map(|p| p.example.clone())
        .collect();
    evidence.extend(main.example.clone());
    Draft {
        vendor: Some(total.vendor.clone()),
        account: total.account.clone(),
        key: main_account.to_owned(),
        message: format!("{} {use_} {pixel}, where other templates use {main_account}.", words::list(&names)),
        snippet: words::snippet(context.catalogue, &main.vendor, main.account.as_deref()),
        evidence,
        pages: PageSelector::Carrying {
            vendor: total.vendor.clone(),
            account: total.account.clone(),
            templates: names,
        },
        ..Draft::default()
    }
}
