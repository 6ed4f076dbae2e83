//! The names and texts that a script is searched for, and the cheap test whether it holds any of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use super::{Value, search::Search};
use crate::catalogue::ANY_OBJECT;

/// Names of globals (`fbq`, `dataLayer`) and pieces of text (`connect.facebook.net`, `GTM-`) that are of interest.
#[derive(Debug)]
pub struct Interests {
    roots: BTreeSet<String>,
    /// Names that count only in a script that uses them without giving them a value.
    borrowed: BTreeSet<String>,
    /// Keys that say something in any object.
    keys: BTreeSet<String>,
    /// Globals whose value is the page's own name of a function, with the function.
    named: BTreeMap<String, String>,
    needles: Vec<Needle>,
    search: Option<Search>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Needle {
    /// A global's name: counts as a whole word in this very spelling.
    Root(String),
    /// A global's name that a number follows (`yaCounter#`).
    Numbered(String),
    /// The beginning of an account (`GTM-`): counts in this spelling, at the start of a word that goes on.
    Prefix(String),
    /// Any other text, such as a host: counts in any spelling, where no word goes on behind it (`t.co` in `list.concat`
    /// is none).
    Text(String),
}

impl Needle {
    fn text(&self) -> &str {
        match self {
            Needle::Root(s) | Needle::Numbered(s) | Needle::Prefix(s) | Needle::Text(s) => s,
        }
    }

    fn mention(&self, at: u32) -> Mention {
        let literal = !matches!(self, Needle::Root(_) | Needle::Numbered(_));
        Mention { at, literal, short: !literal && self.text().len() < SHORTEST_TELLING }
    }
}

/// Shortest name of a variable that says what it is; minifiers make shorter ones.
pub(super) const SHORTEST_TELLING: usize = 4;

/// A place where a script names something of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention {
    /// Byte offset.
    pub(super) at: u32,
    /// It is a text rather than the name of a global.
    pub(super) literal: bool,
    /// It is a name as short as minifiers make them.
    pub(super) short: bool,
}

impl Interests {
    /// From names of globals and literal needles. A needle that ends in `-` is the prefix of an account; any other is
    /// looked for without regard to case. Empty texts are ignored.
    pub fn new<R, N>(roots: R, needles: N) -> Self
    where
        R: IntoIterator,
        R::Item: Into<String>,
        N: IntoIterator,
        N::Item: Into<String>,
    {
        let roots: BTreeSet<String> = roots.into_iter().map(Into::into).filter(|r| !r.is_empty()).collect();
        let mut all: BTreeSet<Needle> = roots.iter().map(|root| root_needle(root)).collect();
        all.extend(
            needles
                .into_iter()
                .map(Into::into)
                .filter(|n: &String| !n.is_empty())
                .map(|needle| if needle.ends_with('-') { Needle::Prefix(needle) } else { Needle::Text(needle) }),
        );
        Self::built(roots, BTreeSet::new(), all)
    }

    /// With keys that say something in any object.
    #[must_use]
    pub fn with_keys<K>(self, keys: K) -> Self
    where
        K: IntoIterator,
        K::Item: Into<String>,
    {
        let keys: BTreeSet<String> = keys.into_iter().map(Into::into).filter(|k| !k.is_empty()).collect();
        let mut all: BTreeSet<Needle> = self.needles.into_iter().collect();
        all.extend(keys.iter().cloned().map(Needle::Root));
        let borrowed = self.borrowed;
        Interests { borrowed, ..Self::built(self.roots, keys, all) }
    }

    fn built(roots: BTreeSet<String>, keys: BTreeSet<String>, all: BTreeSet<Needle>) -> Self {
        let needles: Vec<Needle> = all.into_iter().collect();
        // Without a search (more needles than it can hold) everything is of interest: slower, never wrong.
        let search = Search::new(needles.iter().map(Needle::text));
        Interests { roots, borrowed: BTreeSet::new(), keys, named: BTreeMap::new(), needles, search }
    }

    /// Adds globals whose value is the page's own name of a function, with the function.
    #[must_use]
    pub fn with_named(mut self, names: impl IntoIterator<Item = (String, String)>) -> Self {
        self.named.extend(names);
        self
    }

    /// The function that this global names for the page.
    pub(super) fn named_by(&self, global: &str) -> Option<&str> {
        self.named.get(global).map(String::as_str)
    }

    /// The page's own names of functions, by what earlier scripts gave the globals that hold them, with the function.
    pub(super) fn chosen<'e>(&'e self, env: &'e BTreeMap<String, Value>) -> impl Iterator<Item = (&'e str, &'e str)> {
        self.named.iter().filter_map(move |(global, function)| match env.get(global) {
            Some(Value::String(chosen)) if !self.is_root(chosen) => Some((chosen.as_str(), function.as_str())),
            _ => None,
        })
    }

    /// Adds globals that make no script worth reading.
    #[must_use]
    pub fn with_quiet(mut self, names: impl IntoIterator<Item = String>) -> Self {
        for name in names {
            match name.strip_prefix(ANY_OBJECT) {
                Some(key) => self.keys.insert(key.to_owned()),
                None => self.roots.insert(name),
            };
        }
        self
    }

    /// Adds globals whose names are too common to search scripts for.
    #[must_use]
    pub fn with_borrowed(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.borrowed.extend(names);
        self
    }

    /// Whether a name that the script gives no value stands for a global of interest.
    pub(super) fn is_borrowed(&self, name: &str) -> bool {
        self.borrowed.contains(name)
    }

    /// Whether the text names anything of interest; otherwise there is no reason to read it.
    pub fn mentions(&self, text: &str) -> bool {
        self.search.is_none() || self.any(text, |_| true)
    }

    /// Whether this is the name of a global of interest.
    pub fn is_root(&self, name: &str) -> bool {
        self.roots.contains(name) || numbered(name).is_some_and(|(root, _)| self.roots.contains(&root))
    }

    /// Whether this key says something in any object.
    pub fn is_key(&self, name: &str) -> bool {
        self.keys.contains(name)
    }

    /// Whether the text holds one of the literal needles.
    pub fn in_literal(&self, text: &str) -> bool {
        self.any(text, |mention| mention.literal)
    }

    /// Every mention, by offset; `None` where there is no reason to read the text after scripts that left these constants.
    pub(crate) fn named_after(&self, text: &str, env: &BTreeMap<String, Value>) -> Option<Vec<Mention>> {
        let found = self.all_mentions(text);
        let is_worth_reading =
            self.search.is_none() || !found.is_empty() || self.chosen(env).any(|(name, _)| text.contains(name));
        is_worth_reading.then_some(found)
    }

    /// Every mention, by offset.
    pub(super) fn all_mentions(&self, text: &str) -> Vec<Mention> {
        let mut found = Vec::new();
        self.any(text, |mention| {
            found.push(mention);
            false
        });
        found.sort_unstable();
        found
    }

    /// Whether any mention is the one; they come in no order.
    fn any(&self, text: &str, mut is_it: impl FnMut(Mention) -> bool) -> bool {
        let mut is_found = false;
        let Some(search) = &self.search else { return false };
        search.each(text, |number, place| {
            let (Some(needle), Ok(at)) = (self.needles.get(number), u32::try_from(place.start)) else {
                return ControlFlow::Continue(());
            };
            is_found = counts(needle, text, place.start, place.end) && is_it(needle.mention(at));
            if is_found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        is_found
    }
}

fn counts(needle: &Needle, text: &str, start: usize, end: usize) -> bool {
    let exact = || text.get(start..end) == Some(needle.text());
    let before = || text.get(..start).and_then(|t| t.chars().next_back());
    let after = || text.get(end..).and_then(|t| t.chars().next());
    match needle {
        Needle::Root(_) => exact() && !before().is_some_and(is_word) && !after().is_some_and(is_word),
        Needle::Numbered(_) => exact() && !before().is_some_and(is_word) && after().is_some_and(|c| c.is_ascii_digit()),
        Needle::Prefix(_) => {
            exact()
                && !before().is_some_and(|c| is_word(c) || c == '-')
                && after().is_some_and(|c| c.is_ascii_alphanumeric())
        }
        Needle::Text(_) => !after().is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_')),
    }
}

fn root_needle(root: &str) -> Needle {
    match root.strip_suffix('#') {
        Some(name) => Needle::Numbered(name.to_owned()),
        None => Needle::Root(root.to_owned()),
    }
}

/// A name that ends in a number: with `#` in the number's place, and the number.
pub(crate) fn numbered(name: &str) -> Option<(String, &str)> {
    let start = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name.get(start.len()..).filter(|n| !n.is_empty())?;
    (!start.is_empty()).then(|| (format!("{start}#"), number))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::Interests;

    #[test]
    fn mentions_are_whole_names_prefixes_that_go_on_and_hosts_in_any_case() {
        let interests = Interests::new(["fbq", "ga", "UET", "counter#"], ["connect.facebook.net", "GTM-", "G-"]);
        let cases = [
            ("fbq('init')", true),
            ("window.fbq", true),
            ("x['fbq']", true),
            ("\u{feff}fbq()", true),
            ("éfbq()", false),
            ("myfbq()", false),
            ("fbq2()", false),
            ("FBQ()", false),
            ("game.gate()", false),
            ("counter12.hit()", true),
            ("counter.hit()", false),
            ("mycounter12.hit()", false),
            ("ga('create')", true),
            ("s.src='//Connect.Facebook.NET/x.js'", true),
            ("'%2F%2Fconnect.facebook.net%2Fx.js'", true),
            ("connect.facebook.network", false),
            ("'GTM-ABC'", true),
            ("gtm-abc", false),
            ("class='img-fluid bg-dark'", false),
            ("'G-ABC123'", true),
            ("'G- '", false),
            ("'AG-ABC'", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(interests.mentions(text), expected, "{text}");
        }
        assert!(interests.is_root("counter12") && !interests.is_root("counter") && !interests.is_root("fbq1"));
        assert!(!Interests::new::<[&str; 0], [&str; 0]>([], []).mentions("fbq()"));
    }
}
