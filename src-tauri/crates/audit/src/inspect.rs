//! One page without a crawl: what a file or an address declares.

use std::path::Path;

use pixelproof_model::{AuditConfig, Page};
use url::Url;

use crate::Result;

/// What a saved page declares. `base` is the address it was saved from; without it, its own `file:` address. A file that
/// can't be read gives a page that says so in `problems`. Blocks.
pub fn inspect_file(_path: &Path, _base: Option<&Url>) -> Page {
    todo!()
}

/// What the page at an address declares, with its external scripts.
pub async fn inspect_url(_url: &str, _config: &AuditConfig) -> Result<Page> {
    todo!()
}
