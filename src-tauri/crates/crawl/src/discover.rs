//! What a host says about itself before any page: robots.txt, each host's once, and the sitemaps.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use pixelproof_model::PageOutcome;
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout_at},
};
use url::Url;

use crate::{
    address::fingerprint,
    control::Stopped,
    failure::Failure,
    net::{Got, NetError, SharedNet, Want},
    packed::Addresses,
    robots::{MAX_ROBOTS, Rules},
    sitemap::{self, MAX_SITEMAP},
};

/// Addresses taken from all sitemaps together.
const MAX_FROM_SITEMAPS: usize = 500_000;

/// Where sentences for the user go.
pub(crate) type Notices = Arc<dyn Fn(String) + Send + Sync>;

/// The robots.txt of every host asked for so far.
pub(crate) struct Robots {
    net: SharedNet,
    agent: String,
    ignore: bool,
    notices: Notices,
    hosts: Mutex<HashMap<String, Arc<OnceCell<Arc<Said>>>>>,
}

/// What a host's robots.txt came to.
struct Said {
    rules: Rules,
    /// It could not be had: every page of the host gets this instead of a request.
    failure: Option<Failure>,
}

impl Robots {
    pub(crate) fn new(net: SharedNet, agent: String, ignore: bool, notices: Notices) -> Robots {
        Robots { net, agent, ignore, notices, hosts: Mutex::new(HashMap::new()) }
    }

    /// Why the page may not be fetched, if so.
    pub(crate) async fn objection(&self, url: &Url) -> Result<Option<Failure>, Stopped> {
        if self.ignore {
            return Ok(None);
        }
        let said = self.said(url).await?;
        if let Some(failure) = &said.failure {
            return Ok(Some(failure.clone()));
        }
        let blocked = || Failure::new(PageOutcome::BlockedByRobots, "robots.txt asks not to fetch this page");
        Ok((!said.rules.allowed(url)).then(blocked))
    }

    /// Sitemaps that the host's robots.txt names.
    async fn sitemaps(&self, url: &Url) -> Result<Vec<Url>, Stopped> {
        Ok(self.said(url).await?.rules.sitemaps.clone())
    }

    async fn said(&self, url: &Url) -> Result<Arc<Said>, Stopped> {
        let Ok(at) = url.join("/robots.txt") else { return Ok(Arc::new(nothing())) };
        let cell = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hosts.entry(at.to_string()).or_default())
        };
        cell.get_or_try_init(|| self.ask(at)).await.map(Arc::clone)
    }

    async fn ask(&self, at: Url) -> Result<Arc<Said>, Stopped> {
        let said = match follow(&self.net, &at, Want::File(MAX_ROBOTS)).await {
            Err(NetError::Stopped) => return Err(Stopped),
            Err(NetError::Failed(failure)) => unreachable_host(failure),
            Ok((got, _)) => self.judge(got, &at),
        };
        if let Some(delay) = said.rules.delay.filter(|_| !self.ignore) {
            self.net.hosts.space_out(&at, delay);
        }
        if let Some(failure) = said.failure.as_ref().filter(|_| !self.ignore) {
            (self.notices)(format!("{at}: {}; no page of this host is fetched.", failure.reason));
        }
        Ok(Arc::new(said))
    }

    fn judge(&self, got: Got, at: &Url) -> Said {
        let status = got.status.as_u16();
        match (status, got.body) {
            (200..=299, body) => {
                Said { rules: Rules::parse(&self.agent, &body.unwrap_or_default(), at), failure: None }
            }
            // "Too many" says nothing about what is allowed: the standard's caution for failing servers fits better.
            (429 | 500..=599, _) => {
                let reason = format!("robots.txt answered {status}, which forbids everything until it can be read");
                Said { rules: Rules::disallow_all(), failure: Some(Failure::new(PageOutcome::BlockedByRobots, reason)) }
            }
            _ => nothing(),
        }
    }
}

fn nothing() -> Said {
    Said { rules: Rules::allow_all(), failure: None }
}

/// A host that can't be reached for its robots.txt gives no page either, and for the same reason.
fn unreachable_host(failure: Failure) -> Said {
    let reason = format!("robots.txt could not be fetched: {}", failure.reason);
    let outcome = failure.outcome;
    Said { rules: Rules::disallow_all(), failure: Some(Failure::new(outcome, reason)) }
}

/// Fetches with redirects, for what is no page. The address is the one that answered.
pub(crate) async fn follow(net: &SharedNet, url: &Url, want: Want) -> Result<(Got, Url), NetError> {
    let mut at = url.clone();
    for _ in 0..=net.limits.redirects {
        let got = net.get(&at, want).await?;
        let Some(location) = got.location() else { return Ok((got, at)) };
        at = at.join(&location).ok().filter(|to| matches!(to.scheme(), "http" | "https")).ok_or_else(|| {
            Failure::new(PageOutcome::BadResponse, "it redirects to something that is no web address")
        })?;
    }
    Err(Failure::new(PageOutcome::TooManyRedirects, "it redirects too often").into())
}

/// Whether an address is by its looks that of a sitemap or feed.
pub(crate) fn is_sitemap(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or_default();
    let ending = [".xml", ".xml.gz", ".txt", ".txt.gz", ".rss", ".atom", ".rdf"].iter().any(|e| file.ends_with(e));
    ending || file.starts_with("sitemap") || file == "feed"
}

/// The pages that the sitemaps of these hosts and these sitemaps name, in their order. Problems go to `notices`.
pub(crate) async fn sitemap_pages(
    net: SharedNet,
    robots: Arc<Robots>,
    starts: Vec<Url>,
    maps: Vec<Url>,
    notices: Notices,
) -> Addresses {
    let deadline = Instant::now() + net.limits.sitemap_time;
    let mut reading =
        Sitemaps { net, seen: HashSet::new(), queue: VecDeque::new(), pages: Addresses::default(), notices };
    maps.into_iter().for_each(|map| reading.add(map, 0, true));
    for start in &starts {
        let Ok(usual) = start.join("/sitemap.xml") else { continue };
        for url in robots.sitemaps(start).await.unwrap_or_default() {
            reading.add(url, 0, true);
        }
        reading.add(usual, 0, false);
    }
    if timeout_at(deadline, reading.read_all()).await.is_err() {
        (reading.notices)("The sitemaps took too long; what came so far is used.".to_owned());
    }
    reading.pages
}

/// Sitemaps being read.
struct Sitemaps {
    net: SharedNet,
    seen: HashSet<u128>,
    queue: VecDeque<Todo>,
    pages: Addresses,
    notices: Notices,
}

struct Todo {
    url: Url,
    depth: u32,
    /// Somebody names it, so that its absence is worth a word.
    named: bool,
}

impl Sitemaps {
    fn add(&mut self, mut url: Url, depth: u32, named: bool) {
        url.set_fragment(None);
        if self.seen.len() < self.net.limits.sitemaps && self.seen.insert(fingerprint(&url)) {
            self.queue.push_back(Todo { url, depth, named });
        }
    }

    async fn read_all(&mut self) {
        while let Some(todo) = self.queue.pop_front() {
            let problem = match follow(&self.net, &todo.url, Want::File(MAX_SITEMAP)).await {
                Err(NetError::Stopped) => return,
                Err(NetError::Failed(failure)) => Some(failure.reason),
                Ok((got, at)) => self.take(got, &at, todo.depth).await,
            };
            if let Some(problem) = problem.filter(|_| todo.named) {
                (self.notices)(format!("The sitemap {} could not be read in full: {problem}.", todo.url));
            }
            if self.pages.len() >= MAX_FROM_SITEMAPS {
                return;
            }
        }
    }

    async fn take(&mut self, mut got: Got, at: &Url, depth: u32) -> Option<String> {
        if !got.status.is_success() {
            return Some(format!("it answered {}", got.status.as_u16()));
        }
        let cut = got.cut.then(|| format!("it is larger than {} MB", MAX_SITEMAP >> 20));
        let (body, content_type, at) = (got.body.take()?, got.content_type(), at.clone());
        // Unpacking and parsing 50 MB is no work for the thread that runs the requests.
        let parsing = tokio::task::spawn_blocking(move || sitemap::parse(body, content_type.as_deref(), &at));
        let Ok(found) = parsing.await else { return Some("reading it crashed".to_owned()) };
        let room = MAX_FROM_SITEMAPS.saturating_sub(self.pages.len());
        found.pages.iter().take(room).for_each(|page| self.pages.push(page));
        if depth < self.net.limits.sitemap_depth {
            for url in found.sitemaps {
                self.add(url, depth + 1, true);
            }
        }
        found.problem.or(cut)
    }
}
