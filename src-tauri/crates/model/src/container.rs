//! A tag-manager container read as data (`pixelproof container`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Event;

/// Whether a tag fires on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Fires {
    /// The page's load alone makes it fire.
    Yes,
    /// It can't fire there.
    No,
    /// It hangs on something that only the running page knows; the tag's `when` names it.
    Unknown,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ContainerReport {
    /// Container id, as asked for or as the file says.
    pub container: Option<String>,
    /// Published version.
    pub version: Option<String>,
    /// Tags, in the file's order. Listeners (click, scroll, timer …) are no tags.
    pub tags: Vec<ContainerTag>,
    /// Containers and destinations that it loads in turn.
    pub links: Vec<String>,
    /// What could not be read, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// One tag; a custom HTML tag with several pixels gives one entry per pixel, all with the same `index`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ContainerTag {
    /// Place in the file.
    pub index: u32,
    /// Id within the container.
    pub tag_id: Option<u32>,
    /// Function, such as `__html`.
    pub function: String,
    /// Catalogue id; null when the tag is no pixel that the catalogue knows.
    pub vendor: Option<String>,
    /// Account; null where it is not constant.
    pub account: Option<String>,
    /// Names of the events it sends.
    pub events: Vec<String>,
    /// The events in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Event>,
    /// Switched off in the container.
    pub paused: bool,
    /// Consent that it needs besides what its vendor asks for.
    pub consent: Vec<String>,
    /// Verdict per address asked about.
    pub fires: BTreeMap<String, Fires>,
    /// Data-layer events that can make it fire, joined by a comma.
    pub on: String,
    /// The conditions in words.
    pub when: String,
    /// Fires before (`setup`) or after (`teardown`) these tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs_with: Vec<u32>,
}
