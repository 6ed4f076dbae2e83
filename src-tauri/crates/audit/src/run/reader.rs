//! Takes the crawl's captures, has them read, writes their rows and gives their links back.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use pixelproof_crawl::{Control, Earlier, FoundLink, PageCapture, Reader, Scripts, Seed, Trail};
use pixelproof_detect::{Catalogue, Layer, Link, PageInput, PageRead, page::ExternalScript, read_page};
use pixelproof_model::{AuditConfig, FoundBy, Page, PageOutcome};
use rusqlite::Connection;
use url::Url;

use super::{
    analyse::{empty_page, moved_on, record, set_fetch},
    containers::ContainerCache,
    earlier,
    pool::{Failure, pool},
    sample,
    scripts::{MAX_PER_PAGE, ScriptCache},
};
use crate::{
    browser::{Kept, Looker},
    store::{PageRecord, Store, Unkept, pack_json, progress},
};

/// Time that reading one page may take, external scripts apart.
pub(crate) const BUDGET: Duration = Duration::from_secs(20);
/// External scripts of one page fetched at once.
const SCRIPTS_AT_ONCE: usize = 4;
/// Notices kept.
const MAX_NOTICES: usize = 100;

/// External scripts by address.
pub(crate) type ScriptFacts = BTreeMap<Url, Arc<ExternalScript>>;

/// The reader of one audit.
pub(crate) struct PageReader {
    pub(super) audit: i64,
    pub(super) store: Arc<Store>,
    pub(super) catalogue: &'static Catalogue,
    pub(super) config: AuditConfig,
    /// An earlier part of this audit may have kept pages.
    pub(super) goes_on: bool,
    /// An earlier audit of the site, whose pages need not be sent again where they are unchanged.
    pub(super) before: Option<i64>,
    pub(super) control: Control,
    pub(super) scripts: ScriptCache,
    /// `None`: no browser looks at the pages.
    pub(super) looker: Option<Arc<Looker>>,
    /// `None`: containers are not fetched.
    pub(super) containers: Option<ContainerCache>,
    pub(super) notices: Mutex<Vec<String>>,
    pub(super) tell: Box<dyn Fn(String) + Send + Sync>,
    /// Told why the run is paused.
    pub(super) hold: Box<dyn Fn(String) + Send + Sync>,
}

impl Reader for PageReader {
    type Row = Box<PageRecord>;

    async fn read(&self, capture: PageCapture, scripts: &Scripts) -> (Box<PageRecord>, Vec<FoundLink>) {
        let capture = Arc::new(capture);
        if !capture.outcome.was_read() || capture.body.is_none() {
            return (self.unread(&capture, capture.outcome, capture.reason.clone()), Vec::new());
        }
        match self.read_body(&capture, scripts).await {
            Ok((row, links)) => {
                let links = links.into_iter().map(|l| FoundLink { url: l.url, by: l.by, nofollow: l.nofollow });
                (row, links.collect())
            }
            Err(failure) => {
                let (outcome, reason) = match failure {
                    Failure::TimedOut => (
                        PageOutcome::AnalysisTimedOut,
                        format!("Reading the page took more than {} s.", BUDGET.as_secs()),
                    ),
                    Failure::Crashed => (PageOutcome::AnalysisFailed, "Reading the page failed.".to_owned()),
                };
                (self.unread(&capture, outcome, Some(reason)), Vec::new())
            }
        }
    }

    async fn keep(&self, mut row: Box<PageRecord>, trail: &Trail) -> bool {
        row.trail = pack_json(trail);
        loop {
            let Err(Unkept { page, reason }) = self.store.writer().page(row).await else { return true };
            self.control.pause();
            (self.hold)(reason);
            match page {
                Some(page) if self.control.resumed().await => row = page,
                _ => return false,
            }
        }
    }

    async fn kept(&self, page: &Url) -> Option<Trail> {
        if !self.goes_on {
            return None;
        }
        let (audit, url) = (self.audit, page.to_string());
        self.ask(move |conn| progress::trail(conn, audit, &url)).await
    }

    async fn earlier(&self, url: &Url) -> Option<Earlier> {
        let (before, url) = (self.before?, url.clone());
        self.ask(move |conn| earlier::page(conn, before, &url)).await
    }

    async fn keep_seed(&self, seed: &Seed) {
        let (audit, packed) = (self.audit, pack_json(seed));
        self.write(move |conn| progress::keep_seed(conn, audit, &packed)).await;
    }

    async fn kept_seed(&self) -> Option<Seed> {
        let audit = self.audit;
        if self.goes_on { self.ask(move |conn| progress::seed(conn, audit)).await } else { None }
    }

    fn notice(&self, message: String) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if notices.len() < MAX_NOTICES && !notices.contains(&message) {
            notices.push(message.clone());
            let (audit, all) = (self.audit, notices.clone());
            drop(notices);
            // Before the page that gave rise to it: an audit that goes on doesn't read that page again. A failure shows
            // when the page is written.
            let _ = self.store.writer().post(move |conn| drop(progress::keep_notices(conn, audit, &all)));
            (self.tell)(message);
        }
    }

    fn paused(&self, why: String) {
        (self.hold)(why);
    }
}

impl PageReader {
    async fn read_body(
        &self,
        capture: &Arc<PageCapture>,
        scripts: &Scripts,
    ) -> Result<(Box<PageRecord>, Vec<Link>), Failure> {
        let (of, catalogue) = (capture.clone(), self.catalogue);
        let First { mut links, too_deep, layer, onward, half } =
            pool().run(BUDGET, move || First::of(parse(catalogue, &of), catalogue)).await?;
        let page = match half {
            Half::Whole(page) => *page,
            Half::Waits(read) => {
                let (facts, problems) = external(&self.scripts, self.catalogue, &read, scripts).await;
                let assemble = move || {
                    let mut page = read.finish(catalogue, &|url| facts.get(url).cloned());
                    page.problems.extend(problems);
                    page
                };
                pool().run(BUDGET, assemble).await?
            }
        };
        let mut page = self.with_containers(page, &capture.final_url, &layer, scripts).await?;
        let kept = match &self.looker {
            Some(looker) if sample::looks_at_once(&self.config, capture.order, page.needs_browser) => {
                looker.look(&mut page, &capture.final_url).await
            }
            Some(_) => {
                page.not_looked = Some(sample::not_looked(&self.config));
                Kept::default()
            }
            None => Kept::default(),
        };
        links.extend(rendered(&kept.links));
        let (of, audit, keep_source) = (capture.clone(), self.audit, self.config.captures);
        let finish = move || {
            let (outcome, reason) = match too_deep {
                true => (PageOutcome::TooDeep, Some("Tags nest too deeply; the page was read tag by tag.".to_owned())),
                false => (of.outcome, of.reason.clone()),
            };
            set_fetch(&mut page, &of, outcome, reason);
            if let Some(to) = onward {
                moved_on(&mut page, &to);
            }
            let source = of.body.as_deref().filter(|_| keep_source);
            Box::new(record(audit, &of, &page, catalogue, source).with(kept))
        };
        Ok((pool().run(BUDGET, finish).await?, links))
    }

    /// The page with what its containers bring.
    async fn with_containers(&self, page: Page, url: &Url, layer: &Layer, scripts: &Scripts) -> Result<Page, Failure> {
        match &self.containers {
            Some(cache) => cache.add_to(page, (url, layer), self.catalogue, scripts, &|said| self.notice(said)).await,
            None => Ok(page),
        }
    }

    /// The row of a page that could not be read.
    fn unread(&self, capture: &PageCapture, outcome: PageOutcome, reason: Option<String>) -> Box<PageRecord> {
        let mut page = empty_page(capture.url.clone());
        set_fetch(&mut page, capture, outcome, reason);
        Box::new(record(self.audit, capture, &page, self.catalogue, None))
    }

    /// Asks the store; what can't be had is not there.
    async fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> crate::Result<Option<T>> + Send + 'static,
    ) -> Option<T> {
        let store = self.store.clone();
        let asked = tokio::task::spawn_blocking(move || store.read(query)).await;
        asked.ok().and_then(Result::ok).flatten()
    }

    /// Writes to the store. When that fails the run is paused and tries again.
    async fn write(&self, job: impl Fn(&Connection) -> crate::Result<()> + Clone + Send + 'static) {
        loop {
            let (store, job) = (self.store.clone(), job.clone());
            let written = tokio::task::spawn_blocking(move || store.writer().call(move |conn| job(conn))).await;
            let Ok(Err(error)) = written else { return };
            self.control.pause();
            (self.hold)(error.trouble());
            if !self.control.resumed().await {
                return;
            }
        }
    }
}

/// The links of a page that stays empty until scripts run, as a browser showed them.
fn rendered(links: &[(String, bool)]) -> impl Iterator<Item = Link> {
    links.iter().filter_map(|(address, nofollow)| {
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        Some(Link { url, by: FoundBy::Rendered, nofollow: *nofollow })
    })
}

/// What the first job of a page gives: everything, where the page loads no script from elsewhere.
struct First {
    links: Vec<Link>,
    too_deep: bool,
    layer: Layer,
    /// Where the page leads on to at once.
    onward: Option<Url>,
    half: Half,
}

enum Half {
    Whole(Box<Page>),
    Waits(Box<PageRead>),
}

impl First {
    fn of(read: PageRead, catalogue: &'static Catalogue) -> First {
        First {
            links: read.links().to_vec(),
            too_deep: read.too_deep(),
            layer: read.layer(),
            onward: read.refresh().filter(|(seconds, _)| *seconds == 0).map(|(_, url)| url.clone()),
            half: match read.scripts().is_empty() {
                true => Half::Whole(Box::new(read.finish(catalogue, &|_| None))),
                false => Half::Waits(Box::new(read)),
            },
        }
    }
}

/// The first half of reading: markup and inline scripts.
pub(crate) fn parse(catalogue: &'static Catalogue, capture: &PageCapture) -> PageRead {
    let source = capture.final_url.as_str();
    let html = capture.body.as_deref().unwrap_or_default();
    read_page(catalogue, &PageInput { source, url: &capture.final_url, html })
}

/// The external scripts of a page, and in words which could not be read.
pub(crate) async fn external(
    cache: &ScriptCache,
    catalogue: &'static Catalogue,
    read: &PageRead,
    scripts: &Scripts,
) -> (ScriptFacts, Vec<String>) {
    let wanted: Vec<Url> = read.scripts().iter().take(MAX_PER_PAGE).cloned().collect();
    let left = read.scripts().len().saturating_sub(wanted.len());
    let fetched: Vec<(Url, Result<Arc<ExternalScript>, String>)> = stream::iter(wanted)
        .map(|url| async move {
            let facts = cache.facts(catalogue, scripts, &url).await;
            (url, facts)
        })
        .buffered(SCRIPTS_AT_ONCE)
        .collect()
        .await;
    let mut facts = ScriptFacts::new();
    let mut problems = Vec::new();
    for (url, got) in fetched {
        match got {
            Ok(script) => drop(facts.insert(url, script)),
            Err(reason) => problems.push(format!("The script {url} was not read: {reason}")),
        }
    }
    if left > 0 {
        problems.push(format!("{left} further scripts were not read: at most {MAX_PER_PAGE} are read for one page."));
    }
    (facts, problems)
}
