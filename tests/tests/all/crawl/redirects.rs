//! Redirects: chains, loops, targets with a row of their own, targets elsewhere.

use pixelproof_crawl::Control;
use pixelproof_model::{AuditConfig, PageOutcome};
use pixelproof_tests::{Act, Site, TestServer};

use super::{config, limits, run, run_with};

#[tokio::test]
async fn a_chain_belongs_to_the_row_of_the_address_asked_for() {
    let site = Site::new()
        .on("/", Act::links(&["/old", "/new"]))
        .on("/old", Act::redirect(301, "/older"))
        .on("/older", Act::redirect(302, "new?utm_source=x#part"))
        .on("/new", Act::html("<p>new"));
    let server = TestServer::start(site).unwrap();
    // Alone, the chain ends in the page.
    let alone = run(&AuditConfig { list_only: true, ..config(&server, "/old") }).await;
    let page = &alone.pages[0];
    assert_eq!((page.outcome, page.body.as_deref()), (PageOutcome::Ok, Some("<p>new")));
    assert_eq!(page.final_url, server.url("/new?utm_source=x"));
    let hops: Vec<_> = page.hops.iter().map(|h| (h.url.clone(), h.status)).collect();
    assert_eq!(hops, [(server.url("/old"), 301), (server.url("/older"), 302)]);

    // Where the target has a row of its own, the redirecting row has no body and the target is fetched once.
    let crawled = run(&config(&server, "/")).await;
    use PageOutcome::{Ok, Redirected};
    let wanted = [("/", Ok), ("/old", Redirected), ("/new", Ok)];
    assert_eq!(crawled.rows(), wanted.map(|(path, outcome)| (path.to_owned(), outcome)));
    let page = crawled.page("/old");
    assert!(page.body.is_none() && page.reason.as_deref().unwrap().contains("/new"));
    assert_eq!(server.hits("/new"), 1);
    assert_eq!(crawled.counts.failed, 0);
}

#[tokio::test]
async fn a_target_found_later_is_not_fetched_again() {
    let site = Site::new()
        .on("/", Act::links(&["/old", "/b", "/also-old"]))
        .on("/old", Act::redirect(308, "/new"))
        .on("/also-old", Act::redirect(308, "/new"))
        .on("/b", Act::links(&["/new"]))
        .on("/new", Act::links(&["/further"]));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    use PageOutcome::{HttpError, Ok, Redirected};
    let wanted = [("/", Ok), ("/old", Ok), ("/b", Ok), ("/also-old", Redirected), ("/further", HttpError)];
    assert_eq!(crawled.rows(), wanted.map(|(path, outcome)| (path.to_owned(), outcome)));
    assert_eq!(server.hits("/new"), 1);
    assert_eq!(crawled.page("/further").referrer, Some(server.url("/old")));
}

#[tokio::test]
async fn loops_and_endless_chains_are_named() {
    let mut site = Site::new()
        .on("/", Act::links(&["/self", "/loop1", "/x", "/y", "/chain0"]))
        .on("/self", Act::redirect(302, "/self"))
        .on("/loop1", Act::redirect(302, "/loop2"))
        .on("/loop2", Act::redirect(302, "/loop3"))
        .on("/loop3", Act::redirect(302, "/loop2"))
        .on("/x", Act::redirect(302, "/y"))
        .on("/y", Act::redirect(302, "/x"));
    for n in 0..30 {
        site = site.on(&format!("/chain{n}"), Act::redirect(302, &format!("/chain{}", n + 1)));
    }
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    use PageOutcome::{Ok, RedirectLoop, Redirected, TooManyRedirects};
    let wanted = [
        ("/", Ok),
        ("/self", RedirectLoop),
        ("/loop1", RedirectLoop),
        ("/x", Redirected),
        ("/y", RedirectLoop),
        ("/chain0", TooManyRedirects),
    ];
    assert_eq!(crawled.rows(), wanted.map(|(path, outcome)| (path.to_owned(), outcome)));
    assert_eq!(server.hits("/loop2"), 1);
    assert_eq!(server.hits("/chain12"), 0);
}

#[tokio::test]
async fn a_redirect_to_another_spelling_of_itself_is_followed() {
    let site =
        Site::new().on("/a", Act::redirect(302, "/a?utm_source=own")).on("/a?utm_source=own", Act::html("<p>there"));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/a")).await;
    assert_eq!(crawled.rows(), [("/a".to_owned(), PageOutcome::Ok)]);
    assert_eq!(crawled.pages[0].final_url, server.url("/a?utm_source=own"));
}

#[tokio::test]
async fn a_cookie_on_the_way_is_kept_to_the_end_of_the_chain() {
    let set = Act::redirect(302, "/shop").with("Set-Cookie", "seen=1; Path=/");
    let for_ever = Act::redirect(302, "/wall").with("Set-Cookie", "seen=1");
    let site = Site::new()
        .on("/shop", Act::Times(1, Box::new(set), Box::new(Act::links(&["/wall", "/next"]))))
        .on("/wall", for_ever);
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig { cookies: vec![("own".to_owned(), "2".to_owned())], ..config(&server, "/shop") };
    let crawled = run(&config).await;
    use PageOutcome::{HttpError, Ok, RedirectLoop};
    let wanted = [("/shop", Ok), ("/wall", RedirectLoop), ("/next", HttpError)];
    assert_eq!(crawled.rows(), wanted.map(|(path, outcome)| (path.to_owned(), outcome)));
    assert_eq!(server.hits("/wall"), 2, "once more with the cookie");
    let sent = |target: &str| -> Vec<String> {
        server.seen().iter().filter(|s| s.target == target).map(|s| s.headers["cookie"].clone()).collect()
    };
    assert_eq!(sent("/shop"), ["own=2", "own=2; seen=1"]);
    assert_eq!(sent("/next"), ["own=2"], "the next page is a first visit again");
}

#[tokio::test]
async fn what_lies_elsewhere_is_not_fetched() {
    let elsewhere = TestServer::start(Site::new().on("/", Act::html("other"))).unwrap();
    let site = Site::new()
        .on("/", Act::links(&["/away", "/out", "/walled"]))
        .on("/walled", Act::redirect(302, elsewhere.url("/sso/login?next=x").as_str()))
        .on("/away", Act::redirect(302, elsewhere.url("/").as_str()))
        .on("/out", Act::redirect(302, "/excluded/x"));
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig { exclude: vec!["/excluded/*".to_owned()], ..config(&server, "/") };
    let crawled = run(&config).await;
    let away = crawled.page("/away");
    assert_eq!((away.outcome, &away.final_url), (PageOutcome::RedirectedAway, &elsewhere.url("/")));
    assert_eq!(away.hops.len(), 1);
    assert_eq!(crawled.page("/out").outcome, PageOutcome::RedirectedAway);
    assert!(away.reason.as_deref().unwrap().ends_with("which is another site"));
    assert!(crawled.page("/walled").reason.as_deref().unwrap().ends_with("another site's login page"));
    assert!(elsewhere.seen().is_empty());
    assert_eq!(server.hits("/excluded/x"), 0);
}

#[tokio::test]
async fn one_site_under_two_names_is_one_site() {
    let site = Site::new().on("/", Act::links(&["http://www.shop.test/b", "http://other.shop.test/c"]));
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig {
        start: vec!["http://shop.test/".to_owned()],
        resolve: vec![format!("*:80:{}", server.address())],
        sitemaps: false,
        ..AuditConfig::default()
    };
    let hosts = |crawled: &super::Crawled| -> Vec<String> {
        crawled.pages.iter().map(|p| p.url.host_str().unwrap().to_owned()).collect()
    };
    assert_eq!(hosts(&run(&config).await), ["shop.test", "www.shop.test"]);
    let config = AuditConfig { subdomains: true, ..config };
    let crawled = run_with(&config, &limits(&config), Control::default()).await.unwrap();
    assert_eq!(hosts(&crawled), ["shop.test", "www.shop.test", "other.shop.test"]);
}
