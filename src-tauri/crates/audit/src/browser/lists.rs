//! Filter lists that the user loads: which requests to others they call a tracker's. None is shipped.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use adblock::{
    Engine, FilterSet,
    lists::{FilterFormat, ParseOptions, RuleTypes, parse_filters},
    request::Request,
};
use pixelproof_crawl::{browser::Sent, site_of};

use super::state::host_of;

/// Lists of one audit.
const MAX_LISTS: usize = 20;
/// Largest list, in bytes.
const MAX_LIST: u64 = 16 << 20;
/// Longest rule kept with a request.
const MAX_RULE: usize = 300;
/// Lines by which a hosts file is known.
const LOOK: usize = 50;

/// Lists that were read.
pub(crate) struct Lists(Engine);

impl Lists {
    /// Reads the files; `None` where there are none. The error is a sentence.
    pub(crate) fn read(files: &[PathBuf]) -> Result<Option<Lists>, String> {
        if files.is_empty() {
            return Ok(None);
        }
        if files.len() > MAX_LISTS {
            return Err(format!("There are {} filter lists; an audit takes {MAX_LISTS}.", files.len()));
        }
        let mut set = FilterSet::new(true);
        for file in files {
            let of_file = |why: String| format!("The filter list {} can't be used: {why}.", file.display());
            let text = read(file).map_err(of_file)?;
            let options = ParseOptions {
                format: if is_hosts(&text) { FilterFormat::Hosts } else { FilterFormat::Standard },
                rule_types: RuleTypes::NetworkOnly,
                ..ParseOptions::default()
            };
            if parse_filters(text.lines(), false, options).0.is_empty() {
                return Err(of_file("it holds no rule for requests".to_owned()));
            }
            set.add_filter_list(text, options);
        }
        Ok(Some(Lists(Engine::new_with_filter_set(set))))
    }

    /// The rule that calls a request a tracker's, where it goes to another site than that of its document.
    pub(super) fn rule(&self, sent: &Sent, url: &str) -> Option<String> {
        let from = [Some(&sent.document), sent.headers.get("referer"), sent.headers.get("origin")];
        let from = from.into_iter().flatten().find(|from| from.starts_with("http"))?;
        if site_of(&host_of(url)?) == site_of(&host_of(from)?) {
            return None;
        }
        let request = Request::new(url, from, kind(&sent.kind), &sent.method).ok()?;
        let result = self.0.check_network_request(&request);
        if !result.should_block() {
            return None;
        }
        let rule = result.filter.and_then(|filter| filter.raw_line).unwrap_or_else(|| "one of several".to_owned());
        Some(rule.chars().take(MAX_RULE).collect())
    }
}

/// The text of a list, within its limit.
fn read(file: &Path) -> Result<String, String> {
    let opened = File::open(file).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    opened.take(MAX_LIST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_LIST {
        return Err(format!("it is larger than {} MB", MAX_LIST >> 20));
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned())?;
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    match begin.chars().next() {
        None => Err("it is empty".to_owned()),
        // What a server sends where the list no longer stands.
        Some('<') => Err("it is a web page".to_owned()),
        Some('{') => Err("it is JSON".to_owned()),
        Some(_) if begin.contains('\0') => Err("it is no text".to_owned()),
        Some(_) => Ok(text),
    }
}

/// Whether a list is a hosts file: `0.0.0.0 tracker.example`.
fn is_hosts(text: &str) -> bool {
    let rules = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!', '[']));
    let mut rules = rules.take(LOOK).peekable();
    let names = |line: &str| {
        let mut words = line.split_whitespace();
        matches!(words.next(), Some("0.0.0.0" | "127.0.0.1" | "::1" | "::")) && words.next().is_some()
    };
    rules.peek().is_some() && rules.all(names)
}

/// The word of filter lists for what the browser says a request is for.
fn kind(kind: &str) -> &'static str {
    match kind {
        "Document" => "subdocument",
        "Stylesheet" => "stylesheet",
        "Image" => "image",
        "Media" => "media",
        "Font" => "font",
        "Script" => "script",
        "Ping" => "ping",
        "WebSocket" => "websocket",
        "XHR" | "Fetch" | "EventSource" | "Preflight" => "xmlhttprequest",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(texts: &[&str]) -> Result<Option<Lists>, String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |(number, text): (usize, &&str)| {
            let file = folder.path().join(format!("{number}.txt"));
            std::fs::write(&file, text).unwrap();
            file
        };
        let files: Vec<PathBuf> = texts.iter().enumerate().map(write).collect();
        Lists::read(&files)
    }

    #[track_caller]
    fn check(list: &str, kind: &str, url: &str, expect: Option<&str>) {
        let document = "https://www.shop.test/a".to_owned();
        let sent = Sent { kind: kind.to_owned(), method: "GET".to_owned(), document, ..Sent::default() };
        let lists = lists(&[list]).unwrap().unwrap();
        assert_eq!(lists.rule(&sent, url).as_deref(), expect, "{list}: {kind} {url}");
    }

    #[test]
    fn requests_to_others_are_held_against_the_rules() {
        let list = "[Adblock Plus 2.0]\n! Title: Ours\n||odd.test^$third-party\n/pixel.gif?$image\n@@||odd.test/fine^\nshop.test##.ad\n";
        check(list, "Ping", "https://a.odd.test/p", Some("||odd.test^$third-party"));
        check(list, "Ping", "https://odd.test/fine", None);
        check(list, "Image", "https://cdn.test/pixel.gif?u=1", Some("/pixel.gif?$image"));
        check(list, "XHR", "https://cdn.test/pixel.gif?u=1", None);
        check(list, "Image", "https://img.shop.test/pixel.gif?u=1", None);
        check(list, "Image", "data:image/gif,x", None);
        check(
            "# hosts\n0.0.0.0 odd.test # comment\n127.0.0.1 other.test\n",
            "Script",
            "https://odd.test/x.js",
            Some("||odd.test^"),
        );
    }

    #[test]
    fn what_is_no_list_is_refused_with_the_reason() {
        for (texts, why) in [
            (&["<!doctype html><title>404</title>"][..], "it is a web page"),
            (&["", "||a.test^"], "it is empty"),
            (&["! only\n! remarks\n"], "no rule for requests"),
            (&["shop.test##.banner\n"], "no rule for requests"),
            (&["{\"a\": 1}"], "it is JSON"),
            (&["||a\u{0}b"], "it is no text"),
        ] {
            let error = lists(texts).map(drop).unwrap_err();
            assert!(error.contains(why) && error.contains(".txt"), "{error}");
        }
        let large = format!("||a.test^\n{}", "! remark\n".repeat((16 << 20) / 9));
        assert!(lists(&[&large]).map(drop).unwrap_err().contains("larger than 16 MB"));
        let missing = Lists::read(&["/nowhere/list.txt".into()]).map(drop).unwrap_err();
        assert!(missing.contains("/nowhere/list.txt"), "{missing}");
        assert!(lists(&["||a.test^"; MAX_LISTS + 1]).map(drop).unwrap_err().contains("takes 20"));
        assert!(Lists::read(&[]).unwrap().is_none());
    }
}
