//! Exercising a page: everything that a visitor may do on it without leaving it or sending anything. While it goes on, going to
//! other pages, sending forms and every other request that changes something is held, and windows that open are closed.

use std::{
    collections::BTreeMap,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::ASK;
use crate::browser::{pump::lock, tab::Tab};

/// Time that exercising one page may take.
const BUDGET: Duration = Duration::from_secs(25);
/// Time for what one act leads to.
const SETTLE: Duration = Duration::from_millis(500);
/// The same for a change of route, which builds a page anew.
const ROUTE: Duration = Duration::from_millis(1500);
/// Screens scrolled through, and the time for each.
const MAX_SCREENS: u32 = 20;
const SCREEN: Duration = Duration::from_millis(120);
/// Menus and other things opened.
const MAX_OPENED: usize = 8;
/// Fields typed into.
const MAX_FIELDS: usize = 25;
/// Links followed as changes of route, and links that lead away before the page counts as none that has routes.
const MAX_ROUTES: usize = 4;
const MAX_AWAY: usize = 2;
/// Elements pressed, all and of those whose handlers name nothing that is known.
const MAX_PRESSED: usize = 30;
const MAX_UNKNOWN: usize = 12;
/// Elements whose handlers are asked for.
const MAX_ELEMENTS: usize = 400;
/// Letters of a call's code that must be found in a handler.
const CODE: usize = 60;

/// The elements of a page that have handlers, or may have. Runs in the page's own world: handlers are known only there.
const ELEMENTS: &str = include_str!("elements.js");

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActKind {
    /// Scrolled to the end.
    Scroll,
    /// Opened a menu or the like.
    Open,
    /// Typed into a field.
    Type,
    /// Followed a link that changed the route.
    Route,
    /// Changed the address as an application does, without its knowing: what leaves then is a library's own doing.
    BareRoute,
    /// Clicked.
    Click,
    /// Had a form sent, as far as the page is concerned.
    Submit,
}

/// One act of exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What kind.
    pub kind: ActKind,
    /// On what: `button#buy “Add to cart”`.
    pub on: String,
    /// When it began, in milliseconds after the navigation began.
    pub at_ms: i64,
    /// Address after it.
    pub address: String,
    /// The wanted calls that its handlers hold, by their place in [`Plan::calls`].
    pub calls: Vec<usize>,
    /// What was held: `GET https://shop.example/cart`.
    pub held: Vec<String>,
}

/// What exercise is given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Calls that wait for a click or a submit, as their code stands in the source.
    pub calls: Vec<String>,
    /// What is typed into fields, by kind: `email`, `phone`, `name` …
    pub typed: BTreeMap<&'static str, &'static str>,
}

#[derive(Debug, Deserialize)]
struct Field {
    path: String,
    kind: String,
}

/// An element with the handlers that it has.
#[derive(Debug)]
struct Handled {
    object: String,
    label: String,
    form: bool,
    /// Calls of the plan that a handler of it holds.
    calls: Vec<usize>,
}

impl Tab {
    /// Exercises the page that is open.
    pub async fn exercise(&mut self, plan: &Plan) -> Vec<Act> {
        self.renew_budget();
        let mut acts = Acts { done: Vec::new(), until: Instant::now() + BUDGET };
        self.shared().exercising.store(true, Relaxed);
        let home = self.address();
        self.scroll(&mut acts).await;
        self.open_all(&mut acts).await;
        self.type_all(plan, &mut acts).await;
        self.press_all(plan, &mut acts).await;
        self.change_routes(&home, &mut acts).await;
        self.shared().exercising.store(false, Relaxed);
        acts.done
    }

    async fn scroll(&mut self, acts: &mut Acts) {
        let begun = self.begin_act();
        for _ in 0..MAX_SCREENS {
            let more = self.does("scroll", &[]).await;
            sleep(SCREEN).await;
            if !more || acts.is_over(self) {
                break;
            }
        }
        self.end_act(acts, begun, ActKind::Scroll, "the page", Vec::new(), SETTLE).await;
    }

    async fn open_all(&mut self, acts: &mut Acts) {
        let paths: Vec<String> = self.list("openers", &[]).await;
        for path in paths.into_iter().take(MAX_OPENED) {
            if acts.is_over(self) {
                return;
            }
            let begun = self.begin_act();
            if self.does("press", &[json!(path)]).await {
                let label = self.label(&path).await;
                self.end_act(acts, begun, ActKind::Open, &label, Vec::new(), SETTLE).await;
            }
        }
    }

    async fn type_all(&mut self, plan: &Plan, acts: &mut Acts) {
        let fields: Vec<Field> = self.list("fields", &[]).await;
        for field in fields.into_iter().take(MAX_FIELDS) {
            let Some(value) = plan.typed.get(field.kind.as_str()) else { continue };
            if acts.is_over(self) {
                return;
            }
            let begun = self.begin_act();
            if self.fill(&field.path, value, Duration::ZERO).await.is_ok() {
                let on = format!("{} ({})", self.label(&field.path).await, field.kind);
                self.end_act(acts, begun, ActKind::Type, &on, Vec::new(), SETTLE).await;
            }
        }
    }

    async fn press_all(&mut self, plan: &Plan, acts: &mut Acts) {
        if plan.calls.is_empty() {
            return;
        }
        let mut elements = self.handled(plan).await;
        // Those that hold a call that is waited for come first; of the others the handlers may lead to one.
        elements.sort_by_key(|element| element.calls.is_empty());
        let found: Vec<usize> = elements.iter().flat_map(|element| element.calls.clone()).collect();
        let unknown = if (0..plan.calls.len()).all(|call| found.contains(&call)) { 0 } else { MAX_UNKNOWN };
        let known = elements.iter().filter(|element| !element.calls.is_empty()).count();
        for element in elements.into_iter().take((known + unknown).min(MAX_PRESSED)) {
            if acts.is_over(self) {
                break;
            }
            // What was opened has run its handlers.
            let opened = |act: &&mut Act| act.kind == ActKind::Open && act.on.eq_ignore_ascii_case(&element.label);
            if let Some(act) = acts.done.iter_mut().find(opened) {
                act.calls.extend(element.calls);
                continue;
            }
            let begun = self.begin_act();
            let (kind, press) = match element.form {
                true => (ActKind::Submit, "function () { this.noValidate = true; this.requestSubmit(); }"),
                false => (ActKind::Click, "function () { this.click(); }"),
            };
            if self.call_on(&element.object, press).await.is_some() {
                self.end_act(acts, begun, kind, &element.label, element.calls, SETTLE).await;
            }
        }
        self.cdp().tell(Some(self.session()), "Runtime.releaseObjectGroup", json!({"objectGroup": GROUP}));
    }

    async fn change_routes(&mut self, home: &str, acts: &mut Acts) {
        let (mut away, mut followed) = (0, 0);
        let mut tried = Vec::new();
        while followed < MAX_ROUTES && away < MAX_AWAY && !acts.is_over(self) {
            let links: Vec<String> = self.list("routes", &[]).await;
            let Some(link) = links.into_iter().find(|link| !tried.contains(link)) else { break };
            tried.push(link.clone());
            let (begun, before) = (self.begin_act(), self.address());
            let label = self.label(&link).await;
            if !self.does("press", &[json!(link)]).await {
                continue;
            }
            self.settle_for(ROUTE).await;
            let changed = bare(&self.address()) != bare(&before);
            let kind = if changed { ActKind::Route } else { ActKind::Click };
            self.end_act(acts, begun, kind, &label, Vec::new(), Duration::ZERO).await;
            if changed {
                followed += 1;
            } else {
                away += 1;
            }
        }
        if followed == 0 || acts.is_over(self) {
            return;
        }
        let begun = self.begin_act();
        const BARE: &str = "history.pushState(history.state, '', location.pathname + '?pixelproof-route=1')";
        if self.evaluate(BARE).await.is_ok() {
            self.end_act(acts, begun, ActKind::BareRoute, "the address alone", Vec::new(), ROUTE).await;
            let back = format!("history.replaceState(history.state, '', {})", json!(home));
            let _ = self.evaluate(&back).await;
        }
    }

    fn begin_act(&self) -> i64 {
        lock(&self.shared().held_back).clear();
        self.now_ms()
    }

    async fn end_act(
        &mut self,
        acts: &mut Acts,
        at_ms: i64,
        kind: ActKind,
        on: &str,
        calls: Vec<usize>,
        settle: Duration,
    ) {
        self.settle_for(settle).await;
        let held = std::mem::take(&mut *lock(&self.shared().held_back));
        acts.done.push(Act { kind, on: on.to_owned(), at_ms, address: self.address(), calls, held });
    }

    async fn settle_for(&self, time: Duration) {
        let mut signals = self.shared().signals.subscribe();
        let _ = timeout(time, signals.wait_for(|signals| signals.crashed || signals.ended)).await;
    }

    /// Whether a function of ours did what it was asked for.
    async fn does(&self, function: &str, arguments: &[Value]) -> bool {
        self.ask(function, arguments).await.is_ok_and(|done| done == true)
    }

    async fn label(&self, path: &str) -> String {
        let label = self.ask("label", &[json!(path)]).await.ok();
        label.and_then(|label| label.as_str().map(str::to_owned)).unwrap_or_else(|| path.to_owned())
    }

    /// Elements with handlers, and which calls those hold.
    async fn handled(&self, plan: &Plan) -> Vec<Handled> {
        let mut out = Vec::new();
        let wanted: Vec<String> = plan.calls.iter().map(|code| squash(code).chars().take(CODE).collect()).collect();
        for object in self.elements().await.unwrap_or_default() {
            let Some(handlers) = self.handlers(&object).await else { continue };
            if handlers.is_empty() {
                continue;
            }
            let about = self.call_on(&object, LABEL).await.unwrap_or_default();
            let holds = |code: &str| !code.is_empty() && handlers.iter().any(|handler| handler.contains(code));
            let calls: Vec<usize> = (0..).zip(&wanted).filter(|(_, code)| holds(code)).map(|(call, _)| call).collect();
            let form = about["form"] == true;
            if form || about["shown"] == true || !calls.is_empty() {
                let label = about["label"].as_str().unwrap_or_default().to_owned();
                out.push(Handled { object, label, form, calls });
            }
        }
        out
    }

    async fn elements(&self) -> Option<Vec<String>> {
        let params = json!({"expression": ELEMENTS, "objectGroup": GROUP});
        let list = self.command("Runtime.evaluate", params).await?;
        let params = json!({"objectId": list["result"]["objectId"], "ownProperties": true});
        let items = self.command("Runtime.getProperties", params).await?;
        let items = items["result"].as_array()?.iter();
        let objects = items.filter(|item| item["name"].as_str().is_some_and(|name| name.parse::<u32>().is_ok()));
        Some(
            objects
                .filter_map(|item| item["value"]["objectId"].as_str().map(str::to_owned))
                .take(MAX_ELEMENTS)
                .collect(),
        )
    }

    /// Sources of an element's handlers for clicks and submits, without their white space.
    async fn handlers(&self, object: &str) -> Option<Vec<String>> {
        let listeners = self.command("DOMDebugger.getEventListeners", json!({"objectId": object})).await?;
        let mut sources = Vec::new();
        for listener in listeners["listeners"].as_array()? {
            let kind = listener["type"].as_str().unwrap_or_default();
            if !matches!(kind, "click" | "submit" | "mousedown" | "mouseup" | "pointerdown" | "pointerup") {
                continue;
            }
            let Some(handler) = listener["handler"]["objectId"].as_str() else { continue };
            const SOURCE: &str =
                "function () { return Function.prototype.toString.call(this.handleEvent || this).slice(0, 20000); }";
            let source = self.call_on(handler, SOURCE).await.unwrap_or_default();
            sources.push(squash(source.as_str().unwrap_or_default()));
        }
        Some(sources)
    }

    async fn call_on(&self, object: &str, function: &str) -> Option<Value> {
        let params = json!({"objectId": object, "functionDeclaration": function, "returnByValue": true});
        let mut answer = self.command("Runtime.callFunctionOn", params).await?;
        Some(answer["result"]["value"].take())
    }

    async fn command(&self, method: &str, params: Value) -> Option<Value> {
        timeout(ASK, self.cdp().send(Some(self.session()), method, params)).await.ok()?.ok()
    }
}

/// Objects of the page that are held for exercise.
const GROUP: &str = "pixelproofExercise";

/// Says of an element what it is.
const LABEL: &str = "function () { const text = (this.innerText || this.value || this.name || '').trim().replace(/\\s+/g, ' ').slice(0, 60); \
    return {label: this.tagName.toLowerCase() + (this.id ? '#' + this.id : '') + (text ? ' \u{201c}' + text + '\u{201d}' : ''), \
    form: this.tagName === 'FORM', shown: !!this.getClientRects().length && !/^(A|BODY|HTML)$/.test(this.tagName)}; }";

struct Acts {
    done: Vec<Act>,
    until: Instant,
}

impl Acts {
    fn is_over(&self, tab: &Tab) -> bool {
        Instant::now() >= self.until || tab.is_lost()
    }
}

/// Code without its white space: a browser gives it back as it is written, but excerpts are cut and joined.
fn squash(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

/// An address without what changes no route.
fn bare(address: &str) -> &str {
    address
        .split_once('#')
        .map_or(address, |(before, after)| if after.starts_with(['/', '!']) { address } else { before })
}
