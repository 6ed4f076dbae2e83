//! What pages leave with their visitors, seen in a real browser: each thing with who left it and when, and hints of
//! fingerprinting told from what merely looks alike.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use pixelproof_audit::{
    Audits, parse_input,
    report::{csv, har, html},
};
use pixelproof_crawl::browser::{Act, Noticed, Visited};
use pixelproof_model::{AuditConfig, Beacons, PagesQuery, Pass, PassPhase, PictureOf, StorageArea, WrittenBy};
use pixelproof_tests::{Hosts, Web};
use serde_json::{Value, json};

use crate::{
    browser::{Let, META, audit, audited, config, libraries, look, run},
    consent::{BANNERS, gated},
};

/// Keeps something in every way there is.
const KEEPER: &str = r"
document.cookie = '_fbp=fb.1.2.3; path=/; max-age=7776000; domain=shop.test';
document.cookie = 'gone=1; max-age=0';
localStorage.setItem('_hj_id', 'sixteen letters!');
sessionStorage.setItem('tab', 'x');
localStorage.bare = 'without a call';
cookieStore.set('modern', 'yes');
const asked = indexedDB.open('events', 1);
asked.onupgradeneeded = () => asked.result.createObjectStore('queue', {autoIncrement: true});
asked.onsuccess = () => asked.result.transaction('queue', 'readwrite').objectStore('queue').add('e');
";

fn keeping() -> Hosts {
    Hosts::new()
        .with(
            "shop.test/",
            200,
            &[
                ("content-type", "text/html"),
                ("set-cookie", "session=1; HttpOnly"),
                ("set-cookie", "basket=2; Max-Age=60"),
            ],
            "<!doctype html><title>Shop</title><body><script src='https://cdn.test/keep.js'></script>\
             <iframe src='https://frame.test/'></iframe><img src='https://ads.test/p.gif'>"
                .to_owned(),
        )
        .script("cdn.test/keep.js", KEEPER)
        .page("frame.test/", "<script>localStorage.setItem('framed', '1')</script>")
        .with(
            "ads.test/p.gif",
            200,
            &[
                ("content-type", "image/gif"),
                ("set-cookie", "uid=7; Domain=ads.test; Secure; SameSite=None; Max-Age=99999"),
            ],
            String::new(),
        )
}

#[test]
fn whatever_a_page_keeps_is_told_with_who_kept_it() {
    let web = Web::start(keeping()).unwrap();
    let report = audit(&web, "https://shop.test/", Beacons::Held, &[Pass::None]);
    let page = &report.pages[0].page;
    let mut cookies: Vec<String> = page
        .cookies
        .iter()
        .map(|cookie| {
            let by = cookie.by.as_ref().map(|by| {
                let how = if by.how == WrittenBy::Header { "answer of" } else { "script" };
                format!("{how} {}{}", by.url, by.line.map(|line| format!(":{line}")).unwrap_or_default())
            });
            let (vendor, party) =
                (cookie.vendor.as_deref().unwrap_or("-"), if cookie.first_party { "first" } else { "third" });
            assert_eq!(cookie.phase, by.as_ref().map(|_| PassPhase::Before));
            format!("{} {} {party} {vendor}: {}", cookie.name, cookie.domain, by.as_deref().unwrap_or("nobody"))
        })
        .collect();
    cookies.sort();
    assert_eq!(
        cookies,
        [
            "_fbp .shop.test first meta-pixel: script https://cdn.test/keep.js:2",
            "basket shop.test first -: answer of https://shop.test/",
            "modern shop.test first -: script https://cdn.test/keep.js:7",
            "session shop.test first -: answer of https://shop.test/",
            "uid .ads.test third -: answer of https://ads.test/p.gif",
        ]
    );
    let mut stored: Vec<String> = page
        .storage
        .iter()
        .map(|kept| {
            let area = match kept.area {
                StorageArea::Local => "local",
                StorageArea::Session => "session",
                StorageArea::IndexedDb => "indexed",
            };
            let by = kept.by.as_ref().map_or("?".to_owned(), |by| format!("{}:{}", by.url, by.line.unwrap_or(0)));
            let length = kept.length.map_or("?".to_owned(), |length| length.to_string());
            format!("{area} {} {} ({length}), first {}: {by}", kept.origin, kept.key, kept.first_party)
        })
        .collect();
    stored.sort();
    assert_eq!(
        stored,
        [
            "indexed https://shop.test events/queue (?), first true: https://cdn.test/keep.js:10",
            "local https://frame.test framed (1), first false: https://frame.test/:1",
            "local https://shop.test _hj_id (16), first true: https://cdn.test/keep.js:4",
            "local https://shop.test bare (14), first true: ?",
            "session https://shop.test tab (1), first true: https://cdn.test/keep.js:5",
        ]
    );
}

/// Text of a canvas drawn as libraries that tell visitors apart do it, and read back.
const CANVAS: &str = "const c = document.createElement('canvas'); c.width = 240; c.height = 60; const g = c.getContext('2d');\
    g.fillStyle = '#f60'; g.fillRect(100, 1, 62, 20); g.fillStyle = '#069'; g.font = '11pt Arial'; g.fillText('Cwm fjord bank', 2, 15);\
    g.fillStyle = 'rgba(102, 204, 0, 0.2)'; g.fillText('glyphs vext quiz', 4, 45); c.toDataURL();";
const FONTS: &str = "const t = document.createElement('canvas').getContext('2d');\
    for (let n = 0; n < 60; n += 1) { t.font = `12px f${n}, serif`; t.measureText('mmmmmmmmlli').width; }";
const SPANS: &str = "for (let n = 0; n < 60; n += 1) { const s = document.createElement('span'); s.textContent = 'mmlli';\
    s.style.fontFamily = `f${n}, serif`; document.body.append(s); s.offsetWidth; s.remove(); }";
const AUDIO: &str = "const a = new OfflineAudioContext(1, 5000, 44100); const o = a.createOscillator(); const k = a.createDynamicsCompressor();\
    o.connect(k); k.connect(a.destination); o.start(0); a.startRendering();";
const REST: &str = "const r = new RTCPeerConnection(); r.createDataChannel(''); r.createOffer();\
    navigator.getBattery(); navigator.mediaDevices.enumerateDevices();";

/// Looks alike and is something else: a chart kept as a picture, a caption measured in two fonts, a sound that is played.
const HONEST: &str = "const c = document.createElement('canvas'); c.width = 240; c.height = 60; const g = c.getContext('2d');\
    g.save(); g.fillText('Turnover by quarter', 2, 15); g.restore(); c.toDataURL();\
    const j = document.createElement('canvas'); const h = j.getContext('2d'); h.fillText('A photo with a caption', 1, 9); j.toDataURL('image/jpeg', 0.8);\
    const s = document.createElement('canvas'); s.width = s.height = 8; s.getContext('2d').fillText('emoji support?', 1, 9); s.toDataURL();\
    for (const f of ['12px serif', '12px sans-serif']) { g.font = f; g.measureText('caption'); }\
    document.body.offsetWidth; new OfflineAudioContext(1, 100, 44100).startRendering();";

fn probes(visited: &Visited) -> Vec<String> {
    let probe = |noticed: &Noticed| match &noticed.act {
        Act::Probed { technique, .. } => {
            let by = noticed.by.as_ref().and_then(|by| by.url.clone()).unwrap_or_default();
            Some(format!("{technique:?} {by}"))
        }
        _ => None,
    };
    let mut probes: Vec<String> = visited.noticed.iter().filter_map(probe).collect();
    probes.sort();
    probes
}

#[test]
fn looking_for_what_tells_visitors_apart_is_told_from_what_looks_alike() {
    let page = |script: &str| format!("<!doctype html><body><script src='https://{script}'></script>");
    let scripts = [("canvas", CANVAS), ("fonts", FONTS), ("spans", SPANS), ("audio", AUDIO), ("rest", REST)];
    let all: String =
        scripts.iter().map(|(name, _)| format!("<script src='https://fp.test/{name}.js'></script>")).collect();
    let hosts = Hosts::new()
        .page("bad.test/", format!("<!doctype html><body>{all}"))
        .page("good.test/", page("good.test/app.js"))
        .script("good.test/app.js", HONEST);
    let hosts = scripts
        .iter()
        .fold(hosts, |hosts, (name, source)| hosts.script(&format!("fp.test/{name}.js"), format!("{{{source}}}")));
    let web = Web::start(hosts).unwrap();
    assert_eq!(
        probes(&run(look(&web, "https://bad.test/", Let))),
        [
            "Audio https://fp.test/audio.js",
            "Battery https://fp.test/rest.js",
            "Canvas https://fp.test/canvas.js",
            "Devices https://fp.test/rest.js",
            "Fonts https://fp.test/fonts.js",
            "Fonts https://fp.test/spans.js",
            "Webrtc https://fp.test/rest.js",
        ]
    );
    assert_eq!(probes(&run(look(&web, "https://good.test/", Let))), [""; 0]);
}

/// What a worker does to know its visitor again.
const WORKER: &str = "const c = new OffscreenCanvas(240, 60); const g = c.getContext('2d'); g.fillStyle = '#f60'; g.fillText('Cwm fjord bank', 2, 15);\
    g.fillStyle = '#069'; g.fillText('glyphs vext quiz', 4, 45); c.convertToBlob();\
    const asked = indexedDB.open('visitor', 1); asked.onupgradeneeded = () => asked.result.createObjectStore('ids', {autoIncrement: true});\
    asked.onsuccess = () => { asked.result.transaction('ids', 'readwrite').objectStore('ids').add('v'); postMessage('done'); };";

#[test]
fn what_a_worker_or_a_frame_of_another_site_does_is_noticed_too() {
    let page = "<!doctype html><body><iframe src='https://frame.test/'></iframe><script>const w = new Worker('/worker.js');\
                w.onmessage = () => fetch('/done')</script>";
    let hosts = Hosts::new()
        .page("shop.test/", page)
        .script("shop.test/worker.js", WORKER)
        .page("frame.test/", format!("<script>{CANVAS}</script>"));
    let web = Web::start(hosts).unwrap();
    let visited = run(look(&web, "https://shop.test/", Let));
    assert!(web.arrived().iter().any(|arrived| arrived.target == "/done"), "the worker runs: {:?}", visited.messages);
    assert_eq!(probes(&visited), ["Canvas https://frame.test/", "Canvas https://shop.test/worker.js"]);
    let stored: Vec<_> = visited.noticed.iter().filter(|noticed| matches!(noticed.act, Act::Stored { .. })).collect();
    let [stored] = stored.as_slice() else { panic!("{stored:#?}") };
    assert_eq!(stored.origin, "https://shop.test");
    assert_eq!(stored.by.as_ref().and_then(|by| by.url.as_deref()), Some("https://shop.test/worker.js"));
}

/// Looks for signs that somebody watches, and breaks whatever a careless watcher would lean on.
const SUSPICIOUS: &str = r"
const found = [];
const native = (name, f) => { if (!/^function [\w ]*\(\) \{ \[native code\] \}$/.test(Function.prototype.toString.call(f))) found.push(name + ': ' + f); };
native('setItem', Storage.prototype.setItem);
native('toString', Function.prototype.toString);
native('toDataURL', HTMLCanvasElement.prototype.toDataURL);
native('cookie', Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').set);
if (Storage.prototype.setItem.name !== 'setItem' || Storage.prototype.setItem.length !== 2) found.push('shape');
if (Function.prototype.toString.toString() !== 'function toString() { [native code] }') found.push('toString of itself');
for (const name of Object.getOwnPropertyNames(window)) if (/pixelproof|audit|__/i.test(name)) found.push('global ' + name);
let thrown = ''; try { Storage.prototype.setItem.call({}, 'a', 'b'); } catch (error) { thrown = error.name; }
if (thrown !== 'TypeError') found.push('no TypeError');
let printed = 0;
for (const name of ['log', 'debug', 'info']) console[name] = () => { printed += 1; };
Object.prototype.get = () => { found.push('trap'); };
Array.prototype.toJSON = () => { found.push('toJSON'); return 1; };
Array.prototype[Symbol.iterator] = () => { found.push('iterator'); throw new Error('none'); };
WeakMap.prototype.get = Set.prototype.add = String.prototype.slice = Reflect.apply = () => { throw new Error('broken'); };
Error.prepareStackTrace = () => { found.push('stack'); return ''; };
Error.stackTraceLimit = 0;
localStorage.setItem('kept', { toString() { found.push('asked'); return 'v'; } });
document.cookie = 'sly=1';
if (found.filter((f) => f === 'asked').length !== 1) found.push('asked ' + found.length);
fetch('/said?' + encodeURIComponent(found.filter((f) => f !== 'asked').join('|') + ';' + printed + ';' + localStorage.kept));
";

#[test]
fn a_page_that_looks_for_a_watcher_finds_none_and_breaks_none() {
    let page = format!("<!doctype html><script>{SUSPICIOUS}</script>");
    let web = Web::start(Hosts::new().page("shop.test/", page)).unwrap();
    let visited = run(look(&web, "https://shop.test/", Let));
    let said: Vec<String> =
        web.arrived().into_iter().map(|arrived| arrived.target).filter(|at| at.starts_with("/said")).collect();
    assert_eq!(said, ["/said?%3B0%3Bv"], "{:#?}", visited.messages);
    let acts: Vec<&Act> = visited.noticed.iter().map(|noticed| &noticed.act).collect();
    assert_eq!(acts.len(), 2, "{acts:#?}");
    assert!(visited.noticed.iter().all(|noticed| noticed.by.is_some()), "{:#?}", visited.noticed);
}

/// Everything that is kept of an audit of these pages.
fn kept<T>(web: &Web, start: &str, captures: bool, ask: impl FnOnce(&Audits, &str) -> T) -> T {
    let config = AuditConfig { passes: vec![Pass::None, Pass::Reject], captures, ..config(web) };
    audited(parse_input(start, config).unwrap(), ask)
}

fn har(audits: &Audits, id: &str) -> Value {
    let mut text = Vec::new();
    audits.reporting(id, |source| har::write(source, &mut text)).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// A shop with a pixel, a redirect and a banner; nobody may learn its token.
fn evident() -> Hosts {
    let banner = gated(&BANNERS[2]);
    let page = banner.replace(
        "<body>",
        &format!(
            "<body style='background:#246'>{META}<img src='https://hop.test/a?token=geheim'><script>\
                  fetch('/login', {{method: 'POST', body: JSON.stringify({{user: 'a', password: 'geheim'}})}})</script>"
        ),
    );
    libraries(Hosts::new()).page("shop.test/", page).redirect("hop.test/a", "https://hop.test/b?sessionid=geheim")
}

#[test]
fn the_archive_holds_every_request_of_every_pass_and_no_secret() {
    let web = Web::start(evident()).unwrap();
    let whole = kept(&web, "https://shop.test/", true, har);
    let log = &whole["log"];
    assert_eq!(log["version"], "1.2");
    let ids: Vec<&str> = log["pages"].as_array().unwrap().iter().map(|page| page["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["page_1_none", "page_1_reject"]);
    let entries = log["entries"].as_array().unwrap();
    for entry in entries {
        archived(entry, &ids);
    }
    let of_pass = |host: &str| {
        let at = |entry: &&Value| {
            entry["pageref"] == "page_1_none" && entry["request"]["url"].as_str().unwrap().starts_with(host)
        };
        entries.iter().filter(at).collect::<Vec<_>>()
    };
    let [first, second] = of_pass("https://hop.test/")[..] else { panic!("{entries:#?}") };
    assert_eq!((&first["response"]["status"], &second["response"]["status"]), (&json!(302), &json!(204)));
    assert_eq!(first["response"]["redirectURL"], second["request"]["url"]);
    let [beacon] = of_pass("https://www.facebook.com/tr")[..] else { panic!("one page view") };
    assert_eq!((&beacon["_held"], &beacon["_vendor"]), (&json!(true), &json!("meta-pixel")));
    assert!(beacon["comment"].as_str().unwrap().contains("held"));
    let [login] = of_pass("https://shop.test/login")[..] else { panic!("one login") };
    assert_eq!(login["request"]["postData"]["text"], r#"{"user":"a","password":"REDACTED"}"#);
    assert!(!whole.to_string().contains("geheim"), "a secret was handed on");

    let bare = kept(&web, "https://shop.test/", false, har);
    let bare = bare["log"]["entries"].as_array().unwrap();
    assert!(bare.iter().all(|entry| entry["_vendor"] == "meta-pixel"), "only what stands with the page");
    assert!(!bare.is_empty());
    bare.iter().for_each(|entry| archived(entry, &ids));
}

/// What the format asks of an entry.
fn archived(entry: &Value, pages: &[&str]) {
    assert!(pages.contains(&entry["pageref"].as_str().unwrap()));
    let begun: Timestamp = entry["startedDateTime"].as_str().unwrap().parse().unwrap();
    assert!(begun > Timestamp::UNIX_EPOCH);
    let (request, response) = (&entry["request"], &entry["response"]);
    for (of, texts) in
        [(request, &["method", "url", "httpVersion"][..]), (response, &["statusText", "httpVersion", "redirectURL"])]
    {
        texts.iter().for_each(|name| assert!(of[name].is_string(), "{name}: {entry:#}"));
        ["cookies", "headers"].iter().for_each(|name| assert!(of[name].is_array(), "{name}: {entry:#}"));
        ["headersSize", "bodySize"].iter().for_each(|name| assert!(of[name].is_i64(), "{name}: {entry:#}"));
    }
    assert!(request["queryString"].is_array() && response["status"].is_u64());
    assert!(response["content"]["size"].is_u64() && response["content"]["mimeType"].is_string());
    let timings = ["send", "wait", "receive"].map(|name| entry["timings"][name].as_i64().unwrap());
    assert_eq!(entry["time"].as_i64().unwrap(), timings.iter().sum::<i64>());
    assert!(timings.iter().all(|time| *time >= 0) && entry["cache"].is_object());
    for field in request["headers"].as_array().unwrap().iter().chain(response["headers"].as_array().unwrap()) {
        let name = field["name"].as_str().unwrap();
        assert!(!["cookie", "set-cookie", "authorization"].contains(&name), "{name}");
    }
}

#[test]
fn the_page_and_its_banner_are_kept_as_pictures_each_content_once() {
    let page = gated(&BANNERS[2]);
    let hosts = libraries(Hosts::new()).page("shop.test/", page.clone()).page("shop.test/again", page);
    let web = Web::start(hosts).unwrap();
    let start = "https://shop.test/\nhttps://shop.test/again";
    let pictures = kept(&web, start, true, |audits, id| {
        let rows = audits.pages(id, &PagesQuery { limit: 10, ..PagesQuery::default() }).unwrap().rows;
        let details: Vec<_> = rows.iter().map(|row| audits.page(id, row.id).unwrap()).collect();
        details
            .iter()
            .map(|detail| {
                let of: Vec<_> = detail.pictures.iter().map(|picture| (picture.of, picture.pass)).collect();
                assert_eq!(of, [(PictureOf::Page, Pass::None), (PictureOf::Banner, Pass::Reject)]);
                assert_eq!(audits.page_picture(id, detail.id, 3).unwrap(), None);
                [1, 2].map(|n| jpeg(&audits.page_picture(id, detail.id, n).unwrap().unwrap()))
            })
            .collect::<Vec<_>>()
    });
    let [[page, banner], again] = &pictures[..] else { panic!("two pages") };
    assert_eq!(size(page), (1366, 900));
    let (width, height) = size(banner);
    assert!(width <= 1366 && (40..300).contains(&height), "the banner alone: {width} × {height}");
    assert_eq!(banner, &again[1], "the same banner is one picture");

    let none = kept(&web, start, false, |audits, id| {
        let rows = audits.pages(id, &PagesQuery { limit: 10, ..PagesQuery::default() }).unwrap().rows;
        rows.iter().map(|row| audits.page(id, row.id).unwrap().pictures.len()).sum::<usize>()
    });
    assert_eq!(none, 0);
}

fn jpeg(address: &str) -> Vec<u8> {
    STANDARD.decode(address.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap()
}

/// Width and height as a JPEG's frame header says them.
fn size(jpeg: &[u8]) -> (u16, u16) {
    let mut at = 2;
    loop {
        let (kind, length) = (jpeg[at + 1], usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]])));
        if (0xC0..=0xC3).contains(&kind) {
            let word = |at: usize| u16::from_be_bytes([jpeg[at], jpeg[at + 1]]);
            return (word(at + 7), word(at + 5));
        }
        at += 2 + length;
    }
}

#[test]
fn reports_show_what_the_browser_saw() {
    let banner = gated(&BANNERS[2]);
    let page = banner.replace("<body>", &format!("<body>{META}<script>localStorage.setItem('<b>', 'x')</script>"));
    let web = Web::start(libraries(Hosts::new()).page("shop.test/", page)).unwrap();
    let (html, tables) = kept(&web, "https://shop.test/", true, |audits, id| {
        let html = audits.reporting(id, |source| html::render(source, None)).unwrap();
        (html, csv::render(&audits.report(id).unwrap()).unwrap())
    });
    let section = &html[html.find("<section id=\"browser\">").unwrap()..];
    let section = &section[..section.find("</section>").unwrap()];
    assert_eq!(section.matches("<img src=\"data:image/jpeg;base64,").count(), 2, "the page and its banner");
    for shown in
        ["taken and kept", "www.facebook.com", "held", "&lt;b&gt;", "localStorage", "The banner before it was answered"]
    {
        assert!(section.contains(shown), "{shown}: {section}");
    }
    assert!(!html.contains("<b>"), "a key of the site's is text");
    let rows = |name: &str| {
        let (_, text) = tables.iter().find(|(table, _)| *table == name).unwrap();
        ::csv::Reader::from_reader(text.as_bytes()).into_records().count()
    };
    let passes = 2;
    assert_eq!(rows("storage"), passes, "the key in each pass");
    assert!(rows("beacons") >= passes && rows("cookies") >= 1);
}

/// Browsers are looked for on the search path alone.
#[cfg(target_os = "linux")]
#[test]
fn an_audit_in_both_modes_says_that_there_is_no_browser() {
    let web = Web::start(Hosts::new().page("shop.test/", "<title>Shop</title>")).unwrap();
    let (_keep, at) = crate::cli::folder();
    let mut command = crate::cli::pixelproof();
    command.args([
        "audit",
        "https://shop.test/",
        "--mode",
        "both",
        "--insecure",
        "--store",
        "a.db",
        "--fail-on",
        "never",
    ]);
    for mapping in web.resolve() {
        command.args(["--resolve", &mapping]);
    }
    let output = command.args(["--format", "json"]).env("PATH", &at).current_dir(&at).output().unwrap();
    let report: pixelproof_model::AuditReport = serde_json::from_slice(&output.stdout).unwrap();
    let [notice] = &report.audit.notices[..] else { panic!("{:?}", report.audit.notices) };
    assert!(notice.starts_with("No browser to look with"), "{notice}");
    assert!(report.pages[0].page.passes.iter().all(|end| !end.looked && !end.problems.is_empty()));
}
