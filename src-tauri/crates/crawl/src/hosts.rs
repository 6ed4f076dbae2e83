//! Politeness: how many requests are under way to each host, how far apart they begin, and how long a host that said
//! "too many" is left alone.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use url::Url;

use crate::control::{Control, InFlight, Stopped, Wish};

/// The right to make one request; it counts as under way until this goes.
#[derive(Debug)]
pub(crate) struct Permit {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
    _in_flight: InFlight,
}

/// All hosts of a crawl.
#[derive(Debug)]
pub(crate) struct Hosts {
    control: Control,
    all: Arc<Semaphore>,
    per_host: usize,
    interval: Duration,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Debug)]
struct Host {
    slots: Arc<Semaphore>,
    pace: Mutex<Pace>,
    answered: AtomicBool,
}

#[derive(Debug)]
struct Pace {
    /// When the next request may begin.
    next: Instant,
    /// Between two requests.
    interval: Duration,
    /// Nothing begins before this.
    blocked: Instant,
}

impl Host {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next place in the row.
    fn reserve(&self, now: Instant) -> Instant {
        let mut pace = self.pace();
        let at = pace.next.max(pace.blocked).max(now);
        pace.next = at + pace.interval;
        at
    }
}

impl Hosts {
    /// `rate` is requests a second to one host.
    pub(crate) fn new(control: Control, concurrency: u32, per_host: u32, rate: Option<f64>) -> Hosts {
        let interval = rate.filter(|r| *r > 0.0).and_then(|r| Duration::try_from_secs_f64(1.0 / r).ok());
        Hosts {
            control,
            all: Arc::new(Semaphore::new(concurrency.max(1) as usize)),
            per_host: per_host.max(1) as usize,
            interval: interval.unwrap_or_default().min(Duration::from_secs(3600)),
            hosts: Mutex::new(HashMap::new()),
        }
    }

    fn host(&self, url: &Url) -> Arc<Host> {
        let key = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0));
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(key).or_insert_with(|| {
            let now = Instant::now();
            let pace = Pace { next: now, interval: self.interval, blocked: now };
            Arc::new(Host {
                slots: Arc::new(Semaphore::new(self.per_host)),
                pace: Mutex::new(pace),
                answered: AtomicBool::new(false),
            })
        });
        Arc::clone(host)
    }

    /// Waits for a place: for the pause to end, for the host's turn, for a free slot. `even_stopping` as in
    /// [`Control::ready`].
    pub(crate) async fn enter(&self, url: &Url, even_stopping: bool) -> Result<Permit, Stopped> {
        let host = self.host(url);
        self.control.ready(even_stopping).await?;
        // The semaphores are never closed, so that an error can't come; a stop is the harmless reading of one.
        let slot = Arc::clone(&host.slots).acquire_owned().await.map_err(|_| Stopped)?;
        loop {
            self.control.ready(even_stopping).await?;
            let at = host.reserve(Instant::now());
            if even_stopping {
                sleep_until(at).await;
            } else {
                tokio::select! {
                    () = sleep_until(at) => {}
                    () = self.control.stopping() => return Err(Stopped),
                }
            }
            let all = Arc::clone(&self.all).acquire_owned().await.map_err(|_| Stopped)?;
            // Counted before the wish is looked at: whoever asks for a pause and then sees nothing under way can rely on it.
            let in_flight = self.control.request_begins();
            // A pause or a "too many" may have come while waiting: then the place in the row is lost.
            let open = match self.control.wish() {
                Wish::Run => true,
                Wish::Pause => false,
                Wish::Stop(_) => even_stopping,
            };
            if open && host.pace().blocked <= Instant::now() {
                return Ok(Permit { _host: slot, _all: all, _in_flight: in_flight });
            }
        }
    }

    /// Asks for at least this long between two requests to the host.
    pub(crate) fn space_out(&self, url: &Url, interval: Duration) {
        let host = self.host(url);
        let mut pace = host.pace();
        pace.interval = pace.interval.max(interval);
    }

    /// Remembers that the host answered.
    pub(crate) fn answered(&self, url: &Url) {
        self.host(url).answered.store(true, Relaxed);
    }

    /// Whether the host ever answered.
    pub(crate) fn has_answered(&self, url: &Url) -> bool {
        self.host(url).answered.load(Relaxed)
    }

    /// Leaves the host alone for a while.
    pub(crate) fn back_off(&self, url: &Url, wait: Duration) {
        let host = self.host(url);
        let mut pace = host.pace();
        pace.blocked = pace.blocked.max(Instant::now() + wait);
    }
}

/// The wait that a `Retry-After` asks for: seconds or a date.
pub(crate) fn retry_after(value: &str, now: std::time::SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(value).ok().map(|at| at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_host_keep_their_distance() {
        let hosts = Hosts::new(Control::default(), 8, 8, Some(4.0));
        let begun = Instant::now();
        for _ in 0..5 {
            drop(hosts.enter(&url("http://a.test/"), false).await.unwrap());
        }
        drop(hosts.enter(&url("http://b.test/"), false).await.unwrap());
        assert_eq!(begun.elapsed(), Duration::from_secs(1), "four intervals, and none for the other host");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_is_left_alone_as_long_as_it_asks() {
        let hosts = Hosts::new(Control::default(), 8, 8, None);
        let begun = Instant::now();
        hosts.back_off(&url("http://a.test/x"), Duration::from_secs(7));
        hosts.back_off(&url("http://a.test/y"), Duration::from_secs(3));
        drop(hosts.enter(&url("http://a.test/"), false).await.unwrap());
        assert_eq!(begun.elapsed(), Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_requests_are_under_way_than_allowed() {
        let hosts = Arc::new(Hosts::new(Control::default(), 3, 2, None));
        let held = [
            hosts.enter(&url("http://a.test/"), false).await.unwrap(),
            hosts.enter(&url("http://a.test/"), false).await.unwrap(),
        ];
        let wait = Duration::from_secs(1);
        let third = tokio::time::timeout(wait, hosts.enter(&url("http://a.test/"), false)).await;
        assert!(third.is_err(), "two for one host");
        let other = hosts.enter(&url("http://b.test/"), false).await.unwrap();
        let fourth = tokio::time::timeout(wait, hosts.enter(&url("http://c.test/"), false)).await;
        assert!(fourth.is_err(), "three in all");
        drop((held, other));
        hosts.enter(&url("http://c.test/"), false).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait_and_a_pause_holds_it() {
        let control = Control::default();
        let hosts = Hosts::new(control.clone(), 8, 8, None);
        hosts.back_off(&url("http://a.test/"), Duration::from_secs(1000));
        let address = url("http://a.test/");
        let (got, ()) = tokio::join!(hosts.enter(&address, false), async { control.stop() });
        assert_eq!(got.unwrap_err(), Stopped);

        let control = Control::default();
        let hosts = Hosts::new(control.clone(), 8, 8, None);
        control.pause();
        assert!(tokio::time::timeout(Duration::from_secs(9), hosts.enter(&url("http://a.test/"), true)).await.is_err());
        control.resume();
        hosts.enter(&url("http://a.test/"), false).await.unwrap();
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, wanted) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now).map(|d| d.as_secs()), wanted, "{value}");
        }
    }
}
