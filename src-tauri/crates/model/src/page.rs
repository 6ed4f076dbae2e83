//! One page of an audit: how it was fetched and what it holds.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

use crate::{
    Beacon, Consent, ConsoleLine, Event, ExerciseAct, FailedLibrary, Finding, Fingerprint, Install, Library, PassEnd,
    SetCookie, Stored, TypedLeak,
};

/// What became of a page. A page that fails is a row, never an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PageOutcome {
    /// Fetched, HTML, read in full.
    Ok,
    /// Answered with a 4xx or 5xx status.
    HttpError,
    /// Ends on an address outside the audit's scope.
    RedirectedAway,
    /// Redirects to another page of the audit, which has a row of its own: not a page to judge, not a failure.
    Redirected,
    /// The redirects come back to where they were.
    RedirectLoop,
    /// More hops than allowed.
    TooManyRedirects,
    /// robots.txt asks not to fetch it.
    BlockedByRobots,
    /// Not an HTML document.
    NotHtml,
    /// Larger than the size limit; read up to the limit.
    TooLarge,
    /// Tags nested too deeply to build a tree; read at token level.
    TooDeep,
    /// No complete answer in time.
    TimedOut,
    /// Host name unknown.
    DnsFailed,
    /// No connection, or it broke.
    ConnectionFailed,
    /// The server's certificate or TLS was not accepted.
    TlsFailed,
    /// An answer that breaks HTTP.
    BadResponse,
    /// The address can't be fetched: not http(s), or a private address reached from a public start.
    Refused,
    /// Reading the page took longer than its budget.
    AnalysisTimedOut,
    /// Reading the page crashed; the audit went on.
    AnalysisFailed,
}

impl PageOutcome {
    /// Whether the page's content was read, so that "no pixel" means absence.
    pub fn was_read(self) -> bool {
        matches!(self, PageOutcome::Ok | PageOutcome::TooLarge | PageOutcome::TooDeep)
    }

    /// Whether the page should have been read and could not be. Redirects and what is no HTML had nothing to read.
    pub fn is_failure(self) -> bool {
        use PageOutcome::{NotHtml, Redirected, RedirectedAway};
        !self.was_read() && !matches!(self, Redirected | RedirectedAway | NotHtml)
    }
}

/// One hop of a redirect chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Hop {
    /// Address that answered with a redirect.
    pub url: Url,
    /// Status of that answer; 0 for a meta refresh.
    pub status: u16,
}

/// How an address was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the markup")]
pub enum FoundBy {
    Start,
    List,
    Sitemap,
    Anchor,
    Area,
    Canonical,
    Next,
    Frame,
    MetaRefresh,
    Redirect,
    /// Another language or form of a page: `hreflang`, `amphtml`.
    Alternate,
    /// An RSS or Atom feed that a page names, and what such a feed names.
    Feed,
    /// JSON-LD.
    StructuredData,
    /// A file in the folder that is audited.
    File,
    /// A link that scripts put into the page, seen in a browser.
    Rendered,
    /// A change of `location` in a handler, a `javascript:` link or a short inline script.
    Script,
}

/// Another page of the audit that a page repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Duplicate {
    /// Its address.
    pub url: Url,
    /// How that is known.
    pub by: DuplicateBy,
}

/// How it is known that a page repeats another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum DuplicateBy {
    /// The same document; the other was found first.
    Content,
    /// The page's canonical link names the other.
    Canonical,
}

/// What a page that answered well is likely to be all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PageHint {
    /// Says that there is no such page, with a status that says there is one.
    #[serde(rename = "soft-404")]
    Soft404,
    /// Asks to log in instead of showing what was asked for.
    LoginWall,
}

/// Why an address belongs to a series without end, of which only a sample is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Trap {
    /// Folders that repeat: `/a/b/a/b/a/b`.
    RepeatingPath,
    /// A calendar that goes on for ever.
    Calendar,
    /// The same list, sorted and filtered in every combination.
    QueryVariations,
    /// Pages that name ever more pages of their kind and all say the same.
    SameContent,
}

/// What a page is evidently for, read from structured data, Open Graph, forms and its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the vocabulary")]
pub enum PageKind {
    Home,
    Product,
    Category,
    Cart,
    Checkout,
    Confirmation,
    SearchResults,
    Registration,
    Login,
    Contact,
    Article,
    Policy,
}

/// A page: how it was fetched, and what it declares. With `file` set it is also a line of `inspect --ndjson`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Page {
    /// File the page was read from (`inspect`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Address asked for.
    pub url: Url,
    /// Pixels installed, in document order.
    pub installs: Vec<Install>,
    /// Events declared or sent, in document order.
    pub events: Vec<Event>,
    /// Loads of vendors' libraries.
    #[serde(default)]
    pub libraries: Vec<Library>,
    /// Tag-manager containers whose tags were read: what they bring stands among installs and events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<String>,
    /// Consent markup.
    pub consent: Consent,
    /// Findings of this page alone. In an audit's report they stand in the report's `findings`.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What could not be read, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// `<title>`.
    #[serde(default)]
    pub title: Option<String>,
    /// `<link rel=canonical>`, resolved.
    #[serde(default)]
    pub canonical: Option<Url>,
    /// The page asks search engines not to list it.
    #[serde(default)]
    pub noindex: bool,
    /// What the page is evidently for.
    #[serde(default)]
    pub kinds: Vec<PageKind>,
    /// Empty until scripts run, so that source mode can't judge it.
    #[serde(default)]
    pub needs_browser: bool,
    /// Why a browser did not look at the page, in an audit in which it looks at others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_looked: Option<String>,
    /// Browser passes, in their order; none in source mode.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<PassEnd>,
    /// Requests to vendors, seen in the browser.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beacons: Vec<Beacon>,
    /// Vendors' libraries that did not load in a pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_libraries: Vec<FailedLibrary>,
    /// Cookies that were there at the end of each pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<SetCookie>,
    /// What was stored besides cookies in each pass, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub storage: Vec<Stored>,
    /// Hints that scripts tell visitors apart by their machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fingerprints: Vec<Fingerprint>,
    /// What vendors' scripts wrote into the console.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub console: Vec<ConsoleLine>,
    /// What was done on the page by way of exercise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exercise: Vec<ExerciseAct>,
    /// Values of the probe identity that were typed into its forms and left to somebody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typed: Vec<TypedLeak>,
    /// How the fetch went; absent for a page read from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<Fetch>,
}

/// How a page was fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Fetch {
    /// What became of it.
    pub outcome: PageOutcome,
    /// The reason in words, where the outcome is not `ok`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// Address after redirects.
    pub final_url: Url,
    /// Redirects, first to last.
    pub redirects: Vec<Hop>,
    /// Clicks from the start page.
    pub depth: u32,
    /// Page that named this one.
    pub referrer: Option<Url>,
    /// How it was found.
    pub found_by: FoundBy,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// Bytes of the body after decompression.
    pub bytes: u64,
    /// Milliseconds from request to the end of the body.
    pub elapsed_ms: u64,
    /// What the page is likely to be, although it answered well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<PageHint>,
    /// The series without end that the page is a sample of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trap: Option<Trap>,
    /// Header fields of the answer that say something of the page, names in lower case: `etag`, `last-modified`, `link`,
    /// `refresh`, `x-robots-tag`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}
