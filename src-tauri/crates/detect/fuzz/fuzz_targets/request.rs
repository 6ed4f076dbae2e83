//! Any bytes as a request: the first line is its address, the second its type of content, the rest its body.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use pixelproof_detect::{Catalogue, decode};
use pixelproof_model::Request;

fuzz_target!(|input: &str| {
    let mut parts = input.splitn(3, '\n');
    let url = parts.next().unwrap_or_default().to_owned();
    let kind = parts.next().unwrap_or_default();
    let body = parts.next().map(str::to_owned);
    // Half of the bodies as base64: that is how those that are no text arrive.
    let is_base64 = kind.starts_with("base64 ");
    let kind = kind.trim_start_matches("base64 ").to_owned();
    let (body, body_base64) = if is_base64 { (None, body) } else { (body, None) };
    let method = if body.is_some() || body_base64.is_some() { "POST" } else { "GET" }.to_owned();
    let headers = BTreeMap::from([("content-type".to_owned(), kind)]);
    let decoded = decode(Catalogue::builtin(), &Request { method, url, body, body_base64, headers });
    serde_json::to_string(&decoded).expect("an answer is JSON");
});
