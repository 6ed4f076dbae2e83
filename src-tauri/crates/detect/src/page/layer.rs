//! The data layer as the page's own scripts fill it: messages in document order, each with whether it surely comes.

use std::collections::BTreeMap;

use pixelproof_model::{State, Trigger, Via};

use super::fact::{Fact, Setting, What};
use super::gather::Part;
use super::json;
use crate::container::{self, Layer, Message};
use crate::script::{Call, Value};

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

/// A message; commands of Google's tag (`arguments`) are none, but for what a page sets by them ([`set_by`]).
fn message(value: &Value, sure: bool) -> Option<Message> {
    let open = || Some(Message { fields: serde_json::Map::new(), open: true, sure });
    match value {
        Value::Object { entries, open } => {
            let undefined = |(key, value): &(String, Value)| {
                let json = json::to_json(value).unwrap_or_else(|| serde_json::json!({"expr": "undefined"}));
                (key.clone(), json)
            };
            Some(Message { fields: entries.iter().map(undefined).collect(), open: *open, sure })
        }
        Value::OneOf { .. } => open(),
        // it runs with the layer in its hands
        Value::Function => open(),
        Value::Expr(source) if source != "arguments" => open(),
        Value::Array(parts) => command(parts),
        _ => None,
    }
}

/// A method called on a value of the layer (`["cart.items.push", …]`): the value may be another after it.
fn command(parts: &[Value]) -> Option<Message> {
    let of_value = match parts.first()? {
        Value::String(name) => name.rsplit_once('.').map(|(of_value, _)| of_value.to_owned())?,
        Value::Expr(_) | Value::OneOf { .. } => {
            return Some(Message { fields: serde_json::Map::new(), open: true, sure: false });
        }
        _ => return None,
    };
    let doubt = (of_value, serde_json::json!({"expr": "changed by a method"}));
    Some(Message { fields: serde_json::Map::from_iter([doubt]), open: false, sure: false })
}

/// What `gtag('set', …)` puts into the layer, as the message that the container makes of it.
pub(super) fn set_by(call: &Call) -> Option<Value> {
    let [Value::String(verb), rest @ ..] = call.args.as_slice() else { return None };
    if call.callee != "gtag" || verb != "set" {
        return None;
    }
    let clear = (container::CLEAR.to_owned(), Value::Bool(true));
    match rest {
        [Value::Object { entries, open }] => {
            let entries = std::iter::once(clear).chain(entries.iter().cloned()).collect();
            Some(Value::Object { entries, open: *open })
        }
        [Value::String(key), value] => {
            Some(Value::Object { entries: vec![clear, (key.clone(), value.clone())], open: false })
        }
        [Value::Expr(_) | Value::OneOf { .. }, ..] => Some(rest[0].clone()),
        _ => None,
    }
}
