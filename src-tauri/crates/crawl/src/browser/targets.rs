//! Pages, frames of other processes and workers: each is a target with a session of its own. Every one is stopped before
//! its first line runs, armed, and let go; what it reports goes to the visit that its browser context belongs to.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::cdp::{Cdp, ProtocolEvent};

/// Bytes of a body that the browser sends along with `Network.requestWillBeSent`.
const INLINE_BODY: u32 = 1 << 20;
/// Callbacks followed back to what scheduled them.
const STACK_DEPTH: u32 = 8;
/// Frames of other sites, workers and windows that one visit may open, and windows among them. Each may be a process of its
/// own: further ones are closed, or stay stopped before their first line.
const MAX_TARGETS: usize = 100;
const MAX_WINDOWS: usize = 12;

/// What a visit learns.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TabEvent {
    /// A target was armed and runs.
    Attached { session: String, target: String, kind: String },
    /// A target was one too many.
    Refused,
    /// A target ended.
    Detached { session: String },
    /// Something that a target reports.
    Protocol(ProtocolEvent),
}

/// What is injected into every document of a context before its own scripts.
#[derive(Debug, Clone, Default)]
pub(super) struct Arming {
    /// Scripts to evaluate on every new document.
    pub(super) scripts: Vec<String>,
    /// Scripts to evaluate on every new document in a world of their own, that world's name, and the function by which they
    /// speak to us: its argument comes back as `Runtime.bindingCalled`.
    pub(super) apart: Option<Apart>,
    /// The script that notices what pages store and look at, for every document and worker; with it the browser tells, too.
    pub(super) watch: Option<String>,
    /// Header fields for every request.
    pub(super) headers: Vec<(String, String)>,
}

/// Scripts in a world of their own.
#[derive(Debug, Clone)]
pub(super) struct Apart {
    pub(super) world: &'static str,
    pub(super) binding: &'static str,
    pub(super) scripts: Vec<String>,
}

/// Who gets which events.
#[derive(Debug, Default)]
pub(super) struct Hub(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    contexts: HashMap<String, Context>,
    /// Session to browser context.
    sessions: HashMap<String, String>,
}

#[derive(Debug)]
struct Context {
    events: mpsc::UnboundedSender<TabEvent>,
    arming: Arming,
    targets: usize,
    windows: usize,
}

impl Hub {
    /// Has the events of a browser context sent to the returned receiver, and its documents armed.
    pub(super) fn listen(&self, context: &str, arming: Arming) -> mpsc::UnboundedReceiver<TabEvent> {
        let (events, receiver) = mpsc::unbounded_channel();
        self.table().contexts.insert(context.to_owned(), Context { events, arming, targets: 0, windows: 0 });
        receiver
    }

    /// Forgets a browser context.
    pub(super) fn forget(&self, context: &str) {
        let mut table = self.table();
        table.contexts.remove(context);
        table.sessions.retain(|_, of| of != context);
    }

    /// The browser is gone: every visit's events end.
    pub(super) fn close(&self) {
        *self.table() = Table::default();
    }

    /// Takes one event. Called by the connection's reader, so that arming is queued before anything else of the target.
    pub(super) fn take(&self, cdp: &Cdp, event: ProtocolEvent) {
        match event.method.as_str() {
            "Target.attachedToTarget" => self.attached(cdp, &event.params),
            "Target.detachedFromTarget" => {
                let session = text(&event.params, "sessionId");
                let mut table = self.table();
                if let Some(context) = table.sessions.remove(session)
                    && let Some(context) = table.contexts.get(&context)
                {
                    let _ = context.events.send(TabEvent::Detached { session: session.to_owned() });
                }
            }
            _ => {
                let table = self.table();
                let of = event.session.as_deref().and_then(|session| table.sessions.get(session));
                if let Some(context) = of.and_then(|context| table.contexts.get(context)) {
                    let _ = context.events.send(TabEvent::Protocol(event));
                }
            }
        }
    }

    fn attached(&self, cdp: &Cdp, params: &Value) {
        let info = &params["targetInfo"];
        let (session, target, kind) = (text(params, "sessionId"), text(info, "targetId"), text(info, "type"));
        let mut table = self.table();
        let Some(context) = table.contexts.get_mut(text(info, "browserContextId")) else {
            // Not ours: a tab of the browser's own.
            cdp.tell(Some(session), "Runtime.runIfWaitingForDebugger", json!({}));
            return;
        };
        context.targets += 1;
        context.windows += usize::from(kind == "page");
        if context.targets > MAX_TARGETS || kind == "page" && context.windows > MAX_WINDOWS {
            if kind == "page" {
                // Stopped before its first line it would stop the page that opened it, too, where one process holds both.
                // Nobody answers its requests, so that nothing leaves it before it is closed.
                cdp.tell(
                    Some(session),
                    "Fetch.enable",
                    json!({"patterns": [{"urlPattern": "*", "requestStage": "Request"}]}),
                );
                cdp.tell(Some(session), "Runtime.runIfWaitingForDebugger", json!({}));
            }
            cdp.tell(None, "Target.closeTarget", json!({"targetId": target}));
            let _ = context.events.send(TabEvent::Refused);
            return;
        }
        arm(cdp, session, kind, &context.arming);
        let _ = context.events.send(TabEvent::Attached {
            session: session.to_owned(),
            target: target.to_owned(),
            kind: kind.to_owned(),
        });
        let context = text(info, "browserContextId").to_owned();
        table.sessions.insert(session.to_owned(), context);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Queues everything that must stand before the target runs, and lets it go last.
fn arm(cdp: &Cdp, session: &str, kind: &str, arming: &Arming) {
    let tell = |method: &str, params: Value| cdp.tell(Some(session), method, params);
    tell("Network.enable", json!({"maxPostDataSize": INLINE_BODY}));
    tell("Fetch.enable", json!({"patterns": [{"urlPattern": "*", "requestStage": "Request"}]}));
    if !arming.headers.is_empty() {
        let fields: serde_json::Map<String, Value> =
            arming.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        tell("Network.setExtraHTTPHeaders", json!({"headers": fields}));
    }
    tell("Runtime.enable", json!({}));
    // Or an image names the document rather than the script that made it.
    tell("Runtime.setAsyncCallStackDepth", json!({"maxDepth": STACK_DEPTH}));
    if matches!(kind, "page" | "iframe") {
        tell("Page.enable", json!({}));
        tell("Log.enable", json!({}));
        if arming.watch.is_some() {
            tell("DOMStorage.enable", json!({}));
        }
        if let Some(apart) = &arming.apart {
            tell("Runtime.addBinding", json!({"name": apart.binding, "executionContextName": apart.world}));
            for source in &apart.scripts {
                let params = json!({"source": source, "worldName": apart.world, "runImmediately": true});
                tell("Page.addScriptToEvaluateOnNewDocument", params);
            }
        }
        for source in arming.watch.iter().chain(&arming.scripts) {
            tell("Page.addScriptToEvaluateOnNewDocument", json!({"source": source, "runImmediately": true}));
        }
    }
    if let (Some(watch), "worker" | "shared_worker" | "service_worker") = (&arming.watch, kind) {
        // It is stopped before its first line, and has no documents that a script could be set before.
        tell("Runtime.evaluate", json!({"expression": watch, "silent": true}));
    }
    tell("Target.setAutoAttach", auto_attach());
    tell("Runtime.runIfWaitingForDebugger", json!({}));
}

/// Every target but the browser's own windows and tabs.
pub(super) fn auto_attach() -> Value {
    json!({
        "autoAttach": true,
        "waitForDebuggerOnStart": true,
        "flatten": true,
        "filter": [
            {"type": "browser_ui", "exclude": true},
            {"type": "tab", "exclude": true},
            {"type": "browser", "exclude": true},
            {},
        ],
    })
}

/// A text field of a message, or nothing.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
