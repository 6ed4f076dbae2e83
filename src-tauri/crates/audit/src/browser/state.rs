//! What a pass left with the visitor, and who left it: cookies, storage, and hints of fingerprinting.

use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

use pixelproof_crawl::{
    browser::{Act, Area, Cookie, Initiator, Noticed, Technique as Seen},
    site_of,
};
use pixelproof_detect::Catalogue;
use pixelproof_model::{Fingerprint, Pass, SetCookie, StorageArea, Stored, Technique, Writer, WrittenBy};
use url::Url;

use super::{
    observe::{decode_address, library_of},
    pass::Looked,
};

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// The cookies that were there at the end, each with who set it first.
pub(super) fn cookies(pass: Pass, looked: &Looked, page: &Url, catalogue: &Catalogue) -> Vec<SetCookie> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    let visited = &looked.visited;
    let with_setter = visited.cookies.iter().map(|cookie| {
        let set = visited.noticed.iter().find(|noticed| sets(noticed, cookie));
        SetCookie {
            phase: set.map(|set| looked.marks.phase(set.at_ms)),
            at_ms: set.map(|set| set.at_ms),
            by: set.and_then(|set| writer(set, catalogue)),
            ..bare(pass, cookie, page, now, catalogue)
        }
    });
    with_setter.collect()
}

fn bare(pass: Pass, cookie: &Cookie, page: &Url, now: f64, catalogue: &Catalogue) -> SetCookie {
    SetCookie {
        pass,
        name: cookie.name.clone(),
        domain: cookie.domain.clone(),
        days: (cookie.expires > 0.0).then(|| ((cookie.expires - now) / DAY * 10.0).round() / 10.0),
        first_party: is_own(page, cookie.domain.trim_start_matches('.')),
        http_only: cookie.http_only,
        vendor: catalogue.vendor_of_cookie(&cookie.name, &cookie.domain).map(str::to_owned),
        phase: None,
        at_ms: None,
        by: None,
    }
}

/// Whether this is what set the cookie: the same name, for its domain. One that names no domain is its host's own.
fn sets(noticed: &Noticed, cookie: &Cookie) -> bool {
    let (name, domain, host) = match &noticed.act {
        Act::ScriptCookie { name, domain } => (name, domain, host_of(&noticed.origin)),
        Act::HeaderCookie { name, domain, request } => (name, domain, host_of(request)),
        _ => return false,
    };
    let of = cookie.domain.trim_start_matches('.');
    name == &cookie.name && domain.clone().or(host).is_some_and(|domain| domain == of)
}

/// What was stored besides cookies, each key once.
pub(super) fn stored(pass: Pass, looked: &Looked, page: &Url, catalogue: &Catalogue) -> Vec<Stored> {
    let mut known = BTreeSet::new();
    let mut out = Vec::new();
    for noticed in &looked.visited.noticed {
        let Act::Stored { area, key, length } = &noticed.act else { continue };
        if !known.insert((*area, noticed.origin.as_str(), key.as_str())) {
            continue;
        }
        let by = writer(noticed, catalogue);
        let host = host_of(&noticed.origin).unwrap_or_default();
        let of_script = by.as_ref().and_then(|by| by.vendor.clone());
        out.push(Stored {
            pass,
            phase: looked.marks.phase(noticed.at_ms),
            at_ms: noticed.at_ms,
            area: match area {
                Area::Local => StorageArea::Local,
                Area::Session => StorageArea::Session,
                Area::IndexedDb => StorageArea::IndexedDb,
            },
            first_party: is_own(page, &host),
            origin: noticed.origin.clone(),
            key: key.clone(),
            length: *length,
            // Tables name cookies and keys in one list.
            vendor: catalogue.vendor_of_cookie(key, &host).map(str::to_owned).or(of_script),
            by,
        });
    }
    out
}

/// Adds hints that no earlier pass gave.
pub(super) fn add_fingerprints(
    known: &mut Vec<Fingerprint>,
    pass: Pass,
    looked: &Looked,
    page: &Url,
    catalogue: &Catalogue,
) {
    let mut met: BTreeSet<_> = known.iter().map(|hint| (hint.technique, hint.script.clone())).collect();
    for noticed in &looked.visited.noticed {
        let Act::Probed { technique, detail } = &noticed.act else { continue };
        let technique = technique_of(*technique);
        let by = noticed.by.as_ref();
        let script = by.and_then(|by| by.url.clone()).unwrap_or_else(|| noticed.origin.clone());
        if !met.insert((technique, script.clone())) {
            continue;
        }
        known.push(Fingerprint {
            pass,
            phase: looked.marks.phase(noticed.at_ms),
            technique,
            line: by.and_then(|by| by.line),
            first_party: host_of(&script).is_some_and(|host| is_own(page, &host)),
            vendor: library_of(catalogue, &script),
            script,
            detail: detail.clone(),
        });
    }
}

fn technique_of(seen: Seen) -> Technique {
    match seen {
        Seen::Canvas => Technique::Canvas,
        Seen::Fonts => Technique::Fonts,
        Seen::Audio => Technique::Audio,
        Seen::Webgl => Technique::Webgl,
        Seen::Webrtc => Technique::Webrtc,
        Seen::Battery => Technique::Battery,
        Seen::Devices => Technique::Devices,
    }
}

fn writer(noticed: &Noticed, catalogue: &Catalogue) -> Option<Writer> {
    if let Act::HeaderCookie { request, .. } = &noticed.act {
        // The vendor that takes or gives what stands there.
        let vendor = decode_address(catalogue, request).vendor;
        return Some(Writer { how: WrittenBy::Header, vendor, line: None, url: request.clone() });
    }
    let Initiator { url, line, .. } = noticed.by.as_ref()?;
    let url = url.clone().unwrap_or_else(|| noticed.origin.clone());
    Some(Writer { how: WrittenBy::Script, vendor: library_of(catalogue, &url), line: *line, url })
}

pub(super) fn host_of(address: &str) -> Option<String> {
    Url::parse(address).ok()?.host_str().map(str::to_owned)
}

/// Whether a host is the page's own site.
pub(super) fn is_own(page: &Url, host: &str) -> bool {
    page.host_str().is_some_and(|own| site_of(own) == site_of(host))
}
