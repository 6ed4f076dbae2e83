//! What an answer's header says of the page: the fields worth keeping, and the pages that `Link` and `Refresh` name. Pure.

use std::collections::BTreeMap;

use pixelproof_model::FoundBy;
use reqwest::header::HeaderMap;
use url::Url;

use crate::FoundLink;

/// Fields kept.
const KEPT: [&str; 5] = ["etag", "last-modified", "link", "refresh", "x-robots-tag"];
/// Longest field kept, in bytes; several of one name are joined.
const MAX_FIELD: usize = 8 * 1024;
/// Links taken from one header.
const MAX_LINKS: usize = 100;

/// The fields that say something of the page, names in lower case. One that is too long is as good as absent: half of it
/// could say something else.
pub(crate) fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let field = |name: &str| {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()).collect();
        let joined = values.join(", ");
        (!joined.trim().is_empty() && joined.len() <= MAX_FIELD).then(|| (name.to_owned(), joined))
    };
    KEPT.iter().filter_map(|name| field(name)).collect()
}

/// The pages that kept fields name, in their order.
pub(crate) fn links(kept: &BTreeMap<String, String>, at: &Url) -> Vec<FoundLink> {
    let mut links = Vec::new();
    let mut add = |target: &str, by| {
        if let Some(url) = resolve(at, target) {
            links.push(FoundLink { url, by, nofollow: false });
        }
    };
    if let Some(target) = kept.get("refresh").and_then(|value| refresh_target(value)) {
        add(target, FoundBy::MetaRefresh);
    }
    for (target, parameters) in kept.get("link").map(|value| entries(value)).unwrap_or_default() {
        for rel in value_of(parameters, "rel").unwrap_or_default().split_ascii_whitespace() {
            match rel.to_ascii_lowercase().as_str() {
                "canonical" => add(target, FoundBy::Canonical),
                "next" | "prev" => add(target, FoundBy::Next),
                "alternate" if value_of(parameters, "hreflang").is_some() => add(target, FoundBy::Alternate),
                "alternate" if value_of(parameters, "type").is_some_and(is_feed) => add(target, FoundBy::Feed),
                "amphtml" => add(target, FoundBy::Alternate),
                _ => {}
            }
        }
    }
    links
}

fn is_feed(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["application/rss+xml", "application/atom+xml", "application/rdf+xml"].iter().any(|feed| kind.starts_with(feed))
}

fn resolve(at: &Url, target: &str) -> Option<Url> {
    let mut url = at.join(target.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_fragment(None);
    Some(url)
}

/// Where `5; url=/next` leads. Without an address the page only reloads itself.
fn refresh_target(value: &str) -> Option<&str> {
    let rest = value.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | ','));
    let named = rest.get(..3).filter(|word| word.eq_ignore_ascii_case("url")).and_then(|_| rest.get(3..));
    let target = named.and_then(|after| after.trim_start().strip_prefix('=')).unwrap_or(rest);
    Some(target.trim().trim_matches(['\'', '"'])).filter(|target| !target.is_empty())
}

/// `<target>; parameters` of a `Link` field.
fn entries(value: &str) -> Vec<(&str, &str)> {
    let mut entries = Vec::new();
    let mut rest = value;
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, after)| after.split_once('>')) {
        let end = end_of_entry(after);
        entries.push((target, after.get(..end).unwrap_or_default()));
        rest = after.get(end..).unwrap_or_default();
        if entries.len() >= MAX_LINKS {
            break;
        }
    }
    entries
}

/// Where the parameters end: at the first comma that stands in no quotes.
fn end_of_entry(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// The value of a parameter, given its name in lower case.
fn value_of<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(fields: &[(&str, &str)], wanted: &[(&str, FoundBy)]) {
        let headers: HeaderMap = fields
            .iter()
            .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect();
        let at = Url::parse("https://shop.test/a/b?c").unwrap();
        let found = links(&kept(&headers), &at);
        let found: Vec<_> = found.iter().map(|link| (link.url.as_str(), link.by)).collect();
        assert_eq!(found, wanted, "{fields:?}");
    }

    #[test]
    fn a_header_names_pages() {
        use FoundBy::*;
        check(&[("Link", "</real>; rel=\"canonical\"")], &[("https://shop.test/real", Canonical)]);
        check(
            &[("Link", "<?p=2>; rel=next, <?p=0>;rel=\"prev\"; title=\"a, b\",</c>; rel=canonical")],
            &[
                ("https://shop.test/a/b?p=2", Next),
                ("https://shop.test/a/b?p=0", Next),
                ("https://shop.test/c", Canonical),
            ],
        );
        check(
            &[("Link", "</s.css>; rel=preload; as=style"), ("Link", "</de>; rel=alternate; hreflang=de")],
            &[("https://shop.test/de", Alternate)],
        );
        check(&[("Link", "</feed>; rel=alternate; type=\"application/rss+xml\"")], &[("https://shop.test/feed", Feed)]);
        check(&[("Refresh", "0; URL='/next#x'")], &[("https://shop.test/next", MetaRefresh)]);
        check(&[("Refresh", "5;https://other.test/")], &[("https://other.test/", MetaRefresh)]);
    }

    #[test]
    fn odd_headers_name_nothing() {
        for (name, value) in [
            ("Refresh", "300"),
            ("Refresh", ""),
            ("Refresh", "0; url=javascript:alert(1)"),
            ("Link", "<"),
            ("Link", "</a"),
            ("Link", "</a>"),
            ("Link", "</a>; rel"),
            ("Link", "rel=canonical"),
            ("Link", "<data:x>; rel=canonical"),
        ] {
            check(&[(name, value)], &[]);
        }
        let many = "</x>; rel=next,".repeat(1000);
        check(&[("Link", &many)], &[]);
        assert_eq!(entries(&many).len(), MAX_LINKS);
    }

    #[test]
    fn what_says_something_of_the_page_is_kept() {
        let mut headers = HeaderMap::new();
        headers.insert("ETag", HeaderValue::from_static("\"a\""));
        headers.insert("Set-Cookie", HeaderValue::from_static("session=secret"));
        headers.append("X-Robots-Tag", HeaderValue::from_static("noindex"));
        headers.append("X-Robots-Tag", HeaderValue::from_static("noarchive"));
        let kept: Vec<_> = kept(&headers).into_iter().collect();
        let wanted = [("etag", "\"a\""), ("x-robots-tag", "noindex, noarchive")];
        assert_eq!(kept, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
