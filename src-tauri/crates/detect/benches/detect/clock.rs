//! Time of the processor, taken in turns.

use std::{hint::black_box, time::Duration};

/// How often each thing is measured. The fastest counts: whatever else the machine does only ever adds time.
pub(crate) const ROUNDS: usize = 9;

/// Two kinds of work on the same thing, measured in turns: time of each in every round.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) base: Vec<f64>,
    pub(crate) work: Vec<f64>,
}

impl Pair {
    pub(crate) fn measure<A, B>(mut base: impl FnMut() -> A, mut work: impl FnMut() -> B) -> Pair {
        let mut pair = Pair { base: Vec::new(), work: Vec::new() };
        for _ in 0..ROUNDS {
            pair.base.push(time(&mut base).as_secs_f64());
            pair.work.push(time(&mut work).as_secs_f64());
        }
        pair
    }

    /// Seconds of the base in its fastest round.
    pub(crate) fn base_best(&self) -> f64 {
        self.base.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Seconds of the work in its fastest round.
    pub(crate) fn work_best(&self) -> f64 {
        self.work.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn ratio(&self) -> f64 {
        self.work_best() / self.base_best()
    }
}

/// Ratio of the sums in each round, smallest and largest: how far the measure can be trusted.
pub(crate) fn spread(pairs: &[Pair]) -> (f64, f64) {
    let sum = |times: fn(&Pair) -> &Vec<f64>, round: usize| -> f64 {
        pairs.iter().filter_map(|pair| times(pair).get(round)).sum()
    };
    let ratios = (0..ROUNDS).map(|round| sum(|p| &p.work, round) / sum(|p| &p.base, round));
    ratios.fold((f64::INFINITY, 0.0), |(low, high), ratio| (f64::min(low, ratio), f64::max(high, ratio)))
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let started = spent();
    let made = black_box(work());
    let taken = spent().saturating_sub(started);
    // Freed outside the measure on both sides.
    drop(made);
    taken
}

/// Time that the process, with all its threads, has had of the processor.
#[cfg(unix)]
fn spent() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(now).unwrap_or_default()
}

/// Where that can't be had: time since the first call.
#[cfg(not(unix))]
fn spent() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}
