//! What to audit and how: the same struct from the command line, the window and the store. Defaults live here.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Beacons, Journey, Pass};

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// HTTP crawl, source read.
    #[default]
    Source,
    /// Pages loaded in a browser.
    Browser,
    /// Both, joined.
    Both,
}

/// Everything an audit needs to know. Secrets (`headers`, `cookies`, `cookie_file`, `basic_auth`, `proxy`) are never serialised:
/// neither the store nor a report may hold them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(default)]
pub struct AuditConfig {
    /// Where to start: an address, or several for a list audit.
    pub start: Vec<String>,
    /// Audit exactly the given addresses; follow nothing.
    pub list_only: bool,
    /// Audit exactly what the sitemaps name; follow nothing. A start that is itself a sitemap stands for its site's.
    pub sitemap_only: bool,
    /// Read the pages in this folder instead of asking a server; the start says which address the folder stands for.
    pub folder: Option<String>,
    /// How to look.
    pub mode: Mode,
    /// Most pages to fetch.
    pub max_pages: u64,
    /// Most clicks away from the start.
    pub max_depth: u32,
    /// Only addresses that match one of these globs (on path and query).
    pub include: Vec<String>,
    /// No address that matches one of these globs.
    pub exclude: Vec<String>,
    /// Other hosts of the registrable domain belong to the audit.
    pub subdomains: bool,
    /// Requests under way at once, all hosts together.
    pub concurrency: u32,
    /// Requests under way at once to one host; `None`: as many as in all.
    pub per_host: Option<u32>,
    /// Requests a second to one host; `None` for no limit.
    pub rate: Option<f64>,
    /// Seconds until a request counts as timed out.
    pub timeout_s: u64,
    /// Fetch what robots.txt asks not to.
    pub ignore_robots: bool,
    /// Read sitemaps.
    pub sitemaps: bool,
    /// Fetch the tag-manager containers that pages load, from their vendor, and read what they bring. An audit of a local
    /// or private site fetches none, unless `resolve` says where the container's host is: such audits tell nobody.
    pub containers: bool,
    /// `User-Agent` to send.
    pub user_agent: String,
    /// `HOST:PORT:ADDR[:PORT]`, as curl's; `*` as host matches every host.
    pub resolve: Vec<String>,
    /// Accept any certificate.
    pub insecure: bool,
    /// File with certificates (PEM) to trust besides the system's.
    pub ca_file: Option<String>,
    /// Largest body read, in bytes after decompression.
    pub max_body: u64,
    /// Keep compressed page sources in the store.
    pub captures: bool,
    /// Passes of browser mode.
    pub passes: Vec<Pass>,
    /// What becomes of beacons in browser mode.
    pub beacons: Beacons,
    /// Browser to run, rather than the first one found.
    pub browser: Option<PathBuf>,
    /// Pages of each template that a browser looks at in both modes, besides those that stay empty without scripts; 0: all.
    /// When nothing is said: all of the first [`DEFAULT_BROWSER_ALL`], of each template [`DEFAULT_BROWSER_SAMPLE`] of the rest.
    pub browser_sample: Option<u32>,
    /// Exercise the pages that a browser looks at: scroll, open, type, click, change routes, without leaving or changing anything.
    pub exercise: bool,
    /// Files with filter lists, in the syntax of ad blockers or as hosts files: what they call a tracker and no vendor claims
    /// is reported, and held like a beacon where it looks like one.
    #[serde(default)]
    pub filter_lists: Vec<PathBuf>,
    /// Journeys to make in the browser, in every mode.
    pub journeys: Vec<Journey>,
    /// Header fields to send.
    #[serde(skip)]
    #[ts(skip)]
    #[schemars(skip)]
    pub headers: Vec<(String, String)>,
    /// Cookies to send.
    #[serde(skip)]
    #[ts(skip)]
    #[schemars(skip)]
    pub cookies: Vec<(String, String)>,
    /// File in Netscape's format with more cookies to send, each where its line says.
    #[serde(skip)]
    #[ts(skip)]
    #[schemars(skip)]
    pub cookie_file: Option<String>,
    /// User and password.
    #[serde(skip)]
    #[ts(skip)]
    #[schemars(skip)]
    pub basic_auth: Option<(String, String)>,
    /// Proxy address.
    #[serde(skip)]
    #[ts(skip)]
    #[schemars(skip)]
    pub proxy: Option<String>,
}

/// Pages fetched when nothing else is said.
pub const DEFAULT_MAX_PAGES: u64 = 500;
/// Clicks from the start when nothing else is said: long lists are walked page by page.
pub const DEFAULT_MAX_DEPTH: u32 = 1000;
/// Requests under way when nothing else is said.
pub const DEFAULT_CONCURRENCY: u32 = 8;
/// Seconds until a request counts as timed out when nothing else is said.
pub const DEFAULT_TIMEOUT_S: u64 = 20;
/// Pages of a site that a browser looks at without choosing, when nothing else is said.
pub const DEFAULT_BROWSER_ALL: u64 = 200;
/// Pages of each template that it looks at in larger sites, when nothing else is said.
pub const DEFAULT_BROWSER_SAMPLE: u32 = 10;
/// Largest body read when nothing else is said.
pub const DEFAULT_MAX_BODY: u64 = 16 << 20;

impl Default for AuditConfig {
    fn default() -> Self {
        AuditConfig {
            start: Vec::new(),
            list_only: false,
            sitemap_only: false,
            folder: None,
            mode: Mode::Source,
            max_pages: DEFAULT_MAX_PAGES,
            max_depth: DEFAULT_MAX_DEPTH,
            include: Vec::new(),
            exclude: Vec::new(),
            subdomains: false,
            concurrency: DEFAULT_CONCURRENCY,
            per_host: None,
            rate: None,
            timeout_s: DEFAULT_TIMEOUT_S,
            ignore_robots: false,
            sitemaps: true,
            containers: true,
            user_agent: concat!("Pixelproof/", env!("CARGO_PKG_VERSION"), " (privacy audit)").to_owned(),
            resolve: Vec::new(),
            insecure: false,
            ca_file: None,
            max_body: DEFAULT_MAX_BODY,
            captures: true,
            passes: vec![Pass::None, Pass::Reject, Pass::Accept],
            beacons: Beacons::Held,
            browser: None,
            browser_sample: None,
            filter_lists: Vec::new(),
            exercise: false,
            journeys: Vec::new(),
            headers: Vec::new(),
            cookies: Vec::new(),
            cookie_file: None,
            basic_auth: None,
            proxy: None,
        }
    }
}
