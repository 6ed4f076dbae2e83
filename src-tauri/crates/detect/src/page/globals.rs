//! Constants that scripts of a page leave for each other, up to a number and up to an amount of memory.

use std::{collections::BTreeMap, ops::Deref};

use crate::script::Value;

/// Most constants of one page.
const MAX_GLOBALS: usize = 5_000;
/// Most bytes, about, of them.
const MAX_BYTES: usize = 8 << 20;

/// Constants by name. Where there is no room left, further ones are passed over.
#[derive(Debug, Default)]
pub(super) struct Globals {
    values: BTreeMap<String, Value>,
    bytes: usize,
}

impl Globals {
    /// Gives a name its value, whatever it had.
    pub(super) fn set(&mut self, name: &str, value: &Value) {
        let old = self.values.get(name).map_or(0, |old| weight(name, old));
        let bytes = (self.bytes - old).saturating_add(weight(name, value));
        if bytes > MAX_BYTES || old == 0 && self.values.len() >= MAX_GLOBALS {
            return;
        }
        self.bytes = bytes;
        self.values.insert(name.to_owned(), value.clone());
    }

    /// Takes a name its value.
    pub(super) fn forget(&mut self, name: &str) {
        if let Some(value) = self.values.remove(name) {
            self.bytes -= weight(name, &value);
        }
    }

    /// Gives names their values where they have none.
    pub(super) fn add_all(&mut self, more: &BTreeMap<String, Value>) {
        for (name, value) in more {
            if !self.values.contains_key(name) {
                self.set(name, value);
            }
        }
    }

    /// Gives names their values, whatever they had.
    pub(super) fn set_all(&mut self, more: &BTreeMap<String, Value>) {
        more.iter().for_each(|(name, value)| self.set(name, value));
    }
}

impl Deref for Globals {
    type Target = BTreeMap<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.values
    }
}

fn weight(name: &str, value: &Value) -> usize {
    name.len() + value.weight()
}

#[cfg(test)]
mod tests {
    use super::{Globals, MAX_BYTES, MAX_GLOBALS, Value};

    fn text(length: usize) -> Value {
        Value::String("x".repeat(length))
    }

    #[test]
    fn constants_are_bounded_in_number_and_in_bytes() {
        let mut globals = Globals::default();
        for number in 0..MAX_GLOBALS + 10 {
            globals.set(&format!("n{number}"), &Value::Null);
        }
        assert_eq!(globals.len(), MAX_GLOBALS);
        globals.set("n0", &Value::Bool(true));
        globals.add_all(&[("n0".to_owned(), Value::Null)].into());
        assert_eq!(globals.get("n0"), Some(&Value::Bool(true)));
        for _ in 0..3 {
            globals.set("n1", &text(MAX_BYTES / 2));
        }
        globals.set("n2", &text(MAX_BYTES / 2));
        assert_eq!(globals.get("n2"), Some(&Value::Null));
        globals.set("n1", &Value::Null);
        globals.set_all(&[("n2".to_owned(), text(MAX_BYTES / 2))].into());
        assert_eq!(globals.get("n2"), Some(&text(MAX_BYTES / 2)));
    }
}
