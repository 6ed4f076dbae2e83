//! Everything a server can do to a crawler, each as a row of a table with the outcome it must give.

use std::{io::Write, time::Duration};

use pixelproof_crawl::{Control, Limits};
use pixelproof_model::{AuditConfig, PageOutcome};
use pixelproof_tests::{Act, Site, TestServer};

use super::{Crawled, config, limits, run, run_with};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn packed(coding: &str, body: Vec<u8>) -> Act {
    Act::html(body).with("Content-Encoding", coding)
}

/// Short times, and a small page limit that the large pages break.
fn strict(config: &AuditConfig) -> Limits {
    Limits {
        total: Duration::from_millis(1500),
        idle: Duration::from_millis(400),
        retries: 0,
        page_bytes: 100_000,
        ..limits(config)
    }
}

const CHUNKED: &str = "Transfer-Encoding: chunked";

fn raw(status: &str, fields: &str, body: &str) -> Act {
    let fields = if fields.is_empty() { String::new() } else { format!("{fields}\r\n") };
    Act::Raw(format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{fields}\r\n{body}").into())
}

/// Comes back to itself with ever more cookies; the test's server closes on a header of 64 kB.
fn cookie_bomb() -> Act {
    (0..60).fold(Act::redirect(302, "/x"), |act, n| act.with("Set-Cookie", &format!("c{n}={}", "x".repeat(900))))
}

fn brotli_bomb() -> Vec<u8> {
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, 4096, 9, 22).write_all(&vec![b'x'; 50 << 20]).unwrap();
    packed
}

async fn one(act: Act) -> Crawled {
    let server = TestServer::start(Site::new().on("/x", act)).unwrap();
    let config = config(&server, "/x");
    run_with(&config, &strict(&config), Control::default()).await.unwrap()
}

#[tokio::test]
async fn every_misbehaviour_is_a_row() {
    use PageOutcome::*;
    let table: Vec<(&str, Act, PageOutcome, &str)> = vec![
        ("never answers", Act::Stall, TimedOut, "did not answer within"),
        ("drips", Act::Drip(Duration::from_millis(50)), TimedOut, "had not sent the whole page"),
        ("drips slower than patience", Act::Drip(Duration::from_secs(20)), TimedOut, "stopped sending"),
        ("drips its header", Act::DripHeader(Duration::from_millis(50)), TimedOut, "did not answer within"),
        ("floods with header fields", Act::FloodHeader, BadResponse, "HTTP"),
        ("sends only interim answers", Act::Interim, TimedOut, "did not answer within"),
        (
            "has two lengths",
            raw("200 OK", "Content-Length: 5\r\nContent-Length: 9", "<p>hi there"),
            BadResponse,
            "HTTP",
        ),
        ("has a length that is none", raw("200 OK", "Content-Length: many", "<p>hi"), BadResponse, "HTTP"),
        ("has a length below nothing", raw("200 OK", "Content-Length: -1", "<p>hi"), BadResponse, "HTTP"),
        (
            "has a chunk without end",
            raw("200 OK", CHUNKED, &format!("{}\r\n<p>", "f".repeat(40))),
            BadResponse,
            "damaged",
        ),
        ("ends in a chunk", raw("200 OK", CHUNKED, "ff\r\n<p>hi"), ConnectionFailed, "closed the connection"),
        ("has a status that is none", raw("99999 OK", "", "<p>hi"), BadResponse, "HTTP"),
        ("has nothing but a version", Act::Raw("HTTP/1.1".into()), ConnectionFailed, ""),
        ("has zero bytes in a field", raw("200 OK", "X: a\0b", "<p>hi"), BadResponse, "HTTP"),
        ("sets cookies by the hundred", cookie_bomb(), RedirectLoop, "come back"),
        ("never ends", Act::Endless, TooLarge, "larger than"),
        ("sends less than announced", Act::Short, ConnectionFailed, "closed the connection"),
        ("sends more than announced", Act::Long, Ok, ""),
        ("resets in the middle", Act::Reset, ConnectionFailed, ""),
        ("sends a bad chunk", Act::BadChunk, BadResponse, "damaged"),
        ("is not HTTP", Act::Garbage, BadResponse, "not HTTP"),
        ("hangs up", Act::Hangup, ConnectionFailed, "closed the connection"),
        ("answers 404", Act::error(404), HttpError, "404 (Not Found)"),
        ("answers 401", Act::error(401), HttpError, "asks for a password"),
        ("answers 500", Act::error(500), HttpError, "500"),
        ("answers 799", Act::error(799), BadResponse, "799"),
        ("answers 429 without end", Act::error(429), HttpError, "429"),
        ("redirects nowhere", Act::html("").status(302), BadResponse, "without saying where"),
        ("redirects to nonsense", Act::redirect(302, "http://["), BadResponse, "no address"),
        ("redirects to a script", Act::redirect(302, "javascript:alert(1)"), Refused, "no web address"),
        ("redirects to data", Act::redirect(302, "data:text/html,<p>hi"), Refused, "no web address"),
        ("redirects to a file", Act::redirect(302, "file:///etc/passwd"), Refused, "no web address"),
        ("redirects to a mailbox", Act::redirect(302, "mailto:a@shop.test"), Refused, "no web address"),
        (
            "redirects with a zero byte",
            raw("302 Found", "Location: /a\0b\r\nContent-Length: 0", ""),
            BadResponse,
            "HTTP",
        ),
        ("redirects without end of its own", Act::redirect(302, &format!("/{}", "r/".repeat(60_000))), BadResponse, ""),
        (
            "redirects to an address with a password",
            Act::redirect(302, "//u:p@127.0.0.1:1/"),
            RedirectedAway,
            "another site",
        ),
        ("has trailers", raw("200 OK", &format!("{CHUNKED}\r\nTrailer: X"), "5\r\n<p>hi\r\n0\r\nX: y\r\n\r\n"), Ok, ""),
        (
            "floods with trailers",
            raw("200 OK", CHUNKED, &format!("5\r\n<p>hi\r\n0\r\n{}\r\n", "X: y\r\n".repeat(100_000))),
            BadResponse,
            "damaged",
        ),
        ("has a thousand fields", raw("200 OK", &"X: y\r\n".repeat(1000), "<p>hi"), BadResponse, "HTTP"),
        (
            "has chunks and a length",
            raw("200 OK", &format!("{CHUNKED}\r\nContent-Length: 3"), "5\r\n<p>hi\r\n0\r\n\r\n"),
            Ok,
            "",
        ),
        ("answers in an old way", Act::Raw("HTTP/0.9 200 OK\r\n\r\n<p>hi".into()), BadResponse, "HTTP"),
        ("answers as of tomorrow", Act::Raw("HTTP/9.1 200 OK\r\n\r\n<p>hi".into()), BadResponse, "HTTP"),
        (
            "changes to another protocol",
            raw("101 Switching Protocols", "Upgrade: h2c\r\nConnection: upgrade", ""),
            BadResponse,
            "",
        ),
        ("says that nothing has changed", raw("304 Not Modified", "", ""), BadResponse, "304"),
        ("has no content", raw("204 No Content", "", ""), Ok, ""),
        (
            "is part of something",
            raw("206 Partial Content", "Content-Range: bytes 0-4/99\r\nContent-Length: 5", "<p>hi"),
            Ok,
            "",
        ),
        ("has zero bytes in its page", Act::html(vec![0; 5000]), Ok, ""),
        ("has an attribute of 90 kB", Act::html(format!("<a href=\"/{}\">x</a>", "a".repeat(90_000))), Ok, ""),
        ("says utf-8 and is latin", Act::html(b"<p>caf\xE9".to_vec()), Ok, ""),
        ("is packed twice as it says", packed("gzip, br", b"<p>plain".to_vec()), Ok, ""),
        ("is plain and says packed", packed("br", b"<p>plain".to_vec()), BadResponse, ""),
        ("has a huge header", Act::html("x").with("X-Big", &"a".repeat(1 << 20)), BadResponse, "HTTP"),
        ("is a picture", Act::typed("image/png", "\u{89}PNG"), NotHtml, "image/png"),
        ("is text", Act::typed("text/plain", "<html>"), NotHtml, "text/plain"),
        ("has no type and is HTML", Act::typed("", "<!doctype html><p>hi"), Ok, ""),
        ("has no type and is no HTML", Act::typed("", "%PDF-1.7"), NotHtml, "does not look like"),
        ("is empty", Act::html(""), Ok, ""),
        ("is a large page", Act::html("<p>x".repeat(100_000)), TooLarge, "larger than 100000 bytes"),
        ("is a gzip bomb", packed("gzip", gzip(&vec![b'x'; 50 << 20])), TooLarge, "larger than"),
        ("is a brotli bomb", packed("br", brotli_bomb()), TooLarge, "larger than"),
        (
            "is a zstd bomb",
            packed("zstd", zstd::encode_all(&vec![b'x'; 50 << 20][..], 19).unwrap()),
            TooLarge,
            "larger than",
        ),
        ("is gzip in gzip", packed("gzip", gzip(&gzip(&vec![b'x'; 50 << 20]))), Ok, ""),
        ("is packed in nobody's way", packed("klingon", b"<p>hi".to_vec()), Ok, ""),
        ("is 50 MB", Act::html("<p>x".repeat(13 << 20)), TooLarge, "larger than"),
        ("is no gzip", packed("gzip", b"<p>plain".to_vec()), BadResponse, ""),
        ("is cut gzip", packed("gzip", gzip(&[b'x'; 9999]).split_at(20).0.to_vec()), BadResponse, ""),
        ("is no text at all", Act::html((0..=255_u8).cycle().take(9999).collect::<Vec<u8>>()), Ok, ""),
        ("has half a character", Act::typed("text/html; charset=utf-16", b"<\0p\0>".to_vec()), Ok, ""),
        ("has a charset of its own", Act::typed("text/html; charset=klingon", b"caf\xE9".to_vec()), Ok, ""),
    ];
    let mut wrong = Vec::new();
    for (what, act, outcome, reason) in table {
        let crawled = one(act).await;
        let [page] = crawled.pages.as_slice() else { panic!("{what}: {:?}", crawled.rows()) };
        let said = page.reason.as_deref().unwrap_or_default();
        let as_wanted = page.outcome == outcome
            && said.contains(reason)
            && said.is_empty() == (outcome == Ok)
            && page.body.is_some() == outcome.was_read()
            && page.bytes <= 100_000
            && crawled.end.complete;
        if !as_wanted {
            wrong.push(format!("{what}: {:?} ({said}), {} bytes, {:?}", page.outcome, page.bytes, crawled.end));
        }
    }
    assert!(wrong.is_empty(), "servers that\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn bodies_are_unpacked() {
    let text = "<!doctype html><p>Grüße</p>".repeat(50);
    let mut brotli = Vec::new();
    brotli::CompressorWriter::new(&mut brotli, 4096, 5, 22).write_all(text.as_bytes()).unwrap();
    let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(text.as_bytes()).unwrap();
    for (coding, body) in [
        ("gzip", gzip(text.as_bytes())),
        ("br", brotli),
        ("zstd", zstd::encode_all(text.as_bytes(), 3).unwrap()),
        ("deflate", deflate.finish().unwrap()),
        ("identity", text.clone().into_bytes()),
    ] {
        let crawled = one(packed(coding, body)).await;
        assert_eq!(crawled.pages[0].body.as_deref(), Some(text.as_str()), "{coding}: {:?}", crawled.pages[0].reason);
        assert_eq!(crawled.pages[0].bytes, text.len() as u64, "{coding}");
    }
}

#[tokio::test]
async fn text_is_decoded_by_what_the_page_says() {
    for (content_type, body, wanted) in [
        ("text/html; charset=iso-8859-1", b"<p>caf\xE9".to_vec(), "<p>café"),
        ("text/html", b"<meta charset=windows-1251><p>\xE9".to_vec(), "<meta charset=windows-1251><p>й"),
        ("text/html; charset=utf-8", b"\xFF\xFE<\0p\0>\0".to_vec(), "<p>"),
        ("text/html", "<p>日本".as_bytes().to_vec(), "<p>日本"),
    ] {
        let crawled = one(Act::typed(content_type, body)).await;
        assert_eq!(crawled.pages[0].body.as_deref(), Some(wanted));
    }
}

#[tokio::test]
async fn what_breaks_once_is_tried_again() {
    for broken in [Act::Hangup, Act::Stall, Act::Reset, Act::error(503), Act::error(429).with("Retry-After", "0")] {
        let what = format!("{broken:?}");
        let act = Act::Times(1, Box::new(broken), Box::new(Act::html("<p>there")));
        let server = TestServer::start(Site::new().on("/x", act)).unwrap();
        let config = config(&server, "/x");
        let limits = Limits { total: Duration::from_millis(800), ..limits(&config) };
        let crawled = run_with(&config, &limits, Control::default()).await.unwrap();
        assert_eq!(crawled.pages[0].outcome, PageOutcome::Ok, "{what}: {:?}", crawled.pages[0].reason);
        assert_eq!(server.hits("/x"), 2, "{what}");
    }
}

#[tokio::test]
async fn a_hundred_thousand_links_are_counted_and_the_limit_holds() {
    let many: String = (0..100_000).map(|n| format!("<a href=\"/n{n}\">x</a>")).collect();
    let server = TestServer::start(Site::new().on("/", Act::html(many))).unwrap();
    let config = AuditConfig { max_pages: 5, ..config(&server, "/") };
    let crawled = run(&config).await;
    assert_eq!(crawled.paths(), ["/", "/n0", "/n1", "/n2", "/n3"]);
    assert_eq!(crawled.counts.found, 100_001);
    assert!(!crawled.end.complete);
    assert!(crawled.end.reason.unwrap().contains("page limit of 5"));
}

#[tokio::test]
async fn a_reader_that_panics_costs_its_page_and_not_the_crawl() {
    let site = Site::new()
        .on("/", Act::links(&["/bad", "/good"]))
        .on("/bad", Act::html("make the reader panic"))
        .on("/good", Act::html("<p>good"));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    assert_eq!(crawled.paths(), ["/", "/good"]);
    assert_eq!((crawled.counts.fetched, crawled.counts.failed), (2, 1));
    assert!(crawled.notices.iter().any(|n| n.contains("/bad crashed")), "{:?}", crawled.notices);
    assert!(crawled.end.complete);
}

#[tokio::test]
async fn redirects_without_end_across_hosts_end() {
    // Every host of the domain leads on to the next; so does every site.
    let next = |domain: &'static str| {
        Site::new().made(move |target| {
            let n: u32 = target.trim_start_matches("/r").parse().ok()?;
            let to = format!("http://h{}.{domain}/r{}", n + 1, n + 1);
            Some(Act::redirect(302, &to))
        })
    };
    for (domain, subdomains, outcome) in
        [("shop.test", true, PageOutcome::TooManyRedirects), ("shop.test", false, PageOutcome::RedirectedAway)]
    {
        let server = TestServer::start(next(domain)).unwrap();
        let config = AuditConfig {
            start: vec![format!("http://h0.{domain}/r0")],
            resolve: vec![format!("*:80:{}", server.address())],
            sitemaps: false,
            subdomains,
            ..AuditConfig::default()
        };
        let crawled = run_with(&config, &strict(&config), Control::default()).await.unwrap();
        assert_eq!(crawled.pages[0].outcome, outcome, "{:?}", crawled.pages[0].reason);
        assert!(crawled.end.complete);
    }
}

#[tokio::test]
async fn robots_txt_that_misbehaves_is_read_as_far_as_it_goes() {
    let blocked = PageOutcome::BlockedByRobots;
    for (what, robots, outcome) in [
        ("is a page", Act::html("<h1>Welcome</h1>"), PageOutcome::Ok),
        ("is binary", Act::typed("text/plain", (0..=255_u8).cycle().take(9999).collect::<Vec<u8>>()), PageOutcome::Ok),
        ("is large", Act::typed("text/plain", "Disallow: /x\n".repeat(100_000)), PageOutcome::Ok),
        (
            "forbids before it grows",
            Act::typed("text/plain", format!("User-agent: *\nDisallow: /\n{}", "#\n".repeat(1 << 20))),
            blocked,
        ),
        (
            "is a gzip bomb",
            Act::typed("text/plain", gzip(&vec![b'#'; 50 << 20])).with("Content-Encoding", "gzip"),
            PageOutcome::Ok,
        ),
        (
            "names sitemaps by the thousand",
            Act::typed("text/plain", (0..5000).map(|n| format!("Sitemap: /s{n}.xml\n")).collect::<String>()),
            PageOutcome::Ok,
        ),
        ("never answers", Act::Stall, PageOutcome::TimedOut),
        ("floods", Act::FloodHeader, PageOutcome::BadResponse),
    ] {
        let server = TestServer::start(Site::new().on("/robots.txt", robots).on("/", Act::html("x"))).unwrap();
        let config = AuditConfig { sitemaps: true, ..config(&server, "/") };
        let limits = Limits { sitemaps: 5, ..strict(&config) };
        let crawled = run_with(&config, &limits, Control::default()).await.unwrap();
        assert_eq!(crawled.pages[0].outcome, outcome, "robots.txt {what}: {:?}", crawled.pages[0].reason);
        assert!(crawled.end.complete, "robots.txt {what}: {:?}", crawled.end);
        assert!(server.seen().len() < 20, "robots.txt {what}");
    }
}

#[tokio::test]
async fn two_hundred_thousand_links_are_counted_and_bounded() {
    let many: String = (0..200_000).map(|n| format!("<a href=\"/n{n}\">")).collect();
    let server = TestServer::start(Site::new().on("/", Act::html(many))).unwrap();
    let config = AuditConfig { max_pages: 3, ..config(&server, "/") };
    let crawled = run(&config).await;
    assert_eq!(crawled.paths(), ["/", "/n0", "/n1"]);
    assert_eq!(crawled.counts.found, 200_001);
    assert!(!crawled.end.complete);
}

#[tokio::test]
async fn robots_and_sitemaps_that_misbehave_do_not_stop_the_crawl() {
    let slow = Act::Drip(Duration::from_millis(20));
    let entities = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>\
                    <urlset><url><loc>/&b;</loc></url><url><loc>/b</loc></url></urlset>";
    let bomb = gzip(&vec![b' '; 60 << 20]);
    for (what, sitemap) in [
        ("drips", slow),
        ("endless", Act::Endless),
        ("entities", Act::typed("application/xml", entities)),
        ("bomb", Act::typed("application/gzip", bomb)),
        (
            "names itself",
            Act::typed("application/xml", "<sitemapindex><sitemap><loc>/sitemap.xml</loc></sitemap></sitemapindex>"),
        ),
        ("garbage", Act::Garbage),
    ] {
        let site = Site::new()
            .on("/", Act::links(&["/a"]))
            .on("/a", Act::html("a"))
            .on(
                "/robots.txt",
                Act::typed("text/plain", "User-agent: *\nDisallow: /c\nSitemap: /sitemap.xml\n\0\u{FFFD}%%"),
            )
            .on("/sitemap.xml", sitemap);
        let server = TestServer::start(site).unwrap();
        let config = AuditConfig { sitemaps: true, ..config(&server, "/") };
        let crawled = run_with(&config, &strict(&config), Control::default()).await.unwrap();
        let paths = crawled.paths();
        assert!(paths.starts_with(&["/".to_owned(), "/a".to_owned()]), "{what}: {paths:?}");
        assert!(crawled.end.complete, "{what}: {:?}", crawled.end);
    }
}
