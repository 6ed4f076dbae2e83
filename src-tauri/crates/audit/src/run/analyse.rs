//! From a capture to a record: what detect says of a page, what the page rules say of that, and the rows of both.

use pixelproof_crawl::{PageCapture, identity};
use pixelproof_detect::{
    Catalogue,
    rules::{self, Draft, Need, PageContext, Rule, Tracking},
};
use pixelproof_model::{Fetch, Hop, Page, PageOutcome};
use sha2::{Digest, Sha256};
use url::Url;

use crate::{
    names::{name, need_bit},
    store::{DraftRow, FindingBody, PageFlags, PageRecord, event_records, finding_id, pack, pack_json, pixel_rows},
    template::provisional,
};

/// A page without content: what is left when a capture could not be read.
pub(crate) fn empty_page(url: url::Url) -> Page {
    Page {
        file: None,
        url,
        installs: Vec::new(),
        events: Vec::new(),
        libraries: Vec::new(),
        containers: Vec::new(),
        consent: Default::default(),
        findings: Vec::new(),
        problems: Vec::new(),
        title: None,
        canonical: None,
        noindex: false,
        kinds: Vec::new(),
        needs_browser: false,
        passes: Vec::new(),
        not_looked: None,
        exercise: Vec::new(),
        typed: Vec::new(),
        beacons: Vec::new(),
        failed_libraries: Vec::new(),
        cookies: Vec::new(),
        storage: Vec::new(),
        fingerprints: Vec::new(),
        console: Vec::new(),
        fetch: None,
    }
}

/// Says how the page was fetched.
pub(crate) fn set_fetch(page: &mut Page, capture: &PageCapture, outcome: PageOutcome, reason: Option<String>) {
    page.url = capture.url.clone();
    page.file = capture.file.clone();
    page.fetch = Some(Fetch {
        outcome,
        reason,
        status: capture.status,
        final_url: capture.final_url.clone(),
        redirects: capture.hops.clone(),
        depth: capture.depth,
        referrer: capture.referrer.clone(),
        found_by: capture.found_by,
        content_type: capture.content_type.clone(),
        bytes: capture.bytes,
        elapsed_ms: capture.elapsed_ms,
        hints: pixelproof_crawl::hints(capture, page.title.as_deref(), &page.kinds),
        trap: capture.trap,
        headers: capture.headers.clone(),
    });
    if page.canonical.is_none() {
        page.canonical = capture.canonical.clone();
    }
    if capture.robots_tag.as_deref().is_some_and(asks_noindex) {
        page.noindex = true;
    }
}

/// A page that leads on at once, by a refresh in its markup, and holds no pixel of its own is a redirect: no visitor sees
/// it. One that holds a pixel is judged, since that may fire on the way.
pub(crate) fn moved_on(page: &mut Page, to: &Url) {
    let Some(fetch) = page.fetch.as_mut() else { return };
    let bare = page.installs.is_empty() && page.events.is_empty();
    if !bare || fetch.outcome != PageOutcome::Ok || identity(to) == identity(&fetch.final_url) {
        return;
    }
    let host = |url: &Url| url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host).to_owned());
    let away = host(to) != host(&fetch.final_url);
    fetch.outcome = if away { PageOutcome::RedirectedAway } else { PageOutcome::Redirected };
    fetch.reason = Some(format!("it leads on to {to} at once, by a meta refresh"));
    fetch.redirects.push(Hop { url: std::mem::replace(&mut fetch.final_url, to.clone()), status: 0 });
}

/// `X-Robots-Tag: noindex`, `none`, alone or in a list.
fn asks_noindex(tag: &str) -> bool {
    tag.split([',', ':']).any(|t| matches!(t.trim().to_ascii_lowercase().as_str(), "noindex" | "none"))
}

/// The findings of one page, each with its evidence.
pub(crate) fn drafts_of(page: &Page, catalogue: &Catalogue) -> Vec<DraftRow> {
    let found = rules::check_page(&PageContext::of(page, catalogue));
    let mut rows: Vec<DraftRow> = Vec::with_capacity(found.len());
    for (rule, draft) in found {
        let row = draft_row(rule, draft);
        match rows.iter_mut().find(|r| r.id == row.id) {
            Some(first) => first.evidence.extend(row.evidence),
            None => rows.push(row),
        }
    }
    rows
}

/// A draft with what its rule says where the draft doesn't.
pub(crate) fn draft_row(rule: &Rule, draft: Draft) -> DraftRow {
    DraftRow {
        id: finding_id(rule.id, draft.vendor.as_deref(), draft.account.as_deref(), &draft.key),
        rule: rule.id.to_owned(),
        severity: draft.severity.unwrap_or(rule.severity),
        area: rule.area,
        body: FindingBody {
            message: draft.message,
            why: draft.why.unwrap_or_else(|| rule.why.to_owned()),
            fix: draft.fix.unwrap_or_else(|| rule.fix.to_owned()),
            snippet: draft.snippet,
            cause: draft.cause,
            actor: draft.actor.unwrap_or(rule.actor),
        },
        vendor: draft.vendor,
        account: draft.account,
        evidence: draft.evidence,
    }
}

/// The rows of a page. `source` is kept where given.
pub(crate) fn record(
    audit: i64,
    capture: &PageCapture,
    page: &Page,
    catalogue: &Catalogue,
    source: Option<&str>,
) -> PageRecord {
    let order = i64::try_from(capture.order).unwrap_or(i64::MAX);
    record_page(audit, order, page, catalogue, source)
}

/// The rows of a page that was fetched, by its place in the order of discovery.
pub(crate) fn record_page(
    audit: i64,
    order: i64,
    page: &Page,
    catalogue: &Catalogue,
    source: Option<&str>,
) -> PageRecord {
    let outcome = page.fetch.as_ref().map_or(PageOutcome::Ok, |f| f.outcome);
    let read = outcome.was_read();
    let drafts = if read { drafts_of(page, catalogue) } else { Vec::new() };
    PageRecord {
        audit,
        order,
        url: page.url.to_string(),
        path: path_of(&page.url),
        title: page.title.clone(),
        template: provisional(&page.url),
        status: page.fetch.as_ref().and_then(|fetch| fetch.status),
        outcome: name(&outcome),
        reason: page.fetch.as_ref().and_then(|f| f.reason.clone()),
        flags: flags(page, outcome, catalogue),
        body: pack_json(page),
        capture: source.map(|source| {
            // The same source packs to the same bytes, and these are few.
            let packed = pack(source.as_bytes());
            (Sha256::digest(&packed).to_vec(), packed)
        }),
        pixels: pixel_rows(page, catalogue),
        events: event_records(page),
        installs: page.installs.len(),
        drafts,
        trail: Vec::new(),
        pictures: Vec::new(),
        traffic: None,
    }
}

fn flags(page: &Page, outcome: PageOutcome, catalogue: &Catalogue) -> PageFlags {
    let read = outcome.was_read();
    let due = read && rules::should_be_tracked(page);
    let tracking = rules::tracking(page, catalogue);
    PageFlags {
        read,
        judged: read && (!page.needs_browser || !page.installs.is_empty()),
        due,
        active: read && tracking == Tracking::Active,
        untracked: due && tracking.is_untracked(),
        failed: outcome.is_failure(),
        met: if read { met(page) } else { 0 },
    }
}

/// The needs of browser rules that a page meets, one bit each.
fn met(page: &Page) -> i64 {
    Need::ALL.iter().filter(|need| need.is_met(page)).map(|need| need_bit(*need)).sum()
}

fn path_of(url: &url::Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
