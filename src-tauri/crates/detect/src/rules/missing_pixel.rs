//! A site-wide account that some templates lack.

use pixelproof_model::{Actor, Area, Cell, Evidence, Severity};

use super::{Check, Draft, Example, PageSelector, PixelSums, Rule, SiteContext, TemplateSums, invalid_account, words};

pub(super) static RULE: Rule = Rule {
    id: "missing-pixel",
    severity: Severity::Error,
    area: Area::Coverage,
    actor: Actor::Developer,
    what: "A pixel account that most of the site carries is not active on pages that carry other pixels.",
    why: "The platform behind it sees the site with holes: journeys break off, audiences miss people, and conversions on \
          these pages are credited to nobody.",
    fix: "Add the account's base code to the template of these pages.",
    needs_browser: false,
    check: Check::Site(check),
    examples: &[
        Example {
            name: "two templates with the account, one with another vendor's pixel only",
            pages: &[
                ("/", PAGE_BOTH),
                ("/about", PAGE_BOTH),
                ("/help", PAGE_BOTH),
                ("/landing", "<!doctype html><title>Offer</title><script>ttq.load('C4A7Q2JHKLMN8PRSTUV0'); ttq.page();</script>"),
            ],
            expect: &["Meta Pixel 480011223344556 is on 3 of the site's 4 pages, but not on /landing."],
        },
        Example {
            name: "a page without any pixel is reported once, as untracked",
            pages: &[("/", PAGE_BOTH), ("/about", PAGE_BOTH), ("/help", "<!doctype html><title>Help</title><p>Hi</p>")],
            expect: &[],
        },
    ],
};

const PAGE_BOTH: &str = "<!doctype html><title>Shop</title><script>ttq.load('C4A7Q2JHKLMN8PRSTUV0'); ttq.page();\
                         fbq('init', '480011223344556'); fbq('track', 'PageView');</script>";

fn check(context: &SiteContext<'_>) -> Vec<Draft> {
    let pages: u64 = context.templates.iter().map(|t| t.pages).sum();
    let mut drafts = Vec::new();
    for total in totals(context) {
        if !is_site_wide(&total, pages) || total.account.is_none() {
            continue;
        }
        for template in context.templates {
            for (cell, count) in lacking(template, &total) {
                drafts.push(draft(context, &total, pages, template, cell, count));
            }
        }
    }
    drafts
}

/// Sums of every account over all templates, by vendor and account. What can't be an account is left out.
pub(super) fn totals(context: &SiteContext<'_>) -> Vec<PixelSums> {
    let mut totals: Vec<PixelSums> = Vec::new();
    let plausible = |p: &&PixelSums| {
        p.account.as_deref().is_none_or(|a| invalid_account::is_plausible(context.catalogue, &p.vendor, a))
    };
    for pixel in context.templates.iter().flat_map(|t| &t.pixels).filter(plausible) {
        let key = |p: &PixelSums| (p.vendor.clone(), p.account.clone());
        match totals.binary_search_by_key(&key(pixel), key) {
            Ok(at) => {
                let total = &mut totals[at];
                total.active += pixel.active;
                total.gated += pixel.gated;
                total.image_only += pixel.image_only;
                if total.example.is_none() {
                    total.example.clone_from(&pixel.example);
                }
            }
            Err(at) => totals.insert(at, pixel.clone()),
        }
    }
    totals
}

/// On at least half of the pages, now or after consent.
pub(super) fn is_site_wide(total: &PixelSums, pages: u64) -> bool {
    pages > 1 && (total.active + total.gated) * 2 >= pages
}

/// How a template lacks an account, on pages that carry some other active pixel. Where the account waits for consent on
/// most of the site, waiting is the rule and no lack.
fn lacking(template: &TemplateSums, total: &PixelSums) -> Vec<(Cell, u64)> {
    let same = |p: &&PixelSums| p.vendor == total.vendor && p.account == total.account;
    let pixel = template.pixels.iter().find(same).cloned().unwrap_or_default();
    let tracked = template.pages.saturating_sub(template.untracked);
    // An account of a tag manager alone doesn't make its page a tracked one.
    let active = pixel.active.min(tracked);
    let absent = tracked.saturating_sub(active + pixel.gated_beside + pixel.image_beside);
    let gated = if total.gated > total.active { 0 } else { pixel.gated_beside };
    [(Cell::Missing, absent), (Cell::Gated, gated), (Cell::ImageOnly, pixel.image_beside)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn fix(total: &PixelSums, cell: Cell) -> Option<String> {
    match cell {
        Cell::Gated => Some(
            "Load it as on the other pages, or put the other pages behind consent too: one rule for the whole site."
                .to_owned(),
        ),
        Cell::Missing => by_container(total)
            .map(|tag| format!("Let the trigger of {tag} fire on these pages too, and see that the container is on them.")),
        _ => None,
    }
}

/// The tag of a container that brings the account, where the page that shows it has it from one.
fn by_container(total: &PixelSums) -> Option<String> {
    let source = &total.example.as_ref()?.at.as_ref()?.source;
    let (_, id) = source.split_once("/gtm.js?id=")?;
    let (container, tag) = id.split_once("#tag-")?;
    Some(format!("{container} tag {tag}"))
}

fn draft(
    context: &SiteContext<'_>,
    total: &PixelSums,
    pages: u64,
    template: &TemplateSums,
    cell: Cell,
    count: u64,
) -> Draft {
    let name = words::pixel_name(context.catalogue, &total.vendor, total.account.as_deref());
    let with = total.active + total.gated;
    let place = if template.pages == 1 {
        template.template.clone()
    } else if template.pages == count {
        format!("any of the {count} pages of {}", template.template)
    } else {
        format!("{count} of {} pages of {}", template.pages, template.template)
    };
    let how = match cell {
        Cell::Gated => "only waits for consent on",
        Cell::ImageOnly => "only has its image or fallback on",
        _ => "not on",
    };
    let message = format!("{name} is on {with} of the site's {pages} pages, but {how} {place}.");
    let note = match cell {
        Cell::Gated => format!("a page of {} where it waits for consent", template.template),
        Cell::ImageOnly => format!("a page of {} with the image or fallback alone", template.template),
        _ => format!("a page of {}: looked for and not found", template.template),
    };
    let mut evidence = vec![Evidence { page: template.example.clone(), at: None, excerpt: None, note }];
    evidence.extend(total.example.clone());
    Draft {
        vendor: Some(total.vendor.clone()),
        account: total.account.clone(),
        key: format!("{} {cell:?}", template.template),
        message,
        snippet: (cell == Cell::Missing && by_container(total).is_none())
            .then(|| words::snippet(context.catalogue, &total.vendor, total.account.as_deref()))
            .flatten(),
        fix: fix(total, cell),
        cause: by_container(total).filter(|_| cell == Cell::Missing).map(|tag| {
            format!("Elsewhere {tag} brings it: here the tag's trigger is not met, or the container is not on the page.")
        }),
        evidence,
        pages: PageSelector::Lacking {
            template: template.template.clone(),
            vendor: total.vendor.clone(),
            account: total.account.clone(),
            cell,
        },
        ..Draft::default()
    }
}
