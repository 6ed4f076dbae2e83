//! Any text as a container of any manager, judged on two pages, and brought to a page that loads one of each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

use pixelproof_detect::{Catalogue, Container, PageInput, add_containers, read_container, read_page};

/// Loads a container, a Google tag, and a file of each other manager.
const PAGE: &str = "<script src='https://www.googletagmanager.com/gtm.js?id=GTM-ABC1234'></script>\
    <script src='https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345'></script>\
    <script src='https://tags.tiqcdn.com/utag/pots/main/prod/utag.js'></script>\
    <script src='https://assets.adobedtm.com/0123456789ab/0123456789ab/launch-0123456789ab.min.js'></script>\
    <script src='https://stats.shop.example/container_PoTs1234.js'></script><script>_mtm.push({event:'mtm.Start'})</script>\
    <script>analytics.load('wRiTeKeYwRiTeKeYwRiTeKeY')</script>";
const IDS: [&str; 6] = [
    "GTM-ABC1234",
    "G-ABCDE12345",
    "pots/main",
    "0123456789ab/0123456789ab/launch-0123456789ab",
    "container_PoTs1234",
    "wRiTeKeYwRiTeKeYwRiTeKeY",
];

fuzz_target!(|text: &str| {
    let pages = ["https://shop.example/", "https://shop.example/thanks?order=1#x"];
    let pages: Vec<url::Url> = pages.iter().map(|page| page.parse().expect("an address")).collect();
    let report = read_container(Catalogue::builtin(), Some("GTM-ABC1234"), text, &pages);
    serde_json::to_string(&report).expect("a report is JSON");
    let catalogue = Catalogue::builtin();
    let input = PageInput { source: "page", url: &pages[1], html: PAGE };
    let mut page = read_page(catalogue, &input).finish(catalogue, &|_| None);
    let read = IDS.iter().filter_map(|id| Container::parse(id, text).ok()).map(Arc::new).collect::<Vec<_>>();
    add_containers(&mut page, catalogue, &pages[1], &Default::default(), &read);
    serde_json::to_string(&page).expect("a page is JSON");
});
