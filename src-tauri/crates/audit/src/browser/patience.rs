//! How long a page is waited for: what its source says will leave, and has not left yet, gets more time than the rest.

use std::collections::BTreeMap;

use pixelproof_crawl::browser::Sent;
use pixelproof_detect::{Catalogue, is_mirror};
use pixelproof_model::{Page, RequestKind, State, Trigger, Via};

use super::claim::{Claimed, Reader};

/// Milliseconds that a library may take from its last answer to its first event: some wait for signals of their own, and
/// send without them after a second and a half.
const LIBRARY: i64 = 2500;
/// Milliseconds after the time in which a page settles anyway that its timers may take.
const TIMER: i64 = 3500;

/// An event that leaves without anybody's touching the page.
#[derive(Debug)]
struct Declared {
    vendor: String,
    /// Its name, where the source tells it.
    name: Option<String>,
    timer: bool,
}

/// What a page declares and is waited for.
#[derive(Debug)]
pub(crate) struct Awaited {
    events: Vec<Declared>,
    catalogue: &'static Catalogue,
}

/// What is known of a vendor's requests so far.
#[derive(Debug, Default)]
struct Heard {
    /// When its library or its configuration answered last.
    answered: Option<i64>,
    /// Names of the events that left.
    events: Vec<String>,
}

impl Awaited {
    /// What a page declares for its load and its timers.
    pub(crate) fn of(page: &Page, catalogue: &'static Catalogue) -> Awaited {
        let by_itself = page.events.iter().filter(|event| {
            let untouched = matches!(event.trigger, Trigger::Load | Trigger::Timer);
            untouched && event.state == State::Active && !matches!(event.via, Via::Noscript | Via::Image)
        });
        let events = by_itself.map(|event| Declared {
            vendor: event.vendor.clone(),
            name: event.name.known().map(str::to_owned),
            timer: event.trigger == Trigger::Timer,
        });
        Awaited { events: events.collect(), catalogue }
    }

    /// Whether there is nothing to wait for.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Until when something is still to be expected, by the requests so far; `None`: nothing is. The page began to load at
    /// `begun` and has settled at `settled`; all times are milliseconds of the visit.
    pub(crate) fn until(&self, sent: &[Sent], begun: i64, settled: i64) -> Option<i64> {
        let heard = self.heard(sent.iter().filter(|sent| sent.at_ms >= begun));
        self.events.iter().filter_map(|declared| self.due(declared, &heard, settled)).max()
    }

    /// Until when one declared event is waited for.
    fn due(&self, declared: &Declared, heard: &BTreeMap<String, Heard>, settled: i64) -> Option<i64> {
        let of = heard.get(&declared.vendor)?;
        if declared.timer {
            return (!self.all_left(declared, &of.events)).then_some(settled + TIMER);
        }
        of.answered.filter(|_| of.events.is_empty()).map(|answered| answered + LIBRARY)
    }

    /// Whether an event of that name left as often as it is declared.
    fn all_left(&self, declared: &Declared, left: &[String]) -> bool {
        let Some(name) = &declared.name else { return false };
        let vendor = self.catalogue.get(&declared.vendor);
        let same = |other: &str| vendor.is_some_and(|vendor| vendor.is_one_event(name, other));
        let wanted = self.events.iter().filter(|other| other.vendor == declared.vendor);
        let wanted = wanted.filter(|other| other.name.as_deref().is_some_and(same)).count();
        left.iter().filter(|name| same(name)).count() >= wanted
    }

    fn heard<'s>(&self, sent: impl Iterator<Item = &'s Sent>) -> BTreeMap<String, Heard> {
        // Trackers of a filter list declare nothing.
        let reader = Reader { catalogue: self.catalogue, lists: None };
        let mut heard: BTreeMap<String, Heard> = BTreeMap::new();
        for sent in sent.filter(|sent| sent.error.is_none()) {
            let Some(Claimed { request, decoded, .. }) = reader.claimed(sent) else { continue };
            let Some(of) = decoded.vendor.map(|vendor| heard.entry(vendor).or_default()) else { continue };
            match decoded.kind {
                RequestKind::Library | RequestKind::Config if sent.status.is_none_or(|status| status < 400) => {
                    let answered = sent.answer.as_ref().map_or(sent.at_ms, |answer| answer.at_ms);
                    of.answered = of.answered.max(Some(answered));
                }
                RequestKind::Event if !is_mirror(self.catalogue, &request) => {
                    of.events.extend(decoded.events.into_iter().map(|event| event.name));
                }
                _ => {}
            }
        }
        heard
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_detect::{PageInput, read_page};
    use url::Url;

    use super::*;

    const LIBRARY_AT: &str = "https://bat.bing.com/bat.js";
    const SIGNALS: &str = "https://bat.bing.com/p/action/5550001.js";
    const PAGE_VIEW: &str = "https://bat.bing.com/action/0?ti=5550001&Ver=2&evt=pageLoad";
    const HIT: &str = "https://analytics.twitter.com/1/i/adsct?txn_id=o1abc&event=%7B%7D";
    const MIRROR: &str = "https://t.co/1/i/adsct?txn_id=o1abc&event=%7B%7D";

    fn sent(url: &str, at_ms: i64) -> Sent {
        Sent { method: "GET".to_owned(), url: url.to_owned(), at_ms, status: Some(200), ..Sent::default() }
    }

    fn awaited(script: &str) -> Awaited {
        let url = Url::parse("https://shop.test/").unwrap();
        let html = format!("<!doctype html><title>A</title><script>{script}</script>");
        let read = read_page(Catalogue::builtin(), &PageInput { source: "page.html", url: &url, html: &html });
        Awaited::of(&read.finish(Catalogue::builtin(), &|_| None), Catalogue::builtin())
    }

    #[test]
    fn a_library_is_waited_for_until_it_sends_or_had_its_time() {
        let uet = awaited("window.uetq = window.uetq || []; uetq.push('event', 'sign_up', {});");
        let failed = Sent { error: Some("net::ERR_ABORTED".to_owned()), ..sent(LIBRARY_AT, 200) };
        let gone = Sent { status: Some(404), ..sent(LIBRARY_AT, 200) };
        for (requests, until) in [
            (vec![], None),
            (vec![sent(LIBRARY_AT, 200)], Some(2700)),
            (vec![sent(LIBRARY_AT, 200), sent(SIGNALS, 300)], Some(2800)),
            (vec![sent(LIBRARY_AT, 200), sent(SIGNALS, 300), sent(PAGE_VIEW, 1900)], None),
            (vec![failed], None),
            (vec![gone], None),
        ] {
            assert_eq!(uet.until(&requests, 0, 1800), until, "{requests:?}");
        }
        let again = [sent(LIBRARY_AT, 200), sent(PAGE_VIEW, 1900), sent(LIBRARY_AT, 3200)];
        assert_eq!(
            uet.until(&again, 3000, 4800),
            Some(5700),
            "what the page sent before it was loaded again is no answer"
        );
        assert_eq!(awaited("var nothing = 1;").until(&[sent(LIBRARY_AT, 200)], 0, 1800), None);
    }

    #[test]
    fn a_timer_is_waited_for_until_each_event_that_it_shares_its_name_with_left() {
        let x = awaited("twq('config', 'o1abc'); setTimeout(function () { twq('config', 'o1abc'); }, 3000);");
        let library = || sent("https://static.ads-twitter.com/uwt.js", 100);
        for (requests, until) in [
            (vec![library()], Some(1800 + TIMER)),
            (vec![library(), sent(HIT, 300), sent(MIRROR, 300)], Some(1800 + TIMER)),
            (vec![library(), sent(HIT, 300), sent(MIRROR, 300), sent(HIT, 3200)], None),
        ] {
            assert_eq!(x.until(&requests, 0, 1800), until, "{requests:?}");
        }
    }
}
