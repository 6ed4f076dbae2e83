//! Tools that record what visitors do.

use std::collections::BTreeSet;

use pixelproof_model::{Actor, Area, PageKind, Severity};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};
use crate::catalogue::Purpose;

pub(super) static RULE: Rule = Rule {
    id: "session-replay",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "A tool that records visits is active: movements, clicks, and what the page shows.",
    why: "A recording can hold whatever a visitor sees or types, and goes to the tool's company. Whether fields are masked \
          is decided in the tool's settings, which the page doesn't show.",
    fix: "Let it start after consent only, mask all fields in the tool's settings, and leave it out where visitors log in, \
          pay or write to you.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a recorder on a product page",
            pages: &[("/product/7", HOTJAR)],
            expect: &["Hotjar 1234567 records what visitors do."],
        },
        Example {
            name: "a recorder where visitors log in",
            pages: &[("/login", HOTJAR)],
            expect: &["Hotjar 1234567 records what visitors do where they log in."],
        },
        Example {
            name: "a recorder that waits for consent",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script type='text/plain' data-cookieconsent='statistics'>(function(h,o,t,j,a,r){\
                 h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};h._hjSettings={hjid:1234567,hjsv:6};a=o.getElementsByTagName('head')[0];\
                 r=o.createElement('script');r.async=1;r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;a.appendChild(r);\
                 })(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');</script>",
            )],
            expect: &[],
        },
    ],
};

const HOTJAR: &str = "<!doctype html><title>Page</title><script>(function(h,o,t,j,a,r){\
    h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};h._hjSettings={hjid:1234567,hjsv:6};a=o.getElementsByTagName('head')[0];\
    r=o.createElement('script');r.async=1;r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;a.appendChild(r);\
    })(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');</script>";

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let page = context.page;
    let mut told = BTreeSet::new();
    let mut drafts = Vec::new();
    for install in page.installs.iter().filter(|install| copies::is_active(install)) {
        let records =
            context.catalogue.get(&install.vendor).is_some_and(|vendor| vendor.purpose == Purpose::SessionReplay);
        if !records || !told.insert((&install.vendor, &install.account)) {
            continue;
        }
        let pixel = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
        let place = place(&page.kinds);
        drafts.push(Draft {
            severity: place.map(|_| Severity::Error),
            vendor: Some(install.vendor.clone()),
            account: install.account.clone(),
            key: place.unwrap_or_default().to_owned(),
            message: match place {
                Some(place) => format!("{pixel} records what visitors do where they {place}."),
                None => format!("{pixel} records what visitors do."),
            },
            evidence: vec![words::of_install(page, install, "runs here")],
            ..Draft::default()
        });
    }
    drafts
}

/// What visitors type on a page, for a sentence: “where they …”.
fn place(kinds: &[PageKind]) -> Option<&'static str> {
    kinds.iter().find_map(|kind| match kind {
        PageKind::Login => Some("log in"),
        PageKind::Registration => Some("register"),
        PageKind::Checkout => Some("pay"),
        PageKind::Contact => Some("write to the site"),
        _ => None,
    })
}
