//! What a browser saw on the network as HTTP Archive 1.2: each pass over a page is a page of the archive, each hop of a
//! redirect an entry. Secrets are taken out; bodies of answers were never kept. An audit that kept no requests gives those
//! to vendors, which stand with its pages.

mod entry;
mod redact;

use std::io::Write;

use pixelproof_model::{Beacon, Exchange, Page, PassEnd, PassTraffic};
use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeSeq},
};
use serde_json::{Value, json};

use self::entry::entries;
use super::{
    json::write_pretty,
    source::{Source, Which},
};
use crate::{AuditError, Result};

/// Writes the archive page by page.
pub fn write(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    write_pretty(&Archive { log: Log::of(source) }, out)
}

#[derive(Serialize)]
struct Archive<'a> {
    log: Log<'a>,
}

#[derive(Serialize)]
struct Log<'a> {
    version: &'static str,
    creator: Value,
    comment: String,
    pages: Pages<'a>,
    entries: Entries<'a>,
}

impl<'a> Log<'a> {
    fn of(source: &'a dyn Source) -> Log<'a> {
        let audit = &source.outline().audit;
        let (name, version) = audit.tool.split_once(' ').unwrap_or((&audit.tool, ""));
        let comment = format!(
            "Audit {} of {}. Entries with _held were recorded and answered on the auditor's machine and never reached their hosts. \
             Values that are secrets are redacted.",
            audit.id, audit.start_url
        );
        Log {
            version: "1.2",
            creator: json!({"name": name, "version": version}),
            comment,
            pages: Pages(source),
            entries: Entries(source),
        }
    }
}

struct Pages<'a>(&'a dyn Source);

impl Serialize for Pages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        each_pass(self.0, &mut |page, pass, number| {
            list.serialize_element(&page_of(page, pass, number)).map_err(|e| AuditError::Report(e.to_string()))
        })
        .map_err(S::Error::custom)?;
        list.end()
    }
}

struct Entries<'a>(&'a dyn Source);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        each_pass(self.0, &mut |page, pass, number| {
            for exchange in &pass.exchanges {
                let beacon = exchange.beacon.and_then(|id| page.beacons.iter().find(|beacon| beacon.id == id));
                for entry in entries(exchange, beacon, pass, &pageref(number, pass)) {
                    list.serialize_element(&entry).map_err(|e| AuditError::Report(e.to_string()))?;
                }
            }
            Ok(())
        })
        .map_err(S::Error::custom)?;
        list.end()
    }
}

/// Calls `take` with each pass that was watched, in one order, with a number for its page.
fn each_pass(source: &dyn Source, take: &mut dyn FnMut(&Page, &PassTraffic, usize) -> Result<()>) -> Result<()> {
    let mut number = 0;
    source.pages(Which::All, &mut |page, _| {
        let page = &page.page;
        if !page.passes.iter().any(|end| end.looked) {
            return Ok(());
        }
        number += 1;
        let kept = source.traffic(&page.url)?;
        for end in page.passes.iter().filter(|end| end.looked) {
            match kept.iter().find(|kept| kept.pass == end.pass) {
                Some(pass) => take(page, pass, number)?,
                None => take(page, &of_beacons(page, end, &source.outline().audit.started), number)?,
            }
        }
        Ok(())
    })
}

/// Of an audit that kept no requests: those to vendors.
fn of_beacons(page: &Page, end: &PassEnd, started: &str) -> PassTraffic {
    let of_pass = page.beacons.iter().filter(|beacon| beacon.pass == end.pass);
    PassTraffic {
        pass: end.pass,
        begun: started.to_owned(),
        load_ms: end.load_ms,
        exchanges: of_pass.map(of_beacon).collect(),
    }
}

fn of_beacon(beacon: &Beacon) -> Exchange {
    let bytes = beacon.body.as_deref().map_or(0, str::len);
    Exchange {
        at_ms: beacon.at_ms,
        method: beacon.method.clone(),
        url: beacon.url.clone(),
        redirects: Vec::new(),
        kind: "other".to_owned(),
        headers: beacon.headers.clone(),
        body: beacon.body.clone(),
        body_base64: beacon.body_base64.clone(),
        body_bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        status: beacon.status,
        answer: None,
        held: beacon.held,
        error: beacon.error.clone(),
        beacon: Some(beacon.id),
    }
}

fn pageref(number: usize, pass: &PassTraffic) -> String {
    format!("page_{number}_{}", pass.pass.name())
}

fn page_of(page: &Page, pass: &PassTraffic, number: usize) -> Value {
    let address = redact::address(page.url.as_str());
    json!({
        "startedDateTime": pass.begun,
        "id": pageref(number, pass),
        "title": address,
        "pageTimings": {"onContentLoad": -1, "onLoad": pass.load_ms.unwrap_or(-1)},
        "comment": format!("pass {}", pass.pass.name()),
    })
}
