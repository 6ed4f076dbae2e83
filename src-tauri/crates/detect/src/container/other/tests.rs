//! Files of our own making in the shapes of other managers; fuzzing starts from the same.

use std::sync::Arc;

use pixelproof_model::{Fires, Via};
use url::Url;

use crate::container::{Container, add_containers, containers_of, read_container};
use crate::{Catalogue, PageInput, read_page};

const HOME: &str = "https://www.pots.test/";

/// Each entry as `function vendor account events on [when] verdict`, on one page.
fn lines(text: &str, page: &str) -> Vec<String> {
    let page = Url::parse(page).expect("an address");
    let report = read_container(Catalogue::builtin(), None, text, std::slice::from_ref(&page));
    assert_eq!(report.problems, [""; 0]);
    let line = |tag: &pixelproof_model::ContainerTag| {
        let (vendor, account) = (tag.vendor.as_deref().unwrap_or("-"), tag.account.as_deref().unwrap_or("-"));
        let fires = match tag.fires.values().next() {
            Some(Fires::Yes) => "yes",
            Some(Fires::Unknown) => "unknown",
            _ => "no",
        };
        format!("{} {vendor} {account} {} on {} [{}] {fires}", tag.function, tag.events.join("+"), tag.on, tag.when)
    };
    report.tags.iter().map(line).collect()
}

#[track_caller]
fn check(text: &str, page: &str, expected: &[&str]) {
    assert_eq!(lines(text, page), expected, "on {page}");
}

const MATOMO: &str = include_str!("../../../fuzz/seeds/container/matomo.js");

#[test]
fn a_container_of_matomo_is_read() {
    let view = "Matomo matomo 17 trackPageView on PageView [] yes";
    let lead = |verdict: &str| {
        let when = "page URL matches /THANKS; or never when query parameter test equals 1";
        format!("CustomHtml meta-pixel 111222333444555 Lead on DomReady [{when}] {verdict}")
    };
    let uet = "BingUET microsoft-uet 5550001  on AllLinksClick [ClickId equals buy] unknown";
    let image = "CustomImage meta-pixel 111222333444555 Contact on PageView [not after 2029-01-02 03:04:05] unknown";
    check(MATOMO, HOME, &[view, &lead("no"), uet, image]);
    check(MATOMO, "https://www.pots.test/thanks", &[view, &lead("yes"), uet, image]);
    check(MATOMO, "https://www.pots.test/thanks?test=1", &[view, &lead("no"), uet, image]);
    let report = read_container(Catalogue::builtin(), None, MATOMO, &[]);
    assert_eq!((report.container.as_deref(), report.version.as_deref()), (Some("PoTs1234"), Some("spring")));
}

const LAUNCH: &str = include_str!("../../../fuzz/seeds/container/launch.js");

#[test]
fn a_property_of_launch_is_read() {
    let view = "facebook-pixel/sendPageView meta-pixel 111222333444555 PageView on libraryLoaded [] yes";
    let tiktok = "core/customCode tiktok-pixel C4TEAPOTTEAPOTTEAPOT Pageview on libraryLoaded [] yes";
    let bought = |verdict: &str| {
        let when = "rule Thanks: page path equals /thanks or /danke and page host is of pots.test";
        format!("facebook-pixel/sendPurchaseEvent meta-pixel 111222333444555 Purchase on domReady [{when}] {verdict}")
    };
    let button = "on click [rule Button: not cookie box] unknown";
    let custom = format!("facebook-pixel/sendCustomEvent meta-pixel 111222333444555 Tea {button}");
    let hidden = format!("core/customCode - -  {button}");
    let idle = |slug: &str, vendor: &str, account: &str| {
        let when = "the extension is set up; no rule has an action of it";
        format!("{slug} {vendor} {account}  on library loaded [{when}] unknown")
    };
    let last = [idle("adobe-analytics", "adobe-analytics", "potsprod"), idle("bing-uet", "microsoft-uet", "5550001")];
    for (page, verdict) in [(HOME, "no"), ("https://www.pots.test/danke?x=1", "yes"), ("https://pans.test/danke", "no")]
    {
        check(LAUNCH, page, &[view, tiktok, &bought(verdict), &custom, &hidden, &last[0], &last[1]]);
    }
    let report = read_container(Catalogue::builtin(), None, LAUNCH, &[]);
    let bought = report.tags.iter().find(|tag| tag.events == ["Purchase"]).expect("an event");
    assert_eq!(bought.details[0].params["value"]["expr"], "%total%");
    assert_eq!(report.version.as_deref(), Some("2026-01-02T03:04:05Z"));
}

const TEALIUM: &str = include_str!("../../../fuzz/seeds/container/tealium.js");

#[test]
fn a_profile_of_tealium_is_read() {
    let rule = "page_type is thanks and order is there";
    let expected = [
        format!("utag.4 - -  on view [{rule}] unknown"),
        "utag.7 meta-pixel 111222333444555  on view [] yes".to_owned(),
        format!("utag.9 - -  on view [dom.url contains /tea) and ({rule}] unknown"),
        "utag.11 - -  on view [] no".to_owned(),
    ];
    assert_eq!(lines(TEALIUM, HOME), expected);
    let report = read_container(Catalogue::builtin(), None, TEALIUM, &[]);
    assert_eq!(report.container.as_deref(), Some("pots/main"));
    // a tag in a file of its own
    let alone = "//tealium universal tag - utag.46 ut4.0.2026, Copyright 2026 Tealium.com Inc.\n\
        try{(function(id,loader){var u={};u.data={\"tag_id\":\"5550001\",\"base_url\":\"//bat.bing.com/bat.js\"};})()}catch(e){}";
    check(alone, HOME, &["utag.46 microsoft-uet 5550001  on view [its load rule] unknown"]);
}

#[test]
fn settings_of_data_platforms_are_read() {
    let segment = include_str!("../../../fuzz/seeds/container/segment.json");
    check(
        segment,
        HOME,
        &[
            "Facebook Pixel meta-pixel 111222333444555  on load [] yes",
            "Google Analytics 4 Web google-analytics-4 G-TEAPOT0001  on load [consent to ads, stats] unknown",
            "Braze - -  on load [] yes",
            "Facebook Conversions API (Actions) - -  on load [] yes",
            "Mixpanel mixpanel 0123456789abcdef0123456789abcdef  on load [] no",
        ],
    );
    let report = read_container(Catalogue::builtin(), None, segment, &[]);
    assert_eq!(report.container.as_deref(), Some("wRiTeKeYwRiTeKeYwRiTeKeY"));
    let rudder = include_str!("../../../fuzz/seeds/container/rudderstack.json");
    check(
        rudder,
        HOME,
        &["Facebook Pixel meta-pixel 111222333444555  on load [] yes", "Hotjar hotjar 1234567  on load [] no"],
    );
}

/// What a page asks for, and the installs and events that the answer brings.
#[track_caller]
fn check_page(head: &str, file: &str, asked: &str, expected: &[&str]) {
    let (catalogue, url) = (Catalogue::builtin(), Url::parse(HOME).expect("an address"));
    let html = format!("<!doctype html><head>{head}</head><body>");
    let mut page =
        read_page(catalogue, &PageInput { source: "page", url: &url, html: &html }).finish(catalogue, &|_| None);
    let wanted = containers_of(&page, catalogue, &url);
    assert_eq!(wanted.iter().map(|w| w.url.as_str()).collect::<Vec<_>>().join(" "), asked, "{head}");
    let read = wanted.iter().map(|w| Arc::new(Container::parse(&w.id, file).expect("parses"))).collect::<Vec<_>>();
    add_containers(&mut page, catalogue, &url, &Default::default(), &read);
    let installs = page.installs.iter().filter(|i| i.via == Via::Container);
    let installs = installs.map(|i| {
        let (account, by) = (i.account.as_deref().unwrap_or("-"), i.installer.as_deref().unwrap_or("-"));
        format!("{} {account} {:?}{} by {by}", i.vendor, i.trigger, if i.library_only { " library" } else { "" })
    });
    let events = page.events.iter().filter(|e| e.via == Via::Container);
    let events = events.map(|e| format!("{} {} {:?}", e.vendor, e.name.known().unwrap_or("?"), e.trigger));
    assert_eq!(installs.chain(events).collect::<Vec<_>>(), expected, "{head}");
    assert!(containers_of(&page, catalogue, &url).is_empty(), "each once");
}

#[test]
fn pages_bring_what_their_managers_bring() {
    let launch = "<script src='https://assets.adobedtm.com/0123456789ab/0123456789ab/launch-0123456789ab.min.js' async></script>";
    let by = "0123456789ab/0123456789ab/launch-0123456789ab tag";
    check_page(
        launch,
        LAUNCH,
        "https://assets.adobedtm.com/0123456789ab/0123456789ab/launch-0123456789ab.min.js",
        &[
            &format!("meta-pixel 111222333444555 Load by {by} 0"),
            &format!("tiktok-pixel C4TEAPOTTEAPOTTEAPOT Load by {by} 1"),
            &format!("meta-pixel 111222333444555 Click library by {by} 3"),
            &format!("adobe-analytics potsprod Conditional by {by} 5"),
            &format!("microsoft-uet 5550001 Conditional by {by} 6"),
            "meta-pixel PageView Load",
            "tiktok-pixel Pageview Load",
            "meta-pixel Tea Click",
        ],
    );
    check_page(
        "<script src='https://tags.tiqcdn.com/utag/pots/main/prod/utag.js'></script>",
        TEALIUM,
        "https://tags.tiqcdn.com/utag/pots/main/prod/utag.js",
        &["meta-pixel 111222333444555 Load by pots/main tag 7"],
    );
    check_page(
        "<script src='https://stats.pots.test/js/container_PoTs1234.js'></script><script>var _mtm=window._mtm=window._mtm||[];\
         _mtm.push({'mtm.startTime':(new Date().getTime()),'event':'mtm.Start'});</script>",
        MATOMO,
        "https://stats.pots.test/js/container_PoTs1234.js",
        &[
            "matomo 17 Load by container_PoTs1234 tag 1",
            "microsoft-uet 5550001 Click by container_PoTs1234 tag 3",
            "meta-pixel 111222333444555 Conditional library by container_PoTs1234 tag 4",
            "matomo trackPageView Load",
            "meta-pixel Contact Conditional",
        ],
    );
    check_page(
        "<script>analytics.load('wRiTeKeYwRiTeKeYwRiTeKeY');analytics.page();</script>",
        r#"{"integrations":{"Facebook Pixel":{"pixelId":"111222333444555"},"Segment.io":{"apiKey":"wRiTeKeYwRiTeKeYwRiTeKeY"}}}"#,
        "https://cdn.segment.com/v1/projects/wRiTeKeYwRiTeKeYwRiTeKeY/settings",
        &["meta-pixel 111222333444555 Load by wRiTeKeYwRiTeKeYwRiTeKeY tag 0"],
    );
}

#[test]
fn code_in_files_of_their_own_is_taken() {
    let mut container = Container::parse("pots/main", TEALIUM).expect("parses");
    let url = Url::parse("https://tags.tiqcdn.com/utag/pots/main/prod/utag.js").expect("an address");
    let parts = container.parts(&url);
    let files = parts.iter().map(|(number, url)| format!("{number} {url}")).collect::<Vec<_>>();
    let folder = "https://tags.tiqcdn.com/utag/pots/main/prod";
    assert_eq!(files, [format!("4 {folder}/utag.4.js"), format!("9 {folder}/utag.9.js")]);
    container.take_part(4, "u.data={\"tag_id\":\"5550001\",\"base_url\":\"//bat.bing.com/bat.js\"}");
    container.take_part(99, "nothing has this number");
    assert_eq!(container.parts(&url).len(), 1);
}

#[test]
fn hostile_files_of_other_managers_end() {
    let deep = format!(
        "window._satellite.container={{rules:[],extensions:{{a:{}1{}}}}};",
        "[".repeat(30_000),
        "]".repeat(30_000)
    );
    let wide =
        format!("utag.loader.cfg={{{}}};", (0..5_000).map(|n| format!("\"{n}\":{{load:1}},")).collect::<String>());
    let marks = "//tealium universal tag - utag.".repeat(20_000);
    let nested = format!("{{\"integrations\":{}{}}}", "{\"a\":".repeat(500), "}".repeat(500));
    for text in [
        deep.as_str(),
        wide.as_str(),
        marks.as_str(),
        nested.as_str(),
        "window.MatomoTagManager.addContainer({",
        "window.MatomoTagManager.addContainer({\"tags\":[1,{}],\"triggers\":[[]]}, x)",
        "_satellite.container={rules:[{actions:[{}]},{events:[{}],conditions:[{}],actions:[{modulePath:\"/\"}]}]}",
        "utag.loader.cfg={\"\\u00e9\":{load:1},\"x\":{load:utag.cond[}}",
        "{\"integrations\":{\"a\":1,\"b\":null,\"c\":[]}}",
        "{\"source\":{\"destinations\":[1,{}]}}",
    ] {
        let page = Url::parse(HOME).expect("an address");
        let report = read_container(Catalogue::builtin(), None, text, std::slice::from_ref(&page));
        assert!(report.tags.len() <= 2_000);
    }
}
