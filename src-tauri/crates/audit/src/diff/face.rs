//! What is compared of a page: its outcome, its pixels, its events and their parameters. Lines and wording are not: code
//! that moved is no difference.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_detect::rules::cells;
use pixelproof_model::{Cell, Change, DiffItem, DiffKind, Event, PageOutcome, ReportPage, State, Text};
use url::Url;

use crate::names::{name, to_json};

/// A pixel: vendor and account.
pub(super) type PixelName = (String, Option<String>);
/// An event: vendor, accounts, name.
pub(super) type EventName = (String, String, String);

/// A page as it is compared.
#[derive(Debug, Clone)]
pub(super) struct Face {
    pub(super) url: String,
    pub(super) template: String,
    outcome: PageOutcome,
    pixels: BTreeMap<PixelName, Cell>,
    pub(super) events: BTreeMap<EventName, Calls>,
}

/// All events of one name on a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Calls {
    times: u64,
    /// Values seen of each parameter, as JSON.
    params: BTreeMap<String, BTreeSet<String>>,
}

/// The key of an address: path and query on the audited site, elsewhere all of it. So a page is the same on a staging host
/// and on the site itself.
pub(super) fn key_of(url: &Url, start: &Url) -> String {
    if url.origin() == start.origin() { url[url::Position::BeforePath..].to_owned() } else { url.to_string() }
}

impl Face {
    pub(super) fn of(page: &ReportPage) -> Face {
        let mut events: BTreeMap<EventName, Calls> = BTreeMap::new();
        for event in page.page.events.iter().filter(|e| e.state != State::Inert) {
            let calls = events.entry(event_name(event)).or_default();
            calls.times += 1;
            for (name, value) in &event.params {
                calls.params.entry(name.clone()).or_default().insert(to_json(value));
            }
        }
        Face {
            url: page.page.url.to_string(),
            template: page.template.clone(),
            outcome: page.outcome,
            pixels: cells(&page.page)
                .into_iter()
                .map(|(vendor, account, cell)| ((vendor.to_owned(), account.map(str::to_owned)), cell))
                .collect(),
            events,
        }
    }

    /// What differs from this page to its later self. Where one of the two was not read, nothing is said of its pixels.
    pub(super) fn differences(&self, after: &Face) -> Vec<DiffItem> {
        let mut items = Vec::new();
        if self.outcome != after.outcome {
            let outcome = |o: &PageOutcome| Some(name(o));
            let item = item(DiffKind::Page, Change::Changed);
            items.push(DiffItem { before: outcome(&self.outcome), after: outcome(&after.outcome), ..item });
        }
        if self.outcome.was_read() && after.outcome.was_read() {
            self.pixel_differences(after, &mut items);
            self.event_differences(after, &mut items);
        }
        items
    }

    fn pixel_differences(&self, after: &Face, items: &mut Vec<DiffItem>) {
        for (vendor, account) in keys(&self.pixels, &after.pixels) {
            let of = |face: &Face| face.pixels.get(&(vendor.clone(), account.clone())).copied();
            let (before, after) = (of(self), of(after));
            if before != after {
                items.push(DiffItem {
                    vendor: Some(vendor.clone()),
                    account: account.clone(),
                    before: before.as_ref().map(name),
                    after: after.as_ref().map(name),
                    ..item(DiffKind::Pixel, change(before.is_some(), after.is_some()))
                });
            }
        }
    }

    fn event_differences(&self, after: &Face, items: &mut Vec<DiffItem>) {
        for key in keys(&self.events, &after.events) {
            let (before, after) = (self.events.get(&key), after.events.get(&key));
            let (vendor, accounts, event) = key;
            let named = |kind, change| DiffItem {
                vendor: Some(vendor.clone()),
                account: Some(accounts.clone()).filter(|a| !a.is_empty()),
                event: Some(event.clone()),
                ..item(kind, change)
            };
            let times = |calls: Option<&Calls>| calls.map(|c| c.times.to_string());
            if times(before) != times(after) {
                let change = change(before.is_some(), after.is_some());
                items.push(DiffItem { before: times(before), after: times(after), ..named(DiffKind::Event, change) });
            }
            let (Some(before), Some(after)) = (before, after) else { continue };
            for param in keys(&before.params, &after.params) {
                let of = |calls: &Calls| calls.params.get(&param).map(values);
                let (before, after) = (of(before), of(after));
                if before != after {
                    let named = named(DiffKind::Param, change(before.is_some(), after.is_some()));
                    items.push(DiffItem { param: Some(param), before, after, ..named });
                }
            }
        }
    }
}

/// The page as a difference by itself.
pub(super) fn whole_page(change: Change) -> DiffItem {
    item(DiffKind::Page, change)
}

fn item(kind: DiffKind, change: Change) -> DiffItem {
    DiffItem { kind, change, vendor: None, account: None, event: None, param: None, before: None, after: None }
}

fn change(before: bool, after: bool) -> Change {
    match (before, after) {
        (false, _) => Change::New,
        (true, false) => Change::Lost,
        (true, true) => Change::Changed,
    }
}

fn keys<K: Ord + Clone, V>(before: &BTreeMap<K, V>, after: &BTreeMap<K, V>) -> BTreeSet<K> {
    before.keys().chain(after.keys()).cloned().collect()
}

fn values(values: &BTreeSet<String>) -> String {
    values.iter().map(String::as_str).collect::<Vec<_>>().join(" | ")
}

fn event_name(event: &Event) -> EventName {
    let text = match &event.name {
        Text::Known(name) => name.clone(),
        Text::Expr { expr } => format!("{{{expr}}}"),
    };
    let mut accounts = event.accounts.clone();
    accounts.sort();
    (event.vendor.clone(), accounts.join(", "), text)
}
