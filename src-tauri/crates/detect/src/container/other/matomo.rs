//! Matomo Tag Manager's container (`container_….js`): its object is JSON, handed to the library after the templates.

use pixelproof_model::{Params, Trigger};
use serde_json::Value;

use super::condition::{Condition, Part, Rule, Test, Way};
use super::{Entry, Manager, What, open, text};
use crate::container::file::balanced;

const MARK: &str = "MatomoTagManager.addContainer(";

pub(super) fn read(source: &str) -> Option<Manager> {
    let mut places = memchr::memmem::find_iter(source.as_bytes(), MARK).take(4);
    let data = places.find_map(|at| {
        let rest = source.get(at + MARK.len()..)?.trim_start();
        let (json, _) = balanced(rest.strip_prefix('{').map(|_| rest)?)?;
        serde_json::from_str::<Value>(&json).ok().filter(|data| data["tags"].is_array())
    })?;
    let triggers = data["triggers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let entries = data["tags"].as_array().into_iter().flatten().map(|tag| entry(tag, triggers)).collect();
    let version = text(&data["versionName"]).or_else(|| text(&data["revision"]));
    Some(Manager { vendor: "matomo", id: text(&data["id"]), version, entries, ..Manager::default() })
}

fn entry(tag: &Value, triggers: &[Value]) -> Entry {
    let kind = tag["type"].as_str().unwrap_or_default();
    let rules = |key: &str| {
        let ids = tag[key].as_array().into_iter().flatten();
        ids.filter_map(|id| triggers.iter().find(|trigger| trigger["id"] == *id)).map(rule).collect::<Vec<Rule>>()
    };
    let mut fires = rules("fireTriggerIds");
    // a tag may run for a time alone
    let times = [("startDate", "not before"), ("endDate", "not after")];
    for (words, date) in times.iter().filter_map(|(key, words)| Some((words, text(&tag[*key])?))) {
        fires.iter_mut().for_each(|rule| rule.conditions.push(open(&format!("{words} {date}"))));
    }
    Entry {
        id: tag["id"].as_u64().and_then(|id| u32::try_from(id).ok()),
        function: kind.to_owned(),
        what: what(kind, &tag["parameters"]),
        rules: fires,
        blocks: rules("blockTriggerIds"),
        paused: tag["status"] == "paused",
    }
}

fn what(kind: &str, parameters: &Value) -> What {
    match kind {
        "CustomHtml" => match &parameters["customHtml"] {
            Value::String(html) => What::Html(html.clone()),
            // parts joined, some of them variables
            Value::Object(_) | Value::Array(_) => What::Html(joined(&parameters["customHtml"])),
            _ => What::Hidden,
        },
        "CustomImage" => text(&parameters["customImageSrc"]).map_or(What::Hidden, What::Image),
        "Matomo" => {
            let settings = parameters["matomoConfig"]["parameters"]["idSite"].clone();
            let (name, keys): (_, &[(&str, &str)]) = match parameters["trackingType"].as_str() {
                Some("pageview") => (Some("trackPageView".to_owned()), &[]),
                Some("goal") => (Some("trackGoal".to_owned()), &[("goal", "idGoal"), ("revenue", "goalCustomRevenue")]),
                Some("event") => (
                    text(&parameters["eventAction"]),
                    &[("category", "eventCategory"), ("name", "eventName"), ("value", "eventValue")],
                ),
                _ => (None, &[]),
            };
            let params = keys.iter().filter_map(|(name, key)| Some(((*name).to_owned(), value(&parameters[*key])?)));
            let event = name.map(|name| (name, params.collect::<Params>()));
            What::Named { name: "Matomo".to_owned(), settings: vec![serde_json::json!({ "idSite": settings })], event }
        }
        other => What::Named { name: other.to_owned(), settings: vec![parameters.clone()], event: None },
    }
}

/// A parameter, or the variable that gives it.
fn value(parameter: &Value) -> Option<Value> {
    match parameter {
        Value::Object(variable) => {
            let name = variable.get("name").and_then(Value::as_str).unwrap_or("variable");
            Some(serde_json::json!({ "expr": format!("{{{{{name}}}}}") }))
        }
        other => text(other).map(Value::from),
    }
}

fn joined(parts: &Value) -> String {
    match parts {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(joined).collect(),
        Value::Object(fields) => match fields.get("joinedVariable") {
            Some(parts) => joined(parts),
            None => crate::container::value::PLACEHOLDER.to_owned(),
        },
        _ => String::new(),
    }
}

fn rule(trigger: &Value) -> Rule {
    let kind = trigger["type"].as_str().unwrap_or_default();
    let name = match kind {
        "CustomEvent" => text(&trigger["parameters"]["eventName"]).unwrap_or_else(|| kind.to_owned()),
        _ => kind.to_owned(),
    };
    let on = match kind {
        "PageView" | "WindowLoaded" | "DomReady" => Trigger::Load,
        "FormSubmit" => Trigger::Submit,
        "HistoryChange" => Trigger::Route,
        "ScrollReach" => Trigger::Scroll,
        "Timer" => Trigger::Timer,
        click if click.ends_with("Click") => Trigger::Click,
        _ => Trigger::Conditional,
    };
    let conditions = trigger["conditions"].as_array().into_iter().flatten().map(condition).collect();
    Rule { on: vec![(name, on)], conditions }
}

fn condition(condition: &Value) -> Condition {
    let actual = &condition["actual"];
    let name = actual["name"].as_str().unwrap_or("a variable");
    let comparison = condition["comparison"].as_str().unwrap_or_default();
    let expected = text(&condition["expected"]).unwrap_or_default();
    let part = match actual["type"].as_str().unwrap_or_default() {
        "PageUrl" => Some(Part::Whole),
        "PagePath" => Some(Part::Path),
        "PageHostname" => Some(Part::Host),
        "UrlParameter" => text(&actual["parameters"]["parameterName"]).map(Part::Parameter),
        _ => None,
    };
    let (bare, negated) = match comparison.strip_prefix("not_") {
        Some(rest) => (rest, true),
        None => (comparison, false),
    };
    let way = match bare {
        "equals" => Some((Way::Equals, None)),
        "equals_exactly" => Some((Way::Equals, Some(true))),
        "contains" => Some((Way::Contains, None)),
        "starts_with" => Some((Way::StartsWith, None)),
        "ends_with" => Some((Way::EndsWith, None)),
        "regexp" => Some((Way::Matches, Some(true))),
        "regexp_ignore_case" => Some((Way::Matches, Some(false))),
        _ => None,
    };
    match part.zip(way) {
        Some((part, (way, case))) => Condition::of(Test { part, way, values: vec![expected], case }, negated),
        None => open(&format!("{name} {} {expected}", comparison.replace('_', " "))),
    }
}
