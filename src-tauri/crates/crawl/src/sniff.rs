//! Whether a document is HTML, by what its answer says or by how it begins. Pure.

/// Whether a `Content-Type` in lower case says HTML.
pub(crate) fn is_html_type(value: &[u8]) -> bool {
    let essence = value.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
    matches!(essence, b"text/html" | b"application/xhtml+xml" | b"")
}

/// Whether a `Content-Type` in lower case may be that of a feed.
pub(crate) fn is_feed_type(value: &[u8]) -> bool {
    let essence = value.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
    essence.ends_with(b"+xml") && essence != b"image/svg+xml" || matches!(essence, b"application/xml" | b"text/xml")
}

/// The beginnings that browsers take for HTML where nothing is declared.
pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    const BEGINNINGS: &[&[u8]] = &[
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<script",
        b"<iframe",
        b"<h1",
        b"<div",
        b"<font",
        b"<table",
        b"<a",
        b"<style",
        b"<title",
        b"<b",
        b"<body",
        b"<br",
        b"<p",
        b"<meta",
        b"<link",
        b"<main",
        b"<section",
        b"<!--",
    ];
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    BEGINNINGS.iter().any(|beginning| {
        let head = body.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning));
        let ends = body.get(beginning.len()).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
        head && (ends || beginning == b"<!--")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_known_by_type_or_by_its_beginning() {
        for (value, wanted) in [
            ("text/html", true),
            ("text/html; charset=utf-8", true),
            ("application/xhtml+xml", true),
            ("", true),
            ("text/plain", false),
            ("application/pdf", false),
            ("text/html5", false),
        ] {
            assert_eq!(is_html_type(value.as_bytes()), wanted, "{value}");
        }
        for (value, wanted) in [
            ("application/rss+xml; charset=utf-8", true),
            ("application/atom+xml", true),
            ("text/xml", true),
            ("image/svg+xml", false),
            ("audio/mpeg", false),
            ("text/html", false),
        ] {
            assert_eq!(is_feed_type(value.as_bytes()), wanted, "{value}");
        }
        for (body, wanted) in [
            ("<!DOCTYPE HTML><p>", true),
            ("\u{FEFF}\n <html lang=de>", true),
            ("<!-- x --><b>", true),
            ("<p>hi", true),
            ("<picture>", false),
            ("%PDF-1.7", false),
            ("{\"a\":1}", false),
            ("", false),
            ("<", false),
        ] {
            assert_eq!(looks_like_html(body.as_bytes()), wanted, "{body}");
        }
    }
}
