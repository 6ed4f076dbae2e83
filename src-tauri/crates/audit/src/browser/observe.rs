//! From what the browser recorded to what it means: which request is whose, which events it carries, which scripts,
//! cookies and console messages belong to a vendor.

use std::collections::BTreeMap;

use pixelproof_crawl::browser::{ActKind, Loaded, Sent};
use pixelproof_detect::{Catalogue, decode, is_mirror};
use pixelproof_model::{
    Beacon, ConsoleLine, Decoded, DecodedEvent, ExerciseAct, FailedLibrary, Fingerprint, Pass, PassEnd, PassPhase,
    Position, Request, RequestKind, SetCookie, Stored, TypedLeak,
};
use url::Url;

use super::{
    claim::{Claimed, Reader, is_beacon},
    exercise::{self, Wish},
    pass::Looked,
    state,
};

/// The browser's word for a request that was given up.
const BROKEN_OFF: &str = "net::ERR_ABORTED";

/// An event that was seen leaving.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observed {
    pub(crate) pass: Pass,
    pub(crate) phase: PassPhase,
    /// Place of its beacon in [`Observations::beacons`].
    pub(crate) beacon: usize,
    pub(crate) vendor: String,
    /// Its request repeats another one.
    pub(crate) mirror: bool,
    /// Number of the act of exercise after which it left.
    pub(crate) act: Option<u32>,
    pub(crate) event: DecodedEvent,
}

/// A vendor's library that a page asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LibraryLoad {
    pub(crate) pass: Pass,
    pub(crate) vendor: String,
    /// The library itself, not its configuration.
    pub(crate) library: bool,
    pub(crate) url: String,
    /// Why it did not load.
    pub(crate) failure: Option<String>,
}

/// Everything seen of a page in all its passes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Observations {
    pub(crate) beacons: Vec<Beacon>,
    pub(crate) events: Vec<Observed>,
    pub(crate) libraries: Vec<LibraryLoad>,
    pub(crate) cookies: Vec<SetCookie>,
    pub(crate) storage: Vec<Stored>,
    pub(crate) fingerprints: Vec<Fingerprint>,
    pub(crate) console: Vec<ConsoleLine>,
    pub(crate) passes: Vec<PassEnd>,
    pub(crate) exercise: Vec<ExerciseAct>,
    pub(crate) typed: Vec<TypedLeak>,
    /// The second page of each pass.
    pub(crate) second: BTreeMap<Pass, String>,
    /// Acts of each pass, in words, and the declared events whose handlers they ran.
    pub(crate) acts: BTreeMap<(Pass, u32), Acted>,
}

/// An act of exercise, for the join.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Acted {
    pub(crate) kind: ActKind,
    pub(crate) words: String,
    pub(crate) events: Vec<usize>,
}

impl Observations {
    /// Adds a pass, and says of each of its requests which beacon of the page it is.
    pub(crate) fn add(
        &mut self,
        pass: Pass,
        looked: &Looked,
        page: &Url,
        wish: Option<&Wish>,
        reader: &Reader,
    ) -> Vec<Option<u32>> {
        let catalogue = reader.catalogue;
        let visited = &looked.visited;
        let before = self.events.len();
        let acts = &looked.acts;
        let add = |sent: &Sent| {
            let phase = looked.marks.phase_of(sent);
            // The second page is not exercised.
            let act = exercise::act_of(acts, sent).filter(|_| phase != PassPhase::Second);
            self.add_request(pass, phase, act, sent, reader)
        };
        let beacons = visited.requests.iter().map(add).collect();
        self.leave_out_mirrors(before);
        for message in &visited.messages {
            self.add_refusal(pass, &message.text, catalogue);
            let vendor = message.source.as_deref().and_then(|source| library_of(catalogue, source));
            // Of everything that pages print, only what a vendor's own script says is evidence here.
            if let Some(vendor) = vendor {
                self.console.push(ConsoleLine {
                    pass,
                    at_ms: message.at_ms,
                    level: message.level.clone(),
                    text: message.text.clone(),
                    source: message.source.clone(),
                    vendor: Some(vendor),
                });
            }
        }
        self.cookies.extend(state::cookies(pass, looked, page, catalogue));
        self.storage.extend(state::stored(pass, looked, page, catalogue));
        state::add_fingerprints(&mut self.fingerprints, pass, looked, page, catalogue);
        self.passes.push(PassEnd { listed: reader.lists.is_some(), ..pass_end(pass, looked) });
        self.second.extend(looked.second.as_ref().map(|second| (pass, second.to_string())));
        self.exercise.extend(exercise::kept(pass, acts));
        self.typed.extend(exercise::leaks(pass, acts, &visited.requests, page.as_str(), catalogue));
        for (number, act) in (1..).zip(acts) {
            let events = wish.map(|wish| wish.events_of(act)).unwrap_or_default();
            self.acts.insert((pass, number), Acted { kind: act.kind, words: exercise::words(act), events });
        }
        beacons
    }

    /// A library that the page's own policy keeps out is never asked for; only the console says so.
    fn add_refusal(&mut self, pass: Pass, message: &str, catalogue: &Catalogue) {
        if !message.contains("Content Security Policy") {
            return;
        }
        let refused = message.split('\'').find(|part| part.starts_with("http"));
        if let Some((url, vendor)) = refused.and_then(|url| Some((url, library_of(catalogue, url)?))) {
            let failure = Some(in_words("csp"));
            self.libraries.push(LibraryLoad { pass, vendor, library: true, url: url.to_owned(), failure });
        }
    }

    fn add_request(
        &mut self,
        pass: Pass,
        phase: PassPhase,
        act: Option<u32>,
        sent: &Sent,
        reader: &Reader,
    ) -> Option<u32> {
        let Claimed { request, decoded, listed } = reader.claimed(sent)?;
        let at = self.beacons.len();
        let id = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let Some(vendor) = decoded.vendor.clone() else {
            let beacon = beacon_of(id, (pass, phase), sent, request, &decoded);
            self.beacons.push(Beacon { step: act, listed, ..beacon });
            return Some(id);
        };
        if !is_beacon(decoded.kind) {
            let failure = sent.error.as_deref().map(in_words).or_else(|| failed_status(sent.status));
            let library = decoded.kind == RequestKind::Library;
            self.libraries.push(LibraryLoad { pass, vendor, library, url: request.url, failure });
            return None;
        }
        let mirror = is_mirror(reader.catalogue, &request);
        let beacon = beacon_of(id, (pass, phase), sent, request, &decoded);
        self.beacons.push(Beacon { step: act, ..beacon });
        self.events.extend(decoded.events.into_iter().map(|event| Observed {
            pass,
            phase,
            beacon: at,
            vendor: vendor.clone(),
            mirror,
            act,
            event,
        }));
        Some(id)
    }

    /// Leaves out the events, from a place on, that repeat others: an event that arrives at two hosts is one event. A
    /// repeat whose original never left stands for it.
    fn leave_out_mirrors(&mut self, from: usize) {
        let mut originals: BTreeMap<Told, usize> = BTreeMap::new();
        for original in self.events.iter().skip(from).filter(|observed| !observed.mirror) {
            *originals.entry(told(original)).or_default() += 1;
        }
        let mut at = 0;
        let mut left_out = Vec::new();
        self.events.retain(|observed| {
            at += 1;
            let known = if at > from && observed.mirror { originals.get_mut(&told(observed)) } else { None };
            match known.filter(|count| **count > 0) {
                Some(count) => *count -= 1,
                None => return true,
            }
            left_out.push(observed.beacon);
            false
        });
        for beacon in left_out {
            let bare = !self.events.iter().any(|observed| observed.beacon == beacon);
            if let Some(beacon) = self.beacons.get_mut(beacon).filter(|_| bare) {
                beacon.kind = RequestKind::Other;
            }
        }
    }

    /// Libraries that did not load, each once a pass. What the page or the browser itself broke off, by going elsewhere, and
    /// what came through at another try did not fail.
    pub(crate) fn failed_libraries(&self) -> Vec<FailedLibrary> {
        let mut failed: Vec<FailedLibrary> = Vec::new();
        for load in self.libraries.iter().filter(|load| load.library) {
            let Some(reason) = load.failure.clone().filter(|reason| reason != BROKEN_OFF) else { continue };
            let again = |other: &LibraryLoad| other.pass == load.pass && other.url == load.url;
            let came = self.libraries.iter().any(|other| again(other) && other.failure.is_none());
            if !came && !failed.iter().any(|known| known.pass == load.pass && known.url == load.url) {
                failed.push(FailedLibrary {
                    pass: load.pass,
                    vendor: load.vendor.clone(),
                    url: load.url.clone(),
                    reason,
                });
            }
        }
        failed
    }
}

/// A request that a vendor claims, as it is kept.
pub(super) fn beacon_of(
    id: u32,
    (pass, phase): (Pass, PassPhase),
    sent: &Sent,
    request: Request,
    decoded: &Decoded,
) -> Beacon {
    let from = &sent.initiator;
    let initiator = from.url.clone().map(|source| Position {
        source,
        line: from.line.unwrap_or(0),
        column: from.column.unwrap_or(0),
    });
    Beacon {
        id,
        pass,
        phase,
        step: None,
        at_ms: sent.at_ms,
        method: request.method,
        url: request.url,
        headers: telling(&sent.headers),
        body: request.body,
        body_base64: request.body_base64,
        status: sent.status,
        held: sent.held,
        vendor: decoded.vendor.clone(),
        kind: decoded.kind,
        initiator,
        chain: from.chain.clone(),
        listed: None,
        consent: decoded.events.iter().find_map(|event| event.consent.clone()),
        leaving: sent.leaving,
        error: sent.error.clone(),
    }
}

/// What makes an event and its repeat at another host the same.
type Told = (PassPhase, String, Option<String>, String, Option<String>);

fn told(observed: &Observed) -> Told {
    let event = &observed.event;
    (observed.phase, observed.vendor.clone(), event.account.clone(), event.name.clone(), event.event_id.clone())
}

/// Header fields that say what a request is.
fn telling(headers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    const NAMES: [&str; 4] = ["content-type", "content-encoding", "origin", "referer"];
    let own = |name: &str| name.starts_with("x-") && !name.contains("key") && !name.contains("token");
    let kept = headers.iter().filter(|(name, _)| NAMES.contains(&name.as_str()) || own(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The browser's word for why nothing was loaded, for a reader.
fn in_words(reason: &str) -> String {
    match reason {
        "csp" => "the page's Content Security Policy refuses it".to_owned(),
        "mixed-content" => "a page over TLS may not load it without TLS".to_owned(),
        "net::ERR_NAME_NOT_RESOLVED" => "its host name is not known".to_owned(),
        "net::ERR_CONNECTION_REFUSED" => "its host takes no connection".to_owned(),
        "net::ERR_BLOCKED_BY_CLIENT" => "the browser blocks it".to_owned(),
        other => other.to_owned(),
    }
}

fn failed_status(status: Option<u16>) -> Option<String> {
    status.filter(|status| *status >= 400).map(|status| format!("answered with status {status}"))
}

/// What is known of a request of which only the address is.
pub(super) fn decode_address(catalogue: &Catalogue, url: &str) -> Decoded {
    let request = Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        body: None,
        body_base64: None,
        headers: Default::default(),
    };
    decode(catalogue, &request)
}

/// The vendor whose library stands at an address.
pub(super) fn library_of(catalogue: &Catalogue, url: &str) -> Option<String> {
    let decoded = decode_address(catalogue, url);
    decoded.vendor.filter(|_| matches!(decoded.kind, RequestKind::Library | RequestKind::Config))
}

fn pass_end(pass: Pass, looked: &Looked) -> PassEnd {
    let visited = &looked.visited;
    let mut problems = visited.problems.clone();
    match &visited.loaded {
        Loaded::Complete => {}
        Loaded::OutOfTime => {
            problems.insert(0, "The page was not loaded in time; what it sent until then is kept.".to_owned())
        }
        Loaded::Failed(reason) => problems.insert(0, format!("The browser could not load the page: {reason}.")),
        Loaded::Crashed => problems.insert(0, "The page crashed the browser's tab.".to_owned()),
    }
    PassEnd {
        pass,
        consent: looked.consent.clone(),
        looked: matches!(visited.loaded, Loaded::Complete | Loaded::OutOfTime),
        problems,
        address: visited.address.clone(),
        load_ms: visited.load_ms,
        listed: false,
    }
}
