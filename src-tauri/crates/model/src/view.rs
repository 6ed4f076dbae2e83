//! Rows and queries of the window: already joined, sorted and worded by Rust.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AreaScore, AuditConfig, AuditHead, Counts, DecodedEvent, EventClass, Finding, JourneyLine, Kept, Page, PageOutcome,
    Phase, PixelCoverage, Provoked, Secret, Secrets, Severity, Stage, TemplateCoverage, Text, Totals,
};

/// One line of the start page's list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AuditRow {
    /// Id.
    pub id: String,
    /// First address.
    pub start_url: String,
    /// Host of the first address.
    pub host: String,
    /// RFC 3339.
    pub started: String,
    /// How far it came.
    pub state: RunState,
    /// Pages with a row.
    pub pages: u64,
    /// Share of read pages with at least one active pixel, 0 to 1; null when no page was read.
    pub coverage: Option<f64>,
    /// Pages with duplicates.
    pub duplicates: u64,
    /// Findings that are errors.
    pub errors: u64,
}

/// How far an audit came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum RunState {
    Running,
    Paused,
    Complete,
    Incomplete,
}

/// State of an open audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AuditState {
    /// What ran.
    pub head: AuditHead,
    /// How far it came.
    pub state: RunState,
    /// Phase, while it runs here.
    pub phase: Option<Phase>,
    /// Live counts, or the final ones.
    pub counts: Counts,
    /// Secrets that it was begun with and can't go on without: to be given anew.
    pub needs: Vec<Secret>,
}

/// The first screen of an audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Overview {
    /// Sums.
    pub totals: Totals,
    /// Score by area.
    pub score: Vec<AreaScore>,
    /// Coverage per pixel account.
    pub pixels: Vec<PixelCoverage>,
    /// Templates, most pages first.
    pub templates: Vec<TemplateCoverage>,
    /// Templates with untracked pages, worst first.
    pub untracked: Vec<TemplateCoverage>,
    /// Findings about duplicates.
    pub duplicates: Vec<FindingRow>,
    /// Worst findings, at most ten.
    pub worst: Vec<FindingRow>,
    /// How many rules could not be checked in this mode.
    pub not_checked: u64,
    /// Journeys that were made, in a line a pass.
    #[serde(default)]
    pub journeys: Vec<JourneyLine>,
    /// What the store keeps of it; not counted while it runs.
    #[serde(default)]
    pub kept: Option<Kept>,
}

/// What to show of the pages. All conditions hold together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct PagesQuery {
    /// Part of the address or the title.
    pub search: String,
    /// Only this template.
    pub template: Option<String>,
    /// Only pages without an active install of this pixel.
    pub missing: Option<PixelKey>,
    /// Only pages with an active install of this pixel.
    pub with: Option<PixelKey>,
    /// Only pages read that carry no active pixel.
    pub untracked: bool,
    /// Only pages with duplicates.
    pub duplicates: bool,
    /// Only pages of this finding.
    pub finding: Option<String>,
    /// Only this outcome.
    pub outcome: Option<PageOutcome>,
    /// Only pages that could not be read.
    pub failed: bool,
    /// Column to sort by.
    pub sort: PagesSort,
    /// Largest first.
    pub descending: bool,
    /// First row wanted.
    pub offset: u64,
    /// Rows wanted, at most 500.
    pub limit: u64,
}

/// A pixel account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct PixelKey {
    /// Catalogue id.
    pub vendor: String,
    /// Account.
    pub account: Option<String>,
}

/// Columns that pages sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PagesSort {
    #[default]
    Order,
    Url,
    Title,
    Template,
    Status,
    Installs,
    Events,
    Findings,
}

/// A window of page rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PagesWindow {
    /// Rows that match.
    pub total: u64,
    /// Columns: pixel accounts, most pages first.
    pub pixels: Vec<PixelCoverage>,
    /// The rows asked for.
    pub rows: Vec<PageRow>,
}

/// One row of the page matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PageRow {
    /// Row id, for `page`.
    pub id: i64,
    /// Address.
    pub url: String,
    /// Path and query, for display.
    pub path: String,
    /// Title.
    pub title: Option<String>,
    /// Template.
    pub template: String,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// What became of it.
    pub outcome: PageOutcome,
    /// Why, in words, where not `ok`.
    pub reason: Option<String>,
    /// One cell per column.
    pub cells: Vec<Cell>,
    /// Installs on the page.
    pub installs: u64,
    /// Events on the page.
    pub events: u64,
    /// Findings that name the page.
    pub findings: u64,
    /// Worst of them.
    pub worst: Option<Severity>,
}

/// State of a pixel on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Active, once.
    Active,
    /// Initialised more than once.
    Duplicate,
    /// Waits for consent.
    Gated,
    /// Only noscript or image.
    ImageOnly,
    /// Present, never runs.
    Inert,
    /// Looked for, not there.
    Missing,
    /// Nobody looked.
    NotChecked,
    /// The page could not be read.
    CouldNotLook,
}

/// A page with everything known of it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PageDetail {
    /// Row id.
    pub id: i64,
    /// Template.
    pub template: String,
    /// The page.
    pub page: Page,
    /// Findings that name it.
    pub findings: Vec<Finding>,
    /// Source of the page was kept and can be asked for.
    pub has_source: bool,
    /// Pictures that were kept and can be asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<crate::Picture>,
    /// The page of the audit that this one repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<crate::Duplicate>,
    /// What each of the page's `beacons` says, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Vec<DecodedEvent>>,
    /// What left in each act of the page's `exercise`, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provoked: Vec<Vec<Provoked>>,
}

/// What to show of the events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct EventsQuery {
    /// Part of the name, vendor or account.
    pub search: String,
    /// Only this vendor.
    pub vendor: Option<String>,
    /// Only this stage.
    pub stage: Option<Stage>,
}

/// Events of the site, one row per vendor, account and name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EventRow {
    /// Catalogue id.
    pub vendor: String,
    /// Name of the vendor.
    pub vendor_name: String,
    /// Accounts it goes to, joined by a comma.
    pub accounts: String,
    /// Event name.
    pub name: Text,
    /// Kind.
    pub class: EventClass,
    /// Stage.
    pub stage: Stage,
    /// Times declared.
    pub count: u64,
    /// Pages that declare it.
    pub pages: u64,
    /// Parameter names seen, most frequent first.
    pub params: Vec<String>,
    /// Triggers seen.
    pub triggers: Vec<String>,
    /// A page that declares it: row id.
    pub example_page: i64,
    /// Its address.
    pub example_url: String,
}

/// A finding in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FindingRow {
    /// The finding; `pages` and `evidence` cut to the first few.
    pub finding: Finding,
    /// Name of the vendor concerned.
    pub vendor_name: Option<String>,
    /// Reason given for ignoring it.
    pub ignored: Option<String>,
}

/// Findings of an audit, and the rules that could not be checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FindingsView {
    /// Worst first.
    pub rows: Vec<FindingRow>,
    /// Rules not checked.
    pub not_checked: Vec<crate::NotChecked>,
}

/// Formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ReportFormat {
    Json,
    Html,
    Csv,
    Har,
}

/// What to export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ExportRequest {
    /// Folder to write to.
    pub folder: String,
    /// Formats.
    pub formats: Vec<ReportFormat>,
    /// Client named on the report.
    #[serde(default)]
    pub client: Option<String>,
}

/// A file written by an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExportedFile {
    /// Full path.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
}

/// What the start page sends.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct StartRequest {
    /// What was typed: a bare host, an address, or several, one a line. May be empty where there is a journey.
    pub input: String,
    /// What is never kept.
    #[serde(default)]
    pub secrets: Option<Secrets>,
    /// Everything else.
    pub config: AuditConfig,
}

/// An error as the window gets it. A code exists only where the window branches on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppError {
    /// What kind.
    pub code: ErrorCode,
    /// A sentence to show.
    pub message: String,
}

/// Kinds of error the window tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// The input can't be audited: show it at the field.
    BadInput,
    /// No such audit.
    NotFound,
    /// Writing failed: show it at the export.
    CannotWrite,
    /// Anything else.
    Internal,
}
