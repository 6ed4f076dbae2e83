//! Two audits compared (`pixelproof diff`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Severity;

/// Schema name and version carried by every comparison.
pub const DIFF_SCHEMA: &str = "pixelproof.diff/1";

/// What became of something between two audits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Only the later audit has it.
    New,
    /// Only the earlier audit has it.
    Lost,
    /// Both have it, and it differs.
    Changed,
}

/// Kinds of things compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum DiffKind {
    /// The page itself: there, not there, or readable no more.
    Page,
    /// A pixel account.
    Pixel,
    /// An event of a vendor.
    Event,
    /// A parameter of an event.
    Param,
}

/// Two audits compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct AuditDiff {
    /// [`DIFF_SCHEMA`].
    pub schema: String,
    /// The earlier audit.
    pub before: DiffSide,
    /// The later audit.
    pub after: DiffSide,
    /// What to bear in mind, one sentence each: an audit that is incomplete, settings that differ.
    pub notes: Vec<String>,
    /// Pages in both audits, whether or not they differ.
    pub pages_compared: u64,
    /// Pages in both audits that differ.
    pub pages_changed: u64,
    /// Pages that only the later audit has.
    pub pages_new: u64,
    /// Pages that only the earlier audit has.
    pub pages_lost: u64,
    /// Pixel accounts whose number of pages differs.
    pub pixels: Vec<PixelDiff>,
    /// Events whose number of pages differs.
    pub events: Vec<EventDiff>,
    /// Findings that are new, lost or changed, worst first.
    pub findings: Vec<FindingDiff>,
    /// The differences of pages, by template and kind.
    pub templates: Vec<TemplateDiff>,
    /// Pages that differ, by address; of very many only the first.
    pub pages: Vec<PageDiff>,
    /// Pages that differ and are not listed.
    pub pages_not_listed: u64,
}

/// One of the audits compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct DiffSide {
    /// Id.
    pub id: String,
    /// First address.
    pub start_url: String,
    /// RFC 3339.
    pub started: String,
    /// Every page in scope was looked at.
    pub complete: bool,
    /// Pages with a row.
    pub pages: u64,
    /// Pages read.
    pub read: u64,
}

/// A pixel account on the site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct PixelDiff {
    /// What became of it.
    pub change: Change,
    /// Catalogue id.
    pub vendor: String,
    /// Name of the vendor.
    pub name: String,
    /// Account.
    pub account: Option<String>,
    /// Pages on which it was active.
    pub pages_before: u64,
    /// Pages on which it is active.
    pub pages_after: u64,
}

/// An event on the site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct EventDiff {
    /// What became of it.
    pub change: Change,
    /// Catalogue id.
    pub vendor: String,
    /// Accounts it goes to, joined by a comma.
    pub accounts: String,
    /// Name, or the expression that gives it.
    pub name: String,
    /// Pages that declared it.
    pub pages_before: u64,
    /// Pages that declare it.
    pub pages_after: u64,
}

/// A finding in one or both audits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FindingDiff {
    /// What became of it.
    pub change: Change,
    /// Id of the finding.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// Severity, of the later audit where it has the finding.
    pub severity: Severity,
    /// What was found, in the words of the same.
    pub message: String,
    /// Pages before.
    pub pages_before: u64,
    /// Pages after.
    pub pages_after: u64,
}

/// One difference of a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS)]
pub struct DiffItem {
    /// What differs.
    pub kind: DiffKind,
    /// How.
    pub change: Change,
    /// Catalogue id of the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Account, or the accounts of an event joined by a comma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Name of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Name of the parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    /// State, number or value before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// State, number or value after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The differences of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct PageDiff {
    /// Address, of the later audit where it has the page.
    pub url: String,
    /// Template, of the same.
    pub template: String,
    /// What differs.
    pub items: Vec<DiffItem>,
}

/// One kind of difference on pages of one template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TemplateDiff {
    /// Template.
    pub template: String,
    /// Pages concerned.
    pub pages: u64,
    /// The difference; `before` and `after` are those of the first page.
    pub item: DiffItem,
    /// First page concerned.
    pub example: String,
}
