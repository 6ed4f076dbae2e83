//! The two kinds of condition a table can state: a regular expression on a text, and a test on a value of a call.
//! Patterns are compiled while the table is read, so a bad one is reported with its place in the file.

use regex::{Captures, Regex, RegexBuilder};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::script::Value;

/// Largest compiled pattern, in bytes: a user's table must not eat the memory.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// A regular expression, anchored at both ends.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles a pattern.
    pub fn new(text: &str) -> Result<Pattern, regex::Error> {
        let regex = RegexBuilder::new(&anchored(text))
            // A line break that got into a field by accident hides nothing of it.
            .dot_matches_new_line(true)
            .size_limit(MAX_PATTERN_BYTES)
            .build()?;
        Ok(Pattern { text: text.to_owned(), regex })
    }

    /// As written in the table.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `text` matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Groups of a match of the whole of `text`.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex.captures(text)
    }
}

/// A pattern that holds for whole texts only.
pub(super) fn anchored(text: &str) -> String {
    format!("^(?:{text})$")
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Pattern::new(&text).map_err(|e| D::Error::custom(format!("not a regular expression: {e}")))
    }
}

/// Condition on a value of a call: a constant it must equal, or a table of tests that must all hold.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// Equal to a constant.
    Is(toml::Value),
    /// Tests.
    Test(Test),
}

/// Tests on a value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Anchored regular expression on a string (numbers as text).
    #[serde(default)]
    pub pattern: Option<Pattern>,
    /// What kind of value it must be.
    #[serde(default, rename = "type")]
    pub kind: Option<ValueKind>,
    /// Not this value.
    #[serde(default)]
    pub not: Option<toml::Value>,
    /// One of these values.
    #[serde(default)]
    pub any: Vec<toml::Value>,
}

/// Kinds of value that a test can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ValueKind {
    String,
    Number,
    Boolean,
    Object,
    Array,
    Function,
    Absent,
    Present,
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        if value.is_table() {
            return Test::deserialize(value).map(Matcher::Test).map_err(D::Error::custom);
        }
        Ok(Matcher::Is(value))
    }
}

impl Matcher {
    /// Whether the condition holds for the value at the place asked about; `None` is a place that isn't there.
    pub fn holds(&self, value: Option<&Value>) -> bool {
        match self {
            Matcher::Is(want) => value.is_some_and(|v| equals(want, v)),
            Matcher::Test(test) => test.holds(value),
        }
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        self.kind.is_none_or(|kind| kind.holds(value))
            && self.not.as_ref().is_none_or(|not| !value.is_some_and(|v| equals(not, v)))
            && (self.any.is_empty() || value.is_some_and(|v| self.any.iter().any(|want| equals(want, v))))
            && self.pattern.as_ref().is_none_or(|p| value.and_then(value_text).is_some_and(|text| p.is_match(&text)))
    }
}

impl ValueKind {
    fn holds(self, value: Option<&Value>) -> bool {
        match self {
            ValueKind::Absent => matches!(value, None | Some(Value::Undefined)),
            ValueKind::Present => !matches!(value, None | Some(Value::Undefined)),
            ValueKind::String => matches!(value, Some(Value::String(_))),
            ValueKind::Number => matches!(value, Some(Value::Number(_))),
            ValueKind::Boolean => matches!(value, Some(Value::Bool(_))),
            ValueKind::Object => matches!(value, Some(Value::Object { .. })),
            ValueKind::Array => matches!(value, Some(Value::Array(_))),
            ValueKind::Function => matches!(value, Some(Value::Function)),
        }
    }
}

/// A constant as text: a string as it is, a number as JavaScript prints it.
pub(crate) fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(number_text(*n)),
        _ => None,
    }
}

/// A number as JavaScript joins it to a string, for the plain range; no exponent forms are needed for accounts.
fn number_text(n: f64) -> String {
    if n == 0.0 { "0".to_owned() } else { format!("{n}") }
}

fn equals(want: &toml::Value, value: &Value) -> bool {
    match (want, value) {
        (toml::Value::String(w), Value::String(v)) => w == v,
        (toml::Value::Boolean(w), Value::Bool(v)) => w == v,
        (toml::Value::Integer(w), Value::Number(v)) => *w as f64 == *v,
        (toml::Value::Float(w), Value::Number(v)) => w == v,
        _ => false,
    }
}
