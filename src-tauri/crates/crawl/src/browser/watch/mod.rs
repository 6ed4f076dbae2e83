//! What a page stores, and where it looks for what tells its visitor apart: told by a script that runs in every document
//! before the page's own ([`script`]), and by the browser itself where a write leaves no call behind. A pure state machine
//! over the browser's events. In a worker it runs before the worker's first line.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
};

use serde_json::Value;

use super::{
    cdp::ProtocolEvent,
    initiator::{Initiator, initiator},
    record,
    targets::text,
};

/// Things kept of one visit.
const MAX_NOTICED: usize = 3000;
/// Longest text kept of one.
const MAX_TEXT: usize = 1000;

/// Where a page keeps things besides cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// `localStorage`.
    Local,
    /// `sessionStorage`.
    Session,
    /// IndexedDB; the key is database and store.
    IndexedDb,
}

/// What a script looked at to tell a visitor's machine from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Technique {
    /// Text drawn and read back.
    Canvas,
    /// Text measured in many fonts.
    Fonts,
    /// A tone rendered and not heard.
    Audio,
    /// Name of the graphics card.
    Webgl,
    /// A connection that carries nothing.
    Webrtc,
    /// State of the battery.
    Battery,
    /// Cameras and microphones.
    Devices,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A cookie set by a script. Of its value nothing is kept.
    ScriptCookie {
        /// Name.
        name: String,
        /// `domain`, where named, without a leading dot.
        domain: Option<String>,
    },
    /// A cookie set by the answer to a request.
    HeaderCookie {
        /// Name.
        name: String,
        /// `Domain`, where named, without a leading dot.
        domain: Option<String>,
        /// Address of the request, as far as it was redirected by then.
        request: String,
    },
    /// Something kept elsewhere.
    Stored {
        /// Where.
        area: Area,
        /// Under which key.
        key: String,
        /// Length of the value in characters, where known.
        length: Option<u64>,
    },
    /// Something looked at.
    Probed {
        /// What for.
        technique: Technique,
        /// In words.
        detail: String,
    },
}

/// One thing noticed.
#[derive(Debug, Clone, PartialEq)]
pub struct Noticed {
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// Origin of the document in which it was done.
    pub origin: String,
    /// Script that did it; `None` where only the browser told of it.
    pub by: Option<Initiator>,
    /// What was done.
    pub act: Act,
}

/// Collects what is noticed in one visit.
#[derive(Debug)]
pub(super) struct Watch {
    word: String,
    noticed: Vec<Noticed>,
    /// Writes that only the browser told of.
    untold: Vec<Noticed>,
}

impl Default for Watch {
    fn default() -> Watch {
        let random = RandomState::new();
        // Pages can't know it: the hasher is seeded by the system.
        let word = format!("{:016x}{:016x}", random.hash_one(0_u8), random.hash_one(1_u8));
        Watch { word, noticed: Vec::new(), untold: Vec::new() }
    }
}

impl Watch {
    /// The script for every document.
    pub(super) fn script(&self) -> String {
        include_str!("watch.js").replace("/*WORD*/", &self.word)
    }

    /// Takes an event; `true` where it was meant for this alone. `address_of` knows requests by their ids.
    pub(super) fn take(&mut self, event: &ProtocolEvent, now: i64, address_of: impl Fn(&str) -> String) -> bool {
        let params = &event.params;
        match event.method.as_str() {
            "Runtime.consoleAPICalled" if params["args"][0]["value"] == self.word.as_str() => {
                self.told(params, now);
                return true;
            }
            "DOMStorage.domStorageItemAdded" | "DOMStorage.domStorageItemUpdated" => self.stored(params, now),
            "Network.responseReceivedExtraInfo" => {
                self.answered(params, now, &address_of(text(params, "requestId")));
            }
            _ => {}
        }
        false
    }

    /// Everything noticed, in its order; writes that only the browser told of, where no script's call fits them.
    pub(super) fn finish(self) -> Vec<Noticed> {
        let key = |noticed: &Noticed| match &noticed.act {
            Act::Stored { area, key, .. } => Some((*area, noticed.origin.clone(), key.clone())),
            _ => None,
        };
        let mut known: BTreeSet<_> = self.noticed.iter().filter_map(key).collect();
        let mut all = self.noticed;
        for write in self.untold {
            if key(&write).is_some_and(|key| known.insert(key)) {
                all.push(write);
            }
        }
        all.sort_by_key(|noticed| noticed.at_ms);
        all
    }

    fn told(&mut self, params: &Value, now: i64) {
        let said = |at: usize| params["args"][at]["value"].as_str().unwrap_or_default();
        let act = match said(2) {
            "cookie" => match cookie(said(3)) {
                Some((name, domain)) => Act::ScriptCookie { name, domain },
                None => return,
            },
            "stored" => {
                let area = match said(3) {
                    "local" => Area::Local,
                    "session" => Area::Session,
                    _ => Area::IndexedDb,
                };
                Act::Stored { area, key: cut(said(4)), length: params["args"][5]["value"].as_u64() }
            }
            "probe" => match technique(said(3)) {
                Some(technique) => Act::Probed { technique, detail: cut(said(4)) },
                None => return,
            },
            _ => return,
        };
        let stack = serde_json::json!({"type": "script", "stack": params["stackTrace"]});
        self.add(Noticed { at_ms: now, origin: cut(said(1)), by: Some(initiator(&stack)), act });
    }

    fn stored(&mut self, params: &Value, now: i64) {
        let id = &params["storageId"];
        let origin = id["securityOrigin"].as_str().or_else(|| id["storageKey"].as_str()).unwrap_or_default();
        let area = if id["isLocalStorage"] == true { Area::Local } else { Area::Session };
        let length = params["newValue"].as_str().map(|value| value.encode_utf16().count() as u64);
        let act = Act::Stored { area, key: cut(text(params, "key")), length };
        if self.untold.len() < MAX_NOTICED {
            let origin = cut(origin.trim_end_matches('/'));
            self.untold.push(Noticed { at_ms: now, origin, by: None, act });
        }
    }

    fn answered(&mut self, params: &Value, now: i64, request: &str) {
        let Some(fields) = params["headers"].as_object() else { return };
        let refused: BTreeSet<&str> = params["blockedCookies"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|cookie| text(cookie, "cookieLine"))
            .collect();
        let lines = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        // Several fields come as one, a line each.
        for line in lines.filter_map(|(_, lines)| lines.as_str()).flat_map(str::lines) {
            if refused.contains(line) {
                continue;
            }
            if let Some((name, domain)) = cookie(line) {
                let act = Act::HeaderCookie { name, domain, request: request.to_owned() };
                self.add(Noticed { at_ms: now, origin: String::new(), by: None, act });
            }
        }
    }

    fn add(&mut self, noticed: Noticed) {
        if self.noticed.len() < MAX_NOTICED {
            self.noticed.push(noticed);
        }
    }
}

fn technique(word: &str) -> Option<Technique> {
    Some(match word {
        "canvas" => Technique::Canvas,
        "fonts" => Technique::Fonts,
        "audio" => Technique::Audio,
        "webgl" => Technique::Webgl,
        "webrtc" => Technique::Webrtc,
        "battery" => Technique::Battery,
        "devices" => Technique::Devices,
        _ => return None,
    })
}

/// Name and domain of a cookie as it is set; `None` for one that is taken away.
fn cookie(line: &str) -> Option<(String, Option<String>)> {
    let mut parts = line.split(';');
    let pair = parts.next()?;
    let name = pair.split_once('=').map_or("", |(name, _)| name).trim();
    if name.is_empty() {
        return None;
    }
    let mut domain = None;
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "domain" if !value.is_empty() => domain = Some(value.trim_start_matches('.').to_ascii_lowercase()),
            "max-age" if value.parse::<i64>().is_ok_and(|seconds| seconds <= 0) => return None,
            // The moment by which a cookie is taken away is, by custom, the first.
            "expires" if value.contains("1970") => return None,
            _ => {}
        }
    }
    Some((cut(name), domain.map(|domain| cut(&domain))))
}

/// As much of a text as is kept.
fn cut(text: &str) -> String {
    record::cut(text, MAX_TEXT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(method: &str, params: Value) -> ProtocolEvent {
        ProtocolEvent { session: Some("s".to_owned()), method: method.to_owned(), params }
    }

    fn nobody(_: &str) -> String {
        String::new()
    }

    fn said(watch: &Watch, fields: &[Value]) -> ProtocolEvent {
        let mut args = vec![json!({"value": watch.word}), json!({"value": "https://shop.test"})];
        args.extend(fields.iter().map(|field| json!({"value": field})));
        let frame = json!({"url": "https://cdn.test/lib.js", "lineNumber": 4, "columnNumber": 0});
        let own = json!({"url": "", "lineNumber": 0, "columnNumber": 0});
        event("Runtime.consoleAPICalled", json!({"args": args, "stackTrace": {"callFrames": [own, frame]}}))
    }

    #[test]
    fn a_script_that_writes_is_named_and_a_write_without_a_call_is_kept() {
        let mut watch = Watch::default();
        let told = said(&watch, &[json!("stored"), json!("local"), json!("_id"), json!(12)]);
        assert!(watch.take(&told, 5, nobody));
        for key in ["_id", "plain"] {
            let id = json!({"securityOrigin": "https://shop.test/", "isLocalStorage": true});
            let added = event("DOMStorage.domStorageItemAdded", json!({"storageId": id, "key": key, "newValue": "äb"}));
            assert!(!watch.take(&added, 6, nobody));
        }
        let noticed = watch.finish();
        let by = |at: usize| noticed[at].by.as_ref().and_then(|by| Some((by.url.clone()?, by.line?)));
        assert_eq!(by(0), Some(("https://cdn.test/lib.js".to_owned(), 5)));
        let stored = |key: &str, length| Act::Stored { area: Area::Local, key: key.to_owned(), length: Some(length) };
        assert_eq!(noticed[0].act, stored("_id", 12));
        assert_eq!((&noticed[1].act, by(1), noticed.len()), (&stored("plain", 2), None, 2));
    }

    #[test]
    fn a_page_that_prints_is_not_taken_for_us() {
        let mut watch = Watch::default();
        let args =
            json!({"args": [{"value": "0000"}, {"value": "https://shop.test"}, {"value": "cookie"}, {"value": "a=1"}]});
        assert!(!watch.take(&event("Runtime.consoleAPICalled", args), 1, nobody));
        assert_eq!(watch.finish(), []);
    }

    #[test]
    fn cookies_are_read_without_their_values() {
        for (line, wanted) in [
            ("a=1", Some(("a", None))),
            (" _fbp = fb.1 ; path=/; DOMAIN=.Shop.Test", Some(("_fbp", Some("shop.test")))),
            ("a=; max-age=0", None),
            ("a=; expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
            ("a=1; max-age=60", Some(("a", None))),
            ("no pair", None),
            ("=x", None),
        ] {
            let wanted = wanted.map(|(name, domain)| (name.to_owned(), domain.map(str::to_owned)));
            assert_eq!(cookie(line), wanted, "{line}");
        }
    }

    #[test]
    fn cookies_of_an_answer_are_those_that_the_browser_took() {
        let mut watch = Watch::default();
        let params = json!({
            "requestId": "r1",
            "headers": {"Set-Cookie": "uid=1; Domain=ads.test; Secure\nsid=2", "Content-Type": "image/gif"},
            "blockedCookies": [{"blockedReasons": ["SecureOnly"], "cookieLine": "sid=2"}],
        });
        watch.take(&event("Network.responseReceivedExtraInfo", params), 9, |id| format!("https://ads.test/{id}"));
        let act = Act::HeaderCookie {
            name: "uid".to_owned(),
            domain: Some("ads.test".to_owned()),
            request: "https://ads.test/r1".to_owned(),
        };
        assert_eq!(watch.finish(), [Noticed { at_ms: 9, origin: String::new(), by: None, act }]);
    }
}
