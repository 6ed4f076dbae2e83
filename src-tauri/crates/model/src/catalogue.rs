//! What front ends show of the catalogue: vendors and rules, with their names and texts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Actor, Area, Severity};

/// A vendor as shown to people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct VendorInfo {
    /// Catalogue id.
    pub id: String,
    /// Name, `Meta Pixel`.
    pub name: String,
    /// Two or three letters for narrow columns: neutral initials, never a logo.
    pub initials: String,
    /// Company.
    pub owner: String,
    /// ISO 3166 alpha-2 country of the company.
    pub country: String,
    /// `advertising`, `analytics`, `tag-manager`, `session-replay`, `consent`, `marketing`.
    pub purpose: String,
    /// Standard events known.
    pub standard_events: u32,
    /// Ways of installing known (calls, libraries, images, configurations).
    pub install_forms: u32,
    /// Beacon forms known.
    pub beacon_forms: u32,
    /// Worked examples that are its test.
    pub examples: u32,
    /// Read from the user's folder.
    pub user: bool,
    /// Prose for the reader, Markdown.
    pub text: String,
}

/// A rule as shown to people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct RuleInfo {
    /// Rule id.
    pub id: String,
    /// Severity unless the finding says otherwise.
    pub severity: Severity,
    /// Area of the score.
    pub area: Area,
    /// Who usually acts.
    pub actor: Actor,
    /// What was found.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Needs browser mode; in source mode it is listed as not checked.
    pub needs_browser: bool,
}
