//! Rules of a Google tag's own configuration: conversions and events that the vendor makes of the hits of a page.

use serde_json::Value;

use super::value::Resolver;

/// What a rule of a Google tag's own configuration hangs on, in words: it looks at each hit that the page sends.
pub(crate) fn hangs_on(definition: &Value) -> Option<String> {
    let function = definition["function"].as_str()?;
    if let Some(what) = function.strip_prefix("__ccd_em_") {
        return Some(format!("the visitor's doing (enhanced measurement: {})", what.replace('_', " ")));
    }
    if !["__ccd_ads_conv_marking", "__ccd_conversion_marking", "__ogt_conv_def", "__ogt_event_create"]
        .contains(&function)
    {
        return None;
    }
    let mut texts = Vec::new();
    constants(definition, &mut texts, 0);
    Some(format!("a hit of the page matches a rule set in the vendor's account ({})", texts.join(", ")))
}

/// Most constants of a rule that are named.
const MAX_CONSTANTS: usize = 8;

/// The constants that the rules of a tag compare with; a rule may be JSON within a text.
fn constants(value: &Value, into: &mut Vec<String>, depth: u32) {
    const NAMES: [&str; 4] = ["stringValue", "matchingRules", "const_value", "vtp_matchingRules"];
    if depth > 20 || into.len() >= MAX_CONSTANTS {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if NAMES.contains(&name.as_str()) => named(text, into, depth),
                    _ => constants(value, into, depth + 1),
                }
            }
        }
        Value::Array(items) => {
            let mut rest = items.iter().peekable();
            while let Some(item) = rest.next() {
                match (item.as_str(), rest.peek().and_then(|next| next.as_str())) {
                    (Some(name), Some(text)) if NAMES.contains(&name) => named(text, into, depth),
                    _ => constants(item, into, depth + 1),
                }
            }
        }
        _ => {}
    }
}

fn named(text: &str, into: &mut Vec<String>, depth: u32) {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(rule)) => literals(&rule, into, depth),
        Ok(inner @ Value::Object(_)) => constants(&inner, into, depth + 1),
        _ if !into.iter().any(|known| known == text) => into.push(text.to_owned()),
        _ => {}
    }
}

/// The constants of a rule written as `["contains", ["variable", …], "/thank-you"]`: the last text of each test.
fn literals(rule: &[Value], into: &mut Vec<String>, depth: u32) {
    let tests = rule.iter().filter_map(Value::as_array).filter(|inner| inner.first().is_none_or(|f| f != "variable"));
    if depth < 20 {
        tests.for_each(|inner| literals(inner, into, depth + 1));
    }
    if let Some(text) = rule.get(2).and_then(Value::as_str).filter(|_| into.len() < MAX_CONSTANTS) {
        into.push(text.to_owned());
    }
}

/// The labels of conversions that the vendor makes of matching hits.
pub(crate) fn labels(definition: &Value, at: &Resolver<'_>) -> Vec<String> {
    let Some(rules) = definition.get("vtp_conversionRules").and_then(|rules| at.value(rules).into_json()) else {
        return Vec::new();
    };
    let label = |rule: &Value| rule["conversionLabel"].as_str().map(str::to_owned);
    rules.as_array().into_iter().flatten().filter_map(label).collect()
}
