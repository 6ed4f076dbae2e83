//! What the rules say of pages that a browser looked at: sites that fire unasked, that fire in spite of a refusal, and that
//! keep to the visitor's choice.

use pixelproof_model::{Area, AuditReport, Beacons, Pass};
use pixelproof_tests::{Hosts, Web};
use url::Url;

use crate::{
    browser::{META, audit, libraries},
    consent::{BANNERS, gated},
};

const ALL: [Pass; 3] = [Pass::None, Pass::Reject, Pass::Accept];

/// The findings of rules that need the browser: the rule, the hosts of its pages, the message.
fn found(report: &AuditReport) -> Vec<String> {
    let rules = pixelproof_audit::rules();
    let browser = |id: &str| rules.iter().any(|rule| rule.id == id && rule.needs_browser);
    let host = |page: &String| Url::parse(page).unwrap().host_str().unwrap_or_default().to_owned();
    let of_rule = report.findings.iter().filter(|finding| browser(&finding.rule));
    let mut lines: Vec<String> = of_rule
        .map(|finding| {
            assert!(!finding.evidence.is_empty(), "{}", finding.message);
            let hosts: Vec<String> = finding.pages.iter().map(host).collect();
            format!("{} {}: {}", finding.rule, hosts.join("+"), finding.message)
        })
        .collect();
    lines.sort();
    lines
}

fn not_checked(report: &AuditReport) -> Vec<&str> {
    report.not_checked.iter().map(|rule| rule.rule.id.as_str()).collect()
}

#[test]
fn sites_that_fire_unasked_or_against_a_refusal_are_told_from_one_that_keeps_to_it() {
    let banner = &BANNERS[2];
    let clean = gated(banner);
    let before = clean.replace("<body>", &format!("<body>{META}"));
    let against = clean.replace("keep(NO); hide(); }", "keep(NO); hide(); load(); }");
    assert!(before != clean && against != clean);
    let web = Web::start(
        libraries(Hosts::new()).page("before.test/", before).page("against.test/", against).page("clean.test/", clean),
    )
    .unwrap();
    let report = audit(&web, "https://before.test/\nhttps://against.test/\nhttps://clean.test/", Beacons::Held, &ALL);
    const PIXEL: &str = "Meta Pixel 480011223344556";
    assert_eq!(
        found(&report),
        [
            format!(
                "declared-never-fired before.test: {PIXEL} is told PageView in the source, and it was never seen leaving: it waits for a click."
            ),
            format!(
                "declared-never-fired before.test: {PIXEL} is told PageView in the source, and it was never seen leaving: its condition did not hold."
            ),
            format!(
                "fires-after-reject against.test+before.test: {PIXEL} sends data although the visitor has refused and the refusal was seen to be taken."
            ),
            format!(
                "fires-before-consent before.test: {PIXEL} sends data before the visitor has answered the consent banner."
            ),
        ]
    );
    let privacy = report.score.iter().find(|score| score.area == Area::Privacy).unwrap();
    assert_eq!((privacy.clean, privacy.pages), (1, 3), "the site that keeps to the choice alone is clean");
    assert_eq!(not_checked(&report), ["duplicate-pageview-route", "ignores-gpc", "unknown-tracker"]);
}
