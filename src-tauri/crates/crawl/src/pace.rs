//! How fast one host is asked: requests under way and the distance between two, by what was asked for and by how the host
//! copes. Refusals and answers that take ever longer slow it down, good answers let it go faster again. Pure: the time is
//! given.

use std::time::Duration;

use tokio::time::Instant;

/// First distance between two requests after a refusal; doubles with each.
const FIRST_SLOWING: Duration = Duration::from_millis(50);
/// A distance below this is none.
const LEAST_SLOWING: Duration = Duration::from_millis(10);
/// Answers that take so many times as long as the host's best ...
const STRAINED: u32 = 4;
/// ... and this much longer show that it is strained.
const STRAIN: Duration = Duration::from_millis(250);

/// The pace of one host.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When the next request may begin.
    next: Instant,
    /// Between two requests, as asked for.
    interval: Duration,
    /// Between two requests, as the host's refusals suggest.
    slowing: Duration,
    most_slowing: Duration,
    slowed: Option<Instant>,
    /// Nothing begins before this.
    blocked: Instant,
    /// Requests that may be under way, and the most that ever may be.
    window: usize,
    most: usize,
    under_way: usize,
    /// Good answers since the window changed.
    good: usize,
    /// The host's best time to answer and its usual one.
    best: Option<Duration>,
    usual: Duration,
}

impl Pace {
    /// The pace of a host that nothing is known of.
    pub(crate) fn new(now: Instant, most: usize, interval: Duration, most_slowing: Duration) -> Pace {
        Pace {
            next: now,
            interval,
            slowing: Duration::ZERO,
            most_slowing,
            slowed: None,
            blocked: now,
            window: most.max(1),
            most: most.max(1),
            under_way: 0,
            good: 0,
            best: None,
            usual: Duration::ZERO,
        }
    }

    /// Takes a place among the requests under way, if there is one.
    pub(crate) fn enter(&mut self) -> bool {
        let room = self.under_way < self.window;
        self.under_way += usize::from(room);
        room
    }

    /// Gives the place back.
    pub(crate) fn leave(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Takes the next place in the row: when its request may begin.
    pub(crate) fn reserve(&mut self, now: Instant) -> Instant {
        let at = self.next.max(self.blocked).max(now);
        self.next = at + self.interval.max(self.slowing);
        at
    }

    /// Whether requests may begin at all.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        self.blocked <= now
    }

    /// Asks for at least this long between two requests.
    pub(crate) fn space_out(&mut self, interval: Duration) {
        self.interval = self.interval.max(interval);
    }

    /// The host said "too many": nothing begins for a while, and then less.
    pub(crate) fn refused(&mut self, now: Instant, wait: Duration) {
        self.blocked = self.blocked.max(now + wait);
        // What was under way when the host first refused is refused as well, and says nothing new.
        if self.slowed.is_none_or(|at| now >= at + self.slowing) {
            self.slowing = (self.slowing * 2).max(FIRST_SLOWING).min(self.most_slowing);
            self.slowed = Some(now);
            self.struggled();
        }
    }

    /// The host took too long or broke the connection.
    pub(crate) fn struggled(&mut self) {
        self.window = (self.window / 2).max(1);
        self.good = 0;
    }

    /// The host answered well, after so long. True where more may be under way now.
    pub(crate) fn answered(&mut self, after: Duration) -> bool {
        let best = self.best.map_or(after, |best| (best + best / 64).min(after));
        self.usual = if self.best.is_none() { after } else { (self.usual * 7 + after) / 8 };
        self.best = Some(best);
        self.good += 1;
        if self.usual > best * STRAINED + STRAIN && self.good >= self.window {
            self.window = (self.window * 3 / 4).max(1);
            self.good = 0;
        } else if self.good >= self.window * 2 {
            self.good = 0;
            self.slowing = if self.slowing / 2 < LEAST_SLOWING { Duration::ZERO } else { self.slowing / 2 };
            let grows = self.window < self.most;
            self.window += usize::from(grows);
            return grows;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST_SLOWING: Duration = Duration::from_secs(5);
    const QUICK: Duration = Duration::from_millis(20);

    fn pace(most: usize) -> (Pace, Instant) {
        let now = Instant::now();
        (Pace::new(now, most, Duration::ZERO, MOST_SLOWING), now)
    }

    #[test]
    fn refusals_slow_down_and_good_answers_speed_up_again() {
        let (mut pace, now) = pace(8);
        pace.refused(now, Duration::from_secs(3));
        assert!(!pace.is_open(now) && pace.is_open(now + Duration::from_secs(3)));
        assert_eq!((pace.window, pace.slowing), (4, FIRST_SLOWING));
        pace.refused(now, Duration::ZERO);
        assert_eq!((pace.window, pace.slowing), (4, FIRST_SLOWING), "of the same moment");
        for n in 1..20 {
            pace.refused(now + MOST_SLOWING * n, Duration::ZERO);
        }
        assert_eq!((pace.window, pace.slowing), (1, MOST_SLOWING));
        let later = now + MOST_SLOWING * 100;
        let first = pace.reserve(later);
        assert_eq!(pace.reserve(later) - first, MOST_SLOWING);
        for _ in 0..200 {
            pace.answered(QUICK);
        }
        assert_eq!((pace.window, pace.slowing), (8, Duration::ZERO));
    }

    #[test]
    fn a_host_that_takes_ever_longer_is_asked_less_at_once() {
        let (mut pace, _) = pace(16);
        (0..50).for_each(|_| _ = pace.answered(QUICK));
        assert_eq!(pace.window, 16, "a quick host is asked as much as may be");
        (0..200).for_each(|_| _ = pace.answered(Duration::from_secs(2)));
        assert!(pace.window < 4, "{}", pace.window);
        let (mut steady, _) = self::pace(16);
        (0..200).for_each(|_| _ = steady.answered(Duration::from_secs(2)));
        assert_eq!(steady.window, 16, "a host that is always slow is not strained by us");
    }

    #[test]
    fn places_are_counted() {
        let (mut pace, now) = pace(2);
        assert!(pace.enter() && pace.enter() && !pace.enter());
        pace.leave();
        assert!(pace.enter());
        pace.struggled();
        pace.leave();
        assert!(!pace.enter(), "one is still under way, and one is the most now");
        pace.space_out(QUICK);
        let first = pace.reserve(now);
        assert_eq!(pace.reserve(now) - first, QUICK);
    }
}
