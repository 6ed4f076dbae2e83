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
    assert_eq!(
        not_checked(&report),
        ["duplicate-pageview-route", "journey-failed", "click-id-lost", "ignores-gpc", "unknown-tracker"]
    );
}

#[test]
fn repeats_personal_data_and_libraries_that_fail_are_found_in_what_left() {
    let looped = META.replace(
        "fbq('track', 'PageView');</script>",
        "fbq('track', 'PageView');for (const n of [1, 2]) fbq('track', 'Lead', {mail: 'jane@odd.test'});</script>",
    );
    let refused = "<meta http-equiv=Content-Security-Policy content=\"script-src 'self' 'unsafe-inline'\">";
    let web = Web::start(
        libraries(Hosts::new())
            .page("odd.test/", format!("<!doctype html><title>Odd</title>{looped}"))
            .page("refused.test/", format!("<!doctype html><title>Refused</title>{refused}{META}")),
    )
    .unwrap();
    let start = "https://odd.test/?mail=jane%40odd.test\nhttps://refused.test/";
    let report = audit(&web, start, Beacons::Held, &[Pass::None, Pass::Gpc]);
    const PIXEL: &str = "Meta Pixel 480011223344556";
    let twice: Vec<_> = report.findings.iter().filter(|finding| finding.rule == "duplicate-event").collect();
    let [twice] = twice.as_slice() else { panic!("{twice:?}") };
    assert_eq!(
        twice.message,
        format!(
            "{PIXEL} gets Lead twice on one page view, and counts it twice. The page's own code says it more than once."
        )
    );
    let seen = twice.evidence.iter().filter(|piece| piece.note.ends_with("time in the pass none"));
    assert_eq!(seen.count(), 2, "the source's finding carries what the browser saw: {:?}", twice.evidence);
    assert_eq!(
        found(&report),
        [
            "blocked-library refused.test: The library of Meta Pixel did not load: the page's Content Security Policy refuses it.".to_owned(),
            format!("declared-never-fired refused.test: Nothing that {PIXEL} is told in the source was seen leaving: the library did not load: the page's Content Security Policy refuses it."),
            format!("ignores-gpc odd.test: {PIXEL} sends the same with Global Privacy Control switched on, without an opt-out flag."),
            format!("personal-data-in-event odd.test: {PIXEL} gets an e-mail address in the field mail."),
            "personal-data-in-url odd.test: The page's address holds an e-mail address in the parameter mail, and it is sent to Meta Pixel.".to_owned(),
        ]
    );
    assert_eq!(
        not_checked(&report),
        [
            "duplicate-pageview-route",
            "journey-failed",
            "click-id-lost",
            "fires-after-reject",
            "reject-not-offered",
            "reject-not-kept",
            "consent-not-evaluable",
            "unknown-tracker"
        ]
    );
}
