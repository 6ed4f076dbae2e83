//! What a table says of a vendor beside its forms: its events and their parameters, what its library does with mistakes,
//! what it stores, and what its platform needs.

use pixelproof_model::Stage;
use serde::Deserialize;

/// A standard event.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardEvent {
    /// Vendor's spelling.
    pub name: String,
    /// What it means across vendors.
    pub stage: Stage,
    /// Parameters the vendor requires.
    #[serde(default)]
    pub required: Vec<String>,
    /// Parameters the vendor recommends.
    #[serde(default)]
    pub recommended: Vec<String>,
    /// Counts as a conversion.
    #[serde(default)]
    pub conversion: bool,
    /// Other spellings that the vendor takes for the same event.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Replaced by this event, under whose name it leaves.
    #[serde(default)]
    pub replaced_by: Option<String>,
    /// Name under which it leaves, where the library renames it.
    #[serde(default)]
    pub sent_as: Option<String>,
}

/// An event that the library sends by itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutomaticEvent {
    /// Name.
    pub name: String,
    /// What it means across vendors.
    pub stage: Stage,
    /// When it is sent.
    pub when: String,
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParamType {
    /// Number at least 0; a numeric string without symbols is accepted.
    Number,
    /// Whole number.
    Integer,
    /// ISO 4217 code in capitals.
    Currency,
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// List of ids.
    Ids,
    /// List of objects.
    Objects,
    /// Anything.
    Any,
}

/// What the real library does with mistakes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// Events of which the library sends only the first on a page view.
    pub sends_once: Vec<String>,
    /// A second init of one account sends its implied events again.
    pub init_repeat_sends_again: bool,
    /// A further init takes the place of the one before it: a call that names no account goes to the last one.
    pub init_replaces: bool,
    /// An event before any init.
    pub before_init: BeforeInit,
    /// Two events with one deduplication id: the platform drops the second.
    pub drops_same_event_id: bool,
    /// How sure this is: `observed` or `documented`.
    pub source: Option<String>,
}

impl Behaviour {
    /// Whether the library drops a repeat of an event on a page view. `automatic`: it would send both by itself.
    pub fn drops_repeat(&self, name: &str, automatic: bool) -> bool {
        self.sends_once.iter().any(|once| once == name) || automatic && !self.init_repeat_sends_again
    }
}

/// What becomes of an event before any init.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BeforeInit {
    /// It never leaves the page.
    Lost,
    /// It is sent, for no account.
    SentForNoAccount,
    /// It waits and is sent.
    Queued,
    /// Nobody has looked.
    #[default]
    Unknown,
}

/// A cookie or other storage.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// Name; `*` at the end stands for anything.
    pub name: String,
    /// Days it lives; 0 for the session.
    #[serde(default)]
    pub days: Option<u32>,
    /// `first` or `third` party.
    #[serde(default)]
    pub party: Option<String>,
    /// What for.
    #[serde(default)]
    pub what: Option<String>,
}

/// An audience.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Name.
    pub name: String,
    /// Stages whose events it needs.
    pub stages: Vec<Stage>,
    /// Parameters those events must carry.
    #[serde(default)]
    pub params: Vec<String>,
    /// What the platform makes of it.
    #[serde(default)]
    pub what: Option<String>,
}

/// What ROI measurement needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roi {
    /// Events that carry revenue.
    pub events: Vec<String>,
    /// Parameter with the amount.
    pub value: String,
    /// Parameter with the currency.
    pub currency: String,
    /// Parameter or option with the order's or event's id.
    #[serde(default)]
    pub order_id: Option<String>,
}
