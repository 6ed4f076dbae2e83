//! Which images and frames of a page can be a vendor's request or a consent platform's loader at all: a look at the
//! source of the tag, before anything is taken apart. Errs on the side of "can".

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::{beacon_form::BeaconForm, schema::Vendor};

/// Pieces of text of which a tag of interest holds at least one.
#[derive(Debug, Clone)]
pub(crate) struct Sieve {
    /// `None`: everything passes.
    pieces: Option<AhoCorasick>,
}

/// References by which a character of a host or a field's name may be written.
const REFERENCES: [&str; 6] = ["&#", "&period", "&sol", "&colon", "&lowbar", "&equals"];

impl Sieve {
    /// `others`: further texts of interest in any tag.
    pub(super) fn new(vendors: &[Vendor], others: impl IntoIterator<Item = String>) -> Sieve {
        let mut pieces: Vec<String> = others.into_iter().collect();
        pieces.extend(REFERENCES.map(str::to_owned));
        for form in vendors.iter().flat_map(|v| &v.beacons).filter(|form| form.installs) {
            match pieces_of(form) {
                Some(more) => pieces.extend(more),
                None => return Sieve { pieces: None },
            }
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces.sort_unstable();
        pieces.dedup();
        let build = |kind| AhoCorasick::builder().ascii_case_insensitive(true).kind(kind).build(&pieces);
        // A page has many images: the fast kind is worth its memory, where it can be had.
        Sieve { pieces: build(Some(AhoCorasickKind::DFA)).or_else(|_| build(None)).ok() }
    }

    /// Whether the source of a tag, or an address, holds anything of interest.
    pub(crate) fn passes(&self, text: &str) -> bool {
        self.pieces.as_ref().is_none_or(|pieces| pieces.is_match(text))
    }
}

/// Shortest beginning of a path that tells anything.
const TELLING_PATH: usize = 5;

/// What an address that a form holds for contains: one of its hosts; where any host will do, the field that tells most,
/// or else the beginning of its path. `None` where that is nothing.
fn pieces_of(form: &BeaconForm) -> Option<Vec<String>> {
    let mut pieces = Vec::new();
    for host in &form.hosts {
        if host != "*" {
            pieces.push(host.trim_start_matches("*.").to_owned());
            continue;
        }
        match form.requires.keys().filter_map(|name| field(name)).max_by_key(|name| name.len()) {
            Some(field) => pieces.extend(["?", "&", ";", "/"].map(|before| format!("{before}{field}="))),
            None => pieces.push(beginning(form.path.as_str())?),
        }
    }
    Some(pieces)
}

/// The field of an address that a required place stands in. A document stands in a body, which an image has none of, or
/// in the field `data`.
fn field(place: &str) -> Option<&str> {
    let name = match place.split_once(':') {
        Some(("json", _)) => "data",
        Some(("path", _)) => return None,
        Some((name, _)) => name,
        None => place,
    };
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then_some(name)
}

/// What every path begins with that a pattern holds for.
fn beginning(pattern: &str) -> Option<String> {
    if pattern.contains('|') && !pattern.contains('(') {
        return None;
    }
    let pattern = pattern.trim_start_matches('^').trim_start_matches("(?:").trim_start_matches('^');
    let end =
        pattern.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-'))).unwrap_or(pattern.len());
    let literal = pattern.get(..end)?;
    // A character before a quantifier may be absent.
    let optional = pattern.get(end..).is_some_and(|rest| rest.starts_with(['?', '*', '{']));
    let literal = if optional { literal.get(..literal.len().saturating_sub(1))? } else { literal };
    (literal.len() >= TELLING_PATH).then(|| literal.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::Catalogue;

    #[test]
    fn a_vendors_requests_pass_and_ordinary_images_do_not() {
        let cases = [
            ("<img src='https://www.facebook.com/tr?id=1&ev=x'>", true),
            ("<img src='//WWW.Facebook.com/tr?id=1&ev=x'>", true),
            ("<img src='https://www&#46;facebook.com/tr?id=1'>", true),
            ("<img src='/metrics/collect?v=2&amp;tid=G-ABC'>", true),
            ("<iframe src='/ns.html?id=GTM-ABC'>", true),
            ("<img src='//stats.shop.example/b/ss/suite/1/H.27/s1?pageName=x'>", true),
            ("<iframe src='https://consent.cookiebot.com/x'>", true),
            ("<img id=a src='/i/product.webp?resize=300&w=2' alt='tid of a product'>", false),
        ];
        for (tag, expect) in cases {
            assert_eq!(Catalogue::builtin().sieve().passes(tag), expect, "{tag}");
        }
    }
}
