//! A product that its vendor has replaced or switched off.

use pixelproof_model::{Actor, Area, Evidence, Severity};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};
use crate::catalogue::Vendor;

pub(super) static RULE: Rule = Rule {
    id: "retired-tag",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A page carries the code of a product that its vendor has retired.",
    why: "It slows the page and measures nothing, and whoever reads the source believes that something is tracked.",
    fix: "Remove the code; where its numbers are still wanted, install the product that replaced it.",
    needs_browser: false,
    check: Check::Page(check),
    examples: RETIRED_EXAMPLES,
};

const RETIRED_EXAMPLES: &[Example] = &[
    Example {
        name: "the conversion pixel of old",
        pages: &[(
            "/",
            "<!doctype html><title>Home</title><script>window._fbq = window._fbq || [];\
             window._fbq.push(['addPixelId', '480011223344556']);</script>",
        )],
        expect: &["Meta Pixel 480011223344556 is still on the page in a form that is retired."],
    },
    Example {
        name: "a product in use",
        pages: &[(
            "/",
            "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
        )],
        expect: &[],
    },
];

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let page = context.page;
    let installs = page.installs.iter().filter(|i| copies::runs(i.state, i.via) && !i.by_events).filter_map(|i| {
        let why = reason(context.catalogue.get(&i.vendor)?, &i.code)?;
        Some(draft(context, &i.vendor, i.account.clone(), why, words::of_install(page, i, "code of the retired product")))
    });
    let events = page.events.iter().filter(|e| e.declared && copies::runs(e.state, e.via)).filter_map(|e| {
        let why = retired_call(context.catalogue.get(&e.vendor)?, &e.code)?;
        let evidence = words::of_event(page, e, "event of the retired product");
        Some(draft(context, &e.vendor, words::only_account(e), why, evidence))
    });
    installs.chain(events).collect()
}

/// Why the product, or the form in which a page uses it, is retired.
fn reason<'a>(vendor: &'a Vendor, code: &str) -> Option<&'a str> {
    vendor.retired.as_deref().or_else(|| retired_call(vendor, code))
}

/// A call through a function that only retired forms have.
fn retired_call<'a>(vendor: &'a Vendor, code: &str) -> Option<&'a str> {
    let written = |function: &str| code.contains(&format!("{function}("));
    let in_use = |function: &str| vendor.calls.iter().any(|c| c.retired.is_none() && c.function == function);
    let call = vendor.calls.iter().find(|c| c.retired.is_some() && !in_use(&c.function) && written(&c.function))?;
    call.retired.as_deref()
}

fn draft(context: &PageContext<'_>, vendor: &str, account: Option<String>, why: &str, evidence: Evidence) -> Draft {
    let pixel = words::pixel_name(context.catalogue, vendor, account.as_deref());
    Draft {
        vendor: Some(vendor.to_owned()),
        account,
        key: String::new(),
        message: format!("{pixel} is still on the page in a form that is retired."),
        why: Some(format!("{why}.")),
        evidence: vec![evidence],
        ..Draft::default()
    }
}
