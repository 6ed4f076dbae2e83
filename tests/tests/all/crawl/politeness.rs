//! robots.txt, rate, concurrency, and what a host gets when it says "too many".

use std::{collections::BTreeMap, time::Duration};

use pixelproof_crawl::{Control, Earlier, Limits};
use pixelproof_model::{AuditConfig, PageOutcome};
use pixelproof_tests::{Act, Site, TestServer};

use super::{config, limits, run, run_after, run_with};

#[tokio::test]
async fn robots_txt_is_obeyed_row_by_row() {
    let site = Site::new()
        .on("/robots.txt", Act::typed("text/plain", "User-agent: *\nDisallow: /no\nAllow: /no/yes\n"))
        .on("/", Act::links(&["/no/a", "/no/yes", "/a"]))
        .on("/a", Act::html("a"))
        .on("/no/a", Act::html("secret"))
        .on("/no/yes", Act::redirect(301, "/no/b"));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    use PageOutcome::{BlockedByRobots, Ok};
    let wanted = [("/", Ok), ("/no/a", BlockedByRobots), ("/no/yes", BlockedByRobots), ("/a", Ok)];
    assert_eq!(crawled.rows(), wanted.map(|(path, outcome)| (path.to_owned(), outcome)));
    assert!(crawled.page("/no/a").reason.as_deref().unwrap().contains("robots.txt"));
    assert_eq!((server.hits("/no/a"), server.hits("/no/b"), server.hits("/robots.txt")), (0, 0, 1));

    let config = AuditConfig { ignore_robots: true, ..config(&server, "/") };
    assert_eq!(run(&config).await.page("/no/a").outcome, PageOutcome::Ok);
}

#[tokio::test]
async fn a_robots_txt_that_fails_forbids_and_one_that_is_missing_allows() {
    for (robots, outcome, notice) in [
        (Act::error(404), PageOutcome::Ok, false),
        (Act::error(403), PageOutcome::Ok, false),
        (Act::redirect(301, "/elsewhere.txt"), PageOutcome::Ok, false),
        (Act::error(500), PageOutcome::BlockedByRobots, true),
        (Act::error(503), PageOutcome::BlockedByRobots, true),
        (Act::Hangup, PageOutcome::ConnectionFailed, true),
        (Act::redirect(301, "/robots.txt"), PageOutcome::TooManyRedirects, true),
    ] {
        let what = format!("{robots:?}");
        let server = TestServer::start(Site::new().on("/robots.txt", robots).on("/", Act::html("x"))).unwrap();
        let crawled = run(&config(&server, "/")).await;
        assert_eq!(crawled.pages[0].outcome, outcome, "{what}: {:?}", crawled.pages[0].reason);
        assert_eq!(crawled.notices.iter().any(|n| n.contains("robots.txt")), notice, "{what}: {:?}", crawled.notices);
        assert_eq!(server.hits("/") > 0, outcome == PageOutcome::Ok, "{what}");
    }
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_configured() {
    let names: Vec<String> = (0..24).map(|n| format!("/p{n}")).collect();
    let links: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut site = Site::new().on("/", Act::links(&links));
    for name in &names {
        site = site
            .on(name, Act::After(Duration::from_millis(60), Box::new(Act::html("<script src=\"/s.js\"></script>"))));
    }
    let site = site.on("/s.js", Act::typed("text/javascript", "1"));
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig { concurrency: 3, ..config(&server, "/") };
    assert_eq!(run(&config).await.pages.len(), 25);
    assert_eq!(server.most_at_once(), 3, "no more, and no fewer when there is work");
}

#[tokio::test]
async fn the_rate_is_kept_over_everything_that_a_host_is_asked() {
    let site = Site::new()
        .on("/", Act::links(&["/a", "/b", "/c"]))
        .on("/a", Act::html("<script src=\"/s.js\"></script>"))
        .on("/s.js", Act::typed("text/javascript", "1"));
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig { rate: Some(20.0), ..config(&server, "/") };
    run(&config).await;
    let seen = server.seen();
    assert_eq!(seen.len(), 6, "robots.txt, four pages, one script");
    let span = seen.last().unwrap().at - seen[0].at;
    // Five intervals of 50 ms; the first may begin late on a busy machine.
    assert!(span >= Duration::from_millis(200), "{span:?}");
}

#[tokio::test]
async fn a_crawl_delay_is_a_rate() {
    let site = Site::new()
        .on("/robots.txt", Act::typed("text/plain", "User-agent: *\nCrawl-delay: 0.1\n"))
        .on("/", Act::links(&["/a", "/b"]));
    let server = TestServer::start(site).unwrap();
    run(&config(&server, "/")).await;
    let seen = server.seen();
    let span = seen.last().unwrap().at - seen[1].at;
    assert!(span >= Duration::from_millis(180), "{span:?} between the first and the third page");
}

#[tokio::test]
async fn retry_after_holds_the_whole_host_and_is_capped() {
    let busy = Act::error(429).with("Retry-After", "3600");
    let site = Site::new().on("/", Act::Times(1, Box::new(busy), Box::new(Act::html("x"))));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    assert_eq!(crawled.pages[0].outcome, PageOutcome::Ok);
    let at: Vec<_> = server.seen().iter().filter(|s| s.target == "/").map(|s| s.at).collect();
    let wait = at[1] - at[0];
    assert!(wait >= Duration::from_millis(250), "waited {wait:?} of the 300 ms that are the cap here");
}

#[tokio::test]
async fn a_storm_of_refusals_ends_the_crawl() {
    let names: Vec<String> = (0..60).map(|n| format!("/p{n}")).collect();
    let links: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut site = Site::new().on("/", Act::links(&links));
    for name in &names {
        site = site.on(name, Act::error(429));
    }
    let server = TestServer::start(site).unwrap();
    let config = config(&server, "/");
    let limits = Limits { refusals: 5, ..limits(&config) };
    let crawled = run_with(&config, &limits, Control::default()).await.unwrap();
    assert!(!crawled.end.complete);
    assert!(crawled.end.reason.as_deref().unwrap().contains("keeps answering 429"), "{:?}", crawled.end);
    assert!(crawled.pages.len() < 30, "{} pages", crawled.pages.len());
}

#[tokio::test]
async fn a_script_is_fetched_once_however_many_pages_load_it() {
    let page =
        || Act::html("<script src=\"/s.js#x\"></script><script src=\"/gone.js\"></script><script src=\"/page.js\">");
    let site = Site::new()
        .on("/robots.txt", Act::typed("text/plain", "User-agent: *\nDisallow: /*.js\n"))
        .on("/", Act::links(&["/a", "/b"]))
        .on("/a", page())
        .on("/b", page())
        .on("/s.js", Act::redirect(302, "/real.js"))
        .on("/real.js", Act::typed("text/javascript; charset=latin1", b"let x = '\xE9'".to_vec()))
        .on("/page.js", Act::html("<h1>Not found</h1>"));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    assert_eq!([server.hits("/s.js"), server.hits("/real.js"), server.hits("/gone.js")], [1, 1, 1]);
    let (good, bad): (Vec<_>, Vec<_>) = crawled.scripts.into_iter().partition(Result::is_ok);
    let good: Vec<_> = good.into_iter().map(Result::unwrap).collect();
    assert_eq!(good.len(), 2);
    assert_eq!((good[0].text.as_str(), &good[0].url), ("let x = 'é'", &server.url("/s.js")));
    assert_eq!(good[0].hash.len(), 64);
    assert_eq!(bad.len(), 4);
    let reasons: Vec<String> = bad.into_iter().map(Result::unwrap_err).collect();
    assert!(reasons.iter().any(|r| r.contains("answered 404")) && reasons.iter().any(|r| r.contains("HTML page")));
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let home = Act::links(&["/dated", "/changed", "/plain"]);
    let date = "Tue, 03 Mar 2026 10:00:00 GMT";
    let old = |tag: &str, text: &str| Earlier {
        status: 200,
        content_type: Some("text/html".to_owned()),
        headers: [(tag, text)].map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
        body: format!("as it was <a href=\"/only-then\"> {tag}"),
        bytes: 42,
    };
    let site = Site::new()
        .on("/", home)
        .on("/dated", Act::Dated(date.to_owned(), Box::new(Act::html("new"))))
        .on("/changed", Act::Tagged("\"2\"".to_owned(), Box::new(Act::html("new"))))
        .on("/plain", Act::html("new"))
        .on("/only-then", Act::Tagged("\"1\"".to_owned(), Box::new(Act::html("new"))));
    let server = TestServer::start(site).unwrap();
    let earlier: BTreeMap<String, Earlier> = [
        ("/dated", old("last-modified", date)),
        ("/changed", old("etag", "\"1\"")),
        ("/plain", old("link", "</x>; rel=next")),
        ("/only-then", old("etag", "\"1\"")),
    ]
    .map(|(path, earlier)| (server.url(path).to_string(), earlier))
    .into();
    let config = config(&server, "/");
    let crawled = run_after(&config, &limits(&config), Control::default(), earlier.clone()).await.unwrap();
    assert_eq!(crawled.paths(), ["/", "/dated", "/changed", "/plain", "/only-then"]);
    let page = crawled.page("/dated");
    assert_eq!((page.outcome, page.status, page.bytes), (PageOutcome::Ok, Some(200), 42));
    assert!(page.body.as_deref().unwrap().starts_with("as it was"));
    assert_eq!(page.headers["last-modified"], date);
    assert_eq!(crawled.page("/changed").body.as_deref(), Some("new"));
    assert_eq!(crawled.page("/changed").headers["etag"], "\"2\"");
    assert_eq!(crawled.page("/plain").body.as_deref(), Some("new"), "nothing to ask with");
    assert!(crawled.notices.iter().any(|n| n.starts_with("2 of the pages had not changed")), "{:?}", crawled.notices);

    let own = AuditConfig { cookies: vec![("a".to_owned(), "1".to_owned())], ..config };
    let crawled = run_after(&own, &limits(&own), Control::default(), earlier).await.unwrap();
    assert_eq!(crawled.page("/dated").body.as_deref(), Some("new"), "a user's own cookie may get another page");
}

#[tokio::test]
async fn a_host_has_a_limit_of_its_own() {
    let names: Vec<String> = (0..16).map(|n| format!("/p{n}")).collect();
    let links: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut site = Site::new().on("/", Act::links(&links));
    for name in &names {
        site = site.on(name, Act::After(Duration::from_millis(40), Box::new(Act::html("x"))));
    }
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig { concurrency: 8, per_host: Some(2), ..config(&server, "/") };
    assert_eq!(run(&config).await.pages.len(), 17);
    assert_eq!(server.most_at_once(), 2);
}
