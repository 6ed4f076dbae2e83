//! Decides, before any tree is built, whether building one is safe; and remembers where the tags of interest stand.

use std::ops::Range;

use super::{
    limits::{MAX_ATTRS, MAX_DEPTH, MAX_DEPTH_WORK, MAX_ELEMENTS, MAX_ITEMS},
    scan::{OpenTag, Scan, Token},
};

/// A tag of interest as it stands in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// The tag.
    pub(super) tag: OpenTag,
    /// Content, for raw-text elements.
    pub(super) text: Range<usize>,
}

/// What the pass found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Tags of interest, in order.
    pub(super) marks: Vec<Mark>,
    /// Why no tree should be built, in words.
    pub(super) objection: Option<&'static str>,
    /// Comments: ranges of their content.
    pub(super) comments: Vec<Range<usize>>,
}

/// Runs the pass.
pub(super) fn survey(html: &str) -> Survey {
    let mut survey = Survey::default();
    let mut depth = Depth::default();
    let mut elements = 0_usize;
    let mut last_marked = false;
    for token in Scan::new(html) {
        match token {
            Token::Open(tag) => {
                elements += 1;
                let name = html.get(tag.name.clone()).unwrap_or_default();
                depth.open(name, tag.self_closing);
                if tag.attr_count > MAX_ATTRS {
                    survey.objection.get_or_insert("a tag carries too many attributes");
                }
                last_marked = is_interesting(html, name, &tag) && survey.marks.len() < MAX_ITEMS;
                if last_marked {
                    let text = tag.at..tag.at;
                    survey.marks.push(Mark { tag, text });
                }
            }
            Token::Raw(range) => {
                if let Some(mark) = survey.marks.last_mut().filter(|_| last_marked) {
                    mark.text = range;
                }
            }
            Token::Close(name) => depth.close(html.get(name).unwrap_or_default()),
            Token::Comment(range) if survey.comments.len() < MAX_ITEMS => survey.comments.push(range),
            Token::Comment(_) | Token::Text(_) => {}
        }
    }
    if depth.deepest > MAX_DEPTH || depth.work > MAX_DEPTH_WORK {
        survey.objection.get_or_insert("its tags nest too deeply");
    }
    if elements > MAX_ELEMENTS {
        survey.objection.get_or_insert("it has too many elements");
    }
    survey
}

/// Tags whose exact place is needed.
fn is_interesting(html: &str, name: &str, tag: &OpenTag) -> bool {
    const NAMES: [&str; 7] = ["script", "img", "iframe", "frame", "noscript", "input", "image"];
    NAMES.iter().any(|n| name.eq_ignore_ascii_case(n))
        || tag.attrs.iter().any(|a| html.get(a.name.clone()).is_some_and(is_handler))
}

/// Whether an attribute's name is that of an event handler.
pub(super) fn is_handler(name: &str) -> bool {
    name.len() > 2 && name.get(..2).is_some_and(|on| on.eq_ignore_ascii_case("on"))
}

/// Open elements, as far as they count for the tree builder's work. Elements whose end tag may be left out count only
/// through what they contain.
#[derive(Debug, Default)]
struct Depth {
    open: Vec<u64>,
    per_name: std::collections::HashMap<u64, usize>,
    formatting: usize,
    deepest: usize,
    work: usize,
}

impl Depth {
    fn open(&mut self, name: &str, self_closing: bool) {
        self.work = self.work.saturating_add(self.open.len() + self.formatting);
        match kind(name) {
            Kind::Void | Kind::Optional => {}
            Kind::Formatting => self.formatting += 1,
            Kind::Other if self_closing && name.len() > 3 => {
                // In SVG a slash closes; elsewhere it doesn't, and counting one too few of those is harmless below.
                self.push(name);
                self.close(name);
            }
            Kind::Other => self.push(name),
        }
    }

    fn push(&mut self, name: &str) {
        let key = key(name);
        self.open.push(key);
        *self.per_name.entry(key).or_default() += 1;
        self.deepest = self.deepest.max(self.open.len());
    }

    fn close(&mut self, name: &str) {
        match kind(name) {
            Kind::Formatting => self.formatting = self.formatting.saturating_sub(1),
            Kind::Void | Kind::Optional => {}
            Kind::Other => {
                let wanted = key(name);
                if self.per_name.get(&wanted).is_none_or(|&n| n == 0) {
                    return;
                }
                while let Some(popped) = self.open.pop() {
                    if let Some(n) = self.per_name.get_mut(&popped) {
                        *n = n.saturating_sub(1);
                    }
                    if popped == wanted {
                        break;
                    }
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

fn kind(name: &str) -> Kind {
    const VOID: [&str; 17] = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
        "html", "head", "body",
    ];
    const OPTIONAL: [&str; 12] =
        ["p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "tbody", "thead", "tfoot"];
    const FORMATTING: [&str; 14] =
        ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
    let is = |list: &[&str]| list.iter().any(|n| name.eq_ignore_ascii_case(n));
    if is(&FORMATTING) {
        Kind::Formatting
    } else if is(&VOID) {
        Kind::Void
    } else if is(&OPTIONAL) {
        Kind::Optional
    } else {
        Kind::Other
    }
}

/// FNV-1a over the lower-case name: names are only compared, never shown.
fn key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, b| {
        (hash ^ u64::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::survey;

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
            assert_eq!(survey(&html).objection, expect, "{name}");
        }
    }
}
