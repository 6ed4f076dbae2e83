//! A person who doesn't exist, to be typed into forms, and the forms in which what was typed leaves a page: as it is, packed,
//! hashed. A value that nobody else has can't be taken for anything else.

mod needles;
mod walk;

use std::sync::LazyLock;

use pixelproof_model::Request;

pub use needles::Form;
use needles::Needles;

/// What is known of the person: name, the value as it is typed, how a report calls it.
const IDENTITY: &[(&str, &str, &str)] = &[
    ("email", "Pixelina.Proofrun@example.com", "an e-mail address"),
    // Numbers with 555-01 belong to nobody.
    ("phone", "+12025550143", "a phone number"),
    ("name", "Pixelina Proofrun", "a name"),
    ("first-name", "Pixelina", "a first name"),
    ("last-name", "Proofrun", "a last name"),
    ("username", "pxprobe70114", "a user name"),
    ("street", "70114 Pixelproof Street", "a street address"),
    ("city", "Pixelprobeville", "a city"),
    // No such code was ever given out.
    ("postal-code", "99987", "a postal code"),
    ("birth-date", "1970-01-14", "a date of birth"),
    ("company", "Pixelprobe Works", "a company"),
    ("password", "Pixelproof-70114-x", "a password"),
    // The number that payment providers publish for tests.
    ("card", "4242424242424242", "a card number"),
    ("search", "pixelproof kettle 70114", "a search term"),
    ("text", "pixelproof message 70114", "the text of a message"),
];

static NEEDLES: LazyLock<Needles> = LazyLock::new(Needles::new);

/// A value of the person that a request carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Name of the value: `email`.
    pub what: &'static str,
    /// Field that holds it, with the way to it: `body.user.email`.
    pub field: String,
    /// Form of the value.
    pub form: Form,
    /// What it is packed in, from the outside: `base64`, `json`.
    pub packing: Vec<&'static str>,
}

/// The names of all values.
pub fn names() -> impl Iterator<Item = &'static str> {
    IDENTITY.iter().map(|(name, _, _)| *name)
}

/// The value of a name.
pub fn value(name: &str) -> Option<&'static str> {
    IDENTITY.iter().find(|(known, _, _)| *known == name).map(|(_, value, _)| *value)
}

/// How a report calls it, with its article.
pub fn words(name: &str) -> &'static str {
    IDENTITY.iter().find(|(known, _, _)| *known == name).map_or("personal data", |(_, _, words)| words)
}

/// Values of the person in a request: its address, body and header fields.
pub fn find(request: &Request) -> Vec<Hit> {
    let mut hits = Vec::new();
    walk::walk(request, &mut |leaf: &walk::Leaf<'_>| {
        for (what, form) in NEEDLES.find(leaf.text) {
            hits.push(Hit { what, form, field: leaf.field.to_owned(), packing: leaf.packing.to_vec() });
        }
    });
    tidy(hits)
}

/// Fields of a request that hold a text, in whatever packing.
pub fn fields_with(request: &Request, text: &str) -> Vec<String> {
    let mut fields: std::collections::BTreeSet<String> = Default::default();
    walk::walk(request, &mut |leaf: &walk::Leaf<'_>| {
        if leaf.text.contains(text) {
            fields.insert(leaf.field.to_owned());
        }
    });
    let inner = |field: &&String| !fields.iter().any(|other| is_inside(other, field));
    fields.iter().filter(inner).cloned().collect()
}

/// Whether a text holds a value of the person as it is.
pub fn is_in(text: &str) -> bool {
    NEEDLES.find(text).iter().any(|(_, form)| !form.is_hash())
}

/// Each value once a field and form: in the innermost field, by the way with the least packing.
fn tidy(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(|a, b| {
        (a.what, &a.form, &a.field, a.packing.len()).cmp(&(b.what, &b.form, &b.field, b.packing.len()))
    });
    hits.dedup_by(|a, b| (a.what, &a.form, &a.field) == (b.what, &b.form, &b.field));
    // What holds a field holds what is in it.
    let all: Vec<(&'static str, Form, String)> =
        hits.iter().map(|h| (h.what, h.form.clone(), h.field.clone())).collect();
    let holds = |outer: &Hit, (what, form, field): &(&'static str, Form, String)| {
        outer.what == *what && outer.form == *form && is_inside(field, &outer.field)
    };
    let mut kept: Vec<Hit> = hits.into_iter().filter(|hit| !all.iter().any(|other| holds(hit, other))).collect();
    // An address that is still packed shows the names in it.
    let packed: Vec<String> =
        kept.iter().filter(|hit| hit.what == "email" && hit.form == Form::Plain).map(|hit| hit.field.clone()).collect();
    let in_address = |field: &str| packed.iter().any(|other| other == field || is_inside(other, field));
    kept.retain(|hit| !hit.what.ends_with("name") || hit.form != Form::Plain || !in_address(&hit.field));
    kept.sort();
    kept
}

/// `body.user.email` is inside `body.user`.
fn is_inside(field: &str, outer: &str) -> bool {
    field.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests;
