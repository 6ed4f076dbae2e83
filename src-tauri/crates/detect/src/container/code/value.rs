//! Values of a variable's code.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::container::value::{Val, js_text};

/// Longest text that is kept, in bytes, and longest list.
const MAX_TEXT: usize = 64 << 10;
pub(super) const MAX_ITEMS: usize = 1_000;

/// A value. Lists and objects are never changed where two names may hold one.
#[derive(Debug, Clone)]
pub(super) enum Js {
    /// Of a page that runs alone.
    Unknown,
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Js>),
    Object(BTreeMap<String, Js>),
    /// A regular expression, whether it ignores case, and whether it has no other flags.
    Pattern(String, bool, bool),
    /// The query as an object.
    Query(Vec<(String, String)>),
    Location,
    Document,
    Window,
}

impl Js {
    pub(super) fn text(text: &str) -> Js {
        if text.len() > MAX_TEXT { Js::Unknown } else { Js::Text(text.to_owned()) }
    }

    /// Whether it counts as true.
    pub(super) fn truth(&self) -> Option<bool> {
        Some(match self {
            Js::Unknown => return None,
            Js::Undefined | Js::Null => false,
            Js::Bool(flag) => *flag,
            Js::Number(number) => *number != 0.0 && !number.is_nan(),
            Js::Text(text) => !text.is_empty(),
            _ => true,
        })
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Js::Undefined | Js::Null)
    }

    fn is_primitive(&self) -> bool {
        matches!(self, Js::Undefined | Js::Null | Js::Bool(_) | Js::Number(_) | Js::Text(_))
    }

    /// `String(value)`, for what has one that is known.
    pub(super) fn as_text(&self) -> Option<String> {
        Some(match self {
            Js::Undefined => "undefined".to_owned(),
            Js::Null => "null".to_owned(),
            Js::Bool(flag) => flag.to_string(),
            Js::Number(number) => js_text(&Value::from(*number)),
            Js::Text(text) => text.clone(),
            Js::List(items) => {
                let parts: Option<Vec<String>> = items
                    .iter()
                    .map(|item| if item.is_nothing() { Some(String::new()) } else { item.as_text() })
                    .collect();
                parts?.join(",")
            }
            _ => return None,
        })
        .filter(|_| !matches!(self, Js::Number(number) if !number.is_finite()))
    }

    /// `Number(value)`; NaN is a number too.
    pub(super) fn number(&self) -> Option<f64> {
        Some(match self {
            Js::Undefined => f64::NAN,
            Js::Null => 0.0,
            Js::Bool(flag) => f64::from(*flag),
            Js::Number(number) => *number,
            Js::Text(text) => Val::Known(Value::String(text.clone())).number().unwrap_or(f64::NAN),
            _ => return None,
        })
    }

    /// `===`, or `==` where not strict.
    pub(super) fn equals(&self, other: &Js, strict: bool) -> Option<bool> {
        Some(match (self, other) {
            (Js::Unknown, _) | (_, Js::Unknown) => return None,
            (Js::Undefined, Js::Undefined) | (Js::Null, Js::Null) => true,
            (Js::Undefined, Js::Null) | (Js::Null, Js::Undefined) => !strict,
            (Js::Undefined | Js::Null, _) | (_, Js::Undefined | Js::Null) => false,
            (Js::Bool(a), Js::Bool(b)) => a == b,
            (Js::Number(a), Js::Number(b)) => a == b,
            (Js::Text(a), Js::Text(b)) => a == b,
            (a, b) if a.is_primitive() && b.is_primitive() => !strict && a.number()? == b.number()?,
            (a, b) if strict && a.is_primitive() != b.is_primitive() => false,
            _ => return None,
        })
    }

    /// As a variable's value; `None` where it isn't known.
    pub(super) fn into_val(self) -> Option<Val> {
        match self {
            Js::Undefined => Some(Val::Undefined),
            Js::Unknown | Js::Pattern(..) | Js::Query(_) | Js::Location | Js::Document | Js::Window => None,
            Js::Number(number) if !number.is_finite() => None,
            other => Some(Val::Known(other.into_json())),
        }
    }

    fn into_json(self) -> Value {
        match self {
            Js::Undefined | Js::Null => Value::Null,
            Js::Bool(flag) => json!(flag),
            Js::Number(number) => json!(number),
            Js::Text(text) => json!(text),
            Js::List(items) => items.into_iter().map(Js::into_json).collect(),
            Js::Object(fields) => {
                let fields = fields.into_iter().filter(|(_, value)| !matches!(value, Js::Undefined));
                Value::Object(fields.map(|(key, value)| (key, value.into_json())).collect::<Map<_, _>>())
            }
            _ => json!({"expr": "{{custom JavaScript}}"}),
        }
    }
}
