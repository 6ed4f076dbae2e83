//! Any text as a page, with what never runs in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof_detect::{Catalogue, PageInput, read_page_with_inert, rules};

fuzz_target!(|html: &str| {
    let url = "https://shop.example/a/b".parse().expect("an address");
    let catalogue = Catalogue::builtin();
    let page = read_page_with_inert(catalogue, &PageInput { source: "page", url: &url, html }).finish(catalogue, &|_| None);
    rules::check_page(&rules::PageContext::of(&page, catalogue));
    serde_json::to_string(&page).expect("a page is JSON");
});
