//! The threads that parse: as many as cores, with stacks deep enough for hostile nesting. A job that crashes or takes
//! longer than its budget costs its page, not the audit: a thread that is stuck is written off and replaced.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, LazyLock, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

/// Threads written off before stuck jobs start to hold up the others.
const MAX_LOST: usize = 16;

type Job = Box<dyn FnOnce() -> bool + Send>;

/// Why a job has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It took longer than its budget.
    TimedOut,
    /// It crashed.
    Crashed,
}

/// A pool of parsing threads.
#[derive(Debug)]
pub(crate) struct Pool {
    queue: Sender<Job>,
    inbox: Arc<Mutex<Receiver<Job>>>,
    lost: AtomicUsize,
}

/// The pool of this process.
pub(crate) fn pool() -> &'static Pool {
    static POOL: LazyLock<Pool> =
        LazyLock::new(|| Pool::new(std::thread::available_parallelism().map_or(2, |n| n.get()).min(32)));
    &POOL
}

impl Pool {
    fn new(threads: usize) -> Pool {
        let (queue, inbox) = channel();
        let pool = Pool { queue, inbox: Arc::new(Mutex::new(inbox)), lost: AtomicUsize::new(0) };
        (0..threads).for_each(|_| pool.spawn());
        pool
    }

    fn spawn(&self) {
        let inbox = self.inbox.clone();
        let work = move || {
            loop {
                let job = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
                // Written off (another thread has taken its place), or nothing can come any more.
                if !job.is_ok_and(|job| job()) {
                    return;
                }
            }
        };
        let _ = pixelproof_detect::deep_thread("page-reader", work);
    }

    /// Runs a job on one of the threads. The budget counts from the moment it starts.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        budget: Duration,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (done, mut end) = oneshot::channel();
        let began: Arc<OnceLock<Instant>> = Arc::default();
        let abandoned = Arc::new(AtomicBool::new(false));
        let (begin, left) = (began.clone(), abandoned.clone());
        let job: Job = Box::new(move || {
            begin.get_or_init(Instant::now);
            let _ = done.send(catch_unwind(AssertUnwindSafe(job)).ok());
            !left.load(Ordering::Acquire)
        });
        if self.queue.send(job).is_err() {
            return Err(Failure::Crashed);
        }
        let mut wait = budget;
        loop {
            match tokio::time::timeout(wait, &mut end).await {
                Ok(Ok(Some(value))) => return Ok(value),
                Ok(_) => return Err(Failure::Crashed),
                // Nobody wakes us when the job begins: how long it has been at it is asked for when the time is up.
                Err(_) => match began.get().map(|began| budget.saturating_sub(began.elapsed())) {
                    Some(Duration::ZERO) => break,
                    left => wait = left.unwrap_or(budget),
                },
            }
        }
        if self.lost.fetch_add(1, Ordering::AcqRel) < MAX_LOST {
            abandoned.store(true, Ordering::Release);
            self.spawn();
        }
        Err(Failure::TimedOut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_crash_and_a_stuck_job_cost_only_themselves() {
        let pool = Pool::new(1);
        let long = Duration::from_secs(60);
        assert_eq!(pool.run(long, || 1).await, Ok(1));
        assert_eq!(pool.run(long, || -> u8 { std::panic::resume_unwind(Box::new(())) }).await, Err(Failure::Crashed));
        let (release, wait) = channel::<()>();
        let stuck = pool.run(Duration::from_millis(1), move || wait.recv().is_ok()).await;
        assert_eq!(stuck, Err(Failure::TimedOut));
        assert_eq!(pool.run(long, || 2).await, Ok(2), "the stuck thread was replaced");
        drop(release);
    }
}
