//! Findings: what is wrong, why it matters, what to do, and the evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Position;

/// How bad a finding is. Ordered: `Info < Warning < Error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// Area of the site score that a rule belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Area {
    Coverage,
    Duplicates,
    Correctness,
    Privacy,
}

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Actor {
    Developer,
    TagManager,
    Marketing,
    Legal,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS)]
pub struct Evidence {
    /// Address of the page.
    pub page: String,
    /// Where in the source, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
    /// Excerpt of the source or of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// What this piece shows: `first initialisation`, `second, by PixelYourSite`.
    pub note: String,
}

/// Something wrong. One cause on many pages is one finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Finding {
    /// Stable id within an audit, derived from rule and cause.
    pub id: String,
    /// Rule id, such as `duplicate-init`.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// Area of the score.
    pub area: Area,
    /// Vendor concerned.
    pub vendor: Option<String>,
    /// Account concerned.
    pub account: Option<String>,
    /// One sentence in plain words.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Corrected code to paste, where one exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
    /// The cause, where the rule proves one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Who must act.
    pub actor: Actor,
    /// Page templates concerned (`/product/*`).
    #[serde(default)]
    pub templates: Vec<String>,
    /// How many pages.
    pub page_count: u64,
    /// Pages concerned. Reports list all; the window asks for them by page.
    pub pages: Vec<String>,
    /// Evidence, at least one piece.
    pub evidence: Vec<Evidence>,
}
