//! What a page leaves with its visitor, and by what it tries to tell one visitor from another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Pass, PassPhase};

/// How something came to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum WrittenBy {
    /// By a script.
    Script,
    /// By the answer to a request.
    Header,
}

/// Who stored something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Writer {
    /// How.
    pub how: WrittenBy,
    /// Script, or the request whose answer it came with.
    pub url: String,
    /// Line in the script, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Catalogue id of the vendor whose script or host it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
}

/// Where a page keeps things besides cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StorageArea {
    /// `localStorage`: stays until it is deleted.
    Local,
    /// `sessionStorage`: ends with the tab.
    Session,
    /// IndexedDB; the key is database and store.
    IndexedDb,
}

/// Something that a page stored besides cookies, the first time in a pass. Its value is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Stored {
    /// Pass.
    pub pass: Pass,
    /// Part of the pass.
    #[serde(default)]
    pub phase: PassPhase,
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// Where.
    pub area: StorageArea,
    /// Origin that it belongs to.
    pub origin: String,
    /// Of the page's own site.
    pub first_party: bool,
    /// Key.
    pub key: String,
    /// Length of the value in characters, where known.
    pub length: Option<u64>,
    /// Script that stored it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Writer>,
    /// Catalogue id of the vendor that is known to use the key, else of the script's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
}

/// What a script looked at that tells a visitor's machine from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Technique {
    /// Text drawn on a canvas and read back.
    Canvas,
    /// One text measured in many fonts.
    Fonts,
    /// A tone rendered and compressed without being heard.
    Audio,
    /// Name of the graphics card.
    Webgl,
    /// A connection offered that carries no sound or picture.
    Webrtc,
    /// State of the battery.
    Battery,
    /// List of cameras and microphones.
    Devices,
}

/// A hint that a script tells visitors apart by their machines. More than a hint it is not: each technique has honest uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Fingerprint {
    /// Pass in which it was first seen.
    pub pass: Pass,
    /// Part of the pass.
    #[serde(default)]
    pub phase: PassPhase,
    /// What was looked at.
    pub technique: Technique,
    /// Script that did it, or the document.
    pub script: String,
    /// Line in it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Of the page's own site.
    pub first_party: bool,
    /// Catalogue id of the script's vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// What was seen, in words.
    pub detail: String,
}
