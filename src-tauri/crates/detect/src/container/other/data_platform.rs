//! Settings of data platforms that hand events on: Segment's (`integrations` by name) and RudderStack's (a source with its
//! destinations). Both are public JSON.

use pixelproof_model::Trigger;
use serde_json::Value;

use super::condition::Rule;
use super::{Entry, Manager, What, open, text};

pub(super) fn read(source: &str) -> Option<Manager> {
    let source = source.trim_start();
    let looks = source.starts_with('{') && (source.contains("\"integrations\"") || source.contains("\"destinations\""));
    let settings: Value = looks.then(|| serde_json::from_str(source).ok()).flatten()?;
    match (&settings["integrations"], &settings["source"]["destinations"]) {
        (Value::Object(integrations), _) => {
            let entries = integrations.iter().filter(|(name, _)| *name != "Segment.io").map(|(name, s)| entry(name, s));
            let key = text(&integrations.get("Segment.io").map(|own| own["apiKey"].clone()).unwrap_or_default());
            Some(Manager { vendor: "segment", id: key, entries: entries.collect(), ..Manager::default() })
        }
        (_, Value::Array(destinations)) => {
            let entries = destinations.iter().map(destination).collect();
            let id = text(&settings["source"]["writeKey"]).or_else(|| text(&settings["source"]["id"]));
            Some(Manager { vendor: "rudderstack", id, entries, ..Manager::default() })
        }
        _ => None,
    }
}

/// An integration; one that runs on the platform's servers alone brings nothing to the page.
fn entry(name: &str, settings: &Value) -> Entry {
    let on_page = |status: &Value| status["type"] != "server";
    let bundling = &settings["bundlingStatus"];
    let on_page = on_page(settings) && bundling != "unbundled" && *settings != Value::Bool(false);
    let consent = settings["consentSettings"]["categories"].as_array().into_iter().flatten();
    let consent: Vec<String> = consent.filter_map(Value::as_str).map(str::to_owned).collect();
    let mut conditions = Vec::new();
    if !consent.is_empty() {
        conditions.push(open(&format!("consent to {}", consent.join(", "))));
    }
    of(name, vec![settings.clone()], conditions, !on_page)
}

fn destination(destination: &Value) -> Entry {
    let definition = &destination["destinationDefinition"];
    let names = [&definition["displayName"], &definition["name"], &destination["name"]];
    let name = names.into_iter().find_map(text).unwrap_or_default();
    let config = &destination["config"];
    let modes = [&config["connectionMode"]["web"], &config["connectionMode"], &config["useNativeSDK"]["web"]];
    let on_servers = modes.iter().any(|mode| **mode == "cloud" || **mode == Value::Bool(false));
    let off = destination["enabled"] == Value::Bool(false) || destination["deleted"] == Value::Bool(true);
    of(&name, vec![config.clone()], Vec::new(), off || on_servers)
}

fn of(name: &str, settings: Vec<Value>, conditions: Vec<super::Condition>, paused: bool) -> Entry {
    Entry {
        id: None,
        function: name.to_owned(),
        what: What::Named { name: name.to_owned(), settings, event: None },
        rules: vec![Rule { on: vec![("load".to_owned(), Trigger::Load)], conditions }],
        blocks: Vec::new(),
        paused,
    }
}
