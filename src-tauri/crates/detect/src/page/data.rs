//! Elements that hold data: configuration that tables know, and texts that scripts of the page read.

use std::sync::Arc;

use pixelproof_model::{State, Via};

use super::{
    client,
    excerpt::excerpt,
    fact::{Fact, What},
    gather::Gatherer,
};
use crate::{
    catalogue::ANY_OBJECT,
    consent::{Run, run_of_script},
    markup::{self, Item, ItemKind},
    script::{CURRENT, Context, Value},
};

/// Longest text of an element that holds data for scripts, in bytes.
const MAX_DATA: usize = 64 << 10;
/// Most such elements.
const MAX_DATA_ELEMENTS: usize = 50;
/// Depth of JSON in which keys are looked for.
const MAX_JSON_DEPTH: usize = 32;
/// Most known keys of one element of JSON.
const MAX_KEYS: usize = 200;

impl Gatherer<'_> {
    /// Elements that hold data, before anything is read: a script may stand before the element that it reads.
    pub(super) fn data_elements(&mut self, items: &[Item]) {
        let shown = items.iter().filter(|item| !item.place.inert && !item.place.noscript);
        for (item, id) in shown.filter_map(|item| Some((item, item.attr("id")?))) {
            let ItemKind::Script { text, .. } = &item.kind else { continue };
            let fits = text.len() <= MAX_DATA && self.out.globals.len() < MAX_DATA_ELEMENTS;
            if fits && !text.trim().is_empty() && run_of_script(item).data {
                self.out.globals.set(&format!("#{id}"), &Value::String(text.clone()));
            }
        }
    }

    /// A script element that holds JSON: configuration that a table may know by the element's id, or by a key.
    pub(super) fn data(&mut self, item: &Item, text: &str) {
        if item.place.inert || item.place.noscript {
            return;
        }
        let id = ["id", "data-drupal-selector"].iter().find_map(|name| item.attr(name)).map(|id| format!("#{id}"));
        let target = id.filter(|target| !self.catalogue.index().configs(target).is_empty());
        if target.is_none() && !self.catalogue.interests().mentions(text) {
            return;
        }
        let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else { return };
        if item.attr("id") == Some(client::STATE) {
            self.listed(&json, item.at);
        }
        let value = Value::from(json);
        let run = Run { state: State::Active, delayed: false, gate: None, data: true, module: false, src: None };
        let Some(setting) = self.setting(item, &run, Via::Script) else { return };
        let mut found: Vec<(String, &Value)> = target.map(|target| (target, &value)).into_iter().collect();
        self.known_keys(&value, 0, &mut found);
        let facts = found.into_iter().take(MAX_KEYS).map(|(target, value)| Fact {
            at: self.at(item.at),
            code: excerpt(markup::tag_text(self.html, item.at)),
            offset: 0,
            context: Context::default(),
            what: What::Assign { target, value: value.clone() },
        });
        let facts = facts.collect();
        self.push(facts, &Arc::new(setting));
    }

    /// Values under keys that say something in any object.
    fn known_keys<'v>(&self, value: &'v Value, depth: usize, found: &mut Vec<(String, &'v Value)>) {
        if depth > MAX_JSON_DEPTH {
            return;
        }
        match value {
            Value::Array(list) => list.iter().for_each(|v| self.known_keys(v, depth + 1, found)),
            Value::Object { entries, .. } => {
                for (key, value) in entries {
                    if self.catalogue.interests().is_key(key) {
                        found.push((format!("{ANY_OBJECT}{key}"), value));
                    }
                    self.known_keys(value, depth + 1, found);
                }
            }
            _ => {}
        }
    }
}

/// Whether a script may read attributes of its own element that say something.
pub(super) fn may_ask_itself(item: &Item, text: &str) -> bool {
    item.attrs.iter().any(|a| a.name.starts_with("data-")) && text.contains("currentScript")
}

/// The attributes of a script's own element, as the script sees them.
pub(super) fn own_attributes(item: &Item) -> Value {
    let text = |value: &str| Value::String(value.to_owned());
    let mut entries = vec![(CURRENT.to_owned(), Value::Bool(true))];
    let mut data = Vec::new();
    for attr in &item.attrs {
        entries.push((attr.name.clone(), text(&attr.value)));
        if let Some(name) = attr.name.strip_prefix("data-") {
            let mut parts = name.split('-');
            let first = parts.next().unwrap_or_default().to_owned();
            let name = parts.fold(first, |name, part| {
                let mut letters = part.chars();
                let capital = letters.next().map(|c| c.to_ascii_uppercase());
                name + &capital.into_iter().chain(letters).collect::<String>()
            });
            data.push((name, text(&attr.value)));
        }
    }
    entries.push(("dataset".to_owned(), Value::Object { entries: data, open: false }));
    Value::Object { entries, open: true }
}
