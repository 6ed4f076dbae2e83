//! Pages against the built-in tables: exact sets, exact places.

use super::*;
use pixelproof_model::{Position, State, Text, Via};

const META: &str = "https://connect.facebook.net/en_US/fbevents.js";

fn read_at(html: &str, inert: bool) -> PageRead {
    let url: Url = "https://shop.example/a/page.html".parse().expect("an address");
    let input = PageInput { source: "page.html", url: &url, html };
    if inert { read_page_with_inert(Catalogue::builtin(), &input) } else { read_page(Catalogue::builtin(), &input) }
}

fn page(html: &str) -> Page {
    read_at(html, false).finish(Catalogue::builtin(), &|_| None)
}

/// Serde's name of a value.
fn name(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).expect("a plain name")
}

fn place(at: &Position) -> String {
    format!("{}:{}:{}", at.source, at.line, at.column)
}

/// Installs, then events that aren't automatic: what, how, where.
fn lines(page: &Page) -> Vec<String> {
    let mut out = Vec::new();
    for i in &page.installs {
        let only = if i.library_only { " library" } else { "" };
        let delayed = if i.delayed { " delayed" } else { "" };
        let how = format!("{}/{}{delayed}{only}", name(i.via), name(i.state));
        out.push(format!("{} {} {how} {}", i.vendor, i.account.as_deref().unwrap_or("-"), place(&i.at)));
    }
    for e in page.events.iter().filter(|e| e.class != pixelproof_model::EventClass::Automatic) {
        let event = match &e.name {
            Text::Known(name) => name.clone(),
            Text::Expr { expr } => format!("expr:{expr}"),
        };
        let how = format!("{}/{}/{}", name(e.via), name(e.state), name(e.trigger));
        out.push(format!("{} {event} {} {how} {}", e.vendor, e.accounts.join(","), place(&e.at)));
    }
    out
}

fn check(html: &str, expect: &[&str]) {
    assert_eq!(lines(&page(html)), expect, "{html}");
}

#[test]
fn places_are_exact_even_for_identical_scripts() {
    let html = "<html>\n<body>é<script>fbq('init', '1234567890123456');</script>\n<p>x</p><script>fbq('init', '1234567890123456');</script>\r\n  <script>\n  var a = 1;\n  fbq('track', 'Lead');\n</script><button onclick=\"a &amp;&amp; fbq('track', 'Contact')\">x</button>";
    check(
        html,
        &[
            "meta-pixel 1234567890123456 script/active page.html:2:16",
            "meta-pixel 1234567890123456 script/active page.html:3:17",
            "meta-pixel Lead 1234567890123456 script/active/load page.html:6:3",
            "meta-pixel Contact 1234567890123456 attribute/active/click page.html:7:40",
        ],
    );
}

#[test]
fn misplaced_content_of_tables_keeps_its_places() {
    let html = "<table><tr><td><img src='https://www.facebook.com/tr?id=1111111111111111&ev=A'></td></tr>\n<img src='https://www.facebook.com/tr?id=2222222222222222&ev=B'></table>";
    check(
        html,
        &[
            "meta-pixel 1111111111111111 image/active page.html:1:16",
            "meta-pixel 2222222222222222 image/active page.html:2:1",
            "meta-pixel A 1111111111111111 image/active/load page.html:1:16",
            "meta-pixel B 2222222222222222 image/active/load page.html:2:1",
        ],
    );
}

#[test]
fn the_same_form_twice_is_two_installs_and_different_forms_are_one() {
    check(
        "<script>fbq('init','1234567890123456');fbq('init','1234567890123456')</script>",
        &[
            "meta-pixel 1234567890123456 script/active page.html:1:9",
            "meta-pixel 1234567890123456 script/active page.html:1:40",
        ],
    );
    check(
        "<script>_linkedin_partner_id = \"123456\";window._linkedin_data_partner_ids = window._linkedin_data_partner_ids || [];window._linkedin_data_partner_ids.push(_linkedin_partner_id);</script>",
        &["linkedin-insight 123456 script/active page.html:1:9"],
    );
    check(
        "<script async src='https://www.googletagmanager.com/gtag/js?id=G-ABCDEF1234'></script>\n<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('config','G-ABCDEF1234')</script>",
        &["google-analytics-4 G-ABCDEF1234 script/active page.html:2:89"],
    );
}

#[test]
fn a_loader_alone_is_an_install() {
    check(
        &format!(
            "<script src='{META}'></script>\n<script src='https://www.googletagmanager.com/gtag/js?id=AW-123456789'></script>"
        ),
        &[
            "meta-pixel - script/active library page.html:1:1",
            "google-ads AW-123456789 script/active library page.html:2:1",
        ],
    );
}

#[test]
fn one_gtag_event_goes_to_every_vendor_it_serves() {
    let start = "<script>function gtag(){dataLayer.push(arguments)}\ngtag('config','G-ABCDEF1234');gtag('config','AW-123456789');\n";
    check(
        &format!("{start}gtag('event','sign_up');\ngtag('event','conversion',{{send_to:'AW-123456789/x'}})</script>"),
        &[
            "google-analytics-4 G-ABCDEF1234 script/active page.html:2:1",
            "google-ads AW-123456789 script/active page.html:2:31",
            "google-ads sign_up AW-123456789 script/active/load page.html:3:1",
            "google-analytics-4 sign_up G-ABCDEF1234 script/active/load page.html:3:1",
            "google-ads conversion AW-123456789 script/active/load page.html:4:1",
        ],
    );
    check(
        "<script>gtag('event','sign_up')</script>",
        &["google-tag - script/active page.html:1:9", "google-tag sign_up  script/active/load page.html:1:9"],
    );
}

#[test]
fn noscript_images_frames_and_written_markup() {
    check(
        "<noscript><img src='https://www.facebook.com/tr?id=1234567890123456&amp;ev=PageView&amp;noscript=1'/></noscript>\n<iframe srcdoc=\"<script>fbq(&quot;init&quot;,&quot;7777777777777777&quot;)</script>\"></iframe>\n<noscript><iframe src='https://www.googletagmanager.com/ns.html?id=GTM-ABC1234'></iframe></noscript>\n<script>document.write(\"<img src='https://www.facebook.com/tr?id=1234567890123457&ev=Lead'>\")</script>",
        &[
            "meta-pixel 1234567890123456 noscript/active page.html:1:11",
            "meta-pixel 7777777777777777 script/active page.html:2:25",
            "google-tag-manager GTM-ABC1234 noscript/active page.html:3:11",
            "meta-pixel 1234567890123457 image/active page.html:4:9",
            "meta-pixel PageView 1234567890123456 noscript/active/load page.html:1:11",
            "meta-pixel Lead 1234567890123457 image/active/load page.html:4:9",
        ],
    );
}

const LOOKALIKES: &str = "<!-- <script>fbq('init','1234567890123456')</script> -->
<template><script>fbq('init','1234567890123456')</script></template>
<textarea><script>fbq('init','1234567890123456')</script></textarea>
<script type='text/template'>fbq('init','1234567890123456')</script>
<script>/* fbq('init','1234567890123456') */ notfbq('init','1234567890123456'); var s = \"fbq('init','1234567890123456')\";</script>
<img src='https://www.facebook.com.evil.test/tr?id=1234567890123456&ev=PageView'>
<script src='https://connect.facebook.net.evil.test/en_US/fbevents.js'></script>
<a href='https://www.facebook.com/tr?id=1234567890123456&ev=PageView'>x</a>
<noscript><script>fbq('init','1234567890123456')</script></noscript>";

#[test]
fn what_never_runs_is_reported_only_when_asked_for() {
    check(LOOKALIKES, &[]);
    let asked = read_at(LOOKALIKES, true).finish(Catalogue::builtin(), &|_| None);
    assert!(asked.installs.iter().all(|i| i.state == State::Inert), "{:?}", lines(&asked));
    let lines_found: Vec<_> = asked.installs.iter().map(|i| i.at.line).collect();
    assert_eq!(lines_found, [1, 2, 4, 9]);
}

#[test]
fn code_that_waits_says_for_what() {
    let html = "<script type='text/plain' data-cookieconsent='marketing'>fbq('init','1234567890123456');fbq('track','PageView')</script><script type='rocketlazyloadscript'>twq('config','abc12')</script>";
    check(
        html,
        &[
            "meta-pixel 1234567890123456 script/gated page.html:1:58",
            "x-pixel abc12 script/active delayed page.html:1:157",
            "meta-pixel PageView 1234567890123456 script/gated/load page.html:1:89",
        ],
    );
    let page = page(html);
    assert_eq!(page.installs.first().and_then(|i| i.gate.as_deref()), Some("cookiebot: marketing"));
}

#[test]
fn external_scripts_join_at_their_place() {
    let html = "<script>fbq('track','Before')</script><script src='/js/pixel.js'></script><script src='https://shop.example/js/pixel.js'></script><script>fbq('init', PIXEL_ID)</script><script src='https://code.jquery.com/jquery.js'></script>";
    let read = read_at(html, false);
    let urls: Vec<_> = read.scripts().iter().map(Url::as_str).collect();
    assert_eq!(urls, ["https://shop.example/js/pixel.js"]);
    let text: Arc<str> = "var PIXEL_ID = '1234567890123456';\n fbq('track', 'Search')".into();
    let script = Arc::new(read_script(Catalogue::builtin(), text));
    let page = read.finish(Catalogue::builtin(), &|_| Some(script.clone()));
    assert_eq!(
        lines(&page),
        [
            "meta-pixel 1234567890123456 script/active page.html:1:139",
            "meta-pixel Before 1234567890123456 script/active/load page.html:1:9",
            "meta-pixel Search 1234567890123456 script/active/load https://shop.example/js/pixel.js:2:2",
            "meta-pixel Search 1234567890123456 script/active/load https://shop.example/js/pixel.js:2:2",
        ]
    );
}

#[test]
fn what_scripts_say_together_is_the_same_on_every_page_that_joins_them() {
    let text: Arc<str> = "function track(name) { fbq('track', name) }".into();
    let script = Arc::new(read_script(Catalogue::builtin(), text));
    let page = |event: &str| {
        let html =
            format!("<script>fbq('init', '1')</script><script src=/js/a.js></script><script>track('{event}')</script>");
        let page = read_at(&html, false).finish(Catalogue::builtin(), &|_| Some(script.clone()));
        page.events.iter().map(|e| name(&e.name)).collect::<Vec<_>>()
    };
    for event in ["Lead", "Search", "Lead", "Contact", "Search", "Lead"] {
        assert_eq!(page(event), [event]);
    }
}

#[test]
fn accounts_that_are_expressions_or_placeholders_are_installs() {
    check("<script>fbq('init', getId())</script>", &["meta-pixel - script/active page.html:1:9"]);
    check("<script>fbq('init', 'YOUR_PIXEL_ID')</script>", &["meta-pixel - script/active page.html:1:9"]);
}

#[test]
fn links_titles_and_robots() {
    let html = "<base href='/b/'><title> A\n  B </title><link rel=canonical href=c><link rel=next href='/n#x'><meta name=robots content='noindex, nofollow'>
        <a href='d'>x</a><a href='mailto:a@b'>x</a><a href='javascript:x()'>x</a><map><area href='https://o.example/'></map>
        <meta http-equiv=refresh content=\"5; URL='/r'\"><iframe src=f></iframe><a href='tel:1'>x</a><a href='data:,x'>x</a>";
    let read = read_at(html, false);
    let links: Vec<_> = read.links().iter().map(|l| format!("{} {} {}", name(l.by), l.url, l.nofollow)).collect();
    assert_eq!(
        links,
        [
            "canonical https://shop.example/b/c true",
            "next https://shop.example/n true",
            "anchor https://shop.example/b/d true",
            "area https://o.example/ true",
            "meta-refresh https://shop.example/r true",
            "frame https://shop.example/b/f true",
        ]
    );
    assert_eq!(read.refresh().map(|(s, u)| (s, u.as_str())), Some((5, "https://shop.example/r")));
    let page = read.finish(Catalogue::builtin(), &|_| None);
    assert_eq!((page.title.as_deref(), page.noindex), (Some("A B"), true));
    assert_eq!(page.canonical.as_ref().map(Url::as_str), Some("https://shop.example/b/c"));
}

#[test]
fn pages_are_named_in_more_places_than_links() {
    let html = "<link rel=alternate hreflang=de href=/de><link rel='alternate' type='application/rss+xml' href=/feed>
        <link rel=amphtml href=/amp><a href=\"javascript:location.href='/js'\">x</a><button onclick=\"location='/click'\">x</button>
        <iframe srcdoc=\"<a href='in-frame'>x</a><i onclick=&quot;location='/deep'&quot;>\"></iframe>
        <script type='application/ld+json'>{\"@type\":\"Product\",\"url\":\"/product\",\"image\":\"/i.png\"}</script>
        <script>window.location.replace('/moved')</script><template><a href=/inert>x</a><i onclick=\"location='/inert'\"></template>";
    let read = read_at(html, false);
    let links: Vec<_> = read.links().iter().map(|l| format!("{} {}", name(l.by), l.url.path())).collect();
    assert_eq!(
        links,
        [
            "alternate /de",
            "feed /feed",
            "alternate /amp",
            "script /js",
            "anchor /a/in-frame",
            "script /click",
            "script /deep",
            "structured-data /product",
            "script /moved",
        ]
    );
}

#[test]
fn consent_mode_and_calls() {
    let page = page(
        "<script>function gtag(){dataLayer.push(arguments)}gtag('consent','default',{ad_storage:'denied',analytics_storage:'granted',wait_for_update:500});fbq('consent','revoke')</script><script src='https://cdn.cookielaw.org/otSDKStub.js'></script>",
    );
    assert_eq!(page.consent.platforms, ["onetrust"]);
    let mode: Vec<_> = page.consent.google_consent_mode.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(mode, ["ad_storage=denied", "analytics_storage=granted"]);
    let calls: Vec<_> = page.consent.calls.iter().map(|c| format!("{} {}", c.vendor, c.action)).collect();
    assert_eq!(calls, ["google-tag default", "meta-pixel revoke"]);
}

#[test]
fn order_counts_what_runs_while_the_page_loads() {
    let page = page(
        "<script>fbq('track','Lead');fbq('init','1234567890123456');document.addEventListener('click',function(){fbq('track','Contact')})</script>",
    );
    let orders: Vec<_> = page.events.iter().map(|e| (e.name.known().unwrap_or_default(), e.order)).collect();
    assert_eq!((page.installs.first().map(|i| i.order), orders), (Some(2), vec![("Lead", 1), ("Contact", 3)]));
}

#[test]
fn hostile_documents_are_read_in_bounded_time() {
    let init = "<script>fbq('init','1234567890123456')</script>";
    let cases = [
        ("deep", "<div>".repeat(1_000_000) + init, true),
        ("attributes", format!("<p {}>{init}", "a b=c ".repeat(500_000)), true),
        ("elements", "<i>".repeat(600_000) + init, true),
        ("unclosed quote", format!("{init}<a href=\"{}", "x<a href='".repeat(300_000)), false),
        ("comments", format!("{init}{}", "<!--".repeat(300_000)), false),
        ("null bytes", format!("{}{init}", "\0<\u{1}>".repeat(100_000)), false),
        ("long line", format!("{}{init}", "é".repeat(1_000_000)), false),
        ("frames", format!("{init}{}", "<iframe srcdoc=\"<iframe srcdoc='x'>\">".repeat(5_000)), false),
    ];
    for (what, html, deep) in cases {
        let read = read_at(&html, false);
        assert_eq!(read.too_deep(), deep, "{what}");
        let page = read.finish(Catalogue::builtin(), &|_| None);
        assert_eq!(page.installs.len(), 1, "{what}: {:?}", page.problems);
        assert_eq!(page.problems.is_empty(), !deep, "{what}: {:?}", page.problems);
    }
}

#[test]
fn what_a_document_says_in_excess_is_left_out() {
    let meta = |n: usize| format!("fbq('init','{}')", 100_000_000_000_000 + n);
    let many = |n: usize, each: &dyn Fn(usize) -> String| (0..n).map(each).collect::<String>();
    // Links, parts, installs, events and accounts of all events that are kept at most; whether the page says so.
    let cases = [
        ("a page of 50 MB", "<p>x</p>".repeat((50 << 20) / 8), [0; 5], true),
        ("a million links", "<a href=/1>".repeat(1_000_000), [50_000, 0, 0, 0, 0], true),
        (
            "10,000 scripts",
            many(10_000, &|n| format!("<script>{}</script>", meta(n))),
            [0, 2_000, 2_000, 4_000, 4_000],
            true,
        ),
        (
            "10,000 external scripts",
            many(10_000, &|n| format!("<script src=/{n}.js></script>")),
            [0, 60, 0, 0, 0],
            false,
        ),
        (
            "6,000 accounts and 6,000 events",
            format!("<script>{}{}</script>", many(6_000, &|n| meta(n) + ";"), "fbq('track','Lead');".repeat(6_000)),
            [0, 1, 5_000, 5_000, 500_000],
            true,
        ),
        ("50,000 handlers", "<i onclick=\"fbq('track','Lead')\">".repeat(50_000), [0, 2_000, 1, 2_000, 0], true),
    ];
    for (what, html, most, said) in cases {
        let read = read_at(&html, false);
        let (links, parts) = (read.links().len(), read.parts.len());
        let page = read.finish(Catalogue::builtin(), &|_| None);
        let accounts = page.events.iter().map(|e| e.accounts.len()).sum::<usize>();
        let kept = [links, parts, page.installs.len(), page.events.len(), accounts];
        assert!(kept.iter().zip(most).all(|(kept, most)| *kept <= most), "{what}: {kept:?}, at most {most:?}");
        assert_eq!(!page.problems.is_empty(), said, "{what}: {:?}", page.problems);
    }
}

#[test]
fn a_script_of_30_megabytes_is_searched_at_its_beginning_alone() {
    let text = format!("fbq('init','1234567890123456');{}fbq('track','Lead')", "var a=1;".repeat((30 << 20) / 8));
    let script = read_script(Catalogue::builtin(), text.into());
    assert_eq!(script.facts.calls.len(), 1);
    assert!(script.facts.problems.iter().any(|p| p.contains("larger than 8 MB")), "{:?}", script.facts.problems);
}

#[test]
fn every_cut_of_a_page_is_read_without_panic() {
    let html = format!(
        "{LOOKALIKES}<script>fbq('init',\"é\u{2028}</script><img srcset=é onload='fbq(&#39;é'><noscript><img src=//"
    );
    for (at, _) in html.char_indices().step_by(3) {
        let (head, tail) = html.split_at(at);
        page(head);
        page(tail);
    }
}

#[test]
fn tree_and_tags_agree() {
    let html = format!(
        "<div><p>x{LOOKALIKES}<ul><li>a<li><a href=/x>b</a></ul><script>fbq('init','1234567890123456')</script></div>"
    );
    let by_tree = page(&html);
    // One tag with more attributes than a tree is built for, at the end, where it moves nothing.
    let by_tags = page(&format!("{html}<hr {}>", "a ".repeat(2_000)));
    assert_eq!(by_tags.problems.len(), 1);
    assert_eq!(lines(&by_tree), lines(&by_tags));
    assert_eq!(by_tree.installs.first().map(|i| i.via), Some(Via::Script));
}

#[test]
fn an_event_of_a_vendors_own_call_shows_that_something_installs_it() {
    check(
        "<a onclick=\"ga('send', 'event', 'click', 'mail')\">x</a>",
        &[
            "universal-analytics - attribute/active page.html:1:13",
            "universal-analytics event  attribute/active/click page.html:1:13",
        ],
    );
}

#[test]
fn the_account_may_stand_behind_an_expression_in_the_address() {
    check(
        "<script>(function(d,r){var n=d.createElement('script');\
         n.src='//js.hs-analytics.net/analytics/'+(Math.ceil(new Date()/r)*r)+'/7654321.js';d.head.appendChild(n)})(document,300000)</script>",
        &["hubspot 7654321 script/active page.html:1:56"],
    );
}

#[test]
fn what_a_browser_ignores_after_a_frameset_does_not_count() {
    let pixel = "<script>fbq('init', '1234567890123456');</script>";
    check(
        &format!("<html><head></head><frameset cols='50%,50%'><frame src='/a'></frameset><body>{pixel}</body></html>"),
        &[],
    );
    check(
        &format!("<html><body>{pixel}</body><body class='again'></body></html>"),
        &["meta-pixel 1234567890123456 script/active page.html:1:21"],
    );
    check(&format!("<svg><path><p>{pixel}"), &["meta-pixel 1234567890123456 script/active page.html:1:23"]);
}

#[test]
fn a_saved_page_may_load_from_a_tagging_server_of_its_site() {
    let html = "<script async src=\"https://load.sst.shop.test/gtm.js?id=GTM-K9W2XQP\"></script>";
    let installs = |url: &str| {
        let url: Url = url.parse().expect("an address");
        let input = PageInput { source: "page.html", url: &url, html };
        read_page(Catalogue::builtin(), &input).finish(Catalogue::builtin(), &|_| None).installs.len()
    };
    assert_eq!(installs("file:///saved/page.html"), 1);
    assert_eq!(installs("https://www.shop.test/"), 1);
    assert_eq!(installs("https://elsewhere.example/"), 0);
}

/// Installs and events with their gates.
fn gates(html: &str) -> Vec<String> {
    let page = page(html);
    let gate = |gate: &Option<String>| gate.clone().unwrap_or_else(|| "-".to_owned());
    let installs = page.installs.iter().map(|i| {
        let account = i.account.as_deref().unwrap_or("-");
        format!("{} {account} {} {} {}", i.vendor, name(i.state), name(i.trigger), gate(&i.gate))
    });
    let events = page.events.iter().map(|e| {
        let event = e.name.known().unwrap_or("?");
        format!("{event} {} {} {}", name(e.state), name(e.trigger), gate(&e.gate))
    });
    installs.chain(events).collect()
}

#[test]
fn code_that_asks_a_consent_platform_waits_for_it() {
    let init = "fbq('init','1234567890123456')";
    let install = |rest: &str| format!("meta-pixel 1234567890123456 {rest}");
    let gated = [
        (format!("if (Cookiebot.consent.marketing) {{ {init} }}"), "cookiebot: marketing"),
        (format!("if (!Cookiebot.consent.marketing) {{ show() }} else {{ {init} }}"), "cookiebot: marketing"),
        (
            format!(
                "function load() {{ if (!window.Cookiebot || !Cookiebot.consent.marketing) return; {init} }} load()"
            ),
            "cookiebot: marketing",
        ),
        (format!("window.addEventListener('CookiebotOnAccept', function () {{ {init} }})"), "cookiebot"),
        (
            format!(
                "addEventListener('CookiebotOnConsentReady', () => {{ if (Cookiebot.consent.statistics) {init} }})"
            ),
            "cookiebot: statistics",
        ),
        (format!("function OptanonWrapper() {{ {init} }}"), "onetrust"),
        (format!("window.OptanonWrapper = function () {{ {init} }}"), "onetrust"),
        (
            format!(
                "function go() {{ {init} }} function OptanonWrapper() {{ if (OnetrustActiveGroups.includes('C0004')) go() }}"
            ),
            "onetrust: C0004",
        ),
        (
            format!(
                "window.didomiOnReady = window.didomiOnReady || []; window.didomiOnReady.push(function () {{ {init} }})"
            ),
            "didomi",
        ),
        (
            format!(
                "(_axcb = window._axcb || []).push(function (sdk) {{ sdk.on('cookies:complete', function (c) {{ if (c.facebook) {init} }}) }})"
            ),
            "axeptio",
        ),
        (format!("window._axcb = window._axcb || []; window._axcb.push(function (sdk) {{ {init} }})"), "axeptio"),
        (format!("__tcfapi('addEventListener', 2, function (data, ok) {{ if (ok) {init} }})"), "tcf"),
        (format!("document.addEventListener('cmplz_enable_category', function (e) {{ {init} }})"), "complianz"),
        (
            format!(
                "jQuery(document).on('cmplz_status_change', function () {{ if (cmplz_has_consent('marketing')) {init} }})"
            ),
            "complianz: marketing",
        ),
        (format!("var ok = Cookiebot.consent.marketing; if (ok) {{ {init} }}"), "cookiebot: marketing"),
        (
            format!("const ok = window.Cookiebot && Cookiebot.consent.marketing; if (!ok) {{ x() }} else {init}"),
            "cookiebot: marketing",
        ),
        (
            format!("function may() {{ return wp_has_consent('marketing') }} if (may()) {init}"),
            "wp-consent-api: marketing",
        ),
        (format!("Cookiebot.consent.marketing && {init}"), "cookiebot: marketing"),
        (format!("if (window.Shopify.customerPrivacy.userCanBeTracked()) {{ {init} }}"), "shopify-privacy-banner"),
        (
            format!(
                "window.UC_UI.isInitialized() ? 0 : window.addEventListener('UC_UI_INITIALIZED', function () {{ {init} }})"
            ),
            "usercentrics",
        ),
    ];
    for (script, gate) in gated {
        let expect = [install(&format!("gated load {gate}"))];
        assert_eq!(gates(&format!("<script>{script}</script>")), expect, "{script}");
    }
    let free = [
        (format!("if (!Cookiebot.consent.marketing) {{ {init} }}"), "conditional"),
        (format!("if (Cookiebot.consent.marketing) {{ x() }} else {{ {init} }}"), "conditional"),
        (format!("if (location.hash === '#a') {{ {init} }}"), "conditional"),
        (format!("if (shop.consent.marketing) {{ {init} }}"), "conditional"),
        (format!("Cookiebot.consent.marketing; {init}"), "load"),
        (format!("window.addEventListener('cookie-banner', function () {{ {init} }})"), "unknown"),
    ];
    for (script, trigger) in free {
        let expect = [install(&format!("active {trigger} -"))];
        assert_eq!(gates(&format!("<script>{script}</script>")), expect, "{script}");
    }
}

#[test]
fn settings_of_tarteaucitron_are_installs_that_wait_for_it() {
    let html = "<script>
        tarteaucitron.init({hashtag: '#t'});
        tarteaucitron.user.facebookpixelId = '1234567890123456';
        tarteaucitron.user.facebookpixelMore = function () { fbq('track', 'Lead'); };
        (tarteaucitron.job = tarteaucitron.job || []).push('facebookpixel');
        tarteaucitron.user.multiplegtagUa = ['UA-1234567-1', 'G-ABCDEF1234', 'AW-123456789'];
        (tarteaucitron.job = tarteaucitron.job || []).push('multiplegtag');
        // tarteaucitron.user.hotjarId = 123456;
        tarteaucitron.user.linkedininsighttag = '123456';
    </script>";
    let expect = [
        "meta-pixel 1234567890123456 gated load tarteaucitron",
        "google-ads AW-123456789 gated load tarteaucitron",
        "google-analytics-4 G-ABCDEF1234 gated load tarteaucitron",
        "universal-analytics UA-1234567-1 gated load tarteaucitron",
        "linkedin-insight 123456 gated load tarteaucitron",
        "PageView gated load tarteaucitron",
        "Lead gated load tarteaucitron",
        "page_view gated load tarteaucitron",
        "pageview gated load tarteaucitron",
        "PageView gated load tarteaucitron",
    ];
    assert_eq!(gates(html), expect);
    let drupal = r#"<script type="application/json" data-drupal-selector="drupal-settings-json">
        {"tacjs": {"services": {"gtag": {"status": true}}, "user": {"gtagUa": "G-ABCDEF1234"}}}</script>"#;
    assert_eq!(
        gates(drupal),
        ["google-analytics-4 G-ABCDEF1234 gated load tarteaucitron", "page_view gated load tarteaucitron"]
    );
}
