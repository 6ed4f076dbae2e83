//! Values that were typed into forms and left, told for the rules about personal data.

use std::collections::BTreeMap;

use pixelproof_model::{Evidence, TypedLeak, TypedWhen};

use super::{Draft, seen::Seen};
use crate::probe;

/// Pieces of evidence for one recipient and value.
const PIECES: usize = 4;

/// Vendor, host, value, moment, and whether the form is of use to anybody.
type Cause<'a> = (Option<&'a str>, &'a str, &'a str, TypedWhen, bool);

/// Drafts for the typed values of a page that fit, one for each recipient, value and moment.
pub(super) fn drafts(seen: &Seen<'_>, fits: impl Fn(&TypedLeak) -> bool) -> Vec<Draft> {
    let mut by: BTreeMap<Cause<'_>, Vec<&TypedLeak>> = BTreeMap::new();
    for leak in seen.page.typed.iter().filter(|leak| fits(leak)) {
        let key = (leak.vendor.as_deref(), leak.host.as_str(), leak.what.as_str(), leak.when, leak.normalised);
        by.entry(key).or_default().push(leak);
    }
    by.values().filter_map(|leaks| draft(seen, leaks)).collect()
}

fn draft(seen: &Seen<'_>, leaks: &[&TypedLeak]) -> Option<Draft> {
    let first = leaks.first()?;
    let name = match &first.vendor {
        Some(vendor) => seen.name(vendor, None),
        None => first.host.clone(),
    };
    let what = probe::words(&first.what);
    let when = match first.when {
        TypedWhen::BeforeSubmit => "while it is typed, before the form is sent",
        TypedWhen::OnLeaving => "when the page is left without the form being sent",
        TypedWhen::AfterClick => "after the visitor's click",
    };
    let rubbish = if first.normalised { "" } else { ", which matches nobody" };
    let evidence = leaks.iter().take(PIECES).map(|leak| Evidence {
        page: leak.page.clone(),
        at: None,
        excerpt: Some(leak.request.clone()),
        note: format!("{what} {} in {} to {}, pass {}", leak.form, leak.field, leak.host, leak.pass.name()),
    });
    Some(Draft {
        vendor: first.vendor.clone(),
        key: format!("typed {} {} {} {:?}", first.host, first.what, first.form, first.when),
        message: format!("{name} gets {what} that is typed into a form, {}{rubbish}, {when}.", first.form),
        evidence: evidence.collect(),
        ..Draft::default()
    })
}

/// Whether a value that was found by its form is one that was typed: those are told by what was typed.
pub(super) fn is_typed(seen: &Seen<'_>, value: &str) -> bool {
    !seen.page.typed.is_empty() && probe::is_in(value)
}
