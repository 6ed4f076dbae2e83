//! Tables: what a script is, and what is read out of it.

mod calls;
mod facts;
mod hostile;
mod linear;
mod snippets;

use std::collections::BTreeMap;

use super::{Call, Interests, Load, ScriptFacts, SourceKind, Value, read};

/// Names and texts of the vendors whose snippets are tested.
pub(super) fn interests() -> Interests {
    Interests::new(
        [
            "fbq",
            "_fbq",
            "twq",
            "ttq",
            "lintrk",
            "_linkedin_partner_id",
            "_linkedin_data_partner_ids",
            "pintrk",
            "snaptr",
            "gtag",
            "dataLayer",
            "uetq",
            "UET",
            "ga",
            "_gaq",
            "rdt",
            "qp",
            "hj",
            "_hjSettings",
            "clarity",
            "pysOptions",
        ],
        [
            "connect.facebook.net",
            "googletagmanager.com",
            "google-analytics.com",
            "analytics.tiktok.com",
            "snap.licdn.com",
            "bat.bing.com",
            "s.pinimg.com",
            "sc-static.net",
            "static.ads-twitter.com",
            "redditstatic.com",
            "a.quora.com",
            "static.hotjar.com",
            "clarity.ms",
            "GTM-",
            "G-",
            "AW-",
            "UA-",
        ],
    )
}

pub(super) fn facts(script: &str) -> ScriptFacts {
    read(script, &interests(), &BTreeMap::new(), SourceKind::Script)
}

/// A value as JavaScript would write it; an expression stands in `<…>`.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Undefined => "undefined".into(),
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => super::value::print_number(*n),
        Value::String(s) => format!("{s:?}").replace('"', "'"),
        Value::Array(items) => format!("[{}]", list(items)),
        Value::Object { entries, open } => {
            let mut parts: Vec<String> = entries.iter().map(|(k, v)| format!("{k}:{}", show(v))).collect();
            if *open {
                parts.push("…".into());
            }
            format!("{{{}}}", parts.join(","))
        }
        Value::Function => "fn".into(),
        Value::Expr(text) => format!("<{text}>"),
        Value::OneOf { options, .. } => {
            let options: Vec<String> = options.iter().map(|o| show(&o.value)).collect();
            format!("<{}>", options.join("|"))
        }
    }
}

fn list(values: &[Value]) -> String {
    values.iter().map(show).collect::<Vec<_>>().join(",")
}

fn when(context: &super::Context) -> String {
    let mut out = format!("{:?}", context.trigger).to_lowercase();
    if let Some(condition) = &context.condition {
        out.push_str(&format!("[{condition}]"));
    }
    out
}

/// `load fbq('init','1')`; the trigger `load` is left out.
pub(super) fn line(call: &Call) -> String {
    let mut callee = call.callee.clone();
    for args in &call.receiver_args {
        callee = callee.replacen("()", &format!("\u{1}{})", list(args)), 1).replace('\u{1}', "(");
    }
    let when = when(&call.context);
    let when = if when == "load" { String::new() } else { format!("{when} ") };
    format!("{when}{callee}({})", list(&call.args))
}

pub(super) fn load_line(load: &Load) -> String {
    let when = when(&load.context);
    let when = if when == "load" { String::new() } else { format!("{when} ") };
    format!("{when}{:?} {}{}", load.kind, load.url, if load.partial { "…" } else { "" })
}

/// Compares what was read with what is expected, and shows both.
#[track_caller]
pub(super) fn same(script: &str, got: Vec<String>, expected: &[&str]) {
    assert!(
        got == expected,
        "script:\n```\n{script}\n```\ngot:\n```\n{}\n```\nexpected:\n```\n{}\n```",
        got.join("\n"),
        expected.join("\n")
    );
}

/// Calls of a script, in order.
#[track_caller]
pub(super) fn check(script: &str, expected: &[&str]) {
    let facts = facts(script);
    same(script, facts.calls.iter().map(line).collect(), expected);
}

/// Loads of a script, in order.
#[track_caller]
pub(super) fn check_loads(script: &str, expected: &[&str]) {
    let facts = facts(script);
    same(script, facts.loads.iter().map(load_line).collect(), expected);
}

/// Runs a whole table and shows every row that fails.
#[track_caller]
pub(super) fn table(rows: &[(&str, &[&str])]) {
    let mut failures = String::new();
    for (script, expected) in rows {
        let facts = facts(script);
        let got: Vec<String> = facts.calls.iter().map(line).collect();
        if got != *expected {
            failures.push_str(&format!(
                "--- {script}\n  got:      {}\n  expected: {}\n  problems: {:?}\n",
                got.join(" | "),
                expected.join(" | "),
                facts.problems
            ));
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
