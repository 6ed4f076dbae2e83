//! An object of a script: its keys in the order in which they were added, each once.

use std::{collections::HashMap, rc::Rc};

use super::{store::MAX_ITEMS, value::Val};

/// Objects with more keys than this keep a map of them: a script may look things up in a table of its own at every step.
const MANY_KEYS: usize = 32;

/// An object.
#[derive(Debug, Default, Clone)]
pub(super) struct Record {
    entries: Vec<(Rc<str>, Val)>,
    /// Where each key stands, once there are many.
    places: HashMap<Rc<str>, usize>,
    pub(super) open: bool,
    /// Code that the script doesn't show may have written to it.
    pub(super) shared: bool,
}

impl Record {
    /// An object with keys that the script doesn't show.
    pub(super) fn unbounded() -> Record {
        Record { open: true, ..Record::default() }
    }

    /// Another object with the keys of this one.
    pub(super) fn copy(&self) -> Record {
        Record { entries: self.entries.clone(), places: self.places.clone(), ..Record::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Val)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    fn position(&self, key: &str) -> Option<usize> {
        if self.entries.len() > MANY_KEYS {
            return self.places.get(key).copied();
        }
        self.entries.iter().position(|(k, _)| {
            #[cfg(test)]
            tests::COMPARED.set(tests::COMPARED.get() + 1);
            &**k == key
        })
    }

    pub(super) fn get(&self, key: &str) -> Option<&Val> {
        self.position(key).and_then(|index| self.entries.get(index)).map(|(_, value)| value)
    }

    /// Gives a key a value. An object with all the keys that are kept gets no further ones.
    pub(super) fn set(&mut self, key: &str, value: Val) {
        if let Some(index) = self.position(key) {
            if let Some(entry) = self.entries.get_mut(index) {
                entry.1 = value;
            }
            return;
        }
        if self.entries.len() >= MAX_ITEMS {
            self.open = true;
            return;
        }
        self.entries.push((Rc::from(key), value));
        if self.entries.len() > MANY_KEYS {
            self.note_from(self.places.len());
        }
    }

    /// Takes a key out again; how many keys had to move for that. The one added last costs nothing.
    pub(super) fn remove(&mut self, key: &str) -> usize {
        let Some(index) = self.position(key) else { return 0 };
        self.entries.remove(index);
        self.places.remove(key);
        if self.entries.len() <= MANY_KEYS {
            self.places.clear();
        } else {
            self.note_from(index);
        }
        self.entries.len() - index
    }

    fn note_from(&mut self, index: usize) {
        let entries = self.entries.iter().enumerate().skip(index);
        self.places.extend(entries.map(|(index, (key, _))| (key.clone(), index)));
    }
}

impl FromIterator<(Rc<str>, Val)> for Record {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Val)>>(entries: I) -> Record {
        let mut record = Record::default();
        entries.into_iter().for_each(|(key, value)| record.set(&key, value));
        record
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{MANY_KEYS, MAX_ITEMS, Record};
    use crate::script::value::Val;

    thread_local! {
        /// Keys compared one by one.
        pub(super) static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    fn number(record: &Record, key: &str) -> Option<f64> {
        record.get(key).and_then(Val::number)
    }

    #[test]
    fn keys_of_a_large_object_are_not_compared_one_by_one() {
        let mut record = Record::default();
        for round in 0..2 {
            for key in 0..MAX_ITEMS {
                record.set(&format!("k{key}"), Val::Num((key + round) as f64));
            }
        }
        COMPARED.set(0);
        assert!((0..MAX_ITEMS).all(|key| number(&record, &format!("k{key}")) == Some((key + 1) as f64)));
        assert_eq!((number(&record, "other"), COMPARED.get()), (None, 0));
        record.set("other", Val::Null);
        assert_eq!((record.len(), record.open), (MAX_ITEMS, true));
        for key in (MANY_KEYS..MAX_ITEMS).rev() {
            assert_eq!(record.remove(&format!("k{key}")), 0);
        }
        assert_eq!(number(&record, "k7"), Some(8.0));
        assert!(COMPARED.get() <= MANY_KEYS, "{}", COMPARED.get());
    }

    #[test]
    fn keys_keep_their_order_whatever_is_taken_out() {
        for size in [3, MANY_KEYS, MANY_KEYS + 2, 3 * MANY_KEYS] {
            let mut record: Record = (0..size).map(|key| (key.to_string().into(), Val::Num(key as f64))).collect();
            assert_eq!(record.remove("1"), size - 2, "{size}");
            assert_eq!(record.remove("1"), 0, "{size}");
            record.set("new", Val::Num(0.5));
            record.set("0", Val::Num(9.0));
            let keys: Vec<&str> = record.iter().map(|(key, _)| &**key).collect();
            let expected: Vec<String> = (0..size).filter(|key| *key != 1).map(|key| key.to_string()).collect();
            assert_eq!(keys, expected.iter().map(String::as_str).chain(["new"]).collect::<Vec<_>>(), "{size}");
            let values = ["0", "2", "new"].map(|key| number(&record, key));
            assert_eq!(values, [Some(9.0), Some(2.0), Some(0.5)], "{size}");
        }
    }
}
