//! Audits that are cut short and go on: killed, out of disk, locked out of their store, without network, told to end.
//! What counts is that the end is the same as if nothing had happened.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use pixelproof_audit::{Audits, GoOn, request_input};
use pixelproof_model::{AuditConfig, AuditReport, Secret, Secrets, StartRequest};
use pixelproof_tests::{Act, Site, TestServer};
use serde_json::Value;

use crate::{
    audits::{META, page},
    cli::{folder, pixelproof},
};

/// Pages of the site that is killed at.
const PAGES: u64 = 2000;
/// Times that it is killed.
const KILLS: usize = 20;
/// Requests that one kill may cost: the pages under way, robots.txt, the sitemap and the script.
const MOST_LOST: usize = 70;

/// A tree of pages in which every page is found in one way only, so that its row can't depend on what came first: with
/// redirects, pages that are gone or forbidden, pages that only a sitemap names, a shared script and doubled events.
fn varied(pages: u64) -> Site {
    let twice = format!("{META}\n<script src=\"/shared.js\"></script>\n{META}");
    let listed: String = (0..30).map(|n| format!("<url><loc>/listed/{n}</loc></url>")).collect();
    let map = Act::typed("application/xml", format!("<urlset>{listed}</urlset>"));
    let mut site = Site::linked(pages, 1200)
        .on("/robots.txt", Act::typed("text/plain", "User-agent: *\nDisallow: /page/1999\nDisallow: /page/1990\n"))
        .on("/sitemap.xml", map)
        .on("/shared.js", Act::typed("text/javascript", "fbq('track', 'ViewContent', {content_ids: ['a']});"));
    for n in 0..30 {
        let listed = format!("/listed/{n}");
        site = match n % 5 {
            0 => site
                .on(&listed, Act::redirect(301, &format!("/moved/{n}")))
                .on(&format!("/moved/{n}"), page("Moved", META, &format!("<a href=\"/only-from-moved/{n}\">x</a>")))
                .on(&format!("/only-from-moved/{n}"), page("Deep", &twice, "")),
            1 => site.on(&listed, Act::error(500)),
            2 => site.on(&listed, page("Listed", &twice, "")),
            3 => site.on(&listed, Act::redirect(302, "/")),
            _ => site.on(&listed, page("Untracked", "", "<a href=\"/missing\">x</a>")),
        };
    }
    site
}

/// The report without what no two runs share: the id, the times, and the room that they take.
fn timeless(report: &[u8]) -> Value {
    let mut report: Value = serde_json::from_slice(report).expect("a JSON report");
    for name in ["id", "started", "finished"] {
        report["audit"][name].take();
    }
    report["kept"].take();
    for page in report["pages"].as_array_mut().expect("pages") {
        page["fetch"]["elapsed_ms"].take();
    }
    report
}

/// Fails with the first place where two values differ.
#[track_caller]
fn same(path: &str, a: &Value, b: &Value) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            assert_eq!(x.keys().collect::<Vec<_>>(), y.keys().collect::<Vec<_>>(), "{path}");
            x.iter().for_each(|(key, value)| same(&format!("{path}.{key}"), value, &y[key]));
        }
        (Value::Array(x), Value::Array(y)) => {
            assert_eq!(x.len(), y.len(), "{path}");
            x.iter().zip(y).enumerate().for_each(|(i, (a, b))| same(&format!("{path}[{i}]"), a, b));
        }
        _ => assert_eq!(a, b, "{path}"),
    }
}

fn audit(at: &Path, args: &[&str]) -> Command {
    let mut command = pixelproof();
    command.current_dir(at).args(["audit", "--fail-on", "never", "--format", "json"]).args(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn is_alive(child: &mut Child) -> bool {
    child.try_wait().expect("a child that can be asked").is_none()
}

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit).expect("a small number")
    }
}

#[test]
fn killed_at_twenty_moments_it_ends_as_if_nothing_had_happened() {
    let (_keep, at) = folder();
    let server = TestServer::start(varied(PAGES)).unwrap();
    let url = server.url("/").to_string();
    let begin = [url.as_str(), "--max-pages", "5000", "--store", "killed.db"];
    let go_on = ["--resume", "last", "--store", "killed.db"];

    let before = server.requests();
    let whole = audit(&at, &[&url, "--max-pages", "5000", "--store", "whole.db"]).output().unwrap();
    assert_eq!(whole.status.code(), Some(0), "{}", String::from_utf8_lossy(&whole.stderr));

    let undisturbed = server.requests() - before;

    let mut dice = Dice(0x5eed_0001);
    for kill in 0..KILLS {
        let mut child = audit(&at, if kill == 0 { &begin } else { &go_on }).stderr(Stdio::null()).spawn().unwrap();
        let wanted = server.requests() + 1 + dice.below(160);
        let reached = server.wait_for_requests(wanted, || is_alive(&mut child));
        assert!(reached, "kill {kill}: the audit ended before it could be killed");
        // On Unix this is SIGKILL: nothing of the program runs any more.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    kill_while_it_judges(audit(&at, &go_on).spawn().unwrap());
    let end = audit(&at, &go_on).output().unwrap();
    assert_eq!(end.status.code(), Some(0), "{}", String::from_utf8_lossy(&end.stderr));
    let asked = server.requests() - before - undisturbed;
    let lost = asked - undisturbed;
    assert!(lost <= (KILLS + 1) * MOST_LOST, "{lost} requests were made again after {KILLS} kills");
    let (end, whole) = (timeless(&end.stdout), timeless(&whole.stdout));
    same("report", &end, &whole);
    let report: AuditReport = {
        let again = ["report", "last", "--store", "killed.db", "--format", "json"];
        serde_json::from_slice(&pixelproof().current_dir(&at).args(again).output().unwrap().stdout).unwrap()
    };
    assert!(report.audit.complete && report.totals.pages > PAGES, "{:?}", report.totals);
}

/// Kills when the program says that it has all pages.
fn kill_while_it_judges(mut child: Child) {
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let judging = lines.map_while(Result::ok).any(|line| line.contains("judging the site"));
    assert!(judging, "it says when it judges the site");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Goes on with the audit of a store, and compares its end with that of an undisturbed audit of the same site.
#[track_caller]
fn goes_on_as_if_nothing_had_happened(at: &Path, url: &str, store: &str, more: &[&str]) {
    let begin = [&[url, "--store", "whole.db"], more].concat();
    let whole = audit(at, &begin).output().unwrap();
    let end = audit(at, &["--resume", "last", "--store", store]).output().unwrap();
    for output in [&whole, &end] {
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    same("report", &timeless(&end.stdout), &timeless(&whole.stdout));
}

/// What a program left: its exit code, its report and its messages.
fn ended(child: Child) -> (Option<i32>, Vec<u8>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
}

#[cfg(unix)]
#[test]
fn a_full_disk_pauses_the_audit_and_loses_nothing() {
    let (_keep, at) = folder();
    let server = TestServer::start(varied(600)).unwrap();
    let url = server.url("/").to_string();
    // No file may grow beyond this: the log of the store meets the limit in the middle of the audit. The signal that
    // comes with it is ignored, as a full disk has none.
    let program = pixelproof().get_program().to_owned();
    let limited = "trap '' XFSZ; ulimit -f 1500; exec \"$0\" \"$@\"";
    let mut child = Command::new("sh");
    child.args(["-c", limited]).arg(program).args(["audit", &url, "--max-pages", "2000", "--store", "full.db"]);
    child.args(["--fail-on", "never", "--format", "json"]).current_dir(&at).env("XDG_DATA_HOME", &at);
    let output = child.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("disk is full") && said.contains("--resume"), "{said}");
    goes_on_as_if_nothing_had_happened(&at, &url, "full.db", &["--max-pages", "2000"]);
}

#[test]
fn a_locked_store_pauses_the_audit_and_loses_nothing() {
    let (_keep, at) = folder();
    let server = TestServer::start(varied(600)).unwrap();
    let url = server.url("/").to_string();
    let args = [&url, "--max-pages", "2000", "--store", "locked.db", "--lock-wait", "1"];
    let mut child = audit(&at, &args).spawn().unwrap();
    assert!(server.wait_for_requests(60, || is_alive(&mut child)));
    let other = rusqlite::Connection::open(at.join("locked.db")).unwrap();
    other.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (code, _, said) = ended(child);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("holds the store locked") && said.contains("--resume"), "{said}");
    goes_on_as_if_nothing_had_happened(&at, &url, "locked.db", &["--max-pages", "2000"]);
}

#[test]
fn two_audits_of_two_processes_share_a_store() {
    let (_keep, at) = folder();
    let server = TestServer::start(varied(600)).unwrap();
    let url = server.url("/").to_string();
    let args = [&url, "--max-pages", "2000", "--store", "shared.db"];
    let mut first = audit(&at, &args).spawn().unwrap();
    assert!(server.wait_for_requests(60, || is_alive(&mut first)));
    let second = audit(&at, &args).spawn().unwrap();
    // Their outputs are read side by side: neither may wait for the other's reader.
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| ended(first));
        (first.join().unwrap(), ended(second))
    });
    let alone = audit(&at, &[&url, "--max-pages", "2000", "--store", "alone.db"]).output().unwrap();
    for (code, report, said) in [first, second] {
        assert_eq!(code, Some(0), "{said}");
        same("", &timeless(&report), &timeless(&alone.stdout));
    }
}

#[test]
fn a_lost_network_pauses_the_audit_and_makes_no_page_a_failure() {
    let (_keep, at) = folder();
    let server = TestServer::start(varied(600)).unwrap();
    let url = server.url("/").to_string();
    let mut child = audit(&at, &[&url, "--max-pages", "2000", "--store", "lost.db"]).spawn().unwrap();
    assert!(server.wait_for_requests(200, || is_alive(&mut child)));
    let port = server.address().port();
    drop(server);
    let (code, report, said) = ended(child);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("can't be reached any more") && said.contains("--resume"), "{said}");
    let report: AuditReport = serde_json::from_slice(&report).unwrap();
    let unreached = |p: &&pixelproof_model::ReportPage| p.outcome == pixelproof_model::PageOutcome::ConnectionFailed;
    assert_eq!(report.pages.iter().filter(unreached).count(), 0);
    assert!(!report.audit.complete && report.totals.read > 50, "{:?}", report.totals);

    let _server = TestServer::without_log(varied(600), port).unwrap();
    goes_on_as_if_nothing_had_happened(&at, &url, "lost.db", &["--max-pages", "2000"]);
}

#[cfg(target_os = "linux")]
fn signal(child: &Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn told_to_end_it_finishes_reports_and_can_go_on() {
    use rustix::process::Signal;
    let (_keep, at) = folder();
    let server = TestServer::start(varied(600)).unwrap();
    let url = server.url("/").to_string();
    let mut child = audit(&at, &[&url, "--max-pages", "2000", "--store", "told.db"]).spawn().unwrap();
    let mut told = 0;
    for kind in [Signal::INT, Signal::TERM] {
        told += 100;
        assert!(server.wait_for_requests(told, || is_alive(&mut child)));
        signal(&child, kind);
        let (code, report, said) = ended(child);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains("Finishing") && said.contains("was stopped") && said.contains("--resume"), "{said}");
        let report: AuditReport = serde_json::from_slice(&report).unwrap();
        assert!(!report.audit.complete && report.totals.read > 0);
        assert!(!report.findings.is_empty(), "it is judged as far as it came");
        told = server.requests();
        child = audit(&at, &["--resume", "last", "--store", "told.db"]).spawn().unwrap();
    }
    assert_eq!(ended(child).0, Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn told_twice_it_ends_at_once_and_can_go_on() {
    use rustix::process::Signal;
    let (_keep, at) = folder();
    let stuck = Act::Times(1, Box::new(Act::Stall), Box::new(page("Late", META, "")));
    let server = TestServer::start(varied(100).on("/page/3", stuck)).unwrap();
    let url = server.url("/").to_string();
    let mut child = audit(&at, &[&url, "--store", "twice.db"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    while server.hits("/page/3") == 0 {
        assert!(is_alive(&mut child));
        std::thread::yield_now();
    }
    signal(&child, Signal::INT);
    assert!(lines.any(|line| line.contains("Press Ctrl-C again")), "it says how to end it at once");
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "no report was made");
    let end = audit(&at, &["--resume", "last", "--store", "twice.db"]).output().unwrap();
    assert_eq!(end.status.code(), Some(0), "{}", String::from_utf8_lossy(&end.stderr));
    let report: AuditReport = serde_json::from_slice(&end.stdout).unwrap();
    assert!(report.pages.iter().any(|p| p.page.title.as_deref() == Some("Late")), "the page that held it up is read");
}

#[test]
fn what_can_t_go_on_says_why() {
    let (_keep, at) = folder();
    let server = TestServer::start(varied(30)).unwrap();
    let url = server.url("/").to_string();
    let jar = "127.0.0.1\tFALSE\t/\tFALSE\t0\tvisitor\tsesame\n";
    std::fs::write(at.join("jar.txt"), jar).unwrap();
    let secret = [&url, "--store", "a.db", "--max-pages", "5", "--basic-auth", "u:sesame", "--header", "X-Key: sesame"];
    let secret = [&secret[..], &["--cookie-file", "jar.txt"]].concat();
    assert_eq!(
        audit(&at, &secret).output().unwrap().status.code(),
        Some(0),
        "the limit that was asked for is no fault"
    );
    let failed = |args: &[&str], words: &str| {
        let output = audit(&at, args).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    };
    failed(&["--resume", "last", "--store", "a.db"], "--header, --cookie-file, --basic-auth");
    failed(&["--resume", "nothing", "--store", "a.db"], "no audit");
    failed(&["--resume", "last", &url, "--store", "a.db"], "--resume");
    let more =
        ["--resume", "last", "--store", "a.db", "--max-pages", "500", "--basic-auth", "u:p", "--header", "X-Key: k"];
    let more = [&more[..], &["--cookie-file", "jar.txt"]].concat();
    let end = audit(&at, &more).output().unwrap();
    assert_eq!(end.status.code(), Some(0), "{}", String::from_utf8_lossy(&end.stderr));
    let report: AuditReport = serde_json::from_slice(&end.stdout).unwrap();
    assert!(report.audit.complete && report.totals.pages > 30, "a larger limit lets it go on to the end");
    assert_eq!(server.hits("/page/1"), 1, "what was read is not fetched again");
    assert!(server.seen().iter().all(|seen| seen.headers.get("cookie").is_some_and(|sent| sent == "visitor=sesame")));
    failed(&more, "complete");
    let store: Vec<u8> = ["a.db", "a.db-wal"].iter().filter_map(|f| std::fs::read(at.join(f)).ok()).flatten().collect();
    assert!(!store.windows(6).any(|six| six == b"sesame"), "secrets are not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_remembered_as_long_as_the_program_runs_and_asked_for_by_the_next() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path().join("audits.db");
    let server = TestServer::start(Site::linked(30, 1200)).unwrap();
    let typed = || Secrets {
        headers: "X-Key: sesame".to_owned(),
        user: "u".to_owned(),
        password: "p".to_owned(),
        ..Secrets::default()
    };
    let config = AuditConfig { max_pages: 5, ..AuditConfig::default() };
    let request = StartRequest { input: server.url("/").to_string(), secrets: Some(typed()), config };
    let audits = Audits::open(&store).unwrap();
    let run = audits.start(request_input(request).unwrap()).unwrap();
    run.join().await.unwrap();
    let id = run.id().to_owned();
    assert_eq!(audits.state(&id).unwrap().needs, [], "this program knows them still");
    let more = || GoOn { max_pages: Some(10), ..GoOn::default() };
    audits.go_on(&id, more()).unwrap().join().await.unwrap();
    drop((run, audits));
    let audits = Audits::open(&store).unwrap();
    assert_eq!(audits.state(&id).unwrap().needs, [Secret::Header, Secret::BasicAuth]);
    let refused = audits.resume(&id, GoOn::default()).unwrap_err().to_string();
    assert!(refused.contains("--header, --basic-auth"), "{refused}");
    let given = GoOn { max_pages: Some(500), ..GoOn::typed(&typed()).unwrap() };
    assert!(audits.go_on(&id, given).unwrap().join().await.unwrap().complete);
    assert_eq!(audits.state(&id).unwrap().needs, [], "a complete audit needs nothing");
    let seen = server.seen();
    assert!(seen.iter().all(|seen| seen.headers.get("x-key").is_some_and(|sent| sent == "sesame")));
    assert!(seen.iter().all(|seen| seen.headers.contains_key("authorization")));
}
