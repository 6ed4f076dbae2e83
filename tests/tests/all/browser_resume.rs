//! Audits with a browser that are killed on their way and go on: the end is that of an audit that nothing disturbed, no page,
//! pass, beacon or journey lost or there twice.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
};

use pixelproof_model::{AuditReport, Page};
use pixelproof_tests::{Hosts, Web};

use crate::{
    browser::{META, libraries},
    cli::{folder, pixelproof},
    consent::{BANNERS, gated},
};

/// Pages beside the start and the one with a banner.
const PAGES: usize = 6;
/// Requests to the site after which the program is killed, again and again.
const KILLS: [usize; 4] = [6, 9, 12, 8];

const JOURNEY: &str = "name = \"Buy\"\nstart = \"https://shop.test/\"\nconsent = [\"none\"]\n\
    [[step]]\ngoto = \"/buy/1\"\n[[step]]\nclick = \"#pay\"\n[[step]]\nexpect = { event = \"Purchase\", vendor = \"meta-pixel\", count = 1 }\n";

fn site() -> Hosts {
    let links: String = (1..=PAGES).map(|n| format!("<a href='/buy/{n}'>{n}</a> ")).collect();
    let start = format!("<!doctype html><title>Home</title>{META}{links}<a href='/banner'>b</a>");
    let hosts = libraries(Hosts::new()).page("shop.test/", start).page("shop.test/banner", gated(&BANNERS[2]));
    (1..=PAGES).fold(hosts, |hosts, n| {
        let event = format!("<script>fbq('track', 'AddToCart', {{value: {n}, currency: 'EUR'}});</script>");
        let pay = "<button id=pay onclick=\"fbq('track', 'Purchase', {value: 9, currency: 'EUR'})\">Pay</button>";
        hosts.page(&format!("shop.test/buy/{n}"), format!("<!doctype html><title>{n}</title>{META}{event}{pay}"))
    })
}

fn audit(at: &Path, args: &[&str]) -> Command {
    let mut command = pixelproof();
    command.current_dir(at).args(["audit", "--fail-on", "never", "--format", "json"]).args(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn ended(mut command: Command) -> AuditReport {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What of a page must be the same in every run: all but times.
fn timeless(page: &Page) -> Vec<String> {
    let mut beacons: BTreeMap<String, u32> = BTreeMap::new();
    for beacon in &page.beacons {
        let vendor = beacon.vendor.as_deref().unwrap_or_default();
        *beacons.entry(format!("{:?} {:?} {vendor} {}", beacon.pass, beacon.phase, beacon.held)).or_default() += 1;
    }
    let events = page.events.iter().map(|event| {
        let name = event.name.known().unwrap_or("?");
        format!("{name} {} {:?} {:?} {:?}", event.declared, event.fired, event.count, event.why)
    });
    let passes = page.passes.iter().map(|end| {
        let verdict = end.consent.as_ref().map(|consent| consent.verdict);
        format!("{:?} {} {verdict:?} {:?} {}", end.pass, end.looked, end.problems, end.address)
    });
    let cookies = page.cookies.iter().map(|cookie| format!("{} {:?} {:?}", cookie.name, cookie.pass, cookie.phase));
    let beacons = beacons.iter().map(|(beacon, times)| format!("{beacon}: {times}"));
    beacons.chain(events).chain(passes).chain(cookies).collect()
}

/// The same of a report.
fn outcome(report: &AuditReport) -> Vec<String> {
    assert!(report.audit.complete);
    let mut lines: Vec<String> = report
        .pages
        .iter()
        .flat_map(|page| timeless(&page.page).into_iter().map(|line| format!("{}: {line}", page.page.url.path())))
        .collect();
    lines.extend(report.findings.iter().map(|f| format!("{} {} {:?}", f.rule, f.message, f.pages)));
    for run in &report.journeys {
        let steps: Vec<String> = run.steps.iter().map(|step| format!("{} {:?}", step.what, step.outcome)).collect();
        let events: Vec<String> = run.events.iter().map(|event| format!("{} {}", event.step, event.name)).collect();
        lines.push(format!("{} {:?} {steps:?} {events:?} {}", run.journey, run.pass, run.beacons.len()));
    }
    lines
}

#[test]
fn killed_again_and_again_it_ends_as_if_nothing_had_happened() {
    let (_keep, at) = folder();
    std::fs::write(at.join("way.toml"), JOURNEY).unwrap();
    let web = Web::start(site()).unwrap();
    let resolve = web.resolve();
    let mut begin = vec!["https://shop.test/", "--mode", "both", "--insecure", "--consent", "none,reject"];
    resolve.iter().for_each(|mapping| begin.extend(["--resolve", mapping.as_str()]));
    begin.extend(["--journey", "way.toml"]);

    let whole = ended(audit(&at, &[&begin[..], &["--store", "whole.db"]].concat()));
    assert_eq!(whole.pages.len(), PAGES + 2);
    assert!(whole.pages.iter().all(|page| page.page.passes.len() == 2), "both passes over every page");
    assert_eq!(whole.journeys.len(), 1);

    let go_on = ["--resume", "last", "--store", "killed.db"];
    for (kill, requests) in KILLS.into_iter().enumerate() {
        let first = [&begin[..], &["--store", "killed.db"]].concat();
        let mut child = audit(&at, if kill == 0 { &first } else { &go_on })
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wanted = web.arrived_at("shop.test").len() + requests;
        let reached = web.await_count("shop.test", wanted, || child.try_wait().unwrap().is_none());
        assert!(reached, "kill {kill}: the audit ended before it could be killed");
        child.kill().unwrap();
        child.wait().unwrap();
        // Nobody told the browser.
        web.end_browsers();
    }
    let end = ended(audit(&at, &go_on));
    let (end, whole) = (outcome(&end), outcome(&whole));
    let differing: Vec<_> = end.iter().zip(&whole).filter(|(end, whole)| end != whole).collect();
    assert!(differing.is_empty() && end.len() == whole.len(), "{differing:#?}\n{end:#?}");
    assert_eq!(web.arrived_at("www.facebook.com"), [], "nothing was sent");
}
