//! Whose a request is: a vendor's of the catalogue, or a tracker's that only a filter list knows; and whether it is held.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pixelproof_crawl::browser::{Judge, Sent};
use pixelproof_detect::{Catalogue, decode, may_be_beacon};
use pixelproof_model::{Decoded, Request, RequestKind};

use super::lists::Lists;

/// Reads requests.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) catalogue: &'static Catalogue,
    /// The user's filter lists.
    pub(crate) lists: Option<Arc<Lists>>,
}

/// A request that somebody claims.
pub(super) struct Claimed {
    pub(super) request: Request,
    pub(super) decoded: Decoded,
    /// The rule of a filter list, where no vendor claims it.
    pub(super) listed: Option<String>,
}

impl Reader {
    /// The first hop of a request that a vendor claims as a beacon, else the first that one claims at all, else the first that
    /// a filter list calls a tracker's.
    pub(super) fn claimed(&self, sent: &Sent) -> Option<Claimed> {
        let mut first = None;
        for url in sent.addresses() {
            let request = request_of(sent, url);
            let decoded = decode(self.catalogue, &request);
            let of_vendor = decoded.vendor.is_some();
            let beacon = of_vendor && is_beacon(decoded.kind);
            if beacon || of_vendor && first.is_none() {
                first = Some(Claimed { request, decoded, listed: None });
            }
            if beacon {
                break;
            }
        }
        first.or_else(|| sent.addresses().find_map(|url| self.listed(sent, url)))
    }

    fn listed(&self, sent: &Sent, url: &str) -> Option<Claimed> {
        let listed = self.lists.as_ref()?.rule(sent, url)?;
        let kind = if sent.kind == "Script" { RequestKind::Library } else { RequestKind::Other };
        let decoded = Decoded { vendor: None, kind, events: Vec::new() };
        Some(Claimed { request: request_of(sent, url), decoded, listed: Some(listed) })
    }

    /// Whether a request is held: what the catalogue calls a beacon, and what a filter list calls a tracker's and looks like
    /// one. Libraries and their configuration load for real.
    fn holds(&self, sent: &Sent) -> bool {
        let now_at = sent.now_at();
        let listed = || {
            let looks = matches!(sent.kind.as_str(), "Image" | "Ping" | "XHR" | "Fetch" | "Preflight" | "Other");
            looks && self.lists.as_ref().is_some_and(|lists| lists.rule(sent, now_at).is_some())
        };
        if sent.method == "OPTIONS" {
            return may_be_beacon(self.catalogue, now_at) || listed();
        }
        let decoded = decode(self.catalogue, &request_of(sent, now_at));
        match decoded.vendor {
            Some(_) => is_beacon(decoded.kind),
            None => listed(),
        }
    }
}

/// Holds what is a beacon.
pub(crate) struct Hold(pub(crate) Reader);

impl Judge for Hold {
    fn holds(&self, request: &Sent) -> bool {
        self.0.holds(request)
    }
}

/// Holds nothing.
pub(crate) struct Release(pub(crate) Reader);

impl Judge for Release {
    fn holds(&self, _: &Sent) -> bool {
        false
    }

    fn lets(&self, request: &Sent) -> bool {
        self.0.holds(request)
    }
}

/// What is held back, and shown as a beacon.
pub(super) fn is_beacon(kind: RequestKind) -> bool {
    matches!(kind, RequestKind::Event | RequestKind::Sync | RequestKind::Other)
}

pub(super) fn request_of(sent: &Sent, url: &str) -> Request {
    let (body, body_base64) = body_of(sent);
    Request { method: sent.method.clone(), url: url.to_owned(), body, body_base64, headers: sent.headers.clone() }
}

fn body_of(sent: &Sent) -> (Option<String>, Option<String>) {
    match &sent.body {
        None => (None, None),
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(STANDARD.encode(bytes))),
        },
    }
}
