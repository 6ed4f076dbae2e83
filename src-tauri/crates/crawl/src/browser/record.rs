//! What left a page, from the browser's events: a pure state machine, tested on recorded ones. A redirect chain is one
//! request; a preflight is none.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    cdp::ProtocolEvent,
    console::Console,
    fields::{MAX_HEADER, body_of, fields, header, status_of},
    initiator::initiator,
    pages::Pages,
    sent::{Answer, ConsoleMessage, Sent},
    targets::text,
};

/// Requests of one visit recorded in full; what comes after is counted.
pub const MAX_REQUESTS: usize = 4000;
/// Longest address kept.
pub const MAX_ADDRESS: usize = 64 << 10;
/// Longest body kept of one request.
pub const MAX_BODY: usize = 1 << 20;
/// Bytes of bodies kept of one visit.
pub const MAX_BODIES: usize = 16 << 20;
/// Milliseconds after a page has come in which what the page before sent at its end is still heard of.
const FAREWELL: i64 = 2000;
/// Hops of a redirect chain kept.
const MAX_HOPS: usize = 20;

/// A request that waits for what is to become of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paused {
    /// Session that asks.
    pub(super) session: Option<String>,
    /// The browser's id for the answer.
    pub(super) id: String,
    /// Its place among the requests; `None` for a preflight and for what is no longer recorded.
    pub(super) record: Option<usize>,
    /// The request as it stands now, after redirects.
    pub(super) request: Sent,
    /// Origin that the answer has to allow.
    pub(super) origin: Option<String>,
    /// Frame that it is for.
    pub(super) frame: String,
    /// A question before the request proper: it asks whether this method and these header fields are allowed.
    pub(super) preflight: Option<(String, String)>,
    /// Id by which to ask for a body that did not come along.
    pub(super) body_of: Option<String>,
}

/// Collects what a visit's targets report.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    requests: Vec<Sent>,
    /// The browser's id of a request to its place.
    by_id: HashMap<String, usize>,
    console: Console,
    /// Requests beyond the limit.
    uncounted: u64,
    bodies: usize,
    /// The browser's clock when the navigation began, in seconds.
    zero: Option<f64>,
    leaving: bool,
    pages: Pages,
    /// Requests that were paused just after a page had come, and that no page announced so far.
    unannounced: Vec<usize>,
    /// When the page that is there came.
    arrived: i64,
    main_status: Option<u16>,
}

impl Recorder {
    /// Takes an event. `now` is the time of its arrival in milliseconds after the navigation began.
    pub(super) fn take(&mut self, event: &ProtocolEvent, now: i64) -> Option<Paused> {
        let params = &event.params;
        match event.method.as_str() {
            "Network.requestWillBeSent" => self.will_be_sent(params, now),
            "Fetch.requestPaused" => return self.paused(event.session.clone(), params, now),
            "Network.responseReceived" => self.answered(params, now),
            "Network.loadingFinished" => self.done(params, now),
            "Network.loadingFailed" => self.failed(params),
            "Network.webSocketCreated" => self.socket(params, now),
            _ => self.console.take(event, now),
        }
        None
    }

    /// From now on requests are sent while the page is left.
    pub(super) fn leave(&mut self) {
        self.leaving = true;
    }

    /// The tab is told to go to a further page of the same visit.
    pub(super) fn go(&mut self) {
        self.leaving = false;
        self.pages.go();
    }

    /// The page of this load is there.
    pub(super) fn arrived(&mut self, loader: &str, now: i64) {
        self.pages.arrived(loader);
        self.arrived = now;
    }

    /// How many pages the tab was told to go to.
    pub(super) fn pages(&self) -> u32 {
        self.pages.asked()
    }

    /// Marks a request as answered here.
    pub(super) fn hold(&mut self, record: usize) {
        if let Some(request) = self.requests.get_mut(record) {
            request.held = true;
        }
    }

    /// Gives a request that is not announced yet the document that it seems to belong to.
    pub(super) fn set_document(&mut self, paused: &Paused) {
        if let Some(request) = paused.record.and_then(|record| self.requests.get_mut(record)) {
            request.document.clone_from(&paused.request.document);
        }
    }

    /// Gives a request the body that was asked for later.
    pub(super) fn set_body(&mut self, record: usize, body: Vec<u8>) {
        let kept = self.room_for(body);
        if let Some(request) = self.requests.get_mut(record) {
            (request.body, request.body_cut) = kept;
        }
    }

    /// A request's body could not be had.
    pub(super) fn lost_body(&mut self, record: usize) {
        if let Some(request) = self.requests.get_mut(record) {
            request.body_cut = true;
        }
    }

    /// Address of a request by the browser's id, as far as it was redirected by now.
    pub(super) fn address(&self, id: &str) -> String {
        let sent = self.by_id.get(id).and_then(|at| self.requests.get(*at));
        sent.map(|sent| sent.now_at().to_owned()).unwrap_or_default()
    }

    /// Whether something that was sent while the page was left has not been answered yet.
    pub(super) fn is_sending(&self) -> bool {
        let open = |sent: &Sent| sent.leaving && !sent.held && sent.status.is_none() && sent.error.is_none();
        self.requests.iter().any(open)
    }

    /// Whether something that was sent since then, and is let go, has not been answered yet.
    pub(super) fn is_under_way(&self, since: i64) -> bool {
        let brief = |sent: &Sent| matches!(sent.kind.as_str(), "Image" | "Ping" | "Fetch" | "XHR" | "Script" | "Other");
        let open = |sent: &Sent| !sent.held && sent.status.is_none() && sent.error.is_none();
        self.requests.iter().rev().any(|sent| sent.at_ms >= since && brief(sent) && open(sent))
    }

    /// A request by its place.
    pub(super) fn request(&self, record: usize) -> Option<&Sent> {
        self.requests.get(record)
    }

    /// Requests from the one of this number on, in the order in which they came.
    pub(super) fn since(&self, first: usize) -> Vec<Sent> {
        self.requests.get(first..).unwrap_or_default().to_vec()
    }

    /// How many requests are recorded.
    pub(super) fn count(&self) -> usize {
        self.requests.len()
    }

    /// Status of the last document of the main frame.
    pub(super) fn main_status(&self) -> Option<u16> {
        self.main_status
    }

    /// Everything recorded, in the order in which it was sent, and how many requests were too many.
    pub(super) fn finish(self) -> (Vec<Sent>, Vec<ConsoleMessage>, u64) {
        let mut requests = self.requests;
        // What a page sends at its very end nobody announces any more: it is that of the page before.
        for at in self.unannounced {
            if let Some(sent) = requests.get_mut(at).filter(|sent| sent.page > 1 && !sent.leaving) {
                sent.page -= 1;
                sent.leaving = true;
            }
        }
        requests.sort_by_key(|request| request.at_ms);
        (requests, self.console.messages, self.uncounted)
    }

    fn will_be_sent(&mut self, params: &Value, now: i64) {
        let id = text(params, "requestId");
        let request = &params["request"];
        if text(request, "method") == "OPTIONS" && params["initiator"]["type"] == "preflight" {
            return;
        }
        let timestamp = params["timestamp"].as_f64();
        if self.zero.is_none() && params["type"] == "Document" {
            self.zero = timestamp.map(|at| at - now as f64 / 1000.0);
        }
        let page = self.pages.announced(params);
        if let Some(known) = self.by_id.get(id).and_then(|at| self.requests.get_mut(*at)) {
            if !params["redirectResponse"].is_null() {
                hop(known, text(request, "url"));
                let status = status_of(&params["redirectResponse"]).unwrap_or(0);
                if known.hop_status.len() < known.hops.len() {
                    known.hop_status.push(status);
                }
            }
            // It was paused before it was announced.
            self.unannounced.retain(|at| Some(at) != self.by_id.get(id));
            known.initiator = initiator(&params["initiator"]);
            known.document = cut(text(params, "documentURL"), MAX_ADDRESS);
            if let Some(page) = page {
                known.page = page;
                known.leaving |= self.pages.is_left(page);
            }
            return;
        }
        let at_ms = self.at(timestamp, now);
        let sent = self.sent(request, text(params, "type"), at_ms, page.unwrap_or(self.pages.by_order()));
        let sent = Sent {
            document: cut(text(params, "documentURL"), MAX_ADDRESS),
            initiator: initiator(&params["initiator"]),
            ..sent
        };
        self.announce(id, sent);
    }

    fn paused(&mut self, session: Option<String>, params: &Value, now: i64) -> Option<Paused> {
        let request = &params["request"];
        let id = params["networkId"].as_str().or_else(|| params["requestId"].as_str()).unwrap_or_default();
        let origin = header(request, "origin");
        let mut paused = Paused {
            session,
            id: text(params, "requestId").to_owned(),
            record: None,
            request: Sent::default(),
            origin,
            frame: text(params, "frameId").to_owned(),
            preflight: None,
            body_of: None,
        };
        let method = header(request, "access-control-request-method");
        if text(request, "method") == "OPTIONS"
            && let Some(method) = method
        {
            let fields = header(request, "access-control-request-headers").unwrap_or_default();
            paused.preflight = Some((method, fields));
            paused.request = self.sent(request, text(params, "resourceType"), now, self.pages.by_order());
            return Some(paused);
        }
        let known = self.by_id.get(id).copied();
        let record = match known.filter(|at| self.requests.get(*at).is_some()) {
            Some(at) => at,
            None => {
                let sent = self.sent(request, text(params, "resourceType"), now, self.pages.by_order());
                if !self.has_room() {
                    // Counted when it was announced; what becomes of it is still to be decided.
                    let body = body_of(request).0.map(|mut body| {
                        body.truncate(MAX_BODY);
                        body
                    });
                    paused.request = Sent { body, ..sent };
                    return Some(paused);
                }
                let record = self.add(id, sent);
                if now - self.arrived <= FAREWELL {
                    self.unannounced.push(record);
                }
                record
            }
        };
        let (body, missing) = body_of(request);
        let wants = self.requests.get(record).is_some_and(|sent| sent.body.is_none());
        if wants && let Some(body) = body {
            self.set_body(record, body);
        } else if wants && missing {
            paused.body_of = Some(id.to_owned());
        }
        if let Some(sent) = self.requests.get_mut(record) {
            if !params["redirectedRequestId"].is_null() {
                hop(sent, text(request, "url"));
            }
            sent.kind = text(params, "resourceType").to_owned();
            paused.request = sent.clone();
        }
        paused.record = Some(record);
        Some(paused)
    }

    fn answered(&mut self, params: &Value, now: i64) {
        let response = &params["response"];
        let status = status_of(response);
        let at_ms = self.at(params["timestamp"].as_f64(), now);
        if let Some(known) = self.known(params) {
            known.status = status;
            known.answer = Some(Answer {
                reason: cut(text(response, "statusText"), MAX_HEADER),
                protocol: cut(text(response, "protocol"), MAX_HEADER),
                headers: fields(&response["headers"]),
                media_type: cut(text(response, "mimeType"), MAX_HEADER),
                at_ms,
                done_ms: None,
                bytes: None,
            });
        }
        if params["type"] == "Document" {
            self.main_status = status;
        }
    }

    fn done(&mut self, params: &Value, now: i64) {
        let at_ms = self.at(params["timestamp"].as_f64(), now);
        if let Some(answer) = self.known(params).and_then(|known| known.answer.as_mut()) {
            answer.done_ms = Some(at_ms);
            // The browser counts in floating point.
            answer.bytes = params["encodedDataLength"].as_f64().map(|bytes| bytes.max(0.0) as u64);
        }
    }

    fn failed(&mut self, params: &Value) {
        let reason = params["blockedReason"].as_str().or_else(|| params["errorText"].as_str());
        let reason = reason.unwrap_or("failed").to_owned();
        // What is left with the page counts as sent: the browser ends the loads that nobody waits for any more.
        if let Some(known) = self.known(params)
            && known.status.is_none()
        {
            known.error = Some(reason);
        }
    }

    fn socket(&mut self, params: &Value, now: i64) {
        let sent = Sent {
            at_ms: now,
            method: "WEBSOCKET".to_owned(),
            url: cut(text(params, "url"), MAX_ADDRESS),
            kind: "WebSocket".to_owned(),
            initiator: initiator(&params["initiator"]),
            leaving: self.leaving,
            page: self.pages.by_order(),
            ..Sent::default()
        };
        self.announce(text(params, "requestId"), sent);
    }

    fn known(&mut self, params: &Value) -> Option<&mut Sent> {
        self.by_id.get(text(params, "requestId")).and_then(|at| self.requests.get_mut(*at))
    }

    fn has_room(&self) -> bool {
        self.requests.len() < MAX_REQUESTS
    }

    /// Records a request and says its place.
    fn add(&mut self, id: &str, sent: Sent) -> usize {
        self.requests.push(sent);
        self.by_id.insert(id.to_owned(), self.requests.len() - 1);
        self.requests.len() - 1
    }

    /// Records a request that was announced, or counts it.
    fn announce(&mut self, id: &str, sent: Sent) {
        match self.has_room() {
            true => drop(self.add(id, sent)),
            false => self.uncounted += 1,
        }
    }

    fn sent(&self, request: &Value, kind: &str, at_ms: i64, page: u32) -> Sent {
        let address = text(request, "url");
        Sent {
            at_ms,
            method: text(request, "method").to_owned(),
            url: cut(address, MAX_ADDRESS),
            headers: fields(&request["headers"]),
            kind: kind.to_owned(),
            leaving: self.leaving || self.pages.is_left(page),
            page,
            // Until it comes.
            body_cut: request["hasPostData"] == true,
            ..Sent::default()
        }
    }

    fn room_for(&mut self, mut body: Vec<u8>) -> (Option<Vec<u8>>, bool) {
        let room = MAX_BODY.min(MAX_BODIES.saturating_sub(self.bodies));
        let too_long = body.len() > room;
        body.truncate(room);
        self.bodies += body.len();
        (Some(body), too_long)
    }

    fn at(&self, timestamp: Option<f64>, now: i64) -> i64 {
        match (timestamp, self.zero) {
            (Some(at), Some(zero)) => ((at - zero) * 1000.0).round() as i64,
            _ => now,
        }
    }
}

/// The next address of a redirect chain. Announced and paused, each hop comes twice.
fn hop(sent: &mut Sent, url: &str) {
    let url = cut(url, MAX_ADDRESS);
    if sent.now_at() != url && sent.hops.len() < MAX_HOPS {
        sent.hops.push(url);
    }
}

/// The beginning of a text, whole characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.get(..text.floor_char_boundary(most.min(text.len()))).unwrap_or_default().to_owned()
}
