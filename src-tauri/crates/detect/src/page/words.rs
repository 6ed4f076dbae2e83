//! Names as they stand in scripts.

use std::collections::{BTreeMap, HashSet};

use aho_corasick::AhoCorasick;

use crate::script::Value;

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

pub(super) fn finder(names: &[&str]) -> Option<AhoCorasick> {
    if names.is_empty() { None } else { AhoCorasick::new(names).ok() }
}

/// The names that stand in a text as whole words, with the offset behind each.
pub(super) fn words<'n, 't>(
    finder: &'t AhoCorasick,
    names: &'t [&'n str],
    text: &'t str,
) -> impl Iterator<Item = (&'n str, usize)> + use<'n, 't> {
    finder.find_overlapping_iter(text).filter_map(move |m| {
        let before = text.get(..m.start()).and_then(|t| t.chars().next_back());
        let after = text.get(m.end()..).and_then(|t| t.chars().next());
        let whole = !before.is_some_and(is_word) && !after.is_some_and(is_word);
        Some((*names.get(m.pattern().as_usize())?, m.end())).filter(|_| whole)
    })
}

/// Whether the name that ends here is given a value.
pub(super) fn defines(text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default().trim_start_matches(['"', '\'', ']']).trim_start();
    rest.starts_with('=') && !rest.starts_with("==")
}

/// The constants that a text may name, so that what it says hangs on nothing else of the page.
pub(super) fn named_in(text: &str, globals: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let words: HashSet<&str> = text.split(|c| !is_word(c)).collect();
    // Elements have names of any kind (`#settings-json`).
    let stands = |name: &str| match name.strip_prefix('#') {
        Some(id) => id.split(|c| !is_word(c)).all(|word| words.contains(word)),
        None => !name.chars().all(is_word) || words.contains(name),
    };
    globals.iter().filter(|(name, _)| stands(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_constants_that_a_text_names_go_with_it() {
        let names = ["id", "$cfg", "été", "other", "#data", "#my-data", "#your-data", "two words"];
        let globals = names.map(|name| (name.to_owned(), Value::Null)).into();
        let text = "go(id,$cfg.x);window['été'];document.getElementById('my-data').text;others";
        let named: Vec<String> = named_in(text, &globals).into_keys().collect();
        assert_eq!(named, ["#data", "#my-data", "$cfg", "id", "two words", "été"]);
        let finder = finder(&["id", "cfg"]).expect("two names");
        let found: Vec<_> = words(&finder, &["id", "cfg"], "id = idle; $cfg; x.cfg").collect();
        assert_eq!(found, [("id", 2), ("cfg", 22)]);
        assert!(defines("a['id'] = 1", 5) && !defines("id == 1", 2) && !defines("id", 9));
    }
}
