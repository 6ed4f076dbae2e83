//! One deduplication id on different events.

use pixelproof_model::{Actor, Area, Event, Severity, Text};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};

pub(super) static RULE: Rule = Rule {
    id: "reused-event-id",
    severity: Severity::Error,
    area: Area::Duplicates,
    actor: Actor::Developer,
    what: "Different events of a vendor carry the same event id.",
    why: "The id is there so that the platform can drop a copy of one event. Where several events share it, the platform \
          may drop a real conversion, and a copy sent from the server no longer finds its twin.",
    fix: "Give each event an id of its own, made from the order or from a random number, and send the same id with the \
          server's copy of that event only.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "one id for two conversions",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Lead', {}, {eventID: 'a-1'});\
                 fbq('track', 'CompleteRegistration', {}, {eventID: 'a-1'});</script>",
            )],
            expect: &["Lead and CompleteRegistration of Meta Pixel share the event id a-1."],
        },
        Example {
            name: "an order's number",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>window.dataLayer = window.dataLayer || [];\
                 function gtag(){dataLayer.push(arguments);} gtag('js', new Date()); gtag('config', 'AW-10482736451');\
                 gtag('event', 'purchase', {transaction_id: 'Q-1', value: 9, currency: 'EUR'});\
                 gtag('event', 'conversion', {send_to: 'AW-10482736451/k2JzCPq8xYk', transaction_id: 'Q-1'});</script>",
            )],
            expect: &[],
        },
        Example {
            name: "an id each",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Lead', {}, {eventID: 'a-1'});\
                 fbq('track', 'CompleteRegistration', {}, {eventID: 'a-2'});</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let mut sets: Vec<Vec<&Event>> = Vec::new();
    for event in context.page.events.iter().filter(|e| e.declared && copies::runs(e.state, e.via)) {
        let Some(id) = constant_id(event) else { continue };
        match sets.iter_mut().find(|set| set[0].vendor == event.vendor && constant_id(set[0]) == Some(id)) {
            Some(set) if set.iter().any(|other| other.name == event.name) => {}
            Some(set) => set.push(event),
            None => sets.push(vec![event]),
        }
    }
    sets.iter().filter(|set| set.len() > 1).filter_map(|set| draft(context, set)).collect()
}

/// The id, where it is a constant and the event's own: an order's number, which stands among the parameters, belongs to
/// every event about the order.
fn constant_id(event: &Event) -> Option<&str> {
    let id = event.event_id.as_ref().and_then(Text::known).filter(|id| !id.is_empty())?;
    let of_order = event.params.values().any(|value| value.as_str() == Some(id));
    (!of_order).then_some(id)
}

fn draft(context: &PageContext<'_>, set: &[&Event]) -> Option<Draft> {
    let first = set.first()?;
    let names: Vec<String> = set.iter().map(|e| words::event_name(e)).collect();
    let vendor = words::vendor_name(context.catalogue, &first.vendor);
    let id = constant_id(first)?;
    let evidence = set.iter().take(super::MAX_EVIDENCE);
    Some(Draft {
        vendor: Some(first.vendor.clone()),
        account: words::only_account(first),
        key: names.join(","),
        message: format!("{} of {vendor} share the event id {id}.", words::list(&names)),
        evidence: evidence.map(|e| words::of_event(context.page, e, format!("{} with {id}", words::event_name(e)))).collect(),
        ..Draft::default()
    })
}
