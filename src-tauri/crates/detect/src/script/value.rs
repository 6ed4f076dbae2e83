//! Values as the walk over a script knows them, and how JavaScript prints, joins and compares them.

use std::{collections::BTreeMap, rc::Rc};

use oxc_span::Span;

use super::Value;

/// Longest string that is computed; anything longer stays an expression.
const MAX_TEXT: usize = 64 * 1024;

/// A value, as far as it is known.
#[derive(Debug, Clone)]
pub(super) enum Val {
    Undefined,
    Null,
    Bool(bool),
    Num(f64),
    Str(Rc<str>),
    /// A string whose beginning is known.
    Head(Rc<str>, Span),
    List(u32),
    Record(u32),
    Func(u32),
    Path(u32),
    Element(u32),
    /// One of several; which, the source doesn't decide.
    OneOf(u32),
    /// The global object.
    Window,
    /// Something that browsers provide: `document`, `navigator.sendBeacon`.
    Native(Rc<str>),
    /// The outcome of asking whether something exists.
    Guard,
    /// Not known; `bound` when it came through a parameter, so that the caller's text is the telling one.
    Unknown {
        at: Span,
        bound: bool,
    },
}

impl Val {
    pub(super) fn unknown(at: Span) -> Val {
        Val::Unknown { at, bound: false }
    }

    pub(super) fn str(text: &str) -> Val {
        Val::Str(Rc::from(text))
    }

    /// A computed string, unless it is too long to keep.
    pub(super) fn computed(text: &str, at: Span) -> Val {
        if text.len() <= MAX_TEXT { Val::str(text) } else { Val::unknown(at) }
    }

    pub(super) fn is_primitive(&self) -> bool {
        matches!(self, Val::Undefined | Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_))
    }

    pub(super) fn is_container(&self) -> bool {
        matches!(self, Val::Record(_) | Val::List(_))
    }

    /// The string that JavaScript makes of a primitive.
    pub(super) fn text(&self) -> Option<Rc<str>> {
        Some(match self {
            Val::Undefined => Rc::from("undefined"),
            Val::Null => Rc::from("null"),
            Val::Bool(b) => Rc::from(if *b { "true" } else { "false" }),
            Val::Num(n) => Rc::from(print_number(*n).as_str()),
            Val::Str(s) => s.clone(),
            _ => return None,
        })
    }

    /// The number that JavaScript makes of a primitive.
    pub(super) fn number(&self) -> Option<f64> {
        Some(match self {
            Val::Undefined => f64::NAN,
            Val::Null => 0.0,
            Val::Bool(b) => f64::from(u8::from(*b)),
            Val::Num(n) => *n,
            Val::Str(s) => parse_number(s),
            _ => return None,
        })
    }
}

/// Whether a value counts as true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// Only asks whether something exists.
    Guard,
    Open,
}

pub(super) fn truth(value: &Val) -> Truth {
    let known = match value {
        Val::Undefined | Val::Null => false,
        Val::Bool(b) => *b,
        Val::Num(n) => *n != 0.0 && !n.is_nan(),
        Val::Str(s) => !s.is_empty(),
        Val::Head(s, _) if s.is_empty() => return Truth::Open,
        Val::Head(..) | Val::List(_) | Val::Record(_) | Val::Func(_) | Val::Element(_) | Val::Window => true,
        Val::Path(_) | Val::Guard => return Truth::Guard,
        Val::Native(name) => return if name.starts_with("location") { Truth::Open } else { Truth::Guard },
        Val::Unknown { .. } | Val::OneOf(_) => return Truth::Open,
    };
    if known { Truth::Yes } else { Truth::No }
}

/// A number as JavaScript prints it.
pub(super) fn print_number(n: f64) -> String {
    if n.is_nan() {
        return "NaN".into();
    }
    if n.is_infinite() {
        return if n > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if n == 0.0 {
        return "0".into();
    }
    let size = n.abs();
    if (1e-6..1e21).contains(&size) {
        return n.to_string();
    }
    let printed = format!("{n:e}");
    if printed.contains("e-") { printed } else { printed.replace('e', "e+") }
}

/// A string as a number, the JavaScript way (`Number(text)`).
pub(super) fn parse_number(text: &str) -> f64 {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return 0.0;
    }
    if let Some(hex) = trimmed.strip_prefix("0x").or_else(|| trimmed.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).map_or(f64::NAN, |n| n as f64);
    }
    let plain = trimmed.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if plain { trimmed.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

/// The number at the beginning of a string (`parseFloat`).
pub(super) fn parse_leading(text: &str, whole: bool) -> f64 {
    let text = text.trim_start();
    let mut end = 0;
    let mut seen_dot = whole;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'0'..=b'9' => end = i + 1,
            b'-' | b'+' if i == 0 => {}
            b'.' if !seen_dot => seen_dot = true,
            _ => break,
        }
    }
    text.get(..end).and_then(|t| t.parse().ok()).unwrap_or(f64::NAN)
}

/// Joins two values the way `+` does.
pub(super) fn add(left: &Val, right: &Val, at: Span) -> Val {
    if let Val::Head(head, _) = left {
        return Val::Head(head.clone(), at);
    }
    if left.is_primitive() && right.is_primitive() {
        if matches!(left, Val::Str(_)) || matches!(right, Val::Str(_)) {
            return join(left.text().as_deref(), right.text().as_deref(), at);
        }
        return match (left.number(), right.number()) {
            (Some(a), Some(b)) => Val::Num(a + b),
            _ => Val::unknown(at),
        };
    }
    match (left, right) {
        (Val::Str(head), Val::Head(tail, _)) => match join(Some(head), Some(tail), at) {
            Val::Str(text) => Val::Head(text, at),
            other => other,
        },
        (Val::Str(head), _) => Val::Head(head.clone(), at),
        _ => Val::unknown(at),
    }
}

fn join(left: Option<&str>, right: Option<&str>, at: Span) -> Val {
    match (left, right) {
        (Some(a), Some(b)) if a.len() + b.len() <= MAX_TEXT => Val::str(&[a, b].concat()),
        _ => Val::unknown(at),
    }
}

/// `a === b` (or `==`, with `loose`), where the source decides it.
pub(super) fn equal(left: &Val, right: &Val, loose: bool) -> Option<bool> {
    if !left.is_primitive() || !right.is_primitive() {
        let nothing = |v: &Val| matches!(v, Val::Undefined | Val::Null);
        let something = |v: &Val| matches!(v, Val::List(_) | Val::Record(_) | Val::Func(_) | Val::Element(_));
        return ((something(left) && nothing(right)) || (nothing(left) && something(right))).then_some(false);
    }
    Some(match (left, right) {
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::Num(a), Val::Num(b)) => a == b,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Undefined, Val::Undefined) | (Val::Null, Val::Null) => true,
        (Val::Undefined, Val::Null) | (Val::Null, Val::Undefined) => loose,
        (Val::Undefined | Val::Null, _) | (_, Val::Undefined | Val::Null) => false,
        (a, b) => loose && a.number() == b.number(),
    })
}

/// Constants that an earlier script left.
pub(super) type Env = BTreeMap<String, Value>;
