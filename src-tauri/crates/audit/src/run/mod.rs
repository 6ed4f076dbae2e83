//! A running audit.

use pixelproof_crawl::Control;
use pixelproof_model::{Counts, Phase, Progress};

use crate::Result;

/// Handle to an audit that runs in this process. Cheap to clone; dropping it doesn't stop the audit.
#[derive(Debug, Clone)]
pub struct Run {
    id: String,
    control: Control,
}

impl Run {
    /// Id of the audit.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// No new request until [`Run::resume`].
    pub fn pause(&self) {
        self.control.pause();
    }

    /// Goes on after [`Run::pause`].
    pub fn resume(&self) {
        self.control.resume();
    }

    /// Finishes the pages under way and ends; the audit is kept as incomplete.
    pub fn stop(&self) {
        self.control.stop();
    }

    /// Counts so far.
    pub fn counts(&self) -> Counts {
        self.control.counts()
    }

    /// Where it is.
    pub fn phase(&self) -> Phase {
        todo!()
    }

    /// Messages from now on. Any number of streams may listen.
    pub fn progress(&self) -> ProgressStream {
        todo!()
    }

    /// Waits for the end.
    pub async fn join(&self) -> Result<RunEnd> {
        todo!()
    }
}

/// Messages of a run: begins with `Started`, ends with `Done`. A slow reader misses old counts, never the end.
#[derive(Debug)]
pub struct ProgressStream {}

impl ProgressStream {
    /// The next message; `None` after `Done`.
    pub async fn next(&mut self) -> Option<Progress> {
        todo!()
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    /// Every page in scope was looked at.
    pub complete: bool,
    /// Why not, where it wasn't.
    pub reason: Option<String>,
}
