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
