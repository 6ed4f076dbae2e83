//! What tests of audits share: a small shop with faults, and an audit of a served site in a store of its own.

use anyhow::Result;
use pixelproof_audit::{Audits, RunEnd, parse_input};
use pixelproof_model::{AuditConfig, AuditReport};
use pixelproof_tests::{Act, Site, TestServer};

/// An audit that has ended, with its store.
pub(crate) struct Ended {
    pub(crate) audits: Audits,
    pub(crate) id: String,
    pub(crate) end: RunEnd,
    _folder: tempfile::TempDir,
}

impl Ended {
    /// Its report.
    pub(crate) fn report(&self) -> AuditReport {
        self.audits.report(&self.id).expect("the report of a finished audit")
    }
}

/// Audits what a server serves, from its first page.
pub(crate) async fn audit(server: &TestServer, config: AuditConfig) -> Result<Ended> {
    let folder = tempfile::tempdir()?;
    let audits = Audits::open(&folder.path().join("audits.db"))?;
    let run = audits.start(parse_input(server.url("/").as_str(), config)?)?;
    let end = run.join().await?;
    Ok(Ended { audits, id: run.id().to_owned(), end, _folder: folder })
}

/// A page with a body in a shop's frame.
pub(crate) fn page(title: &str, head: &str, body: &str) -> Act {
    Act::html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n{head}\n</head>\n\
         <body>\n<h1>{title}</h1>\n<p>Words enough to be a page of its own.</p>\n{body}\n</body>\n</html>\n"
    ))
}

/// The base code of a Meta pixel.
pub(crate) const META: &str = "<script>fbq('init', '480011223344556');\nfbq('track', 'PageView');</script>";

/// Twelve pages: a home page, five products of which one initialises twice, four posts without any pixel, a purchase
/// said twice, a page that is not there.
pub(crate) fn shop() -> Site {
    let names = ["bowl", "cup", "jug", "plate", "pot"];
    let posts = ["autumn", "glaze", "kiln", "market"];
    let links = |folder: &str, names: &[&str]| -> String {
        names.iter().map(|n| format!("<a href=\"/{folder}/{n}\">{n}</a>\n")).collect()
    };
    let home = format!(
        "{}{}<a href=\"/thank-you\">x</a><a href=\"/gone\">y</a>",
        links("product", &names),
        links("blog", &posts)
    );
    let mut site = Site::new().on("/", page("Clay and Co", META, &home));
    for name in names {
        let twice = format!("{META}\n<script>fbq('init', '480011223344556');</script>");
        let head = if name == "jug" { twice.as_str() } else { META };
        site = site.on(&format!("/product/{name}"), page(name, head, "<a href=\"/\">Home</a>"));
    }
    for post in posts {
        site = site.on(&format!("/blog/{post}"), page(post, "", "<a href=\"/\">Home</a>"));
    }
    let purchase = "<script>fbq('track', 'Purchase', {value: 12, currency: 'EUR'});\n\
                    fbq('track', 'Purchase', {value: 12, currency: 'EUR'});</script>";
    site.on("/thank-you", page("Thank you", &format!("{META}\n{purchase}"), ""))
}

/// A text with what differs between two runs of one site put aside: port, id, times.
pub(crate) fn normal(text: &str, server: &TestServer, report: &AuditReport) -> String {
    let head = &report.audit;
    let mut text = text.replace(&format!("127.0.0.1:{}", server.address().port()), "127.0.0.1:PORT");
    let times = [Some(&head.started), head.finished.as_ref()];
    for time in times.into_iter().flatten() {
        text = text.replace(time.as_str(), "TIME");
        if let (Some(day), Some(minute)) = (time.get(..10), time.get(11..16)) {
            text = text.replace(&format!("{day} {minute} UTC"), "TIME");
        }
    }
    text.replace(&head.id, "ID").replace(&head.tool, "Pixelproof VERSION")
}
