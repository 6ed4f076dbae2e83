//! Detection of a page beside a parse of it.

use pixelproof_detect::{Catalogue, PageInput, read_page, rules};
use url::Url;

use crate::{
    clock::{Pair, spread},
    docs::Doc,
};

pub(crate) fn measure(set: &str, docs: &[Doc]) {
    let catalogue = Catalogue::builtin();
    let base = Url::parse("https://shop.example/page").expect("a URL");
    let measured: Vec<Pair> = docs
        .iter()
        .map(|doc| {
            Pair::measure(
                || scraper::Html::parse_document(&doc.html),
                || {
                    let input = PageInput { source: &doc.name, url: &base, html: &doc.html };
                    let page = read_page(catalogue, &input).finish(catalogue, &|_| None);
                    (rules::check_page(&rules::PageContext::of(&page, catalogue)).len(), page)
                },
            )
        })
        .collect();
    let (low, high) = spread(&measured);
    let pages = docs.iter().zip(&measured).map(|(doc, pair)| {
        serde_json::json!({
            "page": doc.name, "bytes": doc.html.len(), "parse_s": pair.base_best(), "detect_s": pair.work_best(),
        })
    });
    let line = serde_json::json!({
        "measure": "pages", "set": set, "low": low, "high": high, "pages": pages.collect::<Vec<_>>(),
    });
    println!("{line}");
}
