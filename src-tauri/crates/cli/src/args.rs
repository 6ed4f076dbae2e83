//! What can be typed. Defaults are those of the library; `--help` is the documentation.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use pixelproof_audit::secrets::{cookie, header};
use pixelproof_model::{AuditConfig, DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_S, ReportFormat, Severity};

/// Audits the tracking pixels of a site: which are installed where, what they send, what is missing or doubled, and why.
#[derive(Debug, Parser)]
#[command(name = "pixelproof", version, about, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, nothing at or above --fail-on; 1 findings at or above it; 2 wrong use or \
                        unusable input; 3 the audit could not be completed (what was read is kept).")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// No progress and no messages; errors still appear.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Colours.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Folder of your own vendors, rather than the one in your data folder.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) vendors_dir: Option<PathBuf>,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Crawl a site and audit its pixels.
    Audit(Box<AuditArgs>),
    /// Say what saved pages or addresses declare, without a crawl.
    Inspect(Box<InspectArgs>),
    /// Decode captured requests.
    Decode(DecodeArgs),
    /// Say what a tag-manager container would fire, and when.
    Container(Box<ContainerArgs>),
    /// Write the reports of a kept audit.
    Report(ReportArgs),
    /// Say what differs from one audit to a later one: pixels, accounts, events, parameters, findings, by page and template.
    Diff(DiffArgs),
    /// List kept audits.
    History(HistoryArgs),
    /// List the vendors known, show what is known of one, or add vendors of your own.
    Vendors(VendorsArgs),
    /// List the rules, or explain one.
    Rules(EntryArgs),
    /// Serve the built-in demo shop, with its planted faults.
    Demo(DemoArgs),
    /// Print the JSON Schema of report.json.
    Schema,
}

/// Where audits are kept.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// Keep audits in this file rather than in your data folder.
    #[arg(long, value_name = "FILE.db")]
    pub(crate) store: Option<PathBuf>,
    /// Seconds to wait for another program that holds the store locked.
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=3600))]
    pub(crate) lock_wait: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AuditArgs {
    /// Where to start; several addresses are audited as a list, without following links. A folder is audited as it is,
    /// each HTML file a page, without any network.
    #[arg(value_name = "URL|DIR")]
    pub(crate) urls: Vec<String>,
    /// Audit exactly the addresses in this file, one a line; `-` reads them from stdin.
    #[arg(long, visible_alias = "urls", value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Address that a folder stands for; links and scripts resolve against it.
    #[arg(long, value_name = "URL")]
    pub(crate) base: Option<String>,
    /// How to look.
    #[arg(long, value_enum, default_value_t = ModeArg::Source, value_name = "MODE")]
    pub(crate) mode: ModeArg,
    #[command(flatten)]
    pub(crate) crawl: CrawlArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    /// Passes of browser mode, a comma list: the banner left unanswered, refused, agreed to, and Global Privacy Control on.
    /// Without this: none, reject and accept.
    #[arg(long, value_enum, value_name = "PASSES", value_delimiter = ',')]
    pub(crate) consent: Vec<PassArg>,
    /// What becomes of beacons in browser mode: recorded and answered here, or let go.
    /// Without this: held.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) beacons: Option<BeaconsArg>,
    /// Browser to run, rather than the first one found.
    #[arg(long, value_name = "PATH")]
    pub(crate) browser: Option<PathBuf>,
    /// Pages of each template that the browser looks at with --mode both, or `all`; pages that stay empty without scripts come
    /// on top. Without this: all of the first 200 pages, and 10 of each template in all.
    #[arg(long, value_name = "N|all", value_parser = sample)]
    pub(crate) browser_sample: Option<u32>,
    /// Exercise the pages that a browser looks at: scroll, open menus, type a probe identity into forms, follow links as
    /// changes of route, click what declares events. No page is left and nothing is sent: that is held, and listed.
    #[arg(long)]
    pub(crate) exercise: bool,
    /// Also report, and hold, what this filter list calls a tracker's and no vendor of the catalogue claims; repeatable. In the
    /// syntax of ad blockers, or a hosts file. None comes with this program.
    #[arg(long, value_name = "FILE")]
    pub(crate) filter_list: Vec<PathBuf>,
    /// Make the journey in this file in a browser (in any mode) and check what it expects; repeatable. Without an address
    /// the pages that the journeys go to are audited.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) journey: Vec<PathBuf>,
    /// Check a tracking plan.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) plan: Option<PathBuf>,
    /// Only findings that this earlier audit (its id, `last`, or a report.json) doesn't have count for --fail-on.
    #[arg(long, value_name = "AUDIT|FILE")]
    pub(crate) baseline: Option<String>,
    /// Go on with an audit that was cut short, or that its page limit ended: its id, the beginning of it, or `last`. It
    /// keeps its options; headers, cookies, passwords and proxies must be given again.
    #[arg(long, value_name = "AUDIT", conflicts_with_all = ["urls", "list"])]
    pub(crate) resume: Option<String>,
    /// Exit with 1 when a finding is at least this bad.
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub(crate) fail_on: FailOn,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// Which pages.
#[derive(Debug, clap::Args)]
pub(crate) struct CrawlArgs {
    /// Most pages to fetch; 500 when not given. With --resume: the new limit.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_pages: Option<u64>,
    /// Most clicks away from the start.
    #[arg(long, value_name = "N", default_value_t = AuditConfig::default().max_depth)]
    pub(crate) max_depth: u32,
    /// Only addresses whose path and query match; repeatable.
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// No address whose path and query match; repeatable.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Other hosts of the registrable domain belong to the audit.
    #[arg(long)]
    pub(crate) subdomains: bool,
    /// Requests under way at once.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_CONCURRENCY, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) concurrency: u32,
    /// Requests under way at once to one host; as many as in all when not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) per_host: Option<u32>,
    /// Requests a second to one host, such as `5` or `5/s`.
    #[arg(long, value_name = "N/s", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// Fetch what robots.txt asks not to.
    #[arg(long)]
    pub(crate) ignore_robots: bool,
    /// Don't read sitemaps.
    #[arg(long)]
    pub(crate) no_sitemap: bool,
    /// Don't keep the sources of pages: the store is much smaller, and the window can't show them.
    #[arg(long)]
    pub(crate) no_captures: bool,
    /// Audit exactly what the sitemaps name, without following links. The start may be a sitemap itself.
    #[arg(long, conflicts_with = "no_sitemap")]
    pub(crate) sitemap_only: bool,
    /// Don't fetch the tag-manager containers that pages load. For a site on this machine or in a private network none is
    /// fetched anyway, unless --resolve says where www.googletagmanager.com is.
    #[arg(long)]
    pub(crate) no_containers: bool,
}

/// How to ask for pages.
#[derive(Debug, clap::Args)]
pub(crate) struct RequestArgs {
    /// Seconds until a request counts as timed out.
    #[arg(long, value_name = "S", default_value_t = DEFAULT_TIMEOUT_S, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// Header to send; repeatable. Never kept.
    #[arg(long, value_name = "K: V", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// Cookie to send; repeatable. Never kept.
    #[arg(long, value_name = "K=V", value_parser = cookie)]
    pub(crate) cookie: Vec<(String, String)>,
    /// File of cookies to send, in Netscape's format, each where its line says. Never kept.
    #[arg(long, value_name = "FILE")]
    pub(crate) cookie_file: Option<String>,
    /// User and password; may also stand in the address. Never kept.
    #[arg(long, value_name = "U:P", value_parser = user)]
    pub(crate) basic_auth: Option<(String, String)>,
    /// User agent to send.
    #[arg(long, value_name = "S")]
    pub(crate) user_agent: Option<String>,
    /// Proxy to ask through: http://, https:// or socks5://, socks5h:// where it looks names up. Never kept.
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Ask this address for a host, as curl does; `*` as host means every host. Repeatable.
    #[arg(long, value_name = "HOST:PORT:ADDR[:PORT]")]
    pub(crate) resolve: Vec<String>,
    /// Accept any certificate.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Trust the certificates in this PEM file too.
    #[arg(long, visible_alias = "cacert", value_name = "FILE.pem")]
    pub(crate) ca: Option<String>,
}

/// Reports.
#[derive(Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// Folder for reports. Without it a single JSON, HTML or HAR report goes to stdout.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Formats: json, html, csv, har (what a browser saw on the network); repeatable or a comma list. The first three with
    /// --out when not given.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub(crate) format: Vec<Format>,
}

/// Formats of the published command line. Not all are built yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum Format {
    Json,
    Html,
    Csv,
    #[value(hide = true)]
    Xlsx,
    #[value(hide = true)]
    Pdf,
    Har,
    #[value(hide = true)]
    Md,
    #[value(hide = true)]
    Sarif,
    #[value(hide = true)]
    Junit,
}

impl Format {
    /// The report, where this version has it.
    pub(crate) fn report(self) -> Option<ReportFormat> {
        match self {
            Format::Json => Some(ReportFormat::Json),
            Format::Html => Some(ReportFormat::Html),
            Format::Csv => Some(ReportFormat::Csv),
            Format::Har => Some(ReportFormat::Har),
            _ => None,
        }
    }
}

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum ModeArg {
    Source,
    Browser,
    Both,
}

/// A choice of the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum PassArg {
    None,
    Reject,
    Accept,
    Gpc,
}

/// What becomes of beacons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum BeaconsArg {
    Held,
    Send,
}

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    /// The least severity that counts.
    pub(crate) fn least(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Info => Some(Severity::Info),
            FailOn::Never => None,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// Saved pages (plain or gzip) or addresses; `-` reads a list of them from stdin, one a line.
    #[arg(required = true, value_name = "FILE|URL")]
    pub(crate) inputs: Vec<String>,
    /// Address that the saved pages came from.
    #[arg(long, value_name = "URL")]
    pub(crate) base: Option<url::Url>,
    /// One JSON line a page.
    #[arg(long)]
    pub(crate) ndjson: bool,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DecodeArgs {
    /// Address of the request. Without it requests are read from stdin, one JSON object a line:
    /// {"method", "url", "body", "headers"}.
    #[arg(value_name = "URL")]
    pub(crate) url: Option<String>,
    /// File that holds the request's body; it then counts as a POST.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) body: Option<PathBuf>,
    /// One JSON line a request.
    #[arg(long)]
    pub(crate) ndjson: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ContainerArgs {
    /// A saved container, plain or gzip, `-` for stdin, or an id to fetch: GTM-…, G-…, AW-…, GT-…, DC-…. Files are known
    /// of Google (gtm.js, gtag/js), Adobe Launch, Tealium (utag.js), Matomo, Segment (settings) and RudderStack.
    #[arg(value_name = "FILE|GTM-ID")]
    pub(crate) input: String,
    /// Page to judge the container's tags on; repeatable.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Vec<url::Url>,
    /// A saved page that loads it: what the page puts into its data layer, and its consent defaults, count.
    #[arg(long, value_name = "FILE")]
    pub(crate) page: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The audit: its id, the beginning of it, or `last`.
    #[arg(value_name = "AUDIT")]
    pub(crate) audit: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// The earlier audit: its id, the beginning of it, `last`, or a report.json.
    #[arg(value_name = "A")]
    pub(crate) before: String,
    /// The later audit.
    #[arg(value_name = "B")]
    pub(crate) after: String,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct HistoryArgs {
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct EntryArgs {
    /// One of them.
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct VendorsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<VendorsAction>,
    #[command(flatten)]
    pub(crate) entry: EntryArgs,
}

/// What can be done with vendors of one's own.
#[derive(Debug, Subcommand)]
pub(crate) enum VendorsAction {
    /// Check a table and keep it, with the .md file of the same name beside it. One of yours with the same id is replaced.
    Add {
        /// The table, in the format of the built-in vendors.
        #[arg(value_name = "FILE.toml")]
        file: PathBuf,
    },
    /// Delete a vendor of your own.
    Remove {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Print the folder that holds your own vendors.
    Path,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Port on 127.0.0.1; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
}

/// Pages of each template; 0 stands for all of them.
fn sample(text: &str) -> Result<u32, String> {
    match text {
        "all" => Ok(0),
        text => text
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| format!("`{text}` is neither a number from 1 on nor `all`")),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches("/s").trim();
    match number.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("give requests a second, such as 5 or 0.5/s".to_owned()),
    }
}

fn user(text: &str) -> Result<(String, String), String> {
    text.split_once(':')
        .map(|(user, password)| (user.to_owned(), password.to_owned()))
        .ok_or_else(|| "give user and password as 'user:password'".to_owned())
}
