//! Messages of a run as a listener gets them.

use std::collections::VecDeque;

use pixelproof_model::{Phase, Progress};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};

use super::RunEnd;

/// Messages of a run: begins with `Started` and the phase, ends with `Done`. A slow reader misses old counts, never the
/// end.
#[derive(Debug)]
pub struct ProgressStream {
    first: VecDeque<Progress>,
    messages: broadcast::Receiver<Progress>,
    end: watch::Receiver<Option<RunEnd>>,
    over: bool,
}

impl ProgressStream {
    pub(super) fn new(
        audit: String,
        phase: Phase,
        messages: broadcast::Receiver<Progress>,
        end: watch::Receiver<Option<RunEnd>>,
    ) -> ProgressStream {
        let first = VecDeque::from([Progress::Started { audit }, Progress::Phase { phase }]);
        ProgressStream { first, messages, end, over: false }
    }

    /// The next message; `None` after `Done`. May be dropped while it waits: no message is lost by that.
    pub async fn next(&mut self) -> Option<Progress> {
        if let Some(message) = self.first.pop_front() {
            return Some(message);
        }
        while !self.over {
            // Messages sent before the end are still delivered; the end itself is in the watch for those who come late.
            let ended = self.end.borrow().clone();
            let got = match ended {
                Some(end) => self
                    .messages
                    .try_recv()
                    .ok()
                    .or(Some(Progress::Done { complete: end.complete, reason: end.reason })),
                None => self.wait().await,
            };
            self.over = matches!(got, Some(Progress::Done { .. }));
            if got.is_some() {
                return got;
            }
        }
        None
    }

    /// The next message, or nothing when it is time to look at the end again.
    async fn wait(&mut self) -> Option<Progress> {
        tokio::select! {
            biased;
            message = self.messages.recv() => match message {
                Ok(message) => Some(message),
                Err(RecvError::Lagged(_)) => None,
                // The run is gone without an end: say so rather than wait for ever.
                Err(RecvError::Closed) => Some(Progress::Done { complete: false, reason: None }),
            },
            _ = self.end.changed() => None,
        }
    }
}
