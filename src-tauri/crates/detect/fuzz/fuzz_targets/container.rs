//! Any text as a container, judged on two pages.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof_detect::{Catalogue, read_container};

fuzz_target!(|text: &str| {
    let pages = ["https://shop.example/", "https://shop.example/thanks?order=1#x"];
    let pages: Vec<url::Url> = pages.iter().map(|page| page.parse().expect("an address")).collect();
    let report = read_container(Catalogue::builtin(), Some("GTM-ABC1234"), text, &pages);
    serde_json::to_string(&report).expect("a report is JSON");
});
