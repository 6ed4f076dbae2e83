//! The demo shop, served on loopback and audited through the front door: what is found must be exactly what
//! `planted.json` lists. Run with `ACCEPT_SITES=1` to write what is found, then read it.

use std::{collections::BTreeMap, path::Path};

use pixelproof_audit::{Audits, demo};
use pixelproof_model::{AuditConfig, AuditReport, Severity};
use serde::{Deserialize, Serialize};

use crate::lines::{self, Lines};

/// The file that lists what is planted.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Planted {
    /// For readers.
    about: String,
    /// By path.
    pages: BTreeMap<String, PlantedPage>,
    findings: Vec<PlantedFinding>,
    /// What looks like tracking and is none: must not be found anywhere.
    decoys: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct PlantedPage {
    template: String,
    outcome: String,
    #[serde(default, skip_serializing_if = "Lines::is_empty")]
    installs: Lines,
    #[serde(default, skip_serializing_if = "Lines::is_empty")]
    events: Lines,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct PlantedFinding {
    rule: String,
    severity: Severity,
    vendor: Option<String>,
    account: Option<String>,
    message: String,
    pages: Vec<String>,
}

async fn audit() -> (AuditReport, String) {
    let shop = demo::serve(0).await.expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    let audits = Audits::open(&folder.path().join("audits.db")).expect("a new store");
    let config = AuditConfig { start: vec![shop.url().to_owned()], ..AuditConfig::default() };
    let run = audits.start(config).expect("an audit starts");
    let end = run.join().await.expect("the audit ends");
    assert!(end.complete, "{:?}", end.reason);
    let report = audits.report(run.id()).expect("a report");
    (report, shop.url().trim_end_matches('/').to_owned())
}

fn found(report: &AuditReport, base: &str, planted: &Planted) -> Planted {
    let pages = report.pages.iter().map(|page| {
        let outcome = serde_json::to_value(page.outcome).expect("an outcome is JSON");
        let found = PlantedPage {
            template: page.template.clone(),
            outcome: outcome.as_str().unwrap_or_default().to_owned(),
            installs: page.page.installs.iter().map(|i| lines::install(i, |_| String::new())).collect(),
            events: page.page.events.iter().map(|e| lines::event(e, |_| String::new())).collect(),
        };
        (lines::short(page.page.url.as_str(), base).to_owned(), found)
    });
    let mut findings: Vec<PlantedFinding> = report
        .findings
        .iter()
        .map(|f| {
            let mut pages: Vec<String> = f.pages.iter().map(|p| lines::short(p, base).to_owned()).collect();
            pages.sort();
            assert!(!f.evidence.is_empty(), "{} without evidence", f.rule);
            PlantedFinding {
                rule: f.rule.clone(),
                severity: f.severity,
                vendor: f.vendor.clone(),
                account: f.account.clone(),
                message: f.message.clone(),
                pages,
            }
        })
        .collect();
    findings.sort_by(|a, b| (b.severity, &a.rule, &a.message).cmp(&(a.severity, &b.rule, &b.message)));
    Planted { about: planted.about.clone(), pages: pages.collect(), findings, decoys: planted.decoys.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shop_gives_exactly_what_is_planted() {
    let planted: Planted = serde_json::from_str(demo::PLANTED).expect("planted.json is readable");
    let (report, base) = audit().await;
    let now = found(&report, &base, &planted);
    if std::env::var_os("ACCEPT_SITES").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/crates/audit/src/demo/planted.json");
        let text = serde_json::to_string_pretty(&now).expect("what is planted is JSON");
        std::fs::write(path, text + "\n").expect("the file can be written");
        return;
    }
    let mut wrong = Vec::new();
    let paths =
        |p: &Planted| p.pages.iter().map(|(path, page)| format!("{path} {} {}", page.template, page.outcome)).collect();
    wrong.extend(lines::difference("pages", &paths(&planted), &paths(&now)));
    for (path, page) in &planted.pages {
        let Some(got) = now.pages.get(path) else { continue };
        wrong.extend(lines::difference(&format!("{path}: installs"), &page.installs, &got.installs));
        wrong.extend(lines::difference(&format!("{path}: events"), &page.events, &got.events));
    }
    let findings = |p: &Planted| p.findings.iter().map(|f| format!("{f:?}")).collect();
    wrong.extend(lines::difference("findings", &findings(&planted), &findings(&now)));
    let report = serde_json::to_string(&report).expect("a report is JSON");
    for decoy in &planted.decoys {
        assert!(!report.contains(decoy.as_str()), "the decoy {decoy} was taken for tracking");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_shop_is_large_enough_and_every_kind_of_fault_is_planted() {
    let planted: Planted = serde_json::from_str(demo::PLANTED).expect("planted.json is readable");
    assert!(planted.pages.values().filter(|p| p.outcome == "ok").count() >= 36);
    for rule in [
        "untracked-page",
        "missing-pixel",
        "duplicate-init",
        "duplicate-event",
        "event-before-init",
        "init-without-event",
        "unknown-event",
        "missing-param",
        "invalid-param",
        "invalid-account",
        "stray-account",
        "missing-event",
        "ungated-pixel",
    ] {
        assert!(planted.findings.iter().any(|f| f.rule == rule && !f.pages.is_empty()), "{rule} is not planted");
    }
    assert!(planted.decoys.len() >= 8);
}
