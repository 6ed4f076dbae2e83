//! Containers under another name: loaders that serve Google's files from a host and a path of the site's own choice, the
//! id hidden in the query or nowhere.

use base64::{
    Engine, alphabet::URL_SAFE, engine::DecodePaddingMode, engine::GeneralPurpose, engine::GeneralPurposeConfig,
};
use url::Url;

use super::{assemble::Located, fact::What};
use crate::{
    catalogue::Catalogue,
    script::{LoadKind, Value},
    value::same_site,
};

/// Lengths of a value that may hide an id.
const HIDDEN: std::ops::RangeInclusive<usize> = 8..=400;
/// Parts of a query that are looked at.
const MAX_PARTS: usize = 20;
/// Bytes at the start of a file of Google's in which its data begins.
const HEAD: usize = 2_000;
/// Decodes with or without padding, and what isn't zero at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What such a loader serves.
#[derive(Debug, PartialEq)]
pub(super) struct Hidden {
    /// Catalogue id of the vendor.
    pub(super) vendor: &'static str,
    /// The id; `None` where it is hidden beyond finding.
    pub(super) id: Option<String>,
}

/// The container that a script at `url` is, loaded on a page at `page` by a unit of it with these facts. Without the
/// message by which a container starts, only the site's own hosts count.
pub(super) fn hidden(catalogue: &Catalogue, page: &Url, url: &Url, unit: &[Located]) -> Option<Hidden> {
    if !matches!(url.scheme(), "http" | "https") || catalogue.index().is_vendor_host(url.host_str()?) {
        return None;
    }
    let started = unit.iter().any(starts);
    if !started && !same_site(page, url) {
        return None;
    }
    let id = in_query(url).or_else(|| started.then(|| short(url)).flatten());
    if let Some(id) = id {
        let vendor = match id.split_once('-')?.0 {
            "GTM" => "google-tag-manager",
            "G" => "google-analytics-4",
            "AW" => "google-ads",
            _ => "google-tag",
        };
        return Some(Hidden { vendor, id: Some(id) });
    }
    // the snippet of a container that loads one script, whatever that is called, loads the container
    let scripts = unit.iter().filter(|located| {
        matches!(&located.fact.what, What::Address { kind, .. } if !matches!(kind, LoadKind::Image | LoadKind::Frame))
    });
    let snippet = started && scripts.count() == 1 && url.path().ends_with(".js");
    snippet.then_some(Hidden { vendor: "google-tag-manager", id: None })
}

/// Whether a fact is the message by which a container starts.
fn starts(located: &Located) -> bool {
    matches!(&located.fact.what, What::Message(Value::Object { entries, .. }) if entries.iter().any(|(key, _)| key == "gtm.start"))
}

/// An id that the query names or hides: plain, or packed as text of the form `id=GTM-…`.
fn in_query(url: &Url) -> Option<String> {
    let pairs = url.query_pairs().take(MAX_PARTS);
    let mut parts = pairs.flat_map(|(key, value)| [key.into_owned(), value.into_owned()]);
    parts.find_map(|part| {
        let packed = part.replace(['+', ' '], "-").replace('/', "_");
        let unpacked = || HIDDEN.contains(&packed.len()).then(|| BASE64.decode(&packed).ok()).flatten();
        id_of(&part).or_else(|| id_of(std::str::from_utf8(&unpacked()?).ok()?.trim_start_matches("id=")))
    })
}

/// Stape's form: `?st=` and the id without its prefix.
fn short(url: &Url) -> Option<String> {
    let (_, tail) = url.query_pairs().find(|(key, _)| key == "st")?;
    id_of(&format!("GTM-{tail}"))
}

fn id_of(text: &str) -> Option<String> {
    let end = text.find(['&', '/']).unwrap_or(text.len());
    let id = text.get(..end)?;
    let (prefix, tail) = id.split_once('-')?;
    let lengths = match prefix {
        "GTM" => 4..=9,
        "G" | "GT" => 6..=12,
        "AW" if tail.bytes().all(|b| b.is_ascii_digit()) => 6..=12,
        _ => return None,
    };
    let plain = tail.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    (plain && lengths.contains(&tail.len())).then(|| id.to_owned())
}

/// Google's file under any name: the id that it says is its own. `None` for every other script.
pub(super) fn served(text: &str) -> Option<String> {
    static OWN: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r#"[{,]\s*"?(?:ctid|5)"?\s*:\s*"((?:GTM|G|AW|GT)-[A-Z0-9]{4,14})""#)
            .expect("a constant pattern")
    });
    let head = text.get(..text.floor_char_boundary(HEAD))?;
    if !head.contains("\"resource\"") || !text.contains("google_tag_manager") {
        return None;
    }
    let found = OWN.captures(text)?;
    id_of(found.get(1)?.as_str())
}
