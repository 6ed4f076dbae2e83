//! Seen leaving, not in the source.

use pixelproof_model::{Actor, Area, Event, EventClass, Fired, Severity};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "fired-not-declared",
    severity: Severity::Info,
    area: Area::Correctness,
    actor: Actor::TagManager,
    what: "An event was seen leaving the page that its source doesn't declare.",
    why: "It comes from a container, a plugin or another script, so changes to the page's source won't touch it.",
    fix: "Look at what sent it before changing the page.",
    needs_browser: true,
    check: Check::Browser(Need::Any, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let undeclared = seen.page.events.iter().filter(|e| !e.declared && e.fired == Fired::Seen);
    // What a library sends by itself needs no declaration, and another page has its own source.
    let undeclared = undeclared.filter(|e| e.class != EventClass::Automatic && e.second_page.is_none());
    undeclared.map(|event| draft(seen, event)).collect()
}

fn draft(seen: &Seen<'_>, event: &Event) -> Draft {
    let account = words::only_account(event);
    let pixel = seen.name(&event.vendor, account.as_deref());
    let name = words::event_name(event);
    let whence = event.why.clone().unwrap_or_else(|| "where it came from is not known".to_owned());
    Draft {
        vendor: Some(event.vendor.clone()),
        account,
        key: format!("{name} {whence}"),
        message: format!("{pixel} gets {name}, which the page's source doesn't declare; {whence}."),
        evidence: vec![words::of_event(seen.page, event, format!("{name}, seen leaving"))],
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{EventClass, Pass::None};

    use crate::rules::trial::Trial;

    const PAGE: &str = "<script>fbq('init', '480011223344556'); fbq('track', 'Lead');</script>";

    #[test]
    fn only_what_nothing_declares_and_no_library_adds_is_said() {
        let rule = super::RULE.id;
        let page = || Trial::at("https://shop.example/", PAGE).looked(None).fired(0, &[1]);
        page().check(rule, &[]);
        let undeclared = page().event(0, |event| {
            event.declared = false;
            event.why = Some("it came from container GTM-ABC123".to_owned());
        });
        undeclared.check(
            rule,
            &["Meta Pixel 480011223344556 gets Lead, which the page's source doesn't declare; it came from container GTM-ABC123."],
        );
        undeclared.clone().event(0, |event| event.class = EventClass::Automatic).check(rule, &[]);
        let elsewhere = Some("https://shop.example/thanks".to_owned());
        undeclared.event(0, |event| event.second_page = elsewhere).check(rule, &[]);
    }
}
