//! Conditions of triggers: three-valued, so that what only the page knows stays unknown.

use serde_json::Value;

use super::pattern::search;
use super::value::{Resolver, Val, js_text};
use super::variable::{describe, without_www};

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
    if matches!(left, Val::Unknown(_)) && asks_for_crawler(at, predicate, function, &right) {
        return Some(false);
    }
    if predicate["any_of"].as_bool() == Some(true)
        && let Some(options) = predicate["arg1"].as_array().filter(|list| list.first().is_some_and(|k| k == "list"))
    {
        // what is undefined counts as an option too
        return any(options.iter().skip(1).map(|o| compare(at, function, &left, &at.value(o), ignore_case)));
    }
    if predicate["any_of"].as_bool() == Some(true)
        && let Val::Known(Value::Array(options)) = &right
    {
        return any(options.iter().map(|option| compare(at, function, &left, &Val::from_part(option), ignore_case)));
    }
    compare(at, function, &left, &right, ignore_case)
}

/// How crawlers and test tools call themselves; what says so is no visitor's browser.
const CRAWLERS: [&str; 16] = [
    "googlebot",
    "bingbot",
    "adsbot",
    "adsbot-google",
    "mediapartners-google",
    "bot",
    "crawler",
    "spider",
    "crawl",
    "slurp",
    "baiduspider",
    "yandexbot",
    "lighthouse",
    "chrome-lighthouse",
    "google page speed insights",
    "gtmetrix",
];

/// Whether a condition asks the browser's name for that of a crawler, and for nothing else.
fn asks_for_crawler(at: &Resolver<'_>, predicate: &Value, function: &str, right: &Val) -> bool {
    let name =
        at.definition(&predicate["arg0"]).filter(|d| d["function"] == "__j").and_then(|d| d["vtp_name"].as_str());
    let of_browser = name.map(|name| name.strip_prefix("window.").unwrap_or(name)) == Some("navigator.userAgent");
    let Val::Known(Value::String(wanted)) = right else { return false };
    let wanted = wanted.to_lowercase();
    let words = || wanted.trim_matches(['(', ')']).split('|').map(str::trim);
    of_browser
        && match function {
            "_cn" => CRAWLERS.contains(&wanted.trim()),
            "_re" => words().all(|word| CRAWLERS.contains(&word)),
            _ => false,
        }
}

/// A boundary of a zone: `["zb", operator, left, right, negate, ignore case]`.
pub(crate) fn boundary_holds(at: &Resolver<'_>, parts: &[Value]) -> Option<bool> {
    let function = parts.get(1)?.as_str()?;
    let left = at.value(parts.get(2)?);
    let right = at.value(parts.get(3)?);
    let negate = parts.get(4).and_then(Value::as_bool).unwrap_or(false);
    let ignore_case = parts.get(5).and_then(Value::as_bool).unwrap_or(false);
    compare(at, function, &left, &right, ignore_case).map(|found| found != negate)
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

fn compare(at: &Resolver<'_>, function: &str, left: &Val, right: &Val, ignore_case: bool) -> Option<bool> {
    // "matches anything" needs no value
    if function == "_re" && right.text().is_some_and(|p| ["", ".*", "^.*$", "(.*)"].contains(&p.as_str())) {
        return Some(true);
    }
    // only an element matches a selector, and no decided value is one
    if function == "_css" {
        return (!matches!(left, Val::Unknown(_))).then_some(false);
    }
    let (text, wanted) = (left.text()?, right.text()?);
    let numbers = || left.number().zip(right.number());
    Some(match function {
        "_eq" | "_cn" | "_sw" | "_ew" | "_lc" => {
            let decided = compare_texts(function, &text, &wanted);
            // a browser knows case for patterns alone; where it would matter here, nothing is said
            let folded = || compare_texts(function, &text.to_lowercase(), &wanted.to_lowercase());
            return (!ignore_case || decided == folded()).then_some(decided);
        }
        "_re" if *right == Val::Undefined => true,
        "_re" => return search(&wanted, &text, ignore_case),
        "_gt" => numbers().is_some_and(|(a, b)| a > b),
        "_ge" => numbers().is_some_and(|(a, b)| a >= b),
        "_lt" => numbers().is_some_and(|(a, b)| a < b),
        "_le" => numbers().is_some_and(|(a, b)| a <= b),
        "_um" => return same_address(at, &text, &wanted),
        _ => return None,
    })
}

fn compare_texts(function: &str, text: &str, wanted: &str) -> bool {
    match function {
        "_cn" => text.contains(wanted),
        "_sw" => text.starts_with(wanted),
        "_ew" => text.ends_with(wanted),
        "_lc" => text.split(',').any(|part| part == wanted),
        _ => text == wanted,
    }
}

/// Whether two addresses are one but for `www.`, the usual ports, case of the path and its last slash. `None` where one
/// is no address.
fn same_address(at: &Resolver<'_>, left: &str, right: &str) -> Option<bool> {
    let key = |text: &str| {
        let url = at.address(text).filter(|_| !text.is_empty())?;
        let host = without_www(url.host_str().unwrap_or_default()).to_owned();
        let path = url.path().to_lowercase();
        let path = path.strip_suffix('/').unwrap_or(&path).to_owned();
        let place = match (url.scheme(), url.port_or_known_default()) {
            ("http", Some(80)) | ("https", Some(443)) => ("web".to_owned(), None),
            (scheme, port) => (scheme.to_owned(), port),
        };
        Some((place, host, path))
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
