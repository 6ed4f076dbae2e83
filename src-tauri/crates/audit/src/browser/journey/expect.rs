//! Expectations of a journey: which events were meant, and what was seen instead.

use pixelproof_model::{
    EventPattern, JourneyAction, JourneyStep, JourneyWait, Pass, RecordedEvent, StepOutcome, StepRun,
};
use serde_json::Value;
use url::Url;

/// Events listed as what was seen instead.
const MAX_INSTEAD: usize = 12;

/// Whether an event is of the kind meant.
pub(super) fn fits(pattern: &EventPattern, event: &RecordedEvent) -> bool {
    let is = |wanted: &Option<String>, given: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| given.is_some_and(|given| given.eq_ignore_ascii_case(wanted)))
    };
    is(&pattern.vendor, Some(&event.vendor))
        && is(&pattern.name, Some(&event.name))
        && is(&pattern.account, event.account.as_deref())
        && differing(pattern, event).is_empty()
}

/// Names of the parameters that aren't as meant.
fn differing<'p>(pattern: &'p EventPattern, event: &RecordedEvent) -> Vec<&'p str> {
    let differs = |(name, wanted): &(&'p String, &Value)| !same(wanted, param(event, name));
    pattern.params.iter().filter(differs).map(|(name, _)| name.as_str()).collect()
}

/// A parameter of an event, whether its vendor sends it among the parameters or as the amount, currency or id.
fn param<'e>(event: &'e RecordedEvent, name: &str) -> Option<std::borrow::Cow<'e, Value>> {
    use std::borrow::Cow::{Borrowed, Owned};
    let text = |text: &Option<String>| text.as_ref().map(|text| Owned(Value::String(text.clone())));
    event.params.get(name).map(Borrowed).or_else(|| match name {
        "value" => event.value.as_ref().map(Borrowed),
        "currency" => text(&event.currency),
        "event_id" => text(&event.event_id),
        _ => None,
    })
}

/// On the wire a number and its text are the same.
fn same(wanted: &Value, given: Option<std::borrow::Cow<'_, Value>>) -> bool {
    let Some(given) = given else { return false };
    if *wanted == *given {
        return true;
    }
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    match (number(wanted), number(&given)) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        _ => plain(wanted) == plain(&given),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Array(_) | Value::Object(_))) => inner.to_string(),
            _ => text.clone(),
        },
        other => other.to_string(),
    }
}

/// Whether as many as meant are among the events.
pub(super) fn is_met<'e>(pattern: &EventPattern, events: impl Iterator<Item = &'e RecordedEvent>) -> bool {
    let found = events.filter(|event| fits(pattern, event)).count();
    pattern.count.map_or(found > 0, |count| u64::try_from(found).unwrap_or(u64::MAX) == u64::from(count))
}

/// Judges the expectations in the light of everything that left.
pub(super) fn judge(steps: &mut [StepRun], planned: &[JourneyStep], events: &[RecordedEvent], pass: Pass) {
    let mut acted = 0;
    for (step, plan) in steps.iter_mut().zip(planned) {
        let JourneyAction::Expect { event: pattern, passes, .. } = &plan.action else {
            if !matches!(plan.action, JourneyAction::Wait { .. }) {
                acted = step.number;
            }
            continue;
        };
        if step.outcome == StepOutcome::Done && !is_for(passes, pass) {
            step.outcome = StepOutcome::NotMeant;
        }
        if step.outcome != StepOutcome::Done {
            continue;
        }
        let seen: Vec<&RecordedEvent> = events.iter().filter(|event| event.step == acted).collect();
        if is_met(pattern, seen.iter().copied()) {
            continue;
        }
        step.outcome = StepOutcome::NotMet;
        step.why = Some(missed(pattern, &seen, acted));
        step.instead = seen.iter().take(MAX_INSTEAD).map(|event| line(event)).collect();
    }
}

/// Whether something is expected in a pass.
pub(super) fn is_for(passes: &[Pass], pass: Pass) -> bool {
    passes.is_empty() || passes.contains(&pass)
}

/// Why an expectation is not met.
fn missed(pattern: &EventPattern, seen: &[&RecordedEvent], acted: u32) -> String {
    let times = seen.iter().filter(|event| fits(pattern, event)).count();
    if let Some(count) = pattern.count.filter(|_| times > 0) {
        return format!("it left {times} times after step {acted}, not {count}");
    }
    let nearly = EventPattern { params: Default::default(), count: None, ..pattern.clone() };
    if let Some(near) = seen.iter().find(|event| fits(&nearly, event)) {
        let differing = differing(pattern, near);
        let said: Vec<String> = differing
            .iter()
            .map(|name| match param(near, name) {
                Some(value) => format!("{name} is {}", plain(&value)),
                None => format!("{name} is missing"),
            })
            .collect();
        if !said.is_empty() {
            return format!("it left after step {acted}, but {}", said.join(", "));
        }
    }
    if seen.is_empty() {
        return format!("no event left after step {acted}");
    }
    format!("it did not leave after step {acted}")
}

/// An event in one line.
pub(super) fn line(event: &RecordedEvent) -> String {
    let mut line = format!("{} {}", event.vendor, event.name);
    if let Some(account) = &event.account {
        line = format!("{} {account} {}", event.vendor, event.name);
    }
    if let Some(value) = &event.value {
        line.push_str(&format!(" {}", plain(value)));
    }
    if let Some(currency) = &event.currency {
        line.push_str(&format!(" {currency}"));
    }
    line
}

/// What is meant, in words.
pub(super) fn words(pattern: &EventPattern) -> String {
    let mut words = pattern.name.clone().unwrap_or_else(|| "an event".to_owned());
    if let Some(vendor) = &pattern.vendor {
        words.push_str(&format!(" of {vendor}"));
    }
    if let Some(account) = &pattern.account {
        words.push_str(&format!(" {account}"));
    }
    let params: Vec<String> = pattern.params.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
    if !params.is_empty() {
        words.push_str(&format!(" with {}", params.join(", ")));
    }
    match pattern.count {
        None => words,
        Some(1) => format!("{words}, once"),
        Some(0) => format!("no {words}"),
        Some(count) => format!("{words}, {count} times"),
    }
}

/// What is waited for, in words.
pub(super) fn words_of_wait(until: &JourneyWait) -> String {
    match until {
        JourneyWait::Selector { selector } => selector.clone(),
        JourneyWait::Url { url } => format!("the address {url}"),
        JourneyWait::Event { event } => words(event),
        JourneyWait::Time => "time".to_owned(),
    }
}

/// Whether an address is as meant: the whole of it, or its path and query; `*` for anything.
pub(super) fn address_fits(address: &str, pattern: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let local = &url[url::Position::BeforePath..];
    let path = url.path();
    [address, local, path].iter().any(|text| glob(pattern, text))
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut rest = rest;
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{EventClass, Stage};
    use serde_json::json;

    use super::*;

    fn event(name: &str, params: Value) -> RecordedEvent {
        RecordedEvent {
            step: 1,
            vendor: "meta-pixel".to_owned(),
            account: Some("480011223344556".to_owned()),
            name: name.to_owned(),
            class: EventClass::Standard,
            stage: Stage::Purchase,
            value: Some(json!("30.50")),
            currency: Some("EUR".to_owned()),
            event_id: None,
            click_id: Vec::new(),
            consent: None,
            params: params.as_object().cloned().unwrap_or_default(),
            beacon: 1,
        }
    }

    #[test]
    fn an_event_is_met_by_what_it_means_not_by_how_it_is_written() {
        let sent = event("Purchase", json!({"content_ids": "[\"a\"]", "num_items": "2"}));
        let pattern = |params: Value, count| EventPattern {
            name: Some("purchase".to_owned()),
            vendor: Some("meta-pixel".to_owned()),
            params: params.as_object().cloned().unwrap_or_default(),
            count,
            ..EventPattern::default()
        };
        for (params, count, wanted) in [
            (json!({}), None, None),
            (json!({"value": 30.5, "currency": "EUR", "num_items": 2, "content_ids": ["a"]}), Some(1), None),
            (json!({"value": 31}), None, Some("it left after step 1, but value is 30.50")),
            (json!({"order": 1}), None, Some("it left after step 1, but order is missing")),
            (json!({}), Some(2), Some("it left 1 times after step 1, not 2")),
        ] {
            let pattern = pattern(params, count);
            let met = is_met(&pattern, [&sent].into_iter());
            assert_eq!(met, wanted.is_none(), "{pattern:?}");
            if let Some(wanted) = wanted {
                assert_eq!(missed(&pattern, &[&sent], 1), wanted);
            }
        }
        let other = EventPattern { name: Some("Lead".to_owned()), ..EventPattern::default() };
        assert!(!fits(&other, &sent));
        assert_eq!(missed(&other, &[&sent], 3), "it did not leave after step 3");
        assert_eq!(missed(&other, &[], 3), "no event left after step 3");
        assert_eq!(line(&sent), "meta-pixel 480011223344556 Purchase 30.50 EUR");
    }

    #[test]
    fn addresses_fit_whole_or_from_their_path_on() {
        for (address, pattern, wanted) in [
            ("https://shop.example/thanks?o=1", "/thanks*", true),
            ("https://shop.example/thanks?o=1", "/thanks", true),
            ("https://shop.example/thanks?o=1", "/thank", false),
            ("https://shop.example/thanks?o=1", "https://shop.example/*?o=1", true),
            ("https://shop.example/a/b/c", "/a/*/c", true),
            ("https://shop.example/a/b/d", "/a/*/c", false),
            ("about:blank", "*", true),
            ("", "*", false),
        ] {
            assert_eq!(address_fits(address, pattern), wanted, "{address} {pattern}");
        }
    }
}
