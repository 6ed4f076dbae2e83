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
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use url::Url;

use crate::{
    control::{Control, InFlight, Stopped, Wish},
    pace::Pace,
};

/// The right to make one request; it counts as under way until this goes.
#[derive(Debug)]
pub(crate) struct Permit {
    _host: Place,
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
    most_slowing: Duration,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Debug)]
struct Host {
    pace: Mutex<Pace>,
    /// Told when a request may find a place.
    room: Notify,
    answered: AtomicBool,
}

impl Host {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place among the requests under way.
    async fn place(self: Arc<Host>) -> Place {
        loop {
            // Listening begins before the look, so that a place given back in between is not missed.
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            if self.pace().enter() {
                break;
            }
            room.await;
        }
        Place(self)
    }
}

/// A place among the requests under way to a host.
#[derive(Debug)]
struct Place(Arc<Host>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.pace().leave();
        self.0.room.notify_one();
    }
}

impl Hosts {
    /// `rate` is requests a second to one host; `most_slowing` the longest distance that a host's refusals lead to.
    pub(crate) fn new(
        control: Control,
        concurrency: u32,
        per_host: u32,
        rate: Option<f64>,
        most_slowing: Duration,
    ) -> Hosts {
        let interval = rate.filter(|r| *r > 0.0).and_then(|r| Duration::try_from_secs_f64(1.0 / r).ok());
        Hosts {
            control,
            all: Arc::new(Semaphore::new(concurrency.max(1) as usize)),
            per_host: per_host.max(1) as usize,
            interval: interval.unwrap_or_default().min(Duration::from_secs(3600)),
            most_slowing,
            hosts: Mutex::new(HashMap::new()),
        }
    }

    fn host(&self, url: &Url) -> Arc<Host> {
        let key = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0));
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(key).or_insert_with(|| {
            let now = Instant::now();
            Arc::new(Host {
                pace: Mutex::new(Pace::new(now, self.per_host, self.interval, self.most_slowing)),
                room: Notify::new(),
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
        let place = Arc::clone(&host).place().await;
        loop {
            self.control.ready(even_stopping).await?;
            let at = host.pace().reserve(Instant::now());
            if even_stopping {
                sleep_until(at).await;
            } else {
                tokio::select! {
                    () = sleep_until(at) => {}
                    () = self.control.stopping() => return Err(Stopped),
                }
            }
            // The semaphore is never closed, so that an error can't come; a stop is the harmless reading of one.
            let all = Arc::clone(&self.all).acquire_owned().await.map_err(|_| Stopped)?;
            // Counted before the wish is looked at: whoever asks for a pause and then sees nothing under way can rely on it.
            let in_flight = self.control.request_begins();
            // A pause or a "too many" may have come while waiting: then the place in the row is lost.
            let open = match self.control.wish() {
                Wish::Run => true,
                Wish::Pause => false,
                Wish::Stop(_) => even_stopping,
            };
            if open && host.pace().is_open(Instant::now()) {
                return Ok(Permit { _host: place, _all: all, _in_flight: in_flight });
            }
        }
    }

    /// Asks for at least this long between two requests to the host.
    pub(crate) fn space_out(&self, url: &Url, interval: Duration) {
        self.host(url).pace().space_out(interval);
    }

    /// The host answered well, after so long.
    pub(crate) fn answered(&self, url: &Url, after: Duration) {
        let host = self.host(url);
        host.answered.store(true, Relaxed);
        if host.pace().answered(after) {
            host.room.notify_one();
        }
    }

    /// The host took too long or broke the connection.
    pub(crate) fn struggled(&self, url: &Url) {
        self.host(url).pace().struggled();
    }

    /// Whether the host ever answered.
    pub(crate) fn has_answered(&self, url: &Url) -> bool {
        self.host(url).answered.load(Relaxed)
    }

    /// Leaves the host alone for a while, and asks it less after that.
    pub(crate) fn back_off(&self, url: &Url, wait: Duration) {
        let host = self.host(url);
        host.answered.store(true, Relaxed);
        host.pace().refused(Instant::now(), wait);
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
        let hosts = Hosts::new(Control::default(), 8, 8, Some(4.0), Duration::ZERO);
        let begun = Instant::now();
        for _ in 0..5 {
            drop(hosts.enter(&url("http://a.test/"), false).await.unwrap());
        }
        drop(hosts.enter(&url("http://b.test/"), false).await.unwrap());
        assert_eq!(begun.elapsed(), Duration::from_secs(1), "four intervals, and none for the other host");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_is_left_alone_as_long_as_it_asks() {
        let hosts = Hosts::new(Control::default(), 8, 8, None, Duration::ZERO);
        let begun = Instant::now();
        hosts.back_off(&url("http://a.test/x"), Duration::from_secs(7));
        hosts.back_off(&url("http://a.test/y"), Duration::from_secs(3));
        drop(hosts.enter(&url("http://a.test/"), false).await.unwrap());
        assert_eq!(begun.elapsed(), Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_requests_are_under_way_than_allowed() {
        let hosts = Arc::new(Hosts::new(Control::default(), 3, 2, None, Duration::ZERO));
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
        let hosts = Hosts::new(control.clone(), 8, 8, None, Duration::ZERO);
        hosts.back_off(&url("http://a.test/"), Duration::from_secs(1000));
        let address = url("http://a.test/");
        let (got, ()) = tokio::join!(hosts.enter(&address, false), async { control.stop() });
        assert_eq!(got.unwrap_err(), Stopped);

        let control = Control::default();
        let hosts = Hosts::new(control.clone(), 8, 8, None, Duration::ZERO);
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
