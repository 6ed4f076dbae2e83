//! What left a page, from the browser's events: a pure state machine, tested on recorded ones. A redirect chain is one
//! request; a preflight is none.

use std::collections::{BTreeMap, HashMap};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    cdp::ProtocolEvent,
    initiator::initiator,
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
/// Hops of a redirect chain kept.
const MAX_HOPS: usize = 20;
/// Header fields kept of a request, and the longest value.
const MAX_HEADERS: usize = 64;
const MAX_HEADER: usize = 4096;
/// Console messages kept of a visit, and the longest.
const MAX_MESSAGES: usize = 200;
const MAX_MESSAGE: usize = 2000;

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
    messages: Vec<ConsoleMessage>,
    /// Requests beyond the limit.
    uncounted: u64,
    bodies: usize,
    /// The browser's clock when the navigation began, in seconds.
    zero: Option<f64>,
    leaving: bool,
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
            "Runtime.consoleAPICalled" => self.console(params, now),
            "Runtime.exceptionThrown" => self.exception(params, now),
            "Log.entryAdded" => self.log_entry(params, now),
            _ => {}
        }
        None
    }

    /// From now on requests are sent while the page is left.
    pub(super) fn leave(&mut self) {
        self.leaving = true;
    }

    /// From now on requests belong to a further page of the same visit.
    pub(super) fn arrive(&mut self) {
        self.leaving = false;
    }

    /// Marks a request as answered here.
    pub(super) fn hold(&mut self, record: usize) {
        if let Some(request) = self.requests.get_mut(record) {
            request.held = true;
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
        requests.sort_by_key(|request| request.at_ms);
        (requests, self.messages, self.uncounted)
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
        if let Some(known) = self.by_id.get(id).and_then(|at| self.requests.get_mut(*at)) {
            if !params["redirectResponse"].is_null() {
                hop(known, text(request, "url"));
                let status = status_of(&params["redirectResponse"]).unwrap_or(0);
                if known.hop_status.len() < known.hops.len() {
                    known.hop_status.push(status);
                }
            }
            // It was paused before it was announced.
            known.initiator = initiator(&params["initiator"]);
            known.document = cut(text(params, "documentURL"), MAX_ADDRESS);
            return;
        }
        let at_ms = self.at(timestamp, now);
        let sent = self.sent(request, text(params, "type"), at_ms);
        let sent = Sent {
            document: cut(text(params, "documentURL"), MAX_ADDRESS),
            initiator: initiator(&params["initiator"]),
            ..sent
        };
        self.add(id, sent);
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
            paused.request = self.sent(request, text(params, "resourceType"), now);
            return Some(paused);
        }
        let known = self.by_id.get(id).copied();
        let record = match known.filter(|at| self.requests.get(*at).is_some()) {
            Some(at) => at,
            None => {
                let sent = self.sent(request, text(params, "resourceType"), now);
                match self.add(id, sent) {
                    Some(at) => at,
                    None => {
                        paused.request = self.sent(request, text(params, "resourceType"), now);
                        return Some(paused);
                    }
                }
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
            ..Sent::default()
        };
        self.add(text(params, "requestId"), sent);
    }

    fn console(&mut self, params: &Value, now: i64) {
        let words = params["args"].as_array().into_iter().flatten().map(|argument| match &argument["value"] {
            Value::Null => text(argument, "description").to_owned(),
            Value::String(words) => words.clone(),
            other => other.to_string(),
        });
        let words: Vec<String> = words.collect();
        let source = params["stackTrace"]["callFrames"][0]["url"].as_str();
        self.message(now, text(params, "type"), &words.join(" "), source);
    }

    fn exception(&mut self, params: &Value, now: i64) {
        let details = &params["exceptionDetails"];
        let words = details["exception"]["description"].as_str().unwrap_or_else(|| text(details, "text"));
        let source = details["url"].as_str().or_else(|| details["stackTrace"]["callFrames"][0]["url"].as_str());
        self.message(now, "exception", words, source);
    }

    fn log_entry(&mut self, params: &Value, now: i64) {
        let entry = &params["entry"];
        self.message(now, text(entry, "source"), text(entry, "text"), entry["url"].as_str());
    }

    fn message(&mut self, at_ms: i64, level: &str, words: &str, source: Option<&str>) {
        if self.messages.len() < MAX_MESSAGES && !words.is_empty() {
            self.messages.push(ConsoleMessage {
                at_ms,
                level: level.to_owned(),
                text: cut(words, MAX_MESSAGE),
                source: source.filter(|source| !source.is_empty()).map(|source| cut(source, MAX_ADDRESS)),
            });
        }
    }

    fn known(&mut self, params: &Value) -> Option<&mut Sent> {
        self.by_id.get(text(params, "requestId")).and_then(|at| self.requests.get_mut(*at))
    }

    fn add(&mut self, id: &str, sent: Sent) -> Option<usize> {
        if self.requests.len() >= MAX_REQUESTS {
            self.uncounted += 1;
            return None;
        }
        self.requests.push(sent);
        self.by_id.insert(id.to_owned(), self.requests.len() - 1);
        Some(self.requests.len() - 1)
    }

    fn sent(&self, request: &Value, kind: &str, at_ms: i64) -> Sent {
        let address = text(request, "url");
        Sent {
            at_ms,
            method: text(request, "method").to_owned(),
            url: cut(address, MAX_ADDRESS),
            headers: fields(&request["headers"]),
            kind: kind.to_owned(),
            leaving: self.leaving,
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

/// The body as it came along, and whether there is one that did not.
fn body_of(request: &Value) -> (Option<Vec<u8>>, bool) {
    let pieces = request["postDataEntries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let decoded: Option<Vec<Vec<u8>>> =
        pieces.iter().map(|piece| STANDARD.decode(piece["bytes"].as_str()?).ok()).collect();
    match decoded.filter(|pieces| !pieces.is_empty()) {
        Some(pieces) => (Some(pieces.concat()), false),
        None => match request["postData"].as_str() {
            Some(body) => (Some(body.as_bytes().to_vec()), false),
            None => (None, request["hasPostData"] == true),
        },
    }
}

/// Header fields by lower-case name, without what tells who somebody is.
fn fields(value: &Value) -> BTreeMap<String, String> {
    const SECRET: [&str; 5] = ["cookie", "set-cookie", "authorization", "proxy-authorization", "www-authenticate"];
    let all = value.as_object().into_iter().flatten();
    let all = all.filter_map(|(name, value)| Some((name.to_ascii_lowercase(), cut(value.as_str()?, MAX_HEADER))));
    all.filter(|(name, _)| !SECRET.contains(&name.as_str())).take(MAX_HEADERS).collect()
}

fn status_of(response: &Value) -> Option<u16> {
    response["status"].as_u64().and_then(|status| u16::try_from(status).ok())
}

/// A header field of a request, whatever the case of its name.
fn header(request: &Value, name: &str) -> Option<String> {
    let fields = request["headers"].as_object()?;
    let (_, value) = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    value.as_str().map(|value| cut(value, MAX_HEADER))
}

/// The beginning of a text, whole characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.get(..text.floor_char_boundary(most.min(text.len()))).unwrap_or_default().to_owned()
}
