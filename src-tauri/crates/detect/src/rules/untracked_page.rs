//! A page that nobody's pixel sees.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Draft, Example, PageContext, Rule, Tracking, should_be_tracked, tracking, words};

pub(super) static RULE: Rule = Rule {
    id: "untracked-page",
    severity: Severity::Error,
    area: Area::Coverage,
    actor: Actor::Developer,
    what: "A page that visitors can open runs no advertising or analytics pixel.",
    why: "Visits to it are missing from every report, its visitors from every audience, and a click on an ad that lands \
          here can't be followed to the purchase.",
    fix: "Put the site's base code into the template that renders these pages, as high in the head as on the pages that \
          have it.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a page without any pixel",
            pages: &[("/about", "<!doctype html><title>About</title><h1>About us</h1><p>We sell kettles.</p>")],
            expect: &["No advertising or analytics pixel runs on this page."],
        },
        Example {
            name: "a commented-out pixel tracks nothing",
            pages: &[(
                "/about",
                "<!doctype html><title>About</title><h1>About us</h1><!-- <script>fbq('init', '480011223344556');\
                 fbq('track', 'PageView');</script> -->",
            )],
            expect: &["No advertising or analytics pixel runs on this page."],
        },
        Example {
            name: "a page with a pixel",
            pages: &[(
                "/about",
                "<!doctype html><title>About</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 </script><h1>About us</h1>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let (page, found) = (context.page, tracking(context.page, context.catalogue));
    if found == Tracking::Active || !should_be_tracked(page) {
        return Vec::new();
    }
    let mut evidence: Vec<_> = page
        .installs
        .iter()
        .map(|install| {
            let name = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
            let why = match words::was_read(page, install) {
                true => "none of whose pixels fires on this page",
                false => "which doesn't run by itself",
            };
            words::of_install(page, install, format!("{name}, {why}"))
        })
        .take(super::MAX_EVIDENCE)
        .collect();
    if evidence.is_empty() {
        evidence.push(words::of_page(page, "looked for calls, libraries, images and settings of every known vendor: none"));
    }
    vec![Draft {
        severity: (!found.is_untracked()).then_some(Severity::Info),
        key: format!("{found:?}"),
        message: message(found).to_owned(),
        fix: fix(found).map(str::to_owned),
        evidence,
        ..Draft::default()
    }]
}

fn message(found: Tracking) -> &'static str {
    match found {
        Tracking::OnlyContainer => {
            "The page carries no pixel of its own, only a tag-manager container whose tags this audit did not read."
        }
        Tracking::OnlyGated => "Every pixel on this page waits for consent: visitors who don't give it are not counted.",
        Tracking::OnlyNoscript => "Only the fallback for visitors without JavaScript is on this page; the pixel itself is not.",
        Tracking::OnlyInert => "The page holds a pixel's code, but in a form that no browser runs.",
        Tracking::None | Tracking::Active => "No advertising or analytics pixel runs on this page.",
    }
}

fn fix(found: Tracking) -> Option<&'static str> {
    match found {
        Tracking::OnlyContainer => Some("Check in the container that the pixels meant for this page fire on its address."),
        Tracking::OnlyGated => Some("Nothing to mend if this is meant; know that reports hold only those who agreed."),
        Tracking::OnlyNoscript => Some("Add the script part of the base code, which sits above the fallback on other pages."),
        Tracking::OnlyInert => Some("Take the code out of the comment, template or data block that holds it."),
        Tracking::None | Tracking::Active => None,
    }
}
