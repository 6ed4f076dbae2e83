//! Field paths of the tables, looked up in a request or in one element of it.

use std::borrow::Cow;

use pixelproof_model::Params;
use serde_json::Value;

use super::message::{Field, Message, encoded_document, field, parse_fields};

/// Keys taken from one group of parameters.
const MAX_PARAMS: usize = 500;

/// Where paths are looked up: an element of a list first, then the whole request.
#[derive(Debug, Clone)]
pub(super) struct Scope<'m> {
    message: &'m Message,
    captures: Vec<Option<String>>,
    element: Option<Element<'m>>,
}

/// One element of `each`.
#[derive(Debug, Clone)]
pub(super) enum Element<'m> {
    /// Part of a JSON document.
    Json(Cow<'m, Value>),
    /// A line that is a query string.
    Fields(Vec<Field>),
}

impl<'m> Scope<'m> {
    pub(super) fn new(message: &'m Message, captures: Vec<Option<String>>) -> Self {
        Scope { message, captures, element: None }
    }

    pub(super) fn within(&self, element: Element<'m>) -> Scope<'m> {
        Scope { element: Some(element), ..self.clone() }
    }

    /// Elements of `json:list`, of a JSON list in a field, or of the body's lines.
    pub(super) fn elements(&self, each: &str) -> Vec<Element<'m>> {
        if each == "lines" {
            let lines = self.message.body.lines().filter(|l| !l.trim().is_empty());
            let lines: Vec<_> = lines.map(|l| Element::Fields(parse_fields(l.trim()))).collect();
            return if lines.is_empty() { vec![Element::Fields(Vec::new())] } else { lines };
        }
        if let Some(place) = each.strip_prefix("json:") {
            let list = match self.message.json.as_ref() {
                Some(object @ Value::Object(_)) if place.is_empty() => vec![object],
                Some(json) => walk_lists(json, place),
                None => Vec::new(),
            };
            return list.into_iter().map(element).collect();
        }
        if let Some(name) = each.strip_prefix("fields:") {
            let slots = self.message.fields.iter().filter(|(field, _)| is_numbered(field, name));
            return slots.map(|(_, text)| Element::Fields(parse_fields(text))).collect();
        }
        match self.message.field(each).and_then(document) {
            Some(Value::Array(list)) => list.into_iter().map(|v| Element::Json(Cow::Owned(v))).collect(),
            Some(object @ Value::Object(_)) => vec![Element::Json(Cow::Owned(object))],
            _ => Vec::new(),
        }
    }

    /// The value at a path.
    pub(super) fn find(&self, path: &str) -> Option<Cow<'_, Value>> {
        if let Some(n) = path.strip_prefix("path:") {
            let n: usize = n.parse().ok()?;
            return self.captures.get(n)?.clone().map(|s| Cow::Owned(Value::String(s)));
        }
        if let Some(place) = path.strip_prefix("json:") {
            return self.message.json.as_ref().and_then(|json| walk(json, place)).map(Cow::Borrowed);
        }
        if let Some(found) = self.in_element(path) {
            return Some(found);
        }
        if let Some(value) = self.message.field(path) {
            return Some(Cow::Owned(Value::String(value.to_owned())));
        }
        // `ed:value`: a key of the object that a field holds, or of its bracket group.
        let (name, key) = path.split_once(':')?;
        let fields = self.fields();
        if let Some(text) = fields.iter().find_map(|f| field(f, name)) {
            return walk(&held(text)?, key).cloned().map(Cow::Owned);
        }
        let bracketed = format!("{name}[{key}]");
        fields.iter().find_map(|f| field(f, &bracketed)).map(|v| Cow::Owned(Value::String(v.to_owned())))
    }

    fn in_element(&self, path: &str) -> Option<Cow<'_, Value>> {
        match self.element.as_ref()? {
            Element::Json(value) => {
                let inner = || path.split_once(':').and_then(|(name, key)| walk(walk(value, name)?, key));
                walk(value, path).or_else(inner).map(Cow::Borrowed)
            }
            Element::Fields(fields) => field(fields, path).map(|v| Cow::Owned(Value::String(v.to_owned()))),
        }
    }

    /// Fields of the element, then of the request.
    fn fields(&self) -> Vec<&[Field]> {
        let own = match &self.element {
            Some(Element::Fields(fields)) => Some(fields.as_slice()),
            _ => None,
        };
        own.into_iter().chain([self.message.fields.as_slice()]).collect()
    }

    /// The value at a path as text, unless it is empty.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.find(path).map(|v| text(&v).into_owned()).filter(|t| !t.is_empty())
    }

    /// Parameters of these groups, in the order of the groups. The first value of a key stands.
    pub(super) fn params(&self, groups: &[String]) -> Params {
        let mut out = Params::new();
        for group in groups {
            self.group(group, &mut out);
        }
        out
    }

    fn group(&self, group: &str, out: &mut Params) {
        let mut put = |key: &str, value: Value| {
            if out.len() < MAX_PARAMS && !key.is_empty() && !out.contains_key(key) {
                out.insert(key.to_owned(), value);
            }
        };
        if let Some((name, path)) = group.split_once('=') {
            if let Some(value) = self.find(path).filter(|v| !is_empty(v)) {
                put(name, decoded(&value));
            }
        } else if let Some(name) = group.strip_suffix('#') {
            for (field, value) in self.fields().into_iter().flatten().filter(|(field, _)| is_numbered(field, name)) {
                put(field, from_text(value));
            }
        } else if let Some(name) = group.strip_suffix("[*]") {
            for (field, value) in self.fields().into_iter().flatten() {
                if let Some(key) = bracket_key(field, name) {
                    put(key, from_text(value));
                }
            }
        } else if let Some(path) = group.strip_suffix(":*") {
            self.object(path, &mut put);
        } else if let Some(prefix) = group.strip_suffix('*') {
            // `epn.` beside `ep.`: the vendor itself says that these are numbers.
            let number = prefix.ends_with("n.");
            for (field, value) in self.fields().into_iter().flatten() {
                if let Some(key) = field.strip_prefix(prefix) {
                    put(key, if number { number_of(value) } else { from_text(value) });
                }
            }
        } else if let Some(value) = self.find(group) {
            spread(&value, &mut put);
        }
    }

    /// Keys of the object that stands at a path: in the element, in a field, or as a bracket group.
    fn object(&self, path: &str, put: &mut dyn FnMut(&str, Value)) {
        match self.find(path).as_deref() {
            Some(Value::String(text)) => {
                if let Some(value) = held(text) {
                    spread(&value, put);
                }
            }
            Some(value) => spread(value, put),
            None => {
                for (field, value) in self.fields().into_iter().flatten() {
                    if let Some(key) = bracket_key(field, path) {
                        put(key, from_text(value));
                    }
                }
            }
        }
    }
}

/// Whether a field is `name` and a number.
fn is_numbered(field: &str, name: &str) -> bool {
    field.strip_prefix(name).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `key` of `name[key]`; deeper brackets stay in the key.
fn bracket_key<'f>(field: &'f str, name: &str) -> Option<&'f str> {
    field.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']').filter(|k| !k.is_empty())
}

/// An element of a list in the body; a text is a query string.
fn element(value: &Value) -> Element<'_> {
    match value {
        Value::String(text) => Element::Fields(parse_fields(text.trim_start_matches('?'))),
        other => Element::Json(Cow::Borrowed(other)),
    }
}

/// The JSON document of a field, plain or in base64.
fn document(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        return serde_json::from_str(text).ok();
    }
    serde_json::from_str(&encoded_document(text)?).ok()
}

/// What a field holds: a JSON document, plain or in base64, a query string, or `key=value` parted by semicolons.
fn held(text: &str) -> Option<Value> {
    if text.starts_with(['{', '[']) {
        return serde_json::from_str(text).ok();
    }
    if let Some(value) = document(text) {
        return Some(value);
    }
    if !text.contains('=') {
        return None;
    }
    let fields = if text.contains(';') && !text.contains('&') {
        let parts = text.split(';').filter_map(|part| part.split_once('='));
        parts.take(MAX_PARAMS).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    } else {
        parse_fields(text)
    };
    Some(Value::Object(fields.into_iter().map(|(k, v)| (k, from_text(&v))).collect()))
}

/// Puts every key of an object.
fn spread(value: &Value, put: &mut dyn FnMut(&str, Value)) {
    if let Value::Object(map) = value {
        for (key, value) in map {
            put(key, value.clone());
        }
    }
}

/// The place `a.b.0` in a document, the document itself for an empty path. What is left of a path may itself be a key.
fn walk<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut at = value;
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(found) = at.get(rest) {
            at = found;
            break;
        }
        let (part, tail) = rest.split_once('.').unwrap_or((rest, ""));
        at = match at {
            Value::Object(map) => map.get(part)?,
            Value::Array(list) => list.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
        rest = tail;
    }
    (!at.is_null()).then_some(at)
}

/// Every element of the list at a path; `*` on the way stands for every element of a list there.
fn walk_lists<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut at = vec![value];
    for part in path.split(".*.") {
        let lists = at.into_iter().filter_map(|v| walk(v, part).and_then(Value::as_array));
        at = lists.flatten().collect();
    }
    at
}

/// A value as text; objects and lists as JSON.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(s) => Cow::Borrowed(s),
        Value::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

/// Whether a value says nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// A field's value: the JSON list or object that it holds, or its text.
pub(super) fn from_text(text: &str) -> Value {
    if text.starts_with(['[', '{'])
        && let Ok(value) = serde_json::from_str(text)
    {
        return value;
    }
    Value::String(text.to_owned())
}

fn decoded(value: &Value) -> Value {
    match value {
        Value::String(text) => from_text(text),
        other => other.clone(),
    }
}

/// A field that the vendor marks as a number.
pub(super) fn number_of(text: &str) -> Value {
    let number = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from));
    number.ok().filter(Value::is_number).unwrap_or_else(|| Value::String(text.to_owned()))
}
