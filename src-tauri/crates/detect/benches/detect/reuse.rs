//! What a script costs that every page of a site loads: its analysis once, and on each page what it says.

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
/// Bytes of the script that defines what pages call: as long as one may be to be read together with theirs.
const SHARED: usize = 120_000;

/// A site whose pages load one script.
struct Site {
    name: &'static str,
    script: Arc<str>,
    pages: Vec<String>,
}

pub(crate) fn measure() {
    let alike = "<script>shop.track('Lead')</script>";
    let own = |number: usize| format!("<script>shop.track('Lead',{{content_ids:['sku-{number}']}})</script>");
    measure_site(&Site {
        name: "a bundle with a pixel",
        script: bundle("fbq('init','1000000000001');fbq('trackCustom','Seen');", BUNDLE),
        pages: (0..PAGES).map(|number| page(number, "")).collect(),
    });
    let wrapper = "fbq('init','1000000000001');window.shop={track:function(n,p){fbq('track',n,p)}};";
    measure_site(&Site {
        name: "a wrapper, called alike by all pages",
        script: bundle(wrapper, SHARED),
        pages: (0..PAGES).map(|number| page(number, alike)).collect(),
    });
    measure_site(&Site {
        name: "a wrapper, called by each page in its own way",
        script: bundle(wrapper, SHARED),
        pages: (0..PAGES).map(|number| page(number, &own(number))).collect(),
    });
}

fn measure_site(site: &Site) {
    let catalogue = Catalogue::builtin();
    let analysed = Cell::new(0);
    let pair = Pair::measure(
        || read_script(catalogue, site.script.clone()),
        || {
            analysed.set(0);
            read_site(catalogue, site, &analysed)
        },
    );
    let line = serde_json::json!({
        "measure": "reuse", "site": site.name, "pages": PAGES, "bytes": site.script.len(), "analysed": analysed.get(),
        "once_s": pair.base_best(), "site_s": pair.work_best(),
    });
    println!("{line}");
}

/// Reads every page with its script; scripts are kept by their text, as an audit keeps them by its hash.
fn read_site(catalogue: &Catalogue, site: &Site, analysed: &Cell<u32>) -> usize {
    let mut kept: BTreeMap<Arc<str>, Arc<ExternalScript>> = BTreeMap::new();
    let mut events = 0;
    for (number, html) in site.pages.iter().enumerate() {
        let url = Url::parse(&format!("https://shop.example/p/{number}")).expect("a URL");
        let read = read_page(catalogue, &PageInput { source: "page.html", url: &url, html });
        for _ in read.scripts() {
            kept.entry(site.script.clone()).or_insert_with(|| {
                analysed.set(analysed.get() + 1);
                Arc::new(read_script(catalogue, site.script.clone()))
            });
        }
        let page = read.finish(catalogue, &|_| kept.get(&site.script).cloned());
        events += page.events.len();
    }
    assert_eq!(events, PAGES, "every page has the one event of {}", site.name);
    events
}

fn page(number: usize, code: &str) -> String {
    format!(
        "<!doctype html><title>Product {number}</title><body>{}<script src=/static/app.js?page={number}></script>{code}",
        "<p>Made of good stuff.</p>".repeat(50)
    )
}

fn bundle(code: &str, size: usize) -> Arc<str> {
    let mut out = format!("(function(){{{code}");
    let mut number = 0;
    while out.len() < size {
        let _ = write!(out, "var f{number}=function(a,b){{return a?b+{number}:g(b,function(c){{return c*a}})}};");
        number += 1;
    }
    (out + "})();").into()
}
