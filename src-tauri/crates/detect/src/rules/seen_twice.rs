//! Events that a browser saw leaving more than once on one page view, with who sent each of them.

use std::collections::BTreeSet;

use pixelproof_model::{DecodedEvent, Event, EventClass, Pass, PassPhase, RequestKind, Severity, Stage};
use url::Url;

use super::{
    Draft, PageContext,
    copies::{self, Copy},
    seen::{Seen, Sent},
    words,
};
use crate::{
    beacon::decode,
    catalogue::{Catalogue, Purpose},
};

/// One event in a request.
#[derive(Clone, Copy)]
struct Once<'s, 'a> {
    sent: &'s Sent<'a>,
    event: &'s DecodedEvent,
}

/// Adds what was seen to what the source says: evidence where the source says the same, else findings of their own.
pub(super) fn add(context: &PageContext<'_>, seen: &Seen<'_>, drafts: &mut Vec<Draft>) {
    for set in repeats(seen) {
        let new = draft(context, seen, &set);
        let said = |d: &&mut Draft| {
            let alike = d.vendor == new.vendor && d.account == new.account && d.severity == new.severity;
            alike && d.key.starts_with(&format!("{} ", name_of(context.catalogue, &set[0])))
        };
        match drafts.iter_mut().find(said) {
            Some(draft) => draft.evidence.extend(new.evidence),
            None => drafts.push(new),
        }
    }
}

/// Whether copies of a page view were each seen, and left from addresses of their own: one for each route of a
/// single-page app.
pub(super) fn are_of_routes(seen: &Seen<'_>, copies: &[&Event]) -> bool {
    let pages = |event: &Event| -> BTreeSet<String> {
        let sent = seen.sent.iter().filter(|sent| event.beacons.contains(&sent.beacon.id));
        sent.flat_map(|sent| sent.events.iter().filter_map(|event| event.page.clone())).collect()
    };
    let mut known = BTreeSet::new();
    copies.iter().all(|copy| {
        let pages = pages(copy);
        let new = copy.stage == Stage::PageView && !pages.is_empty() && known.is_disjoint(&pages);
        known.extend(pages);
        new
    })
}

/// Sets of the same event within one part of one pass; of several such parts the one with most.
fn repeats<'s, 'a>(seen: &'s Seen<'a>) -> Vec<Vec<Once<'s, 'a>>> {
    let mut sets: Vec<Vec<Once<'_, '_>>> = Vec::new();
    for sent in seen.sent.iter().filter(|sent| counts(seen, sent)) {
        for event in sent.events.iter().filter(|event| is_told(event)) {
            let once = Once { sent, event };
            match sets.iter_mut().find(|set| set.first().is_some_and(|first| is_same(first, &once))) {
                Some(set) => set.push(once),
                None => sets.push(vec![once]),
            }
        }
    }
    let mut worst: Vec<Vec<Once<'_, '_>>> = Vec::new();
    for set in sets.into_iter().filter(|set| set.len() > 1) {
        let same = |a: &Once<'_, '_>, b: &Once<'_, '_>| {
            a.sent.vendor == b.sent.vendor && (&a.event.account, &a.event.name) == (&b.event.account, &b.event.name)
        };
        match worst.iter_mut().find(|other| same(&other[0], &set[0])) {
            Some(other) if other.len() < set.len() => *other = set,
            Some(_) => {}
            None => worst.push(set),
        }
    }
    worst
}

/// Whether a request counts: of the page itself, not given up on the way, of a vendor whose events are things that happen.
fn counts(seen: &Seen<'_>, sent: &Sent<'_>) -> bool {
    let beacon = sent.beacon;
    let replay = seen.catalogue.get(sent.vendor).is_some_and(|v| v.purpose == Purpose::SessionReplay);
    let arrived = beacon.held || beacon.error.is_none();
    // A pass that answers the banner leaves several pages, and what comes then may belong to any of them.
    let placed = !beacon.leaving || matches!(beacon.pass, Pass::None | Pass::Gpc);
    let of_page = beacon.step.is_none() && beacon.phase != PassPhase::Second;
    seen.tracks(sent.vendor) && !replay && arrived && placed && of_page
}

/// Page views and what somebody calls for: what a library reports by itself (scrolling, time spent) may well repeat.
fn is_told(event: &DecodedEvent) -> bool {
    !event.name.is_empty() && (event.class != EventClass::Automatic || event.stage == Stage::PageView)
}

fn is_same(a: &Once<'_, '_>, b: &Once<'_, '_>) -> bool {
    let part = |once: &Once<'_, '_>| -> (Pass, PassPhase) { (once.sent.beacon.pass, once.sent.beacon.phase) };
    let (x, y) = (a.event, b.event);
    // An image in the markup doesn't say which page it is on: it is on this one.
    let page = x.page == y.page || x.page.is_none() || y.page.is_none();
    part(a) == part(b)
        && a.sent.vendor == b.sent.vendor
        && page
        && (&x.account, &x.name, &x.params) == (&y.account, &y.name, &y.params)
}

fn draft(context: &PageContext<'_>, seen: &Seen<'_>, set: &[Once<'_, '_>]) -> Draft {
    let (vendor, event) = (set[0].sent.vendor, set[0].event);
    let drops = context.catalogue.get(vendor).is_some_and(|v| v.behaviour.drops_same_event_id);
    let same_id = event.event_id.is_some() && set.iter().all(|once| once.event.event_id == event.event_id);
    let dropped = drops && same_id;
    let (key, cause) = cause(seen, set);
    let pixel = seen.name(vendor, event.account.as_deref());
    let (name, times) = (name_of(context.catalogue, &set[0]), words::times(set.len()));
    let pass = set[0].sent.beacon.pass.name();
    let note = |at: usize| format!("{} time in the pass {pass}", words::ordinal(at));
    let evidence = set.iter().enumerate().take(super::MAX_EVIDENCE / 2);
    Draft {
        severity: dropped.then_some(Severity::Info),
        vendor: Some(vendor.to_owned()),
        account: event.account.clone(),
        key: format!("{name} {} {key}", set.len()),
        message: match dropped {
            true => format!("{pixel} gets {name} {times} with the same event id: deduplicated by the vendor."),
            false => {
                format!("{pixel} got {name} {times} on one page view in the browser, and counts it {times}. {cause}")
            }
        },
        why: dropped
            .then(|| "The platform keeps one event of those that share an id, so nothing is counted twice.".to_owned()),
        fix: dropped
            .then(|| "Nothing to mend if two systems send it on purpose; otherwise keep one of the calls.".to_owned()),
        cause: Some(cause),
        evidence: evidence.map(|(at, once)| seen.evidence(once.sent, &note(at))).collect(),
        ..Draft::default()
    }
}

/// The vendor's first spelling of an event, as in findings about what the source says.
fn name_of<'s>(catalogue: &'s Catalogue, once: &Once<'s, '_>) -> &'s str {
    let standard = catalogue.get(once.sent.vendor).and_then(|vendor| vendor.standard_event(&once.event.name));
    standard.map_or(once.event.name.as_str(), |standard| standard.name.as_str())
}

/// Why it was sent more than once: a key that names no page, and a sentence.
fn cause(seen: &Seen<'_>, set: &[Once<'_, '_>]) -> (String, String) {
    let ids: Vec<u32> = set.iter().map(|once| once.sent.beacon.id).collect();
    let sent = |e: &&Event| e.vendor == set[0].sent.vendor && e.beacons.iter().any(|id| ids.contains(id));
    let vendor = seen.catalogue.get(set[0].sent.vendor);
    let same = |name: &str| vendor.is_some_and(|vendor| vendor.is_one_event(name, &set[0].event.name));
    let named = |e: &&Event| e.name.known().is_none_or(same);
    let declared: Vec<&Event> = seen.page.events.iter().filter(|e| e.declared).filter(sent).filter(named).collect();
    let automatic = declared.iter().filter(|e| e.class == EventClass::Automatic).count();
    if automatic > 0 && automatic < declared.len() {
        return ("automatic".to_owned(), "The library sends it by itself, and a call sends it again.".to_owned());
    }
    if declared.len() > 1 {
        let copies: Vec<Copy<'_>> = declared.iter().map(|event| Copy::from(*event)).collect();
        let cause = copies::cause(seen.page, set[0].sent.vendor, &copies);
        return (cause.key, cause.text);
    }
    let mut origins: Vec<String> = set.iter().filter_map(|once| origin(seen, once.sent)).collect();
    origins.sort();
    origins.dedup();
    let listed = words::list(&origins);
    let text = match (origins.len(), declared.len()) {
        (0, 1) => "One call in the source sends it more than once.".to_owned(),
        (0, _) => "Nothing in the page's source declares it, and what sends it could not be told.".to_owned(),
        (1, 1) => format!("The source declares it once; it came from {listed} each time."),
        (1, _) => format!("Nothing in the page's source declares it; it came from {listed} each time."),
        (_, 1) => format!("The source declares it once; it came from {listed}."),
        (..) => format!("It came from {listed}."),
    };
    (if origins.is_empty() { "one call".to_owned() } else { origins.join("+") }, text)
}

/// Who began a request, as far as the stack tells: the library that drains a queue hides its callers.
fn origin(seen: &Seen<'_>, sent: &Sent<'_>) -> Option<String> {
    let beacon = sent.beacon;
    if let Some(container) = beacon.chain.iter().rev().find_map(|script| container(script)) {
        return Some(format!("the container {container}"));
    }
    let outermost = beacon.chain.last().or(beacon.initiator.as_ref().map(|at| &at.source))?;
    if *outermost == seen.page.url.as_str() || seen.page.passes.iter().any(|end| end.address == *outermost) {
        return Some("the page's own code".to_owned());
    }
    let mut library = beacon.request();
    (library.method, library.url) = ("GET".to_owned(), outermost.clone());
    (library.body, library.body_base64) = (None, None);
    let decoded = decode(seen.catalogue, &library);
    let own = decoded.vendor.is_some() && matches!(decoded.kind, RequestKind::Library | RequestKind::Config);
    // Without its query, so that a version doesn't make another cause.
    let script = outermost.split(['?', '#']).next().unwrap_or_default();
    (!own && script.contains("://")).then(|| format!("the script {script}"))
}

/// The container whose script stands at an address.
fn container(script: &str) -> Option<String> {
    let url = Url::parse(script).ok().filter(|url| url.path().ends_with(".js"))?;
    let (_, id) = url.query_pairs().find(|(name, id)| name == "id" && id.starts_with("GTM-"))?;
    Some(id.into_owned())
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{
        Pass::{Accept, None, Reject},
        PassPhase::{After, Again, Before, Second},
    };

    use crate::rules::trial::{GA4, META, Trial};

    const RULE: &str = "duplicate-event";
    const LIBRARY: &str = "https://connect.facebook.net/en_US/fbevents.js";
    const CONTAINER: &str = "https://www.googletagmanager.com/gtm.js?id=GTM-ABC123";

    fn lead(more: &str) -> String {
        META.replace("PageView", "Lead") + more
    }

    fn page() -> Trial {
        let html = "<script>fbq('init', '480011223344556'); if (window.x) fbq('track', 'Lead');</script>";
        Trial::at("https://shop.example/", html).looked(Accept).looked(Reject)
    }

    /// Two requests, each with the scripts on its stack.
    fn twice(first: &[&str], second: &[&str]) -> Trial {
        let chain = |of: &[&str]| of.iter().map(ToString::to_string).collect::<Vec<String>>();
        let page = page().sent(Accept, After, &lead("")).with(|beacon| beacon.chain = chain(first));
        page.sent(Accept, After, &lead("")).with(|beacon| beacon.chain = chain(second))
    }

    const HEAD: &str =
        "Meta Pixel 480011223344556 got Lead twice on one page view in the browser, and counts it twice.";

    #[test]
    fn repeats_are_said_with_who_sent_them() {
        for (trial, cause) in [
            (twice(&[LIBRARY], &[LIBRARY]).fired(0, &[1, 2]), "One call in the source sends it more than once."),
            (
                twice(&[LIBRARY, "https://shop.example/"], &[LIBRARY, CONTAINER]).fired(0, &[1, 2]),
                "The source declares it once; it came from the container GTM-ABC123 and the page's own code.",
            ),
            (
                twice(&[LIBRARY, CONTAINER], &[LIBRARY, "https://cdn.example/app.js?v=3"]),
                "It came from the container GTM-ABC123 and the script https://cdn.example/app.js.",
            ),
            (
                twice(&[LIBRARY, CONTAINER], &[LIBRARY, CONTAINER]),
                "Nothing in the page's source declares it; it came from the container GTM-ABC123 each time.",
            ),
        ] {
            trial.check(RULE, &[&format!("{HEAD} {cause}")]);
        }
    }

    #[test]
    fn the_same_id_is_dropped_by_the_vendor_and_different_ids_are_not() {
        let sent = |a: &str, b: &str| {
            let page = page().sent(Accept, After, &lead(&format!("&eid={a}"))).sent(
                Accept,
                After,
                &lead(&format!("&eid={b}")),
            );
            page.fired(0, &[1, 2])
        };
        sent("o-1", "o-1").check(
            RULE,
            &["Meta Pixel 480011223344556 gets Lead twice with the same event id: deduplicated by the vendor."],
        );
        sent("o-1", "o-2").check(
            RULE,
            &[&format!(
                "{HEAD} The source declares it once; it came from the script https://cdn.example/lib.js each time."
            )],
        );
    }

    #[test]
    fn an_image_in_the_markup_and_what_leaves_at_the_end_count_too() {
        let cause =
            "Nothing in the page's source declares it; it came from the script https://cdn.example/lib.js each time.";
        let wanted = format!("{HEAD} {cause}");
        let image = lead("").split("&dl=").next().unwrap().to_owned();
        page().sent(Accept, After, &lead("")).sent(Accept, After, &image).check(RULE, &[&wanted]);
        let leaving = |trial: Trial| trial.sent(None, Before, &lead("")).with(|beacon| beacon.leaving = true);
        leaving(leaving(page().looked(None))).check(RULE, &[&wanted]);
    }

    #[test]
    fn what_differs_or_belongs_to_another_page_view_is_no_repeat() {
        let first = || page().sent(Accept, After, &lead(""));
        first().sent(Accept, After, &lead("&cd[value]=5")).check(RULE, &[]);
        first().sent(Accept, After, &lead("").replace("480011223344556", "590022334455667")).check(RULE, &[]);
        first().sent(Accept, After, &lead("").replace("example%2F", "example%2Fnext")).check(RULE, &[]);
        first().sent(Accept, Again, &lead("")).sent(Reject, After, &lead("")).check(RULE, &[]);
        page()
            .sent(Accept, After, &lead(""))
            .with(|beacon| beacon.leaving = true)
            .sent(Accept, After, &lead(""))
            .check(RULE, &[]);
        page().sent(Accept, Second, &lead("")).sent(Accept, Second, &lead("")).check(RULE, &[]);
        let heartbeat = GA4.replace("page_view", "user_engagement");
        page().sent(Accept, After, &heartbeat).sent(Accept, After, &heartbeat).check(RULE, &[]);
    }
}
