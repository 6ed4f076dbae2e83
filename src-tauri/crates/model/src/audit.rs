//! The audit and its report (`report.json`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

use crate::{Area, AuditConfig, Finding, JourneyRun, Mode, Page, RuleInfo};

/// What an audit is and how it ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct AuditHead {
    /// Id, unique in its store.
    pub id: String,
    /// First address.
    pub start_url: Url,
    /// How it looked.
    pub mode: Mode,
    /// RFC 3339 time of the start.
    pub started: String,
    /// RFC 3339 time of the end; null while it runs, and when it was killed.
    pub finished: Option<String>,
    /// Every page in scope was looked at.
    pub complete: bool,
    /// Why not, where it wasn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete_reason: Option<String>,
    /// What the user should know of how it went (robots.txt unreadable, limits met), one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Tool and version.
    pub tool: String,
    /// Configuration, without secrets.
    pub config: AuditConfig,
}

/// `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct AuditReport {
    /// [`crate::SCHEMA`].
    pub schema: String,
    /// What ran.
    pub audit: AuditHead,
    /// Sums.
    pub totals: Totals,
    /// Score by area: the share of read pages without an error.
    pub score: Vec<AreaScore>,
    /// Every pixel account on the site.
    pub pixels: Vec<PixelCoverage>,
    /// Coverage by page template.
    pub templates: Vec<TemplateCoverage>,
    /// Every page.
    pub pages: Vec<ReportPage>,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// Rules that this audit could not check, and why.
    pub not_checked: Vec<NotChecked>,
    /// Audiences that the platforms can build.
    #[schemars(with = "Vec<serde_json::Value>")]
    #[ts(type = "unknown[]")]
    pub audiences: Vec<serde_json::Value>,
    /// ROI readiness.
    #[schemars(with = "Vec<serde_json::Value>")]
    #[ts(type = "unknown[]")]
    pub roi: Vec<serde_json::Value>,
    /// Companies that receive data.
    pub recipients: Vec<Recipient>,
    /// Journeys that were made, each in its passes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journeys: Vec<JourneyRun>,
    /// How much of the store the audit takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// What the store keeps of an audit's pages, without the indexes over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, TS)]
pub struct Kept {
    /// Pages.
    pub pages: u64,
    /// Bytes of all of them. A source that several pages share, or another audit too, counts once.
    pub bytes: u64,
    /// Bytes of one page on average; zero without pages.
    pub bytes_per_page: u64,
}

/// A page in the report: the page and its template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ReportPage {
    /// Page template, `/product/*`.
    pub template: String,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// What became of the page.
    pub outcome: crate::PageOutcome,
    /// Address after redirects.
    pub final_url: Url,
    /// Clicks from the start page.
    pub depth: u32,
    /// Page that named this one.
    pub referrer: Option<Url>,
    /// The page that this one repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<crate::Duplicate>,
    /// The page.
    #[serde(flatten)]
    pub page: Page,
}

/// Sums over the audit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema, TS)]
pub struct Totals {
    /// Addresses known.
    pub found: u64,
    /// Pages with a row.
    pub pages: u64,
    /// Pages whose content was read.
    pub read: u64,
    /// Pages that could not be read.
    pub failed: u64,
    /// Pages read that should be tracked and carry no active pixel.
    pub untracked: u64,
    /// Pages on which something is initialised or sent twice.
    pub pages_with_duplicates: u64,
    /// Installs.
    pub installs: u64,
    /// Events.
    pub events: u64,
    /// Findings that are errors.
    pub errors: u64,
    /// Findings that are warnings.
    pub warnings: u64,
    /// Findings that inform.
    pub infos: u64,
}

/// Score of an area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct AreaScore {
    /// The area.
    pub area: Area,
    /// Read pages.
    pub pages: u64,
    /// Read pages on which no error of the area was found.
    pub clean: u64,
}

/// How much of the site carries a pixel account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct PixelCoverage {
    /// Catalogue id.
    pub vendor: String,
    /// Name of the vendor.
    pub name: String,
    /// Account, null where the page doesn't say.
    pub account: Option<String>,
    /// Pages on which it is active.
    pub pages_with: u64,
    /// Pages on which it only waits for consent.
    pub pages_gated: u64,
    /// Pages with only a noscript or image form.
    pub pages_image_only: u64,
    /// Read pages without it.
    pub pages_without: u64,
    /// `pages_with` over read pages, 0 to 1.
    pub coverage: f64,
}

/// What one page template carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TemplateCoverage {
    /// Template, `/product/*`.
    pub template: String,
    /// Read pages of this shape.
    pub pages: u64,
    /// An address of this shape.
    pub example: String,
    /// Pages without any active pixel.
    pub untracked: u64,
    /// Active pages per pixel account, in the order of the report's `pixels`.
    pub pixels: Vec<u64>,
}

/// A rule that could not be checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct NotChecked {
    /// The rule.
    pub rule: RuleInfo,
    /// Why.
    pub reason: String,
}

/// A company that receives data from the site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Recipient {
    /// Company.
    pub owner: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// Vendors of the company on this site.
    pub vendors: Vec<String>,
    /// What for.
    pub purposes: Vec<String>,
    /// Pages concerned.
    pub pages: u64,
}
