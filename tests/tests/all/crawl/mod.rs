//! The crawler against a server on loopback: whole crawls, judged by the rows, by what the server saw, and by the time.

mod access;
mod completeness;
mod misbehaviour;
mod order;
mod politeness;
mod redirects;
mod stopping;
mod traps;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use pixelproof_crawl::{
    Control, CrawlEnd, CrawlError, Earlier, FoundLink, Limits, PageCapture, Reader, ScriptCapture, Scripts, crawl_with,
};
use pixelproof_model::{AuditConfig, Counts, FoundBy, PageOutcome};
use pixelproof_tests::TestServer;
use url::Url;

/// No crawl of these tests may take longer, whatever the server does.
const BUDGET: Duration = Duration::from_secs(30);

/// What a crawl gave.
struct Crawled {
    /// In the order of discovery.
    pages: Vec<PageCapture>,
    scripts: Vec<Result<Arc<ScriptCapture>, String>>,
    notices: Vec<String>,
    counts: Counts,
    end: CrawlEnd,
}

impl Crawled {
    /// Path and query of each row with its outcome.
    fn rows(&self) -> Vec<(String, PageOutcome)> {
        self.pages.iter().map(|page| (path(page), page.outcome)).collect()
    }

    fn paths(&self) -> Vec<String> {
        self.pages.iter().map(path).collect()
    }

    #[track_caller]
    fn page(&self, wanted: &str) -> &PageCapture {
        self.pages
            .iter()
            .find(|page| path(page) == wanted)
            .unwrap_or_else(|| panic!("no {wanted} in {:?}", self.rows()))
    }
}

fn path(page: &PageCapture) -> String {
    page.url[url::Position::BeforePath..].to_owned()
}

/// Keeps what it gets and finds links by a search for `href="…"`: this tests the crawler, not a parser.
#[derive(Default)]
struct Notebook {
    pages: Mutex<Vec<PageCapture>>,
    scripts: Mutex<Vec<Result<Arc<ScriptCapture>, String>>>,
    notices: Mutex<Vec<String>>,
    /// What an earlier audit kept, by address.
    earlier: BTreeMap<String, Earlier>,
}

impl Reader for Notebook {
    type Row = ();

    async fn read(&self, capture: PageCapture, scripts: &Scripts) -> ((), Vec<FoundLink>) {
        let mut links = Vec::new();
        let body = capture.body.clone().unwrap_or_default();
        assert!(!body.contains("make the reader panic"), "as asked");
        for (attribute, by) in [
            ("href=\"", FoundBy::Anchor),
            ("data-canonical=\"", FoundBy::Canonical),
            ("data-refresh=\"", FoundBy::MetaRefresh),
        ] {
            for rest in body.split(attribute).skip(1) {
                let value = rest.split('"').next().unwrap_or_default();
                links.extend(capture.final_url.join(value).map(|url| FoundLink { url, by, nofollow: false }));
            }
        }
        for rest in body.split("src=\"").skip(1) {
            let value = rest.split('"').next().unwrap_or_default();
            let script = scripts.fetch(&capture.final_url.join(value).unwrap()).await;
            self.scripts.lock().unwrap().push(script);
        }
        self.pages.lock().unwrap().push(capture);
        ((), links)
    }

    async fn earlier(&self, url: &Url) -> Option<Earlier> {
        self.earlier.get(url.as_str()).cloned()
    }

    fn notice(&self, message: String) {
        self.notices.lock().unwrap().push(message);
    }
}

/// Configuration for a start on the server.
fn config(server: &TestServer, start: &str) -> AuditConfig {
    AuditConfig { start: vec![server.url(start).to_string()], sitemaps: false, ..AuditConfig::default() }
}

/// The usual limits with times that tests can wait for.
fn limits(config: &AuditConfig) -> Limits {
    Limits {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(5),
        idle: Duration::from_secs(5),
        retries: 1,
        backoff: Duration::from_millis(5),
        retry_after: Duration::from_millis(300),
        slowing: Duration::from_millis(20),
        stop_grace: Duration::from_millis(500),
        // Generous: a busy machine must not change the order.
        order_wait: Duration::from_secs(10),
        ..Limits::of(config)
    }
}

async fn run(config: &AuditConfig) -> Crawled {
    run_with(config, &limits(config), Control::default()).await.expect("the crawl can start")
}

async fn run_with(config: &AuditConfig, limits: &Limits, control: Control) -> Result<Crawled, CrawlError> {
    run_after(config, limits, control, BTreeMap::new()).await
}

/// A crawl that knows pages of an earlier audit.
async fn run_after(
    config: &AuditConfig,
    limits: &Limits,
    control: Control,
    earlier: BTreeMap<String, Earlier>,
) -> Result<Crawled, CrawlError> {
    let notebook = Arc::new(Notebook { earlier, ..Notebook::default() });
    let crawl = crawl_with(config, limits, Arc::clone(&notebook), control.clone());
    let end = tokio::time::timeout(BUDGET, crawl).await.expect("the crawl ends in time")?;
    let mut pages = std::mem::take(&mut *notebook.pages.lock().unwrap());
    pages.sort_by_key(|page| page.order);
    let scripts = std::mem::take(&mut *notebook.scripts.lock().unwrap());
    let notices = std::mem::take(&mut *notebook.notices.lock().unwrap());
    Ok(Crawled { pages, scripts, notices, counts: control.counts(), end })
}
