//! Audits that are cut short and go on: killed, out of disk, locked out of their store, without network, told to end.
//! What counts is that the end is the same as if nothing had happened.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use pixelproof_model::AuditReport;
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

/// The report without what no two runs share: the id and the times.
fn timeless(report: &[u8]) -> Value {
    let mut report: Value = serde_json::from_slice(report).expect("a JSON report");
    for name in ["id", "started", "finished"] {
        report["audit"][name].take();
    }
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
