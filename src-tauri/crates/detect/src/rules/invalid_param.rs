//! A parameter with a value that the vendor can't use, or under a name that it doesn't know.

use pixelproof_model::{Actor, Area, Event, EventClass, Severity, Via};
use serde_json::Value;

use super::{Check, Draft, Example, PageContext, Rule, copies, currency, near, words};
use crate::catalogue::{ParamType, Vendor};

pub(super) static RULE: Rule = Rule {
    id: "invalid-param",
    severity: Severity::Error,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A parameter holds a value that the vendor can't use, or has a misspelt name.",
    why: "The event arrives, but the platform ignores or misreads the parameter: revenue in no currency, a value of \
          nothing, products that match no catalogue.",
    fix: "Send currency as a three-letter code, amounts as plain numbers with a point, ids as a list.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a sign for a currency, a symbol in the value",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', {value: '30,50 €', currency: '€'});</script>",
            )],
            expect: &[
                "Purchase of Meta Pixel: value is \"30,50 €\", not a plain number; write 30.50.",
                "Purchase of Meta Pixel: currency is \"€\", not a code of ISO 4217; write EUR.",
            ],
        },
        Example {
            name: "a misspelt key",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Lead', {value: 3, curency: 'EUR'});</script>",
            )],
            expect: &["Lead of Meta Pixel: curency is no parameter it knows; currency was probably meant."],
        },
        Example {
            name: "good values, and keys of the advertiser's own",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', {value: '30.50', currency: 'EUR', content_ids: ['1'], branch: 'north'});</script>",
            )],
            expect: &[],
        },
    ],
};

/// Longest value quoted in a message, in characters.
const MAX_QUOTED: usize = 40;

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for event in &context.page.events {
        let Some(vendor) = context.catalogue.get(&event.vendor) else { continue };
        let judged = event.class != EventClass::Automatic && event.declared && copies::runs(event.state, event.via);
        if !judged || event.name.known().is_none() {
            continue;
        }
        for (key, value) in &event.params {
            if let Some(fault) = fault(vendor, event, key, value) {
                let (about, draft) = draft(context, vendor, event, key, fault);
                drafts.push((event, about, draft));
            }
        }
    }
    copies::once_per_call(context, drafts)
}

/// What is wrong with a parameter, in words that follow its name.
struct Fault {
    text: String,
    severity: Option<Severity>,
}

impl Fault {
    fn error(text: String) -> Option<Fault> {
        Some(Fault { text, severity: None })
    }
}

fn fault(vendor: &Vendor, event: &Event, key: &str, value: &Value) -> Option<Fault> {
    if words::is_expr(value) || key == pixelproof_model::OPEN_PARAMS {
        return None;
    }
    let Some(kind) = vendor.params.get(key) else {
        return misspelt(vendor, event, key);
    };
    // An image's address holds text only: its lists and objects are for the vendor to read.
    let text_only = matches!(event.via, Via::Image | Via::Noscript);
    match kind {
        ParamType::Currency => bad_currency(value),
        ParamType::Number | ParamType::Integer => bad_number(value, *kind == ParamType::Integer),
        ParamType::Ids if !text_only => bad_ids(value),
        ParamType::Objects if !text_only => bad_objects(value),
        ParamType::Boolean if !text_only => bad_boolean(value),
        ParamType::String => bad_text(value),
        ParamType::Ids | ParamType::Objects | ParamType::Boolean | ParamType::Any => None,
    }
}

/// A key that the vendor doesn't know and that is nearly one that it does and the call lacks.
fn misspelt(vendor: &Vendor, event: &Event, key: &str) -> Option<Fault> {
    let near = near::nearest(key, vendor.params.keys().map(String::as_str))?;
    let slips = near::slips(&near::plain(key), &near::plain(near));
    let given = event.params.contains_key(near);
    (slips <= 1 && !given)
        .then(|| Fault::error(format!("{key} is no parameter it knows; {near} was probably meant")))
        .flatten()
}

fn bad_currency(value: &Value) -> Option<Fault> {
    let Some(text) = value.as_str() else {
        return Fault::error(format!("is {}, not a code of ISO 4217", quoted(value)));
    };
    if currency::is_code(text) {
        return None;
    }
    let meant = currency::meant(text);
    let instead = meant.map(|code| format!("; write {code}")).unwrap_or_default();
    // Small letters are read by most platforms, though none documents it.
    let only_case = meant.is_some_and(|code| code.eq_ignore_ascii_case(text));
    Some(Fault {
        text: format!("is {}, not a code of ISO 4217{instead}", quoted(value)),
        severity: only_case.then_some(Severity::Warning),
    })
}

fn bad_number(value: &Value, whole: bool) -> Option<Fault> {
    let number = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok().filter(|n| n.is_finite()),
        _ => None,
    };
    match number {
        None => {
            let instead = value.as_str().and_then(plain_amount).map(|n| format!("; write {n}")).unwrap_or_default();
            Fault::error(format!("is {}, not a plain number{instead}", quoted(value)))
        }
        Some(n) if n < 0.0 => Fault::error(format!("is {}, below zero", quoted(value))),
        Some(n) if whole && n.fract() != 0.0 => Fault::error(format!("is {}, not a whole number", quoted(value))),
        Some(_) => None,
    }
}

/// The amount that a text with signs and separators most likely stands for.
fn plain_amount(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let decimal = kept.rfind(['.', ',']).filter(|at| (1..=2).contains(&(kept.len() - at - 1)));
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    let amount = match decimal {
        Some(at) => format!("{}.{}", digits(kept.get(..at)?), digits(kept.get(at..)?)),
        None => digits(&kept),
    };
    amount.starts_with(|c: char| c.is_ascii_digit()).then_some(amount)
}

fn bad_ids(value: &Value) -> Option<Fault> {
    let is_id = |v: &Value| v.is_string() || v.is_number() || words::is_expr(v);
    match value {
        Value::Array(items) if items.iter().all(is_id) => None,
        Value::Array(_) => Fault::error(format!("is {}, a list of something other than ids", quoted(value))),
        _ => Fault::error(format!("is {}, not a list; write [{}]", quoted(value), quoted(value))),
    }
}

fn bad_objects(value: &Value) -> Option<Fault> {
    match value {
        Value::Array(items) if items.iter().all(Value::is_object) => None,
        _ => Fault::error(format!("is {}, not a list of objects", quoted(value))),
    }
}

fn bad_boolean(value: &Value) -> Option<Fault> {
    let spelt = value.as_str().is_some_and(|t| matches!(t, "true" | "false")) || value.as_u64().is_some_and(|n| n < 2);
    if value.is_boolean() || spelt { None } else { Fault::error(format!("is {}, neither true nor false", quoted(value))) }
}

fn bad_text(value: &Value) -> Option<Fault> {
    let plain = value.is_string() || value.is_number() || value.is_boolean() || value.is_null();
    if plain { None } else { Fault::error(format!("is {}, not a text", quoted(value))) }
}

/// A value as a reader knows it from the source, cut where it is long.
fn quoted(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_QUOTED {
        return text;
    }
    let head: String = text.chars().take(MAX_QUOTED).collect();
    format!("{head}…")
}

fn draft(context: &PageContext<'_>, vendor: &Vendor, event: &Event, key: &str, fault: Fault) -> (String, Draft) {
    let name = words::event_name(event);
    let about = if fault.text.starts_with(key) { fault.text.clone() } else { format!("{key} {}", fault.text) };
    let draft = Draft {
        severity: fault.severity,
        vendor: Some(event.vendor.clone()),
        account: words::only_account(event),
        key: format!("{name} {about}"),
        message: format!("{name} of {}: {about}.", vendor.name),
        evidence: vec![words::of_event(context.page, event, about.clone())],
        ..Draft::default()
    };
    (about, draft)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers() {
        for (value, good) in [
            (json!(0), true),
            (json!(30.5), true),
            (json!("30.50"), true),
            (json!(" 7 "), true),
            (json!("30,50"), false),
            (json!("$5"), false),
            (json!(-1), false),
            (json!("NaN"), false),
            (json!("Infinity"), false),
            (json!(""), false),
            (json!([3]), false),
            (json!(null), false),
        ] {
            assert_eq!(bad_number(&value, false).is_none(), good, "{value}");
        }
        assert!(bad_number(&json!(1.5), true).is_some() && bad_number(&json!(2), true).is_none());
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, want) in [
            ("30,50 €", Some("30.50")),
            ("$1,234.50", Some("1234.50")),
            ("1.234,5", Some("1234.5")),
            ("1,234", Some("1234")),
            ("free", None),
            (",5", None),
        ] {
            assert_eq!(plain_amount(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn lists() {
        for (value, good) in [
            (json!(["1", 2, {"expr": "id"}]), true),
            (json!([]), true),
            (json!("1"), false),
            (json!(7), false),
            (json!([{"id": "1"}]), false),
        ] {
            assert_eq!(bad_ids(&value).is_none(), good, "{value}");
        }
        assert!(bad_objects(&json!([{"id": "1"}])).is_none() && bad_objects(&json!({"id": "1"})).is_some());
    }
}
