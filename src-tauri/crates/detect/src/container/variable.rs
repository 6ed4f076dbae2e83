//! Variables of a container: what each kind gives on a page, as far as the address decides it.

use serde_json::Value;
use url::Url;

use super::pattern::{Pattern, compiled, replace_first};
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
        "__aev" => element_acted_on(at, definition, resolve),
        "__j" => global(at, definition),
        "__jsm" => script(at, definition, resolve),
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
    let custom = definition.get("vtp_customUrlSource").map(resolve).filter(|source| source.is_falsy() != Some(true));
    let url = match custom {
        Some(source) => match source.text() {
            Some(text) => at.address(&text),
            None => return source,
        },
        None => at.url.cloned(),
    };
    let Some(url) = url else { return Val::Unknown(describe(definition)) };
    let text = match definition["vtp_component"].as_str().unwrap_or("URL") {
        "PATH" => path(&url, definition, resolve),
        "HOST" => {
            let host = url.host_str().unwrap_or_default();
            let strip = definition["vtp_stripWww"].as_bool().unwrap_or(false);
            if strip { without_www(host).to_owned() } else { host.to_owned() }
        }
        "QUERY" => return query(&url, definition, resolve),
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

/// The query, or the first of the keys asked for that it has.
fn query(url: &Url, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let query = url.query().unwrap_or_default();
    let keys = match definition.get("vtp_queryKey").map_or(Val::Undefined, resolve) {
        Val::Unknown(what) => return Val::Unknown(what),
        key if key.is_falsy() == Some(true) => return Val::Known(Value::String(query.to_owned())),
        Val::Known(Value::Array(keys)) if asks(definition, "vtp_multiQueryKeys") => keys.iter().map(js_text).collect(),
        key => {
            let text = key.text().unwrap_or_default();
            match asks(definition, "vtp_multiQueryKeys") {
                true => text.replace(char::is_whitespace, "").split(',').map(str::to_owned).collect(),
                false => vec![text],
            }
        }
    };
    for key in keys {
        // an empty key asks for all of it
        let value = if key.is_empty() { Ok(Some(query.to_owned())) } else { parameter(query, &key) };
        match value {
            // what can't be decoded makes the variable fail, which is `false`
            Err(()) => return Val::Known(Value::Bool(false)),
            Ok(Some(value)) if value.is_empty() && asks(definition, "vtp_ignoreEmptyQueryParam") => {}
            Ok(Some(value)) => return Val::Known(Value::String(value)),
            Ok(None) => {}
        }
    }
    Val::Undefined
}

/// The first value of a key of the query. The error says that something before it can't be decoded.
fn parameter(query: &str, key: &str) -> Result<Option<String>, ()> {
    let decoded = |text: &str| decode_component(text).map(|text| text.replace('+', " ")).ok_or(());
    for part in query.split('&') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if decoded(name)? == key {
            return decoded(value).map(Some);
        }
    }
    Ok(None)
}

/// `decodeURIComponent`, which refuses a `%` that begins no byte and bytes that are no text.
pub(super) fn decode_component(text: &str) -> Option<String> {
    let whole = |rest: &str| rest.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    if !text.split('%').skip(1).all(whole) {
        return None;
    }
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// `www.` and its numbered kin (`www2.`).
pub(crate) fn without_www(host: &str) -> &str {
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
    match name {
        "event" => at.event.map_or_else(unknown("event"), known_text),
        "gtm.triggers" if at.listener.is_some() => at.listener.map_or_else(unknown("triggers"), known_text),
        "gtm.start" | "gtm.uniqueEventId" => Val::Unknown(describe(definition)),
        _ if name.starts_with("gtm.") && loading(at) => default_value(definition, resolve),
        _ => {
            let nested = definition["vtp_dataLayerVersion"].as_u64() == Some(2);
            match at.layer.and_then(|layer| layer.value(&name.replace("\\.", "."), nested)) {
                Some(Val::Undefined) => default_value(definition, resolve),
                Some(Val::Known(value)) => Val::Known(value),
                Some(Val::Unknown(_)) | None => Val::Unknown(describe(definition)),
            }
        }
    }
}

fn loading(at: &Resolver<'_>) -> bool {
    at.event.is_some_and(|event| LOAD_EVENTS.contains(&event))
}

/// What stands in for an undefined value; a setting that switches it off takes it out of the file.
fn default_value(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    definition.get("vtp_defaultValue").map_or(Val::Undefined, resolve)
}

/// What an action left: nothing while the page loads.
fn element_acted_on(at: &Resolver<'_>, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let unknown = || Val::Unknown(describe(definition));
    if !loading(at) {
        return unknown();
    }
    let text_or_nothing = |value: Val| match value.is_falsy() {
        Some(true) => known_text(""),
        Some(false) => value.text().map_or_else(unknown, |text| known_text(&text)),
        None => value,
    };
    let default = default_value(definition, resolve);
    match definition["vtp_varType"].as_str().unwrap_or_default() {
        "URL" => match definition["vtp_component"].as_str() {
            None | Some("URL") => text_or_nothing(default),
            Some(_) => unknown(),
        },
        "ATTRIBUTE" if definition.get("vtp_attribute").is_some() => match default.is_falsy() {
            Some(true) => known_text(""),
            _ => default,
        },
        "MD" | "FORM" => unknown(),
        _ => default,
    }
}

/// Globals that the address decides.
fn global(at: &Resolver<'_>, definition: &Value) -> Val {
    let name = definition["vtp_name"].as_str().unwrap_or_default();
    let name = name.strip_prefix("window.").unwrap_or(name);
    let name = name.strip_prefix("document.").unwrap_or(name);
    let Some((url, part)) = at.url.zip(name.strip_prefix("location.")) else {
        return Val::Unknown(describe(definition));
    };
    location(url, part).map_or_else(|| Val::Unknown(describe(definition)), |text| known_text(&text))
}

/// A part of `location`.
pub(super) fn location(url: &Url, part: &str) -> Option<String> {
    let marked = |mark: &str, part: Option<&str>| match part {
        Some(part) if !part.is_empty() => format!("{mark}{part}"),
        _ => String::new(),
    };
    Some(match part {
        "href" => url.to_string(),
        "pathname" => url.path().to_owned(),
        "hostname" => url.host_str().unwrap_or_default().to_owned(),
        "host" => match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        },
        "port" => url.port().map(|port| port.to_string()).unwrap_or_default(),
        "origin" => url.origin().ascii_serialization(),
        "search" => marked("?", url.query()),
        "hash" => marked("#", url.fragment()),
        "protocol" => format!("{}:", url.scheme()),
        _ => return None,
    })
}

/// The rows of a table, keys and values as they come out; what is undefined is kept.
fn rows(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Vec<(Val, Val)> {
    let cells = |row: &Value| {
        let parts = row.as_array().filter(|parts| parts.first().is_some_and(|k| k == "map"))?;
        let find =
            |name: &str| parts.get(1..)?.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| resolve(&pair[1]));
        Some((find("key")?, find("value")?))
    };
    let rows = definition["vtp_map"].as_array().into_iter().flatten().skip(1);
    rows.filter_map(cells).collect()
}

fn lookup(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let input = definition.get("vtp_input").map_or(Val::Undefined, resolve);
    let Some(text) = input.text() else { return input };
    // of rows with one key the last stands, as in any object
    for (key, value) in rows(definition, resolve).into_iter().rev() {
        match key.text() {
            Some(key) if key == text => return value,
            Some(_) => {}
            None => return Val::Unknown(describe(definition)),
        }
    }
    default_value(definition, resolve)
}

fn regex_table(definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let input = definition.get("vtp_input").map_or(Val::Undefined, resolve);
    let Some(text) = input.text() else { return input };
    let (full, ignore_case) = (asks(definition, "vtp_fullMatch"), asks(definition, "vtp_ignoreCase"));
    let unknown = || Val::Unknown(describe(definition));
    for (key, value) in rows(definition, resolve) {
        let key = match key.is_falsy() {
            Some(true) => String::new(),
            _ => match key.text() {
                Some(key) => key,
                None => return unknown(),
            },
        };
        let pattern = if full { format!("^{key}$") } else { key };
        let Pattern::Ready(regex) = compiled(&pattern, ignore_case) else { return unknown() };
        match regex.is_match(&text).ok() {
            Some(true) if asks(definition, "vtp_replaceAfterMatch") => {
                let replaced = value.text().and_then(|by| replace_first(&regex, &text, &by));
                return replaced.map_or_else(unknown, |text| known_text(&text));
            }
            Some(true) => return value,
            Some(false) => {}
            None => return unknown(),
        }
    }
    default_value(definition, resolve)
}

/// Custom JavaScript, as far as the address and other variables decide what it returns.
fn script(at: &Resolver<'_>, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let text = definition.get("vtp_javascript").map_or(Val::Undefined, resolve).text();
    text.and_then(|text| super::code::result(&text, at.url)).unwrap_or_else(|| Val::Unknown(describe(definition)))
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

/// Formatting that the variable asks for after evaluation, one after the other.
fn converted(value: Val, definition: &Value, resolve: &dyn Fn(&Value) -> Val) -> Val {
    let mut value = match (value, definition.get("convert_case_to")) {
        (Val::Known(Value::String(text)), Some(case)) => {
            let lower = case.as_u64() == Some(1) || case.as_str() == Some("1") || case.as_bool() == Some(true);
            known_text(&if lower { text.to_lowercase() } else { text.to_uppercase() })
        }
        (value, _) => value,
    };
    let replacements = [
        ("convert_null_to", Val::Known(Value::Null)),
        ("convert_undefined_to", Val::Undefined),
        ("convert_true_to", Val::Known(Value::Bool(true))),
        ("convert_false_to", Val::Known(Value::Bool(false))),
    ];
    for (name, replaced) in replacements {
        if value == replaced
            && let Some(by) = definition.get(name)
        {
            value = resolve(by);
        }
    }
    value
}
