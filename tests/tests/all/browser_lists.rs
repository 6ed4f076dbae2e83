//! Filter lists in a real browser: what only a list calls a tracker's is named, held where it looks like a beacon, and counted
//! among those who receive data.

use pixelproof_audit::parse_input;
use pixelproof_model::{AuditConfig, AuditReport, Beacons, Pass};
use pixelproof_tests::{Hosts, Web};

use crate::browser::{META, audited, config, libraries, page, report};
use crate::cli::pixelproof;

const LIST: &str = "! Ours\n||odd.test^$third-party\n||www.facebook.com^\n@@||odd.test/allowed^\n";

const PAGE: &str = "<script src='https://odd.test/tag.js'></script><img src='https://odd.test/allowed/logo.gif'>\
    <link rel=stylesheet href='https://odd.test/style.css'>";

/// Sends what no vendor of the catalogue claims.
const TAG: &str = "new Image().src = 'https://px.odd.test/i.gif?k=image';\
    navigator.sendBeacon('https://px.odd.test/b', 'body');\
    fetch('https://px.odd.test/j', {method: 'POST', headers: {'content-type': 'application/json'}, body: '{}'});\
    addEventListener('pagehide', () => navigator.sendBeacon('https://px.odd.test/bye'));";

fn internet() -> Web {
    let page = format!("<!doctype html><title>Shop</title><body>{META}{PAGE}");
    Web::start(libraries(Hosts::new()).page("shop.test/", page).script("odd.test/tag.js", TAG)).unwrap()
}

fn audit(web: &Web, list: &str, beacons: Beacons) -> AuditReport {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.txt");
    std::fs::write(&file, list).unwrap();
    let config = AuditConfig { filter_lists: vec![file], beacons, passes: vec![Pass::None], ..config(web) };
    audited(parse_input("https://shop.test/", config).unwrap(), report)
}

/// `Image https://odd.test/i.gif held ||odd.test^`, of what the list alone knows.
fn listed(report: &AuditReport) -> Vec<String> {
    let beacons = page(report, "/").beacons.iter().filter(|beacon| beacon.listed.is_some());
    let mut lines: Vec<String> = beacons
        .map(|beacon| {
            assert_eq!(beacon.vendor, None);
            let held = if beacon.held { "held" } else { "sent" };
            format!("{} {} {held} {}", beacon.method, beacon.url, beacon.listed.as_deref().unwrap_or_default())
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn what_only_a_list_knows_is_named_held_and_counted_among_the_recipients() {
    let web = internet();
    let report = audit(&web, LIST, Beacons::Held);
    const RULE: &str = "||odd.test^$third-party";
    assert_eq!(
        listed(&report),
        [
            format!("GET https://odd.test/style.css sent {RULE}"),
            format!("GET https://odd.test/tag.js sent {RULE}"),
            format!("GET https://px.odd.test/i.gif?k=image held {RULE}"),
            format!("POST https://px.odd.test/b held {RULE}"),
            format!("POST https://px.odd.test/bye held {RULE}"),
            format!("POST https://px.odd.test/j held {RULE}"),
        ]
    );
    assert_eq!(web.arrived_at("px.odd.test"), [], "nothing that looks like a beacon left");
    let found: Vec<&str> =
        report.findings.iter().filter(|f| f.rule == "unknown-tracker").map(|f| f.message.as_str()).collect();
    assert_eq!(
        found,
        ["odd.test", "px.odd.test"].map(|host| format!(
            "{host} is called a tracker by a filter list, and the catalogue doesn't know whose it is."
        ))
    );
    let recipients: Vec<_> = report.recipients.iter().map(|of| (of.owner.as_str(), of.pages)).collect();
    assert_eq!(recipients, [("Meta Platforms", 1), ("odd.test", 1), ("px.odd.test", 1)]);
    assert!(!report.not_checked.iter().any(|rule| rule.rule.id == "unknown-tracker"));
    let view = page(&report, "/").events.iter().find(|event| event.vendor == "meta-pixel").unwrap();
    assert_eq!(view.count["none"], 1, "what a vendor claims stays the vendor's");
}

#[test]
fn what_a_list_knows_is_let_go_where_beacons_are() {
    let web = internet();
    let report = audit(&web, LIST, Beacons::Send);
    assert!(listed(&report).iter().all(|line| line.contains(" sent ")));
    let arrived = web.arrived_at("px.odd.test");
    assert_eq!(arrived.iter().filter(|arrived| arrived.method != "OPTIONS").count(), 4, "{arrived:#?}");
}

#[test]
fn a_list_that_can_t_be_used_or_has_no_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = pixelproof();
        command.current_dir(folder.path()).args(["audit", "https://shop.test/", "--store", "a.db"]).args(args);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    std::fs::write(folder.path().join("page.txt"), "<html>gone</html>").unwrap();
    std::fs::write(folder.path().join("good.txt"), LIST).unwrap();
    for (args, why) in [
        (&["--mode", "both", "--filter-list", "page.txt"][..], "page.txt can't be used: it is a web page"),
        (&["--mode", "both", "--filter-list", "good.txt", "--filter-list", "none.txt"], "none.txt can't be used"),
        (&["--filter-list", "good.txt"], "add --mode both or --mode browser"),
    ] {
        let (code, said) = run(args);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(why), "{said}");
    }
}
