//! Which images and frames of a page can be a vendor's request or a consent platform's loader at all: a look at the
//! source of the tag, before anything is taken apart. Errs on the side of "can".

use aho_corasick::AhoCorasick;

use super::schema::{BeaconForm, Vendor};

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
        for form in vendors.iter().flat_map(|v| &v.beacons) {
            match pieces_of(form) {
                Some(more) => pieces.extend(more),
                None => return Sieve { pieces: None },
            }
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces.sort_unstable();
        pieces.dedup();
        Sieve { pieces: AhoCorasick::builder().ascii_case_insensitive(true).build(&pieces).ok() }
    }

    /// Whether the source of a tag, or an address, holds anything of interest.
    pub(crate) fn passes(&self, text: &str) -> bool {
        self.pieces.as_ref().is_none_or(|pieces| pieces.is_match(text))
    }
}

/// What an address that a form holds for contains: one of its hosts; where any host will do, the field that tells most.
/// `None` where that is nothing.
fn pieces_of(form: &BeaconForm) -> Option<Vec<String>> {
    let mut pieces = Vec::new();
    for host in &form.hosts {
        if host != "*" {
            pieces.push(host.trim_start_matches("*.").to_owned());
            continue;
        }
        let plain = |name: &&String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let field = form.requires.keys().filter(plain).max_by_key(|name| name.len())?;
        pieces.extend(["?", "&", ";", "/"].map(|before| format!("{before}{field}=")));
    }
    Some(pieces)
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
            ("<iframe src='https://consent.cookiebot.com/x'>", true),
            ("<img id=a src='/i/product.webp?resize=300&w=2' alt='tid of a product'>", false),
        ];
        for (tag, expect) in cases {
            assert_eq!(Catalogue::builtin().sieve().passes(tag), expect, "{tag}");
        }
    }
}
