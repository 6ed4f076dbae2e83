//! Walks a document tag by tag and reports what opens, closes and is written in it: elements end where their end tags
//! stand. What is read here hardly ever depends on where a tree would put it; where it does, [`super::tree`] is asked.

use std::{borrow::Cow, ops::Range};

use pixelproof_model::Trigger;

use super::{
    entities::decoded,
    guard::Guard,
    scan::{OpenTag, RawAttr, Scan, Token},
};

/// A start tag as it stands in the source.
#[derive(Debug, Clone)]
pub(super) struct Tag<'s> {
    html: &'s str,
    /// Name in lower case.
    pub(super) name: &'s str,
    /// The whole tag.
    pub(super) at: Range<usize>,
    /// Attributes.
    pub(super) attrs: &'s [RawAttr],
    /// Content of raw-text elements.
    pub(super) text: Range<usize>,
}

impl<'s> Tag<'s> {
    /// The source of a range of the document.
    pub(super) fn slice(&self, range: &Range<usize>) -> &'s str {
        self.html.get(range.clone()).unwrap_or_default()
    }

    /// The value of an attribute, given its name in lower case.
    pub(super) fn attr(&self, name: &str) -> Option<Cow<'s, str>> {
        let named = |a: &&RawAttr| a.name.len() == name.len() && self.slice(&a.name).eq_ignore_ascii_case(name);
        self.attrs.iter().find(named).map(|a| decoded(self.slice(&a.value)))
    }

    /// Whether an attribute is an event handler, or as good as one.
    pub(super) fn is_handled(&self) -> bool {
        self.attrs.iter().any(|a| is_handler(self.slice(&a.name))) || self.code().is_some()
    }

    /// The address that is code, as it stands in the source.
    fn code(&self) -> Option<&'s str> {
        let (name, _) = code_attribute(self.name)?;
        let named = |a: &&RawAttr| a.name.len() == name.len() && self.slice(&a.name).eq_ignore_ascii_case(name);
        code_of_address(self.slice(&self.attrs.iter().find(named)?.value))
    }
}

/// The attribute of an element whose address may be code that a visitor starts, and what starts it.
pub(super) fn code_attribute(element: &str) -> Option<(&'static str, Trigger)> {
    Some(match element {
        "a" | "area" => ("href", Trigger::Click),
        "button" | "input" => ("formaction", Trigger::Click),
        "form" => ("action", Trigger::Submit),
        _ => return None,
    })
}

/// The code of a `javascript:` address, unless it does nothing.
pub(super) fn code_of_address(address: &str) -> Option<&str> {
    const SCHEME: &str = "javascript:";
    let address = address.trim_start();
    let scheme = address.get(..SCHEME.len())?;
    let code = address.get(SCHEME.len()..)?;
    let calls = code.contains('(') && !code.trim_start().starts_with("void(0)");
    (calls && scheme.eq_ignore_ascii_case(SCHEME)).then_some(code)
}

/// Whether an attribute's name is that of an event handler.
pub(super) fn is_handler(name: &str) -> bool {
    name.len() > 2 && name.get(..2).is_some_and(|on| on.eq_ignore_ascii_case("on"))
}

/// What a walk reports.
pub(super) trait Visitor {
    /// An element opens.
    fn open(&mut self, tag: &Tag<'_>);
    /// An element ends, by its name in lower case.
    fn close(&mut self, name: &str);
    /// Text, as it stands in the source.
    fn text(&mut self, text: &str);
    /// The content of a comment.
    fn comment(&mut self, at: Range<usize>);
}

/// Walks; returns why a browser may make something else of the document, in words.
pub(super) fn walk(html: &str, visitor: &mut impl Visitor) -> Option<&'static str> {
    let mut guard = Guard::default();
    let mut scan = Scan::new(html);
    while let Some(token) = scan.next() {
        match token {
            Token::Open(tag) => {
                let name = lower(html, &tag.name);
                guard.open(&name, &tag);
                open(html, &mut scan, &name, &tag, visitor);
            }
            Token::Close(name) => {
                let name = lower(html, &name);
                guard.close(&name);
                visitor.close(&name);
            }
            Token::Comment(range) => visitor.comment(range),
            Token::Text(range) => visitor.text(html.get(range).unwrap_or_default()),
            Token::Raw(_) => {}
        }
    }
    // A title that is never closed is one all the same.
    visitor.close("title");
    guard.objection()
}

/// An element with its content, if that is raw text.
fn open(html: &str, scan: &mut Scan<'_>, name: &str, tag: &OpenTag, visitor: &mut impl Visitor) {
    let end = scan.offset();
    let content = scan.content();
    let text = content.clone().unwrap_or(tag.at..tag.at);
    visitor.open(&Tag { html, name, at: tag.at..end, attrs: scan.attrs(), text });
    // Texts of scripts, styles and fields are nobody's to read.
    if matches!(name, "title" | "iframe" | "xmp" | "noembed" | "noframes" | "plaintext")
        && let Some(content) = content
    {
        visitor.text(html.get(content).unwrap_or_default());
    }
    if tag.closed {
        visitor.close(name);
    }
}

/// Every start tag of a piece of markup.
pub(super) fn tags(html: &str, mut each: impl FnMut(&Tag<'_>)) {
    let mut scan = Scan::new(html);
    while let Some(token) = scan.next() {
        let Token::Open(tag) = token else { continue };
        let end = scan.offset();
        let text = scan.content().unwrap_or(tag.at..tag.at);
        each(&Tag { html, name: &lower(html, &tag.name), at: tag.at..end, attrs: scan.attrs(), text });
    }
}

fn lower<'h>(html: &'h str, range: &Range<usize>) -> Cow<'h, str> {
    let name = html.get(range.clone()).unwrap_or_default();
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}
