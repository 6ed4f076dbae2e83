//! A container's values: literals, lists, maps, templates and variables, as far as the file and a page's address decide.

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value, json};
use url::Url;

use super::layer::State;
use super::variable;

/// A value, typed by how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val {
    /// Decided. Parts of lists and maps that aren't are `{"expr": …}`.
    Known(Value),
    /// Decided to be undefined.
    Undefined,
    /// Only the running page knows; what it hangs on, in words.
    Unknown(String),
}

impl Val {
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Val::Known(value) => Some(js_text(value)),
            Val::Undefined => Some("undefined".to_owned()),
            Val::Unknown(_) => None,
        }
    }

    /// `Number(value)` as JavaScript has it; `None` for what is none or not decided.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Val::Known(Value::Null | Value::Bool(false)) => Some(0.0),
            Val::Known(Value::Bool(true)) => Some(1.0),
            Val::Known(Value::Number(number)) => number.as_f64(),
            Val::Known(value) => number(&js_text(value)),
            Val::Undefined | Val::Unknown(_) => None,
        }
    }

    /// Whether JavaScript's `||` and `?:` would pass over it; `None` where that isn't decided.
    pub(crate) fn is_falsy(&self) -> Option<bool> {
        match self {
            Val::Undefined => Some(true),
            Val::Unknown(_) => None,
            Val::Known(Value::Null | Value::Bool(false)) => Some(true),
            Val::Known(Value::String(text)) => Some(text.is_empty()),
            Val::Known(Value::Number(number)) => Some(number.as_f64() == Some(0.0)),
            Val::Known(_) => Some(false),
        }
    }

    /// A part of a list or map as [`Val::into_json`] left it.
    pub(crate) fn from_part(part: &Value) -> Val {
        match part.get("expr").and_then(Value::as_str) {
            Some(expr) => Val::Unknown(expr.to_owned()),
            None => Val::Known(part.clone()),
        }
    }

    /// For lists and reports: unknown parts keep their words.
    pub(crate) fn into_json(self) -> Option<Value> {
        match self {
            Val::Known(value) => Some(value),
            Val::Undefined => None,
            Val::Unknown(what) => Some(json!({ "expr": what })),
        }
    }
}

/// `String(value)` as JavaScript has it, for what can stand in a container.
pub(crate) fn js_text(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Array(items) => items.iter().map(joined).collect::<Vec<_>>().join(","),
        Value::Object(_) => "[object Object]".to_owned(),
        Value::Number(number) => match number.as_f64() {
            // 5.0 is 5
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => format!("{whole:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// What a value adds to a text that a list is joined to: nothing is nothing there.
fn joined(value: &Value) -> String {
    if value.is_null() { String::new() } else { js_text(value) }
}

/// A text as a number; blank is 0, and words are none.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let radix = |prefixes: [&str; 2], radix| {
        let digits = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))?;
        u64::from_str_radix(digits, radix).ok().map(|n| n as f64)
    };
    match text {
        "" => Some(0.0),
        "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        text if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => text.parse().ok(),
        _ => radix(["0x", "0X"], 16).or_else(|| radix(["0b", "0B"], 2)).or_else(|| radix(["0o", "0O"], 8)),
    }
}

/// Values nested deeper than this are unknown.
const MAX_DEPTH: u32 = 40;
/// Steps that resolving values of one page and event may take; a container with variables that fan out is cut off.
const MAX_STEPS: u32 = 200_000;

/// Resolves values for one page and one data-layer event.
pub(crate) struct Resolver<'a> {
    macros: &'a [Value],
    /// Address of the page; without one, everything about the address is unknown.
    pub(crate) url: Option<&'a Url>,
    /// The data-layer event under way; `None` for one whose name only the page knows.
    pub(crate) event: Option<&'a str>,
    /// Which listener's trigger the event comes from (`gtm.triggers`), where that is known.
    pub(crate) listener: Option<&'a str>,
    /// What the page put into the data layer by then, where that is known.
    pub(crate) layer: Option<&'a State>,
    /// The unnamed event is one that no condition names, so that none equals it.
    pub(crate) novel_event: bool,
    steps: Cell<u32>,
    under_way: RefCell<Vec<usize>>,
    memo: RefCell<Vec<Option<Val>>>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(macros: &'a [Value], url: Option<&'a Url>, event: Option<&'a str>) -> Self {
        Resolver {
            macros,
            url,
            event,
            listener: None,
            layer: None,
            novel_event: false,
            steps: Cell::new(0),
            under_way: RefCell::default(),
            memo: RefCell::new(vec![None; macros.len()]),
        }
    }

    /// An address as the page resolves it.
    pub(crate) fn address(&self, text: &str) -> Option<Url> {
        Url::parse(text).ok().or_else(|| self.url?.join(text).ok())
    }

    pub(crate) fn value(&self, value: &Value) -> Val {
        self.at_depth(value, 0)
    }

    fn at_depth(&self, value: &Value, depth: u32) -> Val {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_STEPS {
            return Val::Unknown("a value too deep to follow".to_owned());
        }
        let Value::Array(parts) = value else { return Val::Known(value.clone()) };
        let keyword = parts.first().and_then(Value::as_str).unwrap_or_default();
        let rest = parts.get(1..).unwrap_or_default();
        match keyword {
            "list" => Val::Known(rest.iter().filter_map(|v| self.at_depth(v, depth + 1).into_json()).collect()),
            "map" => Val::Known(Value::Object(self.map(rest, depth))),
            "macro" => self.variable(rest.first(), depth),
            "template" => self.template(rest, depth),
            "escape" => match rest.first() {
                Some(inner) => escaped(self.at_depth(inner, depth + 1), rest.get(1..).unwrap_or_default()),
                None => Val::Undefined,
            },
            "function_id" => rest.first().map_or(Val::Undefined, |v| self.at_depth(v, depth + 1)),
            _ => Val::Unknown(format!("{{{{{keyword}}}}}")),
        }
    }

    fn map(&self, rest: &[Value], depth: u32) -> Map<String, Value> {
        let mut out = Map::new();
        for pair in rest.chunks_exact(2) {
            let key = self.at_depth(&pair[0], depth + 1).text();
            if let (Some(key), Some(value)) = (key, self.at_depth(&pair[1], depth + 1).into_json()) {
                out.insert(key, value);
            }
        }
        out
    }

    fn template(&self, parts: &[Value], depth: u32) -> Val {
        let mut text = String::new();
        let mut unknown = false;
        for part in parts {
            match self.at_depth(part, depth + 1) {
                Val::Unknown(what) => {
                    unknown = true;
                    text.push_str(&what);
                }
                // parts are joined as a list is
                Val::Undefined => {}
                Val::Known(value) => text.push_str(&joined(&value)),
            }
        }
        if unknown { Val::Unknown(text) } else { Val::Known(Value::String(text)) }
    }

    /// The value of a variable; one that needs itself is undefined, as in the real runtime.
    fn variable(&self, number: Option<&Value>, depth: u32) -> Val {
        let Some(index) = number.and_then(Value::as_u64).map(|n| n as usize).filter(|n| *n < self.macros.len()) else {
            return Val::Undefined;
        };
        if let Some(known) = &self.memo.borrow()[index] {
            return known.clone();
        }
        if self.under_way.borrow().contains(&index) || depth > MAX_DEPTH {
            return Val::Undefined;
        }
        self.under_way.borrow_mut().push(index);
        let value = variable::evaluate(self, &self.macros[index], &|v| self.at_depth(v, depth + 1));
        self.under_way.borrow_mut().pop();
        self.memo.borrow_mut()[index] = Some(value.clone());
        value
    }

    /// The definition a value refers to, when it is a bare variable.
    pub(crate) fn definition(&self, value: &Value) -> Option<&'a Value> {
        let parts = value.as_array()?;
        if parts.first()?.as_str()? != "macro" {
            return None;
        }
        self.macros.get(parts.get(1)?.as_u64()? as usize)
    }
}

/// Escape modes that change what the text is; others leave it as it stands.
fn escaped(value: Val, modes: &[Value]) -> Val {
    let modes: Vec<u64> = modes.iter().filter_map(Value::as_u64).collect();
    match value {
        Val::Known(value) if modes.contains(&8) => Val::Known(Value::String(value.to_string())),
        Val::Known(value) if modes.contains(&7) => {
            let quoted = Value::String(js_text(&value)).to_string();
            Val::Known(Value::String(quoted[1..quoted.len() - 1].replace('\'', "\\x27").replace("</", "<\\/")))
        }
        // whatever it is, it becomes text
        Val::Undefined => Val::Known(Value::String("undefined".to_owned())),
        Val::Known(value) if modes.contains(&12) => Val::Known(Value::String(
            percent_encoding::utf8_percent_encode(&js_text(&value), percent_encoding::NON_ALPHANUMERIC).to_string(),
        )),
        // inside code an unknown value becomes a name that nothing defines, so that the reader sees an expression
        Val::Unknown(_) if modes.contains(&8) => Val::Known(Value::String(PLACEHOLDER.to_owned())),
        other => other,
    }
}

/// Stands for an unknown value inside the code of a tag.
pub(crate) const PLACEHOLDER: &str = "gtm_variable";
