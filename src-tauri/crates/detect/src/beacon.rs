//! Requests decoded: which vendor claims one, and which events it carries.

use pixelproof_model::{Decoded, Request, RequestKind};

use crate::catalogue::Catalogue;

/// Decodes one request. A request that no vendor claims has `vendor: None`.
pub fn decode(_catalogue: &Catalogue, _request: &Request) -> Decoded {
    Decoded { vendor: None, kind: RequestKind::Other, events: Vec::new() }
}
