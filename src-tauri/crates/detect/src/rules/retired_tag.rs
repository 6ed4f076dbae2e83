//! A product that its vendor has replaced or switched off.

use pixelproof_model::{Actor, Area, Install, Severity};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};

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
        name: "Universal Analytics",
        pages: &[(
            "/",
            "<!doctype html><title>Home</title><script>ga('create', 'UA-4821733-1', 'auto'); ga('send', 'pageview');</script>",
        )],
        expect: &["Universal Analytics UA-4821733-1 is still on the page, although it is retired."],
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
    context.page.installs.iter().filter(|i| copies::runs(i.state, i.via)).filter_map(|i| draft(context, i)).collect()
}

fn draft(context: &PageContext<'_>, install: &Install) -> Option<Draft> {
    let why = context.catalogue.get(&install.vendor)?.retired.clone()?;
    let pixel = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
    Some(Draft {
        vendor: Some(install.vendor.clone()),
        account: install.account.clone(),
        key: String::new(),
        message: format!("{pixel} is still on the page, although it is retired."),
        why: Some(why),
        evidence: vec![words::of_install(context.page, install, "code of the retired product")],
        ..Draft::default()
    })
}
