//! Field paths of the tables, looked up in a request or in one element of it.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    json::{document, held, text, walk, walk_lists},
    message::{Field, Message, field, parse_fields},
};

/// Numbered fields that are read as query strings.
pub(super) const MAX_SLOTS: usize = 50;
/// Lines read of a body, and parts of a line.
const MAX_LINES: usize = 1_000;

/// Where paths are looked up: an element of a list first, then the whole request.
#[derive(Debug, Clone)]
pub(super) struct Scope<'m> {
    message: &'m Message,
    captures: Vec<Option<String>>,
    element: Option<Element<'m>>,
    /// Fields that the request has besides those of the element.
    shared: &'m [Field],
}

/// One element of `each`.
#[derive(Debug, Clone)]
pub(super) enum Element<'m> {
    /// Part of a JSON document, and the elements of the lists that it stands in.
    Json(Cow<'m, Value>, Vec<&'m Value>),
    /// A query string.
    Fields(Vec<Field>),
}

impl<'m> Scope<'m> {
    pub(super) fn new(message: &'m Message, captures: Vec<Option<String>>) -> Self {
        Scope { message, captures, element: None, shared: &message.fields }
    }

    /// The whole request.
    pub(super) fn message(&self) -> &'m Message {
        self.message
    }

    /// The element.
    pub(super) fn element(&self) -> Option<&Element<'m>> {
        self.element.as_ref()
    }

    pub(super) fn within(&self, element: Element<'m>) -> Scope<'m> {
        Scope { element: Some(element), ..self.clone() }
    }

    /// Scopes of the elements of `json:list`, of a JSON list in a field, of numbered fields or of the body's lines.
    pub(super) fn elements(&self, each: &str, names: &[String]) -> Vec<Scope<'m>> {
        if each == "lines" {
            return self.lines(names);
        }
        let elements: Vec<Element<'m>> = if let Some(place) = each.strip_prefix("json:") {
            self.listed(place)
        } else if let Some(name) = each.strip_prefix("fields:") {
            let slots = self.message.fields.iter().filter(|(field, _)| is_numbered(field, name));
            slots.take(MAX_SLOTS).map(|(_, text)| Element::Fields(parse_fields(text))).collect()
        } else {
            match self.message.field(each).and_then(document) {
                Some(Value::Array(list)) => {
                    list.into_iter().map(|v| Element::Json(Cow::Owned(v), Vec::new())).collect()
                }
                Some(object @ Value::Object(_)) => vec![Element::Json(Cow::Owned(object), Vec::new())],
                _ => Vec::new(),
            }
        };
        elements.into_iter().map(|element| self.within(element)).collect()
    }

    fn listed(&self, place: &str) -> Vec<Element<'m>> {
        match self.message.json.as_ref() {
            Some(object @ Value::Object(_)) if place.is_empty() => {
                vec![Element::Json(Cow::Borrowed(object), Vec::new())]
            }
            Some(json) => walk_lists(json, place).into_iter().map(|found| element(found.value, found.around)).collect(),
            None => Vec::new(),
        }
    }

    /// A query string a line of the body. The address alone is one too where no line is there, or where it has a name of
    /// its own beside lines that all have one; then what comes from its name on is its own.
    fn lines(&self, names: &[String]) -> Vec<Scope<'m>> {
        let mut address = Scope { shared: self.message.address_fields(), ..self.clone() };
        let mut lines: Vec<Vec<Field>> = Vec::new();
        for line in self.message.body.lines().map(str::trim).filter(|line| !line.is_empty()).take(MAX_LINES) {
            lines.extend(sentences(line, names).into_iter().map(parse_fields));
        }
        let name = |fields: &[Field]| fields.iter().position(|(name, v)| names.contains(name) && !v.is_empty());
        let own = name(address.shared).filter(|_| lines.iter().all(|line| name(line).is_some()));
        let mut scopes = Vec::new();
        if lines.is_empty() || own.is_some() {
            scopes.push(address.within(Element::Fields(Vec::new())));
        }
        if let Some(common) = own.and_then(|at| address.shared.get(..at)) {
            address.shared = common;
        }
        scopes.extend(lines.into_iter().map(|line| address.within(Element::Fields(line))));
        scopes
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
        if let Some(value) = field(self.shared, path) {
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
            Element::Json(value, around) => {
                let values = std::iter::once(value.as_ref()).chain(around.iter().rev().copied());
                values.into_iter().find_map(|value| in_value(value, path)).map(Cow::Borrowed)
            }
            Element::Fields(fields) => field(fields, path).map(|v| Cow::Owned(Value::String(v.to_owned()))),
        }
    }

    /// Fields of the element, then of the request.
    pub(super) fn fields(&self) -> Vec<&[Field]> {
        let own = match &self.element {
            Some(Element::Fields(fields)) => Some(fields.as_slice()),
            _ => None,
        };
        own.into_iter().chain([self.shared]).collect()
    }

    /// The value at a path as text, unless it is empty.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.find(path).map(|v| text(&v).into_owned()).filter(|t| !t.is_empty())
    }
}

fn in_value<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    walk(value, path).or_else(|| path.split_once(':').and_then(|(name, key)| walk(walk(value, name)?, key)))
}

/// Whether a field is `name` and a number.
pub(super) fn is_numbered(field: &str, name: &str) -> bool {
    field.strip_prefix(name).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `key` of `name[key]`; deeper brackets stay in the key.
pub(super) fn bracket_key<'f>(field: &'f str, name: &str) -> Option<&'f str> {
    field.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']').filter(|k| !k.is_empty())
}

/// An element of a list in the body; a text is a query string.
fn element<'m>(value: &'m Value, around: Vec<&'m Value>) -> Element<'m> {
    match value {
        Value::String(text) => Element::Fields(parse_fields(text.trim_start_matches('?'))),
        other => Element::Json(Cow::Borrowed(other), around),
    }
}

/// Parts of a line whose breaks have become spaces: a query string has none of its own, so that a name after one begins
/// a new part.
fn sentences<'t>(line: &'t str, names: &[String]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while parts.len() < MAX_LINES {
        let next = names.iter().filter_map(|name| rest.find(&format!(" {name}="))).min();
        let Some((head, tail)) = next.and_then(|at| rest.split_at_checked(at)) else { break };
        parts.push(head);
        rest = tail.trim_start();
    }
    parts.push(rest);
    parts
}
