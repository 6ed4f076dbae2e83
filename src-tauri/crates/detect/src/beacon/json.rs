//! Places in JSON documents, and documents inside texts.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::message::{encoded_document, parse_fields};

/// Keys taken from one text.
const MAX_KEYS: usize = 500;
/// Elements taken from the lists of one document.
const MAX_ELEMENTS: usize = 2_000;

/// Brackets in brackets of a document that is mended; a deeper one isn't read anyway.
const MAX_DEPTH: usize = 128;

/// An element of a list in lists, with the elements that it stands in, from the outside in.
#[derive(Debug, Clone)]
pub(super) struct Found<'v> {
    pub(super) value: &'v Value,
    pub(super) around: Vec<&'v Value>,
}

/// The place `a.b.0` in a document, the document itself for an empty path. What is left of a path may itself be a key.
pub(super) fn walk<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
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
pub(super) fn walk_lists<'v>(value: &'v Value, path: &str) -> Vec<Found<'v>> {
    let mut at = vec![Found { value, around: Vec::new() }];
    for (depth, part) in path.split(".*.").enumerate() {
        let mut next = Vec::new();
        for found in at {
            let Some(list) = walk(found.value, part).and_then(Value::as_array) else { continue };
            let around = if depth == 0 { Vec::new() } else { [found.around, vec![found.value]].concat() };
            let room = MAX_ELEMENTS.saturating_sub(next.len());
            next.extend(list.iter().take(room).map(|value| Found { value, around: around.clone() }));
        }
        at = next;
    }
    at
}

/// The JSON document of a field, plain or in base64.
pub(super) fn document(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        return serde_json::from_str(text).ok();
    }
    serde_json::from_str(&encoded_document(text)?).ok()
}

/// What a field holds: a JSON document, plain or in base64, a query string, or `key=value` parted by semicolons.
pub(super) fn held(text: &str) -> Option<Value> {
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
        parts.take(MAX_KEYS).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    } else {
        parse_fields(text)
    };
    Some(Value::Object(fields.into_iter().map(|(k, v)| (k, from_text(&v))).collect()))
}

/// A document that was cut off, up to its last whole value.
pub(super) fn salvage(text: &str) -> Option<Value> {
    let end = outline(text)?.0;
    let whole = text.get(..end)?;
    let (_, open) = outline(whole)?;
    let closing: String = open.iter().rev().collect();
    serde_json::from_str(&format!("{whole}{closing}")).ok()
}

/// Where a document may end once its brackets are closed: behind the last bracket, or before the last comma, which ends
/// the value before it. And the brackets that close those still open at the text's end. Nothing where it is too deep.
fn outline(text: &str) -> Option<(usize, Vec<char>)> {
    let mut open: Vec<char> = Vec::new();
    let mut end = None;
    let (mut in_text, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if in_text {
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => in_text = true,
            ',' => end = Some(at),
            '{' | '[' | '}' | ']' => {
                match c {
                    '{' => open.push('}'),
                    '[' => open.push(']'),
                    _ => drop(open.pop()),
                }
                end = Some(at + 1);
            }
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            return None;
        }
    }
    Some((end?, open))
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

/// A value, or the list or object that its text holds.
pub(super) fn decoded(value: &Value) -> Value {
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

/// Keys and values of an object; none of anything else.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cut_off_documents_keep_what_is_whole() {
        let cases = [
            (r#"{"a":1,"b":{"c":[1,{"d":"x"#, Some(json!({"a": 1, "b": {"c": [1, {}]}}))),
            (r#"{"event":"Buy","id":"sh-5"#, Some(json!({"event": "Buy"}))),
            (r#"{"a":"q\"},","b":2,"c":"#, Some(json!({"a": "q\"},", "b": 2}))),
            ("[", Some(json!([]))),
            ("{\"a", Some(json!({}))),
            ("]", None),
            ("", None),
        ];
        for (text, expect) in cases {
            assert_eq!(salvage(text), expect, "{text}");
        }
    }

    #[test]
    fn lists_in_lists_know_what_is_around_them() {
        let value = json!({"a": [{"p": 1, "b": [{"e": 1}, {"e": 2}]}, {"p": 2, "b": [{"e": 3}]}, 7]});
        let show = |f: &Found<'_>| (f.value.clone(), f.around.iter().map(|v| v["p"].clone()).collect::<Vec<_>>());
        let found: Vec<_> = walk_lists(&value, "a.*.b").iter().map(show).collect();
        let expect = [(json!({"e": 1}), vec![json!(1)]), (json!({"e": 2}), vec![json!(1)])];
        assert_eq!(found.get(..2), Some(expect.as_slice()));
        assert_eq!(found.get(2), Some(&(json!({"e": 3}), vec![json!(2)])));
    }
}
