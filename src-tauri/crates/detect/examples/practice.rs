//! Installs and events of saved pages compared with labels, per vendor, with every difference listed. For work on
//! detection itself: `cargo run --example practice -- FOLDER [vendor]`, where the folder holds `labels.jsonl` (one line
//! for each page, vendor and account) and `pages/*.html.gz`. With a file instead, prints what is found in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::Path,
};

use pixelproof_detect::{Catalogue, PageInput, read_page};
use pixelproof_model::{EventClass, Page, State, Text};
use url::Url;

type Pair = (String, Option<String>);
type Named = (String, String);

#[derive(Default)]
struct Score {
    right: usize,
    missed: usize,
    extra: usize,
}

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().expect("the folder with labels.jsonl");
    let only = args.next();
    let folder = Path::new(&folder);
    if folder.is_file() {
        let page = read_html("page.html", &fs::read_to_string(folder).expect("a text file"));
        println!("{}", serde_json::to_string_pretty(&page).expect("a page is JSON"));
        return;
    }
    let labels = fs::read_to_string(folder.join("labels.jsonl")).expect("labels.jsonl");
    let mut pages: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    for line in labels.lines() {
        let label: serde_json::Value = serde_json::from_str(line).expect("a label is JSON");
        pages.entry(label["page"].as_str().unwrap_or_default().to_owned()).or_default().push(label);
    }
    let mut installs: BTreeMap<String, Score> = BTreeMap::new();
    let mut events: BTreeMap<String, Score> = BTreeMap::new();
    for (name, labels) in &pages {
        let page = read(folder, name);
        let short = name.get(..12).unwrap_or(name);
        compare(short, "install", &wanted(labels), &found(&page), &mut installs, only.as_deref());
        compare(short, "event", &wanted_events(labels), &found_events(&page), &mut events, only.as_deref());
    }
    for (what, scores) in [("installs", installs), ("events", events)] {
        println!("\n{what:<24} right missed extra");
        for (vendor, s) in scores {
            println!("{vendor:<24} {:>5} {:>6} {:>5}", s.right, s.missed, s.extra);
        }
    }
}

fn read(folder: &Path, name: &str) -> Page {
    let bytes = fs::read(folder.join("pages").join(format!("{name}.gz"))).expect(name);
    let mut html = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut html).expect(name);
    read_html(name, &String::from_utf8_lossy(&html))
}

fn read_html(name: &str, html: &str) -> Page {
    let url: Url = "https://practice.example/page".parse().expect("an address");
    let catalogue = Catalogue::builtin();
    read_page(catalogue, &PageInput { source: name, url: &url, html }).finish(catalogue, &|_| None)
}

fn wanted(labels: &[serde_json::Value]) -> Vec<Pair> {
    let known = labels.iter().filter(|l| l["vendor"].is_string());
    known
        .filter(|l| !matches!(l["status"].as_str(), Some("commented" | "string")))
        .map(|l| (l["vendor"].as_str().unwrap_or_default().to_owned(), l["account"].as_str().map(str::to_owned)))
        .collect()
}

fn found(page: &Page) -> Vec<Pair> {
    let active = page.installs.iter().filter(|i| i.state != State::Inert);
    let pairs: BTreeSet<Pair> = active.map(|i| (i.vendor.clone(), i.account.clone())).collect();
    pairs.into_iter().collect()
}

fn wanted_events(labels: &[serde_json::Value]) -> Vec<Named> {
    let mut all = BTreeSet::new();
    for label in labels {
        let vendor = label["vendor"].as_str().unwrap_or_default();
        for event in label["events"].as_array().into_iter().flatten() {
            if !matches!(event["status"].as_str(), Some("commented" | "string")) {
                all.insert((vendor.to_owned(), event["name"].as_str().unwrap_or_default().to_owned()));
            }
        }
    }
    all.into_iter().collect()
}

fn found_events(page: &Page) -> Vec<Named> {
    let sent = page.events.iter().filter(|e| e.state != State::Inert && e.class != EventClass::Automatic);
    let names: BTreeSet<Named> = sent
        .map(|e| {
            let name = match &e.name {
                Text::Known(name) => name.clone(),
                Text::Expr { expr } => format!("expr:{expr}"),
            };
            (e.vendor.clone(), name)
        })
        .collect();
    names.into_iter().collect()
}

fn compare<T>(page: &str, what: &str, want: &[T], have: &[T], scores: &mut BTreeMap<String, Score>, only: Option<&str>)
where
    T: PartialEq + std::fmt::Debug + Vendor,
{
    let mut count = |item: &T, sign: &str, add: fn(&mut Score)| {
        add(scores.entry(item.vendor().to_owned()).or_default());
        if sign != " " && only.is_none_or(|o| o == item.vendor()) {
            println!("{page} {sign} {what} {item:?}");
        }
    };
    want.iter().filter(|w| have.contains(w)).for_each(|w| count(w, " ", |s| s.right += 1));
    want.iter().filter(|w| !have.contains(w)).for_each(|w| count(w, "-", |s| s.missed += 1));
    have.iter().filter(|h| !want.contains(h)).for_each(|h| count(h, "+", |s| s.extra += 1));
}

trait Vendor {
    fn vendor(&self) -> &str;
}

impl<T> Vendor for (String, T) {
    fn vendor(&self) -> &str {
        &self.0
    }
}
