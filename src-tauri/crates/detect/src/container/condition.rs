//! Conditions of triggers: three-valued, so that what only the page knows stays unknown.

use serde_json::Value;

use super::value::{Resolver, Val, js_text};
use super::variable::describe;

/// Steps a pattern may backtrack; hostile patterns end as undecided.
const BACKTRACK_LIMIT: usize = 100_000;

/// Compiled patterns kept per thread: conditions are evaluated for many events and pages.
const PATTERNS_KEPT: usize = 1024;

type Compiled = Option<std::rc::Rc<fancy_regex::Regex>>;

thread_local! {
    static PATTERNS: std::cell::RefCell<std::collections::BTreeMap<(bool, String), Compiled>> =
        const { std::cell::RefCell::new(std::collections::BTreeMap::new()) };
}

fn compiled(pattern: &str, ignore_case: bool) -> Compiled {
    let key = (ignore_case, pattern.to_owned());
    if let Some(known) = PATTERNS.with_borrow(|kept| kept.get(&key).cloned()) {
        return known;
    }
    let text = if ignore_case { format!("(?i){pattern}") } else { pattern.to_owned() };
    let built =
        fancy_regex::RegexBuilder::new(&text).backtrack_limit(BACKTRACK_LIMIT).build().ok().map(std::rc::Rc::new);
    PATTERNS.with_borrow_mut(|kept| {
        if kept.len() >= PATTERNS_KEPT {
            kept.clear();
        }
        kept.insert(key, built.clone());
    });
    built
}

/// Whether the pattern is found in `text`; `None` when it is beyond the limits or no pattern that this engine knows, so
/// that it never turns into a "no".
pub(crate) fn search(pattern: &str, text: &str, ignore_case: bool) -> Option<bool> {
    compiled(pattern, ignore_case)?.is_match(text).ok()
}

/// Evaluates a condition; `None` where the page decides.
pub(crate) fn holds(at: &Resolver<'_>, predicate: &Value) -> Option<bool> {
    let ignore_case = predicate["ignore_case"].as_bool().unwrap_or(false);
    let function = predicate["function"].as_str().unwrap_or_default();
    let left = at.value(&predicate["arg0"]);
    let right = at.value(&predicate["arg1"]);
    let plain_event = |d: &Value| {
        d["function"] == "__e" && !d.as_object().is_some_and(|d| d.keys().any(|k| k.starts_with("convert_")))
    };
    if at.event.is_none()
        && at.novel_event
        && function == "_eq"
        && predicate["any_of"].as_bool() != Some(true)
        && matches!(right, Val::Known(_))
        && at.definition(&predicate["arg0"]).is_some_and(plain_event)
    {
        return Some(false);
    }
    if predicate["any_of"].as_bool() == Some(true)
        && let Val::Known(Value::Array(options)) = &right
    {
        let tests = options.iter().map(|o| compare(function, &left, &Val::Known(o.clone()), ignore_case));
        return any(tests);
    }
    compare(function, &left, &right, ignore_case)
}

/// A boundary of a zone: `["zb", operator, left, right, negate, ignore case]`.
pub(crate) fn boundary_holds(at: &Resolver<'_>, parts: &[Value]) -> Option<bool> {
    let function = parts.get(1)?.as_str()?;
    let left = at.value(parts.get(2)?);
    let right = at.value(parts.get(3)?);
    let negate = parts.get(4).and_then(Value::as_bool).unwrap_or(false);
    let ignore_case = parts.get(5).and_then(Value::as_bool).unwrap_or(false);
    compare(function, &left, &right, ignore_case).map(|found| found != negate)
}

pub(crate) fn any(tests: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut undecided = false;
    for test in tests {
        match test {
            Some(true) => return Some(true),
            Some(false) => {}
            None => undecided = true,
        }
    }
    if undecided { None } else { Some(false) }
}

fn compare(function: &str, left: &Val, right: &Val, ignore_case: bool) -> Option<bool> {
    // "matches anything" needs no value
    if function == "_re" && right.text().is_some_and(|p| p == ".*" || p == "^.*$" || p == "(.*)") {
        return Some(true);
    }
    let (left, right) = (left.text()?, right.text()?);
    let number = |text: &str| match text.trim() {
        "" => Some(0.0),
        text => text.parse::<f64>().ok().filter(|n| n.is_finite()),
    };
    let numbers = number(&left).zip(number(&right));
    Some(match function {
        "_eq" => left == right,
        "_cn" => left.contains(&right),
        "_sw" => left.starts_with(&right),
        "_ew" => left.ends_with(&right),
        "_re" => return search(&right, &left, ignore_case),
        "_gt" => numbers.is_some_and(|(a, b)| a > b),
        "_ge" => numbers.is_some_and(|(a, b)| a >= b),
        "_lt" => numbers.is_some_and(|(a, b)| a < b),
        "_le" => numbers.is_some_and(|(a, b)| a <= b),
        "_lc" => left.split(',').any(|part| part == right),
        "_um" => return same_address(&left, &right),
        _ => return None,
    })
}

fn same_address(left: &str, right: &str) -> Option<bool> {
    let key = |text: &str| {
        let url = url::Url::parse(text).ok()?;
        let host = url.host_str()?.trim_start_matches("www.").to_owned();
        let path = url.path().to_lowercase().trim_end_matches('/').to_owned();
        Some((host, url.port_or_known_default().filter(|p| ![80, 443].contains(p)), path))
    };
    Some(key(left)? == key(right)?)
}

/// The condition in words: `page path contains /thank-you`.
pub(crate) fn words(at: &Resolver<'_>, predicate: &Value, negated: bool) -> String {
    let subject = match at.definition(&predicate["arg0"]) {
        Some(definition) => describe(definition).trim_matches(['{', '}']).to_owned(),
        None => at.value(&predicate["arg0"]).text().unwrap_or_else(|| "a value".to_owned()),
    };
    let object = match at.value(&predicate["arg1"]) {
        Val::Unknown(what) => what,
        Val::Undefined => "undefined".to_owned(),
        Val::Known(Value::Array(options)) => options.iter().map(js_text).collect::<Vec<_>>().join(" or "),
        Val::Known(value) => js_text(&value),
    };
    let (verb, not) = match predicate["function"].as_str().unwrap_or_default() {
        "_eq" => ("equals", "does not equal"),
        "_cn" => ("contains", "does not contain"),
        "_sw" => ("starts with", "does not start with"),
        "_ew" => ("ends with", "does not end with"),
        "_re" => ("matches", "does not match"),
        "_css" => ("matches selector", "does not match selector"),
        "_gt" => ("is greater than", "is not greater than"),
        "_ge" => ("is at least", "is less than"),
        "_lt" => ("is less than", "is at least"),
        "_le" => ("is at most", "is greater than"),
        "_lc" => ("lists", "does not list"),
        "_um" => ("is the address", "is not the address"),
        _ => ("meets a condition with", "does not meet a condition with"),
    };
    format!("{subject} {} {object}", if negated { not } else { verb })
}
