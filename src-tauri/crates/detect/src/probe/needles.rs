//! Every form of every value, computed once, and one search for all of them.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::IDENTITY;

/// Values that stand in a text by chance: only a field that holds nothing else counts.
const WHOLE: &[&str] = &["postal-code", "birth-date", "card"];
/// Longest text that is taken for a number written in groups.
const MAX_NUMBER: usize = 24;

/// Form of a value in a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Letters as they were typed, or in another case.
    Plain,
    /// A hash.
    Hash {
        /// `md5`, `sha1` or `sha256`.
        algorithm: &'static str,
        /// `hex` or `base64`.
        digits: &'static str,
        /// What was hashed: `lower case`, `as typed`, `upper case`, `digits` …
        of: &'static str,
        /// As the platforms ask for it, so that it matches an account.
        normalised: bool,
    },
}

impl Form {
    /// Whether it is a hash.
    pub fn is_hash(&self) -> bool {
        matches!(self, Form::Hash { .. })
    }

    /// For a report: `sha256 of the value in lower case`.
    pub fn words(&self) -> String {
        match self {
            Form::Plain => "as plain text".to_owned(),
            Form::Hash { algorithm, digits, of, .. } => {
                let digits = if *digits == "hex" { "" } else { " in base64" };
                format!("as {algorithm}{digits} of the value {of}")
            }
        }
    }
}

/// A needle, and what it stands for.
struct Needle {
    what: &'static str,
    form: Form,
    text: String,
    /// Upper and lower case are different texts.
    exact: bool,
}

pub(super) struct Needles {
    needles: Vec<Needle>,
    search: Option<AhoCorasick>,
}

impl Needles {
    pub(super) fn new() -> Needles {
        let needles: Vec<Needle> = IDENTITY.iter().flat_map(|(what, value, _)| needles_of(what, value)).collect();
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(needles.iter().map(|needle| &needle.text));
        // A handful of short ASCII texts always builds.
        Needles { needles, search: search.ok() }
    }

    /// Values in a text.
    pub(super) fn find(&self, text: &str) -> Vec<(&'static str, Form)> {
        let mut found: Vec<(&'static str, Form)> = Vec::new();
        for hit in self.search.iter().flat_map(|search| search.find_iter(text)) {
            let Some(needle) = self.needles.get(hit.pattern().as_usize()) else { continue };
            if needle.exact && text.get(hit.range()) != Some(needle.text.as_str()) {
                continue;
            }
            add(&mut found, (needle.what, needle.form.clone()));
        }
        for (what, value, _) in IDENTITY.iter().filter(|(what, _, _)| WHOLE.contains(what) || *what == "phone") {
            let fits = match *what {
                "phone" | "card" => is_number(text, value),
                _ => text.trim() == *value,
            };
            if fits {
                add(&mut found, (what, Form::Plain));
            }
        }
        found
    }
}

fn add(found: &mut Vec<(&'static str, Form)>, hit: (&'static str, Form)) {
    if !found.contains(&hit) {
        found.push(hit);
    }
}

/// A number in groups, with or without its country.
fn is_number(text: &str, value: &str) -> bool {
    let text = text.trim();
    let shaped = text.len() <= MAX_NUMBER && text.chars().all(|c| c.is_ascii_digit() || "+ ()-./".contains(c));
    let (digits, wanted) = (digits_of(text), digits_of(value));
    let national = wanted.get(wanted.len().saturating_sub(10)..).unwrap_or(&wanted);
    shaped && (digits == wanted || wanted.len() == 11 && digits == national)
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn needles_of(what: &'static str, value: &str) -> Vec<Needle> {
    let mut needles = Vec::new();
    if !WHOLE.contains(&what) {
        needles.push(Needle { what, form: Form::Plain, text: value.to_owned(), exact: false });
    }
    let mut hashed = std::collections::BTreeSet::new();
    for (of, text, normalised) in spellings(what, value) {
        if !hashed.insert(text.clone()) {
            continue;
        }
        for (algorithm, bytes) in hashes(&text) {
            let form = |digits| Form::Hash { algorithm, digits, of, normalised };
            needles.push(Needle { what, form: form("hex"), text: hex(&bytes), exact: false });
            // Up to its padding, which encodings of an address change or leave out.
            let base = STANDARD.encode(&bytes).trim_end_matches('=').to_owned();
            let safe = URL_SAFE_NO_PAD.encode(&bytes);
            if safe != base {
                needles.push(Needle { what, form: form("base64"), text: safe, exact: true });
            }
            needles.push(Needle { what, form: form("base64"), text: base, exact: true });
        }
    }
    needles
}

/// Spellings that are hashed, the right ones first, and whether platforms ask for them so.
fn spellings(what: &str, value: &str) -> Vec<(&'static str, String, bool)> {
    let lower = value.to_lowercase();
    let squashed: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let digits = digits_of(value);
    match what {
        "phone" => vec![
            ("with its plus sign", value.to_owned(), true),
            ("as digits", digits.clone(), true),
            ("without its country", digits.get(1..).unwrap_or_default().to_owned(), false),
        ],
        "birth-date" => vec![("as digits", digits, true), ("as typed", value.to_owned(), false)],
        "postal-code" | "card" => vec![("as typed", value.to_owned(), true)],
        "password" => vec![("as typed", value.to_owned(), true)],
        "email" => vec![
            ("in lower case", lower.clone(), true),
            // Some platforms take the dots out of the local part.
            ("in lower case without dots", without_dots(&lower), true),
            ("as typed", value.to_owned(), false),
            ("in upper case", value.to_uppercase(), false),
            ("hashed once before", hex(&Sha256::digest(lower.as_bytes())), false),
        ],
        _ => vec![
            ("in lower case", lower, true),
            ("in lower case without spaces", squashed, true),
            ("as typed", value.to_owned(), false),
            ("in upper case", value.to_uppercase(), false),
        ],
    }
}

fn without_dots(email: &str) -> String {
    match email.split_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.replace('.', "")),
        None => email.to_owned(),
    }
}

fn hashes(text: &str) -> [(&'static str, Vec<u8>); 3] {
    [
        ("sha256", Sha256::digest(text.as_bytes()).to_vec()),
        ("sha1", Sha1::digest(text.as_bytes()).to_vec()),
        ("md5", Md5::digest(text.as_bytes()).to_vec()),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
