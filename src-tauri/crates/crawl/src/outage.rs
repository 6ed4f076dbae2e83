//! Tells a page that can't be had from a network that is gone. A host that answered before and now takes no connection
//! is no property of the page: its row would be wrong, so the crawl pauses and asks for the page again later.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use pixelproof_model::PageOutcome;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use crate::{PageCapture, net::Net, start::socket_addresses};

/// Wait before the first further look at a host; doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Why a page could not be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Itself: its host takes connections.
    Page,
    /// Its host was gone for a moment.
    Moment,
    /// Its host is gone.
    Gone,
}

/// Counts a page as waiting for its host.
struct Doubt<'a>(&'a AtomicUsize);

impl<'a> Doubt<'a> {
    fn new(doubts: &'a AtomicUsize) -> Self {
        doubts.fetch_add(1, Relaxed);
        Doubt(doubts)
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Finds out, where there is doubt.
pub(crate) async fn cause(net: &Net, capture: &PageCapture) -> Cause {
    use PageOutcome::{ConnectionFailed, DnsFailed, TimedOut};
    let doubtful = matches!(capture.outcome, ConnectionFailed | DnsFailed | TimedOut);
    let url = &capture.final_url;
    if !doubtful || net.by_proxy() || !net.hosts.has_answered(url) {
        return Cause::Page;
    }
    let _doubt = Doubt::new(&net.doubts);
    let deadline = Instant::now() + net.limits.outage;
    let mut wait = FIRST_WAIT;
    let mut first = true;
    loop {
        let addresses = socket_addresses(url, net.mappings(), &net.limits).await;
        let connected = timeout(net.limits.connect, TcpStream::connect(addresses.as_slice())).await;
        match (connected, first) {
            (Ok(Ok(_)), true) => return Cause::Page,
            (Ok(Ok(_)), false) => return Cause::Moment,
            _ if Instant::now() >= deadline => return Cause::Gone,
            _ => {}
        }
        first = false;
        tokio::select! {
            () = sleep(wait.min(deadline.saturating_duration_since(Instant::now()))) => {}
            () = net.control.stopping() => return Cause::Gone,
        }
        wait *= 2;
    }
}
