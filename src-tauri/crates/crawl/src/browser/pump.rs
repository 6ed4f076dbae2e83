//! Takes the events of one visit as they come: records, decides on every paused request, and says how far the page is.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::{
    Judge,
    answer::held,
    banner::reply,
    cdp::{Cdp, ProtocolEvent},
    consent::Book,
    record::{Paused, Recorder},
    targets::{TabEvent, text},
    watch::Watch,
};

/// Time that the browser may take to hand out a body that did not come along with its request.
const BODY: Duration = Duration::from_secs(2);

/// Documents that the frames of one page may load, all together: each may cost a process.
const MAX_FRAMES: u32 = 60;
/// Dialogs of a visit that are closed.
pub(super) const MAX_DIALOGS: u32 = 50;
/// Requests listed as held in one act of exercise.
const MAX_HELD_BACK: usize = 20;

/// How far a page is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Signals {
    /// Session of the tab itself, as soon as it is armed.
    pub(super) session: Option<String>,
    /// Loads of the main frame that were completed.
    pub(super) loads: u32,
    /// Times that a page stopped loading in the main frame, with or without having been completed: a page that leads to a
    /// download never is.
    pub(super) stops: u32,
    /// Times that a page began to load in the main frame.
    pub(super) starts: u32,
    /// Times that something became known of the banner.
    pub(super) banner: u32,
    /// Address of the main frame, and how many times it changed.
    pub(super) address: String,
    pub(super) navigations: u32,
    /// The page's process ended.
    pub(super) crashed: bool,
    /// No more events will come.
    pub(super) ended: bool,
}

/// Header fields for requests to one host.
#[derive(Debug, Clone)]
pub(super) struct OwnHeaders {
    pub(super) host: String,
    pub(super) fields: Vec<(String, String)>,
}

/// What the pump and the tab share.
#[derive(Debug)]
pub(super) struct Shared {
    recorder: Mutex<Recorder>,
    pub(super) signals: watch::Sender<Signals>,
    /// When the navigation began.
    zero: Mutex<Option<Instant>>,
    /// The main frame.
    frame: Mutex<String>,
    /// Host whose requests get the user's own header fields, with them.
    own: Mutex<Option<OwnHeaders>>,
    /// What is known of the page's banner.
    book: Mutex<Book>,
    /// What was noticed of the page's storing and looking.
    watch: Mutex<Watch>,
    /// The page is being exercised: nothing may leave it or change anything.
    pub(super) exercising: AtomicBool,
    /// What was held for that.
    pub(super) held_back: Mutex<Vec<String>>,
    /// Dialogs that the page opened.
    pub(super) dialogs: Mutex<u32>,
    /// The page opened more frames, workers or windows than a visit has room for.
    pub(super) refused: AtomicBool,
    /// Documents that the page's frames asked for.
    frames: AtomicU32,
}

impl Shared {
    pub(super) fn new() -> Arc<Shared> {
        Arc::new(Shared {
            recorder: Mutex::default(),
            signals: watch::channel(Signals::default()).0,
            zero: Mutex::default(),
            frame: Mutex::default(),
            own: Mutex::new(None),
            book: Mutex::default(),
            watch: Mutex::default(),
            exercising: AtomicBool::new(false),
            held_back: Mutex::default(),
            dialogs: Mutex::new(0),
            refused: AtomicBool::new(false),
            frames: AtomicU32::new(0),
        })
    }

    /// A navigation begins; with the first, time does.
    pub(super) fn begin(&self, own: Option<OwnHeaders>) {
        lock(&self.zero).get_or_insert_with(Instant::now);
        *lock(&self.own) = own;
        self.frames.store(0, Relaxed);
    }

    /// Milliseconds since then.
    pub(super) fn now(&self) -> i64 {
        let begun = *lock(&self.zero);
        begun.map_or(0, |begun| i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }

    pub(super) fn watch(&self) -> MutexGuard<'_, Watch> {
        lock(&self.watch)
    }

    pub(super) fn frame(&self) -> String {
        lock(&self.frame).clone()
    }

    pub(super) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        lock(&self.recorder)
    }
}

/// A lock whose holder can't leave it half changed: every change is one assignment or one call.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs until the events end.
pub(super) async fn pump(
    cdp: Cdp,
    mut events: mpsc::UnboundedReceiver<TabEvent>,
    shared: Arc<Shared>,
    judge: Arc<dyn Judge>,
) {
    while let Some(event) = events.recv().await {
        match event {
            TabEvent::Attached { session, target, kind } => {
                if kind == "page" && shared.signals.borrow().session.is_none() {
                    // A tab's target and its main frame have one id.
                    *lock(&shared.frame) = target;
                    shared.signals.send_modify(|signals| signals.session = Some(session));
                } else if kind == "page" && shared.exercising.load(Relaxed) {
                    cdp.tell(None, "Target.closeTarget", json!({"targetId": target}));
                }
            }
            TabEvent::Refused => shared.refused.store(true, Relaxed),
            TabEvent::Detached { session } => {
                shared.signals.send_if_modified(|signals| {
                    let own = signals.session.as_deref() == Some(session.as_str());
                    signals.ended |= own;
                    own
                });
            }
            TabEvent::Protocol(event) => take(&cdp, &event, &shared, &judge),
        }
    }
    shared.signals.send_modify(|signals| signals.ended = true);
}

fn take(cdp: &Cdp, event: &ProtocolEvent, shared: &Arc<Shared>, judge: &Arc<dyn Judge>) {
    let now = shared.now();
    if shared.watch().take(event, now, |id| shared.recorder().address(id)) {
        return;
    }
    let paused = shared.recorder().take(event, now);
    if let Some(mut paused) = paused {
        // Not announced yet; the tab's page is the best guess at who asks.
        if paused.request.document.is_empty() {
            paused.request.document = shared.signals.borrow().address.clone();
            shared.recorder().set_document(&paused);
        }
        match paused.body_of.clone() {
            None => decide(cdp, paused, shared, judge.as_ref()),
            Some(id) => {
                let (cdp, shared, judge) = (cdp.clone(), shared.clone(), judge.clone());
                tokio::spawn(async move {
                    let paused = with_body(&cdp, paused, &id, &shared).await;
                    decide(&cdp, paused, &shared, judge.as_ref());
                });
            }
        }
        return;
    }
    let (asked, changed) = shared.book().take(event);
    if let Some(asked) = asked {
        reply(cdp, asked);
    }
    if changed {
        shared.signals.send_modify(|signals| signals.banner += 1);
    }
    let main = shared.signals.borrow().session == event.session;
    match event.method.as_str() {
        "Page.loadEventFired" if main => shared.signals.send_modify(|signals| signals.loads += 1),
        "Page.frameNavigated" if main && event.params["frame"]["parentId"].is_null() => {
            let address = text(&event.params["frame"], "url").to_owned();
            shared.recorder().arrived(text(&event.params["frame"], "loaderId"), now);
            shared.signals.send_modify(|signals| {
                signals.address = address;
                signals.navigations += 1;
            });
        }
        "Page.frameStartedLoading" if main && text(&event.params, "frameId") == shared.frame() => {
            shared.signals.send_modify(|signals| signals.starts += 1);
        }
        "Page.frameStoppedLoading" if main && text(&event.params, "frameId") == shared.frame() => {
            shared.signals.send_modify(|signals| signals.stops += u32::from(signals.address.starts_with("http")));
        }
        "Page.navigatedWithinDocument" if main => {
            let address = text(&event.params, "url").to_owned();
            shared.signals.send_modify(|signals| signals.address = address);
        }
        "Inspector.targetCrashed" if main => shared.signals.send_modify(|signals| signals.crashed = true),
        "Page.javascriptDialogOpening" => {
            let mut dialogs = lock(&shared.dialogs);
            *dialogs += 1;
            // Leaving is allowed; everything else is answered as a visitor who closes it. A page that goes on and on is left
            // standing with its dialog: it would keep the browser busy.
            let leave = event.params["type"] == "beforeunload";
            if *dialogs > MAX_DIALOGS && !leave {
                return;
            }
            cdp.tell(event.session.as_deref(), "Page.handleJavaScriptDialog", json!({"accept": leave}));
        }
        _ => {}
    }
}

/// The request with the body that the browser kept back.
async fn with_body(cdp: &Cdp, mut paused: Paused, id: &str, shared: &Shared) -> Paused {
    let asked = cdp.send(paused.session.as_deref(), "Network.getRequestPostData", json!({"requestId": id}));
    let answer = tokio::time::timeout(BODY, asked).await;
    let body = answer.ok().and_then(Result::ok).and_then(|answer| {
        let data = answer["postData"].as_str()?;
        match answer["base64Encoded"] == true {
            true => STANDARD.decode(data).ok(),
            false => Some(data.as_bytes().to_vec()),
        }
    });
    let mut recorder = shared.recorder();
    match (body, paused.record) {
        (Some(body), Some(record)) => recorder.set_body(record, body),
        (None, Some(record)) => recorder.lost_body(record),
        _ => {}
    }
    if let Some(sent) = paused.record.and_then(|record| recorder.request(record)) {
        paused.request = sent.clone();
    }
    drop(recorder);
    paused
}

/// Answers a paused request: held, or let go. Every one is answered, or the page would hang.
fn decide(cdp: &Cdp, paused: Paused, shared: &Shared, judge: &dyn Judge) {
    let session = paused.session.as_deref();
    if judge.holds(&paused.request) {
        if let Some(record) = paused.record {
            shared.recorder().hold(record);
        }
        cdp.tell(session, "Fetch.fulfillRequest", held(&paused));
        return;
    }
    let of_frame = paused.request.kind == "Document" && paused.frame != shared.frame();
    if of_frame && shared.frames.fetch_add(1, Relaxed) >= MAX_FRAMES {
        shared.refused.store(true, Relaxed);
        cdp.tell(session, "Fetch.failRequest", json!({"requestId": paused.id, "errorReason": "Aborted"}));
        return;
    }
    if shared.exercising.load(Relaxed) && leaves_or_changes(&paused, shared) && !judge.lets(&paused.request) {
        let mut held = lock(&shared.held_back);
        if held.len() < MAX_HELD_BACK {
            held.push(format!("{} {}", paused.request.method, paused.request.now_at()));
        }
        cdp.tell(session, "Fetch.failRequest", json!({"requestId": paused.id, "errorReason": "Aborted"}));
        return;
    }
    let mut params = json!({"requestId": paused.id});
    if let Some(headers) = own_headers(&paused, shared) {
        params["headers"] = headers;
    }
    cdp.tell(session, "Fetch.continueRequest", params);
}

/// Whether a request takes the tab to another page, or changes something where it goes. What a question before it asks for
/// counts as the request itself.
fn leaves_or_changes(paused: &Paused, shared: &Shared) -> bool {
    let method = paused.preflight.as_ref().map_or(paused.request.method.as_str(), |(method, _)| method);
    let reads = matches!(method, "GET" | "HEAD" | "OPTIONS" | "WEBSOCKET");
    !reads || paused.request.kind == "Document" && paused.frame == shared.frame()
}

/// All header fields of a request to the site itself with the user's own; `None` where nothing is to be added.
fn own_headers(paused: &Paused, shared: &Shared) -> Option<Value> {
    let own = lock(&shared.own);
    let OwnHeaders { host, fields } = own.as_ref().filter(|own| !own.fields.is_empty())?;
    let to = url::Url::parse(paused.request.now_at()).ok()?;
    if to.host_str() != Some(host) {
        return None;
    }
    let is_own = |name: &str| fields.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let kept = paused.request.headers.iter().filter(|(name, _)| !is_own(name));
    let kept = kept.map(|(name, value)| json!({"name": name, "value": value}));
    let added = fields.iter().map(|(name, value)| json!({"name": name, "value": value}));
    Some(kept.chain(added).collect())
}
