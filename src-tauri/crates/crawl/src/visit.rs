//! One page from its address to its capture: robots.txt, the chain of redirects, the body as text.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use pixelproof_model::{FoundBy, Hop, PageOutcome};
use tokio::sync::{mpsc, oneshot};
use url::Url;

use crate::{
    Earlier, FoundLink, PageCapture, Reader,
    address::{MAX_ADDRESS, identity},
    charset::decode_html,
    control::Stopped,
    cookies::ChainCookies,
    discover::Robots,
    failure::Failure,
    folder::SharedFolder,
    frontier::{Claim, Entry},
    header,
    hints::is_login,
    net::{Ask, Got, NetError, SharedNet, Want},
    scope::{Scope, Verdict},
    sitemap,
    sniff::is_html_type,
};

/// The answer to a conditional request where nothing has changed.
const NOT_MODIFIED: u16 = 304;

/// A question to the one who keeps the frontier: may this page go on to that address?
#[derive(Debug)]
pub(crate) struct ClaimRequest {
    /// The page that asks.
    pub(crate) order: u64,
    /// Addresses that it went through.
    pub(crate) chain: Vec<Url>,
    /// Address that it was redirected to.
    pub(crate) target: Url,
    /// Where the answer goes.
    pub(crate) reply: oneshot::Sender<Claim>,
}

impl PageCapture {
    fn set_headers(&mut self, headers: BTreeMap<String, String>) {
        let links = header::links(&headers, &self.final_url);
        self.canonical = links.into_iter().find(|link| link.by == FoundBy::Canonical).map(|link| link.url);
        self.robots_tag = headers.get("x-robots-tag").cloned();
        self.headers = headers;
    }

    /// The page is as it was.
    fn take_earlier(&mut self, earlier: Earlier) {
        self.status = Some(earlier.status);
        self.content_type = earlier.content_type;
        self.bytes = earlier.bytes;
        self.body = Some(earlier.body);
        self.set_headers(earlier.headers);
    }
}

/// Fetches pages.
pub(crate) struct Visitor {
    pub(crate) net: SharedNet,
    pub(crate) robots: Arc<Robots>,
    pub(crate) scope: Scope,
    pub(crate) claims: mpsc::UnboundedSender<ClaimRequest>,
    /// Pages are files in here.
    pub(crate) folder: Option<SharedFolder>,
    /// Pages that were as an earlier audit kept them.
    pub(crate) unchanged: AtomicU64,
}

impl Visitor {
    /// Fetches a page. Whatever the site does is a capture; only a stop before the first answer is not.
    ///
    /// Redirects inside the audit are followed and belong to this page's row, which then shows `final_url` and `hops`.
    /// Where the target has a row of its own, or came to belong to another page, this row ends there with
    /// [`PageOutcome::Redirected`] and no body, so that no page is fetched or judged twice. A redirect out of the audit
    /// ends with [`PageOutcome::RedirectedAway`]; the target is not fetched.
    ///
    /// `granted` are redirect targets that an earlier try of this page got; it is filled further.
    pub(crate) async fn visit<R: Reader>(
        &self,
        entry: &Entry,
        granted: &mut BTreeSet<Url>,
        reader: &R,
    ) -> Result<PageCapture, Stopped> {
        let begun = Instant::now();
        let mut capture = PageCapture {
            order: entry.order,
            url: entry.url.clone(),
            final_url: entry.url.clone(),
            outcome: PageOutcome::Ok,
            reason: None,
            status: None,
            content_type: None,
            robots_tag: None,
            headers: BTreeMap::new(),
            canonical: None,
            trap: entry.trap,
            hops: Vec::new(),
            claimed: Vec::new(),
            depth: entry.depth,
            referrer: entry.referrer.as_deref().cloned(),
            found_by: entry.found_by,
            body: None,
            bytes: 0,
            named: Vec::new(),
            file: None,
            elapsed_ms: 0,
        };
        let fetched = match &self.folder {
            Some(folder) => self.read_file(folder, &mut capture).await,
            None => self.follow(&mut capture, granted, reader).await,
        };
        match fetched {
            Ok(()) => {}
            Err(NetError::Stopped) => return Err(Stopped),
            Err(NetError::Failed(failure)) => {
                capture.outcome = failure.outcome;
                capture.reason = Some(failure.reason);
            }
        }
        capture.elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(capture)
    }

    async fn read_file(&self, folder: &SharedFolder, capture: &mut PageCapture) -> Result<(), NetError> {
        self.net.control.ready(false).await?;
        let (folder, limit, mut filled) = (Arc::clone(folder), self.net.limits.page_bytes, capture.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let read = folder.read(&mut filled, limit);
            (filled, read)
        });
        let crashed = |_| Failure::new(PageOutcome::AnalysisFailed, "reading the file crashed");
        let (filled, read) = reading.await.map_err(crashed)?;
        *capture = filled;
        self.net.control.add_bytes(capture.bytes);
        Ok(read?)
    }

    async fn follow<R: Reader>(
        &self,
        capture: &mut PageCapture,
        granted: &mut BTreeSet<Url>,
        reader: &R,
    ) -> Result<(), NetError> {
        let mut cookies = ChainCookies::default();
        let want = if capture.found_by == FoundBy::Feed { Want::Feed } else { Want::Page };
        loop {
            if let Some(objection) = self.robots.objection(&capture.final_url).await? {
                return Err(objection.into());
            }
            let sent = cookies.line();
            let earlier = if sent.is_empty() { self.earlier(&capture.final_url, reader).await } else { None };
            let ask = Ask { cookies: &sent, unless: earlier.as_ref().map(|e| &e.headers) };
            let got = self.net.get_with(&capture.final_url, want, &ask).await?;
            if got.status.as_u16() == NOT_MODIFIED
                && let Some(earlier) = earlier
            {
                self.unchanged.fetch_add(1, Relaxed);
                capture.take_earlier(earlier);
                return Ok(());
            }
            capture.status = Some(got.status.as_u16());
            capture.content_type = got.content_type();
            capture.set_headers(header::kept(&got.headers));
            let Some(location) = got.location() else { return Ok(self.finish(capture, got).await?) };
            let may_return = cookies.learn(&got.headers);
            self.redirect(capture, &location, may_return, granted).await?;
        }
    }

    /// What the reader keeps of the page, where a server can be asked whether that still holds: with a header of the user's
    /// it might answer for somebody else.
    async fn earlier<R: Reader>(&self, url: &Url, reader: &R) -> Option<Earlier> {
        if !self.net.asks_as_anybody() {
            return None;
        }
        let earlier = reader.earlier(url).await?;
        let can_ask = ["etag", "last-modified"].iter().any(|name| earlier.headers.contains_key(*name));
        (can_ask && (200..300).contains(&earlier.status)).then_some(earlier)
    }

    /// Moves the capture on to where it was redirected, or ends it with the reason why not. `may_return`: the answer set
    /// a cookie, so that an address of the chain may answer otherwise now.
    async fn redirect(
        &self,
        capture: &mut PageCapture,
        location: &str,
        may_return: bool,
        granted: &mut BTreeSet<Url>,
    ) -> Result<(), Failure> {
        let from = capture.final_url.clone();
        let target = from.join(location).map(|mut target| {
            // A fragment never reaches the server, and user and password do not belong into a row.
            target.set_fragment(None);
            let _ = target.set_username("");
            let _ = target.set_password(None);
            target
        });
        let Ok(target) = target else {
            return Err(Failure::new(PageOutcome::BadResponse, "it redirects to something that is no address"));
        };
        if target.as_str().len() > MAX_ADDRESS {
            let reason = format!("it redirects to an address of more than {MAX_ADDRESS} bytes");
            return Err(Failure::new(PageOutcome::BadResponse, reason));
        }
        capture.hops.push(Hop { url: from, status: capture.status.unwrap_or_default() });
        capture.final_url = target.clone();
        let chain: Vec<Url> = capture.hops.iter().map(|hop| hop.url.clone()).collect();
        if chain.contains(&target) && !may_return {
            return Err(Failure::new(PageOutcome::RedirectLoop, format!("the redirects come back to {target}")));
        }
        if chain.len() > self.net.limits.redirects {
            let reason = format!("more than {} redirects in a row", self.net.limits.redirects);
            return Err(Failure::new(PageOutcome::TooManyRedirects, reason));
        }
        self.check_target(&target, capture.found_by)?;
        // Another spelling of an address on the way (a tracking parameter, say) is no other page.
        if chain.iter().any(|url| identity(url) == identity(&target)) {
            return Ok(());
        }
        capture.claimed.push(chain.len());
        if granted.contains(&target) {
            return Ok(());
        }
        self.claim(capture.order, chain, target.clone()).await?;
        granted.insert(target);
        Ok(())
    }

    fn check_target(&self, target: &Url, found_by: FoundBy) -> Result<(), Failure> {
        if !matches!(target.scheme(), "http" | "https") {
            return Err(Failure::new(
                PageOutcome::Refused,
                format!("it redirects to {target}, which is no web address"),
            ));
        }
        self.net.refuse_private(target)?;
        match self.scope.judge(target) {
            Verdict::Inside => Ok(()),
            Verdict::Outside => {
                let what = if is_login(target) { "another site's login page" } else { "another site" };
                let reason = format!("it redirects to {target}, which is {what}");
                Err(Failure::new(PageOutcome::RedirectedAway, reason))
            }
            // The user named this page: the patterns judge what is found, not what is asked for.
            Verdict::Filtered if matches!(found_by, FoundBy::Start | FoundBy::List) => Ok(()),
            Verdict::Filtered => {
                let reason = format!("it redirects to {target}, which the patterns keep out");
                Err(Failure::new(PageOutcome::RedirectedAway, reason))
            }
        }
    }

    async fn claim(&self, order: u64, chain: Vec<Url>, target: Url) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        let address = target.to_string();
        let _ = self.claims.send(ClaimRequest { order, chain, target, reply });
        // Without an answer the crawl is being ended, and this capture with it.
        match answer.await.unwrap_or(Claim::Taken) {
            Claim::Granted => Ok(()),
            Claim::Taken => Err(Failure::new(PageOutcome::Redirected, format!("it redirects to {address}"))),
            Claim::Loop => {
                Err(Failure::new(PageOutcome::RedirectLoop, format!("the redirects go in a circle through {address}")))
            }
        }
    }

    /// Takes what a feed names; it is no page itself.
    async fn read_feed(&self, capture: &mut PageCapture, body: Vec<u8>) -> Failure {
        let (content_type, at) = (capture.content_type.clone(), capture.final_url.clone());
        let parsing = tokio::task::spawn_blocking(move || sitemap::parse(body, content_type.as_deref(), &at));
        let pages = parsing.await.map(|found| found.pages).unwrap_or_default();
        let reason = format!("a feed, not a page; addresses that it names: {}", pages.len());
        capture.named = pages.into_iter().map(|url| FoundLink { url, by: FoundBy::Feed, nofollow: false }).collect();
        Failure::new(PageOutcome::NotHtml, reason)
    }

    /// The last answer of the chain.
    async fn finish(&self, capture: &mut PageCapture, got: Got) -> Result<(), Failure> {
        let status = got.status;
        if status.is_client_error() || status.is_server_error() {
            let name = status.canonical_reason().unwrap_or("no known meaning");
            let asks = if status.as_u16() == 401 { ": it asks for a password" } else { "" };
            let reason = format!("the server answered {} ({name}){asks}", status.as_u16());
            return Err(Failure::new(PageOutcome::HttpError, reason));
        }
        if !status.is_success() {
            let reason = format!("the server answered {} without saying where to go", status.as_u16());
            return Err(Failure::new(PageOutcome::BadResponse, reason));
        }
        let Some(body) = got.body else {
            let declared = capture.content_type.as_deref().filter(|t| !t.is_empty());
            let reason =
                format!("not an HTML page: {}", declared.unwrap_or("no type declared, and it does not look like one"));
            return Err(Failure::new(PageOutcome::NotHtml, reason));
        };
        capture.bytes = body.len() as u64;
        if capture.found_by == FoundBy::Feed && !capture.content_type.as_deref().is_none_or(is_html) {
            return Err(self.read_feed(capture, body).await);
        }
        if got.cut {
            capture.outcome = PageOutcome::TooLarge;
            let limit = self.net.limits.page_bytes;
            capture.reason = Some(format!("the page is larger than {limit} bytes; the rest was not read"));
        }
        let content_type = capture.content_type.clone();
        let host = capture.final_url.host_str().map(str::to_owned);
        // Most pages are UTF-8 and decode without a copy; only big ones are worth another thread.
        const INLINE: usize = 256 * 1024;
        capture.body = Some(if body.len() <= INLINE {
            decode_html(body, content_type.as_deref(), host.as_deref())
        } else {
            let decoding =
                tokio::task::spawn_blocking(move || decode_html(body, content_type.as_deref(), host.as_deref()));
            decoding.await.map_err(|_| Failure::new(PageOutcome::AnalysisFailed, "decoding the page crashed"))?
        });
        Ok(())
    }
}

fn is_html(content_type: &str) -> bool {
    is_html_type(content_type.to_ascii_lowercase().as_bytes())
}
