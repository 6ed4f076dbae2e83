//! What the browser's messages say of a request and its answer: header fields, body, status.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::record::cut;

/// Header fields kept of a request, and the longest value.
const MAX_HEADERS: usize = 64;
pub(super) const MAX_HEADER: usize = 4096;

/// The body as it came along, and whether there is one that did not.
pub(super) fn body_of(request: &Value) -> (Option<Vec<u8>>, bool) {
    let pieces = request["postDataEntries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let decoded: Option<Vec<Vec<u8>>> =
        pieces.iter().map(|piece| STANDARD.decode(piece["bytes"].as_str()?).ok()).collect();
    match decoded.filter(|pieces| !pieces.is_empty()) {
        Some(pieces) => (Some(pieces.concat()), false),
        None => match request["postData"].as_str() {
            Some(body) => (Some(body.as_bytes().to_vec()), false),
            None => (None, request["hasPostData"] == true),
        },
    }
}

/// Header fields by lower-case name, without what tells who somebody is.
pub(super) fn fields(value: &Value) -> BTreeMap<String, String> {
    const SECRET: [&str; 5] = ["cookie", "set-cookie", "authorization", "proxy-authorization", "www-authenticate"];
    let all = value.as_object().into_iter().flatten();
    let all = all.filter_map(|(name, value)| Some((name.to_ascii_lowercase(), cut(value.as_str()?, MAX_HEADER))));
    all.filter(|(name, _)| !SECRET.contains(&name.as_str())).take(MAX_HEADERS).collect()
}

pub(super) fn status_of(response: &Value) -> Option<u16> {
    response["status"].as_u64().and_then(|status| u16::try_from(status).ok())
}

/// A header field of a request, whatever the case of its name.
pub(super) fn header(request: &Value, name: &str) -> Option<String> {
    let fields = request["headers"].as_object()?;
    let (_, value) = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    value.as_str().map(|value| cut(value, MAX_HEADER))
}
