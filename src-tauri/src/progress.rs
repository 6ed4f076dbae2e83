//! Progress on its way to the window: counts thinned out, so that a fast crawl can't flood it; everything else at once.

use std::time::Duration;

use pixelproof_audit::ProgressStream;
use pixelproof_model::{Counts, Progress};
use tauri::ipc::Channel;
use tokio::time::{MissedTickBehavior, interval};

/// Time between two messages with counts.
const BETWEEN_COUNTS: Duration = Duration::from_millis(100);

/// Passes messages on until the run is done or the window stops listening.
pub(crate) async fn forward(mut stream: ProgressStream, channel: &Channel<Progress>) {
    let mut thinned = Thinned::default();
    let mut tick = interval(BETWEEN_COUNTS);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (due, ended) = tokio::select! {
            message = stream.next() => {
                let ended = message.is_none();
                (thinned.push(message), ended)
            }
            _ = tick.tick() => (thinned.due().into_iter().collect(), false),
        };
        for message in due {
            if channel.send(message).is_err() {
                return;
            }
        }
        if ended {
            return;
        }
    }
}

/// Holds the latest counts until they are due.
#[derive(Debug, Default)]
struct Thinned {
    held: Option<Counts>,
}

impl Thinned {
    /// Takes a message, or the end; gives what must go out now, in order.
    fn push(&mut self, message: Option<Progress>) -> Vec<Progress> {
        match message {
            Some(Progress::Counts(counts)) => {
                self.held = Some(counts);
                Vec::new()
            }
            other => self.due().into_iter().chain(other).collect(),
        }
    }

    /// The counts that wait.
    fn due(&mut self) -> Option<Progress> {
        self.held.take().map(Progress::Counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(found: u64) -> Progress {
        Progress::Counts(Counts { found, ..Counts::default() })
    }

    #[test]
    fn only_the_latest_counts_go_out_and_nothing_else_waits() {
        let mut thinned = Thinned::default();
        assert_eq!(thinned.push(Some(counts(1))), []);
        assert_eq!(thinned.push(Some(counts(2))), []);
        assert_eq!(thinned.due(), Some(counts(2)));
        assert_eq!(thinned.due(), None);
        thinned.push(Some(counts(3)));
        let done = Progress::Done { complete: true, reason: None };
        assert_eq!(thinned.push(Some(done.clone())), [counts(3), done]);
        thinned.push(Some(counts(4)));
        assert_eq!(thinned.push(None), [counts(4)]);
    }
}
