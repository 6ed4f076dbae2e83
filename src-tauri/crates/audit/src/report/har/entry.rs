//! A request and its answer as entries of an archive.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use pixelproof_model::{Beacon, Exchange, PassTraffic};
use serde_json::{Value, json};
use url::Url;

use super::redact;

/// One entry for each hop.
pub(super) fn entries(exchange: &Exchange, beacon: Option<&Beacon>, pass: &PassTraffic, pageref: &str) -> Vec<Value> {
    let mut url = exchange.url.as_str();
    let mut out = Vec::with_capacity(exchange.redirects.len() + 1);
    for (status, to) in &exchange.redirects {
        let answer = json!({"status": status, "redirectURL": redact::address(to)});
        out.push(entry(exchange, url, pass, pageref, answer));
        url = to;
    }
    let mut last = entry(exchange, url, pass, pageref, answer_of(exchange));
    if let Some(fields) = last.as_object_mut() {
        let answered = exchange.answer.as_ref();
        let wait = answered.map_or(0, |answer| (answer.at_ms - exchange.at_ms).max(0));
        let receive = answered.map_or(0, |answer| (answer.done_ms.unwrap_or(answer.at_ms) - answer.at_ms).max(0));
        fields.insert("time".to_owned(), (wait + receive).into());
        fields.insert("timings".to_owned(), json!({"send": 0, "wait": wait, "receive": receive}));
        if let Some(comment) = comment(exchange, beacon) {
            fields.insert("comment".to_owned(), comment.into());
        }
        if let Some(beacon) = beacon {
            fields.insert("_vendor".to_owned(), json!(beacon.vendor));
            fields.insert("_phase".to_owned(), json!(beacon.phase));
        }
    }
    out.push(last);
    out
}

fn entry(exchange: &Exchange, url: &str, pass: &PassTraffic, pageref: &str, answer: Value) -> Value {
    let protocol = exchange.answer.as_ref().map_or("", |answer| answer.protocol.as_str());
    let protocol = if protocol.is_empty() { "HTTP/1.1" } else { protocol };
    let mut response = json!({
        "status": 0, "statusText": "", "httpVersion": protocol, "cookies": [], "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
    });
    if let (Some(all), Value::Object(known)) = (response.as_object_mut(), answer) {
        all.extend(known);
    }
    let mut entry = json!({
        "pageref": pageref,
        "startedDateTime": moment(&pass.begun, exchange.at_ms),
        "time": 0,
        "request": request_of(exchange, url, protocol),
        "response": response,
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "_resourceType": exchange.kind,
    });
    if exchange.held
        && let Some(fields) = entry.as_object_mut()
    {
        fields.insert("_held".to_owned(), true.into());
    }
    entry
}

fn request_of(exchange: &Exchange, url: &str, protocol: &str) -> Value {
    // A socket begins as any other request.
    let method = if exchange.method == "WEBSOCKET" { "GET" } else { &exchange.method };
    let mut request = json!({
        "method": method,
        "url": redact::address(url),
        "httpVersion": protocol,
        "cookies": [],
        "headers": headers(&exchange.headers),
        "queryString": query(url),
        "headersSize": -1,
        "bodySize": exchange.body_bytes,
    });
    let kind = exchange.headers.get("content-type").map_or("", String::as_str);
    let posted = match (&exchange.body, &exchange.body_base64) {
        (Some(text), _) => Some(json!({"mimeType": kind, "text": redact::body(text, kind)})),
        // The format has no place for bytes in a request; readers know this mark from answers.
        (None, Some(bytes)) => Some(json!({"mimeType": kind, "text": bytes, "_encoding": "base64"})),
        (None, None) => None,
    };
    if let (Some(fields), Some(posted)) = (request.as_object_mut(), posted) {
        fields.insert("postData".to_owned(), posted);
    }
    request
}

fn answer_of(exchange: &Exchange) -> Value {
    let status = exchange.status.unwrap_or(0);
    let Some(answer) = &exchange.answer else {
        let mut answer = json!({"status": status});
        if let (Some(fields), Some(error)) = (answer.as_object_mut(), &exchange.error) {
            fields.insert("_error".to_owned(), error.as_str().into());
        }
        return answer;
    };
    let kind = if answer.media_type.is_empty() { "x-unknown" } else { &answer.media_type };
    json!({
        "status": status,
        "statusText": answer.reason,
        "headers": headers(&answer.headers),
        "content": {"size": answer.bytes.unwrap_or(0), "mimeType": kind, "comment": "not kept"},
        "redirectURL": answer.headers.get("location").map(|to| redact::address(to)).unwrap_or_default(),
        "bodySize": answer.bytes.map_or(json!(-1), |bytes| json!(bytes)),
    })
}

fn comment(exchange: &Exchange, beacon: Option<&Beacon>) -> Option<String> {
    let held = "held: recorded and answered on the auditor's machine, never sent";
    let of = beacon.and_then(|beacon| beacon.vendor.as_deref()).map(|vendor| format!("beacon of {vendor}"));
    match (of, exchange.held) {
        (Some(of), true) => Some(format!("{of}, {held}")),
        (of, false) => of,
        (None, true) => Some(held.to_owned()),
    }
}

fn headers(fields: &BTreeMap<String, String>) -> Vec<Value> {
    let shown = fields.iter().map(|(name, value)| json!({"name": name, "value": redact::header(name, value)}));
    shown.collect()
}

fn query(url: &str) -> Vec<Value> {
    let Ok(url) = Url::parse(url) else { return Vec::new() };
    url.query_pairs().map(|(name, value)| json!({"name": name, "value": redact::value(&name, &value)})).collect()
}

/// A moment after another, RFC 3339.
fn moment(begun: &str, after_ms: i64) -> String {
    let moment = begun.parse::<Timestamp>().ok();
    let moment = moment.and_then(|begun| begun.checked_add(SignedDuration::from_millis(after_ms)).ok());
    moment.map_or_else(|| begun.to_owned(), |moment| moment.to_string())
}
