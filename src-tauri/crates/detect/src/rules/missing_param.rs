//! A standard event without a parameter that the vendor requires.

use pixelproof_model::{Actor, Area, Event, EventClass, Severity, Stage, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};

pub(super) static RULE: Rule = Rule {
    id: "missing-param",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A standard event lacks a parameter that the vendor requires for it.",
    why: "Without it the platform can't compute what the event is for: no revenue, no return on ad spend, no match with \
          the catalogue.",
    fix: "Pass the parameter with the call, filled from the order or product that the page shows.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a purchase without currency",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', {value: 30.5});</script>",
            )],
            expect: &["Purchase of Meta Pixel lacks currency."],
        },
        Example {
            name: "both there, one as an expression",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', {value: order.total, currency: 'EUR'});</script>",
            )],
            expect: &[],
        },
        Example {
            name: "an object that the source doesn't show",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', order);</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let drafts = context.page.events.iter().filter_map(|event| {
        let draft = draft(context, event)?;
        Some((event, draft.key.clone(), draft))
    });
    copies::once_per_call(context, drafts.collect())
}

fn draft(context: &PageContext<'_>, event: &Event) -> Option<Draft> {
    let vendor = context.catalogue.get(&event.vendor)?;
    let judged = event.class == EventClass::Standard && event.declared && copies::runs(event.state, event.via);
    if !judged || words::is_open(&event.params) || event.via == Via::Config {
        return None;
    }
    let standard = vendor.standard_event(event.name.known()?)?;
    let missing: Vec<&str> =
        standard.required.iter().map(String::as_str).filter(|key| !has(event, key)).collect();
    if missing.is_empty() {
        return None;
    }
    let purchase = standard.stage == Stage::Purchase;
    Some(Draft {
        severity: purchase.then_some(Severity::Error),
        vendor: Some(event.vendor.clone()),
        account: words::only_account(event),
        key: format!("{} {}", standard.name, missing.join(",")),
        message: format!("{} of {} lacks {}.", standard.name, vendor.name, words::list(&missing)),
        why: purchase.then(|| {
            "The platform counts the sale but not its worth: revenue and return on ad spend are wrong or empty.".to_owned()
        }),
        evidence: vec![words::of_event(context.page, event, format!("without {}", words::list(&missing)))],
        ..Draft::default()
    })
}

/// Whether a key is passed with something in it; an expression counts, since the page fills it.
fn has(event: &Event, key: &str) -> bool {
    event.params.get(key).is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
}
