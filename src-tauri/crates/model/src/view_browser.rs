//! Rows of the window about journeys and exercise.

use serde::Serialize;
use ts_rs::TS;

use crate::{DecodedEvent, Journey, JourneyRun, Pass, StepOutcome};

/// A journey of an audit, and how it went in each of its passes.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct JourneyView {
    /// What it was asked to do.
    pub journey: Journey,
    /// What each of its steps does, in words.
    pub steps: Vec<String>,
    /// How it went; empty as long as it wasn't made.
    pub runs: Vec<JourneyRunView>,
}

/// A journey that was made, in one pass.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct JourneyRunView {
    /// How it went, in a line.
    pub line: JourneyLine,
    /// The journey.
    pub run: JourneyRun,
    /// What each of its `beacons` says, in their order.
    pub said: Vec<Vec<DecodedEvent>>,
    /// Where the click id was kept, in words.
    pub kept: Vec<String>,
}

/// How a journey went in one pass, in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, TS)]
pub struct JourneyLine {
    /// Its name.
    pub journey: String,
    /// The pass.
    pub pass: Pass,
    /// The worst that happened to one of its steps: done, not met or failed.
    pub worst: StepOutcome,
    /// In a sentence.
    pub summary: String,
}

/// A request that left in an act of exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Provoked {
    /// Number of the beacon.
    pub beacon: u32,
    /// Catalogue id of the vendor it went to.
    pub vendor: Option<String>,
    /// Names of the events in it.
    pub events: Vec<String>,
}
