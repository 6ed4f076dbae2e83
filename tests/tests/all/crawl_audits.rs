//! Whole audits of sites that are odd to crawl: what the report says of them, and what it must never say.

use std::path::Path;

use pixelproof_audit::{Audits, folder_input, parse_input};
use pixelproof_model::{
    AuditConfig, AuditReport, DuplicateBy, FoundBy, PageHint, PageOutcome, PagesQuery, ReportPage, Trap,
};
use pixelproof_tests::{Act, Site, SocksProxy, TestServer};

use crate::{
    audits::{META, audit, page},
    cli::{check, folder},
};

fn of<'a>(report: &'a AuditReport, path: &str) -> &'a ReportPage {
    let found = report.pages.iter().find(|p| p.page.url.path() == path);
    found.unwrap_or_else(|| panic!("no {path} among {} pages", report.pages.len()))
}

#[tokio::test]
async fn odd_pages_are_rows_of_a_finished_audit() {
    let deep = format!("<title>deep</title>{META}{}", "<div>".repeat(200_000));
    let links: String = (0..1_000_000).map(|n| format!("<a href=/n{n}>")).collect();
    let site = Site::new()
        .on("/", page("Home", META, "<a href=/deep>x</a><a href=/links>x</a><a href=/attrs>x</a>"))
        .on("/deep", Act::html(deep))
        .on("/attrs", Act::html(format!("<title>attrs</title><a {}>{META}", "a=1 ".repeat(300_000))))
        .on("/links", Act::html(format!("<title>links</title>{META}{links}")));
    let server = TestServer::start(site).unwrap();
    let ended = audit(&server, AuditConfig { max_pages: 6, sitemaps: false, ..AuditConfig::default() }).await.unwrap();
    let report = ended.report();
    for path in ["/deep", "/attrs", "/links"] {
        assert_eq!(of(&report, path).outcome, PageOutcome::TooDeep, "{path}");
        assert_eq!(of(&report, path).page.installs.len(), 1, "{path} is read tag by tag");
    }
    assert!(of(&report, "/links").page.problems.iter().any(|p| p.contains("more than 50000 links")));
    assert_eq!(report.pages.len(), 6, "the limit holds");
    assert!(ended.end.reason.unwrap().contains("page limit"));
}

#[tokio::test]
async fn pages_that_are_not_what_they_seem_carry_a_hint() {
    let login = "<form><input type=email name=user><input type=password name=password></form>";
    let links = ["/gone", "/account", "/orders", "/login", "/fine"].map(|l| format!("<a href={l}>x</a>")).concat();
    let site = Site::new()
        .on("/", page("Home", META, &links))
        .on("/gone", page("Page not found | Shop", META, ""))
        .on("/account", Act::redirect(302, "/user/sign-in?next=/account"))
        .on("/user/sign-in?next=/account", page("Welcome back", META, login))
        .on("/orders", page("Please log in", META, login))
        .on("/login", page("Log in", META, login))
        .on("/fine", page("404 things to cook and not found anywhere else in the world of kitchens", META, ""));
    let server = TestServer::start(site).unwrap();
    let report = audit(&server, AuditConfig::default()).await.unwrap().report();
    let hints = |path: &str| of(&report, path).page.fetch.as_ref().unwrap().hints.clone();
    assert_eq!(hints("/gone"), [PageHint::Soft404]);
    assert_eq!(hints("/account"), [PageHint::LoginWall]);
    assert_eq!(hints("/orders"), [PageHint::LoginWall]);
    assert!(hints("/login").is_empty() && hints("/fine").is_empty() && hints("/").is_empty());
}

#[tokio::test]
async fn duplicates_say_of_what() {
    let same = page("The same", META, "");
    let canonical = format!("{META}<link rel=canonical href=/b>");
    let site = Site::new()
        .on("/", page("Home", META, "<a href=/a>x</a><a href=/b>x</a><a href=/c>x</a><a href=/d>x</a>"))
        .on("/a", same.clone())
        .on("/b", same)
        .on("/c", page("Another form of b", &canonical, ""))
        .on("/d", page("Its own", &canonical.replace("/b", "/d"), ""));
    let server = TestServer::start(site).unwrap();
    let ended = audit(&server, AuditConfig::default()).await.unwrap();
    let report = ended.report();
    let said = |path: &str| of(&report, path).duplicate_of.as_ref().map(|d| (d.url.path().to_owned(), d.by));
    assert_eq!(said("/b"), Some(("/a".to_owned(), DuplicateBy::Content)));
    assert_eq!(said("/c"), Some(("/b".to_owned(), DuplicateBy::Canonical)));
    assert_eq!((said("/a"), said("/d"), said("/")), (None, None, None));
    let rows = ended.audits.pages(&ended.id, &PagesQuery { limit: 100, ..PagesQuery::default() }).unwrap().rows;
    let row = rows.iter().find(|row| row.path == "/b").unwrap();
    let detail = ended.audits.page(&ended.id, row.id).unwrap();
    assert_eq!(detail.duplicate_of.map(|d| d.url.path().to_owned()), Some("/a".to_owned()));
}

#[tokio::test]
async fn a_series_without_end_is_in_the_report() {
    let site = Site::new().on("/", page("Home", META, "<a href=/list>x</a>")).made(|target| {
        let (_, query) = target.strip_prefix("/list").map(|rest| rest.split_once('?').unwrap_or(("", "")))?;
        let links: String = (0..5).map(|n| format!("<a href=\"/list?{query}&sort={n}\">x</a>")).collect();
        Some(page(&format!("List {query}"), META, &links))
    });
    let server = TestServer::start(site).unwrap();
    let ended = audit(&server, AuditConfig::default()).await.unwrap();
    let report = ended.report();
    assert!(report.audit.complete, "{:?}", report.audit.incomplete_reason);
    assert!(
        report.audit.notices.iter().any(|n| n.contains("series without end") && n.contains("/list")),
        "{:?}",
        report.audit.notices
    );
    let traps: Vec<_> = report.pages.iter().filter_map(|p| p.page.fetch.as_ref()?.trap).collect();
    assert_eq!(traps, [Trap::QueryVariations; 10]);
}

/// A report without what no two audits share.
fn timeless(mut report: AuditReport) -> String {
    report.audit.id.clear();
    report.audit.started.clear();
    report.audit.finished = None;
    report.kept = None;
    report.audit.notices.clear();
    for page in &mut report.pages {
        page.page.fetch.as_mut().unwrap().elapsed_ms = 0;
    }
    serde_json::to_string_pretty(&report).unwrap()
}

#[tokio::test]
async fn a_repeated_audit_is_cheap_and_says_the_same() {
    let filler = "<p>Words that need not be sent twice.</p>".repeat(500);
    let tagged = |name: &str, body: &str| {
        Act::Tagged(
            format!("\"{name}\""),
            Box::new(
                page(name, META, &format!("{body}{filler}"))
                    .with("X-Robots-Tag", "noindex")
                    .with("Link", "</linked>; rel=next"),
            ),
        )
    };
    let site = Site::new()
        .on("/", tagged("home", "<a href=/a>x</a><a href=/moved>x</a><a href=/plain>x</a>"))
        .on("/a", tagged("a", "<script>fbq('track', 'Lead')</script>"))
        .on("/moved", Act::redirect(301, "/target"))
        .on("/target", tagged("target", ""))
        .on("/linked", tagged("linked", ""))
        .on("/plain", page("plain", META, ""));
    let server = TestServer::start(site).unwrap();
    let place = tempfile::tempdir().unwrap();
    let audits = Audits::open(&place.path().join("audits.db")).unwrap();
    let start = || parse_input(server.url("/").as_str(), AuditConfig::default()).unwrap();
    let mut reports = Vec::new();
    let mut bytes = Vec::new();
    for _ in 0..2 {
        let run = audits.start(start()).unwrap();
        assert!(run.join().await.unwrap().complete);
        bytes.push(run.counts().bytes);
        reports.push(audits.report(run.id()).unwrap());
    }
    let [first, second] = <[AuditReport; 2]>::try_from(reports).unwrap();
    assert!(second.audit.notices.iter().any(|n| n.contains("had not changed")), "{:?}", second.audit.notices);
    assert_eq!(timeless(first), timeless(second));
    assert!(bytes[1] * 2 < bytes[0], "{bytes:?}");
    let other = AuditConfig { user_agent: "Another/1".to_owned(), ..start() };
    let run = audits.start(other).unwrap();
    run.join().await.unwrap();
    assert!(run.counts().bytes >= bytes[0], "who asks under another name may get other pages");
}

#[tokio::test]
async fn a_folder_is_audited_without_a_network() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    std::fs::create_dir_all(at("blog/deep")).unwrap();
    let tracker = TestServer::start(Site::new()).unwrap();
    let head = format!(
        "<title>x</title>{META}<script src=/js/shop.js></script><script src=/js/none.js></script><script src=\"{}\"></script>",
        tracker.url("/third.js")
    );
    std::fs::write(at("index.html"), format!("{head}<a href=/nowhere>x</a>")).unwrap();
    std::fs::write(at("blog/index.html"), "<title>blog</title>").unwrap();
    std::fs::write(at("blog/a b.htm"), format!("<title>post</title>{META}")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packer, b"<meta charset=windows-1252><title>caf\xE9</title>").unwrap();
    std::fs::write(at("blog/deep/c.html.gz"), packer.finish().unwrap()).unwrap();
    std::fs::create_dir(at("js")).unwrap();
    std::fs::write(at("js/shop.js"), "fbq('track', 'Lead')").unwrap();
    std::fs::write(at("picture.png"), "no page").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/", at("all-of-it")).unwrap();
    let audits = Audits::open(&place.path().join("audits.db")).unwrap();
    for (base, host) in [(None, None), (Some("https://shop.example/"), Some("shop.example"))] {
        let run = audits.start(folder_input(place.path(), base, AuditConfig::default()).unwrap()).unwrap();
        let end = run.join().await.unwrap();
        assert!(end.complete, "{:?}", end.reason);
        let report = audits.report(run.id()).unwrap();
        let paths: Vec<&str> = report.pages.iter().map(|p| p.page.url.path()).collect();
        assert_eq!(paths, ["/", "/blog/", "/blog/a%20b.htm", "/blog/deep/c.html"]);
        let home = of(&report, "/");
        assert!(host.is_none_or(|host| home.page.url.host_str() == Some(host)), "{}", home.page.url);
        assert!(
            home.page.events.iter().any(|e| e.stage == pixelproof_model::Stage::Lead),
            "the script beside it is read"
        );
        assert!(home.page.problems.iter().any(|p| p.contains("none.js") && p.contains("not in the folder")));
        assert_eq!(home.page.fetch.as_ref().unwrap().found_by, FoundBy::File);
        assert!(Path::new(home.page.file.as_deref().unwrap()).ends_with("index.html"));
        assert_eq!(of(&report, "/blog/deep/c.html").page.title.as_deref(), Some("café"));
    }
    assert!(tracker.seen().is_empty());
    let empty = tempfile::tempdir().unwrap();
    let run = audits.start(folder_input(empty.path(), None, AuditConfig::default()).unwrap()).unwrap();
    assert!(run.join().await.unwrap().reason.unwrap().contains("no HTML file"));
    let shown = at("blog").display().to_string();
    check(
        &["audit", &shown, "--store", "b.db", "--fail-on", "never", "--base", "shop.example"],
        place.path(),
        0,
        "Read 3 of 3",
        "Kept as",
    );
}

/// Every file below a folder that holds one of the texts, packed or not.
fn holding(folder: &Path, texts: &[&str], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            holding(&entry.path(), texts, found);
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        let has = |text: &&str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        found.extend(texts.iter().filter(|t| has(t)).map(|t| format!("{t} in {}", entry.path().display())));
    }
}

#[test]
fn secrets_are_nowhere_afterwards() {
    let (_keep, at) = folder();
    let site = Site::new()
        .on("/", page("Home", META, "<a href=/error>x</a><a href=/self>x</a><a href=/odd>x</a>"))
        .on("/error", Act::error(401).with("WWW-Authenticate", "Basic"))
        .on("/self", Act::redirect(302, "/self"))
        .on("/odd", Act::Garbage);
    let server = TestServer::start(site).unwrap();
    let socks = SocksProxy::start(server.address(), Some(("proxy-user", "proxy-secret-7"))).unwrap();
    std::fs::create_dir(at.join("work")).unwrap();
    let cookies = at.join("cookies.txt");
    std::fs::write(&cookies, "shop.test\tFALSE\t/\tFALSE\t0\tfrom-file\tfile-secret-7\n").unwrap();
    let secrets = [
        "header-secret-7",
        "cookie-secret-7",
        "file-secret-7",
        "address-secret-7",
        "proxy-secret-7",
        "d2hvOmFkZHJlc3M",
    ];
    let (proxy, cookies) =
        (format!("socks5h://proxy-user:proxy-secret-7@{}", socks.address()), cookies.display().to_string());
    let common =
        ["--header", "X-Key: header-secret-7", "--cookie", "session=cookie-secret-7", "--cookie-file", &cookies];
    let work = at.join("work");
    let mut args = vec!["audit", "http://who:address-secret-7@shop.test/", "--proxy", &proxy, "--store", "a.db"];
    args.extend(common);
    args.extend(["--out", "reports", "--fail-on", "never", "--no-sitemap"]);
    let ended = check(&args, &work, 0, "", "Kept as audit");
    let asked = server.seen();
    let home = &asked.iter().find(|s| s.target == "/").unwrap().headers;
    assert_eq!(home["authorization"], "Basic d2hvOmFkZHJlc3Mtc2VjcmV0LTc=");
    assert_eq!(home["cookie"], "session=cookie-secret-7; from-file=file-secret-7");
    assert_eq!(home["x-key"], "header-secret-7");
    let report = check(&["report", "last", "--format", "json", "--store", "a.db"], &work, 0, "shop.test", "");
    // What can't be used or reached is said without them, too.
    let mut wrong = vec!["audit", "http://who:address-secret-7@shop test/", "--store", "a.db"];
    wrong.extend(common);
    let refused = check(&wrong, &work, 2, "", "space");
    let dead = "http://proxy-user:proxy-secret-7@127.0.0.1:1";
    let mut gone = vec!["audit", "http://who:address-secret-7@shop.test/", "--proxy", dead, "--store", "a.db"];
    gone.extend(common);
    let gone = check(&gone, &work, 3, "", "No page could be read");
    let mut found = Vec::new();
    for output in [&ended, &report, &refused, &gone] {
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        found.extend(secrets.iter().filter(|s| said.contains(**s)).map(|s| format!("{s} in {said}")));
    }
    holding(&work, &secrets, &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn a_page_that_only_leads_on_is_a_redirect() {
    let to =
        |path: &str, head: &str| page("Moved", &format!("<meta http-equiv=refresh content='0;url={path}'>{head}"), "");
    let links = ["/old", "/tracked", "/slow", "/a", "/out", "/self"].map(|l| format!("<a href={l}>x</a>")).concat();
    let site = Site::new()
        .on("/", page("Home", META, &links))
        .on("/old", to("/new", ""))
        .on("/new", page("New", META, ""))
        .on("/tracked", to("/new", META))
        .on("/slow", page("Slow", "<meta http-equiv=refresh content='30;url=/new'>", ""))
        .on("/a", to("/b", ""))
        .on("/b", to("/a", ""))
        .on("/self", to("/self", ""))
        .on("/out", to("https://elsewhere.test/", ""));
    let server = TestServer::start(site).unwrap();
    let report = audit(&server, AuditConfig::default()).await.unwrap().report();
    use PageOutcome::{Ok, Redirected, RedirectedAway};
    for (path, outcome) in [
        ("/old", Redirected),
        ("/new", Ok),
        ("/tracked", Ok),
        ("/slow", Ok),
        ("/a", Redirected),
        ("/b", Redirected),
        ("/self", Ok),
        ("/out", RedirectedAway),
    ] {
        assert_eq!(of(&report, path).outcome, outcome, "{path}");
    }
    let old = of(&report, "/old").page.fetch.as_ref().unwrap();
    assert_eq!((old.redirects[0].status, old.final_url.path()), (0, "/new"));
    assert!(old.reason.as_deref().unwrap().contains("meta refresh"));
    assert!(
        report.audit.notices.iter().any(|n| n.contains("back to itself by a refresh")),
        "{:?}",
        report.audit.notices
    );
}
