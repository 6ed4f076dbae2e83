//! Takes the crawl's captures, has them read, writes their rows and gives their links back.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use pixelproof_crawl::{Control, FoundLink, PageCapture, Reader, Scripts};
use pixelproof_detect::{
    Catalogue, Link, PageInput, PageRead, add_containers, containers_of, page::ExternalScript, read_page,
};
use pixelproof_model::{Page, PageOutcome};
use url::Url;

use super::{
    analyse::{empty_page, record, set_fetch},
    containers::ContainerCache,
    pool::{Failure, pool},
    scripts::{MAX_PER_PAGE, ScriptCache},
};
use crate::store::{Store, WriteFailure};

/// Time that reading one page may take, external scripts apart.
pub(crate) const BUDGET: Duration = Duration::from_secs(20);
/// External scripts of one page fetched at once.
const SCRIPTS_AT_ONCE: usize = 4;
/// Containers within containers are read this deep.
const NESTED: usize = 2;
/// Notices kept.
const MAX_NOTICES: usize = 100;

/// External scripts by address.
pub(crate) type ScriptFacts = BTreeMap<Url, Arc<ExternalScript>>;

/// The reader of one audit.
pub(crate) struct PageReader {
    pub(super) audit: i64,
    pub(super) store: Arc<Store>,
    pub(super) catalogue: &'static Catalogue,
    pub(super) keep_source: bool,
    pub(super) failure: Arc<WriteFailure>,
    pub(super) control: Control,
    pub(super) scripts: ScriptCache,
    /// `None`: containers are not fetched.
    pub(super) containers: Option<ContainerCache>,
    pub(super) notices: Mutex<Vec<String>>,
    pub(super) tell: Box<dyn Fn(String) + Send + Sync>,
}

impl Reader for PageReader {
    async fn read(&self, capture: PageCapture, scripts: &Scripts) -> Vec<FoundLink> {
        if self.failure.get().is_some() {
            // Nothing that is read now could be kept.
            self.control.stop();
            return Vec::new();
        }
        let capture = Arc::new(capture);
        if !capture.outcome.was_read() || capture.body.is_none() {
            self.write_unread(capture.clone(), capture.outcome, capture.reason.clone()).await;
            return Vec::new();
        }
        match self.read_body(&capture, scripts).await {
            Ok(links) => links.into_iter().map(|l| FoundLink { url: l.url, by: l.by, nofollow: l.nofollow }).collect(),
            Err(failure) => {
                let (outcome, reason) = match failure {
                    Failure::TimedOut => (
                        PageOutcome::AnalysisTimedOut,
                        format!("Reading the page took more than {} s.", BUDGET.as_secs()),
                    ),
                    Failure::Crashed => (PageOutcome::AnalysisFailed, "Reading the page failed.".to_owned()),
                };
                self.write_unread(capture, outcome, Some(reason)).await;
                Vec::new()
            }
        }
    }

    fn notice(&self, message: String) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if notices.len() < MAX_NOTICES && !notices.contains(&message) {
            notices.push(message.clone());
            drop(notices);
            (self.tell)(message);
        }
    }
}

impl PageReader {
    async fn read_body(&self, capture: &Arc<PageCapture>, scripts: &Scripts) -> Result<Vec<Link>, Failure> {
        let (of, catalogue) = (capture.clone(), self.catalogue);
        let read = pool().run(BUDGET, move || parse(catalogue, &of)).await?;
        let links = read.links().to_vec();
        let (facts, problems) = external(&self.scripts, self.catalogue, &read, scripts).await;
        let too_deep = read.too_deep();
        let assemble = move || {
            let mut page = read.finish(catalogue, &|url| facts.get(url).cloned());
            page.problems.extend(problems);
            page
        };
        let page = pool().run(BUDGET, assemble).await?;
        let mut page = self.with_containers(page, &capture.final_url, scripts).await?;
        let (of, store, failure) = (capture.clone(), self.store.clone(), self.failure.clone());
        let (audit, keep_source) = (self.audit, self.keep_source);
        let finish = move || {
            let (outcome, reason) = match too_deep {
                true => (PageOutcome::TooDeep, Some("Tags nest too deeply; the page was read tag by tag.".to_owned())),
                false => (of.outcome, of.reason.clone()),
            };
            set_fetch(&mut page, &of, outcome, reason);
            let source = of.body.as_deref().filter(|_| keep_source);
            (record(audit, &of, &page, catalogue, source), store, failure)
        };
        let (row, store, failure) = pool().run(BUDGET, finish).await?;
        // Waits when the writer is behind: outside the budget, since that is not the page's fault.
        let _ = tokio::task::spawn_blocking(move || store.writer().page(row, &failure)).await;
        Ok(links)
    }

    /// The page with what its containers bring, and what the containers within them bring.
    async fn with_containers(&self, mut page: Page, url: &Url, scripts: &Scripts) -> Result<Page, Failure> {
        let Some(cache) = &self.containers else { return Ok(page) };
        for _ in 0..=NESTED {
            let mut containers = Vec::new();
            for id in containers_of(&page, self.catalogue) {
                match cache.get(&id, scripts).await {
                    Some(Ok(container)) => containers.push(container),
                    Some(Err(message)) => self.notice(message),
                    None => {}
                }
            }
            if containers.is_empty() {
                break;
            }
            let (catalogue, url) = (self.catalogue, url.clone());
            let add = move || {
                add_containers(&mut page, catalogue, &url, &containers);
                page
            };
            page = pool().run(BUDGET, add).await?;
        }
        Ok(page)
    }

    async fn write_unread(&self, capture: Arc<PageCapture>, outcome: PageOutcome, reason: Option<String>) {
        let (store, failure) = (self.store.clone(), self.failure.clone());
        let (audit, catalogue) = (self.audit, self.catalogue);
        let write = move || {
            let mut page = empty_page(capture.url.clone());
            set_fetch(&mut page, &capture, outcome, reason);
            store.writer().page(record(audit, &capture, &page, catalogue, None), &failure);
        };
        let _ = tokio::task::spawn_blocking(write).await;
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
