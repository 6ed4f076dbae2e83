//! Two audits compared: pages in step, both sorted by the same key, so that two large audits need little memory; pixels
//! and findings by the sums of each.

mod face;
mod text;

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use pixelproof_model::{
    AuditDiff, AuditReport, Change, DIFF_SCHEMA, DiffItem, DiffSide, EventDiff, Finding, FindingDiff, PageDiff,
    PixelDiff, Severity, TemplateDiff,
};

use self::face::{EventName, Face, key_of, whole_page};
use crate::{AuditError, Audits, Result, query::report::StoredReport, report::source::Source};

pub use text::render as text_of;

/// Pages listed one by one.
const MAX_PAGES: usize = 10_000;

/// An audit to compare with.
#[derive(Debug, Clone, PartialEq)]
pub enum AuditRef {
    /// One that the store keeps: its id.
    Kept(String),
    /// A `report.json`.
    File(PathBuf),
}

/// Reads a `report.json`.
pub fn read_report(path: &PathBuf) -> Result<AuditReport> {
    let bytes = std::fs::read(path).map_err(|source| AuditError::CannotRead { path: path.clone(), source })?;
    serde_json::from_slice(&bytes)
        .map_err(|e| AuditError::BadInput(format!("{} is no report.json of Pixelproof: {e}.", path.display())))
}

impl Audits {
    /// What differs from one audit to a later one.
    pub fn diff(&self, before: &AuditRef, after: &AuditRef) -> Result<AuditDiff> {
        self.with_source(before, &mut |before| self.with_source(after, &mut |after| compare(before, after)))
    }

    /// Findings of an audit that a baseline doesn't have, or has as less severe; ignored ones are none.
    pub fn new_findings(&self, baseline: &AuditRef, audit: &str) -> Result<Vec<Finding>> {
        let after = AuditRef::Kept(audit.to_owned());
        self.with_source(baseline, &mut |before| {
            let known: BTreeMap<String, Severity> =
                before.outline().findings.iter().map(|f| (f.id.clone(), f.severity)).collect();
            self.with_source(&after, &mut |after| {
                let is_new = |f: &&Finding| known.get(&f.id).is_none_or(|severity| *severity < f.severity);
                Ok(after.outline().findings.iter().filter(is_new).cloned().collect())
            })
        })
    }

    fn with_source<T>(&self, audit: &AuditRef, act: &mut dyn FnMut(&dyn Source) -> Result<T>) -> Result<T> {
        match audit {
            AuditRef::File(path) => act(&read_report(path)?),
            AuditRef::Kept(id) => {
                self.settle(id)?;
                self.store.read(|conn| act(&StoredReport::open(conn, id, self.catalogue)?))
            }
        }
    }
}

/// Compares two audits.
pub fn compare(before: &dyn Source, after: &dyn Source) -> Result<AuditDiff> {
    let (a, b) = (before.outline(), after.outline());
    let mut pages = Pages::default();
    let (mut old, mut new) = (Reader::new(before)?, Reader::new(after)?);
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(x), Some(y)) => x.cmp(y),
        };
        let earlier = if order.is_le() { old.next()? } else { None };
        let later = if order.is_ge() { new.next()? } else { None };
        pages.take(earlier.as_ref(), later.as_ref());
    }
    Ok(AuditDiff {
        schema: DIFF_SCHEMA.to_owned(),
        before: side(a),
        after: side(b),
        notes: notes(a, b),
        pages_compared: pages.compared,
        pages_changed: pages.changed,
        pages_new: pages.new,
        pages_lost: pages.lost,
        pixels: pixels(a, b),
        events: pages.events(),
        findings: findings(a, b),
        templates: pages.templates.into_values().collect(),
        pages_not_listed: pages.not_listed,
        pages: pages.listed,
    })
}

/// Pages of a source in the order of their keys: only the keys are held.
struct Reader<'a> {
    source: &'a dyn Source,
    /// Key and place of each page.
    order: std::iter::Peekable<std::vec::IntoIter<(String, i64)>>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a dyn Source) -> Result<Reader<'a>> {
        let start = &source.outline().audit.start_url;
        let mut order: Vec<(String, i64)> =
            source.addresses()?.iter().map(|(url, place)| (key_of(url, start), *place)).collect();
        order.sort();
        order.dedup_by(|(a, _), (b, _)| a == b);
        Ok(Reader { source, order: order.into_iter().peekable() })
    }

    fn peek(&mut self) -> Option<&String> {
        self.order.peek().map(|(key, _)| key)
    }

    fn next(&mut self) -> Result<Option<Face>> {
        let Some((_, place)) = self.order.next() else { return Ok(None) };
        Ok(Some(Face::of(&self.source.page_at(place)?)))
    }
}

/// What was found of the pages so far.
#[derive(Default)]
struct Pages {
    compared: u64,
    changed: u64,
    new: u64,
    lost: u64,
    listed: Vec<PageDiff>,
    not_listed: u64,
    events: BTreeMap<EventName, (u64, u64)>,
    templates: BTreeMap<(String, DiffItem), TemplateDiff>,
}

impl Pages {
    fn take(&mut self, before: Option<&Face>, after: Option<&Face>) {
        for (face, later) in [(before, false), (after, true)] {
            for event in face.iter().flat_map(|face| face.events.keys()) {
                let pages = self.events.entry(event.clone()).or_default();
                *(if later { &mut pages.1 } else { &mut pages.0 }) += 1;
            }
        }
        match (before, after) {
            (Some(before), Some(after)) => {
                self.compared += 1;
                let items = before.differences(after);
                self.changed += u64::from(!items.is_empty());
                self.list(after, items);
            }
            (None, Some(after)) => {
                self.new += 1;
                self.list(after, vec![whole_page(Change::New)]);
            }
            (Some(before), None) => {
                self.lost += 1;
                self.list(before, vec![whole_page(Change::Lost)]);
            }
            (None, None) => {}
        }
    }

    fn list(&mut self, face: &Face, items: Vec<DiffItem>) {
        if items.is_empty() {
            return;
        }
        for item in &items {
            let kind = DiffItem { before: None, after: None, ..item.clone() };
            let group = self.templates.entry((face.template.clone(), kind)).or_insert_with(|| TemplateDiff {
                template: face.template.clone(),
                pages: 0,
                item: item.clone(),
                example: face.url.clone(),
            });
            group.pages += 1;
        }
        if self.listed.len() < MAX_PAGES {
            self.listed.push(PageDiff { url: face.url.clone(), template: face.template.clone(), items });
        } else {
            self.not_listed += 1;
        }
    }

    fn events(&self) -> Vec<EventDiff> {
        let differing = self.events.iter().filter(|(_, (before, after))| before != after);
        let rows = differing.map(|((vendor, accounts, name), (before, after))| EventDiff {
            change: change(*before, *after),
            vendor: vendor.clone(),
            accounts: accounts.clone(),
            name: name.clone(),
            pages_before: *before,
            pages_after: *after,
        });
        rows.collect()
    }
}

fn change(before: u64, after: u64) -> Change {
    match (before, after) {
        (0, _) => Change::New,
        (_, 0) => Change::Lost,
        _ => Change::Changed,
    }
}

fn side(report: &AuditReport) -> DiffSide {
    DiffSide {
        id: report.audit.id.clone(),
        start_url: report.audit.start_url.to_string(),
        started: report.audit.started.clone(),
        complete: report.audit.complete,
        pages: report.totals.pages,
        read: report.totals.read,
    }
}

/// What would be read as a difference of the site and may be one of the audits.
fn notes(before: &AuditReport, after: &AuditReport) -> Vec<String> {
    let mut notes = Vec::new();
    for (report, which) in [(before, "earlier"), (after, "later")] {
        if !report.audit.complete {
            notes.push(format!("The {which} audit is incomplete: what it lacks may be there all the same."));
        }
    }
    let (a, b) = (&before.audit.config, &after.audit.config);
    let differ = [
        (a.max_pages != b.max_pages, "page limits"),
        (a.max_depth != b.max_depth, "depths"),
        (a.include != b.include || a.exclude != b.exclude, "patterns"),
        (a.subdomains != b.subdomains, "hosts"),
        (a.ignore_robots != b.ignore_robots, "obedience to robots.txt"),
        (a.containers != b.containers, "reading of tag-manager containers"),
    ];
    for (_, what) in differ.iter().filter(|(differs, _)| *differs) {
        notes.push(format!("The audits were run with different {what}."));
    }
    if before.audit.tool != after.audit.tool {
        notes.push(format!("The audits were made by {} and {}.", before.audit.tool, after.audit.tool));
    }
    notes
}

fn pixels(before: &AuditReport, after: &AuditReport) -> Vec<PixelDiff> {
    let mut rows: BTreeMap<(&str, Option<&str>), (&str, u64, u64)> = BTreeMap::new();
    for (report, later) in [(before, false), (after, true)] {
        for pixel in &report.pixels {
            let row = rows.entry((&pixel.vendor, pixel.account.as_deref())).or_insert((&pixel.name, 0, 0));
            *(if later { &mut row.2 } else { &mut row.1 }) += pixel.pages_with;
        }
    }
    let differing = rows.into_iter().filter(|(_, (_, before, after))| before != after);
    let rows = differing.map(|((vendor, account), (name, before, after))| PixelDiff {
        change: change(before, after),
        vendor: vendor.to_owned(),
        name: name.to_owned(),
        account: account.map(str::to_owned),
        pages_before: before,
        pages_after: after,
    });
    rows.collect()
}

fn findings(before: &AuditReport, after: &AuditReport) -> Vec<FindingDiff> {
    let by_id = |report: &AuditReport| -> BTreeMap<String, Finding> {
        report.findings.iter().map(|f| (f.id.clone(), f.clone())).collect()
    };
    let (before, after) = (by_id(before), by_id(after));
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut rows = Vec::new();
    for id in ids {
        let (old, new) = (before.get(id), after.get(id));
        let same = |a: &Finding, b: &Finding| (a.severity, a.page_count) == (b.severity, b.page_count);
        let (Some(shown), false) = (new.or(old), old.zip(new).is_some_and(|(a, b)| same(a, b))) else { continue };
        rows.push(FindingDiff {
            change: match (old, new) {
                (None, _) => Change::New,
                (_, None) => Change::Lost,
                _ => Change::Changed,
            },
            id: id.clone(),
            rule: shown.rule.clone(),
            severity: shown.severity,
            message: shown.message.clone(),
            pages_before: old.map_or(0, |f| f.page_count),
            pages_after: new.map_or(0, |f| f.page_count),
        });
    }
    rows.sort_by(|a, b| {
        (a.change, std::cmp::Reverse(a.severity), &a.id).cmp(&(b.change, std::cmp::Reverse(b.severity), &b.id))
    });
    rows
}
