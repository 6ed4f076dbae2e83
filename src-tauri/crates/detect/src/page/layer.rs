//! The data layer as the page's own scripts fill it: messages in document order, each with whether it surely comes.

use std::collections::BTreeMap;

use pixelproof_model::{State, Trigger, Via};

use super::fact::{Fact, Setting, What};
use super::gather::{Gathered, Part};
use super::json;
use crate::container::{self, Layer, Message};
use crate::script::{Assign, Call, LoadKind, Value};

/// Name of the data layer unless a page chooses another.
pub(super) const NAME: &str = "dataLayer";

/// The data layer of a page, of what stands in the document itself. `outside` is the number of parts before the first
/// script with an address; `sound` says that every script of the document was read whole.
pub(super) fn layer_of(
    parts: &[Part],
    globals: &BTreeMap<String, Value>,
    outside: Option<usize>,
    sound: bool,
) -> Layer {
    let mut layer = Layer::default();
    let mut alone = sound;
    for (number, part) in parts.iter().enumerate() {
        alone &= outside.is_none_or(|first| number < first);
        let Part::Here(piece) = part else {
            alone = false;
            continue;
        };
        let mut facts: Vec<&Fact> = piece.facts.iter().filter(|fact| is_told(fact)).collect();
        facts.sort_by_key(|fact| (fact.context.order, fact.offset));
        for fact in facts {
            let What::Message(value) = &fact.what else {
                alone = false;
                continue;
            };
            let mut value = value.clone();
            json::substitute(&mut value, globals);
            let late = is_late(&piece.setting, fact);
            if let Some(message) = message(&value, surely(&piece.setting, fact)) {
                layer.push(Message { late, ..message }, alone);
            }
        }
    }
    layer
}

impl Gathered {
    /// From here on the document isn't alone in saying something, where that is so.
    pub(super) fn outside_if(&mut self, seen: bool) {
        if seen {
            self.outside.get_or_insert(self.parts.len());
        }
    }
}

/// Messages, and scripts that are loaded: those may say more.
fn is_told(fact: &Fact) -> bool {
    matches!(&fact.what, What::Message(_) | What::Address { kind: LoadKind::Script | LoadKind::Unknown, .. })
}

/// Whether it comes at another time than its place in the document says.
fn is_late(setting: &Setting, fact: &Fact) -> bool {
    let at_load = matches!(fact.context.trigger, Trigger::Load | Trigger::Conditional);
    !setting.in_order || !at_load || fact.context.later
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
    let open = || Some(Message { fields: serde_json::Map::new(), open: true, sure, late: false });
    match value {
        Value::Object { entries, open } => {
            let undefined = |(key, value): &(String, Value)| {
                let json = json::to_json(value).unwrap_or_else(|| serde_json::json!({"expr": "undefined"}));
                (key.clone(), json)
            };
            Some(Message { fields: entries.iter().map(undefined).collect(), open: *open, sure, late: false })
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
            return Some(Message { fields: serde_json::Map::new(), open: true, sure: false, late: false });
        }
        _ => return None,
    };
    let doubt = (of_value, serde_json::json!({"expr": "changed by a method"}));
    Some(Message { fields: serde_json::Map::from_iter([doubt]), open: false, sure: false, late: false })
}

/// Methods that leave a list as it is.
const READS: [&str; 12] = [
    "forEach",
    "map",
    "filter",
    "find",
    "findIndex",
    "some",
    "every",
    "slice",
    "includes",
    "indexOf",
    "reduce",
    "join",
];

/// Whether code may load more code, which runs after it.
pub(super) fn may_load(text: &str) -> bool {
    const WORDS: [&str; 8] =
        ["createElement", "import", "document.write", "insertAdjacent", "innerHTML", "getScript", "eval", "Function("];
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether code fills the layer in a way that isn't followed.
pub(super) fn is_filled_otherwise(text: &str) -> bool {
    ["dataLayer[dataLayer", "dataLayer.length", "push.call("].iter().any(|way| text.contains(way))
}

/// What else is done to the layer than pushing messages, as a message that may say anything.
pub(super) fn meddled(call: &Call) -> Option<Value> {
    let method = call.callee.strip_prefix(NAME)?.strip_prefix('.')?;
    (method != "push" && !READS.contains(&method)).then(|| Value::Expr(call.callee.clone()))
}

/// [`meddled`], of what is assigned to it or to a place of it.
pub(super) fn replaced(assign: &Assign) -> Option<Value> {
    let rest = assign.target.strip_prefix(NAME)?;
    let made = rest.is_empty() && assign.value.source().is_some_and(|source| source.contains('('));
    let place = rest.starts_with(['.', '[']) && rest != ".push";
    (made || place).then(|| Value::Expr(assign.target.clone()))
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
