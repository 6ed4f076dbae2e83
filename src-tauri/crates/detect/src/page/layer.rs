//! The data layer as the page's own scripts fill it: messages in document order, each with whether it surely comes.

use std::collections::BTreeMap;

use pixelproof_model::{State, Trigger, Via};

use super::fact::{Fact, Setting, What};
use super::gather::Part;
use super::json;
use crate::container::{Layer, Message};
use crate::script::Value;

/// Name of the data layer unless a page chooses another.
pub(super) const NAME: &str = "dataLayer";

/// The data layer of a page, of what stands in the document itself.
pub(super) fn layer_of(parts: &[Part], globals: &BTreeMap<String, Value>) -> Layer {
    let mut layer = Layer::default();
    for part in parts {
        let Part::Here(piece) = part else { continue };
        let mut messages: Vec<(&Fact, &Value)> = piece.facts.iter().filter_map(pushed).collect();
        messages.sort_by_key(|(fact, _)| fact.offset);
        for (fact, value) in messages {
            let mut value = value.clone();
            json::substitute(&mut value, globals);
            if let Some(message) = message(&value, surely(&piece.setting, fact)) {
                layer.push(message);
            }
        }
    }
    layer
}

fn pushed(fact: &Fact) -> Option<(&Fact, &Value)> {
    match &fact.what {
        What::Message(value) => Some((fact, value)),
        _ => None,
    }
}

fn surely(setting: &Setting, fact: &Fact) -> bool {
    let context = &fact.context;
    setting.in_order
        && setting.via == Via::Script
        && setting.state == State::Active
        && context.trigger == Trigger::Load
        && context.condition.is_none()
        && context.branch.is_none()
}

/// A message; commands of Google's tag (`arguments`) are none.
fn message(value: &Value, sure: bool) -> Option<Message> {
    match value {
        Value::Object { entries, open } => {
            let undefined = |(key, value): &(String, Value)| {
                let json = json::to_json(value).unwrap_or_else(|| serde_json::json!({"expr": "undefined"}));
                (key.clone(), json)
            };
            Some(Message { fields: entries.iter().map(undefined).collect(), open: *open, sure })
        }
        Value::OneOf { .. } => Some(Message { fields: serde_json::Map::new(), open: true, sure }),
        Value::Expr(source) if source != "arguments" => {
            Some(Message { fields: serde_json::Map::new(), open: true, sure })
        }
        _ => None,
    }
}
