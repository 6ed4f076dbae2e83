//! Measures how deeply a document's tags nest and how many there are, without building anything: beyond some measure
//! browsers give up the document's own structure, and whoever builds a tree runs into trouble.

use super::{
    limits::{MAX_ATTRS, MAX_DEPTH, MAX_DEPTH_WORK, MAX_ELEMENTS},
    scan::OpenTag,
};

/// Measures while a document is walked.
#[derive(Debug, Default)]
pub(super) struct Guard {
    elements: usize,
    attrs: usize,
    depth: Depth,
}

impl Guard {
    pub(super) fn open(&mut self, name: &str, tag: &OpenTag) {
        self.elements += 1;
        self.attrs = self.attrs.max(tag.attr_count);
        if !self.depth.is_too_deep() {
            self.depth.open(name, tag.self_closing);
        }
    }

    pub(super) fn close(&mut self, name: &str) {
        if !self.depth.is_too_deep() {
            self.depth.close(name);
        }
    }

    /// What is wrong with the document, in words.
    pub(super) fn objection(&self) -> Option<&'static str> {
        if self.attrs > MAX_ATTRS {
            Some("a tag carries too many attributes")
        } else if self.depth.is_too_deep() {
            Some("its tags nest too deeply")
        } else if self.elements > MAX_ELEMENTS {
            Some("it has too many elements")
        } else {
            None
        }
    }
}

/// Open elements, as far as they count for the work of building a tree. Elements whose end tag may be left out count only
/// through what they contain.
#[derive(Debug, Default)]
struct Depth {
    open: Vec<u64>,
    formatting: usize,
    deepest: usize,
    work: usize,
}

impl Depth {
    fn is_too_deep(&self) -> bool {
        self.deepest > MAX_DEPTH || self.work > MAX_DEPTH_WORK
    }

    fn open(&mut self, name: &str, self_closing: bool) {
        self.work = self.work.saturating_add(self.open.len() + self.formatting);
        match kind(name) {
            Kind::Void | Kind::Optional => {}
            Kind::Formatting => self.formatting += 1,
            // In SVG a slash closes; elsewhere it doesn't, and counting one too few of those is harmless below.
            Kind::Other if self_closing && name.len() > 3 => self.deepest = self.deepest.max(self.open.len() + 1),
            Kind::Other => {
                self.open.push(key(name));
                self.deepest = self.deepest.max(self.open.len());
            }
        }
    }

    fn close(&mut self, name: &str) {
        match kind(name) {
            Kind::Formatting => self.formatting = self.formatting.saturating_sub(1),
            Kind::Void | Kind::Optional => {}
            Kind::Other => {
                let wanted = key(name);
                let passed = self.open.iter().rev().position(|open| *open == wanted);
                // An end tag that fits none of the innermost elements makes a tree builder search, too.
                self.work = self.work.saturating_add(passed.unwrap_or(self.open.len()));
                if let Some(passed) = passed {
                    self.open.truncate(self.open.len().saturating_sub(passed + 1));
                }
            }
        }
    }
}

enum Kind {
    Void,
    Optional,
    Formatting,
    Other,
}

/// By a name in lower case.
fn kind(name: &str) -> Kind {
    match name.as_bytes() {
        b"a" | b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small" | b"strike" | b"strong"
        | b"tt" | b"u" => Kind::Formatting,
        b"area" | b"base" | b"br" | b"col" | b"embed" | b"hr" | b"img" | b"input" | b"link" | b"meta" | b"param"
        | b"source" | b"track" | b"wbr" | b"html" | b"head" | b"body" => Kind::Void,
        b"p" | b"li" | b"dt" | b"dd" | b"option" | b"optgroup" | b"tr" | b"td" | b"th" | b"tbody" | b"thead"
        | b"tfoot" => Kind::Optional,
        _ => Kind::Other,
    }
}

/// FNV-1a: names are only compared, never shown.
fn key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use crate::markup::walk::{Tag, Visitor, walk};

    /// Nobody listens.
    struct Deaf;

    impl Visitor for Deaf {
        fn open(&mut self, _: &Tag<'_>) {}
        fn close(&mut self, _: &str) {}
        fn text(&mut self, _: &str) {}
        fn comment(&mut self, _: Range<usize>) {}
    }

    #[test]
    fn deep_or_crowded_documents_are_objected_to() {
        let rows = "<tr><td><li><p>x".repeat(20_000);
        let cases = [
            ("plain", "<div><p>x</div>".repeat(2_000), None),
            ("unclosed rows, items and paragraphs", rows, None),
            ("nested", "<div>".repeat(6_000), Some("its tags nest too deeply")),
            ("nested, then many", "<div>".repeat(4_000) + &"<x></x>".repeat(40_000), Some("its tags nest too deeply")),
            ("unclosed fonts", "<font size=1>".repeat(20_000), Some("its tags nest too deeply")),
            ("attributes", format!("<a {}>", "x ".repeat(2_000)), Some("a tag carries too many attributes")),
            ("elements", "<br>".repeat(600_000), Some("it has too many elements")),
        ];
        for (name, html, expect) in cases {
            assert_eq!(walk(&html, &mut Deaf), expect, "{name}");
        }
    }
}
