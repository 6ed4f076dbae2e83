//! What scripts say together, kept with an external script that takes part: most pages of a site join it with the same
//! text, and read the same out of it.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use crate::script::{ScriptFacts, Value};

/// Readings that are kept for one external script.
const KEPT: usize = 4;
/// Bytes of memory, about, that they may take together.
const MAX_WEIGHT: usize = 1 << 20;
/// Longest text whose reading is kept, in bytes.
const MAX_BYTES: usize = 256 << 10;

/// Text and constants of a reading.
type Key = [u64; 2];

/// Readings, the newest last. `None` stands for a text that can't be parsed.
#[derive(Debug, Default)]
pub(super) struct Joined {
    kept: Mutex<VecDeque<(Key, Option<Arc<ScriptFacts>>)>>,
}

impl Joined {
    /// What a text says among these constants, read unless it is known. Pages that ask at the same time may each read.
    pub(super) fn facts(
        &self,
        text: &str,
        globals: &BTreeMap<String, Value>,
        read: impl FnOnce() -> Option<ScriptFacts>,
    ) -> Option<Arc<ScriptFacts>> {
        if text.len() > MAX_BYTES {
            return read().map(Arc::new);
        }
        let key = [0u8, 1].map(|salt| digest(salt, text, globals));
        if let Some((_, known)) = self.kept().iter().find(|(known, _)| *known == key) {
            return known.clone();
        }
        let facts = read().map(Arc::new);
        let mut kept = self.kept();
        kept.push_back((key, facts.clone()));
        while kept.len() > KEPT || weight(&kept) > MAX_WEIGHT {
            kept.pop_front();
        }
        drop(kept);
        facts
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<(Key, Option<Arc<ScriptFacts>>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn weight(kept: &VecDeque<(Key, Option<Arc<ScriptFacts>>)>) -> usize {
    kept.iter().filter_map(|(_, facts)| facts.as_deref()).map(ScriptFacts::weight).sum()
}

fn digest(salt: u8, text: &str, globals: &BTreeMap<String, Value>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (salt, text, globals.len()).hash(&mut hasher);
    for (name, value) in globals {
        name.hash(&mut hasher);
        digest_value(value, &mut hasher);
    }
    hasher.finish()
}

/// Values nest no deeper than scripts hand them out.
fn digest_value(value: &Value, hasher: &mut DefaultHasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Undefined | Value::Null | Value::Function => {}
        Value::Bool(b) => b.hash(hasher),
        Value::Number(n) => n.to_bits().hash(hasher),
        Value::String(text) | Value::Expr(text) => text.hash(hasher),
        Value::OneOf { source, options } => {
            source.hash(hasher);
            for option in options {
                (&option.branches, &option.conditions).hash(hasher);
                digest_value(&option.value, hasher);
            }
        }
        Value::Array(items) => {
            items.len().hash(hasher);
            items.iter().for_each(|item| digest_value(item, hasher));
        }
        Value::Object { entries, open } => {
            (entries.len(), open).hash(hasher);
            for (key, value) in entries {
                key.hash(hasher);
                digest_value(value, hasher);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, collections::BTreeMap};

    use super::{Joined, KEPT, MAX_WEIGHT};
    use crate::script::{ScriptFacts, Value};

    #[test]
    fn a_reading_serves_until_the_text_or_a_constant_differs_and_few_are_kept() {
        let joined = Joined::default();
        let reads = Cell::new(0);
        let env = |value: &str| BTreeMap::from([("id".to_owned(), Value::String(value.to_owned()))]);
        let ask = |text: &str, value: &str| {
            let read = || {
                reads.set(reads.get() + 1);
                (!text.is_empty()).then(ScriptFacts::default)
            };
            assert_eq!(joined.facts(text, &env(value), read).is_some(), !text.is_empty(), "{text}");
            reads.get()
        };
        assert_eq!([ask("a", "1"), ask("a", "1"), ask("a", "2"), ask("b", "1"), ask("a", "1")], [1, 1, 2, 3, 3]);
        assert_eq!([ask("", "1"), ask("", "1")], [4, 4]);
        let more: Vec<usize> = (0..KEPT).map(|number| ask(&number.to_string(), "1")).collect();
        assert_eq!(more, (5..5 + KEPT).collect::<Vec<_>>());
        assert_eq!(joined.kept().len(), KEPT);
        assert_eq!(ask("a", "1"), 5 + KEPT);
    }

    #[test]
    fn readings_are_kept_up_to_an_amount_of_memory() {
        let joined = Joined::default();
        let kept = |text: &str, bytes: usize| {
            let read = || Some(ScriptFacts { problems: vec!["x".repeat(bytes)], ..ScriptFacts::default() });
            assert!(joined.facts(text, &BTreeMap::new(), read).is_some());
            joined.kept().len()
        };
        assert_eq!([kept("a", 10), kept("b", MAX_WEIGHT / 2), kept("c", MAX_WEIGHT / 2)], [1, 2, 1]);
        assert_eq!([kept("d", MAX_WEIGHT), kept("e", 10)], [0, 1]);
    }
}
