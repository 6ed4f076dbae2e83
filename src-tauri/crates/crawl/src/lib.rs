//! The crawler: from one address to every page of a site. Owns the network, the order and the politeness; knows no vendor
//! and parses no HTML: it hands each capture to a [`Reader`] and gets links back.

mod address;
pub mod browser;
mod charset;
mod client;
mod content;
mod control;
mod cookies;
mod credentials;
mod dates;
mod discover;
mod failure;
mod folder;
mod frontier;
mod header;
mod hints;
mod hosts;
mod jar;
mod limits;
mod net;
mod outage;
mod pace;
mod packed;
mod resolve;
mod robots;
mod run;
mod scope;
mod scripts;
mod series;
mod settled;
mod sitemap;
mod sniff;
mod start;
mod task;
mod trail;
mod visit;

use std::{collections::BTreeMap, future::Future, sync::Arc};

use pixelproof_model::{AuditConfig, FoundBy, Hop, PageOutcome, Trap};
use serde::{Deserialize, Serialize};
use url::Url;

pub use crate::{
    address::{has_scheme, identity, parse_start},
    charset::decode_html,
    control::Control,
    credentials::split_credentials,
    hints::hints,
    limits::Limits,
    scope::site_of,
    scripts::Scripts,
    start::check,
    trail::{Seed, Trail},
};

/// A page as it was fetched.
#[derive(Debug, Clone)]
pub struct PageCapture {
    /// Number of the page in the order of discovery, from 0; unique in the crawl.
    pub order: u64,
    /// Address asked for: its [`identity`].
    pub url: Url,
    /// Address after redirects. Where a redirect was not followed, the address it leads to.
    pub final_url: Url,
    /// What became of it. `Ok` and `TooLarge` come with a body.
    pub outcome: PageOutcome,
    /// The reason in words, where not `Ok`.
    pub reason: Option<String>,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// `X-Robots-Tag` as sent.
    pub robots_tag: Option<String>,
    /// Header fields that say something of the page (`etag`, `last-modified`, `link`, `refresh`, `x-robots-tag`), names in
    /// lower case.
    pub headers: BTreeMap<String, String>,
    /// `Link: rel=canonical`, resolved. What the header names otherwise the crawl follows by itself.
    pub canonical: Option<Url>,
    /// The series without end that the page is a sample of.
    pub trap: Option<Trap>,
    /// Redirects, first to last.
    pub hops: Vec<Hop>,
    /// After how many hops it was asked whether the page may go on: of interest to [`Trail`] only.
    pub claimed: Vec<usize>,
    /// Clicks from the start page; 1 for what only a sitemap names.
    pub depth: u32,
    /// Page that named it.
    pub referrer: Option<Url>,
    /// How it was found.
    pub found_by: FoundBy,
    /// The document as text, decoded by BOM, header, `<meta>` or guess.
    pub body: Option<String>,
    /// Bytes of the body after decompression.
    pub bytes: u64,
    /// What a feed names: such a capture is no page, and [`Trail`] takes these up.
    pub named: Vec<FoundLink>,
    /// File that it was read from, where a folder is audited.
    pub file: Option<String>,
    /// Milliseconds from request to the end of the body.
    pub elapsed_ms: u64,
}

/// An external script as it was fetched.
#[derive(Debug, Clone)]
pub struct ScriptCapture {
    /// Address asked for.
    pub url: Url,
    /// The script as text.
    pub text: String,
    /// SHA-256 of the text, hex: analysed once per hash.
    pub hash: String,
}

/// A link that a page names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundLink {
    /// Resolved address.
    pub url: Url,
    /// What names it.
    pub by: FoundBy,
    /// `nofollow`: recorded; the crawl follows it all the same, since visitors do.
    pub nofollow: bool,
}

/// A page as an earlier audit kept it, with the same way of asking: the same user agent, no cookies, no headers of the
/// user's.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    /// Status of its answer.
    pub status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// [`PageCapture::headers`] of then. Without `etag` and `last-modified` there is nothing to ask.
    pub headers: BTreeMap<String, String>,
    /// The document as text, whole.
    pub body: String,
    /// Bytes of the body.
    pub bytes: u64,
}

/// Takes captures, says what they name and keeps them. A page counts as done when `keep` has kept it; a crawl that is
/// begun again with a reader that still has its pages goes on where it ended.
pub trait Reader: Send + Sync + 'static {
    /// What was read of a page.
    type Row: Send;

    /// Reads one capture. Scripts that the page names are fetched through `scripts`. Several captures are read at the
    /// same time; work on the processor belongs into `spawn_blocking`.
    fn read(&self, capture: PageCapture, scripts: &Scripts)
    -> impl Future<Output = (Self::Row, Vec<FoundLink>)> + Send;

    /// Makes a page durable, its trail with it. `false`: it could not be kept, so that it isn't done.
    fn keep(&self, _row: Self::Row, _trail: &Trail) -> impl Future<Output = bool> + Send {
        async { true }
    }

    /// The trail of a page that an earlier part of this crawl kept; it isn't fetched again.
    fn kept(&self, _page: &Url) -> impl Future<Output = Option<Trail>> + Send {
        async { None }
    }

    /// Makes durable where the crawl begins. Called when that is known, and again after the sitemaps.
    fn keep_seed(&self, _seed: &Seed) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Where an earlier part of this crawl began.
    fn kept_seed(&self) -> impl Future<Output = Option<Seed>> + Send {
        async { None }
    }

    /// The crawl paused itself, in one sentence why: what is missing (the network, say) is not the pages' fault. It goes
    /// on when it is resumed.
    fn paused(&self, _why: String) {}

    /// What an earlier audit kept of this address. The server is asked only whether the page has changed since; where it
    /// hasn't, the capture is as it was then.
    fn earlier(&self, _url: &Url) -> impl Future<Output = Option<Earlier>> + Send {
        std::future::ready(None)
    }

    /// Takes something that the user should know, in one sentence; the crawl goes on.
    fn notice(&self, _message: String) {}
}

/// How a crawl ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CrawlEnd {
    /// Every page in scope was looked at.
    pub complete: bool,
    /// Why not: stopped, page limit, …
    pub reason: Option<String>,
}

/// Why a crawl can't start or go on.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The start can't be audited.
    #[error("{0}")]
    BadStart(String),
    /// An option can't be used.
    #[error("{0}")]
    BadOption(String),
}

/// Crawls from `config.start`, which holds addresses as they were typed: for a bare host `http` is tried where nothing
/// answers on the `https` port.
pub async fn crawl<R: Reader>(config: &AuditConfig, reader: Arc<R>, control: Control) -> Result<CrawlEnd, CrawlError> {
    run::crawl(config, &Limits::of(config), reader, control).await
}

/// [`crawl`] with other internal limits than the usual ones.
pub async fn crawl_with<R: Reader>(
    config: &AuditConfig,
    limits: &Limits,
    reader: Arc<R>,
    control: Control,
) -> Result<CrawlEnd, CrawlError> {
    run::crawl(config, limits, reader, control).await
}

/// Fetches one file as a [`Reader`]'s scripts are fetched, without a crawl: `config` says through which proxy, to which
/// machine, with which certificates. The error is a sentence.
pub async fn fetch_one(config: &AuditConfig, url: &Url) -> Result<Arc<ScriptCapture>, String> {
    let control = Control::default();
    let config = AuditConfig { start: vec![url.to_string()], ..config.clone() };
    let setup = start::prepare(&config, Limits::of(&config), &control).await.map_err(|error| error.to_string())?;
    control.begin();
    let fetched = Scripts::new(Arc::new(setup.net)).fetch(url).await;
    control.end();
    fetched
}
