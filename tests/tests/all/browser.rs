//! Pages in a real browser: what they send is recorded, each thing once, and stays here unless it is let go.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use pixelproof_audit::{Audits, parse_input};
use pixelproof_crawl::browser::{Browser, BrowserError, BrowserOptions, Judge, Loaded, Sent, Visit, Visited};
use pixelproof_model::{AuditConfig, AuditReport, Beacons, Event, Fired, Mode, Page, Pass};
use pixelproof_tests::{Hosts, Web};
use url::Url;

/// Holds what goes to the host of beacons.
pub(crate) struct Held;

impl Judge for Held {
    fn holds(&self, request: &Sent) -> bool {
        let now_at = request.hops.last().unwrap_or(&request.url);
        Url::parse(now_at).is_ok_and(|url| url.host_str() == Some("collect.test"))
    }
}

/// Holds nothing.
pub(crate) struct Let;

impl Judge for Let {
    fn holds(&self, _: &Sent) -> bool {
        false
    }
}

/// Sends one request of each kind that pages send; `?k=` names the kind.
const LIBRARY: &str = r"
const at = 'https://collect.test/c?k=';
new Image().src = at + 'image';
navigator.sendBeacon(at + 'beacon-text', 'plain words');
const form = new FormData(); form.append('ev', 'Purchase');
navigator.sendBeacon(at + 'beacon-form', form);
navigator.sendBeacon(at + 'beacon-params', new URLSearchParams({ev: 'Lead'}));
navigator.sendBeacon(at + 'beacon-json', new Blob([JSON.stringify({ev: 'Json'})], {type: 'application/json'}));
fetch(at + 'fetch-keepalive', {method: 'POST', keepalive: true, body: 'kept', credentials: 'include', mode: 'no-cors'});
fetch(at + 'fetch-bytes', {method: 'POST', body: new Uint8Array([0, 1, 2, 255]), mode: 'no-cors'});
fetch(at + 'fetch-large', {method: 'POST', body: new Blob(['x'.repeat(160000)]), mode: 'no-cors'});
const xhr = new XMLHttpRequest(); xhr.open('POST', at + 'xhr'); xhr.send('from xhr');
new Image().src = 'https://hop.test/first';
const worker = new Worker(URL.createObjectURL(new Blob([`fetch('${at}worker', {mode: 'no-cors'})`])));
const target = document.createElement('iframe'); target.name = 'sink'; document.body.append(target);
const post = document.createElement('form'); post.action = at + 'form'; post.method = 'post'; post.target = 'sink';
post.innerHTML = '<input name=ev value=Form>'; document.body.append(post); post.submit();
addEventListener('pagehide', () => navigator.sendBeacon(at + 'pagehide', 'bye'));
";

const FRAME: &str = "<script>new Image().src = 'https://collect.test/c?k=frame'</script>\
                     <iframe src='https://inner.test/'></iframe>";

fn everything() -> Hosts {
    Hosts::new()
        .page("shop.test/", "<!doctype html><body><script src='https://cdn.test/lib.js'></script>\
                             <iframe src='https://frame.test/'></iframe><iframe srcdoc=\"<img src='https://collect.test/c?k=srcdoc'>\"></iframe>")
        .script("cdn.test/lib.js", LIBRARY)
        .page("frame.test/", FRAME)
        .page("inner.test/", "<script>navigator.sendBeacon('https://collect.test/c?k=inner', 'deep')</script>")
        .redirect("hop.test/first", "https://hop.test/second")
        .redirect("hop.test/second", "https://collect.test/c?k=hop")
}

/// Kinds that the page above sends.
const KINDS: [&str; 16] = [
    "beacon-form",
    "beacon-json",
    "beacon-params",
    "beacon-text",
    "fetch-bytes",
    "fetch-keepalive",
    "fetch-large",
    "form",
    "frame",
    "hop",
    "image",
    "inner",
    "pagehide",
    "srcdoc",
    "worker",
    "xhr",
];

fn kind(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let (_, kind) = url.query_pairs().find(|(name, _)| name == "k")?;
    Some(kind.into_owned())
}

/// Kinds among what was recorded, each as often as it was recorded.
pub(crate) fn kinds(visited: &Visited) -> Vec<String> {
    let mut kinds: Vec<String> =
        visited.requests.iter().filter_map(|sent| kind(sent.hops.last().unwrap_or(&sent.url))).collect();
    kinds.sort();
    kinds
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

pub(crate) fn options(web: &Web) -> BrowserOptions {
    BrowserOptions { insecure: true, resolve: web.resolve(), ..BrowserOptions::default() }
}

pub(crate) async fn look(web: &Web, address: &str, judge: impl Judge) -> Visited {
    let browser = Browser::launch(&options(web)).await.expect("a browser is installed");
    let visit = Visit { settle: Duration::from_millis(800), ..Visit::default() };
    let visited = browser.visit(&Url::parse(address).unwrap(), &visit, Arc::new(judge)).await.expect("the visit");
    browser.end().await;
    visited
}

#[test]
fn every_kind_of_request_is_recorded_once_and_held() {
    let web = Web::start(everything()).unwrap();
    let visited = run(look(&web, "https://shop.test/", Held));
    assert_eq!(visited.loaded, Loaded::Complete);
    assert_eq!(visited.status, Some(200));
    assert_eq!(kinds(&visited), KINDS, "{:#?}", visited.messages);
    assert_eq!(web.arrived_at("collect.test"), [], "nothing reached the host of beacons");
    for sent in visited.requests.iter().filter(|sent| kind(sent.hops.last().unwrap_or(&sent.url)).is_some()) {
        assert!(sent.held, "{}", sent.url);
    }
    let body = |wanted: &str| {
        let found = visited.requests.iter().find(|sent| kind(&sent.url).as_deref() == Some(wanted)).unwrap();
        assert!(!found.body_cut, "{wanted}");
        found.body.clone().unwrap_or_default()
    };
    assert_eq!(body("beacon-text"), b"plain words");
    assert_eq!(body("beacon-params"), b"ev=Lead");
    assert_eq!(body("beacon-json"), br#"{"ev":"Json"}"#);
    assert_eq!(body("fetch-bytes"), [0, 1, 2, 255]);
    assert_eq!(body("fetch-large").len(), 160_000);
    assert_eq!(body("form"), b"ev=Form");
    assert_eq!(body("pagehide"), b"bye");
    assert!(String::from_utf8(body("beacon-form")).unwrap().contains("Purchase"));
    let hop = visited.requests.iter().find(|sent| sent.url.starts_with("https://hop.test/first")).unwrap();
    assert_eq!(hop.hops, ["https://hop.test/second", "https://collect.test/c?k=hop"]);
    let image = visited.requests.iter().find(|sent| kind(&sent.url).as_deref() == Some("image")).unwrap();
    assert_eq!(image.initiator.url.as_deref(), Some("https://cdn.test/lib.js"));
    assert_eq!(image.initiator.line, Some(3));
    let left: BTreeSet<_> = visited.requests.iter().filter(|sent| sent.leaving).filter_map(|s| kind(&s.url)).collect();
    assert_eq!(left, BTreeSet::from(["pagehide".to_owned()]));
}

#[test]
fn what_is_let_go_arrives_as_it_was_recorded() {
    let web = Web::start(everything()).unwrap();
    let visited = run(look(&web, "https://shop.test/", Let));
    let mut arrived: Vec<(String, Vec<u8>)> = web
        .arrived_at("collect.test")
        .into_iter()
        .filter(|arrived| arrived.method != "OPTIONS")
        .map(|arrived| (kind(&format!("https://collect.test{}", arrived.target)).unwrap(), arrived.body))
        .collect();
    let mut recorded: Vec<(String, Vec<u8>)> = visited
        .requests
        .iter()
        .filter_map(|sent| Some((kind(sent.hops.last().unwrap_or(&sent.url))?, sent.body.clone().unwrap_or_default())))
        .collect();
    arrived.sort();
    recorded.sort();
    assert_eq!(recorded, arrived);
    assert_eq!(kinds(&visited), KINDS);
    assert!(visited.requests.iter().all(|sent| !sent.held));
}

/// Stand-ins of the vendors' libraries at their own addresses.
pub(crate) fn libraries(hosts: Hosts) -> Hosts {
    let stand_in = |name: &str| {
        let path = format!("{}/standins/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    hosts
        .script("connect.facebook.net/en_US/fbevents.js", stand_in("fbevents.js"))
        .script("connect.facebook.net/signals/config/480011223344556", "")
        .script("www.googletagmanager.com/gtag/js", stand_in("gtag.js"))
        .script("analytics.tiktok.com/i18n/pixel/events.js", stand_in("tiktok.js"))
        .script("bat.bing.com/bat.js", stand_in("bat.js"))
        .script("sc-static.net/scevent.min.js", stand_in("scevent.js"))
        .script("static.ads-twitter.com/uwt.js", stand_in("uwt.js"))
        .script("s.pinimg.com/ct/core.js", stand_in("pinterest-core.js"))
        .script("s.pinimg.com/ct/lib/main.0a1b2c3d.js", stand_in("pinterest-main.js"))
        .script("snap.licdn.com/li.lms-analytics/insight.min.js", stand_in("insight.js"))
        .script("www.redditstatic.com/ads/pixel.js", stand_in("reddit.js"))
        .script("a.quora.com/qevents.js", stand_in("qevents.js"))
}

pub(crate) const META: &str = "<script>!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments):\
    n.queue.push(arguments)};if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;n.version='2.0';n.queue=[];t=b.createElement(e);t.async=!0;\
    t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,document,'script',\
    'https://connect.facebook.net/en_US/fbevents.js');fbq('init', '480011223344556');fbq('track', 'PageView');</script>";

const GA4: &str = "<script async src='https://www.googletagmanager.com/gtag/js?id=G-AB12CD34EF'></script>\
    <script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());\
    gtag('config','G-AB12CD34EF');</script>";

/// Audits a site of the little internet in both modes.
pub(crate) fn audit(web: &Web, start: &str, beacons: Beacons, passes: &[Pass]) -> AuditReport {
    let config = AuditConfig { beacons, passes: passes.to_vec(), ..config(web) };
    audited(parse_input(start, config).unwrap(), report)
}

/// How sites of the little internet are audited: in both modes, with nothing answered.
pub(crate) fn config(web: &Web) -> AuditConfig {
    AuditConfig {
        mode: Mode::Both,
        resolve: web.resolve(),
        insecure: true,
        passes: vec![Pass::None],
        ..AuditConfig::default()
    }
}

/// Makes an audit in a store of its own, which must come to its end, and asks the store about it.
pub(crate) fn audited<T>(config: AuditConfig, ask: impl FnOnce(&Audits, &str) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let audits = Audits::open(&folder.path().join("audits.db")).unwrap();
    run(async {
        let run = audits.start(config).unwrap();
        let end = run.join().await.unwrap();
        assert!(end.complete, "{:?}", end.reason);
        ask(&audits, run.id())
    })
}

pub(crate) fn report(audits: &Audits, id: &str) -> AuditReport {
    audits.report(id).unwrap()
}

pub(crate) fn page<'r>(report: &'r AuditReport, path: &str) -> &'r Page {
    report
        .pages
        .iter()
        .find(|page| page.page.url.path() == path)
        .map(|page| &page.page)
        .unwrap_or_else(|| panic!("no page {path}"))
}

/// An event in one line: what, whether declared, whether seen, how often, and why not.
fn line(event: &Event) -> String {
    let name = event.name.known().unwrap_or("?");
    let count = event.count.get("none").map_or("-".to_owned(), ToString::to_string);
    let declared = if event.declared { "declared" } else { "undeclared" };
    let fired = match event.fired {
        Fired::Seen => "seen",
        Fired::Never => "never",
        Fired::NotLooked => "not looked",
        Fired::CouldNotLook => "could not look",
    };
    let why = event.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{} {name} {declared} {fired} {count}{why}", event.vendor)
}

pub(crate) fn lines(page: &Page) -> Vec<String> {
    page.events.iter().map(line).collect()
}

fn shop() -> Hosts {
    libraries(Hosts::new())
        .page(
            "shop.test/",
            format!("<!doctype html><html><head><title>Home</title>{META}{GA4}</head><body><h1>Shop</h1>\
                     <a href='/twice'>t</a> <a href='/thanks'>o</a> <a href='/early'>e</a> <a href='/blocked'>b</a>\
                     <button onclick=\"fbq('track', 'Lead')\">Ask</button></body></html>"),
        )
        .page(
            "shop.test/twice",
            format!("<!doctype html><title>Twice</title>{META}<script>fbq('track', 'PageView');\
                     fbq('track', 'Purchase', {{value: 5, currency: 'EUR'}});fbq('track', 'Purchase', {{value: 5, currency: 'EUR'}});</script>"),
        )
        .page(
            "shop.test/thanks",
            format!("<!doctype html><title>Thanks</title>{META}<script>fbq('track', 'Purchase', {{value: 30.5, currency: 'USD'}}, {{eventID: 'o-1'}});</script>\
                     <script src='https://cdn.test/late.js'></script>"),
        )
        .script("cdn.test/late.js", "const wait = setInterval(() => { if (fbq.callMethod) { clearInterval(wait); fbq('trackCustom', atob('SGlkZGVu'), {}); } }, 10)")
        .page(
            "shop.test/early",
            "<!doctype html><title>Early</title><script>!function(w,d,s,u){w.snaptr||(w.snaptr=function(){w.snaptr.handleRequest?\
             w.snaptr.handleRequest.apply(w.snaptr,arguments):w.snaptr.queue.push(arguments)},w.snaptr.queue=[])\
             ;var t=d.createElement(s);t.async=!0;t.src=u;d.head.append(t)}(window,document,'script','https://sc-static.net/scevent.min.js');\
             snaptr('init','b2ade379-a55e-4ca7-893b-b9fac04c843f');snaptr('track','PAGE_VIEW');snaptr('track','PURCHASE',{price:9,currency:'EUR'});</script>",
        )
        .page("shop.test/blocked", "<!doctype html><title>Blocked</title><meta http-equiv=Content-Security-Policy \
             content=\"script-src 'self' 'unsafe-inline'\">".to_owned() + META)
}

#[test]
fn declared_and_fired_are_joined_and_the_difference_explained() {
    let web = Web::start(shop()).unwrap();
    let report = audit(&web, "https://shop.test/", Beacons::Held, &[Pass::None]);
    for host in ["www.facebook.com", "www.google-analytics.com", "stats.g.doubleclick.net", "tr.snapchat.com"] {
        assert_eq!(web.arrived_at(host), [], "an audit that holds beacons sends nothing to {host}");
    }
    assert_eq!(
        lines(page(&report, "/")),
        [
            "meta-pixel PageView declared seen 1",
            "google-analytics-4 page_view declared seen 1",
            "meta-pixel Lead declared never 0: it waits for a click",
        ]
    );
    assert_eq!(
        lines(page(&report, "/twice")),
        [
            "meta-pixel PageView declared seen 1",
            "meta-pixel PageView declared never 0: the library sends it once and drops the repeat",
            "meta-pixel Purchase declared seen 1",
            "meta-pixel Purchase declared seen 1",
        ]
    );
    assert_eq!(
        lines(page(&report, "/thanks")),
        [
            "meta-pixel PageView declared seen 1",
            "meta-pixel Purchase declared seen 1",
            "meta-pixel Hidden undeclared seen 1: it came from https://cdn.test/late.js",
        ]
    );
    assert_eq!(
        lines(page(&report, "/early")),
        ["snapchat-pixel PAGE_VIEW declared seen 1", "snapchat-pixel PURCHASE declared seen 1",]
    );
    assert_eq!(
        lines(page(&report, "/blocked")),
        [
            "meta-pixel PageView declared never 0: the library did not load: the page's Content Security Policy refuses it",
        ]
    );
    let early = page(&report, "/early");
    assert_eq!(early.beacons.len(), 1, "both events left in one request");
    assert!(early.beacons.iter().all(|beacon| beacon.held && beacon.leaving));
}

#[test]
fn beacons_that_are_sent_arrive_and_are_counted_the_same() {
    let web = Web::start(shop()).unwrap();
    let report = audit(&web, "https://shop.test/", Beacons::Send, &[Pass::None]);
    let seen: usize = report
        .pages
        .iter()
        .map(|page| page.page.beacons.iter().filter(|b| b.url.contains("www.facebook.com")).count())
        .sum();
    assert_eq!(web.arrived_at("www.facebook.com").len(), seen);
    assert_eq!(lines(page(&report, "/twice")).len(), 4);
    assert!(report.pages.iter().flat_map(|page| &page.page.beacons).all(|beacon| !beacon.held));
}

#[test]
fn a_hostile_page_costs_its_budget_and_nothing_else() {
    let web = Web::start(
        Hosts::new()
            .page(
                "hostile.test/dialogs",
                "<script>alert(1);confirm(2);prompt(3);onbeforeunload=e=>e.preventDefault()</script>",
            )
            .page("hostile.test/loop", "<title>x</title><script>while(true){}</script>")
            .page("hostile.test/windows", "<script>for(let i=0;i<30;i++)open('about:blank')</script>")
            .page(
                "hostile.test/again",
                "<script>setInterval(()=>{for(let i=0;i<200;i++)new Image().src='/i?'+Math.random()},1)</script>",
            )
            .page("hostile.test/download", "<script>location='/file.bin'</script>")
            .with(
                "hostile.test/file.bin",
                200,
                &[("content-type", "application/octet-stream"), ("content-disposition", "attachment")],
                "x".repeat(5000),
            )
            .page("hostile.test/fine", "<script>new Image().src='https://collect.test/c?k=fine'</script>"),
    )
    .unwrap();
    run(async {
        let browser = Browser::launch(&options(&web)).await.unwrap();
        let visit = Visit { budget: Duration::from_secs(8), settle: Duration::from_millis(300), ..Visit::default() };
        for (path, wanted) in [
            ("dialogs", Loaded::Complete),
            ("loop", Loaded::OutOfTime),
            ("windows", Loaded::Complete),
            ("again", Loaded::Complete),
            ("download", Loaded::Complete),
            ("nothing-here", Loaded::Failed("net::ERR_ABORTED".to_owned())),
            ("fine", Loaded::Complete),
        ] {
            let url = Url::parse(&format!("https://hostile.test/{path}")).unwrap();
            let visited = browser.visit(&url, &visit, Arc::new(Held)).await.unwrap();
            assert_eq!(visited.loaded, wanted, "{path}");
            match path {
                "dialogs" => assert!(visited.dialogs >= 3, "{}", visited.dialogs),
                "fine" => assert_eq!(kinds(&visited), ["fine"]),
                _ => {}
            }
        }
        let outside = browser.visit(&Url::parse("file:///etc/passwd").unwrap(), &visit, Arc::new(Held)).await;
        assert!(outside.unwrap_err().to_string().contains("http"));
        browser.end().await;
    });
}

#[test]
fn visits_share_nothing_and_an_opt_out_is_told_to_the_page_and_the_server() {
    const PAGE: &str = "<script>fetch('/state?' + [document.cookie, localStorage.seen, navigator.globalPrivacyControl].join());\
                        document.cookie = 'a=1'; localStorage.seen = 1</script>";
    let web = Web::start(Hosts::new().page("shop.test/", PAGE)).unwrap();
    run(async {
        let browser = Browser::launch(&options(&web)).await.unwrap();
        let plain = Visit { settle: Duration::from_millis(300), ..Visit::default() };
        let out = Visit { gpc: true, ..plain.clone() };
        let url = Url::parse("https://shop.test/").unwrap();
        let (first, second) =
            tokio::join!(browser.visit(&url, &plain, Arc::new(Let)), browser.visit(&url, &plain, Arc::new(Let)),);
        let third = browser.visit(&url, &out, Arc::new(Let)).await.unwrap();
        for visited in [&first.unwrap(), &second.unwrap(), &third] {
            let names: Vec<_> = visited.cookies.iter().map(|cookie| cookie.name.as_str()).collect();
            assert_eq!(names, ["a"]);
        }
        browser.end().await;
    });
    let states: Vec<_> = web
        .arrived()
        .into_iter()
        .filter(|a| a.target.starts_with("/state"))
        .map(|a| (a.target, a.headers.contains_key("sec-gpc")))
        .collect();
    assert_eq!(
        states,
        [("/state?,,".to_owned(), false), ("/state?,,".to_owned(), false), ("/state?,,true".to_owned(), true)]
    );
}

#[cfg(unix)]
#[test]
fn a_browser_that_ends_is_said_and_leaves_no_profile() {
    let web = Web::start(Hosts::new().page("shop.test/", "<title>x</title>")).unwrap();
    run(async {
        let browser = Browser::launch(&options(&web)).await.unwrap();
        let pid = rustix::process::Pid::from_raw(browser.process_id().unwrap().cast_signed()).unwrap();
        rustix::process::kill_process_group(pid, rustix::process::Signal::KILL).unwrap();
        let url = Url::parse("https://shop.test/").unwrap();
        let error = browser.visit(&url, &Visit::default(), Arc::new(Held)).await.unwrap_err();
        assert_eq!(error, BrowserError::Gone);
        assert!(browser.is_gone());
    });
}

/// Ends the browser when a page says its farewell.
#[cfg(unix)]
struct Killer(std::sync::atomic::AtomicI32);

#[cfg(unix)]
impl Judge for Killer {
    fn holds(&self, request: &Sent) -> bool {
        if request.url.contains("farewell") {
            let pid = rustix::process::Pid::from_raw(self.0.load(std::sync::atomic::Ordering::Relaxed)).unwrap();
            rustix::process::kill_process_group(pid, rustix::process::Signal::KILL).unwrap();
        }
        false
    }
}

#[cfg(unix)]
#[test]
fn a_browser_that_ends_while_a_page_is_left_is_said_so_that_the_page_is_looked_at_again() {
    let page = "<script>addEventListener('pagehide', () => navigator.sendBeacon('/farewell', 'bye'));</script>";
    let web = Web::start(Hosts::new().page("shop.test/", page)).unwrap();
    run(async {
        let browser = Browser::launch(&options(&web)).await.unwrap();
        let pid = browser.process_id().unwrap().cast_signed();
        let url = Url::parse("https://shop.test/").unwrap();
        let calm = browser.visit(&url, &Visit::default(), Arc::new(Let)).await.unwrap();
        assert!(!calm.cut && calm.problems.is_empty(), "{:?}", calm.problems);
        let cut = browser.visit(&url, &Visit::default(), Arc::new(Killer(pid.into()))).await.unwrap();
        assert!(cut.cut, "{:?}", cut.problems);
        assert_eq!(cut.loaded, Loaded::Complete, "what was seen until then stands");
    });
}
