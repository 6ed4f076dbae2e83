//! Words and evidence that many rules share: names of vendors and accounts, lists, positions.

use pixelproof_model::{Event, Evidence, Install, OPEN_PARAMS, Page, Params, Position, Text};

use crate::catalogue::{Catalogue, Purpose};

/// Name of a vendor for people; its id where the catalogue doesn't know it.
pub(super) fn vendor_name<'a>(catalogue: &'a Catalogue, id: &'a str) -> &'a str {
    catalogue.get(id).map_or(id, |v| &v.name)
}

/// `Meta Pixel 123`, or `Meta Pixel` where the account isn't known.
pub(super) fn pixel_name(catalogue: &Catalogue, vendor: &str, account: Option<&str>) -> String {
    match account {
        Some(account) => format!("{} {account}", vendor_name(catalogue, vendor)),
        None => vendor_name(catalogue, vendor).to_owned(),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// `twice`, `3 times`.
pub(super) fn times(n: usize) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

/// `First`, `second`, … of the pieces that a finding lays side by side.
pub(super) fn ordinal(index: usize) -> String {
    match index {
        0 => "first".to_owned(),
        1 => "second".to_owned(),
        2 => "third".to_owned(),
        n => format!("no. {}", n + 1),
    }
}

/// Evidence from the source of a page.
pub(super) fn evidence(page: &Page, at: &Position, code: &str, note: impl Into<String>) -> Evidence {
    Evidence { page: page.url.to_string(), at: Some(at.clone()), excerpt: Some(code.to_owned()), note: note.into() }
}

/// Evidence that an install gives.
pub(super) fn of_install(page: &Page, install: &Install, note: impl Into<String>) -> Evidence {
    evidence(page, &install.at, &install.code, note)
}

/// Evidence that an event gives.
pub(super) fn of_event(page: &Page, event: &Event, note: impl Into<String>) -> Evidence {
    evidence(page, &event.at, &event.code, note)
}

/// Evidence that a page as a whole gives: something looked for and not found.
pub(super) fn of_page(page: &Page, note: impl Into<String>) -> Evidence {
    Evidence { page: page.url.to_string(), at: None, excerpt: None, note: note.into() }
}

/// Whether an install is a container whose tags were read.
pub(super) fn was_read(page: &Page, install: &Install) -> bool {
    install.account.as_ref().is_some_and(|account| page.containers.contains(account))
}

/// Whether a vendor is a tag manager, which brings pixels but is none.
pub(super) fn is_container(catalogue: &Catalogue, vendor: &str) -> bool {
    catalogue.get(vendor).is_some_and(|v| v.purpose == Purpose::TagManager)
}

/// The vendor's code to paste, with the account filled in; an account of another form is never put into code.
pub(super) fn snippet(catalogue: &Catalogue, vendor: &str, account: Option<&str>) -> Option<String> {
    let vendor = catalogue.get(vendor)?;
    let account = account.filter(|a| vendor.account.pattern.is_match(a))?;
    Some(vendor.snippet.as_ref()?.replace("{{account}}", account).trim().to_owned())
}

/// Name of an event for people; the expression where it isn't constant.
pub(super) fn event_name(event: &Event) -> String {
    match &event.name {
        Text::Known(name) => name.clone(),
        Text::Expr { expr } => format!("the event {expr}"),
    }
}

/// The account of an event that goes to exactly one.
pub(super) fn only_account(event: &Event) -> Option<String> {
    match event.accounts.as_slice() {
        [account] => Some(account.clone()),
        _ => None,
    }
}

/// Whether a value is known only while the page runs.
pub(super) fn is_expr(value: &serde_json::Value) -> bool {
    value.as_object().is_some_and(|o| o.len() == 1 && o.contains_key("expr"))
}

/// Whether more parameters may come than the source shows.
pub(super) fn is_open(params: &Params) -> bool {
    params.contains_key(OPEN_PARAMS)
}
