//! What a bundle costs that every page of a site loads: its analysis once, and on each page what it says.

use std::{cell::Cell, collections::BTreeMap, fmt::Write as _, sync::Arc};

use pixelproof_detect::{
    Catalogue, PageInput,
    page::{ExternalScript, read_script},
    read_page,
};
use url::Url;

use crate::clock::Pair;

/// Pages of the site.
const PAGES: usize = 200;
/// Bytes of its bundle.
const BUNDLE: usize = 1_000_000;

pub(crate) fn measure() {
    let catalogue = Catalogue::builtin();
    let text: Arc<str> = bundle().into();
    let pages: Vec<String> = (0..PAGES).map(page).collect();
    let analysed = Cell::new(0);
    let pair = Pair::measure(
        || read_script(catalogue, text.clone()),
        || {
            analysed.set(0);
            site(catalogue, &pages, &text, &analysed)
        },
    );
    let line = serde_json::json!({
        "measure": "reuse", "pages": PAGES, "bytes": text.len(), "analysed": analysed.get(),
        "once_s": pair.base_best(), "site_s": pair.work_best(),
    });
    println!("{line}");
}

/// Reads every page with its bundle; scripts are kept by their text, as an audit keeps them by its hash.
fn site(catalogue: &Catalogue, pages: &[String], text: &Arc<str>, analysed: &Cell<u32>) -> usize {
    let mut kept: BTreeMap<Arc<str>, Arc<ExternalScript>> = BTreeMap::new();
    let mut events = 0;
    for (number, html) in pages.iter().enumerate() {
        let url = Url::parse(&format!("https://shop.example/p/{number}")).expect("a URL");
        let read = read_page(catalogue, &PageInput { source: "page.html", url: &url, html });
        for _ in read.scripts() {
            kept.entry(text.clone()).or_insert_with(|| {
                analysed.set(analysed.get() + 1);
                Arc::new(read_script(catalogue, text.clone()))
            });
        }
        let page = read.finish(catalogue, &|_| kept.get(text).cloned());
        events += page.events.len();
    }
    assert_eq!(events, PAGES, "the bundle's event is on every page");
    events
}

fn page(number: usize) -> String {
    format!(
        "<!doctype html><title>Product {number}</title><body>{}<script src=/static/app.js?page={number}></script>",
        "<p>Made of good stuff.</p>".repeat(50)
    )
}

fn bundle() -> String {
    let mut out = String::from("(function(){fbq('init','1000000000001');fbq('trackCustom','Seen');");
    let mut number = 0;
    while out.len() < BUNDLE {
        let _ = write!(out, "var f{number}=function(a,b){{return a?b+{number}:g(b,function(c){{return c*a}})}};");
        number += 1;
    }
    out + "})();"
}
