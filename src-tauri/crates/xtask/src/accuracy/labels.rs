//! Labels and answers brought into the same words, so that comparing them is comparing sets.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

/// Label names that stand for the fallback image or frame itself rather than for an event sent by it.
const FALLBACK_NAMES: &[&str] = &["ns", "remarketing", "adsct"];

/// An expression in place of a constant; two spellings of one expression count as the same.
const EXPRESSION: &str = "(expression)";

/// What one page holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// Vendor and account.
    pub(super) installs: BTreeSet<(String, String)>,
    /// Vendor, and event name with the channel it uses.
    pub(super) events: BTreeSet<(String, String)>,
    /// Events that the library sends by itself: right where a label names them, no error where none does.
    pub(super) automatic: BTreeSet<(String, String)>,
}

/// Labels by page.
pub(super) struct Labels(BTreeMap<String, Seen>, BTreeSet<String>);

impl Labels {
    /// Pages with a label, by name.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&String, &Seen)> {
        self.0.iter()
    }

    /// Vendors that some label names.
    pub(super) fn vendors(&self) -> impl Iterator<Item = &str> {
        self.1.iter().map(String::as_str)
    }

    /// Whether the labels were made with this vendor in mind.
    pub(super) fn knows(&self, vendor: &str) -> bool {
        self.1.contains(vendor)
    }
}

/// Reads `labels.jsonl`.
pub(super) fn read(text: &str) -> Result<Labels> {
    let mut labels = Labels(BTreeMap::new(), BTreeSet::new());
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let label: Value = serde_json::from_str(line).with_context(|| format!("label in line {}", number + 1))?;
        let page = label["page"].as_str().with_context(|| format!("no page in line {}", number + 1))?;
        let seen = labels.0.entry(page_name(page)).or_default();
        if let Some(vendor) = label["vendor"].as_str() {
            labels.1.insert(vendor.to_owned());
            add(seen, vendor, &label);
        }
    }
    Ok(labels)
}

fn add(seen: &mut Seen, vendor: &str, label: &Value) {
    if !matches!(label["status"].as_str(), Some("commented" | "string")) {
        seen.installs.insert((vendor.to_owned(), account(&label["account"])));
    }
    for event in label["events"].as_array().into_iter().flatten() {
        let name = event["name"].as_str().unwrap_or_default();
        let channel = match event["where"].as_str() {
            Some("commented" | "string") => continue,
            Some(channel @ ("noscript" | "img")) if FALLBACK_NAMES.contains(&name) => {
                seen.installs.insert((vendor.to_owned(), account(&label["account"]) + channel_mark(channel)));
                continue;
            }
            Some(channel) => channel_mark(channel),
            None => "",
        };
        let name = if name.starts_with("expr:") { EXPRESSION } else { name.trim() };
        seen.events.insert((vendor.to_owned(), name.to_owned() + channel));
    }
}

impl Seen {
    /// What a line of `inspect --ndjson` says.
    pub(super) fn from_page(page: &Value) -> Seen {
        let mut seen = Seen::default();
        let running = |list: &'static str| {
            let items = page[list].as_array().into_iter().flatten();
            items.filter(|item| item["state"] != "inert")
        };
        for install in running("installs") {
            let vendor = install["vendor"].as_str().unwrap_or_default().to_owned();
            let account = account(&install["account"]);
            let channel = channel_mark(install["via"].as_str().unwrap_or_default());
            if !channel.is_empty() {
                seen.installs.insert((vendor.clone(), account.clone() + channel));
            }
            seen.installs.insert((vendor, account));
        }
        for event in running("events") {
            let vendor = event["vendor"].as_str().unwrap_or_default().to_owned();
            let name = event["name"].as_str().map_or(EXPRESSION, str::trim);
            let channel = channel_mark(event["via"].as_str().unwrap_or_default());
            let of_class = if event["class"] == "automatic" { &mut seen.automatic } else { &mut seen.events };
            of_class.insert((vendor, name.to_owned() + channel));
        }
        seen
    }

    /// Vendors of the page's installs and events.
    pub(super) fn vendors(&self) -> impl Iterator<Item = &str> {
        self.installs.iter().chain(&self.events).map(|(vendor, _)| vendor.as_str())
    }
}

/// The mark of a channel other than a script. Labels and answers name the channels differently.
fn channel_mark(channel: &str) -> &'static str {
    match channel {
        "noscript" => " via noscript",
        "img" | "image" => " via image",
        _ => "",
    }
}

fn account(account: &Value) -> String {
    account.as_str().map_or_else(|| "(unknown account)".to_owned(), |id| id.trim().to_owned())
}

/// A page's name: the file's, without folder and without `.gz`.
pub(super) fn page_name(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".gz").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> BTreeSet<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn labels_become_installs_and_events() {
        let text = r#"
{"page": "a.html", "vendor": "meta-pixel", "account": "1", "status": "active", "events": [{"name": "PageView\n", "status": "active", "where": "inline"}, {"name": "PageView", "status": "noscript", "where": "noscript"}, {"name": "Lead", "status": "string", "where": "string"}, {"name": "expr:n", "status": "active", "where": "attr"}]}
{"page": "a.html", "vendor": "google-tag-manager", "account": "GTM-A", "status": "active", "events": [{"name": "ns", "status": "noscript", "where": "noscript"}]}
{"page": "a.html", "vendor": "hotjar", "account": "2", "status": "commented", "events": []}
{"page": "b.html", "vendor": null, "account": null, "status": null, "events": []}"#;
        let labels = read(text).expect("labels are JSON");
        let page = labels.0.get("a.html").expect("a.html is labelled");
        let installs =
            [("google-tag-manager", "GTM-A"), ("google-tag-manager", "GTM-A via noscript"), ("meta-pixel", "1")];
        assert_eq!(page.installs, pairs(&installs));
        let events =
            [("meta-pixel", "(expression)"), ("meta-pixel", "PageView"), ("meta-pixel", "PageView via noscript")];
        assert_eq!(page.events, pairs(&events));
        assert_eq!(labels.0.get("b.html"), Some(&Seen::default()));
    }

    #[test]
    fn answers_become_installs_and_events() {
        let page = serde_json::json!({
            "installs": [
                {"vendor": "meta-pixel", "account": "1", "via": "script", "state": "active"},
                {"vendor": "meta-pixel", "account": "2", "via": "script", "state": "inert"},
                {"vendor": "hotjar", "account": null, "via": "image", "state": "gated"}],
            "events": [
                {"vendor": "meta-pixel", "name": {"expr": "n"}, "via": "script", "state": "active", "class": "custom"},
                {"vendor": "google-analytics-4", "name": "page_view", "via": "script", "state": "active", "class": "automatic"}]});
        let seen = Seen::from_page(&page);
        let installs =
            [("hotjar", "(unknown account)"), ("hotjar", "(unknown account) via image"), ("meta-pixel", "1")];
        assert_eq!(seen.installs, pairs(&installs));
        assert_eq!(seen.events, pairs(&[("meta-pixel", "(expression)")]));
        assert_eq!(seen.automatic, pairs(&[("google-analytics-4", "page_view")]));
    }
}
