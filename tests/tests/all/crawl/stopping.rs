//! Pause, resume and stop in the middle of a crawl.

use std::{sync::Arc, time::Duration};

use pixelproof_crawl::{Control, FoundLink, Limits, PageCapture, Reader, Scripts, crawl_with};
use pixelproof_model::FoundBy;
use pixelproof_tests::{Act, Site, TestServer};
use tokio::sync::Notify;

use super::{BUDGET, config, limits, run_with};

/// Calls `when_read` with the number of pages read so far; follows no link but those of the generated site.
struct Watcher<F>(F, std::sync::atomic::AtomicU64);

impl<F: Fn(u64) + Send + Sync + 'static> Reader for Watcher<F> {
    type Row = ();

    async fn read(&self, capture: PageCapture, _scripts: &Scripts) -> ((), Vec<FoundLink>) {
        let body = capture.body.unwrap_or_default();
        let links = body.split("href=\"").skip(1).filter_map(|rest| {
            let url = capture.final_url.join(rest.split('"').next()?).ok()?;
            Some(FoundLink { url, by: FoundBy::Anchor, nofollow: false })
        });
        let links = links.collect();
        (self.0)(self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1);
        ((), links)
    }
}

#[tokio::test]
async fn a_stop_ends_the_crawl_with_what_was_under_way() {
    let server = TestServer::start(Site::linked(5000, 1200)).unwrap();
    let config = pixelproof_model::AuditConfig { max_pages: 5000, ..config(&server, "/") };
    let control = Control::default();
    let stop = control.clone();
    let reader = Watcher(
        move |read| {
            if read == 50 {
                stop.stop()
            }
        },
        0.into(),
    );
    let limits = limits(&config);
    let crawl = crawl_with(&config, &limits, Arc::new(reader), control.clone());
    let end = tokio::time::timeout(BUDGET, crawl).await.unwrap().unwrap();
    assert!(!end.complete);
    assert_eq!(end.reason.as_deref(), Some("the audit was stopped"));
    let counts = control.counts();
    assert!((50..80).contains(&counts.fetched), "{counts:?}");
    assert_eq!(counts.in_flight, 0);
    let after = control.counts().elapsed_ms;
    assert_eq!(control.counts().elapsed_ms, after, "the clock stands at the end");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_server_that_hangs() {
    let server = TestServer::start(Site::new().on("/", Act::Stall)).unwrap();
    let config = config(&server, "/");
    let limits = Limits { total: Duration::from_secs(1000), stop_grace: Duration::from_millis(50), ..limits(&config) };
    let control = Control::default();
    let crawl = run_with(&config, &limits, control.clone());
    let stopper = async {
        while server.hits("/") == 0 {
            tokio::task::yield_now().await;
        }
        control.stop();
    };
    let (crawled, ()) = tokio::join!(crawl, stopper);
    let crawled = crawled.unwrap();
    assert!(!crawled.end.complete && crawled.pages.is_empty());
    assert_eq!(crawled.counts.in_flight, 0);
}

#[tokio::test]
async fn nothing_is_asked_for_in_a_pause() {
    let server = TestServer::start(Site::linked(300, 1200)).unwrap();
    let config = config(&server, "/");
    let control = Control::default();
    let paused = Arc::new(Notify::new());
    let (pause, told) = (control.clone(), Arc::clone(&paused));
    let reader = Watcher(
        move |read| {
            if read == 20 {
                pause.pause();
                told.notify_one();
            }
        },
        0.into(),
    );
    let limits = limits(&config);
    let crawl = crawl_with(&config, &limits, Arc::new(reader), control.clone());
    let watch = async {
        paused.notified().await;
        while control.counts().in_flight > 0 {
            tokio::task::yield_now().await;
        }
        let before = server.seen().len();
        let clock = control.counts().elapsed_ms;
        // Time enough for a request that should not be made; the timer measures its absence.
        let silence = tokio::time::timeout(Duration::from_millis(300), async {
            while server.seen().len() == before {
                tokio::task::yield_now().await;
            }
        });
        assert!(silence.await.is_err(), "a request in the pause");
        assert_eq!(control.counts().elapsed_ms, clock, "the clock stands in a pause");
        control.resume();
    };
    let (end, ()) = tokio::join!(tokio::time::timeout(BUDGET, crawl), watch);
    assert!(end.unwrap().unwrap().complete);
    assert_eq!(control.counts().fetched, 300);
}

#[tokio::test]
async fn a_crawl_paused_or_stopped_before_it_begins() {
    let server = TestServer::start(Site::linked(5, 1200)).unwrap();
    let config = config(&server, "/");
    let control = Control::default();
    control.stop();
    let crawled = run_with(&config, &limits(&config), control).await.unwrap();
    assert!(!crawled.end.complete && crawled.pages.is_empty());
    assert!(server.seen().is_empty());

    let control = Control::default();
    control.pause();
    let resume = async { control.resume() };
    let limits = limits(&config);
    let (crawled, ()) = tokio::join!(run_with(&config, &limits, control.clone()), resume);
    assert_eq!(crawled.unwrap().pages.len(), 5);
}
