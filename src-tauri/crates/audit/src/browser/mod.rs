//! Pages of an audit in the browser: one browser for all of them, several tabs at once, each page in each pass in a
//! context of its own. A browser that ends is started again; a page is never lost for it.

mod claim;
mod evidence;
mod exercise;
mod join;
pub(crate) mod journey;
mod lists;
mod observe;
mod pass;
mod patience;
mod state;
mod typed;
mod undeclared;

use std::sync::Arc;

use pixelproof_crawl::browser::{Browser, BrowserError, BrowserOptions, Judge, Visit};
use pixelproof_detect::Catalogue;
use pixelproof_model::{AuditConfig, Beacons, Journey, JourneyRun, Mode, Page, Pass, PassEnd, PictureOf};
use tokio::sync::{Mutex, Semaphore};
use url::Url;

use claim::{Hold, Reader, Release};
pub(crate) use evidence::{Kept, Taken};
use exercise::Wish;
pub(crate) use join::join;
use lists::Lists;
pub(crate) use observe::Observations;
use pass::{Looked, Wanted};
use patience::Awaited;

/// Visits after which the browser is started anew: what it leaks doesn't add up over a large site.
const VISITS_PER_BROWSER: u32 = 400;
/// Tries for a page whose browser ended under it.
const TRIES: u32 = 3;

/// How many pages are looked at at once. A tab that is being opened, or left and closed, waits more than it works: it
/// takes no place of one that loads, so that the next page loads while the last one says its farewell.
struct Places {
    /// Tabs that exist.
    open: Semaphore,
    /// Tabs whose page loads, or is waited for.
    busy: Semaphore,
}

impl Places {
    fn new(tabs: usize) -> Places {
        Places { open: Semaphore::new(tabs * 2), busy: Semaphore::new(tabs) }
    }
}

/// Looks at pages for one audit.
pub(crate) struct Looker {
    options: BrowserOptions,
    visit: Visit,
    passes: Vec<Pass>,
    /// Pages are exercised.
    exercise: bool,
    /// Keep pictures and requests.
    keeps: bool,
    /// Why no page can be looked at.
    absent: Option<BrowserError>,
    judge: Arc<dyn Judge>,
    reader: Reader,
    places: Places,
    running: Mutex<Option<Running>>,
}

struct Running {
    browser: Arc<Browser>,
    visits: u32,
}

impl Looker {
    /// A looker for what a user configured. Starts no browser yet. Where both modes are asked for and there is no browser,
    /// every page says that it could not be looked at.
    pub(crate) fn new(config: &AuditConfig, catalogue: &'static Catalogue) -> Result<Looker, BrowserError> {
        let options = BrowserOptions {
            program: config.browser.clone(),
            user_agent: None,
            proxy: config.proxy.clone(),
            insecure: config.insecure,
            resolve: config.resolve.clone(),
        };
        let absent = match Browser::find(&options) {
            Err(error @ BrowserError::NotFound(_)) if config.mode == Mode::Both && options.program.is_none() => {
                Some(error)
            }
            Err(error) => return Err(error),
            Ok(_) => None,
        };
        let lists = Lists::read(&config.filter_lists).map_err(BrowserError::BadOption)?.map(Arc::new);
        let reader = Reader { catalogue, lists };
        let judge: Arc<dyn Judge> = match config.beacons {
            Beacons::Held => Arc::new(Hold(reader.clone())),
            Beacons::Send => Arc::new(Release(reader.clone())),
        };
        let tabs = std::thread::available_parallelism().map_or(4, |cores| cores.get() * 2);
        Ok(Looker {
            options,
            visit: Visit { headers: own_headers(config), ..Visit::default() },
            passes: config.passes.clone(),
            exercise: config.exercise,
            keeps: config.captures,
            absent,
            judge,
            reader,
            places: Places::new(tabs),
            running: Mutex::new(None),
        })
    }

    /// Looks at a page in every pass, joins what was seen into it, and gives the evidence to be kept beside it.
    pub(crate) async fn look(&self, page: &mut Page, url: &Url) -> Kept {
        let mut seen = Observations::default();
        let mut kept = Kept::default();
        let wish = self.exercise.then(|| Wish::of(page));
        let awaited = Awaited::of(page, self.reader.catalogue);
        for pass in &self.passes {
            let wants = |of| self.keeps && !kept.has(of);
            let wanted = Wanted {
                page: wants(PictureOf::Page),
                banner: wants(PictureOf::Banner),
                links: page.needs_browser,
                awaited: Some(&awaited).filter(|awaited| !awaited.is_empty()),
                wish: wish.as_ref().filter(|_| self.exercises(*pass)),
            };
            match self.visit(url, *pass, wanted).await {
                Ok(mut looked) => {
                    let beacons = seen.add(*pass, &looked, url, wish.as_ref(), &self.reader);
                    if kept.links.is_empty() {
                        kept.links = std::mem::take(&mut looked.links);
                    }
                    if self.keeps {
                        kept.add(*pass, &mut looked, &beacons);
                    }
                }
                Err(error) => seen.passes.push(PassEnd {
                    pass: *pass,
                    looked: false,
                    consent: None,
                    problems: vec![error.to_string()],
                    address: url.to_string(),
                    load_ms: None,
                    listed: false,
                }),
            }
        }
        join(page, seen, self.reader.catalogue);
        kept
    }

    /// Makes a journey in a pass. One that the browser ended under begins anew.
    pub(crate) async fn travel(&self, journey: &Journey, pass: Pass) -> JourneyRun {
        let _open = self.places.open.acquire().await;
        let _busy = self.places.busy.acquire().await;
        self.try_journey(journey, pass)
            .await
            .unwrap_or_else(|error| journey::not_made(journey, pass, &error.to_string()))
    }

    async fn try_journey(&self, journey: &Journey, pass: Pass) -> Result<JourneyRun, BrowserError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let browser = self.browser().await?;
            let made = journey::make(&browser, journey, pass, &self.visit, self.judge.clone(), &self.reader).await;
            if let Some(end) = self.end_of_tries(&browser, attempt, made).await {
                return end;
            }
        }
    }

    /// The passes of a journey.
    pub(crate) fn passes_of(&self, journey: &Journey) -> Vec<Pass> {
        if journey.consent.is_empty() { self.passes.clone() } else { journey.consent.clone() }
    }

    /// Why no page of the audit can be looked at, in a sentence.
    pub(crate) fn absent(&self) -> Option<String> {
        self.absent.as_ref().map(ToString::to_string)
    }

    /// Ends the browser.
    pub(crate) async fn end(&self) {
        if let Some(running) = self.running.lock().await.take()
            && let Ok(browser) = Arc::try_unwrap(running.browser)
        {
            browser.end().await;
        }
    }

    /// Whether pages are exercised in a pass: once before any answer, and where the visitor has agreed.
    fn exercises(&self, pass: Pass) -> bool {
        let asks = |pass: &&Pass| matches!(pass, Pass::None | Pass::Gpc);
        pass == Pass::Accept || self.passes.iter().find(asks) == Some(&pass)
    }

    async fn visit(&self, url: &Url, pass: Pass, wanted: Wanted<'_>) -> Result<Looked, BrowserError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let browser = self.browser().await?;
            let looked = pass::look(&browser, &self.places, url, pass, &self.visit, wanted, self.judge.clone()).await;
            let looked = looked.map(|looked| (looked.visited.cut, looked));
            if let Some(end) = self.end_of_tries(&browser, attempt, looked).await {
                return end;
            }
        }
    }

    /// How something ended that was tried in a browser, or `None` where the browser ended under it and it is to be tried
    /// again in another one. What was seen comes with whether it was cut short: what a page sends when it is left would be
    /// missing. After the last try what was seen until then counts.
    async fn end_of_tries<T>(
        &self,
        browser: &Arc<Browser>,
        attempt: u32,
        tried: Result<(bool, T), BrowserError>,
    ) -> Option<Result<T, BrowserError>> {
        let again = matches!(tried, Ok((true, _)) | Err(BrowserError::Gone | BrowserError::NoAnswer(_)));
        if again {
            self.discard(browser).await;
        }
        (!again || attempt >= TRIES).then(|| tried.map(|(_, seen)| seen))
    }

    /// The browser that runs, or a new one.
    async fn browser(&self) -> Result<Arc<Browser>, BrowserError> {
        if let Some(error) = &self.absent {
            return Err(error.clone());
        }
        let mut running = self.running.lock().await;
        if let Some(now) = running.as_mut()
            && !now.browser.is_gone()
            && now.visits < VISITS_PER_BROWSER
        {
            now.visits += 1;
            return Ok(now.browser.clone());
        }
        // Visits that still use the old one keep it until they are done.
        let browser = Arc::new(Browser::launch(&self.options).await?);
        *running = Some(Running { browser: browser.clone(), visits: 1 });
        Ok(browser)
    }

    /// Forgets a browser that doesn't answer, unless somebody has done so already.
    async fn discard(&self, browser: &Arc<Browser>) {
        let mut running = self.running.lock().await;
        if running.as_ref().is_some_and(|now| Arc::ptr_eq(&now.browser, browser)) {
            *running = None;
        }
    }
}

/// The user's header fields, cookies and password, for the site alone.
fn own_headers(config: &AuditConfig) -> Vec<(String, String)> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let mut headers = config.headers.clone();
    if !config.cookies.is_empty() {
        let pairs: Vec<String> = config.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.push(("Cookie".to_owned(), pairs.join("; ")));
    }
    if let Some((user, password)) = &config.basic_auth {
        headers.push(("Authorization".to_owned(), format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))));
    }
    headers
}
