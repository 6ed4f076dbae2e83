//! What trackers left with the visitor in some part of a pass: cookies and storage, by vendor.

use std::collections::BTreeMap;

use pixelproof_model::{Evidence, Page, Pass, PassPhase, SetCookie, StorageArea, Stored};

use super::{MAX_EVIDENCE, seen::Seen, words};

/// What a tracker stored.
#[derive(Default)]
pub(super) struct Kept<'a> {
    cookies: Vec<&'a SetCookie>,
    items: Vec<&'a Stored>,
}

impl Kept<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.cookies.is_empty() && self.items.is_empty()
    }

    pub(super) fn has_cookies(&self) -> bool {
        !self.cookies.is_empty()
    }

    pub(super) fn evidence(&self, page: &Page) -> Vec<Evidence> {
        let cookies = self.cookies.iter().map(|cookie| {
            let stays = if cookie.days.is_some() { "stored" } else { "kept until the browser is closed" };
            let by = cookie.by.as_ref().map(|by| format!(", set by {}", by.url)).unwrap_or_default();
            words::of_page(page, format!("the cookie {} of {}, {stays}{by}", cookie.name, cookie.domain))
        });
        let items = self.items.iter().map(|item| {
            let by = item.by.as_ref().map(|by| format!(", written by {}", by.url)).unwrap_or_default();
            words::of_page(page, format!("{} in the storage of {}{by}", item.key, item.origin))
        });
        cookies.chain(items).take(MAX_EVIDENCE / 2).collect()
    }
}

/// What trackers stored in the parts of passes that fit, each thing once. Of a cookie whose setting was not seen the part is
/// not known.
pub(super) fn kept<'a>(seen: &Seen<'a>, fits: impl Fn(Pass, Option<PassPhase>) -> bool) -> BTreeMap<&'a str, Kept<'a>> {
    let mut by: BTreeMap<&str, Kept<'_>> = BTreeMap::new();
    for cookie in seen.page.cookies.iter().filter(|cookie| fits(cookie.pass, cookie.phase)) {
        if let Some(vendor) = cookie.vendor.as_deref().filter(|vendor| seen.tracks(vendor)) {
            let kept = by.entry(vendor).or_default();
            if !kept.cookies.iter().any(|known| known.name == cookie.name && known.domain == cookie.domain) {
                kept.cookies.push(cookie);
            }
        }
    }
    // What ends with the tab recognises nobody who comes back.
    let stays = seen.page.storage.iter().filter(|item| item.area != StorageArea::Session);
    for item in stays.filter(|item| fits(item.pass, Some(item.phase))) {
        if let Some(vendor) = item.vendor.as_deref().filter(|vendor| seen.tracks(vendor)) {
            let kept = by.entry(vendor).or_default();
            if !kept.items.iter().any(|known| known.key == item.key && known.origin == item.origin) {
                kept.items.push(item);
            }
        }
    }
    by
}
