//! Tealium iQ: `utag.js` lists the profile's tags with their load rules and holds the code of those that are bundled; each
//! other tag is a file of its own (`utag.12.js`).

use std::collections::BTreeMap;

use pixelproof_model::Trigger;
use serde_json::Value;

use super::condition::Rule;
use super::literal;
use super::{Entry, Manager, What, open};

/// Catalogue id.
pub(super) const VENDOR: &str = "tealium-iq";
/// Comment before the code of each tag, and what follows in it.
const MARK: &str = "tealium universal tag - utag.";
const CONFIGURATION: &str = "utag.loader.cfg";

pub(super) fn read(source: &str) -> Option<Manager> {
    if !source.contains(CONFIGURATION) && !source.contains(MARK) {
        return None;
    }
    let codes = codes(source);
    let found = literal::find(source, &[CONFIGURATION]);
    let configured = found.assigned.into_iter().find_map(|value| match value {
        Value::Object(tags) if tags.values().any(|tag| tag.get("load").is_some()) => Some(tags),
        _ => None,
    });
    let rules: BTreeMap<String, String> = found.cases.into_iter().map(|(id, code)| (id, words(&code))).collect();
    let mut entries: Vec<Entry> = Vec::new();
    for (uid, tag) in configured.iter().flatten() {
        entries.push(entry(uid, tag, &rules, codes.get(uid.as_str()).copied()));
    }
    // a file of one tag says nothing of when it loads
    let alone = codes.iter().filter(|(uid, _)| configured.as_ref().is_none_or(|tags| !tags.contains_key(**uid)));
    for (uid, code) in alone.filter(|(uid, _)| uid.bytes().all(|b| b.is_ascii_digit())) {
        entries.push(of(uid, Some(code), Rule { on: view(), conditions: vec![open("its load rule")] }, false));
    }
    entries.sort_by_key(|entry| entry.id);
    let id = profile(source);
    Some(Manager { vendor: VENDOR, id, version: None, entries, ..Manager::default() })
        .filter(|manager| configured.is_some() || !manager.entries.is_empty())
}

fn view() -> Vec<(String, Trigger)> {
    vec![("view".to_owned(), Trigger::Load)]
}

/// Code of tags by their number.
fn codes(source: &str) -> BTreeMap<&str, &str> {
    let starts: Vec<usize> = source.match_indices(MARK).map(|(at, _)| at).take(2_000).collect();
    let mut out = BTreeMap::new();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(source.len());
        let Some(code) = source.get(start + MARK.len()..end) else { continue };
        let name = code.split([' ', ',']).next().unwrap_or_default();
        out.insert(name, code);
    }
    out
}

fn entry(uid: &str, tag: &Value, rules: &BTreeMap<String, String>, code: Option<&str>) -> Entry {
    let load = &tag["load"];
    let never = load.as_i64() == Some(0) || *load == Value::Bool(false) || tag["send"].as_i64() == Some(0);
    let conditions = match load["code"].as_str() {
        Some(condition) => vec![open(&named(condition, rules))],
        None => Vec::new(),
    };
    of(uid, code, Rule { on: view(), conditions }, never)
}

fn of(uid: &str, code: Option<&str>, rule: Rule, paused: bool) -> Entry {
    Entry {
        id: uid.parse().ok(),
        function: format!("utag.{uid}"),
        what: code.map_or(What::Hidden, |code| What::Template(code.to_owned())),
        rules: vec![rule],
        blocks: Vec::new(),
        paused,
    }
}

/// `utag.cond[2] && utag.cond[12]` with the rules' own words.
fn named(condition: &str, rules: &BTreeMap<String, String>) -> String {
    static RULE: std::sync::LazyLock<regex::Regex> =
        std::sync::LazyLock::new(|| regex::Regex::new(r"utag\.cond\[(\d+)\]").expect("a constant pattern"));
    let text = RULE.replace_all(condition, |found: &regex::Captures<'_>| match rules.get(&found[1]) {
        Some(words) => format!("({words})"),
        None => format!("load rule {}", &found[1]),
    });
    text.replace("&&", "and").replace("||", "or").trim_matches(['(', ')']).to_owned()
}

/// A load rule's code as words: `d['page_type']=='home'` as `page_type is home`.
fn words(code: &str) -> String {
    static PARTS: std::sync::LazyLock<[(regex::Regex, &str); 6]> = std::sync::LazyLock::new(|| {
        let new = |pattern: &str| regex::Regex::new(pattern).expect("a constant pattern");
        [
            (new(r"^\s*try\s*\{\s*c\[[^\]]*\]\s*\|?=\s*|\}\s*catch\s*\(\w+\)\s*\{.*$"), ""),
            (new(r"\.(?:toString|toLowerCase)\(\)"), ""),
            (new(r#"\bd\[['"]([^'"\]]+)['"]\]"#), "$1"),
            (new(r#"(?:typeof\s+)?([\w.]+)\s*!=\s*['"]undefined['"]"#), "$1 is there"),
            (new(r#"\s*===?\s*['"]([^'"]*)['"]"#), " is $1"),
            (new(r#"\.indexOf\(['"]([^'"]*)['"]\)\s*>\s*-1"#), " contains $1"),
        ]
    });
    let mut text = code.to_owned();
    for (pattern, by) in PARTS.iter() {
        text = pattern.replace_all(&text, *by).into_owned();
    }
    let text = text.replace("&&", " and ").replace("||", " or ");
    text.trim().trim_end_matches(';').trim_matches(['(', ')']).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Account and profile, as the library's own path has them.
fn profile(source: &str) -> Option<String> {
    static PATH: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r#"//tags[.\w-]*\.tiqcdn\.(?:com|cn)/utag/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)/"#)
            .expect("a constant pattern")
    });
    PATH.captures(source).map(|found| found[1].to_owned())
}
