//! Audits of served sites, and what their reports say: the same whatever the order of work, after the published schema,
//! in agreement with what the window asks for, and harmless whatever the site says.

use std::collections::BTreeMap;

use pixelproof_audit::{MAX_ROWS, demo, parse_input, report};
use pixelproof_model::{
    AuditConfig, AuditReport, EventsQuery, ExportRequest, PageOutcome, PagesQuery, PagesSort, PixelKey, ReportFormat,
    RunState,
};
use pixelproof_tests::{Act, Site, TestServer};

use crate::audits::{Ended, META, audit, normal, page, shop};

/// A report without what may differ between two runs.
fn comparable(mut report: AuditReport, server: &TestServer) -> String {
    // Moments are kept too, and take more room or less.
    report.kept = None;
    for page in &mut report.pages {
        if let Some(fetch) = &mut page.page.fetch {
            fetch.elapsed_ms = 0;
        }
    }
    let text = report::json::render(&report).expect("a report can be written");
    let text = normal(&text, server, &report);
    text.replace(&format!("\"concurrency\": {}", report.audit.config.concurrency), "\"concurrency\": N")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_site_gives_one_report_however_much_happens_at_once() {
    for site in [shop(), Site::linked(150, 2000)] {
        let server = TestServer::start(site).unwrap();
        let with = |concurrency| AuditConfig { concurrency, ..AuditConfig::default() };
        let alone = audit(&server, with(1)).await.unwrap();
        let together = audit(&server, with(8)).await.unwrap();
        assert!(alone.end.complete, "{:?}", alone.end);
        assert_eq!(comparable(alone.report(), &server), comparable(together.report(), &server));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_follow_the_published_schema() {
    let validator = jsonschema::validator_for(&pixelproof_audit::schema()).unwrap();
    let server = TestServer::start(shop()).unwrap();
    let shop = demo::serve(0).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let audits = pixelproof_audit::Audits::open(&folder.path().join("a.db")).unwrap();
    for start in [server.url("/").to_string(), shop.url().to_owned()] {
        let run = audits.start(parse_input(&start, AuditConfig::default()).unwrap()).unwrap();
        run.join().await.unwrap();
        let report = audits.report(run.id()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&report::json::render(&report).unwrap()).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&json).map(|e| format!("{}: {e}", e.instance_path())).take(5).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let back: AuditReport = serde_json::from_value(json).unwrap();
        assert_eq!(back, report, "the published form loses nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_s_faults_are_found_and_nothing_else() {
    let server = TestServer::start(shop()).unwrap();
    let done = audit(&server, AuditConfig::default()).await.unwrap();
    let report = done.report();
    let errors: Vec<(&str, Vec<&str>, Vec<String>)> = report
        .findings
        .iter()
        .filter(|f| f.severity == pixelproof_model::Severity::Error)
        .map(|f| {
            let pages = f.pages.iter().map(|p| p.trim_start_matches(server.url("/").as_str()).to_owned()).collect();
            (f.rule.as_str(), f.templates.iter().map(String::as_str).collect(), pages)
        })
        .collect();
    let list = |pages: &[&str]| pages.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        errors,
        [
            ("untracked-page", vec!["/blog/*"], list(&["blog/autumn", "blog/glaze", "blog/kiln", "blog/market"])),
            ("duplicate-event", vec!["/thank-you"], list(&["thank-you"])),
            ("duplicate-init", vec!["/product/*"], list(&["product/jug"])),
        ]
    );
    assert_eq!((report.totals.pages, report.totals.read, report.totals.failed), (12, 11, 1));
    assert_eq!((report.totals.untracked, report.totals.pages_with_duplicates), (4, 2));
    let meta = &report.pixels[0];
    assert_eq!((meta.vendor.as_str(), meta.pages_with, meta.pages_without), ("meta-pixel", 7, 4));
    assert!(report.findings.iter().all(|f| !f.evidence.is_empty()), "a finding carries evidence");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_s_rows_say_what_the_report_says() {
    let server = TestServer::start(shop()).unwrap();
    let Ended { audits, id, .. } = &audit(&server, AuditConfig::default()).await.unwrap();
    let report = audits.report(id).unwrap();
    let ask = |query: PagesQuery| audits.pages(id, &PagesQuery { limit: 1000, ..query }).unwrap();
    let paths = |query| -> Vec<String> {
        let mut paths: Vec<String> = ask(query).rows.into_iter().map(|r| r.path).collect();
        paths.sort();
        paths
    };
    let all = ask(PagesQuery::default());
    assert_eq!(all.total, report.totals.pages);
    assert_eq!(all.pixels, report.pixels);
    assert_eq!(audits.overview(id).unwrap().totals, report.totals);

    let csv = report::csv::render(&report).unwrap();
    let (_, pages) = csv.iter().find(|(name, _)| *name == "pages").unwrap();
    let mut reader = csv::Reader::from_reader(pages.as_bytes());
    let cells: BTreeMap<String, String> =
        reader.records().map(|r| r.unwrap()).map(|r| (r[0].to_owned(), r[r.len() - 1].to_owned())).collect();
    for row in &all.rows {
        let cell = serde_json::to_value(row.cells[0]).unwrap();
        assert_eq!(cell.as_str().unwrap(), cells[&row.url], "{}", row.url);
    }

    let meta = Some(PixelKey { vendor: "meta-pixel".into(), account: Some("480011223344556".into()) });
    let blog = ["/blog/autumn", "/blog/glaze", "/blog/kiln", "/blog/market"];
    assert_eq!(paths(PagesQuery { untracked: true, ..Default::default() }), blog);
    assert_eq!(paths(PagesQuery { missing: meta.clone(), ..Default::default() }), blog);
    assert_eq!(paths(PagesQuery { with: meta, ..Default::default() }).len(), 7);
    assert_eq!(paths(PagesQuery { duplicates: true, ..Default::default() }), ["/product/jug", "/thank-you"]);
    assert_eq!(paths(PagesQuery { failed: true, ..Default::default() }), ["/gone"]);
    let wrong = PagesQuery { outcome: Some(PageOutcome::HttpError), ..Default::default() };
    assert_eq!(paths(wrong), ["/gone"]);
    assert_eq!(paths(PagesQuery { template: Some("/blog/*".into()), ..Default::default() }), blog);
    assert_eq!(paths(PagesQuery { search: "KIL".into(), ..Default::default() }), ["/blog/kiln"]);
    assert_eq!(paths(PagesQuery { search: "100%_".into(), ..Default::default() }), [""; 0]);
    let finding = report.findings.iter().find(|f| f.rule == "untracked-page").unwrap();
    assert_eq!(paths(PagesQuery { finding: Some(finding.id.clone()), ..Default::default() }), blog);

    for sort in [PagesSort::Url, PagesSort::Title, PagesSort::Findings, PagesSort::Status, PagesSort::Template] {
        let up: Vec<i64> = ask(PagesQuery { sort, ..Default::default() }).rows.iter().map(|r| r.id).collect();
        let down = ask(PagesQuery { sort, descending: true, ..Default::default() });
        let down: Vec<i64> = down.rows.iter().rev().map(|r| r.id).collect();
        assert_eq!(up, down, "{sort:?}");
    }
    let tail = ask(PagesQuery { offset: 10, ..Default::default() });
    assert_eq!((tail.total, tail.rows.len()), (12, 2));
    assert!(all.rows.len() as u64 <= MAX_ROWS);

    let jug = all.rows.iter().find(|r| r.path == "/product/jug").unwrap();
    let detail = audits.page(id, jug.id).unwrap();
    let published = report.pages.iter().find(|p| p.page.url == detail.page.url).unwrap();
    assert_eq!(detail.page, published.page);
    let rules: Vec<&str> = detail.findings.iter().map(|f| f.rule.as_str()).collect();
    assert!(rules.contains(&"duplicate-init"), "{rules:?}");
    assert!(audits.page_source(id, jug.id).unwrap().unwrap().contains("fbq('init'"));
    assert!(audits.page(id, -1).is_err());

    let events = audits.events(id, &EventsQuery::default()).unwrap();
    let found: Vec<(String, u64, u64)> =
        events.iter().map(|e| (e.name.known().unwrap_or_default().to_owned(), e.count, e.pages)).collect();
    assert_eq!(found, [("PageView".to_owned(), 7, 7), ("Purchase".to_owned(), 2, 1)]);
    assert_eq!(events[1].params, ["currency", "value"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ignored_finding_leaves_every_sum_and_comes_back() {
    let server = TestServer::start(shop()).unwrap();
    let Ended { audits, id, .. } = &audit(&server, AuditConfig::default()).await.unwrap();
    let before = audits.report(id).unwrap();
    let finding = before.findings[0].clone();
    audits.ignore_finding(id, &finding.id, Some("the blog is not tracked on purpose")).unwrap();
    let after = audits.report(id).unwrap();
    assert_eq!(after.totals.errors + 1, before.totals.errors);
    assert!(after.findings.iter().all(|f| f.id != finding.id));
    let row = audits.findings(id).unwrap().rows.into_iter().find(|r| r.finding.id == finding.id).unwrap();
    assert_eq!(row.ignored.as_deref(), Some("the blog is not tracked on purpose"));
    audits.ignore_finding(id, &finding.id, None).unwrap();
    assert_eq!(audits.report(id).unwrap().totals, before.totals);
    assert!(audits.ignore_finding(id, "no-such-finding", None).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_audit_takes_its_sources_with_it_and_leaves_others_theirs() {
    let server = TestServer::start(shop()).unwrap();
    let Ended { audits, id, .. } = &audit(&server, AuditConfig::default()).await.unwrap();
    let second = audits.start(parse_input(server.url("/").as_str(), AuditConfig::default()).unwrap()).unwrap();
    second.join().await.unwrap();
    audits.delete(id).unwrap();
    assert!(audits.report(id).is_err());
    let left = audits.list().unwrap();
    assert_eq!(left.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), [second.id()]);
    let row = audits.pages(second.id(), &PagesQuery { limit: 1, ..Default::default() }).unwrap().rows[0].id;
    assert!(audits.page_source(second.id(), row).unwrap().is_some(), "shared sources stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_can_t_be_read_is_kept_as_incomplete_with_the_reason() {
    let pdf = Site::new().on("/", Act::typed("application/pdf", "%PDF-1.7"));
    let robots = Site::new()
        .on("/robots.txt", Act::typed("text/plain", "User-agent: *\nDisallow: /\n"))
        .on("/", page("Private", META, ""));
    for (site, why) in [(pdf, "PDF"), (robots, "robots.txt"), (Site::new(), "404")] {
        let server = TestServer::start(site).unwrap();
        let done = audit(&server, AuditConfig::default()).await.unwrap();
        let reason = done.end.reason.clone().unwrap_or_default();
        assert!(!done.end.complete && reason.to_lowercase().contains(&why.to_lowercase()), "{why}: {reason}");
        assert_eq!(done.audits.state(&done.id).unwrap().state, RunState::Incomplete);
        assert_eq!(done.report().totals.untracked, 0, "what was not read is not without pixel");
        assert_eq!(done.audits.list().unwrap()[0].coverage, None);
    }
}

/// A site that tries to break out of every report.
fn hostile() -> Site {
    let title = "</title><script>alert(1)</script><title>\" onmouseover=\"alert(2)";
    let script = "<script>fbq('init', '=cmd|\\' /C calc\\'!A0');\n\
                  fbq('track', '@SUM(A1)<img src=x onerror=alert(3)>', {x: '\u{202e}gpj.exe'});\n\
                  fbq('trackCustom', '-2+3', {});</script>";
    let body = "<a href=\"/=cmd|'x'\">a</a><a href=\"/%22%3E%3Cscript%3Ealert(4)%3C/script%3E\">b</a>\
                <a href=\"/\u{202e}\u{1b}[31m\">c</a>";
    Site::new()
        .on("/", page("=HYPERLINK(\"http://evil\")", script, body))
        .on("/%22%3E%3Cscript%3Ealert(4)%3C/script%3E", Act::html(format!("<title>{title}{script}")))
        .on("/=cmd|'x'", page("\u{1b}]0;owned\u{7}\u{202e}", META, ""))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_site_runs_in_a_report() {
    let server = TestServer::start(hostile()).unwrap();
    let done = audit(&server, AuditConfig::default()).await.unwrap();
    let report = done.report();
    assert!(report.totals.read >= 3, "{:?}", report.totals);
    let html = report::html::render(&report, Some("<b>Client</b>\"'")).unwrap();
    for raw in ["<script", "<img", "<b>Client", " onmouseover=\"", "href=\"javascript:"] {
        assert!(!html.to_lowercase().contains(raw), "{raw} stands in the report");
    }
    assert!(html.contains("&lt;b&gt;Client"));
    for (name, table) in report::csv::render(&report).unwrap() {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
        for record in reader.records() {
            for cell in record.unwrap().iter() {
                assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{name}: {cell:?}");
                assert!(!cell.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{name}: {cell:?}");
            }
        }
    }
    let text = report::text::summary(&report);
    assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_stay_in_their_folder_and_replace_only_themselves() {
    let server = TestServer::start(shop()).unwrap();
    let Ended { audits, id, .. } = &audit(&server, AuditConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("reports");
    let request = ExportRequest {
        folder: target.display().to_string(),
        formats: vec![ReportFormat::Csv, ReportFormat::Html, ReportFormat::Json, ReportFormat::Html],
        client: Some("Clay and Co".to_owned()),
    };
    let files = audits.export(id, &request).unwrap();
    let names = || -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(&target)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().replace(id.as_str(), "ID"))
            .collect();
        names.sort();
        names
    };
    let expected = [
        "pixelproof-127.0.0.1-ID-events.csv",
        "pixelproof-127.0.0.1-ID-findings.csv",
        "pixelproof-127.0.0.1-ID-pages.csv",
        "pixelproof-127.0.0.1-ID.html",
        "pixelproof-127.0.0.1-ID.json",
    ];
    assert_eq!(names(), expected);
    assert!(files.iter().all(|f| std::fs::metadata(&f.path).unwrap().len() == f.bytes));
    audits.export(id, &request).unwrap();
    assert_eq!(names(), expected);

    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "mine").unwrap();
    let error = audits.export(id, &ExportRequest { folder: blocked.display().to_string(), ..request }).unwrap_err();
    assert_eq!(error.code(), pixelproof_model::ErrorCode::CannotWrite);
    assert_eq!(std::fs::read_to_string(&blocked).unwrap(), "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_no_file() {
    let server = TestServer::start(shop()).unwrap();
    let config = AuditConfig {
        headers: vec![("X-Key".into(), "sesame-header".into())],
        cookies: vec![("sid".into(), "sesame-cookie".into())],
        basic_auth: Some(("ann".into(), "sesame-password".into())),
        ..AuditConfig::default()
    };
    let done = audit(&server, config).await.unwrap();
    assert!(server.seen().iter().any(|s| format!("{s:?}").contains("sesame-header")), "they are sent");
    assert!(!report::json::render(&done.report()).unwrap().contains("sesame"));
    let store = done.audits.path();
    for entry in std::fs::read_dir(store.parent().unwrap()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"sesame"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_s_reports_as_people_get_them() {
    let server = TestServer::start(shop()).unwrap();
    let done = audit(&server, AuditConfig::default()).await.unwrap();
    let report = done.report();
    let html = report::html::render(&report, Some("Clay and Co")).unwrap();
    let style = html.find("<style>").unwrap()..html.find("</style>").unwrap();
    let without_style = format!("{}{}", &html[..style.start], &html[style.end..]);
    insta::assert_snapshot!("html", normal(&without_style, &server, &report));
    for (name, table) in report::csv::render(&report).unwrap() {
        insta::assert_snapshot!(format!("csv_{name}"), normal(&table, &server, &report));
    }
    insta::assert_snapshot!("summary", normal(&report::text::summary(&report), &server, &report));
}
