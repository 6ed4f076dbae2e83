//! Findings and pixel names as the HTML report shows them.

use pixelproof_model::{Area, Evidence, Finding, Severity};
use serde::Serialize;

use crate::{info::vendors, words};

/// Pages named below a finding.
const FINDING_PAGES: usize = 12;

#[derive(Serialize)]
pub(super) struct FindingView {
    id: String,
    duplicate: bool,
    severity: &'static str,
    tone: &'static str,
    sign: &'static str,
    rule: String,
    vendor: Option<String>,
    account: Option<String>,
    message: String,
    cause: Option<String>,
    why: String,
    fix: String,
    snippet: Option<String>,
    actor: &'static str,
    page_count: String,
    templates: Vec<String>,
    pages: Vec<String>,
    more_pages: u64,
    evidence: Vec<EvidenceView>,
}

#[derive(Serialize)]
pub(super) struct EvidenceView {
    note: String,
    place: String,
    excerpt: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Column {
    initials: String,
    name: String,
    account: String,
}

/// Names and initials from the catalogue.
pub(super) struct Names(Vec<pixelproof_model::VendorInfo>);

impl Names {
    pub(super) fn new() -> Names {
        Names(vendors())
    }

    fn get(&self, id: &str) -> Option<&pixelproof_model::VendorInfo> {
        self.0.iter().find(|v| v.id == id)
    }

    /// Name of a vendor.
    pub(super) fn vendor(&self, id: &str) -> String {
        self.get(id).map_or_else(|| id.to_owned(), |vendor| vendor.name.clone())
    }

    pub(super) fn column(&self, pixel: &pixelproof_model::PixelCoverage) -> Column {
        Column {
            initials: self
                .get(&pixel.vendor)
                .map_or_else(|| pixel.vendor.chars().take(2).collect(), |v| v.initials.clone()),
            name: pixel.name.clone(),
            account: pixel.account.clone().unwrap_or_else(|| "no account".to_owned()),
        }
    }

    pub(super) fn finding(&self, f: &Finding) -> FindingView {
        let shown = f.pages.iter().take(FINDING_PAGES);
        let (tone, sign) = match f.severity {
            Severity::Error => ("error", "\u{25b2}"),
            Severity::Warning => ("warning", "\u{25c6}"),
            Severity::Info => ("info", "\u{25cb}"),
        };
        FindingView {
            id: f.id.clone(),
            duplicate: f.area == Area::Duplicates,
            severity: words::severity(f.severity),
            tone,
            sign,
            rule: f.rule.clone(),
            vendor: f.vendor.as_deref().map(|vendor| self.vendor(vendor)),
            account: f.account.clone(),
            message: f.message.clone(),
            cause: f.cause.clone(),
            why: f.why.clone(),
            fix: f.fix.clone(),
            snippet: f.snippet.clone(),
            actor: actor(f.actor),
            page_count: words::count(f.page_count, "page", "pages"),
            templates: f.templates.clone(),
            more_pages: f.page_count.saturating_sub(u64::try_from(shown.len()).unwrap_or(0)),
            pages: shown.cloned().collect(),
            evidence: f.evidence.iter().map(evidence).collect(),
        }
    }
}

fn actor(actor: pixelproof_model::Actor) -> &'static str {
    use pixelproof_model::Actor;
    match actor {
        Actor::Developer => "a developer",
        Actor::TagManager => "whoever runs the tag manager",
        Actor::Marketing => "marketing",
        Actor::Legal => "legal or privacy",
    }
}

fn evidence(e: &Evidence) -> EvidenceView {
    let place = match &e.at {
        Some(at) => format!("{}, line {}, column {}", at.source, at.line, at.column),
        None => e.page.clone(),
    };
    EvidenceView { note: e.note.clone(), place, excerpt: e.excerpt.clone() }
}
