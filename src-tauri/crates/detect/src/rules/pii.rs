//! Personal data in requests, as it is or in an encoding that anyone reverses: e-mail addresses, phone numbers, card
//! numbers. Finds values by their form and, where the form alone proves little, by the name of their field.

use pixelproof_model::Params;
use serde_json::Value;
use url::Url;

use super::seen::Sent;
use crate::beacon::{Message, text_in_base64};

mod forms;

pub(super) use forms::Kind;

/// Encodings taken off one after the other.
const MAX_DEPTH: u32 = 6;
/// Bytes of one value that are looked at.
const MAX_VALUE: usize = 64 << 10;
/// Values found in one request.
const MAX_FOUND: usize = 40;

/// A piece of personal data in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    /// Field that holds it; empty for a part of a path.
    pub(super) field: String,
    /// The value, for comparisons only: no report repeats it.
    pub(super) value: String,
    /// It stands in the address of the page.
    pub(super) in_address: bool,
    /// It was packed in base64.
    pub(super) packed: bool,
}

impl Found {
    /// The value as a report may show it.
    pub(super) fn masked(&self) -> String {
        self.kind.masked(&self.value)
    }
}

/// Personal data in a request of a page.
pub(super) fn find(sent: &Sent<'_>, page: &Url) -> Vec<Found> {
    let mut search = Search { page, found: Vec::new() };
    let plain = Place::default();
    for event in &sent.events {
        search.params(&event.params, Place { trusted: true, ..plain });
    }
    if let Ok(url) = Url::parse(&sent.beacon.url) {
        search.address(&url, plain);
    }
    if let Some(message) = Message::new(&sent.beacon.request()) {
        for (name, value) in &message.fields {
            search.text(name, value, plain);
        }
        match &message.json {
            Some(json) => search.value("", json, plain),
            None => search.text("", &message.body, plain),
        }
    }
    search.found
}

/// Where a value stands.
#[derive(Clone, Copy, Default)]
struct Place {
    depth: u32,
    in_address: bool,
    packed: bool,
    /// The site chose the field: no id or random number of the vendor's own stands here.
    trusted: bool,
}

impl Place {
    fn deeper(self) -> Place {
        Place { depth: self.depth + 1, ..self }
    }
}

struct Search<'p> {
    page: &'p Url,
    found: Vec<Found>,
}

impl Search<'_> {
    fn params(&mut self, params: &Params, place: Place) {
        for (name, value) in params {
            self.value(name, value, place);
        }
    }

    fn value(&mut self, field: &str, value: &Value, place: Place) {
        if place.depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::String(text) => self.text(field, text, place),
            Value::Number(number) => self.text(field, &number.to_string(), place),
            Value::Array(list) => list.iter().for_each(|value| self.value(field, value, place.deeper())),
            Value::Object(object) => self.params(object, place.deeper()),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn text(&mut self, field: &str, text: &str, place: Place) {
        let text = text.trim();
        if place.depth > MAX_DEPTH || text.is_empty() || text.len() > MAX_VALUE || self.found.len() >= MAX_FOUND {
            return;
        }
        let inner = place.deeper();
        if let Some(url) = address(text) {
            let in_address = place.in_address || is_of_site(url.host_str(), self.page);
            return self.address(&url, Place { in_address, trusted: in_address || place.trusted, ..inner });
        }
        if text.starts_with(['{', '[']) && text.len() > 2 {
            // One document, or one a line.
            let documents: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            if let Ok(document) = serde_json::from_str::<Value>(text) {
                return self.value(field, &document, inner);
            }
            if !documents.is_empty() {
                return documents.iter().for_each(|document| self.value(field, document, inner));
            }
        }
        if is_form(text) {
            for line in text.lines() {
                url::form_urlencoded::parse(line.as_bytes()).for_each(|(name, value)| self.text(&name, &value, inner));
            }
            return;
        }
        let hits = forms::find(field, text, place.trusted);
        if !hits.is_empty() {
            hits.into_iter().for_each(|(kind, value)| self.add(kind, field, value, place));
        } else if let Some(plain) = unescaped(text) {
            self.text(field, &plain, inner);
        } else if let Some(plain) = text_in_base64(text) {
            self.text(field, &plain, Place { packed: true, ..inner });
        }
    }

    fn address(&mut self, url: &Url, place: Place) {
        url.query_pairs().for_each(|(name, value)| self.text(&name, &value, place));
        let fragment = url.fragment().unwrap_or_default();
        let query = fragment.split_once('?').map_or(fragment, |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).for_each(|(name, value)| self.text(&name, &value, place));
        for segment in url.path_segments().into_iter().flatten() {
            // Matrix parameters: `;name=value` within a segment.
            for part in segment.split(';') {
                let (name, value) = part.split_once('=').unwrap_or(("", part));
                let value = unescaped(value).unwrap_or_else(|| value.to_owned());
                self.text(name, &value, place.deeper());
            }
        }
    }

    fn add(&mut self, kind: Kind, field: &str, value: String, place: Place) {
        let known = |f: &Found| f.kind == kind && f.value == value && f.in_address == place.in_address;
        if !self.found.iter().any(known) {
            let (in_address, packed) = (place.in_address, place.packed);
            self.found.push(Found { kind, field: field.to_owned(), value, in_address, packed });
        }
    }
}

fn address(text: &str) -> Option<Url> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    (lower.starts_with("http://") || lower.starts_with("https://")).then(|| Url::parse(text).ok()).flatten()
}

/// Whether a host belongs to the site of a page: the same, or one under the other.
pub(super) fn is_of_site(host: Option<&str>, page: &Url) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_ascii_lowercase();
    let (Some(a), Some(b)) = (host.map(bare), page.host_str().map(bare)) else { return false };
    let under = |a: &str, b: &str| a.strip_suffix(b).is_some_and(|rest| rest.ends_with('.'));
    a == b || under(&a, &b) || under(&b, &a)
}

/// `a=b&c=d`, with names that are such.
fn is_form(text: &str) -> bool {
    let first = text.split('&').next().unwrap_or_default();
    let named = first.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.[]%$".contains(&b))
    });
    // A base64 text may end in the sign.
    named && (!first.ends_with('=') || text.contains('&'))
}

fn unescaped(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let plain = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
    (plain != text).then(|| plain.into_owned())
}
