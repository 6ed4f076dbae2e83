//! Pages that a document names outside of its links: structured data, and code that only changes the `location`. Looks at
//! text; runs nothing.

use pixelproof_model::FoundBy;
use serde_json::Value;
use url::Url;

use super::{
    document::Markup,
    item::{Item, ItemKind},
    limits::MAX_LINKS,
};
use crate::page::Link;

/// Longest inline script that can be a mere redirect, in bytes.
const MAX_REDIRECT: usize = 1024;
/// Largest piece of structured data read, in bytes.
const MAX_DATA: usize = 2 << 20;
/// Nesting of structured data looked at.
const MAX_DATA_DEPTH: usize = 32;
/// Members of structured data whose value is the address of a page.
const PAGE_MEMBERS: [&str; 6] = ["url", "item", "mainentityofpage", "@id", "significantlink", "relatedlink"];
/// Members that hold media and organisations, whose addresses are no pages of the site.
const NO_PAGES: [&str; 9] = [
    "image",
    "logo",
    "thumbnail",
    "thumbnailurl",
    "photo",
    "contenturl",
    "associatedmedia",
    "potentialaction",
    "sameas",
];
/// Members under which an `@id` is a page's address and not a mere name.
const ID_IS_PAGE: [&str; 2] = ["item", "mainentityofpage"];
/// Endings of files that are no pages.
const FILES: [&str; 20] = [
    "avif", "css", "gif", "ico", "jpeg", "jpg", "js", "json", "mov", "mp3", "mp4", "pdf", "png", "svg", "webm", "webp",
    "woff", "woff2", "xml", "zip",
];
/// What is assigned to or called to leave a page.
const LEAVES: [&str; 3] = ["location", ".open", "open"];

/// Adds what the items of a document name.
pub(super) fn add(markup: &mut Markup) {
    let mut found = Vec::new();
    for item in markup.items.iter().filter(|item| !item.place.inert) {
        match &item.kind {
            ItemKind::Script { text, .. } if is_structured(item) => {
                found.extend(structured(text).into_iter().map(|address| (address, FoundBy::StructuredData)));
            }
            ItemKind::Script { text, .. } if text.len() <= MAX_REDIRECT && !item.place.noscript => {
                found.extend(assigned(text).into_iter().map(|address| (address, FoundBy::Script)));
            }
            ItemKind::Handler { text, .. } => {
                found.extend(assigned(text).into_iter().map(|address| (address, FoundBy::Script)));
            }
            _ => {}
        }
    }
    for (address, by) in found {
        if markup.links.len() >= MAX_LINKS {
            return;
        }
        let Some(mut url) = markup.base.join(address.trim()).ok().filter(is_page) else { continue };
        url.set_fragment(None);
        markup.links.push(Link { url, by, nofollow: markup.facts.nofollow });
    }
}

/// Where `javascript:` in a link leads, if it does.
pub(super) fn of_pseudo_address(address: &str) -> Option<String> {
    let scheme = address.trim_start().get(..11)?;
    let code = address.trim_start().get(11..)?;
    if !scheme.eq_ignore_ascii_case("javascript:") {
        return None;
    }
    assigned(code).into_iter().next()
}

fn is_structured(item: &Item) -> bool {
    item.attr("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
}

fn is_page(url: &Url) -> bool {
    let ending = url.path().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(url.scheme(), "http" | "https") && ending.is_none_or(|ending| !FILES.contains(&ending.as_str()))
}

/// Addresses of pages in JSON-LD, in their order. What is no JSON names nothing.
fn structured(text: &str) -> Vec<String> {
    if text.len() > MAX_DATA {
        return Vec::new();
    }
    let text = text.trim().trim_end_matches(';');
    let mut out = Vec::new();
    if let Ok(value) = serde_json::from_str(text) {
        collect(&value, "", 0, &mut out);
    }
    out
}

fn collect(value: &Value, member: &str, depth: usize, out: &mut Vec<String>) {
    if depth > MAX_DATA_DEPTH || out.len() >= MAX_LINKS {
        return;
    }
    match value {
        Value::String(text) if PAGE_MEMBERS.contains(&member) => {
            let is_address = text.starts_with("http://") || text.starts_with("https://") || text.starts_with('/');
            // Braces are a pattern to fill in, not a page.
            if is_address && !text.contains('{') {
                out.push(text.clone());
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, member, depth + 1, out)),
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.to_ascii_lowercase();
                let only_name = name == "@id" && !ID_IS_PAGE.contains(&member);
                if !only_name && !NO_PAGES.contains(&name.as_str()) {
                    collect(value, &name, depth + 1, out);
                }
            }
        }
        _ => {}
    }
}

/// Constant addresses that code assigns to `location` or opens: `location.href = '/a'`, `window.open("/b")`,
/// `location.assign('/c')`.
fn assigned(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in LEAVES {
        let mut rest = code;
        while let Some((before, after)) = rest.split_once(word) {
            let begins = word.starts_with('.') || !before.ends_with(is_name);
            let whole = !after.starts_with(is_name);
            if begins && whole {
                out.extend(target(word, before, after));
            }
            rest = after;
        }
    }
    out.dedup();
    out
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '-')
}

/// The constant that stands where the address belongs.
fn target(word: &str, before: &str, after: &str) -> Option<String> {
    let after = after.trim_start();
    let rest = if word == "location" {
        let member = [".href", ".assign", ".replace"].iter().find_map(|m| after.strip_prefix(m).map(|rest| (*m, rest)));
        match member {
            Some((".href", rest)) => assignment(rest)?,
            Some((_, rest)) => rest.trim_start().strip_prefix('(')?,
            None => assignment(after)?,
        }
    } else {
        // Of all that can be opened only a window is a page.
        let window = word == ".open" && before.ends_with("window");
        let alone = word == "open" && !before.trim_end().ends_with('.');
        after.strip_prefix('(').filter(|_| window || alone)?
    };
    constant(rest.trim_start())
}

/// What follows a single `=`.
fn assignment(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('=').filter(|rest| !rest.starts_with('='))
}

/// A string that is all of the expression: what is added to it would lead elsewhere.
fn constant(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
    let (value, after) = text.get(1..)?.split_once(quote)?;
    let ends = after.trim_start().chars().next().is_none_or(|c| matches!(c, ';' | ',' | ')' | '}' | '\n'));
    let plain = !value.contains(['\\', '{', '<', '\n']) && !value.trim().is_empty();
    let is_address = !value.trim_start().get(..11).is_some_and(|s| s.eq_ignore_ascii_case("javascript:"));
    (ends && plain && is_address).then(|| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_leaves_the_page_names_where_it_goes() {
        for (code, wanted) in [
            ("location.href='/a'", &["/a"][..]),
            ("window.location = \"/b?c=1\";", &["/b?c=1"]),
            ("document.location.assign('d')", &["d"]),
            ("top.location.replace( 'https://x.test/' ); return false", &["https://x.test/"]),
            ("window.open('/e','_blank')", &["/e"]),
            ("open('/f')", &["/f"]),
            ("if(x){location.href='/g'}else{location.href='/h'}", &["/g", "/h"]),
            ("self.location=`/i`", &["/i"]),
            ("location.href == '/no'", &[]),
            ("location.href='/no/'+id", &[]),
            ("location.href=url", &[]),
            ("location.hash='#x'", &[]),
            ("mylocation='/no'", &[]),
            ("var location_id='5'", &[]),
            ("dialog.open('/no')", &[]),
            ("reopen('/no')", &[]),
            ("xhr.open('GET','/no')", &[]),
            ("location.href='javascript:void(0)'", &[]),
            ("location.href=`/p/${id}`", &[]),
            ("location=", &[]),
            ("location.assign(", &[]),
            ("window.open('", &[]),
            ("location='é", &[]),
        ] {
            assert_eq!(assigned(code), wanted, "{code}");
        }
        assert_eq!(of_pseudo_address(" JavaScript:location.href='/a'"), Some("/a".to_owned()));
        assert_eq!(of_pseudo_address("javascript:void(0)"), None);
        assert_eq!(of_pseudo_address("/javascript:x"), None);
        assert_eq!(of_pseudo_address("ééééééééééé"), None);
    }

    #[test]
    fn structured_data_names_pages_and_no_pictures() {
        for (text, wanted) in [
            (r#"{"@type":"Product","url":"/p/1","image":"/p/1.jpg"}"#, &["/p/1"][..]),
            (
                r#"{"itemListElement":[{"@type":"ListItem","item":{"@id":"https://x.test/a","name":"A"}},{"item":"/b"}]}"#,
                &["https://x.test/a", "/b"],
            ),
            (r#"{"@graph":[{"@id":"https://x.test/#website","url":"https://x.test/"}]}"#, &["https://x.test/"]),
            (r#"{"logo":{"url":"/logo.png"},"image":{"url":"/i"}}"#, &[]),
            (r#"{"potentialAction":{"target":{"url":"/s?q={q}"}},"url":"/s?q={q}"}"#, &[]),
            (r#"{"url":"words"}"#, &[]),
            (r#"{"url":["/a","/b"]};"#, &["/a", "/b"]),
            ("{broken", &[]),
            ("", &[]),
        ] {
            assert_eq!(structured(text), wanted, "{text}");
        }
        let deep = format!("{}\"/x\"{}", "{\"url\":".repeat(100), "}".repeat(100));
        assert!(structured(&deep).is_empty());
    }
}
