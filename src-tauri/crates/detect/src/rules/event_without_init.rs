//! Events of a vendor that is not installed on the page.

use pixelproof_model::{Actor, Area, Event, EventClass, Severity, Trigger, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};

pub(super) static RULE: Rule = Rule {
    id: "event-without-init",
    severity: Severity::Error,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A page calls a pixel that is not installed on it.",
    why: "The call reaches no account; where the vendor's function isn't defined at all, it also stops the script that \
          holds it.",
    fix: "Put the base code into the page's template, or remove the call.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a purchase without base code",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('track', 'Purchase', {value: 9, currency: 'EUR'});</script>",
            )],
            expect: &["Purchase is called, but Meta Pixel is not installed on this page: nobody gets it."],
        },
        Example {
            name: "with base code",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', {value: 9, currency: 'EUR'});</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let page = context.page;
    // A container may hold the base code.
    if copies::has_container(page, context.catalogue) {
        return Vec::new();
    }
    let lost = |e: &&Event| {
        e.declared
            && copies::runs(e.state, e.via)
            && matches!(e.via, Via::Script | Via::Attribute)
            // Who knows whether a function that nothing calls ever runs on this page.
            && e.trigger != Trigger::Unknown
            && e.class != EventClass::Automatic
            && e.accounts.is_empty()
            && !page.installs.iter().any(|i| i.vendor == e.vendor && !i.by_events)
            && !page.libraries.iter().any(|l| l.vendor == e.vendor)
    };
    page.events.iter().filter(lost).map(|event| draft(context, event)).collect()
}

fn draft(context: &PageContext<'_>, event: &Event) -> Draft {
    let name = words::event_name(event);
    let vendor = words::vendor_name(context.catalogue, &event.vendor);
    Draft {
        vendor: Some(event.vendor.clone()),
        key: name.clone(),
        message: format!("{name} is called, but {vendor} is not installed on this page: nobody gets it."),
        evidence: vec![words::of_event(context.page, event, format!("{name}, with no install of {vendor} on the page"))],
        ..Draft::default()
    }
}
