//! Pages and findings as lines of text, so that sets of them can be compared and read side by side.

use std::collections::BTreeSet;

use pixelproof_model::{Event, Install, Position, Severity, Text};
use serde::Serialize;

/// Lines of one kind, without order.
pub(crate) type Lines = BTreeSet<String>;

/// Takes a base address off the front of an address.
pub(crate) fn short<'a>(address: &'a str, base: &str) -> &'a str {
    address.strip_prefix(base).unwrap_or(address)
}

/// `meta-pixel 48… script active @index.html:3`.
pub(crate) fn install(install: &Install, place: impl Fn(&Position) -> String) -> String {
    let mut line = format!(
        "{} {} {} {}",
        install.vendor,
        install.account.as_deref().unwrap_or("-"),
        word(&install.via),
        word(&install.state)
    );
    add(&mut line, install.trigger != Default::default(), &format!(" on {}", word(&install.trigger)));
    add(&mut line, install.library_only, " library-only");
    add(&mut line, install.delayed, " delayed");
    add(&mut line, install.installer.is_some(), &format!(" by {}", install.installer.as_deref().unwrap_or_default()));
    add(&mut line, install.gate.is_some(), &format!(" until {}", install.gate.as_deref().unwrap_or_default()));
    line + &place(&install.at)
}

/// `meta-pixel 48… Purchase standard purchase on load script active {"value":1} @index.html:9`.
pub(crate) fn event(event: &Event, place: impl Fn(&Position) -> String) -> String {
    let accounts = if event.accounts.is_empty() { "-".to_owned() } else { event.accounts.join(",") };
    let mut line = format!(
        "{} {accounts} {} {} {} on {} {} {}",
        event.vendor,
        text(&event.name),
        word(&event.class),
        word(&event.stage),
        word(&event.trigger),
        word(&event.via),
        word(&event.state),
    );
    let params = serde_json::to_string(&event.params).expect("parameters are JSON");
    add(&mut line, !event.params.is_empty(), &format!(" {params}"));
    add(&mut line, event.event_id.is_some(), &format!(" id {}", event.event_id.as_ref().map(text).unwrap_or_default()));
    add(&mut line, event.delayed, " delayed");
    add(&mut line, event.installer.is_some(), &format!(" by {}", event.installer.as_deref().unwrap_or_default()));
    add(&mut line, event.gate.is_some(), &format!(" until {}", event.gate.as_deref().unwrap_or_default()));
    line + &place(&event.at)
}

/// Severity, rule, vendor and account of a finding.
pub(crate) fn finding_head(severity: Severity, rule: &str, vendor: Option<&str>, account: Option<&str>) -> String {
    format!("{} {rule} {} {}", word(&severity), vendor.unwrap_or("-"), account.unwrap_or("-"))
}

fn add(line: &mut String, when: bool, what: &str) {
    if when {
        line.push_str(what);
    }
}

fn text(text: &Text) -> String {
    match text {
        Text::Known(known) => known.clone(),
        Text::Expr { expr } => format!("{{{expr}}}"),
    }
}

/// A value of an enumeration as JSON spells it.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What differs between two sets, both sides shown; nothing when they are equal.
pub(crate) fn difference(what: &str, expected: &Lines, found: &Lines) -> Option<String> {
    if expected == found {
        return None;
    }
    let mut out = format!("{what}\n");
    expected.difference(found).for_each(|line| out.push_str(&format!("  expected, not found: {line}\n")));
    found.difference(expected).for_each(|line| out.push_str(&format!("  found, not expected: {line}\n")));
    Some(out)
}
