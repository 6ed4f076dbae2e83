//! Variables of a container: what each kind gives on a page, as far as the address decides it.

use serde_json::Value;
use url::Url;

use super::value::{Resolver, Val, js_text};

/// Data-layer events that a page's load pushes by itself, in order.
pub(crate) const LOAD_EVENTS: [&str; 5] = ["gtm.init_consent", "gtm.init", "gtm.js", "gtm.dom", "gtm.load"];

/// Evaluates the variable `definition`; `resolve` gives the values it refers to.
pub(crate) fn evaluate(at: &Resolver<'_>, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let function = definition["function"].as_str().unwrap_or_default();
    let value = match function {
        "__e" => at.event.map_or_else(unknown("event"), known_text),
        "__c" => resolve(&definition["vtp_value"]),
        "__u" => url_part(at, definition, resolve),
        "__v" => data_layer(at, definition, resolve),
        "__smm" => lookup(definition, resolve),
        "__remm" => regex_table(definition, resolve),
        "__dbg" => Val::Known(Value::Bool(false)),
        "__uv" => Val::Undefined,
        "__jsm" => literal_script(definition, resolve),
        "__gas" | "__gtcs" | "__gtes" | "__awec" => settings(definition, resolve),
        _ => Val::Unknown(describe(definition)),
    };
    converted(value, definition, resolve)
}

fn known_text(text: &str) -> Val {
    Val::Known(Value::String(text.to_owned()))
}

fn unknown(what: &str) -> impl FnOnce() -> Val + use<> {
    let text = format!("{{{{{what}}}}}");
    move || Val::Unknown(text)
}

/// A variable in words, for conditions and unknown values.
pub(crate) fn describe(definition: &Value) -> String {
    let name = |key: &str| definition[key].as_str().unwrap_or("?").to_owned();
    let what = match definition["function"].as_str().unwrap_or_default() {
        "__e" => "event".to_owned(),
        "__u" => url_words(definition),
        "__f" => "referrer".to_owned(),
        "__v" => format!("dataLayer: {}", name("vtp_name")),
        "__k" => format!("cookie: {}", name("vtp_name")),
        "__j" => format!("JavaScript variable: {}", name("vtp_name")),
        "__jsm" => "custom JavaScript".to_owned(),
        "__d" => match definition["vtp_elementSelector"].as_str().or(definition["vtp_elementId"].as_str()) {
            Some(selector) => format!("element: {selector}"),
            None => "element".to_owned(),
        },
        "__aev" => format!("element acted on: {}", name("vtp_varType").to_lowercase()),
        "__vis" => "element visibility".to_owned(),
        "__r" => "random number".to_owned(),
        "__smm" => "lookup table".to_owned(),
        "__remm" => "regular-expression table".to_owned(),
        "__c" => "constant".to_owned(),
        other if other.starts_with("__cvt_") => "template variable".to_owned(),
        other => format!("variable {}", other.trim_start_matches('_')),
    };
    format!("{{{{{what}}}}}")
}

fn url_words(definition: &Value) -> String {
    match definition["vtp_component"].as_str().unwrap_or("URL") {
        "PATH" => "page path".to_owned(),
        "HOST" => "page host".to_owned(),
        "QUERY" => match definition["vtp_queryKey"].as_str() {
            Some(key) => format!("query parameter {key}"),
            None => "page query".to_owned(),
        },
        "FRAGMENT" => "page fragment".to_owned(),
        "PROTOCOL" => "page protocol".to_owned(),
        "PORT" => "page port".to_owned(),
        "EXTENSION" => "page file extension".to_owned(),
        _ => "page URL".to_owned(),
    }
}

fn url_part(at: &Resolver<'_>, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let custom;
    let url = match definition.get("vtp_customUrlSource") {
        Some(source) => match resolve(source) {
            Val::Known(value) => match Url::parse(&js_text(&value)) {
                Ok(url) => {
                    custom = url;
                    &custom
                }
                Err(_) => return Val::Unknown(describe(definition)),
            },
            other => return other,
        },
        None => match at.url {
            Some(url) => url,
            None => return Val::Unknown(describe(definition)),
        },
    };
    let text = match definition["vtp_component"].as_str().unwrap_or("URL") {
        "PATH" => path(url, definition, resolve),
        "HOST" => {
            let host = url.host_str().unwrap_or_default();
            let strip = definition["vtp_stripWww"].as_bool().unwrap_or(false);
            if strip { without_www(host).to_owned() } else { host.to_owned() }
        }
        "QUERY" => match resolve(&definition["vtp_queryKey"]) {
            Val::Unknown(what) => return Val::Unknown(what),
            // several keys, or empty values skipped: rare, and not read
            Val::Known(_) if asks(definition, "vtp_enableMultiQueryKeys") => return Val::Unknown(describe(definition)),
            Val::Known(Value::String(key)) => match url.query_pairs().find(|(k, _)| *k == key) {
                Some((_, value)) if value.is_empty() && asks(definition, "vtp_enableIgnoreEmptyQueryParam") => {
                    return Val::Unknown(describe(definition));
                }
                Some((_, value)) => value.into_owned(),
                None => return Val::Undefined,
            },
            _ => url.query().unwrap_or_default().to_owned(),
        },
        "FRAGMENT" => url.fragment().unwrap_or_default().to_owned(),
        "PROTOCOL" => url.scheme().to_owned(),
        "PORT" => url.port_or_known_default().map(|p| p.to_string()).unwrap_or_default(),
        // what follows the last dot of the whole path, up to a slash
        "EXTENSION" => match url.path().rsplit_once('.') {
            Some((_, extension)) => extension.split('/').next().unwrap_or_default().to_owned(),
            None => String::new(),
        },
        _ => {
            let mut whole = url.clone();
            whole.set_fragment(None);
            whole.to_string()
        }
    };
    Val::Known(Value::String(text))
}

fn asks(definition: &Value, option: &str) -> bool {
    definition[option].as_bool() == Some(true)
}

/// `www.` and its numbered kin (`www2.`).
fn without_www(host: &str) -> &str {
    let tail = host.strip_prefix("www").map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    tail.and_then(|rest| rest.strip_prefix('.')).unwrap_or(host)
}

/// The path; a file name that the container lists as a default page counts as the folder.
fn path(url: &Url, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> String {
    let path = url.path();
    if let Val::Known(Value::Array(defaults)) = resolve(&definition["vtp_defaultPages"])
        && let Some((folder, last)) = path.rsplit_once('/')
        && defaults.iter().any(|d| d.as_str() == Some(last))
    {
        return format!("{folder}/");
    }
    path.to_owned()
}

/// The data layer at a load event holds nothing of the listeners; everything else is the page's own.
fn data_layer(at: &Resolver<'_>, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let name = definition["vtp_name"].as_str().unwrap_or_default();
    let default = || match definition["vtp_setDefaultValue"].as_bool() {
        Some(true) => resolve(&definition["vtp_defaultValue"]),
        _ => Val::Undefined,
    };
    let at_load = at.event.is_some_and(|event| LOAD_EVENTS.contains(&event));
    match name {
        "event" => at.event.map_or_else(unknown("event"), known_text),
        "gtm.triggers" if at.listener.is_some() => at.listener.map_or_else(unknown("triggers"), known_text),
        "gtm.start" | "gtm.uniqueEventId" => Val::Unknown(describe(definition)),
        _ if name.starts_with("gtm.") && at_load => default(),
        _ => Val::Unknown(describe(definition)),
    }
}

fn rows(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Vec<(String, Value)> {
    let Val::Known(Value::Array(rows)) = resolve(&definition["vtp_map"]) else { return Vec::new() };
    let row = |row: Value| match row {
        Value::Object(mut row) => Some((row.get("key").map(js_text)?, row.shift_remove("value")?)),
        _ => None,
    };
    rows.into_iter().filter_map(row).collect()
}

fn table_default(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    match definition["vtp_setDefaultValue"].as_bool() {
        Some(false) | None if definition.get("vtp_defaultValue").is_none() => Val::Undefined,
        _ => resolve(&definition["vtp_defaultValue"]),
    }
}

/// A cell that the page decides comes back as what it hangs on.
fn cell(value: Value) -> Val {
    match value.get("expr").and_then(Value::as_str) {
        Some(expr) => Val::Unknown(expr.to_owned()),
        None => Val::Known(value),
    }
}

fn lookup(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let input = match resolve(&definition["vtp_input"]) {
        Val::Unknown(what) => return Val::Unknown(what),
        decided => decided.text().unwrap_or_default(),
    };
    // of rows with one key the last stands, as in any object
    match rows(definition, resolve).into_iter().rev().find(|(key, _)| *key == input) {
        Some((_, value)) => cell(value),
        None => table_default(definition, resolve),
    }
}

fn regex_table(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let input = match resolve(&definition["vtp_input"]) {
        Val::Unknown(what) => return Val::Unknown(what),
        decided => decided.text().unwrap_or_default(),
    };
    let (full, ignore_case) = (asks(definition, "vtp_fullMatch"), asks(definition, "vtp_ignoreCase"));
    for (key, value) in rows(definition, resolve) {
        let whole = full && !key.contains('|');
        let pattern = if full { format!("^{key}$") } else { key };
        match super::condition::search(&pattern, &input, ignore_case) {
            // only what matches is replaced; the rest of the input stays
            Some(true) if asks(definition, "vtp_replaceAfterMatch") && (!whole || js_text(&value).contains('$')) => {
                return Val::Unknown(describe(definition));
            }
            Some(true) => return cell(value),
            Some(false) => {}
            None => return Val::Unknown(describe(definition)),
        }
    }
    table_default(definition, resolve)
}

/// Custom JavaScript whose body only returns a literal.
fn literal_script(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    static BODY: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r#"^\s*\(?\s*function\s*\(\s*\)\s*\{\s*return\s*("[^"\\]*"|'[^'\\]*'|-?[0-9.]+|true|false)\s*;?\s*\}\s*\)?\s*(\(\s*\))?\s*;?\s*$"#)
            .expect("a constant pattern")
    });
    let body = resolve(&definition["vtp_javascript"]);
    let Some(literal) = body.text().and_then(|text| BODY.captures(&text).map(|c| c[1].to_owned())) else {
        return Val::Unknown(describe(definition));
    };
    match literal.as_bytes().first() {
        Some(b'"' | b'\'') => Val::Known(Value::String(literal[1..literal.len() - 1].to_owned())),
        _ => serde_json::from_str(&literal).map_or_else(|_| Val::Unknown(describe(definition)), Val::Known),
    }
}

/// Settings variables are objects of their own settings.
fn settings(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let Some(fields) = definition.as_object() else { return Val::Undefined };
    let known = fields
        .iter()
        .filter(|(key, _)| key.starts_with("vtp_"))
        .filter_map(|(key, value)| Some((key.clone(), resolve(value).into_json()?)));
    Val::Known(Value::Object(known.collect()))
}

/// Formatting that the variable asks for after evaluation.
fn converted(value: Val, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let replaced = match &value {
        Val::Undefined => definition.get("convert_undefined_to"),
        Val::Known(Value::Null) => definition.get("convert_null_to"),
        Val::Known(Value::Bool(true)) => definition.get("convert_true_to"),
        Val::Known(Value::Bool(false)) => definition.get("convert_false_to"),
        _ => None,
    };
    let value = replaced.map_or(value, resolve);
    match (&value, definition.get("convert_case_to")) {
        (Val::Known(Value::String(text)), Some(case)) => {
            let lower = case.as_u64() == Some(1) || case.as_str() == Some("1");
            known_text(&if lower { text.to_lowercase() } else { text.to_uppercase() })
        }
        _ => value,
    }
}
