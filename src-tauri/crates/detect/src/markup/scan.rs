//! A linear pass over a document's tags, without a tree: exact places of tags, attributes and script texts, and the
//! figures that decide whether building a tree is safe. Follows the tokenisation rules of HTML, not its tree rules.

use std::ops::Range;

/// Attributes kept per tag; further ones are counted.
const KEPT_ATTRS: usize = 256;

/// An attribute as it stands in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawAttr {
    /// Range of the name.
    pub(crate) name: Range<usize>,
    /// Range of the value, without quotes; empty at the end of the name when there is none.
    pub(crate) value: Range<usize>,
}

/// A piece of the document that is more than text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A start tag.
    Open(OpenTag),
    /// An end tag: range of its name.
    Close(Range<usize>),
    /// A comment: range of its content.
    Comment(Range<usize>),
    /// The content of the raw-text element opened just before.
    Raw(Range<usize>),
    /// Text between tags.
    Text(Range<usize>),
}

/// A start tag; its attributes are the pass's until the next tag.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OpenTag {
    /// Offset of `<`.
    pub(crate) at: usize,
    /// Range of the name.
    pub(crate) name: Range<usize>,
    /// How many attributes it has.
    pub(crate) attr_count: usize,
    /// Ends in `/>`.
    pub(crate) self_closing: bool,
    /// Ends in `/>` where that closes the element: in `<svg>` and `<math>`.
    pub(crate) closed: bool,
}

/// The pass. An iterator of tokens.
pub(crate) struct Scan<'h> {
    html: &'h str,
    at: usize,
    /// Attributes of the tag read last, at most [`KEPT_ATTRS`]: one buffer for all tags.
    attrs: Vec<RawAttr>,
    /// Name of the raw-text element whose content comes next.
    raw: Option<Range<usize>>,
    /// Depth in `<svg>` and `<math>`, where no element is raw text.
    foreign: usize,
}

impl<'h> Scan<'h> {
    pub(crate) fn new(html: &'h str) -> Self {
        Scan { html, at: 0, attrs: Vec::new(), raw: None, foreign: 0 }
    }

    /// Where the next token begins.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Attributes of the start tag read last.
    pub(super) fn attrs(&self) -> &[RawAttr] {
        &self.attrs
    }

    /// The content that follows the start tag just read, if it is that of a raw-text element.
    pub(super) fn content(&mut self) -> Option<Range<usize>> {
        match self.raw.take().map(|name| self.raw_text(name)) {
            Some(Token::Raw(range)) => Some(range),
            _ => None,
        }
    }

    fn bytes(&self) -> &'h [u8] {
        self.html.as_bytes()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes().get(at).copied()
    }

    fn rest(&self, at: usize) -> &'h [u8] {
        self.bytes().get(at..).unwrap_or_default()
    }

    fn seek(&self, at: usize, needle: u8) -> Option<usize> {
        memchr::memchr(needle, self.rest(at)).map(|i| at + i)
    }

    /// Content of a raw-text element: up to its end tag, or to the end.
    fn raw_text(&mut self, name: Range<usize>) -> Token {
        let start = self.at;
        let wanted = self.html.get(name).unwrap_or_default();
        let script = wanted.eq_ignore_ascii_case("script");
        let mut from = start;
        let end = loop {
            let Some(lt) = self.seek(from, b'<') else { break self.html.len() };
            if script && self.rest(lt).starts_with(b"<!--") {
                from = self.escaped(lt + 4);
                continue;
            }
            if self.is_end_tag(lt, wanted) {
                break lt;
            }
            from = lt + 1;
        };
        self.at = end;
        Token::Raw(start..end)
    }

    /// From just after `<!--` in a script: where ordinary script text goes on. `<script` inside the comment hides the
    /// next `</script>`; a comment that is never closed ends at the first `</script>`.
    fn escaped(&self, from: usize) -> usize {
        let mut at = from;
        let mut doubled = false;
        while let Some(next) = memchr::memchr2(b'<', b'-', self.rest(at)).map(|i| at + i) {
            let rest = self.rest(next);
            if rest.starts_with(b"-->") {
                return next + 3;
            }
            if !doubled && self.is_end_tag(next, "script") {
                return next;
            }
            if doubled && self.is_end_tag(next, "script") {
                doubled = false;
            } else if !doubled && self.is_tag(next, b"<", "script") {
                doubled = true;
            }
            at = next + 1;
        }
        // Never closed: what follows is script text up to the end of the document.
        self.html.len()
    }

    fn is_end_tag(&self, at: usize, name: &str) -> bool {
        self.is_tag(at, b"</", name)
    }

    fn is_tag(&self, at: usize, opening: &[u8], name: &str) -> bool {
        let Some(rest) = self.rest(at).strip_prefix(opening) else { return false };
        rest.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
            && rest.get(name.len()).is_some_and(|b| is_space(*b) || matches!(b, b'/' | b'>'))
    }

    /// `<!` at `at`: a comment, a doctype or bogus.
    fn declaration(&mut self, at: usize) -> Token {
        let rest = self.rest(at);
        if rest.starts_with(b"<!--") {
            let start = at + 4;
            // `<!-->` and `<!--->` are empty comments.
            for (short, length) in [(&b">"[..], 1), (&b"->"[..], 2)] {
                if self.rest(start).starts_with(short) {
                    self.at = start + length;
                    return Token::Comment(start..start);
                }
            }
            let body = self.rest(start);
            let close = memchr::memmem::find(body, b"-->").map(|i| (i, 3));
            let bang = memchr::memmem::find(body.get(..close.map_or(body.len(), |c| c.0)).unwrap_or_default(), b"--!>");
            let (length, tail) = match (bang, close) {
                (Some(i), _) => (i, 4),
                (None, Some(found)) => found,
                (None, None) => (body.len(), 0),
            };
            self.at = start + length + tail;
            return Token::Comment(start..start + length);
        }
        if rest.starts_with(b"<![CDATA[") && self.foreign > 0 {
            let start = at + 9;
            let length = memchr::memmem::find(self.rest(start), b"]]>").unwrap_or(self.html.len() - start);
            self.at = (start + length + 3).min(self.html.len());
            return Token::Text(start..start + length);
        }
        self.bogus(at + 2)
    }

    fn bogus(&mut self, start: usize) -> Token {
        let end = self.seek(start, b'>').unwrap_or(self.html.len());
        self.at = (end + 1).min(self.html.len());
        Token::Comment(start.min(end)..end)
    }

    fn end_tag(&mut self, at: usize) -> Token {
        let start = at + 2;
        let name = start..self.name_end(start);
        // An end tag may carry attributes; they are skipped as those of a start tag are read.
        let mut tag = OpenTag::default();
        self.attributes(name.end, &mut tag);
        let text = self.html.get(name.clone()).unwrap_or_default();
        if text.eq_ignore_ascii_case("svg") || text.eq_ignore_ascii_case("math") {
            self.foreign = self.foreign.saturating_sub(1);
        }
        Token::Close(name)
    }

    fn start_tag(&mut self, at: usize) -> Token {
        let start = at + 1;
        let name = start..self.name_end(start);
        let mut tag = OpenTag { at, name: name.clone(), ..OpenTag::default() };
        self.attributes(name.end, &mut tag);
        let text = self.html.get(name.clone()).unwrap_or_default();
        if (text.eq_ignore_ascii_case("svg") || text.eq_ignore_ascii_case("math")) && !tag.self_closing {
            self.foreign += 1;
        }
        tag.closed = tag.self_closing && self.foreign > 0;
        let raw = is_raw(text) && !(self.foreign > 0 && (tag.self_closing || !text.eq_ignore_ascii_case("script")));
        if raw {
            self.raw = Some(name);
        }
        Token::Open(tag)
    }

    fn name_end(&self, start: usize) -> usize {
        let length = self.rest(start).iter().take_while(|b| !is_space(**b) && !matches!(b, b'/' | b'>')).count();
        start + length
    }

    /// Reads attributes from `at` to the end of the tag and moves on behind it.
    fn attributes(&mut self, mut at: usize, tag: &mut OpenTag) {
        self.attrs.clear();
        loop {
            let skipped = self.rest(at).iter().take_while(|b| is_space(**b) || **b == b'/').count();
            let slash = skipped > 0 && self.byte(at + skipped - 1) == Some(b'/');
            at += skipped;
            match self.byte(at) {
                None => break,
                Some(b'>') => {
                    tag.self_closing = slash;
                    at += 1;
                    break;
                }
                Some(_) => at = self.attribute(at, tag),
            }
        }
        self.at = at;
    }

    fn attribute(&mut self, at: usize, tag: &mut OpenTag) -> usize {
        // A name may begin with `=`.
        let length =
            1 + self.rest(at + 1).iter().take_while(|b| !is_space(**b) && !matches!(b, b'/' | b'>' | b'=')).count();
        let name = at..at + length;
        let spaces = self.rest(name.end).iter().take_while(|b| is_space(**b)).count();
        let (value, end) = if self.byte(name.end + spaces) == Some(b'=') {
            let after = name.end + spaces + 1;
            self.value(after + self.rest(after).iter().take_while(|b| is_space(**b)).count())
        } else {
            (name.end..name.end, name.end)
        };
        tag.attr_count += 1;
        if self.attrs.len() < KEPT_ATTRS {
            self.attrs.push(RawAttr { name, value });
        }
        end
    }

    /// Range of the value that begins at `at`, and where the tag goes on.
    fn value(&self, at: usize) -> (Range<usize>, usize) {
        match self.byte(at) {
            Some(quote @ (b'"' | b'\'')) => {
                let end = self.seek(at + 1, quote).unwrap_or(self.html.len());
                (at + 1..end, (end + 1).min(self.html.len()))
            }
            _ => {
                let length = self.rest(at).iter().take_while(|b| !is_space(**b) && **b != b'>').count();
                (at..at + length, at + length)
            }
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_text(name));
        }
        let start = self.at;
        if start >= self.html.len() {
            return None;
        }
        let mut from = start;
        let lt = loop {
            match self.seek(from, b'<') {
                None => break self.html.len(),
                Some(lt)
                    if self
                        .byte(lt + 1)
                        .is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'!' | b'/' | b'?')) =>
                {
                    break lt;
                }
                Some(lt) => from = lt + 1,
            }
        };
        if lt > start {
            self.at = lt;
            return Some(Token::Text(start..lt));
        }
        Some(match self.byte(lt + 1) {
            Some(b'!') => self.declaration(lt),
            Some(b'/') if self.byte(lt + 2).is_some_and(|b| b.is_ascii_alphabetic()) => self.end_tag(lt),
            Some(b'/') if self.byte(lt + 2) == Some(b'>') => {
                self.at = lt + 3;
                Token::Comment(lt + 2..lt + 2)
            }
            Some(b'/' | b'?') => self.bogus(lt + 1),
            _ => self.start_tag(lt),
        })
    }
}

/// Elements whose content is text up to their end tag, in a browser that runs scripts.
fn is_raw(name: &str) -> bool {
    const RAW: [&str; 10] =
        ["script", "style", "noscript", "textarea", "title", "iframe", "xmp", "noembed", "noframes", "plaintext"];
    // Most names are told apart by their first letter.
    let first = name.bytes().next().unwrap_or_default() | 0x20;
    matches!(first, b's' | b'n' | b't' | b'i' | b'x' | b'p') && RAW.iter().any(|raw| name.eq_ignore_ascii_case(raw))
}

pub(super) fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::{Scan, Token};

    /// Tokens in a short notation.
    fn show(html: &str) -> Vec<String> {
        let text = |r: std::ops::Range<usize>| html.get(r).expect("ranges are within the document").to_owned();
        let mut scan = Scan::new(html);
        let mut out = Vec::new();
        while let Some(token) = scan.next() {
            out.push(match token {
                Token::Open(tag) => {
                    let attrs = scan.attrs().iter();
                    let attrs: String =
                        attrs.map(|a| format!(" {}={}", text(a.name.clone()), text(a.value.clone()))).collect();
                    format!("<{}{attrs}{}>", text(tag.name), if tag.self_closing { " /" } else { "" })
                }
                Token::Close(name) => format!("</{}>", text(name)),
                Token::Comment(r) => format!("!{}", text(r)),
                Token::Raw(r) => format!("raw:{}", text(r)),
                Token::Text(r) => format!("text:{}", text(r)),
            });
        }
        out
    }

    #[test]
    fn tags_comments_and_raw_text() {
        let cases: [(&str, &[&str]); 12] = [
            ("a<b>c</b>", &["text:a", "<b>", "text:c", "</b>"]),
            ("<a href=\"x>y\" b='1' c=2 d>", &["<a href=x>y b=1 c=2 d=>"]),
            ("<br/><img src=a/b>", &["<br />", "<img src=a/b>"]),
            ("<!-- <b> --><i>", &["! <b> ", "<i>"]),
            ("<!--><b>", &["!", "<b>"]),
            ("<!-- x --!><b>", &["! x ", "<b>"]),
            ("<script>a<b</script><b>", &["<script>", "raw:a<b", "</script>", "<b>"]),
            ("<SCRIPT>x</Script >", &["<SCRIPT>", "raw:x", "</Script>"]),
            (
                "<script><!-- <script> </script> --> x</script>",
                &["<script>", "raw:<!-- <script> </script> --> x", "</script>"],
            ),
            ("<script><!-- x</script><b>", &["<script>", "raw:<!-- x", "</script>", "<b>"]),
            ("1 < 2 <3", &["text:1 < 2 <3"]),
            ("<svg><title>a<b/></title></svg>", &["<svg>", "<title>", "text:a", "<b />", "</title>", "</svg>"]),
        ];
        for (html, expect) in cases {
            assert_eq!(show(html), expect, "{html}");
        }
    }

    #[test]
    fn every_cut_of_a_document_is_read_without_panic() {
        let html = "<!DOCTYPE html><a href='é\"' b=\u{20ac}><!-- é --><script>é<!--<script></script>--></script><svg><![CDATA[é]]></svg></a/x><?x?></>";
        for (at, _) in html.char_indices() {
            let (head, tail) = html.split_at(at);
            show(head);
            show(tail);
        }
    }
}
