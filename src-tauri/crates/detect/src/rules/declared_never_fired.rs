//! Declared in the source, never seen.

use pixelproof_model::{Actor, Area, Event, Fired, Pass, Severity, State, Via};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen, looked},
    words,
};

/// Why an event never left where the page never fetched its vendor's library.
pub const LIBRARY_NOT_ASKED: &str = "the page never asked for the vendor's library";

pub(super) static RULE: Rule = Rule {
    id: "declared-never-fired",
    severity: Severity::Info,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "The source declares an event that was never seen leaving the page.",
    why: "It may wait for a click, a condition or consent, or be broken.",
    fix: "Read the reason given with the event; try it by hand where none was found.",
    needs_browser: true,
    check: Check::Browser(Need::Any, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let agreed = looked(seen.page, Pass::Accept).is_some();
    let never = seen.page.events.iter().filter(|e| e.declared && e.fired == Fired::Never);
    // Of what is no fault there is nothing to say: code that is switched off, a fallback for browsers without scripts, and
    // what waits for an agreement that nobody gave.
    let due = never.filter(|e| match e.state {
        State::Active => e.via != Via::Noscript,
        State::Gated => agreed,
        State::Inert => false,
    });
    due.filter(|event| !ran(seen, event)).map(|event| draft(seen, event)).collect()
}

/// One call that several callers reach was seen when any of them did.
fn ran(seen: &Seen<'_>, event: &Event) -> bool {
    seen.page.events.iter().any(|e| e.fired == Fired::Seen && e.vendor == event.vendor && e.at == event.at)
}

fn draft(seen: &Seen<'_>, event: &Event) -> Draft {
    let account = words::only_account(event);
    let pixel = seen.name(&event.vendor, account.as_deref());
    let name = words::event_name(event);
    let why = event.why.clone().unwrap_or_else(|| "no reason could be found".to_owned());
    // Without its library none of a pixel's events can leave: that is one thing to mend, not one for each event.
    let no_library = why == LIBRARY_NOT_ASKED || seen.page.failed_libraries.iter().any(|f| f.vendor == event.vendor);
    let (key, message) = match no_library {
        true => (why.clone(), format!("Nothing that {pixel} is told in the source was seen leaving: {why}.")),
        false => (
            format!("{name} {why}"),
            format!("{pixel} is told {name} in the source, and it was never seen leaving: {why}."),
        ),
    };
    Draft {
        vendor: Some(event.vendor.clone()),
        account,
        key,
        message,
        evidence: vec![words::of_event(seen.page, event, format!("{name} is declared here"))],
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{
        Fired,
        Pass::{Accept, None},
        State,
    };

    use crate::rules::trial::Trial;

    const PAGE: &str = "<script>fbq('init', '480011223344556'); fbq('track', 'Lead');</script>";

    #[test]
    fn what_was_looked_for_and_never_came_is_said_with_its_reason() {
        let rule = super::RULE.id;
        let page = |fired| {
            let page = Trial::at("https://shop.example/", PAGE).looked(None);
            page.event(0, |event| {
                event.fired = fired;
                event.why = Some("it waits for a click".to_owned());
            })
        };
        const FIRES: &[&str] = &[
            "Meta Pixel 480011223344556 is told Lead in the source, and it was never seen leaving: it waits for a click.",
        ];
        page(Fired::Never).check(rule, FIRES);
        page(Fired::Seen).check(rule, &[]);
        let no_library = page(Fired::Never).event(0, |event| event.why = Some(super::LIBRARY_NOT_ASKED.to_owned()));
        no_library.check(
            rule,
            &["Nothing that Meta Pixel 480011223344556 is told in the source was seen leaving: the page never asked \
               for the vendor's library."],
        );
        page(Fired::CouldNotLook).check(rule, &[]);
        let gated = page(Fired::Never).event(0, |event| event.state = State::Gated);
        gated.check(rule, &[]);
        gated.looked(Accept).check(rule, FIRES);
    }
}
