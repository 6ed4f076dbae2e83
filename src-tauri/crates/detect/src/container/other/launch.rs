//! Adobe Experience Platform Tags (Launch): the library assigns the property to `_satellite.container` as an object literal:
//! extensions with settings, rules of events, conditions and actions, data elements.

use pixelproof_model::{Params, Trigger};
use serde_json::Value;

use super::condition::{Condition, Part, Rule, Test, Way};
use super::literal;
use super::{Entry, Manager, What, open, text};

const TARGETS: [&str; 2] = ["_satellite.container", "_satellite._container"];

pub(super) fn read(source: &str) -> Option<Manager> {
    if !TARGETS.iter().any(|target| source.contains(target)) {
        return None;
    }
    let found = literal::find(source, &TARGETS).assigned;
    let property = found.into_iter().find(|value| value["rules"].is_array() || value["extensions"].is_object())?;
    let mut entries: Vec<Entry> =
        property["rules"].as_array().into_iter().flatten().flat_map(|r| actions(&property, r)).collect();
    entries.extend(started(&property));
    let version = text(&property["buildInfo"]["buildDate"]);
    let id = text(&property["environment"]["id"]).map(|id| format!("launch-{id}"));
    Some(Manager { vendor: "adobe-launch", id, version, entries, ..Manager::default() })
}

/// The extension that a module belongs to, and the module's file without its ending.
fn parts(module: &str) -> (&str, &str) {
    let (extension, rest) = module.split_once('/').unwrap_or((module, ""));
    let rest = rest.strip_suffix("/index.js").or_else(|| rest.strip_suffix(".js")).unwrap_or(rest);
    (extension, rest.rsplit('/').next().unwrap_or_default())
}

/// What an extension is called by its maker, with its slug.
fn name(property: &Value, extension: &str) -> String {
    let shown = property["extensions"][extension]["displayName"].as_str().unwrap_or_default();
    format!("{extension} {shown}").trim().to_owned()
}

/// The actions of a rule, each a tag.
fn actions(property: &Value, rule: &Value) -> Vec<Entry> {
    let on = rule["events"].as_array().into_iter().flatten().map(event).collect::<Vec<_>>();
    let mut conditions: Vec<Condition> = rule["conditions"].as_array().into_iter().flatten().map(condition).collect();
    if let Some(name) = text(&rule["name"]) {
        // the rule's name alone decides nothing
        conditions.iter_mut().take(1).for_each(|first| first.words = format!("rule {name}: {}", first.words));
    }
    let fires = Rule { on, conditions };
    let action = |action: &Value| {
        let module = action["modulePath"].as_str().unwrap_or_default();
        let (extension, file) = parts(module);
        Entry {
            id: None,
            function: format!("{extension}/{file}"),
            what: what(property, extension, file, &action["settings"]),
            rules: vec![fires.clone()],
            blocks: Vec::new(),
            paused: false,
        }
    };
    rule["actions"].as_array().into_iter().flatten().map(action).collect()
}

fn what(property: &Value, extension: &str, file: &str, settings: &Value) -> What {
    if extension == "core" {
        return match (&settings["source"], settings["language"].as_str()) {
            (Value::String(address), _) if settings["isExternal"] == true || is_file(address) => What::Hidden,
            (Value::String(html), Some("html")) => What::Html(html.clone()),
            (Value::String(code), _) => What::Script(code.clone()),
            (source, _) => source["code"].as_str().map_or(What::Hidden, |code| What::Script(body(code).to_owned())),
        };
    }
    let own = property["extensions"][extension]["settings"].clone();
    What::Named { name: name(property, extension), settings: vec![settings.clone(), own], event: sent(file, settings) }
}

/// Code that stands in a file of its own.
fn is_file(source: &str) -> bool {
    !source.contains(char::is_whitespace) && ["https://", "http://", "/"].iter().any(|start| source.starts_with(start))
}

/// The body of a function's text.
fn body(function: &str) -> &str {
    let inner = function.find('{').zip(function.rfind('}')).and_then(|(open, close)| function.get(open + 1..close));
    inner.unwrap_or(function)
}

/// What an action sends: by its file's name (`sendPageView`), and the name given where that is free.
fn sent(file: &str, settings: &Value) -> Option<(String, Params)> {
    let lower = file.to_lowercase();
    let free = ["name", "eventName", "event", "eventType", "type"];
    let given = || free.iter().find_map(|key| settings[*key].as_str()).map(str::to_owned);
    let name = match lower.as_str() {
        "sendbeacon" => match settings["type"].as_str() {
            Some("link") => text(&settings["linkName"]).unwrap_or_else(|| "link".to_owned()),
            _ => "page view".to_owned(),
        },
        name if name.contains("custom") || name == "sendevent" || name == "trackevent" => given()?,
        name if ["send", "track", "fire"].iter().any(|verb| name.starts_with(verb)) => file.to_owned(),
        name if name.contains("pageview") => "page view".to_owned(),
        _ => return None,
    };
    let listed = settings["parameters"].as_array().into_iter().flatten();
    let listed = listed.filter_map(|row| Some((row["key"].as_str()?.to_owned(), row["value"].clone())));
    let plain = settings.as_object().into_iter().flatten();
    let plain = plain.filter(|(key, value)| !free.contains(&key.as_str()) && (value.is_string() || value.is_number()));
    let params = plain.map(|(key, value)| (key.clone(), value.clone())).chain(listed);
    // a data element stands between per cent signs
    let value = |value: Value| match value.as_str() {
        Some(text) if text.len() > 2 && text.starts_with('%') && text.ends_with('%') => {
            serde_json::json!({ "expr": text })
        }
        _ => value,
    };
    Some((name, params.map(|(name, v)| (name, value(v))).collect()))
}

/// Extensions that start with the library, whatever the rules say.
fn started(property: &Value) -> Vec<Entry> {
    let used = |slug: &str| {
        let rules = property["rules"].as_array().into_iter().flatten();
        let mut actions = rules.flat_map(|rule| rule["actions"].as_array().into_iter().flatten());
        actions.any(|action| parts(action["modulePath"].as_str().unwrap_or_default()).0 == slug)
    };
    let extensions = property["extensions"].as_object().into_iter().flatten();
    let idle =
        extensions.filter(|(slug, extension)| *slug != "core" && extension["settings"].is_object() && !used(slug));
    let entry = |(slug, extension): (&String, &Value)| Entry {
        id: None,
        function: slug.clone(),
        what: What::Named { name: name(property, slug), settings: vec![extension["settings"].clone()], event: None },
        rules: vec![Rule {
            on: vec![("library loaded".to_owned(), Trigger::Load)],
            conditions: vec![open("the extension is set up; no rule has an action of it")],
        }],
        blocks: Vec::new(),
        paused: false,
    };
    idle.map(entry).collect()
}

fn event(event: &Value) -> (String, Trigger) {
    let (extension, file) = parts(event["modulePath"].as_str().unwrap_or_default());
    let trigger = match file {
        "libraryLoaded" | "pageTop" | "pageBottom" | "domReady" | "windowLoaded" if extension == "core" => {
            Trigger::Load
        }
        "click" => Trigger::Click,
        "submit" => Trigger::Submit,
        "historyChange" | "hashChange" => Trigger::Route,
        "timeSpentOnPage" => Trigger::Timer,
        _ => Trigger::Conditional,
    };
    let named = ["identifier", "type", "name", "eventName"].iter().find_map(|key| event["settings"][*key].as_str());
    (
        named.filter(|_| trigger == Trigger::Conditional).map_or(file.to_owned(), |name| format!("{file} {name}")),
        trigger,
    )
}

fn condition(condition: &Value) -> Condition {
    let (extension, file) = parts(condition["modulePath"].as_str().unwrap_or_default());
    let settings = &condition["settings"];
    let negated = condition["negate"].as_bool().unwrap_or(false);
    let listed = |key: &str| {
        let rows = settings[key].as_array().into_iter().flatten();
        let value = |row: &Value| text(&row["value"]).or_else(|| text(row));
        let is_pattern = |row: &Value| row["valueIsRegex"] == true;
        let rows: Vec<(String, bool)> = rows.filter_map(|row| Some((value(row)?, is_pattern(row)))).collect();
        // all of one kind, else the page decides
        let patterns = rows.iter().filter(|(_, pattern)| *pattern).count();
        let one_kind = !rows.is_empty() && (patterns == 0 || patterns == rows.len());
        one_kind.then(|| (rows.into_iter().map(|(value, _)| value).collect::<Vec<_>>(), patterns > 0))
    };
    let address = |part: Part, key: &str| {
        let (values, pattern) = listed(key)?;
        let (way, case) = if pattern { (Way::Matches, Some(false)) } else { (Way::Equals, Some(true)) };
        Some(Test { part, way, values, case })
    };
    let test = match (extension, file) {
        ("core", "path") => address(Part::Path, "paths"),
        ("core", "pathAndQuerystring") => address(Part::PathAndQuery, "paths"),
        ("core", "domain") => {
            listed("domains").map(|(values, _)| Test { part: Part::Host, way: Way::Below, values, case: Some(false) })
        }
        ("core", "protocol") => text(&settings["protocol"]).map(|value| Test {
            part: Part::Protocol,
            way: Way::Equals,
            values: vec![value.trim_end_matches(':').to_owned()],
            case: Some(false),
        }),
        _ => None,
    };
    match test {
        Some(test) => Condition::of(test, negated),
        None => {
            let not = if negated { "not " } else { "" };
            let what = ["name", "value", "leftOperand", "cookie"].iter().find_map(|key| text(&settings[*key]));
            open(&format!("{not}{file} {}", what.unwrap_or_default()))
        }
    }
}
