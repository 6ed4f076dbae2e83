//! Pages written for the purpose, each one way of installing pixels or one decoy: what `detect` reads must be exactly what
//! `corpus/labels.jsonl` says, no more and no less. `cargo xtask accuracy --corpus tests/corpus` prints the same as
//! precision and recall.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use pixelproof_detect::{Catalogue, PageInput, read_page};
use pixelproof_model::{Event, EventClass, Install, Page, State, Text, Trigger, Via};
use serde::Deserialize;

use crate::lines::{self, Lines};

/// Address that every page is read as.
const BASE: &str = "https://shop.example/page";
/// Fewest pages: one that vanishes by accident is noticed.
const FEWEST: usize = 150;

/// What a page must give of one vendor and account; without a vendor nothing at all.
#[derive(Debug, Deserialize)]
struct Label {
    page: String,
    vendor: Option<String>,
    account: Option<String>,
    #[serde(default)]
    installs: Vec<WantedInstall>,
    #[serde(default)]
    events: Vec<WantedEvent>,
}

#[derive(Debug, Deserialize)]
struct WantedInstall {
    via: Via,
    state: State,
    #[serde(default)]
    delayed: bool,
    #[serde(default)]
    library_only: bool,
    installer: Option<String>,
    gate: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WantedEvent {
    name: String,
    status: String,
    via: Via,
    class: EventClass,
    trigger: Trigger,
    accounts: Vec<String>,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Labels by page.
fn labels() -> BTreeMap<String, Vec<Label>> {
    let text = std::fs::read_to_string(corpus().join("labels.jsonl")).expect("the labels can be read");
    let mut labels: BTreeMap<String, Vec<Label>> = BTreeMap::new();
    for line in text.lines() {
        let label: Label = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        labels.entry(label.page.clone()).or_default().push(label);
    }
    labels
}

fn line(parts: &[&dyn std::fmt::Debug]) -> String {
    parts.iter().map(|part| format!("{part:?}")).collect::<Vec<_>>().join(" ")
}

/// What the labels say. Installer and gate count where the label names them.
fn wanted(labels: &[Label]) -> (Lines, Lines, BTreeSet<String>) {
    let (mut installs, mut events, mut marks) = (Lines::new(), Lines::new(), Lines::new());
    for label in labels {
        let Some(vendor) = &label.vendor else { continue };
        for i in &label.installs {
            installs.insert(line(&[vendor, &label.account, &i.via, &i.state, &i.delayed, &i.library_only]));
            marks.extend(i.installer.iter().map(|by| format!("{vendor} by {by}")));
            marks.extend(i.gate.iter().map(|gate| format!("{vendor} until {gate}")));
        }
        for e in &label.events {
            let accounts: BTreeSet<&String> = e.accounts.iter().collect();
            let parts = line(&[vendor, &e.name, &accounts, &e.class, &e.trigger, &e.via, &e.status]);
            events.insert(parts);
        }
    }
    (installs, events, marks)
}

fn install_line(i: &Install) -> String {
    line(&[&i.vendor, &i.account, &i.via, &i.state, &i.delayed, &i.library_only])
}

fn event_line(e: &Event) -> String {
    let name = match &e.name {
        Text::Known(name) => name.clone(),
        Text::Expr { expr } => format!("expr:{expr}"),
    };
    let accounts: BTreeSet<&String> = e.accounts.iter().collect();
    let status = match (e.delayed, e.state) {
        (true, _) => "delayed",
        (false, State::Active) => "active",
        (false, State::Gated) => "gated",
        (false, State::Inert) => "inert",
    };
    line(&[&e.vendor, &name, &accounts, &e.class, &e.trigger, &e.via, &status])
}

fn read(name: &str) -> Page {
    let html = std::fs::read_to_string(corpus().join("pages").join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let url = BASE.parse().expect("an address");
    let catalogue = Catalogue::builtin();
    read_page(catalogue, &PageInput { source: name, url: &url, html: &html }).finish(catalogue, &|_| None)
}

/// What is wrong with a page; empty when all is as it should be.
fn check(name: &str, labels: &[Label]) -> Vec<String> {
    let page = read(name);
    let (installs, events, marks) = wanted(labels);
    let mut wrong = Vec::new();
    wrong.extend(lines::difference(
        &format!("{name}: installs"),
        &installs,
        &page.installs.iter().map(install_line).collect(),
    ));
    wrong.extend(lines::difference(&format!("{name}: events"), &events, &page.events.iter().map(event_line).collect()));
    let named = page.installs.iter().flat_map(|i| {
        let by = i.installer.iter().map(|by| format!("{} by {by}", i.vendor));
        by.chain(i.gate.iter().map(|gate| format!("{} until {gate}", i.vendor)))
    });
    let named: BTreeSet<String> = named.collect();
    wrong.extend(marks.difference(&named).map(|mark| format!("{name}: expected, not found: {mark} among {named:?}")));
    wrong
}

#[test]
fn every_page_gives_exactly_what_its_labels_say() {
    let labels = labels();
    let pages: BTreeSet<String> = std::fs::read_dir(corpus().join("pages"))
        .expect("the pages can be listed")
        .map(|entry| entry.expect("the entry can be read").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(pages, labels.keys().cloned().collect(), "pages and labels belong together");
    assert!(pages.len() >= FEWEST, "{} pages", pages.len());
    let wrong: Vec<String> = labels.iter().flat_map(|(name, labels)| check(name, labels)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
