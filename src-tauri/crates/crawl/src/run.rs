//! The crawl itself: hands out pages, keeps their order, takes links back, ends.
//!
//! One task keeps the frontier; pages run as tasks of their own. What a page leads to (its links, the claim to a redirect
//! target) is taken in the order of discovery, not of arrival, so that the same site gives the same order. A page that
//! holds the others up for too long loses its place.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use pixelproof_model::{AuditConfig, FoundBy, PageOutcome};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use url::Url;

use crate::{
    CrawlEnd, CrawlError, Reader,
    control::{Control, Wish},
    dates::Month,
    discover::{Notices, Robots, is_sitemap, sitemap_pages},
    frontier::{From, Frontier},
    limits::Limits,
    packed::Addresses,
    robots::agent_token,
    scripts::Scripts,
    start::{Setup, prepare},
    task::{Done, page},
    trail::Seed,
    visit::{ClaimRequest, Visitor},
};

/// Pages being read while the network is kept busy with others.
const READ_AHEAD: usize = 4;
/// Pages that wait to be kept, beside those: what is left of them is small, and many at once are kept cheaper.
const KEEP_AHEAD: usize = 48;

/// Crawls with limits of the caller's.
pub(crate) async fn crawl<R: Reader>(
    config: &AuditConfig,
    limits: &Limits,
    reader: Arc<R>,
    control: Control,
) -> Result<CrawlEnd, CrawlError> {
    control.begin();
    let seed = reader.kept_seed().await;
    let mut config = config.clone();
    if let Some(seed) = seed.as_ref().filter(|seed| !seed.starts.is_empty()) {
        config.start = seed.starts.iter().map(Url::to_string).collect();
    }
    let ended = match prepare(&config, limits.clone(), &control).await {
        Ok(setup) => {
            let seed = match seed {
                Some(seed) => seed,
                None => Seed { starts: setup.starts.clone(), sitemap_pages: None },
            };
            reader.keep_seed(&seed).await;
            Ok(Run::new(&config, setup, seed, reader, control.clone()).drive().await)
        }
        Err(error) => Err(error),
    };
    control.end();
    ended
}

/// What waits for its turn.
enum Waiting {
    Done(Done),
    Claim(ClaimRequest),
}

struct Run<R> {
    config: AuditConfig,
    control: Control,
    reader: Arc<R>,
    notices: Notices,
    limits: Limits,
    visitor: Arc<Visitor>,
    robots: Arc<Robots>,
    scripts: Scripts,
    frontier: Frontier,
    /// What pages say and show, of all pages so far.
    contents: HashSet<u64>,
    starts: Vec<Url>,
    tasks: JoinSet<Option<Done>>,
    claims: mpsc::UnboundedReceiver<ClaimRequest>,
    /// Rights to fetch and read a page.
    places: Arc<Semaphore>,
    /// Pages that later ones wait for.
    holding: BTreeSet<u64>,
    waiting: BTreeMap<u64, (Instant, Waiting)>,
    /// Start pages whose links were not taken yet.
    starts_left: usize,
    /// Everything after the starts waits for the sitemaps.
    sitemaps_hold: bool,
    /// What the sitemaps name, until it is their turn: after the links of the starts, which carry a referrer.
    from_sitemaps: Addresses,
    seed: Seed,
    refused_in_a_row: u32,
    /// Nothing moved for a while, and nobody is to blame for it.
    halted: bool,
}

impl<R: Reader> Run<R> {
    fn new(config: &AuditConfig, setup: Setup, seed: Seed, reader: Arc<R>, control: Control) -> Run<R> {
        let notices: Notices = {
            let reader = Arc::clone(&reader);
            Arc::new(move |message| reader.notice(message))
        };
        setup.notices.into_iter().for_each(|message| notices(message));
        let limits = setup.net.limits.clone();
        let today = Month::of(limits.today);
        let net = Arc::new(setup.net);
        let agent = agent_token(&config.user_agent);
        let robots = Arc::new(Robots::new(Arc::clone(&net), agent, config.ignore_robots, Arc::clone(&notices)));
        let (sender, claims) = mpsc::unbounded_channel();
        let visitor = Visitor {
            net: Arc::clone(&net),
            robots: Arc::clone(&robots),
            scope: setup.scope.clone(),
            claims: sender,
            folder: setup.folder.clone(),
            unchanged: AtomicU64::new(0),
        };
        let scripts = match setup.folder {
            Some(folder) => Scripts::beside(folder, limits.script_bytes),
            None => Scripts::new(net),
        };
        Run {
            config: config.clone(),
            control,
            reader,
            notices,
            limits,
            visitor: Arc::new(visitor),
            robots,
            scripts,
            frontier: Frontier::new(setup.scope, config.max_pages, config.max_depth, today),
            contents: HashSet::new(),
            starts: setup.starts,
            tasks: JoinSet::new(),
            claims,
            places: Arc::new(Semaphore::new(config.concurrency.max(1) as usize + READ_AHEAD)),
            holding: BTreeSet::new(),
            waiting: BTreeMap::new(),
            starts_left: 0,
            sitemaps_hold: false,
            from_sitemaps: Addresses::default(),
            seed,
            refused_in_a_row: 0,
            halted: false,
        }
    }

    async fn drive(mut self) -> CrawlEnd {
        let found_by = if self.config.list_only { FoundBy::List } else { FoundBy::Start };
        if let Some(folder) = &self.visitor.folder {
            for page in folder.addresses() {
                self.frontier.offer(&page, FoundBy::File, 0, None);
            }
        }
        let named = self.visitor.folder.is_none() && !self.config.sitemap_only;
        for start in self.starts.iter().filter(|_| named) {
            self.frontier.offer(start, found_by, 0, None);
        }
        self.starts_left = self.frontier.waiting();
        let mut sitemaps = self.begin_sitemaps();
        let mut grace_ends = None;
        let control = self.control.clone();
        loop {
            self.take_turns();
            if sitemaps.is_empty() {
                self.offer_sitemaps();
            }
            if grace_ends.is_none() {
                self.fill();
            }
            self.control.set_found(self.frontier.found());
            let idle = self.tasks.is_empty() && self.waiting.is_empty() && sitemaps.is_empty();
            if idle && grace_ends.is_none() && self.frontier.release() {
                continue;
            }
            if self.tasks.is_empty() && self.waiting.is_empty() && (grace_ends.is_some() || sitemaps.is_empty()) {
                break;
            }
            let patience_ends = self.patience_ends();
            let places = Arc::clone(&self.places);
            let more = grace_ends.is_none() && self.has_room() && self.frontier.waiting() > 0;
            tokio::select! {
                Ok(place) = places.acquire_owned(), if more => self.begin(place),
                Some(joined) = self.tasks.join_next() => self.joined(joined.ok().flatten()),
                Some(claim) = self.claims.recv() => self.wait(claim.order, Waiting::Claim(claim)),
                Some(read) = sitemaps.join_next() => self.from_sitemaps = read.unwrap_or_default(),
                () = at(patience_ends) => self.lose_patience(),
                () = control.stopping(), if grace_ends.is_none() => {
                    grace_ends = Some(Instant::now() + self.limits.stop_grace);
                    sitemaps.abort_all();
                }
                () = at(grace_ends) => {
                    // Whatever is still under way is given up; its pages have no row.
                    self.tasks.abort_all();
                    self.waiting.clear();
                    while self.tasks.join_next().await.is_some() {}
                }
            }
        }
        self.end()
    }

    fn end(&self) -> CrawlEnd {
        let incomplete = |reason: String| CrawlEnd { complete: false, reason: Some(reason) };
        // Whoever goes on with a stopped crawl learns of the whole site in the end.
        if let Wish::Stop(reason) = self.control.wish() {
            return incomplete(reason);
        }
        self.frontier.notices().into_iter().for_each(|message| (self.notices)(message));
        match self.visitor.unchanged.load(Relaxed) {
            0 => {}
            pages => (self.notices)(format!(
                "{pages} of the pages had not changed since an earlier audit and were not sent again."
            )),
        }
        match self.frontier.over_limit() {
            0 if self.visitor.folder.is_some() && self.frontier.found() == 0 => {
                incomplete("the folder holds no HTML file".to_owned())
            }
            0 if self.config.sitemap_only && self.frontier.found() == 0 => {
                incomplete("the sitemaps name no page of the site".to_owned())
            }
            0 => CrawlEnd { complete: true, reason: None },
            left => incomplete(format!(
                "the page limit of {} was reached; {left} known addresses were not looked at",
                self.config.max_pages
            )),
        }
    }

    /// Starts pages while there is room for them.
    fn fill(&mut self) {
        while self.has_room()
            && self.frontier.waiting() > 0
            && let Ok(place) = Arc::clone(&self.places).try_acquire_owned()
        {
            self.begin(place);
        }
    }

    fn has_room(&self) -> bool {
        self.tasks.len() < self.config.concurrency.max(1) as usize + READ_AHEAD + KEEP_AHEAD
    }

    fn begin(&mut self, place: OwnedSemaphorePermit) {
        let Some(entry) = self.frontier.next() else { return };
        self.holding.insert(entry.order);
        let (visitor, reader) = (Arc::clone(&self.visitor), Arc::clone(&self.reader));
        let (scripts, notices) = (self.scripts.clone(), Arc::clone(&self.notices));
        self.tasks.spawn(async move { page(entry, place, &visitor, &*reader, &scripts, &notices).await });
    }

    fn joined(&mut self, done: Option<Done>) {
        // A page that stopped before its first answer has no row and leads nowhere; it only occurs while stopping.
        let Some(done) = done else { return };
        self.control.page_done(done.outcome);
        if done.kept_before {
            // It says nothing about the site of today.
        } else if matches!(done.status, Some(429 | 503)) && done.outcome == PageOutcome::HttpError {
            self.refused_in_a_row += 1;
            if self.refused_in_a_row >= self.limits.refusals {
                let host = done.url.host_str().unwrap_or_default();
                let status = done.status.unwrap_or_default();
                self.control.stop_because(&format!("{host} keeps answering {status}, so it was left alone"));
            }
        } else if done.status.is_some() {
            self.refused_in_a_row = 0;
        }
        self.wait(done.order, Waiting::Done(done));
    }

    fn wait(&mut self, order: u64, what: Waiting) {
        self.waiting.insert(order, (Instant::now(), what));
    }

    /// Takes everything whose turn it is.
    fn take_turns(&mut self) {
        let stopping = matches!(self.control.wish(), Wish::Stop(_));
        while let Some(first) = self.waiting.first_entry() {
            let order = *first.key();
            let earlier = self.holding.range(..order).next().is_some();
            let sitemaps = self.sitemaps_hold && self.starts_left == 0;
            if (earlier || sitemaps) && !stopping {
                return;
            }
            match first.remove().1 {
                Waiting::Done(done) => {
                    self.holding.remove(&order);
                    self.starts_left -= usize::from(done.depth == 0 && self.starts_left > 0);
                    self.take_links(done);
                }
                Waiting::Claim(claim) => {
                    let answer = self.frontier.claim(&claim.chain, &claim.target);
                    let _ = claim.reply.send(answer);
                    // The page goes on and holds its place; who waits behind it waits on.
                }
            }
        }
    }

    fn take_links(&mut self, done: Done) {
        if self.config.list_only || self.config.sitemap_only || self.visitor.folder.is_some() {
            return;
        }
        let same = done.content.is_some_and(|content| !self.contents.insert(content));
        let from = From::new(done.url, same);
        for link in &done.links {
            // `nofollow` tells search engines what not to vouch for. An audit looks at every page that visitors reach,
            // so it is recorded by the reader and followed here; what must not be fetched stands in robots.txt.
            let clicks = match link.by {
                FoundBy::Canonical | FoundBy::Frame | FoundBy::MetaRefresh => 0,
                _ => 1,
            };
            if link.by == FoundBy::MetaRefresh && self.frontier.refreshes(&from.url, &link.url) {
                (self.notices)(format!("{} leads back to itself by a refresh, without end.", from.url));
            }
            self.frontier.offer(&link.url, link.by, done.depth.saturating_add(clicks), Some(&from));
        }
    }

    /// When those who wait have waited long enough.
    fn patience_ends(&mut self) -> Option<Instant> {
        if self.is_halted() {
            self.halted = true;
            return None;
        }
        if std::mem::take(&mut self.halted) {
            let now = Instant::now();
            self.waiting.values_mut().for_each(|(since, _)| *since = now);
        }
        self.waiting.values().map(|(since, _)| *since + self.limits.order_wait).min()
    }

    /// In a pause and while a host is gone nothing moves anyway.
    fn is_halted(&self) -> bool {
        self.control.wish() == Wish::Pause || self.visitor.net.doubts.load(Relaxed) > 0
    }

    /// Lets everybody pass who was held up for too long.
    fn lose_patience(&mut self) {
        if self.is_halted() {
            return;
        }
        let now = Instant::now();
        let overdue = |(order, (since, _)): (&u64, &(Instant, Waiting))| {
            (*since + self.limits.order_wait <= now).then_some(*order)
        };
        if let Some(order) = self.waiting.iter().filter_map(overdue).max() {
            self.holding = self.holding.split_off(&order);
            self.sitemaps_hold = false;
        }
    }

    fn begin_sitemaps(&mut self) -> JoinSet<Addresses> {
        let mut tasks = JoinSet::new();
        let wanted = self.config.sitemap_only || self.config.sitemaps && !self.config.list_only;
        if wanted && self.visitor.folder.is_none() {
            self.sitemaps_hold = true;
            if let Some(known) = self.seed.sitemap_pages.take() {
                self.from_sitemaps = known;
                return tasks;
            }
            // In a crawl an address that looks like a sitemap's is a start like any other.
            let (maps, starts) = self.starts.iter().cloned().partition(|s| self.config.sitemap_only && is_sitemap(s));
            let read = sitemap_pages(
                Arc::clone(&self.visitor.net),
                Arc::clone(&self.robots),
                starts,
                maps,
                Arc::clone(&self.notices),
            );
            let (reader, control, starts) = (Arc::clone(&self.reader), self.control.clone(), self.seed.starts.clone());
            tasks.spawn(async move {
                let seed = Seed { starts, sitemap_pages: Some(read.await) };
                // What was read in part is read again.
                if !matches!(control.wish(), Wish::Stop(_)) {
                    reader.keep_seed(&seed).await;
                }
                seed.sitemap_pages.unwrap_or_default()
            });
        }
        tasks
    }

    /// Offers what the sitemaps name, once the starts are through.
    fn offer_sitemaps(&mut self) {
        if self.starts_left > 0 {
            return;
        }
        for url in std::mem::take(&mut self.from_sitemaps).iter() {
            self.frontier.offer(&url, FoundBy::Sitemap, 1, None);
        }
        if std::mem::take(&mut self.sitemaps_hold) {
            self.take_turns();
        }
    }
}

/// Sleeps until then; for ever without a time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
