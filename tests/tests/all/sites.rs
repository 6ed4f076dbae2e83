//! Small sites on disk, read through `detect` and judged by the rules: what is found must be exactly what each site's
//! `expect.json` lists, no more and no less. Run with `ACCEPT_SITES=1` to write what is found, then read it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use pixelproof_detect::{
    Catalogue, PageInput,
    page::read_script,
    read_page,
    rules::{self, Draft, PageContext, PageSelector, Rule, SiteContext, SiteSums},
};
use pixelproof_model::{Page, Position};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::lines::{self, Lines};

/// Address that every site is read as.
const BASE: &str = "https://shop.example/";

/// What a site must give.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Expect {
    /// What the site shows, for readers.
    shows: String,
    /// By file name.
    pages: BTreeMap<String, Found>,
    findings: Lines,
}

/// What a page must give.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Found {
    #[serde(default, skip_serializing_if = "Lines::is_empty")]
    installs: Lines,
    #[serde(default, skip_serializing_if = "Lines::is_empty")]
    events: Lines,
}

fn sites() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sites")
}

/// Files of a site below its folder, by their path with `/`.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).expect("the folder can be listed") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("a path below it").to_string_lossy().replace('\\', "/");
            files.insert(name, std::fs::read_to_string(&path).expect("a text file"));
        }
    }
    files
}

/// Address of a file: `index.html` is the home page.
fn address(name: &str) -> Url {
    let path = if name == "index.html" { "" } else { name };
    Url::parse(BASE).expect("an address").join(path).expect("an address")
}

fn read(files: &BTreeMap<String, String>) -> Vec<(String, Page)> {
    let catalogue = Catalogue::builtin();
    let script = |url: &Url| {
        let text = files.get(lines::short(url.as_str(), BASE))?;
        Some(Arc::new(read_script(catalogue, Arc::from(text.as_str()))))
    };
    let pages = files.iter().filter(|(name, _)| name.ends_with(".html"));
    pages
        .map(|(name, html)| {
            let url = address(name);
            let input = PageInput { source: url.as_str(), url: &url, html };
            (name.clone(), read_page(catalogue, &input).finish(catalogue, &script))
        })
        .collect()
}

/// `/blog/one.html` is of `/blog/*`.
fn template(url: &Url) -> String {
    let folder = url.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    if folder.is_empty() { url.path().to_owned() } else { format!("{folder}/*") }
}

/// All findings, those of one cause as one.
fn findings(pages: &[(String, Page)]) -> Lines {
    let catalogue = Catalogue::builtin();
    let mut grouped: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut sums = SiteSums::default();
    for (name, page) in pages {
        sums.add(&template(&page.url), page, catalogue);
        for (rule, draft) in rules::check_page(&PageContext::of(page, catalogue)) {
            assert!(!draft.evidence.is_empty(), "{} without evidence on {name}", rule.id);
            grouped.entry(head(rule, &draft)).or_default().push(name.clone());
        }
    }
    for (rule, draft) in rules::check_site(&SiteContext { templates: &sums.templates(), catalogue }) {
        let selected = pages.iter().filter(|(_, page)| selects(&draft.pages, page)).map(|(name, _)| name.clone());
        grouped.entry(head(rule, &draft)).or_default().extend(selected);
    }
    grouped.into_iter().map(|(head, on)| format!("{head} on {}", on.join(" "))).collect()
}

fn head(rule: &Rule, draft: &Draft) -> String {
    let severity = draft.severity.unwrap_or(rule.severity);
    let head = lines::finding_head(severity, rule.id, draft.vendor.as_deref(), draft.account.as_deref());
    format!("{head} «{}»", draft.message)
}

/// Whether a site finding is about a page; the store does the same in SQL.
fn selects(selector: &PageSelector, page: &Page) -> bool {
    let catalogue = Catalogue::builtin();
    let cell = |vendor: &str, account: &Option<String>| {
        rules::cells(page).into_iter().find(|(v, a, _)| *v == vendor && *a == account.as_deref()).map(|(.., cell)| cell)
    };
    match selector {
        PageSelector::ThisPage => false,
        PageSelector::Lacking { template: of, vendor, account, cell: wanted } => {
            let tracked = rules::tracking(page, catalogue) == rules::Tracking::Active;
            let found = cell(vendor, account).unwrap_or(pixelproof_model::Cell::Missing);
            tracked && template(&page.url) == *of && found == *wanted
        }
        PageSelector::Carrying { vendor, account, templates } => {
            cell(vendor, account).is_some() && (templates.is_empty() || templates.contains(&template(&page.url)))
        }
    }
}

fn found(page: &Page) -> Found {
    let place = |at: &Position| {
        let file = lines::short(&at.source, BASE);
        format!(" @{}:{}:{}", if file.is_empty() { "index.html" } else { file }, at.line, at.column)
    };
    Found {
        installs: page.installs.iter().map(|i| lines::install(i, place)).collect(),
        events: page.events.iter().map(|e| lines::event(e, place)).collect(),
    }
}

/// What is wrong with a site; empty when all is as it should be.
fn check(folder: &Path) -> Vec<String> {
    let site = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let files = files(folder);
    let expect: Expect = files
        .get("expect.json")
        .map(|text| serde_json::from_str(text).unwrap_or_else(|e| panic!("{site}/expect.json: {e}")))
        .unwrap_or_default();
    let pages = read(&files);
    let now = Expect {
        shows: expect.shows.clone(),
        pages: pages.iter().map(|(name, page)| (name.clone(), found(page))).collect(),
        findings: findings(&pages),
    };
    if std::env::var_os("ACCEPT_SITES").is_some() {
        let text = serde_json::to_string_pretty(&now).expect("expectations are JSON");
        std::fs::write(folder.join("expect.json"), text + "\n").expect("the folder can be written");
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let mut names: Vec<&String> = expect.pages.keys().chain(now.pages.keys()).collect();
    names.sort();
    names.dedup();
    let nothing = Found::default();
    for name in names {
        let (want, got) = (expect.pages.get(name).unwrap_or(&nothing), now.pages.get(name).unwrap_or(&nothing));
        wrong.extend(lines::difference(&format!("{site}/{name}: installs"), &want.installs, &got.installs));
        wrong.extend(lines::difference(&format!("{site}/{name}: events"), &want.events, &got.events));
    }
    wrong.extend(lines::difference(&format!("{site}: findings"), &expect.findings, &now.findings));
    if expect.shows.is_empty() {
        wrong.push(format!("{site}/expect.json doesn't say what the site shows"));
    }
    wrong
}

/// Fewest sites: one that vanishes by accident is noticed.
const FEWEST: usize = 25;

#[test]
fn every_site_gives_exactly_what_it_expects() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(sites())
        .expect("the sites can be listed")
        .map(|entry| entry.expect("the entry can be read").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= FEWEST, "{} sites", folders.len());
    let wrong: Vec<String> = folders.iter().flat_map(|folder| check(folder)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
