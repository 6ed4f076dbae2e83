//! What belongs to a crawl, and in which order it is found.

use std::time::Duration;

use pixelproof_crawl::{Control, CrawlError};
use pixelproof_model::{AuditConfig, FoundBy, PageOutcome};
use pixelproof_tests::{Act, Site, TestServer};

use super::{config, limits, run, run_with};

#[tokio::test]
async fn pages_come_breadth_first_once_and_with_their_referrer() {
    let slow = |act| Act::After(Duration::from_millis(150), Box::new(act));
    let site = Site::new()
        .on("/", Act::links(&["/b", "/a", "/b#again", "/a?utm_source=x", "https://elsewhere.test/"]))
        // The first child is slower than all others: what it names still comes first.
        .on("/b", slow(Act::links(&["/b/1", "/"])))
        .on("/a", Act::links(&["/a/1", "/b"]))
        .on("/b/1", Act::html("b1"))
        .on("/a/1", Act::html("a1"));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    assert_eq!(crawled.paths(), ["/", "/b", "/a", "/b/1", "/a/1"]);
    let page = crawled.page("/a/1");
    assert_eq!((page.depth, page.found_by, page.referrer.clone()), (2, FoundBy::Anchor, Some(server.url("/a"))));
    assert_eq!(crawled.page("/").found_by, FoundBy::Start);
    let mut asked = server.targets();
    asked.sort();
    assert_eq!(asked, ["/", "/a", "/a/1", "/b", "/b/1", "/robots.txt"], "nothing twice, nothing else");
    assert!(crawled.end.complete && crawled.end.reason.is_none());
    let counts = crawled.counts;
    assert_eq!((counts.found, counts.fetched, counts.failed, counts.in_flight), (5, 5, 0, 0));
    assert!(counts.bytes > 0 && counts.elapsed_ms >= 150 && counts.rate > 0.0);
}

#[tokio::test]
async fn a_page_that_hangs_does_not_hold_the_others_for_long() {
    let site = Site::new()
        .on("/", Act::links(&["/hangs", "/a"]))
        .on("/hangs", Act::Stall)
        .on("/a", Act::links(&["/a/1"]))
        .on("/a/1", Act::html("a1"));
    let server = TestServer::start(site).unwrap();
    let config = config(&server, "/");
    let mut limits = limits(&config);
    limits.order_wait = Duration::from_millis(50);
    limits.total = Duration::from_secs(3);
    limits.retries = 0;
    let crawled = run_with(&config, &limits, Control::default()).await.unwrap();
    assert_eq!(crawled.paths(), ["/", "/hangs", "/a", "/a/1"]);
    let seen = server.seen();
    let hang = seen.iter().find(|s| s.target == "/hangs").unwrap().at;
    let late = seen.iter().find(|s| s.target == "/a/1").unwrap().at;
    assert!(late - hang < Duration::from_secs(2), "asked for while the other still hung");
}

#[tokio::test]
async fn the_page_limit_and_the_depth_are_exact() {
    let server = TestServer::start(Site::linked(400, 2000)).unwrap();
    for (pages, depth, wanted, complete) in
        [(1, 32, 1, false), (37, 32, 37, false), (1000, 1, 11, true), (1000, 2, 111, true)]
    {
        let config = AuditConfig { max_pages: pages, max_depth: depth, ..config(&server, "/") };
        let crawled = run(&config).await;
        assert_eq!((crawled.pages.len(), crawled.end.complete), (wanted, complete), "limit {pages}, depth {depth}");
        let numbers: Vec<u64> = crawled.pages.iter().map(|p| p.order).collect();
        assert_eq!(numbers, (0..wanted as u64).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_same_site_gives_the_same_order() {
    let server = TestServer::start(Site::linked(300, 1500)).unwrap();
    let first = run(&config(&server, "/")).await.paths();
    assert_eq!(first.len(), 300);
    assert_eq!(run(&config(&server, "/")).await.paths(), first);
}

#[tokio::test]
async fn patterns_choose_what_is_followed() {
    let site = Site::new()
        .on("/", Act::links(&["/shop/a", "/shop/logout", "/blog/x", "/shop/a?print=1"]))
        .on("/shop/a", Act::html("a"));
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig {
        include: vec!["/shop/*".to_owned()],
        exclude: vec!["*logout*".to_owned(), "*print=*".to_owned()],
        ..config(&server, "/")
    };
    assert_eq!(run(&config).await.paths(), ["/", "/shop/a"]);
    let broken = AuditConfig { include: vec!["[".to_owned()], ..config };
    let error = run_with(&broken, &limits(&broken), Control::default()).await.err().unwrap();
    assert!(matches!(&error, CrawlError::BadOption(why) if why.contains('[')), "{error}");
}

#[tokio::test]
async fn sitemaps_name_pages_after_the_links_of_the_start() {
    let index = "<sitemapindex><sitemap><loc>/maps/1.xml</loc></sitemap><sitemap><loc>/maps/gone.xml</loc></sitemap></sitemapindex>";
    let map = "<urlset><url><loc>/only-in-map</loc></url><url><loc>/linked</loc></url>\
               <url><loc>https://elsewhere.test/</loc></url></urlset>";
    let list = "http://shop.test/from-txt\nhttp://elsewhere.test/\n";
    let site = Site::new()
        .on("/", Act::links(&["/linked"]))
        .on("/linked", Act::links(&["/deeper"]))
        .on("/robots.txt", Act::typed("text/plain", "Sitemap: /maps/index.xml\nSitemap: /maps/list.txt\n"))
        .on("/maps/index.xml", Act::typed("application/xml", index))
        .on("/maps/1.xml", Act::typed("application/xml", map))
        .on("/maps/list.txt", Act::typed("text/plain", list));
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig {
        start: vec!["http://shop.test/".to_owned()],
        resolve: vec![format!("*:80:{}", server.address())],
        ..AuditConfig::default()
    };
    let crawled = run(&config).await;
    assert_eq!(crawled.paths(), ["/", "/linked", "/from-txt", "/only-in-map", "/deeper"]);
    assert_eq!(crawled.page("/linked").found_by, FoundBy::Anchor);
    let from_map = crawled.page("/only-in-map");
    assert_eq!((from_map.found_by, from_map.depth, from_map.referrer.clone()), (FoundBy::Sitemap, 1, None));
    assert!(crawled.notices.iter().any(|n| n.contains("/maps/gone.xml") && n.contains("404")), "{:?}", crawled.notices);
    let two = AuditConfig { max_pages: 2, ..config };
    assert_eq!(run(&two).await.paths(), ["/", "/linked"], "sitemaps do not get round the limit");
}

#[tokio::test]
async fn a_list_is_audited_as_it_is() {
    let site = Site::new()
        .on("/b", Act::links(&["/not-asked-for"]))
        .on("/a", Act::html("a"))
        .on("/sitemap.xml", Act::typed("application/xml", "<urlset><url><loc>/not-asked-for</loc></url></urlset>"));
    let server = TestServer::start(site).unwrap();
    let start = ["/b", "/a", "/b#x", "/gone"].map(|p| server.url(p).to_string()).to_vec();
    let config = AuditConfig { start, list_only: true, sitemaps: true, ..AuditConfig::default() };
    let crawled = run(&config).await;
    use PageOutcome::{HttpError, Ok};
    let wanted = [("/b", Ok), ("/a", Ok), ("/gone", HttpError)];
    assert_eq!(crawled.rows(), wanted.map(|(path, outcome)| (path.to_owned(), outcome)));
    assert!(crawled.pages.iter().all(|p| p.found_by == FoundBy::List && p.depth == 0));
    assert_eq!(server.hits("/not-asked-for") + server.hits("/sitemap.xml"), 0);
}

#[tokio::test]
async fn a_start_that_is_none_is_an_error() {
    for (start, part) in
        [(vec![], "Enter the address"), (vec!["ftp://x.test/"], "http and https"), (vec!["a b"], "space")]
    {
        let config =
            AuditConfig { start: start.iter().map(|s: &&str| (*s).to_owned()).collect(), ..AuditConfig::default() };
        let error = run_with(&config, &limits(&config), Control::default()).await.err().unwrap();
        assert!(matches!(&error, CrawlError::BadStart(why) if why.contains(part)), "{error}");
    }
}

#[tokio::test]
async fn canonical_pages_are_followed_without_a_click() {
    let site = Site::new().on("/", Act::html("<i data-canonical=\"/real\">")).on("/real", Act::html("real"));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    let page = crawled.page("/real");
    assert_eq!((page.found_by, page.depth), (FoundBy::Canonical, 0));
}

#[tokio::test]
async fn a_folder_of_saved_pages_can_be_crawled() {
    let folder = tempfile::tempdir().unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packer, b"<meta charset=windows-1252><p>caf\xE9").unwrap();
    std::fs::write(folder.path().join("b.html.gz"), packer.finish().unwrap()).unwrap();
    std::fs::write(folder.path().join("a.html"), "<p>a").unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(folder.path().join("sub/index.html"), "<p>sub").unwrap();
    let server = TestServer::start(Site::folder(folder.path())).unwrap();
    let crawled = run(&config(&server, "/")).await;
    assert_eq!(crawled.paths(), ["/", "/a.html", "/b.html", "/sub"]);
    assert!(crawled.page("/b.html").body.as_deref().unwrap().ends_with("café"));
    assert_eq!(crawled.page("/sub").body.as_deref(), Some("<p>sub"));
    let gone = run(&config(&server, "/gone.html")).await;
    assert_eq!(gone.pages[0].outcome, PageOutcome::HttpError);
}

#[tokio::test]
async fn two_thousand_pages_take_seconds() {
    let server = TestServer::start(Site::linked(2000, 10_000)).unwrap();
    let config = AuditConfig { max_pages: 5000, ..config(&server, "/") };
    let crawled = run(&config).await;
    assert_eq!(crawled.pages.len(), 2000);
    assert!(crawled.end.complete);
}
