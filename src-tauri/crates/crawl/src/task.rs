//! One page from its turn to its end: fetched, read, kept. While its host is gone it waits; where an earlier part of the
//! crawl kept it, only what it led to is taken up again.

use std::{collections::BTreeSet, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use pixelproof_model::PageOutcome;
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use crate::{
    FoundLink, PageCapture, Reader,
    control::Wish,
    discover::Notices,
    frontier::Entry,
    outage::{self, Cause},
    scripts::Scripts,
    trail::Trail,
    visit::Visitor,
};

/// How often a page is asked for again whose host was gone for a moment.
const MOMENTS: u32 = 5;

/// A page that is through.
pub(crate) struct Done {
    pub(crate) order: u64,
    pub(crate) url: Url,
    pub(crate) depth: u32,
    pub(crate) outcome: PageOutcome,
    pub(crate) status: Option<u16>,
    pub(crate) links: Vec<FoundLink>,
    /// What the page says and shows, as a number.
    pub(crate) content: Option<u64>,
    /// By an earlier part of this crawl.
    pub(crate) kept_before: bool,
}

/// A page's task: fetch, read, keep, report. A reader that panics costs its page, not the crawl.
pub(crate) async fn page<R: Reader>(
    entry: Entry,
    place: OwnedSemaphorePermit,
    visitor: &Visitor,
    reader: &R,
    scripts: &Scripts,
    notices: &Notices,
) -> Option<Done> {
    let done = |entry: Entry, trail: Trail, kept_before| Done {
        order: entry.order,
        url: entry.url,
        depth: entry.depth,
        outcome: trail.outcome,
        status: trail.status,
        links: trail.links,
        content: trail.content,
        kept_before,
    };
    if let Some(trail) = reader.kept(&entry.url).await {
        drop(place);
        trail.claim_again(entry.order, visitor).await;
        return Some(done(entry, trail, true));
    }
    let capture = fetch(&entry, visitor, reader).await?;
    let mut trail = Trail::of(&capture);
    let read = AssertUnwindSafe(async { reader.read(capture, scripts).await }).catch_unwind().await;
    drop(place);
    match read {
        Ok((row, links)) => {
            trail.extend(links);
            if !reader.keep(row, &trail).await {
                return None;
            }
        }
        Err(_) => {
            notices(format!("Reading {} crashed; the page is not in the result.", entry.url));
            trail.outcome = PageOutcome::AnalysisFailed;
        }
    }
    Some(done(entry, trail, false))
}

/// Fetches a page; while its host is gone the crawl pauses, and the page is asked for again.
async fn fetch<R: Reader>(entry: &Entry, visitor: &Visitor, reader: &R) -> Option<PageCapture> {
    let control = &visitor.net.control;
    let mut granted = BTreeSet::new();
    let mut moments = 0;
    loop {
        let capture = visitor.visit(entry, &mut granted, reader).await.ok()?;
        match outage::cause(&visitor.net, &capture).await {
            Cause::Moment if moments < MOMENTS => moments += 1,
            Cause::Page | Cause::Moment => return Some(capture),
            Cause::Gone => {
                control.pause();
                if control.wish() == Wish::Pause {
                    let host = capture.final_url.host_str().unwrap_or_default();
                    reader.paused(format!("{host} can't be reached any more; the network may be down."));
                }
                control.ready(false).await.ok()?;
            }
        }
    }
}
