//! What belongs to which part of a consent pass: the page before and after the answer, the page loaded again, and the second
//! page, in a real browser.

use pixelproof_audit::parse_input;
use pixelproof_model::{AuditConfig, AuditReport, Event, Fired, Page, Pass, PassPhase};
use pixelproof_tests::{Hosts, Web};

use crate::{
    browser::{META, audited, config, libraries, page, report},
    consent::{BANNERS, gated},
};

/// Looks at one page alone, which a consent pass may go on from.
fn alone(web: &Web, start: &str, passes: &[Pass]) -> AuditReport {
    let config = AuditConfig { passes: passes.to_vec(), list_only: true, ..config(web) };
    audited(parse_input(start, config).unwrap(), report)
}

/// The banner of a platform whose choice can be read back, with more in the page's body.
fn banner(more: &str) -> String {
    gated(&BANNERS[2]).replace("<body>", &format!("<body>{more}"))
}

/// `PageView 1 of https://…: why`.
fn undeclared(page: &Page) -> Vec<String> {
    let line = |event: &Event| {
        assert_eq!(event.fired, Fired::Seen);
        let counts: Vec<String> = event.count.iter().map(|(pass, times)| format!("{pass} {times}")).collect();
        let on = event.second_page.as_deref().unwrap_or("this page");
        let name = event.name.known().unwrap_or("?");
        format!("{name}, {}, {on}: {}", counts.join(" "), event.why.as_deref().unwrap_or("-"))
    };
    let mut lines: Vec<String> = page.events.iter().filter(|event| !event.declared).map(line).collect();
    lines.sort();
    lines
}

#[test]
fn what_only_the_second_page_sends_has_a_row_that_says_so() {
    let second = format!(
        "<!doctype html><title>Terms</title>{META}<script src='https://cdn.test/late.js'></script>\
         <script>fbq('trackCustom', 'Read')</script>"
    );
    let late =
        "const wait = setInterval(() => { if (fbq.callMethod) { clearInterval(wait); fbq('track', 'Lead'); } }, 10)";
    let web = Web::start(
        libraries(Hosts::new())
            .page("shop.test/", banner("<a href='/terms'>terms</a>"))
            .page("shop.test/terms", second)
            .script("cdn.test/late.js", late),
    )
    .unwrap();
    let report = alone(&web, "https://shop.test/", &[Pass::None, Pass::Reject, Pass::Accept]);
    let page = page(&report, "/");
    const LEFT: &str = "it left the second page that was looked at, https://shop.test/terms; it came from https://";
    assert_eq!(
        undeclared(page),
        [
            format!("Lead, accept 1 none 0 reject 1, https://shop.test/terms: {LEFT}cdn.test/late.js"),
            format!("Read, accept 1 none 0 reject 1, https://shop.test/terms: {LEFT}shop.test/terms"),
        ]
    );
    let view = page.events.iter().find(|event| event.declared && event.fired == Fired::Seen).unwrap();
    assert_eq!((view.name.known(), &view.second_page), (Some("PageView"), &None), "seen on the page itself");
    assert_eq!((view.count["accept"], view.count["reject"]), (1, 0), "the second page's views are not this page's");
    assert!(!report.findings.iter().any(|finding| finding.rule == "fired-not-declared"), "its own source declares it");
    let against = report.findings.iter().find(|finding| finding.rule == "fires-after-reject").unwrap();
    assert!(against.evidence.iter().all(|piece| piece.note.ends_with("on a second page after the refusal")));
}

const SNAP: &str = "<script>!function(w,d,s,u){w.snaptr||(w.snaptr=function(){w.snaptr.handleRequest?\
    w.snaptr.handleRequest.apply(w.snaptr,arguments):w.snaptr.queue.push(arguments)},w.snaptr.queue=[])\
    ;var t=d.createElement(s);t.async=!0;t.src=u;d.head.append(t)}(window,document,'script','https://sc-static.net/scevent.min.js');\
    snaptr('init','b2ade379-a55e-4ca7-893b-b9fac04c843f');snaptr('track','PAGE_VIEW');</script>";

#[test]
fn what_a_page_sends_while_it_is_left_belongs_to_it_and_not_to_the_next_one() {
    let web = Web::start(
        libraries(Hosts::new())
            .page("snap.test/", banner(&format!("{SNAP}<a href='/other'>other</a>")))
            .page("snap.test/other", format!("<!doctype html><title>Other</title>{SNAP}"))
            .page("end.test/", banner(SNAP)),
    )
    .unwrap();
    for (start, wanted) in [
        ("https://snap.test/", &[PassPhase::After, PassPhase::Again, PassPhase::Second][..]),
        ("https://end.test/", &[PassPhase::After, PassPhase::Again]),
    ] {
        let report = alone(&web, start, &[Pass::Accept]);
        let page = page(&report, "/");
        let batches = page.beacons.iter().filter(|beacon| beacon.vendor.as_deref() == Some("snapchat-pixel"));
        let phases: Vec<PassPhase> = batches.clone().map(|batch| batch.phase).collect();
        assert_eq!(phases, wanted, "each page sends its own when it is left");
        assert!(batches.clone().all(|batch| batch.leaving), "{:#?}", page.beacons);
        let views = page.events.iter().filter(|event| event.vendor == "snapchat-pixel");
        let counts: Vec<u32> = views.map(|event| event.count["accept"]).collect();
        assert_eq!(counts, [1], "{start}: one page view on each page");
    }
}

#[test]
fn what_is_stored_after_a_refusal_is_held_against_it_and_what_was_there_before_is_not() {
    const KEEP: &str = "document.cookie = '_fbp=fb.1.2.3; path=/; max-age=7776000'";
    let after = banner("").replace("keep(NO); hide(); }", &format!("keep(NO); hide(); {KEEP} }}"));
    let before = banner(&format!("<script>{KEEP}</script>"))
        .replace("keep(NO); hide(); }", &format!("keep(NO); hide(); {KEEP} }}"));
    assert_ne!(after, banner(""));
    let web = Web::start(
        Hosts::new().page("after.test/", after).page("before.test/", before).page("clean.test/", banner("")),
    )
    .unwrap();
    for (host, wanted) in [
        (
            "after",
            &[
                "fires-after-reject: Meta Pixel sets cookies although the visitor has refused and the refusal was seen to be taken.",
            ][..],
        ),
        (
            "before",
            &["fires-before-consent: Meta Pixel sets cookies before the visitor has answered the consent banner."],
        ),
        ("clean", &[]),
    ] {
        let report = alone(&web, &format!("https://{host}.test/"), &[Pass::Reject]);
        let of = |rule: &str| rule == "fires-after-reject" || rule == "fires-before-consent";
        let found: Vec<String> = report
            .findings
            .iter()
            .filter(|finding| of(&finding.rule))
            .map(|finding| format!("{}: {}", finding.rule, finding.message))
            .collect();
        assert_eq!(found, wanted, "{host}");
    }
}
