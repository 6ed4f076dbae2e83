//! Bytes to text as browsers do it: byte order mark, `Content-Type`, `<meta>`, and a guess last. Never fails.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// Bytes looked at for a `<meta>`; browsers look at as many.
const PRESCAN: usize = 1024;
/// Bytes that a guess is made from.
const GUESS_FROM: usize = 256 * 1024;

/// Decodes a document. `host` helps the guess: its top-level domain hints at a language.
pub fn decode_html(bytes: Vec<u8>, content_type: Option<&str>, host: Option<&str>) -> String {
    let declared = content_type.and_then(charset_of).or_else(|| prescan(bytes.get(..PRESCAN).unwrap_or(&bytes)));
    let encoding = match (Encoding::for_bom(&bytes), declared) {
        (Some((encoding, _)), _) | (None, Some(encoding)) => encoding,
        (None, None) => guess(&bytes, host),
    };
    decode_as(bytes, encoding)
}

/// Decodes a script, a robots.txt or a sitemap: UTF-8 unless it says otherwise.
pub(crate) fn decode_text(bytes: Vec<u8>, content_type: Option<&str>) -> String {
    decode_as(bytes, content_type.and_then(charset_of).unwrap_or(UTF_8))
}

/// A mark at the start wins over `encoding`, and is not part of the text.
fn decode_as(bytes: Vec<u8>, encoding: &'static Encoding) -> String {
    let (encoding, mark) = Encoding::for_bom(&bytes).unwrap_or((encoding, 0));
    if encoding == UTF_8 && mark == 0 {
        // The common case keeps its buffer.
        return String::from_utf8(bytes).unwrap_or_else(|error| UTF_8.decode(error.as_bytes()).0.into_owned());
    }
    encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned()
}

fn guess(bytes: &[u8], host: Option<&str>) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..GUESS_FROM).unwrap_or(bytes), true);
    let tld = host.and_then(|h| h.rsplit('.').next()).map(str::to_ascii_lowercase);
    let tld = tld.as_deref().map(str::as_bytes).filter(|t| t.iter().all(u8::is_ascii_alphabetic));
    detector.guess(tld, Utf8Detection::Allow)
}

/// The `charset` of a `Content-Type`.
fn charset_of(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| Encoding::for_label(value.trim().trim_matches(['"', '\'']).as_bytes())).flatten()
    })
}

/// Looks for `<meta charset>` and `<meta http-equiv=content-type content="…charset=…">`, comments skipped.
fn prescan(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.to_ascii_lowercase();
    let text = String::from_utf8_lossy(&head);
    let mut rest: &str = &text;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        let (tag, next) = after.split_once('>').unwrap_or((after, ""));
        if let Some(encoding) = tag.strip_prefix("meta").and_then(meta_charset) {
            return Some(encoding);
        }
        rest = next;
    }
    None
}

fn meta_charset(attributes: &str) -> Option<&'static Encoding> {
    if !attributes.starts_with(|c: char| c.is_ascii_whitespace() || c == '/') {
        return None;
    }
    let mut rest = attributes;
    while let Some((before, after)) = rest.split_once("charset") {
        let value = after.trim_start().strip_prefix('=').map(str::trim_start);
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-') || value.is_none() {
            rest = after;
            continue;
        }
        let value = value.unwrap_or_default().trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | ';' | '/'));
        let label = end.and_then(|end| value.get(..end)).unwrap_or(value);
        // A `<meta>` that could be read can't be UTF-16, and x-user-defined means windows-1252 there.
        return Encoding::for_label(label.as_bytes()).map(|encoding| match encoding {
            e if e == UTF_16LE || e == UTF_16BE => UTF_8,
            e if e == X_USER_DEFINED => WINDOWS_1252,
            e => e,
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, wanted: &str) {
        assert_eq!(decode_html(bytes.to_vec(), content_type, Some("shop.test")), wanted);
    }

    #[test]
    fn the_mark_wins_then_the_header_then_the_meta() {
        let utf8 = Some("text/html; charset=UTF-8");
        check("é".as_bytes(), utf8, "é");
        check(b"\xE9", Some("text/html; charset=\"ISO-8859-1\""), "é");
        check(b"\xE9", Some("text/html;CharSet = latin1"), "é");
        check(b"\xEF\xBB\xBF\xC3\xA9", Some("text/html; charset=latin1"), "é");
        check(b"\xFF\xFEh\0i\0", utf8, "hi");
        check(b"\xFE\xFF\0h\0i", None, "hi");
        check(b"<meta charset=windows-1251>\xE9", None, "<meta charset=windows-1251>й");
        check(b"<meta charset=windows-1251>\xC3\xA9", utf8, "<meta charset=windows-1251>é");
    }

    #[test]
    fn a_meta_is_found_as_browsers_find_it() {
        for (head, wanted) in [
            ("<meta charset=\"koi8-r\">", Some("KOI8-R")),
            ("<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=Shift_JIS'>", Some("Shift_JIS")),
            ("<meta http-equiv=content-type content=\"text/html;charset = gbk\">", Some("GBK")),
            ("<!-- <meta charset=koi8-r> --><meta charset='big5'/>", Some("Big5")),
            ("<meta charset=utf-16le>", Some("UTF-8")),
            ("<meta charset=x-user-defined>", Some("windows-1252")),
            ("<meta charset=nonsense>", None),
            ("<meta data-charset=koi8-r>", None),
            ("<metal charset=koi8-r>", None),
            ("<!-- <meta charset=koi8-r>", None),
            ("<p>charset=koi8-r</p>", None),
        ] {
            assert_eq!(prescan(head.as_bytes()).map(Encoding::name), wanted, "{head}");
        }
    }

    #[test]
    fn without_a_word_it_is_guessed() {
        check("naïve, 日本".as_bytes(), None, "naïve, 日本");
        check(b"Caf\xE9 cr\xE8me, d\xE9j\xE0 vu", None, "Café crème, déjà vu");
        let shift_jis = encoding_rs::SHIFT_JIS.encode("これは日本語の文章です。とても長い文章です。").0.into_owned();
        check(&shift_jis, None, "これは日本語の文章です。とても長い文章です。");
    }

    #[test]
    fn wrong_words_do_no_harm() {
        check(b"a\xFFb", Some("text/html; charset=utf-8"), "a\u{FFFD}b");
        check(b"plain", Some("text/html; charset=klingon"), "plain");
        check(b"", None, "");
        check(b"\xFF\xFE", None, "");
    }
}
