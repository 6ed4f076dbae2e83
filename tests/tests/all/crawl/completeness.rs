//! Everything that names a page: headers of answers, sitemaps alone, and what an audit with a browser's eye would follow.

use pixelproof_model::{AuditConfig, FoundBy, PageOutcome};
use pixelproof_tests::{Act, Site, TestServer};

use super::{config, run};

#[tokio::test]
async fn the_header_of_an_answer_names_pages() {
    let home = Act::html("<p>home")
        .with("Link", "</real>; rel=\"canonical\", </de>; rel=alternate; hreflang=de")
        .with("Link", "</2>; rel=next")
        .with("Refresh", "3; url=/later");
    let mut site = Site::new().on("/", home);
    for path in ["/real", "/de", "/2", "/later"] {
        site = site.on(path, Act::html(path));
    }
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    let found: Vec<_> = crawled.pages.iter().map(|p| (p.url.path().to_owned(), p.found_by, p.depth)).collect();
    let wanted = [
        ("/", FoundBy::Start, 0),
        ("/later", FoundBy::MetaRefresh, 0),
        ("/real", FoundBy::Canonical, 0),
        ("/de", FoundBy::Alternate, 1),
        ("/2", FoundBy::Next, 1),
    ];
    assert_eq!(found, wanted.map(|(path, by, depth)| (path.to_owned(), by, depth)));
    assert_eq!(crawled.page("/").canonical, Some(server.url("/real")));
}

#[tokio::test]
async fn feeds_that_pages_name_are_read_for_the_pages_that_they_name() {
    let rss = "<rss><channel><item><link>/post</link></item><item><link>/song.mp3</link></item></channel></rss>";
    let atom = "<feed><entry><link href='/entry'/></entry></feed>";
    let site = Site::new()
        .on(
            "/",
            ["/feed.xml", "/atom", "/no-feed", "/moved"].iter().fold(Act::html("<p>home"), |act, path| {
                act.with("Link", &format!("<{path}>; rel=alternate; type=\"application/rss+xml\""))
            }),
        )
        .on("/feed.xml", Act::typed("application/rss+xml; charset=utf-8", rss))
        .on("/atom", Act::typed("application/xml", atom))
        .on("/moved", Act::redirect(301, "/feed.xml"))
        .on("/no-feed", Act::html("<p>a page"))
        .on("/post", Act::html("<p>post"))
        .on("/song.mp3", Act::typed("audio/mpeg", "ID3"))
        .on("/entry", Act::html("<p>entry"));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    let found: Vec<_> = crawled.pages.iter().map(|p| (p.url.path(), p.outcome, p.depth, p.found_by)).collect();
    assert_eq!(
        found,
        [
            ("/", PageOutcome::Ok, 0, FoundBy::Start),
            ("/feed.xml", PageOutcome::NotHtml, 1, FoundBy::Feed),
            ("/atom", PageOutcome::NotHtml, 1, FoundBy::Feed),
            ("/no-feed", PageOutcome::Ok, 1, FoundBy::Feed),
            ("/moved", PageOutcome::Redirected, 1, FoundBy::Feed),
            ("/post", PageOutcome::Ok, 2, FoundBy::Feed),
            ("/song.mp3", PageOutcome::NotHtml, 2, FoundBy::Feed),
            ("/entry", PageOutcome::Ok, 2, FoundBy::Feed),
        ]
    );
    let said = crawled.page("/feed.xml").reason.clone().unwrap_or_default();
    assert!(said.contains("a feed, not a page; addresses that it names: 2"), "{said}");
}

#[tokio::test]
async fn sitemaps_alone_are_audited_as_they_are() {
    let map = "<urlset><url><loc>/b</loc></url><url><loc>/a</loc></url><url><loc>https://elsewhere.test/</loc></url></urlset>";
    let site = Site::new()
        .on("/", Act::links(&["/linked"]))
        .on("/a", Act::links(&["/linked"]))
        .on("/b", Act::html("b"))
        .on("/robots.txt", Act::typed("text/plain", "Sitemap: /maps/all.xml\n"))
        .on("/maps/all.xml", Act::typed("application/xml", map))
        .on(
            "/feed.rss",
            Act::typed("application/rss+xml", "<rss><channel><item><link>/a</link></item></channel></rss>"),
        );
    let server = TestServer::start(site).unwrap();
    for (start, wanted) in
        [("/", &["/b", "/a"][..]), ("/maps/all.xml", &["/b", "/a"]), ("/feed.rss", &["/a"]), ("/sitemap.xml", &[])]
    {
        let config = AuditConfig { sitemap_only: true, ..config(&server, start) };
        let crawled = run(&config).await;
        assert_eq!(crawled.paths(), wanted, "{start}");
        assert!(crawled.pages.iter().all(|p| p.found_by == FoundBy::Sitemap && p.outcome == PageOutcome::Ok));
        assert_eq!(crawled.end.complete, !wanted.is_empty(), "{start}: {:?}", crawled.end);
    }
    assert_eq!(server.hits("/linked"), 0);
}
