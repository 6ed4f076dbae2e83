//! Vendors' libraries, as stand-ins that do with mistakes what the real ones were seen to do: what the browser counts of
//! each install, held and sent, is what left, and what left is what was recorded.

use pixelproof_detect::Catalogue;
use pixelproof_model::{AuditReport, Beacons, Pass, RequestKind};
use pixelproof_tests::{Arrived, Hosts, Web};

use crate::browser::{audit, libraries, lines, page};

/// Where the stand-ins send what they count.
const ENDPOINTS: [&str; 14] = [
    "alb.reddit.com",
    "analytics.tiktok.com",
    "analytics.twitter.com",
    "bat.bing.com",
    "conversions-config.reddit.com",
    "ct.pinterest.com",
    "px.ads.linkedin.com",
    "q.quora.com",
    "stats.g.doubleclick.net",
    "t.co",
    "tr.snapchat.com",
    "www.facebook.com",
    "www.google-analytics.com",
    "www.google.com",
];

/// The vendor's snippet for an account, up to its first call; then these calls.
fn install(vendor: &str, account: &str, calls: &str) -> String {
    let snippet = Catalogue::builtin().get(vendor).and_then(|v| v.snippet.clone()).unwrap();
    let snippet = snippet.replace("{{account}}", account);
    let script = snippet.split_inclusive("</script>").collect::<Vec<_>>();
    let scripts = script.iter().filter(|part| part.contains("<script")).copied().collect::<String>();
    let first = match vendor {
        "x-pixel" => "twq('config'",
        "pinterest-tag" => "pintrk('load'",
        "reddit-pixel" => "rdt('init'",
        "quora-pixel" => "qp('init'",
        "meta-pixel" => "fbq('init'",
        "snapchat-pixel" => "snaptr('init'",
        "tiktok-pixel" => "ttq.load('",
        _ => return format!("{scripts}<script>{calls}</script>"),
    };
    let end = if vendor == "tiktok-pixel" { "}(window, document" } else { "</script>" };
    let (before, rest) = scripts.split_at(scripts.find(first).unwrap());
    format!("{before}{calls}\n{}", &rest[rest.find(end).unwrap()..])
}

const META: &str = "480011223344556";
const X: &str = "o1abc";
const PINTEREST: &str = "2612345678901";
const LINKEDIN: &str = "6342117";
const UET: &str = "5550001";
const SNAP: &str = "b2ade379-a55e-4ca7-893b-b9fac04c843f";
const REDDIT: &str = "a2_abc123";
const QUORA: &str = "0123456789abcdef0123456789abcdef";
const TIKTOK: &str = "CABCDEFGHIJKLMNOPQRS";

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html><head><title>{title}</title>{body}</head><body><p>Words of {title}.</p></body></html>"
    )
}

/// Each vendor once, with one more event.
fn once() -> String {
    [
        install("meta-pixel", META, "fbq('init', '480011223344556'); fbq('track', 'PageView'); fbq('track', 'Purchase', {value: 5, currency: 'EUR'}, {eventID: 'o-1'});"),
        install("x-pixel", X, "twq('config', 'o1abc'); twq('event', 'tw-o1abc-o2def', {value: 5, currency: 'EUR', conversion_id: 'o-1'});"),
        install("pinterest-tag", PINTEREST, "pintrk('load', '2612345678901'); pintrk('page'); pintrk('track', 'checkout', {value: 5, currency: 'EUR', event_id: 'o-1'});"),
        install("linkedin-insight", LINKEDIN, "lintrk('track', {conversion_id: 987654, event_id: 'o-1'});"),
        install("microsoft-uet", UET, "window.uetq = window.uetq || []; uetq.push('event', 'purchase', {revenue_value: 5, currency: 'EUR'});"),
        install("snapchat-pixel", SNAP, "snaptr('init', 'b2ade379-a55e-4ca7-893b-b9fac04c843f'); snaptr('track', 'PAGE_VIEW'); snaptr('track', 'PURCHASE', {price: 5, currency: 'EUR'});"),
        install("reddit-pixel", REDDIT, "rdt('init', 'a2_abc123'); rdt('track', 'PageVisit'); rdt('track', 'Purchase', {value: 5, currency: 'EUR'});"),
        install("quora-pixel", QUORA, "qp('init', '0123456789abcdef0123456789abcdef'); qp('track', 'ViewContent'); qp('track', 'Purchase', {value: 5, event_id: 'o-1'});"),
        install("tiktok-pixel", TIKTOK, "ttq.load('CABCDEFGHIJKLMNOPQRS'); ttq.page(); ttq.track('CompletePayment', {value: 5, currency: 'EUR', content_id: '1'}, {event_id: 'o-1'});"),
    ]
    .concat()
}

/// Each snippet twice, the second with one event twice.
fn twice() -> String {
    let pair = |vendor, account, base: &str, event: &str| {
        install(vendor, account, base) + &install(vendor, account, &format!("{base}{event}{event}"))
    };
    [
        pair("meta-pixel", META, "fbq('init', '480011223344556'); fbq('track', 'PageView');", "fbq('track', 'Lead');"),
        pair("x-pixel", X, "twq('config', 'o1abc');", "twq('event', 'tw-o1abc-o2def', {});"),
        pair(
            "pinterest-tag",
            PINTEREST,
            "pintrk('load', '2612345678901'); pintrk('page');",
            "pintrk('track', 'lead', {lead_type: 'news'});",
        ),
        pair("linkedin-insight", LINKEDIN, "", "lintrk('track', {conversion_id: 987654});"),
        pair("microsoft-uet", UET, "window.uetq = window.uetq || [];", "uetq.push('event', 'sign_up', {});"),
        pair(
            "snapchat-pixel",
            SNAP,
            "snaptr('init', 'b2ade379-a55e-4ca7-893b-b9fac04c843f'); snaptr('track', 'PAGE_VIEW');",
            "snaptr('track', 'SIGN_UP');",
        ),
        pair("reddit-pixel", REDDIT, "rdt('init', 'a2_abc123'); rdt('track', 'PageVisit');", "rdt('track', 'SignUp');"),
        pair(
            "quora-pixel",
            QUORA,
            "qp('init', '0123456789abcdef0123456789abcdef'); qp('track', 'ViewContent');",
            "qp('track', 'Generic');",
        ),
        pair(
            "tiktok-pixel",
            TIKTOK,
            "ttq.load('CABCDEFGHIJKLMNOPQRS'); ttq.page();",
            "ttq.track('Contact', {}, {event_id: 'c-1'});",
        ),
    ]
    .concat()
}

/// An event before each vendor's start.
fn early() -> String {
    [
        install("meta-pixel", META, "fbq('track', 'PageView'); fbq('init', '480011223344556');"),
        install("x-pixel", X, "twq('event', 'tw-o1abc-o2def', {}); twq('config', 'o1abc');"),
        install(
            "pinterest-tag",
            PINTEREST,
            "pintrk('track', 'pagevisit'); pintrk('load', '2612345678901'); pintrk('page');",
        ),
        install(
            "snapchat-pixel",
            SNAP,
            "snaptr('track', 'PAGE_VIEW'); snaptr('init', 'b2ade379-a55e-4ca7-893b-b9fac04c843f');",
        ),
        install("reddit-pixel", REDDIT, "rdt('track', 'PageVisit'); rdt('init', 'a2_abc123');"),
        install("quora-pixel", QUORA, "qp('track', 'ViewContent'); qp('init', '0123456789abcdef0123456789abcdef');"),
    ]
    .concat()
}

/// Two accounts of each vendor that takes several.
fn two() -> String {
    [
        install("meta-pixel", META, "fbq('init', '480011223344556'); fbq('init', '590022334455667'); fbq('track', 'PageView'); fbq('trackSingle', '590022334455667', 'Lead');"),
        install("x-pixel", X, "twq('config', 'o1abc'); twq('config', 'o9xyz');"),
        install("linkedin-insight", LINKEDIN, "") + &install("linkedin-insight", "8842117", ""),
        install("snapchat-pixel", SNAP, "snaptr('init', 'b2ade379-a55e-4ca7-893b-b9fac04c843f'); snaptr('init', 'c3bde379-a55e-4ca7-893b-b9fac04c843f'); snaptr('track', 'PAGE_VIEW');"),
        install("quora-pixel", QUORA, "qp('init', '0123456789abcdef0123456789abcdef'); qp('init', '1123456789abcdef0123456789abcdef'); qp('track', 'ViewContent');"),
    ]
    .concat()
}

/// A route that changes after the load, with a page view by hand.
fn routes() -> String {
    let meta = "fbq('init', '480011223344556'); fbq('track', 'PageView');";
    let change = "addEventListener('load', () => setTimeout(() => { history.pushState({}, '', '/routes-2'); fbq('track', 'PageView'); }, 200));";
    [
        install("meta-pixel", META, &format!("{meta}{change}")),
        install("quora-pixel", QUORA, "qp('init', '0123456789abcdef0123456789abcdef'); qp('track', 'ViewContent');"),
        install("linkedin-insight", LINKEDIN, ""),
    ]
    .concat()
}

/// Events too long for an address.
fn long() -> String {
    let words = "w".repeat(3000);
    [
        install("meta-pixel", META, &format!("fbq('init', '480011223344556'); fbq('track', 'PageView'); fbq('track', 'ViewContent', {{content_name: '{words}'}});")),
        install("pinterest-tag", PINTEREST, &format!("pintrk('load', '2612345678901'); pintrk('page'); pintrk('track', 'addtocart', {{property: '{words}'}});")),
    ]
    .concat()
}

fn site() -> Web {
    type Written = fn() -> String;
    let pages: [(&str, Written); 6] =
        [("once", once), ("twice", twice), ("early", early), ("two", two), ("routes", routes), ("long", long)];
    let links: String = pages.iter().map(|(name, _)| format!("<a href='/{name}'>{name}</a> ")).collect();
    let mut hosts = libraries(Hosts::new())
        .page("shop.test/", format!("<!doctype html><title>Start</title>{links}"))
        // What the real endpoint answers: settings, without which the library keeps events back.
        .with(
            "ct.pinterest.com/user/",
            200,
            &[("content-type", "application/json")],
            "{\"aemEnabled\":false}".to_owned(),
        );
    for (name, body) in pages {
        hosts = hosts.page(&format!("shop.test/{name}"), document(name, &body()));
    }
    Web::start(hosts).unwrap()
}

/// What arrived at the endpoints, but for libraries and for questions whether one may send.
fn arrived(web: &Web) -> Vec<(String, String)> {
    let counts =
        |a: &Arrived| ENDPOINTS.contains(&a.host.as_str()) && a.method != "OPTIONS" && !a.target.contains(".js");
    let mut arrived: Vec<(String, String)> = web
        .arrived()
        .into_iter()
        .filter(counts)
        .map(|a| (format!("https://{}{}", a.host, a.target), String::from_utf8(a.body).unwrap()))
        .collect();
    arrived.sort();
    arrived
}

fn recorded(report: &AuditReport) -> Vec<(String, String)> {
    let beacons = report.pages.iter().flat_map(|page| &page.page.beacons);
    let mut recorded: Vec<(String, String)> =
        beacons.map(|beacon| (beacon.url.clone(), beacon.body.clone().unwrap_or_default())).collect();
    recorded.sort();
    recorded
}

/// What is told of each page.
const EXPECTED: [(&str, &[&str]); 6] = [
    (
        "/once",
        &[
            "meta-pixel PageView declared seen 1",
            "meta-pixel Purchase declared seen 1",
            "x-pixel PageView declared seen 1",
            "x-pixel tw-o1abc-o2def declared seen 1",
            "pinterest-tag page declared seen 1",
            "pinterest-tag checkout declared seen 1",
            "linkedin-insight PageView declared seen 1",
            "linkedin-insight Conversion declared seen 1",
            "microsoft-uet pageLoad declared seen 1",
            "microsoft-uet purchase declared seen 1",
            "snapchat-pixel PAGE_VIEW declared seen 1",
            "snapchat-pixel PURCHASE declared seen 1",
            "reddit-pixel PageVisit declared seen 1",
            "reddit-pixel Purchase declared seen 1",
            "quora-pixel ViewContent declared seen 1",
            "quora-pixel Purchase declared seen 1",
            "tiktok-pixel Pageview declared seen 1",
            "tiktok-pixel CompletePayment declared seen 1",
            "linkedin-insight PAGE_VISIT undeclared seen 1: the library sends it by itself",
            "quora-pixel DwellTime undeclared seen 1: the library sends it by itself",
        ],
    ),
    (
        "/twice",
        &[
            "meta-pixel PageView declared seen 1",
            "meta-pixel PageView declared never 0: the library sends it once and drops the repeat",
            "meta-pixel Lead declared seen 1",
            "meta-pixel Lead declared seen 1",
            "x-pixel PageView declared seen 1",
            "x-pixel PageView declared seen 1",
            "x-pixel tw-o1abc-o2def declared seen 1",
            "x-pixel tw-o1abc-o2def declared seen 1",
            "pinterest-tag page declared seen 1",
            "pinterest-tag page declared seen 1",
            "pinterest-tag lead declared seen 1",
            "pinterest-tag lead declared seen 1",
            "linkedin-insight PageView declared seen 1",
            "linkedin-insight PageView declared never 0: the library sends it once and drops the repeat",
            "linkedin-insight Conversion declared seen 1",
            "linkedin-insight Conversion declared seen 1",
            "microsoft-uet pageLoad declared seen 1",
            "microsoft-uet pageLoad declared never 0: the library sends it once and drops the repeat",
            "microsoft-uet sign_up declared seen 1",
            "microsoft-uet sign_up declared seen 1",
            "snapchat-pixel PAGE_VIEW declared seen 1",
            "snapchat-pixel PAGE_VIEW declared seen 1",
            "snapchat-pixel SIGN_UP declared seen 1",
            "snapchat-pixel SIGN_UP declared seen 1",
            "reddit-pixel PageVisit declared seen 1",
            "reddit-pixel PageVisit declared seen 1",
            "reddit-pixel SignUp declared seen 1",
            "reddit-pixel SignUp declared seen 1",
            "quora-pixel ViewContent declared seen 1",
            "quora-pixel ViewContent declared never 0: the library sends it once and drops the repeat",
            "quora-pixel Generic declared seen 1",
            "quora-pixel Generic declared seen 1",
            "tiktok-pixel Pageview declared seen 1",
            "tiktok-pixel Pageview declared never 0: the library sends it once and drops the repeat",
            "tiktok-pixel Contact declared seen 1",
            "tiktok-pixel Contact declared seen 1",
            "linkedin-insight PAGE_VISIT undeclared seen 1: the library sends it by itself",
            "quora-pixel DwellTime undeclared seen 1: the library sends it by itself",
        ],
    ),
    (
        "/early",
        &[
            "meta-pixel PageView declared never 0: it comes before the initialisation, and the library drops what comes before",
            "x-pixel tw-o1abc-o2def declared seen 1",
            "x-pixel PageView declared seen 1",
            "pinterest-tag pagevisit declared never 0: it comes before the initialisation, and the library drops what comes before",
            "pinterest-tag page declared seen 1",
            "snapchat-pixel PAGE_VIEW declared never 0: it comes before the initialisation, and the library drops what comes before",
            "reddit-pixel PageVisit declared seen 1: it was sent for no account",
            "quora-pixel ViewContent declared never 0: it comes before the initialisation, and the library drops what comes before",
        ],
    ),
    (
        "/two",
        &[
            "meta-pixel PageView declared seen 1",
            "meta-pixel Lead declared seen 1",
            "x-pixel PageView declared seen 1",
            "x-pixel PageView declared seen 1",
            "linkedin-insight PageView declared seen 1",
            "linkedin-insight PageView declared seen 1",
            "snapchat-pixel PAGE_VIEW declared seen 1",
            "quora-pixel ViewContent declared seen 1",
            "linkedin-insight PAGE_VISIT undeclared seen 1: the library sends it by itself",
            "linkedin-insight PAGE_VISIT undeclared seen 1: the library sends it by itself",
            "quora-pixel DwellTime undeclared seen 1: the library sends it by itself",
            "quora-pixel DwellTime undeclared seen 1: the library sends it by itself",
        ],
    ),
    (
        "/routes",
        &[
            "meta-pixel PageView declared seen 1",
            "meta-pixel PageView declared seen 1",
            "quora-pixel ViewContent declared seen 2",
            "linkedin-insight PageView declared seen 1",
            "linkedin-insight PAGE_VISIT undeclared seen 1: the library sends it by itself",
            "linkedin-insight PAGE_VISIT undeclared seen 1: the library sends it by itself",
            "quora-pixel DwellTime undeclared seen 1: the library sends it by itself",
        ],
    ),
    (
        "/long",
        &[
            "meta-pixel PageView declared seen 1",
            "meta-pixel ViewContent declared seen 1",
            "pinterest-tag page declared seen 1",
            "pinterest-tag addtocart declared seen 1",
        ],
    ),
];

fn check(report: &AuditReport) {
    for (path, expected) in EXPECTED {
        assert_eq!(lines(page(report, path)), expected, "{path}");
    }
}

#[test]
fn events_are_counted_as_the_libraries_send_them_and_nothing_leaves_that_is_held() {
    let web = site();
    let report = audit(&web, "https://shop.test/", Beacons::Held, &[Pass::None]);
    check(&report);
    assert_eq!(arrived(&web), []);
    let events = report.pages.iter().flat_map(|page| &page.page.beacons).filter(|b| b.kind == RequestKind::Event);
    assert!(events.clone().count() > 60 && events.clone().all(|beacon| beacon.held));
}

#[test]
fn what_is_sent_arrives_as_it_was_recorded() {
    let web = site();
    let report = audit(&web, "https://shop.test/", Beacons::Send, &[Pass::None]);
    check(&report);
    assert_eq!(recorded(&report), arrived(&web));
}
