//! How a site is reached: `--resolve`, TLS, headers and who gets them, private addresses, a start without a scheme.

use pixelproof_crawl::{Control, CrawlError};
use pixelproof_model::{AuditConfig, PageOutcome};
use pixelproof_tests::{Act, Certificate, Site, SocksProxy, TestServer};

use super::{config, limits, run, run_with};

fn mapped(start: &str, resolve: &[String]) -> AuditConfig {
    AuditConfig {
        start: vec![start.to_owned()],
        resolve: resolve.to_vec(),
        sitemaps: false,
        list_only: true,
        ..AuditConfig::default()
    }
}

#[tokio::test]
async fn requests_go_to_the_mapped_machine_and_keep_their_host() {
    let server = TestServer::start(Site::new().on("/", Act::html("here"))).unwrap();
    let to = server.address();
    for (start, resolve, host) in [
        ("http://shop.test/", format!("shop.test:80:{to}"), "shop.test"),
        ("http://shop.test:8080/", format!("shop.test:8080:{to}"), "shop.test:8080"),
        ("http://anything.test/", format!("*:80:{to}"), "anything.test"),
        ("http://203.0.113.7/", format!("*:80:{to}"), "203.0.113.7"),
    ] {
        let crawled = run(&mapped(start, &[resolve])).await;
        assert_eq!(crawled.pages[0].outcome, PageOutcome::Ok, "{start}: {:?}", crawled.pages[0].reason);
        let seen = server.seen();
        assert_eq!(seen.last().unwrap().headers["host"], host, "{start}");
        assert_eq!(crawled.pages[0].final_url.as_str(), start, "the mapping shows nowhere");
    }
}

#[tokio::test]
async fn a_wrong_mapping_or_proxy_is_an_error() {
    let bad_mapping = mapped("http://shop.test/", &["nonsense".to_owned()]);
    let bad_proxy = AuditConfig { proxy: Some("http://user:secret@[".to_owned()), ..mapped("http://shop.test/", &[]) };
    for (config, part) in [(bad_mapping, "nonsense"), (bad_proxy, "proxy")] {
        let error = run_with(&config, &limits(&config), Control::default()).await.err().unwrap();
        assert!(matches!(&error, CrawlError::BadOption(why) if why.contains(part)), "{error}");
        assert!(!error.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn a_certificate_nobody_knows_is_a_tls_failure_unless_any_will_do() {
    let server = TestServer::start_tls(Site::new().on("/", Act::html("secure"))).unwrap();
    let to = server.address();
    let resolve = [format!("shop.test:443:{to}")];
    let crawled = run(&mapped("https://shop.test/", &resolve)).await;
    assert_eq!(crawled.pages[0].outcome, PageOutcome::TlsFailed, "{:?}", crawled.pages[0].reason);
    assert!(crawled.pages[0].reason.as_deref().unwrap().contains("certificate of shop.test"));
    let config = AuditConfig { insecure: true, ..mapped("https://shop.test/", &resolve) };
    let crawled = run(&config).await;
    assert_eq!(crawled.pages[0].body.as_deref(), Some("secure"), "{:?}", crawled.pages[0].reason);
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_a_tls_failure() {
    let server = TestServer::start(Site::new().on("/", Act::html("plain"))).unwrap();
    let crawled = run(&mapped("https://shop.test/", &[format!("shop.test:443:{}", server.address())])).await;
    assert_eq!(crawled.pages[0].outcome, PageOutcome::TlsFailed, "{:?}", crawled.pages[0].reason);
}

#[tokio::test]
async fn nobody_there_is_a_connection_failure() {
    let server = TestServer::start(Site::new()).unwrap();
    let start = server.url("/").to_string();
    drop(server);
    let crawled = run(&mapped(&start, &[])).await;
    assert_eq!(crawled.pages[0].outcome, PageOutcome::ConnectionFailed, "{:?}", crawled.pages[0].reason);
    assert!(crawled.pages[0].reason.as_deref().unwrap().contains("127.0.0.1"));
}

#[tokio::test]
async fn secrets_go_to_the_audited_site_alone() {
    let third = TestServer::start(Site::new().on("/t.js", Act::typed("text/javascript", "1"))).unwrap();
    let page = format!("<script src=\"{}\"></script>", third.url("/t.js"));
    let server = TestServer::start(Site::new().on("/", Act::html(page))).unwrap();
    let config = AuditConfig {
        headers: vec![("X-Staging".to_owned(), "yes".to_owned())],
        cookies: vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())],
        basic_auth: Some(("user".to_owned(), "pass".to_owned())),
        user_agent: "Auditor/9".to_owned(),
        ..config(&server, "/")
    };
    run(&config).await;
    let own = &server.seen()[1].headers;
    assert_eq!(own["x-staging"], "yes");
    assert_eq!(own["cookie"], "a=1; b=2");
    assert_eq!(own["authorization"], "Basic dXNlcjpwYXNz");
    assert_eq!(own["user-agent"], "Auditor/9");
    let foreign = &third.seen()[0].headers;
    for secret in ["x-staging", "cookie", "authorization", "referer"] {
        assert!(!foreign.contains_key(secret), "{secret} left the site");
    }
    assert_eq!(foreign["user-agent"], "Auditor/9");
}

#[tokio::test]
async fn a_public_start_leads_to_no_private_machine() {
    // A documentation address stands for the public internet; a proxy on loopback answers for it.
    let private = TestServer::start(Site::new().on("/x", Act::html("inside"))).unwrap();
    let target = private.url("/x").to_string();
    let page = format!("<script src=\"{target}\"></script>");
    let proxy = TestServer::start(
        Site::new()
            .on("http://203.0.113.7/to-inside", Act::redirect(302, &target))
            .on("http://203.0.113.7/page", Act::html(page)),
    )
    .unwrap();
    let config = AuditConfig {
        start: vec!["http://203.0.113.7/to-inside".to_owned(), "http://203.0.113.7/page".to_owned()],
        list_only: true,
        proxy: Some(proxy.url("/").to_string()),
        ..AuditConfig::default()
    };
    let crawled = run(&config).await;
    assert_eq!(crawled.pages[0].outcome, PageOutcome::Refused, "{:?}", crawled.pages[0].reason);
    assert!(crawled.scripts[0].as_ref().unwrap_err().contains("private address"));
    assert!(private.seen().is_empty());
}

#[tokio::test]
async fn a_bare_host_without_https_is_asked_over_http() {
    let server = TestServer::start(Site::new().on("/", Act::html("plain"))).unwrap();
    let closed = {
        let other = TestServer::start(Site::new()).unwrap();
        other.address()
    };
    let resolve = [format!("shop.test:80:{}", server.address()), format!("shop.test:443:{closed}")];
    let crawled = run(&mapped("shop.test", &resolve)).await;
    assert_eq!(crawled.pages[0].url.as_str(), "http://shop.test/");
    assert_eq!(crawled.pages[0].outcome, PageOutcome::Ok);
    assert!(crawled.notices.iter().any(|n| n.contains("http is used")), "{:?}", crawled.notices);

    let crawled = run(&mapped("https://shop.test", &resolve)).await;
    assert_eq!(crawled.pages[0].outcome, PageOutcome::ConnectionFailed, "a scheme that was typed is kept");
}

#[tokio::test]
async fn cookies_of_a_file_go_where_their_lines_say() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cookies.txt");
    std::fs::write(&file, "127.0.0.1\tFALSE\t/a\tFALSE\t0\tin\t1\n127.0.0.1\tFALSE\t/\tTRUE\t0\tsecure\t2\n").unwrap();
    let server = TestServer::start(Site::new().on("/", Act::links(&["/a"])).on("/a", Act::html("a"))).unwrap();
    let config = AuditConfig {
        cookies: vec![("own".to_owned(), "0".to_owned())],
        cookie_file: Some(file.display().to_string()),
        ..config(&server, "/")
    };
    run(&config).await;
    let sent: Vec<_> = server.seen().iter().map(|s| (s.target.clone(), s.headers["cookie"].clone())).collect();
    let wanted = [("/robots.txt", "own=0"), ("/", "own=0"), ("/a", "own=0; in=1")];
    assert_eq!(sent, wanted.map(|(target, cookie)| (target.to_owned(), cookie.to_owned())));
    std::fs::write(&file, "a=secret").unwrap();
    let error = run_with(&config, &limits(&config), Control::default()).await.err().unwrap().to_string();
    assert!(error.contains("line 1") && !error.contains("secret"), "{error}");
}

#[tokio::test]
async fn a_certificate_of_ones_own_authority_is_trusted() {
    let server = TestServer::start_tls(Site::new().on("/", Act::html("secure"))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, server.certificate().unwrap()).unwrap();
    let resolve = [format!("shop.test:443:{}", server.address())];
    let config = AuditConfig { ca_file: Some(file.display().to_string()), ..mapped("https://shop.test/", &resolve) };
    let crawled = run(&config).await;
    assert_eq!(crawled.pages[0].body.as_deref(), Some("secure"), "{:?}", crawled.pages[0].reason);
    for (text, part) in
        [("", "holds none"), ("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "can't be used")]
    {
        std::fs::write(&file, text).unwrap();
        let error = run_with(&config, &limits(&config), Control::default()).await.err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let usual = Certificate::default();
    for (certificate, reason) in [
        (Certificate { years: (2001, 2002), ..usual.clone() }, "the certificate of shop.test has expired"),
        (Certificate { years: (4000, 4096), ..usual.clone() }, "the certificate of shop.test is not valid yet"),
        (
            Certificate { names: vec!["other.test".to_owned()], ..usual },
            "the certificate of shop.test is for another name",
        ),
    ] {
        let server = TestServer::start_tls_with(Site::new().on("/", Act::html("secure")), &certificate).unwrap();
        std::fs::write(&file, server.certificate().unwrap()).unwrap();
        let resolve = [format!("shop.test:443:{}", server.address())];
        let ca_file = Some(file.display().to_string());
        let crawled = run(&AuditConfig { ca_file, ..mapped("https://shop.test/", &resolve) }).await;
        let page = &crawled.pages[0];
        assert_eq!(page.outcome, PageOutcome::TlsFailed, "{certificate:?}");
        let said = page.reason.as_deref().unwrap();
        assert!(said.ends_with(reason), "{certificate:?}: {said}");
        let crawled = run(&AuditConfig { insecure: true, ..mapped("https://shop.test/", &resolve) }).await;
        assert_eq!(crawled.pages[0].body.as_deref(), Some("secure"), "{certificate:?}");
    }
}

#[tokio::test]
async fn no_detour_from_a_public_start_reaches_a_private_machine() {
    let private = TestServer::start(Site::new().on("/x", Act::html("inside"))).unwrap();
    let port = private.address().port();
    let hosts = [
        "127.0.0.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "169.254.169.254",
    ];
    let targets: Vec<String> = hosts.iter().map(|host| format!("http://{host}:{port}/x")).collect();
    let mut site = Site::new();
    for (n, target) in targets.iter().enumerate() {
        site = site.on(&format!("http://203.0.113.7/r{n}"), Act::redirect(307, target));
    }
    let maps: String = targets.iter().map(|t| format!("<sitemap><loc>{t}</loc></sitemap>")).collect();
    let pages: String = targets.iter().map(|t| format!("<url><loc>{t}</loc></url>")).collect();
    let robots: String = targets.iter().map(|t| format!("Sitemap: {t}\n")).collect();
    let scripts: String = targets.iter().map(|t| format!("<script src=\"{t}\"></script>")).collect();
    let links: String = targets.iter().map(|t| format!("<a href=\"{t}\">x</a>")).collect();
    let site = site
        .on("http://203.0.113.7/robots.txt", Act::redirect(302, "/real-robots.txt"))
        .on(
            "http://203.0.113.7/real-robots.txt",
            Act::typed("text/plain", format!("{robots}Sitemap: /all.xml\nSitemap: /to-inside.xml\n")),
        )
        .on("http://203.0.113.7/all.xml", Act::typed("application/xml", format!("<urlset>{pages}</urlset>")))
        .on(
            "http://203.0.113.7/sitemap.xml",
            Act::typed("application/xml", format!("<sitemapindex>{maps}</sitemapindex>")),
        )
        .on("http://203.0.113.7/to-inside.xml", Act::redirect(302, &targets[0]))
        .on("http://203.0.113.7/page", Act::html(format!("{scripts}{links}")));
    let proxy = TestServer::start(site).unwrap();
    let mut start: Vec<String> = (0..targets.len()).map(|n| format!("http://203.0.113.7/r{n}")).collect();
    start.push("http://203.0.113.7/page".to_owned());
    let list =
        AuditConfig { start, list_only: true, proxy: Some(proxy.url("/").to_string()), ..AuditConfig::default() };
    let crawled = run(&list).await;
    for (page, target) in crawled.pages.iter().zip(&targets) {
        assert_eq!(page.outcome, PageOutcome::Refused, "{target}: {:?}", page.reason);
    }
    assert_eq!(
        crawled.scripts.iter().filter(|s| s.as_ref().is_err_and(|e| e.contains("private address"))).count(),
        targets.len()
    );
    let whole = AuditConfig { start: vec!["http://203.0.113.7/page".to_owned()], list_only: false, ..list };
    let crawled = run(&whole).await;
    assert_eq!(crawled.paths(), ["/page"]);
    assert!(private.seen().is_empty(), "{:?}", private.targets());
    assert!(proxy.targets().iter().all(|t| t.starts_with("http://203.0.113.7/")), "{:?}", proxy.targets());

    // A robots.txt that leads inside is no robots.txt, and nothing of the host is fetched.
    let proxy = TestServer::start(
        Site::new()
            .on("http://203.0.113.7/robots.txt", Act::redirect(302, &targets[0]))
            .on("http://203.0.113.7/page", Act::html("x")),
    )
    .unwrap();
    let config = AuditConfig { proxy: Some(proxy.url("/").to_string()), ..whole };
    assert_eq!(run(&config).await.pages[0].outcome, PageOutcome::Refused);
    assert!(private.seen().is_empty());
}

#[tokio::test]
async fn requests_go_through_a_socks_proxy() {
    let server = TestServer::start(Site::new().on("/", Act::html("through"))).unwrap();
    let socks = SocksProxy::start(server.address(), Some(("me", "pw"))).unwrap();
    for (scheme, asked) in [("socks5h", "shop.test:80"), ("socks5", "203.0.113.7:80")] {
        let host = asked.split(':').next().unwrap();
        let config = AuditConfig {
            start: vec![format!("http://{host}/")],
            list_only: true,
            proxy: Some(format!("{scheme}://me:pw@{}", socks.address())),
            ..AuditConfig::default()
        };
        let crawled = run(&config).await;
        assert_eq!(crawled.pages[0].body.as_deref(), Some("through"), "{scheme}: {:?}", crawled.pages[0].reason);
        assert!(socks.asked().contains(&asked.to_owned()), "{scheme}: {:?}", socks.asked());
    }
    let wrong = AuditConfig {
        start: vec!["http://203.0.113.7/".to_owned()],
        list_only: true,
        proxy: Some(format!("socks5://me:other-secret@{}", socks.address())),
        ..AuditConfig::default()
    };
    let crawled = run(&wrong).await;
    assert_eq!(crawled.pages[0].outcome, PageOutcome::ConnectionFailed, "{:?}", crawled.pages[0].reason);
    assert!(!format!("{:?} {:?}", crawled.pages[0], crawled.notices).contains("other-secret"));
}
