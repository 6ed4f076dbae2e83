//! Values of calls: places in them by argument path, and as JSON.

use pixelproof_model::{OPEN_PARAMS, Params, Text};
use serde_json::json;

use crate::script::{Call, Value};

/// Depth to which values are turned into JSON.
const MAX_DEPTH: usize = 32;

/// The value at an argument path of a call; `None` where nothing stands.
pub(super) fn at_path<'c>(call: &'c Call, path: &str) -> Option<&'c Value> {
    match path.strip_prefix("instance.") {
        Some(rest) => in_list(call.receiver_args.first()?, rest),
        None => in_list(&call.args, path),
    }
}

fn in_list<'v>(args: &'v [Value], path: &str) -> Option<&'v Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let value = args.get(first.parse::<usize>().ok()?)?;
    match rest {
        Some(rest) => inside(value, rest),
        None => Some(value),
    }
}

/// The value at a dotted path inside another.
pub(super) fn inside<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut at = value;
    for part in path.split('.') {
        at = match at {
            Value::Object { entries, .. } => &entries.iter().rev().find(|(key, _)| key == part)?.1,
            Value::Array(list) => list.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(at)
}

/// Most values that a path with `*` leads to.
const MAX_REACHED: usize = 2_000;
/// Longest JSON in a string that is read on the way, in bytes.
const MAX_NESTED: usize = 256 << 10;

/// The values that a path leads to in which `*` is any key or position; JSON in strings is read on the way.
pub(super) fn reach(value: &Value, path: &str) -> Vec<Value> {
    let mut at = vec![read_json(value)];
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let next = at.iter().flat_map(|value| match value {
            Value::Object { entries, .. } if part == "*" => entries.iter().map(|(_, v)| v).collect(),
            Value::Array(list) if part == "*" => list.iter().collect(),
            other => inside(other, part).into_iter().collect::<Vec<_>>(),
        });
        at = next.take(MAX_REACHED).map(read_json).collect();
    }
    at
}

fn read_json(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() <= MAX_NESTED && text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str::<serde_json::Value>(text).map_or_else(|_| value.clone(), Value::from)
        }
        other => other.clone(),
    }
}

/// A value as JSON; `None` for what JSON has no word for.
pub(super) fn to_json(value: &Value) -> Option<serde_json::Value> {
    to_json_within(value, MAX_DEPTH)
}

fn to_json_within(value: &Value, depth: usize) -> Option<serde_json::Value> {
    Some(match value {
        Value::Undefined => return None,
        Value::Null => serde_json::Value::Null,
        Value::Bool(b) => json!(b),
        Value::Number(n) => number(*n),
        Value::String(s) => json!(s),
        Value::Array(_) | Value::Object { .. } if depth == 0 => json!({"expr": "…"}),
        Value::Array(list) => list
            .iter()
            .map(|v| to_json_within(v, depth - 1).unwrap_or(serde_json::Value::Null))
            .collect::<Vec<_>>()
            .into(),
        Value::Object { entries, .. } => {
            let fields = entries.iter().filter_map(|(k, v)| Some((k.clone(), to_json_within(v, depth - 1)?)));
            serde_json::Value::Object(fields.collect())
        }
        Value::Function => json!({"expr": "function"}),
        Value::Expr(source) | Value::OneOf { source, .. } => json!({"expr": source}),
    })
}

/// A number as JSON writes it: whole numbers without a fraction.
fn number(n: f64) -> serde_json::Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if n.fract() == 0.0 && n.abs() < EXACT { json!(n as i64) } else { json!(n) }
}

/// The parameters that stand at a place of a call. Callbacks are none.
pub(super) fn params(value: Option<&Value>) -> Params {
    let mut out = Params::new();
    match value {
        Some(Value::Object { entries, open }) => {
            for (key, value) in entries.iter().filter(|(_, v)| !matches!(v, Value::Function)) {
                if let Some(value) = to_json(value) {
                    out.insert(key.clone(), value);
                }
            }
            if *open {
                out.insert(OPEN_PARAMS.to_owned(), json!({"expr": OPEN_PARAMS}));
            }
        }
        Some(Value::Expr(source) | Value::OneOf { source, .. }) => {
            out.insert(OPEN_PARAMS.to_owned(), json!({"expr": source}));
        }
        _ => {}
    }
    out
}

/// A name or an id.
pub(super) fn text(value: &Value) -> Option<Text> {
    match value {
        Value::Expr(source) | Value::OneOf { source, .. } => Some(Text::Expr { expr: source.clone() }),
        other => crate::catalogue::value_text(other).map(Text::Known),
    }
}

/// Whether anything in a value is an expression.
pub(super) fn is_open(value: &Value) -> bool {
    match value {
        Value::Expr(_) | Value::OneOf { .. } => true,
        Value::Array(list) => list.iter().any(is_open),
        Value::Object { entries, open } => *open || entries.iter().any(|(_, v)| is_open(v)),
        _ => false,
    }
}

/// Puts constants of other scripts in the place of the names that stand for them.
pub(super) fn substitute(value: &mut Value, globals: &std::collections::BTreeMap<String, Value>) {
    match value {
        Value::Expr(source) => {
            let name = source.strip_prefix("window.").unwrap_or(source);
            let (root, rest) = name.split_once('.').map_or((name, None), |(root, rest)| (root, Some(rest)));
            let found = globals.get(root).and_then(|v| match rest {
                Some(rest) => inside(v, rest),
                None => Some(v),
            });
            if let Some(found) =
                found.filter(|v| v.source().is_none() && !matches!(v, Value::Function | Value::Undefined))
            {
                *value = found.clone();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|v| substitute(v, globals)),
        Value::Object { entries, .. } => entries.iter_mut().for_each(|(_, v)| substitute(v, globals)),
        _ => {}
    }
}
