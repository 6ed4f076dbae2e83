//! One page in a context of its own, from the empty tab to its farewell.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{timeout, timeout_at};
use url::Url;

use super::{
    BrowserError, Judge, Visit,
    cdp::Cdp,
    consent,
    picture::Picture,
    pump::{MAX_DIALOGS, OwnHeaders, Shared, Signals, lock, pump},
    sent::{ConsoleMessage, Sent},
    targets::{Apart, Arming, Hub, text},
    watch::Noticed,
};

/// Time that an empty tab may take to come up.
const OPEN: Duration = Duration::from_secs(10);
/// Before the end of that time in which a page settles: a picture takes a while, in which the page goes on.
const SHOW: Duration = Duration::from_millis(300);
/// How often a page that is waited for is asked about.
const GLANCE: Duration = Duration::from_millis(100);
/// Time for what follows at once on what was waited for.
const TRAIL: Duration = Duration::from_millis(400);
/// Time for what was sent just before the page is left to be under way: going elsewhere would take it back.
const HAND_OVER: Duration = Duration::from_millis(500);
/// Time for what a page sends while it is left.
const FAREWELL: Duration = Duration::from_millis(250);
/// Time more for such requests that are let go: closing the tab ends what is under way, and nothing says when it is done.
const LAST_WORDS: Duration = Duration::from_millis(1000);
/// Time that leaving may take when the page doesn't let go.
const LEAVE: Duration = Duration::from_secs(2);
/// Time for the browser to say what a context holds.
const STATE: Duration = Duration::from_secs(5);
/// Cookies kept of a visit.
const MAX_COOKIES: usize = 1000;

/// Says that the visitor opts out, as a browser with that setting does.
const OPT_OUT: &str = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', \
                       {get: () => true, configurable: true, enumerable: true});";

/// A cookie of the visit's context.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Domain, with a leading dot where its subdomains get it too.
    pub domain: String,
    /// Path.
    pub path: String,
    /// End, in seconds since 1970; negative for a cookie that ends with the browser.
    #[serde(default)]
    pub expires: f64,
    /// Scripts can't read it.
    #[serde(default)]
    pub http_only: bool,
    /// Sent over TLS only.
    #[serde(default)]
    pub secure: bool,
    /// `Strict`, `Lax` or `None`, where set.
    #[serde(default)]
    pub same_site: Option<String>,
}

/// How the load of a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// The page says it is loaded.
    Complete,
    /// The budget was over first; what came until then is there.
    OutOfTime,
    /// The browser could not load it, in its own words (`net::ERR_NAME_NOT_RESOLVED`).
    Failed(String),
    /// The page's process ended.
    Crashed,
}

/// What a visit saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Visited {
    /// Address at the end, after redirects and changes of route.
    pub address: String,
    /// How the load ended.
    pub loaded: Loaded,
    /// Status of the document.
    pub status: Option<u16>,
    /// Milliseconds to the load.
    pub load_ms: Option<i64>,
    /// Requests in the order in which they were sent.
    pub requests: Vec<Sent>,
    /// Console messages.
    pub messages: Vec<ConsoleMessage>,
    /// Requests beyond [`super::MAX_REQUESTS`], of which nothing is kept.
    pub uncounted: u64,
    /// Cookies of the context at the end.
    pub cookies: Vec<Cookie>,
    /// What the page stored, and where it looked for what tells visitors apart.
    pub noticed: Vec<Noticed>,
    /// Dialogs that the page opened; each was closed.
    pub dialogs: u32,
    /// The browser ended before the tab was closed: the end of the visit was not seen.
    pub cut: bool,
    /// What could not be captured, each in a sentence.
    pub problems: Vec<String>,
}

/// A tab under control.
#[derive(Debug)]
pub struct Tab {
    cdp: Cdp,
    hub: Arc<Hub>,
    context: String,
    session: String,
    shared: Arc<Shared>,
    visit: Visit,
    deadline: Instant,
    loaded: Loaded,
    load_ms: Option<i64>,
    address: String,
    cookies: Option<Vec<Cookie>>,
    problems: Vec<String>,
}

impl Tab {
    pub(super) async fn open(
        cdp: Cdp,
        hub: Arc<Hub>,
        visit: &Visit,
        judge: Arc<dyn Judge>,
    ) -> Result<Tab, BrowserError> {
        let made = cdp.send(None, "Target.createBrowserContext", json!({"disposeOnDetach": true})).await?;
        let context = text(&made, "browserContextId").to_owned();
        let shared = Shared::new();
        let events = hub.listen(&context, arming(visit, &shared));
        tokio::spawn(pump(cdp.clone(), events, shared.clone(), judge));
        let mut tab = Tab {
            cdp,
            hub,
            context,
            session: String::new(),
            shared,
            visit: visit.clone(),
            deadline: Instant::now() + visit.budget,
            loaded: Loaded::Complete,
            load_ms: None,
            address: String::new(),
            cookies: None,
            problems: Vec::new(),
        };
        let of = &tab.context;
        let denied = json!({"behavior": "deny", "browserContextId": of});
        tab.cdp.tell(None, "Browser.setDownloadBehavior", denied);
        let blank = json!({"url": "about:blank", "browserContextId": of});
        tab.cdp.send(None, "Target.createTarget", blank).await?;
        tab.session = tab.armed().await?;
        // The page's process takes commands in their order: with this answer everything armed before stands. Going to a
        // page sooner moves the tab into another process, which may know nothing of what was still under way.
        tab.cdp.send(Some(&tab.session), "Runtime.evaluate", json!({"expression": "0"})).await?;
        Ok(tab)
    }

    /// Waits until the tab itself is there and armed, and gives its session.
    async fn armed(&self) -> Result<String, BrowserError> {
        let mut signals = self.shared.signals.subscribe();
        match timeout(OPEN, signals.wait_for(|signals| signals.session.is_some() || signals.ended)).await {
            Ok(Ok(signals)) => signals.session.clone().ok_or(BrowserError::Gone),
            Ok(Err(_)) => Err(BrowserError::Gone),
            Err(_) => Err(BrowserError::NoAnswer("Target.createTarget".to_owned())),
        }
    }

    /// Goes to a page and waits until it is loaded, or until its budget is over.
    pub async fn goto(&mut self, url: &Url) -> Result<&Loaded, BrowserError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BrowserError::BadOption(format!(
                "“{url}” is no address of a page: it has to be http or https."
            )));
        }
        self.renew_budget();
        self.shared.book().next_page();
        let own = url.host_str().map(|host| OwnHeaders { host: host.to_owned(), fields: self.visit.headers.clone() });
        self.shared.begin(own);
        self.shared.recorder().go();
        let before = self.signals();
        let navigate = self.cdp.send(Some(&self.session), "Page.navigate", json!({"url": url.as_str()}));
        let mut signals = self.shared.signals.subscribe();
        let load = async {
            let over = |now: &Signals| now.loads > before.loads || now.stops > before.stops || now.crashed || now.ended;
            let _ = signals.wait_for(over).await;
        };
        let refused = async {
            match navigate.await {
                Ok(answer) => match answer["errorText"].as_str() {
                    Some(reason) => Ok(reason.to_owned()),
                    // Under way: the load says when.
                    None => std::future::pending().await,
                },
                // A page that never answers its address is out of time, not the browser out of order.
                Err(BrowserError::NoAnswer(_)) => std::future::pending().await,
                Err(error) => Err(error),
            }
        };
        let ended = timeout_at(self.deadline.into(), async {
            tokio::select! {
                () = load => Ok(None),
                reason = refused => reason.map(Some),
            }
        })
        .await;
        self.loaded = match ended {
            Err(_) => Loaded::OutOfTime,
            Ok(Ok(Some(reason))) => Loaded::Failed(reason),
            Ok(Err(error)) => return Err(error),
            Ok(Ok(None)) if self.signals().crashed => Loaded::Crashed,
            Ok(Ok(None)) if self.cdp.is_gone() => return Err(BrowserError::Gone),
            Ok(Ok(None)) => Loaded::Complete,
        };
        if self.loaded == Loaded::Complete {
            self.load_ms.get_or_insert(self.shared.now());
        }
        Ok(&self.loaded)
    }

    /// Waits for what the page still sends after its load.
    pub async fn settle(&mut self) {
        let until = self.settled_by();
        self.settle_until(until).await;
    }

    /// The same, with a picture of what the page shows near the end of that time.
    pub async fn settle_and_show(&mut self) -> Option<Picture> {
        let until = self.settled_by();
        self.settle_until(until.checked_sub(SHOW).unwrap_or(until)).await;
        let picture = match self.loaded {
            Loaded::Complete | Loaded::OutOfTime => self.picture().await,
            Loaded::Failed(_) | Loaded::Crashed => None,
        };
        self.settle_until(until).await;
        picture
    }

    /// Goes on waiting for a page that has settled. `until` says by its requests until when, in milliseconds of the visit;
    /// `None` ends it.
    pub async fn settle_on(&mut self, until: impl Fn(&[Sent]) -> Option<i64>) {
        let mut asked = 0;
        let mut end = None;
        let mut waited = false;
        while matches!(self.loaded, Loaded::Complete) && !self.is_over() {
            let count = self.shared.recorder().count();
            let late = end.is_none_or(|at| self.now_ms() >= at);
            if late || count != asked {
                // Not under the recorder's lock: what is to be said of the requests takes a while.
                let sent = self.shared.recorder().since(0);
                (asked, end) = (count, until(&sent));
            }
            if end.is_none_or(|at| self.now_ms() >= at) {
                break;
            }
            waited = true;
            self.settle_until((Instant::now() + GLANCE).min(self.deadline)).await;
        }
        if waited {
            self.settle_until((Instant::now() + TRAIL).min(self.deadline)).await;
        }
    }

    fn settled_by(&self) -> Instant {
        (Instant::now() + self.visit.settle).min(self.deadline)
    }

    async fn settle_until(&mut self, until: Instant) {
        if !matches!(self.loaded, Loaded::Complete) {
            return;
        }
        let mut signals = self.shared.signals.subscribe();
        let over = signals.wait_for(|signals| signals.crashed || signals.ended);
        if let Ok(Ok(signals)) = timeout_at(until.into(), over).await
            && signals.crashed
        {
            self.loaded = Loaded::Crashed;
        }
    }

    /// Gives the next act its own time.
    pub fn renew_budget(&mut self) {
        self.deadline = Instant::now() + self.visit.budget;
    }

    /// The page's process ended, or the browser did.
    pub fn is_lost(&self) -> bool {
        let signals = self.shared.signals.borrow();
        signals.crashed || signals.ended
    }

    /// Milliseconds since the first navigation began: the clock of [`Sent::at_ms`].
    pub fn now_ms(&self) -> i64 {
        self.shared.now()
    }

    /// Number of the page that the tab was last told to go to: that of [`Sent::page`].
    pub fn pages(&self) -> u32 {
        self.shared.recorder().pages()
    }

    /// Another page of the same site that this one links to, if there is one.
    pub async fn another_page(&self) -> Option<Url> {
        const LINK: &str = "(() => { const here = location.href.split('#')[0]; for (const a of [...document.links].slice(0, 500)) {\
                            const to = a.href.split('#')[0]; if (a.origin === location.origin && to !== here && !a.hasAttribute('download') \
                            && !/\\.(pdf|zip|jpe?g|png|gif|webp|svg|mp4)$|log-?out|sign-?out/i.test(a.pathname)) return to; } return null; })()";
        let to = self.evaluate(LINK).await.ok()?;
        Url::parse(to.as_str()?).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// Evaluates an expression in the page and gives its JSON value back.
    pub async fn evaluate(&self, expression: &str) -> Result<Value, BrowserError> {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.cdp.send(Some(&self.session), "Runtime.evaluate", params).await?;
        match answer["exceptionDetails"].as_object() {
            Some(details) => Err(BrowserError::Refused {
                method: "Runtime.evaluate".to_owned(),
                message: details.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
            }),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Cookies of the context as they are now.
    pub async fn cookies(&self) -> Result<Vec<Cookie>, BrowserError> {
        let of = json!({"browserContextId": self.context});
        let asked = self.cdp.send(None, "Storage.getCookies", of);
        let mut answer =
            timeout(STATE, asked).await.map_err(|_| BrowserError::NoAnswer("Storage.getCookies".to_owned()))??;
        let cookies = answer["cookies"].as_array_mut().map(std::mem::take).unwrap_or_default();
        Ok(cookies.into_iter().take(MAX_COOKIES).filter_map(|cookie| serde_json::from_value(cookie).ok()).collect())
    }

    /// Leaves the page as a visitor does, so that it sends what it keeps for its end.
    pub async fn leave(&mut self) {
        self.address = self.signals().address;
        if matches!(self.loaded, Loaded::Crashed) || self.cdp.is_gone() {
            return;
        }
        self.hand_over().await;
        self.shared.recorder().leave();
        let before = self.signals().navigations;
        self.cdp.tell(Some(&self.session), "Page.navigate", json!({"url": "about:blank"}));
        let mut signals = self.shared.signals.subscribe();
        let left = signals.wait_for(|signals| signals.navigations > before || signals.crashed || signals.ended);
        if timeout(LEAVE, left).await.is_err() {
            self.problems
                .push("The page did not let itself be left; what it sends at its end was not seen.".to_owned());
            return;
        }
        tokio::time::sleep(FAREWELL).await;
        let sending = self.shared.recorder().is_sending();
        if sending {
            tokio::time::sleep(LAST_WORDS).await;
        }
        self.cookies = match self.cookies().await {
            Ok(cookies) => Some(cookies),
            Err(error) => {
                self.problems.push(format!("The cookies could not be read: {error}"));
                None
            }
        };
    }

    /// Lets go what was sent last.
    async fn hand_over(&self) {
        let end = Instant::now() + HAND_OVER;
        let since = self.now_ms() - i64::try_from(HAND_OVER.as_millis()).unwrap_or(i64::MAX);
        while self.shared.recorder().is_under_way(since) && Instant::now() < end {
            tokio::time::sleep(GLANCE / 4).await;
        }
    }

    /// Closes the tab and its context, and says what was seen.
    pub async fn close(mut self) -> Result<Visited, BrowserError> {
        let disposed = self.cdp.send(None, "Target.disposeBrowserContext", json!({"browserContextId": self.context}));
        // A context that doesn't go is the browser's to clean up; what was recorded stands.
        let _ = timeout(LEAVE, disposed).await;
        self.hub.forget(&self.context);
        let cut = self.cdp.is_gone();
        if cut {
            self.problems.push("The browser ended before the page was left.".to_owned());
        }
        let status = self.shared.recorder().main_status();
        let (requests, messages, uncounted) = std::mem::take(&mut *self.shared.recorder()).finish();
        if uncounted > 0 {
            self.problems.push(format!("The page sent {uncounted} more requests than are recorded of one page."));
        }
        self.add_problems();
        let noticed = std::mem::take(&mut *self.shared.watch()).finish();
        let dialogs = *lock(&self.shared.dialogs);
        Ok(Visited {
            address: std::mem::take(&mut self.address),
            loaded: self.loaded.clone(),
            status,
            load_ms: self.load_ms,
            requests,
            messages,
            uncounted,
            cookies: self.cookies.take().unwrap_or_default(),
            noticed,
            dialogs,
            cut,
            problems: std::mem::take(&mut self.problems),
        })
    }

    /// Says what of the page could not be seen because it went too far.
    fn add_problems(&mut self) {
        if *lock(&self.shared.dialogs) > MAX_DIALOGS {
            self.problems.push(format!(
                "The page opened more than {MAX_DIALOGS} dialogs; it was left standing with the next one."
            ));
        }
        if self.shared.refused.load(Relaxed) {
            self.problems.push("The page opened more windows, frames or workers than are looked at.".to_owned());
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// Pictures of a banner are wanted.
    pub(super) fn wants_picture(&self) -> bool {
        self.visit.picture
    }

    pub(super) fn cdp(&self) -> &Cdp {
        &self.cdp
    }

    /// No more can be seen of the page.
    pub(super) fn is_over(&self) -> bool {
        self.is_lost() || Instant::now() >= self.deadline
    }

    pub(super) fn signals(&self) -> Signals {
        self.shared.signals.borrow().clone()
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn settle_time(&self) -> Duration {
        self.visit.settle
    }

    pub(super) fn set_loaded(&mut self, loaded: Loaded) {
        self.loaded = loaded;
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.cdp.tell(None, "Target.disposeBrowserContext", json!({"browserContextId": self.context}));
        self.hub.forget(&self.context);
    }
}

fn arming(visit: &Visit, shared: &Shared) -> Arming {
    let watch = visit.watch.then(|| shared.watch().script());
    let mut arming = Arming { scripts: visit.scripts.clone(), watch, ..Arming::default() };
    if visit.gpc {
        arming.scripts.insert(0, OPT_OUT.to_owned());
        arming.headers.push(("Sec-GPC".to_owned(), "1".to_owned()));
    }
    arming.apart =
        visit.banner.then(|| Apart { world: consent::WORLD, binding: consent::BINDING, scripts: consent::scripts() });
    arming
}
