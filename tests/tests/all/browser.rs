//! Pages in a real browser: what they send is recorded, each thing once, and stays here unless it is let go.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use pixelproof_crawl::browser::{Browser, BrowserOptions, Judge, Loaded, Sent, Visit, Visited};
use pixelproof_tests::{Hosts, Web};
use url::Url;

/// Holds what goes to the host of beacons.
struct Held;

impl Judge for Held {
    fn holds(&self, request: &Sent) -> bool {
        let now_at = request.hops.last().unwrap_or(&request.url);
        Url::parse(now_at).is_ok_and(|url| url.host_str() == Some("collect.test"))
    }
}

/// Holds nothing.
struct Let;

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
    "beacon-form", "beacon-json", "beacon-params", "beacon-text", "fetch-bytes", "fetch-keepalive", "fetch-large", "form",
    "frame", "hop", "image", "inner", "pagehide", "srcdoc", "worker", "xhr",
];

fn kind(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let (_, kind) = url.query_pairs().find(|(name, _)| name == "k")?;
    Some(kind.into_owned())
}

/// Kinds among what was recorded, each as often as it was recorded.
fn kinds(visited: &Visited) -> Vec<String> {
    let mut kinds: Vec<String> =
        visited.requests.iter().filter_map(|sent| kind(sent.hops.last().unwrap_or(&sent.url))).collect();
    kinds.sort();
    kinds
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

fn options(web: &Web) -> BrowserOptions {
    BrowserOptions { insecure: true, resolve: web.resolve(), ..BrowserOptions::default() }
}

async fn look(web: &Web, address: &str, judge: impl Judge) -> Visited {
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
        .filter_map(|sent| {
            Some((kind(sent.hops.last().unwrap_or(&sent.url))?, sent.body.clone().unwrap_or_default()))
        })
        .collect();
    arrived.sort();
    recorded.sort();
    assert_eq!(recorded, arrived);
    assert_eq!(kinds(&visited), KINDS);
    assert!(visited.requests.iter().all(|sent| !sent.held));
}
