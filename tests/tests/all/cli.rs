//! The command line as scripts and people use it: exit codes, what goes where, and a run that is killed.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use pixelproof_audit::Audits;
use pixelproof_model::{AuditReport, Page, PagesQuery, RunState};
use pixelproof_tests::{Act, Site, TestServer};

use crate::audits::{META, page, shop};

/// The program, built beside this test.
pub(crate) fn pixelproof() -> Command {
    let here = std::env::current_exe().unwrap();
    let name = format!("pixelproof{}", std::env::consts::EXE_SUFFIX);
    let path = here.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|path| path.is_file());
    let mut command = Command::new(path.expect("the command line is built: cargo build -p pixelproof-cli"));
    // What the user of this machine keeps is none of a test's business.
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("user-data-{}", std::process::id()));
    command.env_remove("NO_COLOR").env("XDG_DATA_HOME", data).stdin(Stdio::null());
    command
}

fn run(args: &[&str], folder: &Path) -> Output {
    pixelproof().args(args).current_dir(folder).output().unwrap()
}

#[track_caller]
pub(crate) fn check(args: &[&str], folder: &Path, code: i32, stdout: &str, stderr: &str) -> Output {
    let output = run(args, folder);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{args:?}\n--- stdout\n{out}\n--- stderr\n{err}");
    assert!(out.contains(stdout), "{args:?}: {stdout:?} is not in stdout\n{out}");
    assert!(err.contains(stderr), "{args:?}: {stderr:?} is not in stderr\n{err}");
    output
}

pub(crate) fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

#[test]
fn exit_codes_say_what_was_found() {
    let (_keep, at) = folder();
    let server = TestServer::start(shop()).unwrap();
    let clean = TestServer::start(Site::new().on("/", page("Home", META, ""))).unwrap();
    let (shop, clean) = (server.url("/").to_string(), clean.url("/").to_string());
    check(&["audit", &shop, "--store", "a.db"], &at, 1, "4 pages without any active pixel", "Kept as audit");
    check(&["audit", &shop, "--store", "a.db", "--fail-on", "never"], &at, 0, "Findings: 3 errors", "");
    check(&["audit", &clean, "--store", "a.db"], &at, 0, "1 of 1 (all)", "1 page takes ");
    check(&["audit", &clean, "--store", "a.db", "--fail-on", "info", "-q"], &at, 1, "Pixel audit of", "");
    check(&["history", "--store", "a.db"], &at, 0, "complete", "");
}

#[test]
fn wrong_use_is_said_in_words_and_exits_with_2() {
    let (_keep, at) = folder();
    std::fs::write(at.join("notes.db"), "this is text and no store, whatever its name says about it").unwrap();
    std::fs::write(at.join("way.toml"), "[[step]]\ngoto = 'https://a.example'\n[[step]]\nclik = '#buy'\n").unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["audit"], "Enter the address of a site"),
        (&["audit", "hello world"], "space"),
        (&["audit", "ftp://example.com"], "http"),
        (&["audit", "a.example", "--mode", "both", "--browser", "nowhere"], "nowhere"),
        (&["audit", "a.example", "--mode", "browser", "--consent", "maybe"], "maybe"),
        (&["audit", "a.example", "--plan", "plan.toml"], "--plan"),
        (&["audit", "a.example", "--baseline", "last", "--store", "a.db"], "no audit"),
        (&["audit", "a.example", "--resume", "last"], "--resume"),
        (&["audit", "a.example", "--consent", "reject"], "--mode"),
        (&["audit", "a.example", "--beacons", "send"], "--mode"),
        (&["audit", "a.example", "--consent", "nonsense"], "--consent"),
        (&["audit", "a.example", "--beacons", "nonsense"], "--beacons"),
        (&["audit", "a.example", "--exercise"], "--mode"),
        (&["audit", "a.example", "--browser-sample", "3"], "--mode both"),
        (&["audit", "a.example", "--mode", "both", "--browser-sample", "few"], "`few`"),
        (&["audit", "--journey", "none.toml"], "none.toml can't be read"),
        (&["audit", "--journey", "way.toml"], "way.toml, line 4: unknown field `clik`"),
        (&["audit", "a.example", "--format", "pdf", "--out", "o"], "PDF"),
        (&["audit", "a.example", "--format", "csv"], "--out DIR"),
        (&["audit", "a.example", "--format", "docx"], "docx"),
        (&["audit", "a.example", "--max-pages", "0"], "max-pages"),
        (&["audit", "a.example", "--rate", "fast"], "requests a second"),
        (&["audit", "a.example", "--base", "b.example"], "no folder was given"),
        (&["audit", ".", "--mode", "browser"], "source mode"),
        (&["audit", "a.example", "--cookie-file", "none.txt"], "none.txt"),
        (&["audit", "a.example", "--ca", "none.pem"], "none.pem"),
        (&["audit", "a.example", "--header", "nonsense"], "Name: value"),
        (&["audit", "a.example", "--resolve", "nonsense"], "nonsense"),
        (&["audit", "a.example", "--include", "[", "--store", "a.db"], "["),
        (&["audit", "a.example", "--store", "notes.db"], "not a Pixelproof store"),
        (&["audit", "--list", "missing.txt"], "missing.txt"),
        (&["report", "last", "--store", "a.db"], "no audit"),
        (&["vendors", "nobody"], "nobody"),
        (&["rules", "nothing"], "nothing"),
        (&["inspect", "missing.html"], ""),
        (&["nonsense"], "nonsense"),
    ];
    for (args, words) in cases {
        check(args, &at, 2, "", words);
    }
    let kept = std::fs::read_to_string(at.join("notes.db")).unwrap();
    assert!(kept.starts_with("this is text"), "what is no store is left alone");
}

#[test]
fn a_site_that_can_t_be_read_exits_with_3_and_is_kept() {
    let (_keep, at) = folder();
    let robots = Act::typed("text/plain", "User-agent: *\nDisallow: /\n");
    let closed = TestServer::start(Site::new().on("/", page("x", META, "")).on("/robots.txt", robots)).unwrap();
    let pdf = TestServer::start(Site::new().on("/", Act::typed("application/pdf", "%PDF-1.7"))).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("http://127.0.0.1:{port}/");
    for (url, words) in
        [(closed.url("/").as_str(), "robots.txt"), (pdf.url("/").as_str(), "HTML"), (nobody.as_str(), "connect")]
    {
        check(&["audit", url, "--store", "a.db", "--out", "rep"], &at, 3, "Incomplete", words);
        check(&["history", "--store", "a.db"], &at, 0, "incomplete", "");
        let report: AuditReport = serde_json::from_slice(&std::fs::read(at.join("rep/report.json")).unwrap()).unwrap();
        assert!(!report.audit.complete && report.totals.untracked == 0);
    }
}

#[test]
fn reports_go_to_a_folder_or_to_stdout() {
    let (_keep, at) = folder();
    let server = TestServer::start(shop()).unwrap();
    let url = server.url("/").to_string();
    check(&["audit", &url, "--store", "a.db", "--out", "rep", "--fail-on", "never"], &at, 0, "Pixel audit", "Wrote");
    let mut names: Vec<String> = std::fs::read_dir(at.join("rep"))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["events.csv", "findings.csv", "pages.csv", "report.html", "report.json"]);
    let stdout = check(&["report", "last", "--store", "a.db", "--format", "json"], &at, 0, "", "").stdout;
    assert_eq!(stdout, std::fs::read(at.join("rep/report.json")).unwrap(), "a report can be written again");
    let report: AuditReport = serde_json::from_slice(&stdout).unwrap();
    let kept = report.kept.unwrap();
    assert_eq!((kept.pages, kept.bytes_per_page), (report.totals.pages, kept.bytes / kept.pages));
    let audits = Audits::open(&at.join("a.db")).unwrap();
    assert_eq!(audits.report(&report.audit.id).unwrap(), report, "the window asks the same store");
    check(&["report", "last", "--store", "a.db", "--format", "html"], &at, 0, "<!doctype html>", "");
    check(&["report", &report.audit.id, "--store", "a.db", "--format", "csv", "--out", "csv"], &at, 0, "", "pages.csv");
}

#[test]
fn flags_reach_the_crawl() {
    let (_keep, at) = folder();
    let server = TestServer::start(shop()).unwrap();
    let url = server.url("/").to_string();
    let base = ["audit", &url, "--store", "a.db", "--fail-on", "never", "--format", "json"];
    let pages = |more: &[&str]| -> Vec<String> {
        let output = run(&[&base[..], more].concat(), &at);
        let report: AuditReport = serde_json::from_slice(&output.stdout).unwrap();
        report.pages.iter().map(|p| p.page.url.path().to_owned()).collect()
    };
    assert_eq!(pages(&["--max-pages", "3"]).len(), 3);
    assert_eq!(pages(&["--max-depth", "0"]), ["/"]);
    assert_eq!(pages(&["--include", "/blog/*"]).iter().filter(|p| p.starts_with("/product")).count(), 0);
    assert_eq!(pages(&["--exclude", "/blog/*"]).iter().filter(|p| p.starts_with("/blog")).count(), 0);
    std::fs::write(at.join("list.txt"), format!("{url}blog/kiln\n\n{url}product/jug\n")).unwrap();
    let output = run(&["audit", "--list", "list.txt", "--store", "a.db", "--format", "json", "-q"], &at);
    let report: AuditReport = serde_json::from_slice(&output.stdout).unwrap();
    let listed: Vec<&str> = report.pages.iter().map(|p| p.page.url.path()).collect();
    assert_eq!(listed, ["/blog/kiln", "/product/jug"]);

    pages(&[
        "--header",
        "X-Audit: yes",
        "--cookie",
        "a=b",
        "--basic-auth",
        "u:p",
        "--user-agent",
        "Tester/1",
        "--max-pages",
        "1",
    ]);
    let seen = format!("{:?}", server.seen());
    for part in ["x-audit", "a=b", "Basic dTpw", "Tester/1"] {
        assert!(seen.contains(part), "{part} was not sent");
    }
    let port = server.address().port();
    let mapped = format!("shop.example:80:127.0.0.1:{port}");
    let output =
        run(&["audit", "http://shop.example/", "--resolve", &mapped, "--store", "a.db", "--format", "json", "-q"], &at);
    let report: AuditReport = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.totals.read, 11);
}

#[test]
fn inspect_answers_a_line_a_page_whatever_the_pages_are() {
    let (_keep, at) = folder();
    let html = format!("<title>t</title>{META}<script>fbq('init', '480011223344556')</script>");
    std::fs::write(at.join("a.html"), &html).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(html.as_bytes()).unwrap();
    std::fs::write(at.join("b.html.gz"), packed.finish().unwrap()).unwrap();
    std::fs::write(at.join("c.html"), [0xff, 0xfe, 0, 1, 2, 3]).unwrap();
    std::fs::write(at.join("deep.html"), "<div>".repeat(60_000)).unwrap();
    let mut child = pixelproof()
        .args(["inspect", "--ndjson", "-", "--base", "https://shop.example/x"])
        .current_dir(&at)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut list = String::from("a.html\nb.html.gz\nc.html\n\nmissing.html\ndeep.html\n");
    list.push_str(&"a.html\n".repeat(200));
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let pages: Vec<Page> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let files: Vec<&str> = pages.iter().filter_map(|p| p.file.as_deref()).collect();
    assert_eq!(files.len(), 205);
    assert_eq!(files[..5], ["a.html", "b.html.gz", "c.html", "missing.html", "deep.html"], "in the order asked");
    for page in &pages[..2] {
        assert_eq!(page.url.as_str(), "https://shop.example/x");
        assert_eq!(page.installs.len(), 2, "{page:?}");
        assert_eq!(page.events.len(), 1);
        assert!(page.findings.iter().any(|f| f.rule == "duplicate-init"));
        assert_eq!(page.installs[0].at.source, page.file.clone().unwrap());
    }
    assert!(pages[3].problems[0].contains("can't be read"), "{:?}", pages[3].problems);
    check(&["inspect", "a.html"], &at, 0, "meta-pixel 480011223344556", "");
    check(&["inspect", "a.html", "missing.html"], &at, 0, "can't be read", "");
}

#[test]
fn inspect_fetches_an_address_with_its_scripts() {
    let (_keep, at) = folder();
    let server =
        TestServer::start(Site::new().on("/", page("Home", "<script src=\"/site.js\"></script>", "")).on(
            "/site.js",
            Act::typed("text/javascript", "fbq('init', '480011223344556');\nfbq('track', 'PageView');"),
        ))
        .unwrap();
    let url = server.url("/").to_string();
    let output = check(&["inspect", &url, "--ndjson"], &at, 0, "480011223344556", "");
    let page: Page = serde_json::from_slice(&output.stdout).unwrap();
    assert!(page.installs[0].at.source.ends_with("/site.js"));
    check(&["inspect", server.url("/gone").as_str()], &at, 2, "404", "");
}

#[test]
fn decode_reads_a_request_or_many() {
    let (_keep, at) = folder();
    let beacon = "https://www.facebook.com/tr/?id=480011223344556&ev=Purchase&cd[value]=3&cd[currency]=EUR";
    check(&["decode", beacon], &at, 0, "Purchase", "");
    check(&["decode", "https://example.com/"], &at, 0, "No vendor", "");
    let mut child =
        pixelproof().args(["decode", "--ndjson"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = format!("{{\"method\": \"GET\", \"url\": \"{beacon}\"}}\n{{\"url\": \"https://example.com/\"}}\n");
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let vendors: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["vendor"].clone())
        .collect();
    assert_eq!(vendors, [serde_json::json!("meta-pixel"), serde_json::Value::Null]);
}

/// Exit code, answers and messages of `decode` for what is on stdin.
fn decode(stdin: &[u8], more: &[&str]) -> (Option<i32>, Vec<String>, String) {
    let mut command = pixelproof();
    command.arg("decode").args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let output = child.wait_with_output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), out.lines().map(str::to_owned).collect(), err)
}

#[test]
fn a_line_that_is_no_request_costs_only_its_own_answer() {
    let good = "{\"url\": \"https://www.facebook.com/tr/?id=480011223344556&ev=PageView\"}";
    let mut stdin = format!("{good}\nno request\n\n{{\"url\": 5}}\n").into_bytes();
    stdin.extend(b"\xff\xfe\n");
    stdin.extend(good.as_bytes());
    let (code, lines, _) = decode(&stdin, &["--ndjson"]);
    assert_eq!(code, Some(0));
    let answers: Vec<serde_json::Value> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
    let said: Vec<_> = answers.iter().map(|a| (a["vendor"].as_str(), a["line"].as_u64())).collect();
    let pixel = (Some("meta-pixel"), None);
    assert_eq!(said, [pixel, (None, Some(2)), (None, Some(4)), (None, Some(5)), pixel]);
    assert!(answers.iter().filter(|a| a["line"].is_u64()).all(|a| a["error"].is_string()));

    let (code, lines, messages) = decode(&stdin, &[]);
    assert_eq!((code, lines.len()), (Some(0), 4), "{lines:?}");
    assert!(messages.contains("line 4 of stdin is no request"), "{messages}");
    assert_eq!(decode(b"no request\n", &["--ndjson"]).0, Some(2), "nothing of it was a request");
    assert_eq!(decode(b"", &[]).0, Some(0));
}

#[test]
fn an_error_says_its_reason_once() {
    let (_keep, at) = folder();
    for (option, value, reason) in [
        ("--include", "[", "unclosed character class"),
        ("--resolve", "nonsense", "names no port"),
        ("--user-agent", "a\nb", "The user agent"),
    ] {
        let output = check(&["audit", "a.example", option, value, "--store", "a.db"], &at, 2, "", reason);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(message.matches(reason).count(), 1, "{message}");
    }
}

#[test]
fn reports_without_a_place_are_refused_before_the_audit() {
    let (_keep, at) = folder();
    std::fs::write(at.join("taken"), "a file where the folder should be").unwrap();
    let server = TestServer::start(shop()).unwrap();
    let url = server.url("/").to_string();
    check(&["audit", &url, "--store", "a.db", "--out", "taken/reports"], &at, 2, "", "taken/reports can't be written");
    assert!(server.targets().is_empty(), "nothing was fetched for it");
    check(&["audit", &url, "--store", "a.db", "--out", "new/reports", "--fail-on", "never"], &at, 0, "", "");
    let mut names: Vec<_> =
        std::fs::read_dir(at.join("new/reports")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["events.csv", "findings.csv", "pages.csv", "report.html", "report.json"]);
}

#[test]
fn a_store_is_whole_in_its_file_when_an_audit_has_ended() {
    let (_keep, at) = folder();
    let server = TestServer::start(shop()).unwrap();
    let url = server.url("/").to_string();
    check(&["audit", &url, "--store", "a.db", "--fail-on", "never"], &at, 0, "", "");
    std::fs::copy(at.join("a.db"), at.join("moved.db")).unwrap();
    check(&["history", "--store", "moved.db"], &at, 0, &url, "");
    let log = std::fs::metadata(at.join("a.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "nothing is left in the log");
}

#[test]
fn a_damaged_store_is_said_in_words_and_left_alone() {
    let (_keep, at) = folder();
    check(&["history", "--store", "a.db"], &at, 0, "", "No audit is kept");
    let whole = std::fs::read(at.join("a.db")).unwrap();
    std::fs::write(at.join("cut.db"), &whole[..100]).unwrap();
    std::fs::create_dir(at.join("folder.db")).unwrap();
    check(&["history", "--store", "cut.db"], &at, 2, "", "damaged");
    assert_eq!(std::fs::read(at.join("cut.db")).unwrap(), &whole[..100]);
    check(&["history", "--store", "folder.db"], &at, 2, "", "no file that could hold a store");
}

#[test]
fn the_catalogue_and_the_schema_can_be_read() {
    let (_keep, at) = folder();
    check(&["vendors"], &at, 0, "meta-pixel", "");
    check(&["vendors", "meta-pixel"], &at, 0, "Meta Pixel", "");
    check(&["rules"], &at, 0, "untracked-page", "");
    check(&["rules", "untracked-page"], &at, 0, "Why it matters", "");
    check(&["schema"], &at, 0, "\"$schema\"", "");
    check(&["--help"], &at, 0, "Exit codes", "");
    let output = check(&["rules", "--color", "always"], &at, 0, "", "");
    assert!(!output.stdout.contains(&0x1b), "tables are plain");
    let output = check(&["rules", "untracked-page", "--color", "always"], &at, 0, "", "");
    assert!(output.stdout.contains(&0x1b));
    let output = check(&["rules", "untracked-page"], &at, 0, "", "");
    assert!(!output.stdout.contains(&0x1b), "no colour in a pipe");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = pixelproof().arg("schema").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

/// A running program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks at something until it is so. A minute is for machines under load.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::yield_now();
    }
}

/// A site of which some pages never answer.
fn stuck() -> Site {
    let links: String = (0..40).map(|i| format!("<a href=\"/p/{i}\">x</a>")).collect();
    let mut site = Site::new().on("/", page("Home", META, &links));
    for i in 0..40 {
        site = site.on(&format!("/p/{i}"), if i < 30 { page("Page", META, "") } else { Act::Stall });
    }
    site
}

#[test]
fn an_audit_that_is_killed_keeps_its_rows_and_is_incomplete() {
    let (_keep, at) = folder();
    let server = TestServer::start(stuck()).unwrap();
    let store = at.join("a.db");
    let url = server.url("/").to_string();
    let start = pixelproof()
        .args(["audit", &url, "--timeout", "600", "--store"])
        .arg(&store)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = Running(start.unwrap());
    until("the store", || store.is_file());
    let audits = Audits::open(&store).unwrap();
    until("rows", || audits.list().unwrap().first().is_some_and(|row| row.pages >= 31));
    let while_it_runs = Audits::open(&store).unwrap().list().unwrap();
    assert_eq!(while_it_runs[0].state, RunState::Running, "another process's audit is left to it");
    assert!(audits.delete(&while_it_runs[0].id).is_err());
    child.0.kill().unwrap();
    child.0.wait().unwrap();

    let audits = Audits::open(&store).unwrap();
    let row = audits.list().unwrap().remove(0);
    assert_eq!(row.state, RunState::Incomplete);
    assert!(row.pages >= 31);
    let state = audits.state(&row.id).unwrap();
    assert!(!state.head.complete && state.head.finished.is_none() && state.head.incomplete_reason.is_some());
    let window = audits.pages(&row.id, &PagesQuery { limit: 500, ..Default::default() }).unwrap();
    assert_eq!(window.rows.len() as u64, row.pages);
    for row_of in &window.rows {
        audits.page(&row.id, row_of.id).expect("a row has its page whole");
    }
    assert!(window.rows.iter().filter(|r| r.path.starts_with("/p/")).all(|r| r.template == "/p/*"));
    let left: Vec<_> = std::fs::read_dir(&at).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".live")), "{left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_finishes_and_reports() {
    use rustix::process::{Pid, Signal, kill_process};

    let (_keep, at) = folder();
    let server = TestServer::start(stuck()).unwrap();
    let store = at.join("a.db");
    let url = server.url("/").to_string();
    let start = pixelproof()
        .args(["audit", &url, "--timeout", "3", "--out", "rep", "--store", "a.db"])
        .current_dir(&at)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = Running(start.unwrap());
    until("the store", || store.is_file());
    let audits = Audits::open(&store).unwrap();
    until("rows", || audits.list().unwrap().first().is_some_and(|row| row.pages >= 1));
    kill_process(Pid::from_child(&child.0), Signal::INT).unwrap();
    let status = child.0.wait().unwrap();
    assert_eq!(status.code(), Some(3));
    let report: AuditReport = serde_json::from_slice(&std::fs::read(at.join("rep/report.json")).unwrap()).unwrap();
    assert!(!report.audit.complete && report.totals.read >= 1);
}
