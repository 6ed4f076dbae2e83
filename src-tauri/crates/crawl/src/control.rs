//! Pause, resume, stop and the live counts. What was asked for first wins where it matters: a stop can't be undone.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use pixelproof_model::{Counts, PageOutcome};
use tokio::sync::watch;

/// Time that `rate` looks back.
const RATE_WINDOW: Duration = Duration::from_secs(5);
/// Width of the buckets that it counts in.
const BUCKET: Duration = Duration::from_millis(250);

/// What the crawl is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Wish {
    #[default]
    Run,
    Pause,
    /// With the reason that the end will give.
    Stop(String),
}

/// The crawl was asked to stop; no request may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped;

/// Handle to a running crawl: pause, resume, stop, counts. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    wish: watch::Sender<Wish>,
    found: AtomicU64,
    fetched: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
    in_flight: AtomicU32,
    clock: Mutex<Clock>,
}

/// Time without pauses, and the pages done in the last of it.
#[derive(Debug, Default)]
struct Clock {
    begun: bool,
    running_since: Option<Instant>,
    past: Duration,
    done: VecDeque<(u128, u32)>,
}

impl Clock {
    fn elapsed(&self) -> Duration {
        self.past + self.running_since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn halt(&mut self) {
        self.past = self.elapsed();
        self.running_since = None;
    }

    fn count_page(&mut self) {
        let bucket = self.elapsed().as_millis() / BUCKET.as_millis();
        match self.done.back_mut().filter(|(last, _)| *last == bucket) {
            Some((_, pages)) => *pages += 1,
            None => self.done.push_back((bucket, 1)),
        }
        let oldest = bucket.saturating_sub(RATE_WINDOW.as_millis() / BUCKET.as_millis());
        while self.done.front().is_some_and(|(first, _)| *first < oldest) {
            self.done.pop_front();
        }
    }

    fn rate(&self) -> f64 {
        let elapsed = self.elapsed();
        let oldest = elapsed.saturating_sub(RATE_WINDOW).as_millis() / BUCKET.as_millis();
        let pages: u32 = self.done.iter().filter(|(bucket, _)| *bucket >= oldest).map(|(_, pages)| pages).sum();
        f64::from(pages) / elapsed.min(RATE_WINDOW).max(BUCKET).as_secs_f64()
    }
}

impl Control {
    /// No new request until [`Control::resume`].
    pub fn pause(&self) {
        self.change(|wish| if *wish == Wish::Run { Some(Wish::Pause) } else { None });
    }

    /// Goes on after [`Control::pause`].
    pub fn resume(&self) {
        self.change(|wish| if *wish == Wish::Pause { Some(Wish::Run) } else { None });
    }

    /// Finishes the requests under way and ends. Works in a pause too; can't be undone.
    pub fn stop(&self) {
        self.stop_because("the audit was stopped");
    }

    /// Stops with a reason for the end.
    pub fn stop_because(&self, reason: &str) {
        self.change(|wish| match wish {
            Wish::Stop(_) => None,
            _ => Some(Wish::Stop(reason.to_owned())),
        });
    }

    /// Waits out a pause. `false` when the crawl is asked to stop.
    pub async fn resumed(&self) -> bool {
        self.ready(false).await.is_ok()
    }

    /// Counts so far.
    pub fn counts(&self) -> Counts {
        let clock = self.clock();
        Counts {
            found: self.0.found.load(Relaxed),
            fetched: self.0.fetched.load(Relaxed),
            failed: self.0.failed.load(Relaxed),
            in_flight: self.0.in_flight.load(Relaxed),
            rate: clock.rate(),
            elapsed_ms: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes: self.0.bytes.load(Relaxed),
        }
    }

    fn change(&self, next: impl FnOnce(&Wish) -> Option<Wish>) {
        // The clock is changed under the same lock as the wish, so that two callers can't leave them apart.
        let mut clock = self.clock();
        self.0.wish.send_if_modified(|wish| {
            let Some(next) = next(wish) else { return false };
            match (&next, clock.begun) {
                (Wish::Pause, _) => clock.halt(),
                (Wish::Run | Wish::Stop(_), true) if clock.running_since.is_none() => {
                    clock.running_since = Some(Instant::now());
                }
                _ => {}
            }
            *wish = next;
            true
        });
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.0.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The crawl begins: its clock runs, unless it was paused before.
    pub(crate) fn begin(&self) {
        let mut clock = self.clock();
        clock.begun = true;
        if *self.0.wish.borrow() != Wish::Pause && clock.running_since.is_none() {
            clock.running_since = Some(Instant::now());
        }
    }

    /// The crawl is over: its clock stands.
    pub(crate) fn end(&self) {
        let mut clock = self.clock();
        clock.halt();
        clock.begun = false;
    }

    /// What is wanted now.
    pub(crate) fn wish(&self) -> Wish {
        self.0.wish.borrow().clone()
    }

    /// Waits out a pause. With `even_stopping` a stop is no hindrance: what a page under way needs may still be asked for.
    pub(crate) async fn ready(&self, even_stopping: bool) -> Result<(), Stopped> {
        let mut wishes = self.0.wish.subscribe();
        let wish = wishes.wait_for(|wish| *wish != Wish::Pause).await;
        match wish.as_deref() {
            Ok(Wish::Stop(_)) if !even_stopping => Err(Stopped),
            _ => Ok(()),
        }
    }

    /// Returns when the crawl is asked to stop.
    pub(crate) async fn stopping(&self) {
        let mut wishes = self.0.wish.subscribe();
        let _ = wishes.wait_for(|wish| matches!(wish, Wish::Stop(_))).await;
    }

    pub(crate) fn set_found(&self, found: u64) {
        self.0.found.store(found, Relaxed);
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Relaxed);
    }

    /// A page is done. One that had nothing to read is neither fetched nor failed, but counts for the rate.
    pub(crate) fn page_done(&self, outcome: PageOutcome) {
        if outcome.was_read() {
            self.0.fetched.fetch_add(1, Relaxed);
        } else if outcome.is_failure() {
            self.0.failed.fetch_add(1, Relaxed);
        }
        self.clock().count_page();
    }

    /// Counts a request as under way until the guard goes.
    pub(crate) fn request_begins(&self) -> InFlight {
        self.0.in_flight.fetch_add(1, Relaxed);
        InFlight(self.clone())
    }
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct InFlight(Control);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.in_flight.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_final_and_a_pause_is_not() {
        let control = Control::default();
        control.resume();
        assert_eq!(control.wish(), Wish::Run);
        control.pause();
        control.pause();
        assert_eq!(control.wish(), Wish::Pause);
        control.resume();
        assert_eq!(control.wish(), Wish::Run);
        control.pause();
        control.stop_because("first");
        control.stop();
        control.resume();
        control.pause();
        assert_eq!(control.wish(), Wish::Stop("first".to_owned()));
    }

    #[tokio::test]
    async fn waiting_ends_with_the_pause_or_the_stop() {
        let control = Control::default();
        control.pause();
        let waiting = tokio::spawn({
            let control = control.clone();
            async move { control.ready(false).await }
        });
        control.resume();
        assert_eq!(waiting.await.unwrap(), Ok(()));
        control.stop();
        assert_eq!(control.ready(false).await, Err(Stopped));
        assert_eq!(control.ready(true).await, Ok(()));
        control.stopping().await;
    }

    #[test]
    fn the_clock_stands_in_pauses() {
        let control = Control::default();
        control.pause();
        control.begin();
        assert!(control.clock().running_since.is_none());
        control.resume();
        assert!(control.clock().running_since.is_some());
        control.pause();
        let first = control.counts().elapsed_ms;
        assert_eq!(control.counts().elapsed_ms, first);
        control.stop();
        assert!(control.clock().running_since.is_some(), "finishing takes time too");
        control.end();
        assert!(control.clock().running_since.is_none());
    }

    #[test]
    fn counts_add_up() {
        let control = Control::default();
        control.begin();
        control.set_found(7);
        for outcome in [PageOutcome::Ok, PageOutcome::TooLarge, PageOutcome::TimedOut, PageOutcome::Redirected] {
            control.page_done(outcome);
        }
        control.add_bytes(5);
        let under_way = control.request_begins();
        let counts = control.counts();
        assert_eq!((counts.found, counts.fetched, counts.failed, counts.in_flight, counts.bytes), (7, 2, 1, 1, 5));
        assert!(counts.rate > 0.0);
        drop(under_way);
        assert_eq!(control.counts().in_flight, 0);
    }

    #[test]
    fn the_rate_forgets_what_is_long_past() {
        let mut clock = Clock { past: Duration::from_secs(100), ..Clock::default() };
        clock.count_page();
        clock.count_page();
        assert!((clock.rate() - 0.4).abs() < 1e-9);
        clock.past = Duration::from_secs(200);
        assert_eq!(clock.rate(), 0.0);
    }
}
