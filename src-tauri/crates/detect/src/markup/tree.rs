//! Walks a document, as a tree where that is safe and tag by tag where it isn't, and reports what opens, closes and is
//! written in it.

use scraper::{Html, Node};

use super::{
    guard::{Mark, Survey},
    item::attrs_of,
    scan::{OpenTag, Scan, Token},
};

/// How far ahead a tag is looked for when the tree's order differs from the source's.
const LOOK_AHEAD: usize = 64;

/// What a walk reports.
pub(super) trait Visitor {
    /// An element opens. `mark` is its tag in the source, for tags of interest.
    fn open(&mut self, name: &str, attr: &dyn Fn(&str) -> Option<String>, mark: Option<&Mark>);
    /// An element ends.
    fn close(&mut self, name: &str);
    /// Text.
    fn text(&mut self, text: &str);
}

/// Walks the tree of a document.
pub(super) fn walk_tree(html: &str, survey: &Survey, visitor: &mut dyn Visitor) {
    let tree = Html::parse_document(html);
    let mut marks = Marks::new(html, &survey.marks);
    let root = tree.tree.root();
    let mut at = Some(root);
    while let Some(node) = at {
        match node.value() {
            Node::Element(element) => {
                let name = element.name();
                let wanted = is_marked(name) || element.attrs().any(|(n, _)| n.starts_with("on"));
                let mark = if wanted { marks.take(name, &|n| element.attr(n)) } else { None };
                visitor.open(name, &|n| element.attr(n).map(str::to_owned), mark);
            }
            Node::Text(text) => visitor.text(text),
            _ => {}
        }
        if let Some(child) = node.first_child() {
            at = Some(child);
            continue;
        }
        // Leave this node, and every ancestor whose last child it was.
        let mut leaving = Some(node);
        at = None;
        while let Some(left) = leaving {
            if let Node::Element(element) = left.value() {
                visitor.close(element.name());
            }
            if let Some(sibling) = left.next_sibling() {
                at = Some(sibling);
                break;
            }
            leaving = left.parent();
        }
    }
}

fn is_marked(name: &str) -> bool {
    matches!(name, "script" | "img" | "iframe" | "frame" | "noscript" | "input" | "image")
}

/// Walks tag by tag: no tree, so elements end where their end tags stand, and void ones at once.
pub(super) fn walk_tags(html: &str, visitor: &mut dyn Visitor) {
    let mut opened: Option<OpenTag> = None;
    let mut tokens = Scan::new(html).peekable();
    while let Some(token) = tokens.next() {
        match token {
            Token::Open(tag) => opened = Some(tag),
            Token::Raw(_) => {}
            Token::Close(name) => visitor.close(&lower(html, name)),
            Token::Comment(_) => {}
            Token::Text(range) => visitor.text(html.get(range).unwrap_or_default()),
        }
        if let Some(tag) = opened.take() {
            let text = match tokens.peek() {
                Some(Token::Raw(range)) => range.clone(),
                _ => tag.at..tag.at,
            };
            let name = lower(html, tag.name.clone());
            let mark = Mark { tag, text };
            let attrs = attrs_of(html, &mark);
            let attr = |n: &str| attrs.iter().find(|a| a.name == n).map(|a| a.value.clone());
            visitor.open(&name, &attr, Some(&mark));
            if name == "title" {
                visitor.text(html.get(mark.text.clone()).unwrap_or_default());
            }
        }
    }
}

fn lower(html: &str, range: std::ops::Range<usize>) -> String {
    html.get(range).unwrap_or_default().to_ascii_lowercase()
}

/// Tags of interest, handed out in order to the elements of the tree.
struct Marks<'m> {
    html: &'m str,
    marks: &'m [Mark],
    taken: Vec<bool>,
    next: usize,
}

impl<'m> Marks<'m> {
    fn new(html: &'m str, marks: &'m [Mark]) -> Self {
        Marks { html, marks, taken: vec![false; marks.len()], next: 0 }
    }

    /// The first tag not yet taken that can be this element's: same name, same telling attributes. The tree moves
    /// misplaced content of tables, so the next one in the source isn't always it.
    fn take<'a>(&mut self, name: &str, attr: &dyn Fn(&str) -> Option<&'a str>) -> Option<&'m Mark> {
        while self.taken.get(self.next) == Some(&true) {
            self.next += 1;
        }
        let mut fallback = None;
        for (i, mark) in self.marks.iter().enumerate().skip(self.next).take(LOOK_AHEAD) {
            let free = self.taken.get(i) == Some(&false);
            let same = self.html.get(mark.tag.name.clone()).is_some_and(|n| same_name(n, name));
            if !free || !same {
                continue;
            }
            if self.same_attrs(mark, attr) {
                return self.hand_out(i);
            }
            fallback.get_or_insert(i);
        }
        fallback.and_then(|i| self.hand_out(i))
    }

    fn hand_out(&mut self, i: usize) -> Option<&'m Mark> {
        *self.taken.get_mut(i)? = true;
        self.marks.get(i)
    }

    fn same_attrs<'a>(&self, mark: &Mark, attr: &dyn Fn(&str) -> Option<&'a str>) -> bool {
        const TELLING: [&str; 5] = ["src", "id", "type", "onclick", "srcset"];
        TELLING.iter().all(|name| {
            let raw = mark
                .tag
                .attrs
                .iter()
                .find(|a| self.html.get(a.name.clone()).is_some_and(|n| n.eq_ignore_ascii_case(name)));
            match (raw, attr(name)) {
                (None, None) => true,
                // Lengths differ only by character references.
                (Some(raw), Some(value)) => {
                    let raw = self.html.get(raw.value.clone()).unwrap_or_default();
                    raw == value || raw.contains(['&', '\r'])
                }
                _ => false,
            }
        })
    }
}

/// The tree renames `image` to `img`.
fn same_name(source: &str, element: &str) -> bool {
    source.eq_ignore_ascii_case(element) || (element == "img" && source.eq_ignore_ascii_case("image"))
}
