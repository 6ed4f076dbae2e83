//! Journeys: what a visitor does, step by step, and what left the pages on the way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use url::Url;

use crate::{Beacon, EventClass, Params, Pass, PassConsent, SetCookie, Stage, TypedLeak};

/// A journey, as its file says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Journey {
    /// Name for people.
    pub name: String,
    /// File that it stands in.
    pub file: String,
    /// Address that relative ones hang on; without it, that of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Url>,
    /// Query parameter by which an ad platform knows the click that led here; a value of it is added to the first address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click_id: Option<String>,
    /// Passes to run it in; the audit's where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent: Vec<Pass>,
    /// What the visitor does.
    pub steps: Vec<JourneyStep>,
}

/// A step of a journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct JourneyStep {
    /// Line of the file.
    pub line: u32,
    /// What is done.
    #[serde(flatten)]
    pub action: JourneyAction,
}

/// What a step does. Elements are named by a CSS selector, or by `text=` and the text that they show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum JourneyAction {
    /// Goes to an address.
    Goto {
        /// Address, or a path of the page before.
        to: String,
    },
    /// Clicks an element.
    Click {
        /// The element.
        on: String,
    },
    /// Types into a field.
    Fill {
        /// The text: as it is, `probe:email` for a value of the probe identity, `env:NAME` for one of the environment, which
        /// is never kept.
        value: String,
        /// The field.
        into: String,
    },
    /// Chooses an option.
    Select {
        /// Its value or text.
        value: String,
        /// The field.
        from: String,
    },
    /// Waits.
    Wait {
        /// For what.
        until: JourneyWait,
        /// At most so many seconds; with nothing to wait for, exactly so many.
        seconds: u32,
    },
    /// Looks for an event among those that left since the last step that did something.
    Expect {
        /// The event.
        event: EventPattern,
        /// Time that it may take, in seconds.
        seconds: u32,
        /// Passes in which it is expected; all of the journey's where empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passes: Vec<Pass>,
    },
}

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum JourneyWait {
    /// An element to show.
    Selector {
        /// The element.
        selector: String,
    },
    /// An address, `*` for anything.
    Url {
        /// Pattern of the address, or of its path and query.
        url: String,
    },
    /// An event to leave.
    Event {
        /// The event.
        event: EventPattern,
    },
    /// Nothing but time.
    Time,
}

/// Which events are meant. What isn't said may be anything.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema, TS)]
pub struct EventPattern {
    /// Catalogue id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// The vendor's own name of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Parameters, each equal.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    #[ts(type = "Record<string, unknown>")]
    pub params: Params,
    /// How many, exactly; at least one where it isn't said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// A journey that was made, in one pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct JourneyRun {
    /// Its name.
    pub journey: String,
    /// Its file.
    pub file: String,
    /// The pass.
    pub pass: Pass,
    /// It came to its end: every step could be done.
    pub completed: bool,
    /// Why not, or what could not be captured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// How the banner of its first page was answered, in a pass that answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<PassConsent>,
    /// What was done.
    pub steps: Vec<StepRun>,
    /// What each platform would have recorded, in order.
    pub events: Vec<RecordedEvent>,
    /// What became of the click id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click_id: Option<ClickTrail>,
    /// Requests to vendors.
    pub beacons: Vec<Beacon>,
    /// Values of the probe identity that were typed and left to somebody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typed: Vec<TypedLeak>,
    /// Cookies at the end.
    pub cookies: Vec<SetCookie>,
}

/// A step that was made, or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct StepRun {
    /// Its number, from 1.
    pub number: u32,
    /// Its line in the file.
    pub line: u32,
    /// What it does, in words.
    pub what: String,
    /// How it went.
    pub outcome: StepOutcome,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Milliseconds after the journey began.
    pub at_ms: i64,
    /// Address of the page at its end.
    pub address: String,
    /// What was seen instead of what was expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead: Vec<String>,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// Done, or met.
    Done,
    /// An expectation of other passes.
    NotMeant,
    /// An expectation that wasn't met. The journey goes on.
    NotMet,
    /// It could not be done; the journey ends there.
    Failed,
    /// Not reached.
    NotReached,
}

/// An event of a journey, as the platform would have recorded it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct RecordedEvent {
    /// Number of the step in which it left.
    pub step: u32,
    /// Catalogue id.
    pub vendor: String,
    /// Account.
    pub account: Option<String>,
    /// The vendor's own name of it.
    pub name: String,
    /// Standard, custom or automatic.
    pub class: EventClass,
    /// What it means across vendors.
    pub stage: Stage,
    /// Amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Value>")]
    #[ts(type = "unknown")]
    pub value: Option<Value>,
    /// Currency of the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Deduplication id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Fields of the request that carry the click id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub click_id: Vec<String>,
    /// State of consent as the request says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// All parameters.
    #[ts(type = "Record<string, unknown>")]
    pub params: Params,
    /// Its request, by id.
    pub beacon: u32,
}

/// The way of a click id through a journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ClickTrail {
    /// Query parameter.
    pub parameter: String,
    /// The probe value.
    pub value: String,
    /// Where it was kept in the browser.
    pub stored: Vec<StoredClick>,
    /// What became of it for each vendor of the click id, and for each that sent it.
    pub vendors: Vec<ClickVerdict>,
}

/// A place in the browser that held the click id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct StoredClick {
    /// What it is: `cookie`, `local storage`, `session storage`.
    pub place: String,
    /// Name of the cookie or key.
    pub name: String,
    /// Domain of the cookie, or host of the page.
    pub host: String,
    /// Catalogue id of the vendor that is known to keep it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// First step at whose end it was there.
    pub first_step: u32,
    /// Last step at whose end it was there.
    pub last_step: u32,
}

/// What became of a click id for one vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ClickVerdict {
    /// Catalogue id.
    pub vendor: String,
    /// Its conversion could be credited to the click.
    pub kept: Option<bool>,
    /// Steps whose requests carried it.
    pub sent_in: Vec<u32>,
    /// Step in which it was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_in: Option<u32>,
    /// In a sentence.
    pub why: String,
}
