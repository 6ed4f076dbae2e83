//! What a running audit tells its caller. Counts and ids only: the truth is in the store.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One message of a running audit. A lost message costs a redraw, never data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Progress {
    /// The audit exists in the store.
    Started {
        /// Its id.
        audit: String,
    },
    /// Counts so far.
    Counts(Counts),
    /// The run changed state.
    Phase {
        /// New phase.
        phase: Phase,
    },
    /// Something the user should know; the audit goes on.
    Notice {
        /// One sentence.
        message: String,
    },
    /// The end. Nothing follows.
    Done {
        /// Every page in scope was looked at.
        complete: bool,
        /// Why not, where it wasn't.
        reason: Option<String>,
    },
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Phase {
    Crawling,
    Paused,
    Finishing,
    Done,
}

/// Live counts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
pub struct Counts {
    /// Addresses known.
    pub found: u64,
    /// Pages fetched and read.
    pub fetched: u64,
    /// Pages that could not be read.
    pub failed: u64,
    /// Requests under way.
    pub in_flight: u32,
    /// Pages a second over the last seconds.
    pub rate: f64,
    /// Milliseconds since the start, without pauses.
    pub elapsed_ms: u64,
    /// Bytes received.
    pub bytes: u64,
}
