//! Every text in a request, with the encodings that anyone reverses taken off one after the other.

use pixelproof_model::Request;
use serde_json::Value;
use url::Url;

use crate::beacon::{MIN_PACKED, Message, readable, text_in_base64};

/// Encodings taken off one after the other.
const MAX_DEPTH: usize = 6;
/// Bytes of one text that are looked at.
const MAX_TEXT: usize = 256 << 10;
/// Texts of one request that are looked at.
const MAX_LEAVES: usize = 20_000;

/// A text in a request.
pub(super) struct Leaf<'a> {
    pub(super) field: &'a str,
    pub(super) packing: &'a [&'static str],
    pub(super) text: &'a str,
}

/// Calls `take` with every text.
pub(super) fn walk(request: &Request, take: &mut dyn FnMut(&Leaf<'_>)) {
    let mut walk = Walk { take, packing: Vec::new(), left: MAX_LEAVES };
    if let Ok(url) = Url::parse(&request.url) {
        walk.address("url", &url);
    }
    for (name, value) in &request.headers {
        // Where a request comes from is its own affair; what else its fields hold was put there.
        let field = format!("header {name}");
        match Url::parse(value) {
            Ok(url) if url.has_host() => walk.address(&field, &url),
            _ => walk.text(&field, value),
        }
    }
    if request.body.is_none() && request.body_base64.is_none() {
        return;
    }
    let Some(message) = Message::new(request) else { return };
    for (name, value) in message.body_fields() {
        walk.text(&format!("body.{name}"), value);
    }
    match &message.json {
        Some(json) => walk.value("body", json),
        None => walk.text("body", &message.body),
    }
}

struct Walk<'t> {
    take: &'t mut dyn FnMut(&Leaf<'_>),
    packing: Vec<&'static str>,
    left: usize,
}

impl Walk<'_> {
    fn value(&mut self, field: &str, value: &Value) {
        if self.packing.len() > MAX_DEPTH || self.left == 0 {
            return;
        }
        match value {
            Value::String(text) => self.text(field, text),
            Value::Number(number) => self.text(field, &number.to_string()),
            Value::Array(list) => self.inside("list", |walk| list.iter().for_each(|value| walk.value(field, value))),
            Value::Object(object) => self.inside("object", |walk| {
                object.iter().for_each(|(name, value)| {
                    walk.text(field, name);
                    walk.value(&format!("{field}.{name}"), value);
                });
            }),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn text(&mut self, field: &str, text: &str) {
        if self.packing.len() > MAX_DEPTH || self.left == 0 || text.is_empty() || text.len() > MAX_TEXT {
            return;
        }
        self.left -= 1;
        (self.take)(&Leaf { field, packing: &shown(&self.packing), text });
        let trimmed = text.trim();
        if trimmed.starts_with("http")
            && let Ok(url) = Url::parse(trimmed)
            && url.has_host()
        {
            self.inside("address", |walk| walk.address(field, &url));
        } else if trimmed.starts_with(['{', '[']) {
            let whole = serde_json::from_str::<Value>(trimmed).ok();
            let documents = whole.map_or_else(
                || trimmed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
                |whole| vec![whole],
            );
            self.inside("json", |walk| documents.iter().for_each(|document| walk.value(field, document)));
        } else if trimmed.contains('&') && trimmed.contains('=') {
            let fields: Vec<(String, String)> = url::form_urlencoded::parse(trimmed.as_bytes()).into_owned().collect();
            self.inside("form", |walk| {
                fields.iter().for_each(|(name, value)| walk.text(&format!("{field}.{name}"), value));
            });
        }
        if let Some(plain) = percent(trimmed) {
            self.inside("percent", |walk| walk.text(field, &plain));
        }
        if let Some(plain) = text_in_base64(trimmed) {
            self.inside("base64", |walk| walk.text(field, &plain));
        }
        if let Some(plain) = hex(trimmed) {
            self.inside("hex", |walk| walk.text(field, &plain));
        }
    }

    fn address(&mut self, field: &str, url: &Url) {
        if let Some(host) = url.host_str() {
            self.text(&format!("{field} host"), host);
        }
        for segment in url.path_segments().into_iter().flatten() {
            self.inside("path", |walk| walk.text(&format!("{field} path"), &decoded(segment)));
        }
        let named = |name: &str| if field == "url" { name.to_owned() } else { format!("{field}.{name}") };
        for (name, value) in url.query_pairs() {
            self.text(&named(&name), &value);
            // A name without a value is one.
            if value.is_empty() {
                self.text(&named("query"), &name);
            }
        }
        if let Some(fragment) = url.fragment() {
            self.text(&format!("{field} fragment"), fragment);
        }
    }

    fn inside(&mut self, packing: &'static str, look: impl FnOnce(&mut Self)) {
        self.packing.push(packing);
        look(self);
        self.packing.pop();
    }
}

/// Packings worth naming: where a text stands is said by its field.
fn shown(packing: &[&'static str]) -> Vec<&'static str> {
    packing.iter().copied().filter(|name| matches!(*name, "json" | "form" | "percent" | "base64" | "hex")).collect()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn percent(text: &str) -> Option<String> {
    let plain = text.contains('%').then(|| decoded(text))?;
    (plain != text).then_some(plain)
}

fn hex(text: &str) -> Option<String> {
    let shaped =
        text.len() >= MIN_PACKED && text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let digits = shaped.then(|| text.as_bytes().chunks(2))?;
    let bytes =
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect::<Option<_>>()?;
    readable(bytes)
}
