//! Two audits compared: on the command line, from the store and from files, and as the baseline of a build.

use std::path::Path;

use pixelproof_model::{AuditDiff, AuditReport, Change, DiffKind};
use pixelproof_tests::{Act, Site, TestServer};

use crate::{
    audits::{META, page, shop},
    cli::{check, folder},
};

/// The shop after a release: a page lost its pixel, a doubled init is mended, a purchase changed its value, an event is
/// new, one page came and one went.
fn released() -> Site {
    let home = "<a href=\"/\">Home</a>";
    let purchase = "<script>fbq('track', 'Purchase', {value: 15, currency: 'EUR'});\n\
                    fbq('track', 'Purchase', {value: 15, currency: 'EUR', content_type: 'product'});</script>";
    let lead = format!("{META}\n<script>fbq('track', 'Lead');</script>");
    shop()
        .on("/product/cup", page("cup", "", &format!("{home}<a href=\"/about\">About</a>")))
        .on("/product/jug", page("jug", META, home))
        .on("/product/pot", page("pot", &lead, home))
        .on("/thank-you", page("Thank you", &format!("{META}\n{purchase}"), ""))
        .on("/blog/kiln", Act::error(410))
        .on("/about", page("About", META, ""))
}

/// Audits both shops into one store: the report of each goes to a folder.
fn two_audits(at: &Path) -> (TestServer, TestServer) {
    let (before, after) = (TestServer::start(shop()).unwrap(), TestServer::start(released()).unwrap());
    for (server, folder) in [(&before, "before"), (&after, "after")] {
        let url = server.url("/").to_string();
        check(&["audit", &url, "--store", "a.db", "--out", folder, "--fail-on", "never"], at, 0, "", "");
    }
    (before, after)
}

fn report(at: &Path, folder: &str) -> AuditReport {
    serde_json::from_slice(&std::fs::read(at.join(folder).join("report.json")).unwrap()).unwrap()
}

#[test]
fn what_a_release_changed_is_said_by_page_template_and_site() {
    let (_keep, at) = folder();
    let (one, two) = two_audits(&at);
    let (before, after) = (report(&at, "before"), report(&at, "after"));
    let ids = [before.audit.id.as_str(), after.audit.id.as_str()];
    let stored = check(&["diff", ids[0], ids[1], "--json", "--store", "a.db"], &at, 0, "", "").stdout;
    let files = ["diff", "before/report.json", "after/report.json", "--json", "--store", "none.db"];
    let files = check(&files, &at, 0, "", "").stdout;
    assert_eq!(String::from_utf8_lossy(&stored), String::from_utf8_lossy(&files), "store and files say the same");

    let diff: AuditDiff = serde_json::from_slice(&stored).unwrap();
    assert_eq!((diff.pages_compared, diff.pages_new, diff.pages_lost), (12, 1, 0));
    let said: Vec<String> = diff
        .pages
        .iter()
        .flat_map(|page| {
            let path = url::Url::parse(&page.url).unwrap().path().to_owned();
            let of = move |item: &pixelproof_model::DiffItem| {
                let name = [&item.event, &item.param].map(|n| n.as_deref().unwrap_or("-").to_owned()).join("/");
                let values = [&item.before, &item.after].map(|v| v.as_deref().unwrap_or("-").to_owned()).join(">");
                format!("{path} {:?} {:?} {name} {values}", item.kind, item.change)
            };
            page.items.iter().map(of).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        said,
        [
            "/about Page New -/- ->-",
            "/blog/kiln Page Changed -/- ok>http-error",
            "/product/cup Pixel Lost -/- active>-",
            "/product/cup Event Lost PageView/- 1>-",
            "/product/jug Pixel Changed -/- duplicate>active",
            "/product/pot Event New Lead/- ->1",
            "/thank-you Param New Purchase/content_type ->\"product\"",
            "/thank-you Param Changed Purchase/value 12>15",
        ]
    );
    let lost = diff.templates.iter().find(|t| t.item.kind == DiffKind::Pixel && t.item.change == Change::Lost).unwrap();
    assert_eq!((lost.template.as_str(), lost.pages), ("/product/*", 1));
    assert!(diff.events.iter().any(|e| (e.name.as_str(), e.change, e.pages_after) == ("Lead", Change::New, 1)));
    assert!(diff.findings.iter().any(|f| f.rule == "duplicate-init" && f.change == Change::Lost));

    let text = check(&["diff", ids[0], ids[1], "--store", "a.db"], &at, 0, "", "").stdout;
    let mut text = String::from_utf8(text).unwrap();
    for (server, report, name) in [(&one, &before, "A"), (&two, &after, "B")] {
        text = text.replace(&server.address().to_string(), &format!("{name}.test"));
        text = text.replace(&report.audit.id, name).replace(&report.audit.started, "TIME");
    }
    insta::assert_snapshot!("diff", text);
}

#[test]
fn nothing_differs_from_the_same_audit() {
    let (_keep, at) = folder();
    let (_one, _two) = two_audits(&at);
    check(&["diff", "last", "after/report.json", "--store", "a.db"], &at, 0, "Nothing that is compared differs", "");
    check(&["diff", "last", "missing.json", "--store", "a.db"], &at, 2, "", "missing.json");
    std::fs::write(at.join("other.json"), "{\"schema\": \"other\"}").unwrap();
    check(&["diff", "last", "other.json", "--store", "a.db"], &at, 2, "", "no report.json");
    check(&["diff", "last", "nothing", "--store", "a.db"], &at, 2, "", "no audit");
}

#[test]
fn only_what_a_baseline_lacks_fails_a_build() {
    let (_keep, at) = folder();
    let (_one, two) = two_audits(&at);
    let again = TestServer::start(shop()).unwrap();
    let (url, worse) = (two.url("/").to_string(), again.url("/").to_string());
    let kept = report(&at, "after").audit.id;
    for baseline in [kept.as_str(), "after/report.json"] {
        let same = ["audit", &url, "--store", "a.db", "--baseline", baseline];
        check(&same, &at, 0, "", "0 new findings since the baseline");
        let changed = ["audit", &worse, "--store", "a.db", "--baseline", baseline];
        check(&changed, &at, 1, "", "2 new findings since the baseline");
        check(&[&changed[..], &["--fail-on", "never"]].concat(), &at, 0, "", "since the baseline");
    }
    check(&["audit", &url, "--store", "a.db", "--baseline", "nothing"], &at, 2, "", "no audit");
    check(&["audit", &url, "--store", "a.db", "--baseline", "missing.json"], &at, 2, "", "missing.json");
}
