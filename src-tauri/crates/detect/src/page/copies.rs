//! Addresses in copies of pages: what an archive or a mirroring program made of them, turned back into the original's.

use std::borrow::Cow;

use url::Url;

use crate::catalogue::Catalogue;

/// Host of the archive that serves copies below `/web/<time>/`.
const ARCHIVE: &str = "web.archive.org";
/// Digits that mirroring programs put into the names of files whose addresses had a query.
const DIGITS: usize = 4;

/// The address that a copy was made of; any other stays as it is.
pub(super) fn original<'u>(catalogue: &Catalogue, url: &'u Url) -> Cow<'u, Url> {
    let found = if url.host_str() == Some(ARCHIVE) { archived(url) } else { mirrored(catalogue, url) };
    found.map_or(Cow::Borrowed(url), Cow::Owned)
}

/// `/web/20210413141215js_/https://host/path`.
fn archived(url: &Url) -> Option<Url> {
    let whole = url.as_str().split_once("/web/")?.1;
    let (time, rest) = whole.split_once('/')?;
    if !time.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let rest = rest.strip_prefix('/').map_or(Cow::Borrowed(rest), |rest| Cow::Owned(format!("https://{rest}")));
    Url::parse(&rest).ok().filter(Url::has_host)
}

/// `../www.host.com/path/nameXXXX.ext?query`: a directory for each host, and digits where names would be the same.
fn mirrored(catalogue: &Catalogue, url: &Url) -> Option<Url> {
    let segments: Vec<&str> = url.path_segments()?.collect();
    let at = segments.iter().position(|segment| segment.contains('.') && catalogue.index().is_vendor_host(segment))?;
    let (host, path) = (segments.get(at)?, segments.get(at + 1..).filter(|path| !path.is_empty())?);
    let (last, folders) = path.split_last()?;
    let folders: String = folders.iter().map(|folder| format!("{folder}/")).collect();
    let (name, query) = divided(last, url.query());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Url::parse(&format!("https://{host}/{folders}{}{query}", plain(name))).ok()
}

/// A name that holds its query (`js%3Fid=1`, `js@id=1`).
fn divided<'n>(name: &'n str, query: Option<&'n str>) -> (&'n str, Option<&'n str>) {
    let inside = ["%3F", "%3f", "@"].iter().find_map(|mark| name.split_once(mark));
    match inside {
        Some((name, inside)) if query.is_none() && inside.contains('=') => {
            (name, Some(inside.strip_suffix(".js").unwrap_or(inside)))
        }
        _ => (name, query),
    }
}

/// A name without the digits of a mirroring program, which also gives scripts that it could not fetch the ending of a page.
fn plain(name: &str) -> String {
    let (stem, ending) = name.rsplit_once('.').map_or((name, None), |(stem, ending)| (stem, Some(ending)));
    let cut = stem.len().saturating_sub(DIGITS);
    let digits =
        stem.get(cut..).filter(|digits| digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let Some(stem) = digits.and_then(|_| stem.get(..cut)).filter(|stem| !stem.is_empty()) else {
        return name.to_owned();
    };
    match (stem, ending) {
        ("gtm", Some("html")) => "gtm.js".to_owned(),
        ("tr", Some("gif")) => "tr".to_owned(),
        (stem, Some(ending)) => format!("{stem}.{ending}"),
        (stem, None) => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::original;
    use crate::catalogue::Catalogue;

    #[test]
    fn archives_and_mirrors_lead_back_to_the_original() {
        let tag = "https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345";
        let cases = [
            (
                "https://web.archive.org/web/20210413141215js_/https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345",
                tag,
            ),
            ("https://web.archive.org/web/2021//www.googletagmanager.com/gtag/js?id=G-ABCDE12345", tag),
            ("https://x.example/a/www.googletagmanager.com/gtag/jsd7d2?id=G-ABCDE12345", tag),
            ("file:///home/www.googletagmanager.com/gtag/js%3Fid=G-ABCDE12345", tag),
            ("file:///home/www.googletagmanager.com/gtag/js@id=G-ABCDE12345.js", tag),
            (
                "https://x.example/www.googletagmanager.com/gtm5445.html?id=GTM-W3H8RTL",
                "https://www.googletagmanager.com/gtm.js?id=GTM-W3H8RTL",
            ),
            (
                "https://x.example/www.googletagmanager.com/ns2f00.html?id=GTM-W3H8RTL",
                "https://www.googletagmanager.com/ns.html?id=GTM-W3H8RTL",
            ),
            (
                "https://x.example/connect.facebook.net/en_US/fbevents.js",
                "https://connect.facebook.net/en_US/fbevents.js",
            ),
            ("https://x.example/www.facebook.com/tr8ad1.gif?id=1&ev=a", "https://www.facebook.com/tr?id=1&ev=a"),
            ("https://x.example/js/cafe.js", "https://x.example/js/cafe.js"),
            ("https://web.archive.org/web/x", "https://web.archive.org/web/x"),
            ("https://x.example/www.googletagmanager.com", "https://x.example/www.googletagmanager.com"),
        ];
        for (address, expect) in cases {
            let url = address.parse().expect(address);
            assert_eq!(original(Catalogue::builtin(), &url).as_str(), expect, "{address}");
        }
    }
}
