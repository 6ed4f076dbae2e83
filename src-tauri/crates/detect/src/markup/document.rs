//! What a document says, gathered from one walk.

use std::cell::OnceCell;

use pixelproof_model::FoundBy;
use url::Url;

use super::{
    entities::{OffsetMap, decoded},
    facts::Facts,
    item::{Item, Origin, Place, items_of, makes_items, srcdoc},
    limits::{ENOUGH_TEXT, MAX_BYTES, MAX_ITEMS, MAX_LINKS, MAX_NESTING, MAX_TITLE},
    links,
    scan::Scan,
    tree::{Doubt, confirm},
    walk::{Tag, Visitor, tags, walk},
};
use crate::page::Link;

/// A document's markup.
#[derive(Debug)]
pub(crate) struct Markup {
    /// What relative addresses resolve against.
    pub(crate) base: Url,
    /// Scripts, images, frames and handlers, in the order of the source.
    pub(crate) items: Vec<Item>,
    /// Pages it names.
    pub(crate) links: Vec<Link>,
    /// Everything else.
    pub(crate) facts: Facts,
    /// Its tags nest too deeply, or are too many, for anybody to make a tree of them.
    pub(crate) too_deep: bool,
    /// What could not be read, in words.
    pub(crate) problems: Vec<String>,
}

impl Markup {
    fn new(base: &Url) -> Markup {
        Markup {
            base: base.clone(),
            items: Vec::new(),
            links: Vec::new(),
            facts: Facts::default(),
            too_deep: false,
            problems: Vec::new(),
        }
    }
}

/// Which images and frames are of interest, by the source of their tag or the address that relative ones resolve
/// against: a page has many, and few are anybody's pixels.
pub(crate) type Wanted<'w> = &'w dyn Fn(&str) -> bool;

/// Reads a document.
pub(crate) fn read(html: &str, url: &Url, with_inert: bool, wanted: Wanted<'_>) -> Markup {
    let mut markup = Markup::new(url);
    let html = if html.len() > MAX_BYTES {
        markup.problems.push(format!("only the first {} MB of the document were read", MAX_BYTES >> 20));
        cut(html, MAX_BYTES)
    } else {
        html
    };
    let mut reader = Reader::new(html, url, markup, Origin::default(), with_inert, wanted);
    reader.run(0);
    let base = reader.base;
    let mut markup = Markup { base, ..reader.out };
    markup.items.sort_by_key(|item| item.at);
    links::add(&mut markup);
    for link in markup.links.iter_mut().filter(|_| markup.facts.nofollow) {
        link.nofollow = true;
    }
    markup
}

/// The longest head of `text` of at most `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

pub(super) struct Reader<'h> {
    html: &'h str,
    base: Url,
    based: bool,
    origin: Origin,
    with_inert: bool,
    wanted: Wanted<'h>,
    /// Whether every image is of interest, for the sake of the base.
    all_wanted: OnceCell<bool>,
    pub(super) out: Markup,
    nested: Vec<(String, Origin)>,
    /// Open elements by what they do to their content.
    pub(super) templates: usize,
    hidden: usize,
    title: Option<String>,
    doubt: Doubt,
}

impl<'h> Reader<'h> {
    fn new(html: &'h str, base: &Url, out: Markup, origin: Origin, with_inert: bool, wanted: Wanted<'h>) -> Self {
        Reader {
            html,
            base: base.clone(),
            based: false,
            origin,
            with_inert,
            wanted,
            all_wanted: OnceCell::new(),
            out,
            nested: Vec::new(),
            templates: 0,
            hidden: 0,
            title: None,
            doubt: Doubt::default(),
        }
    }

    fn run(&mut self, depth: usize) {
        let before = self.out.items.len();
        if let Some(reason) = walk(self.html, self) {
            self.out.too_deep = true;
            self.out.problems.push(format!("{reason}: a browser may make something else of the document"));
        } else if self.doubt.stays() && !self.with_inert {
            let items = self.out.items.split_off(before);
            self.out.items.extend(confirm(self.html, items));
        }
        if depth < MAX_NESTING {
            self.frames(depth + 1);
        }
    }

    /// Documents inside `srcdoc`: their scripts run and their links count, in their own order at the frame's place.
    fn frames(&mut self, depth: usize) {
        for (html, origin) in std::mem::take(&mut self.nested) {
            let title = self.out.facts.title.take();
            let out = std::mem::replace(&mut self.out, Markup::new(&self.base));
            let mut inner = Reader::new(&html, &self.base, out, origin, self.with_inert, self.wanted);
            inner.run(depth);
            self.out = inner.out;
            self.out.facts.title = title;
        }
    }

    /// Items of a piece of markup that the tree holds as text: `noscript`, comments.
    fn fragment(&mut self, range: std::ops::Range<usize>, place: Place) {
        let text = self.html.get(range.clone()).unwrap_or_default();
        if !text.contains('<') {
            return;
        }
        let origin = self.origin.within(OffsetMap::shift(range.start));
        tags(text, |tag| {
            if self.out.items.len() < MAX_ITEMS && makes_items(tag) && self.is_wanted(tag) {
                items_of(tag, place, &origin, &mut self.out.items);
            }
        });
    }

    /// Whether a tag is more than an image or frame that is of no interest.
    fn is_wanted(&self, tag: &Tag<'_>) -> bool {
        let may_be_dull = matches!(tag.name, "img" | "image" | "input" | "iframe" | "frame");
        !may_be_dull
            || tag.is_handled()
            || *self.all_wanted.get_or_init(|| (self.wanted)(self.base.as_str()))
            || (self.wanted)(tag.slice(&tag.at))
    }

    fn place(&self) -> Place {
        Place { noscript: false, inert: self.templates > 0 }
    }

    fn item(&mut self, tag: &Tag<'_>) {
        if tag.name == "noscript" {
            let place = Place { noscript: true, inert: self.templates > 0 };
            if self.with_inert || !place.inert {
                self.fragment(tag.text.clone(), place);
            }
        }
        if !makes_items(tag) || (self.templates > 0 && !self.with_inert) {
            return;
        }
        if tag.name == "iframe" {
            self.nested.extend(srcdoc(tag, &self.origin));
        }
        if !self.is_wanted(tag) {
            return;
        }
        if self.out.items.len() >= MAX_ITEMS {
            if self.out.items.len() == MAX_ITEMS && !self.out.problems.iter().any(|p| p.starts_with("more than")) {
                self.out.problems.push(format!("more than {MAX_ITEMS} scripts and images: the rest was left out"));
            }
            return;
        }
        items_of(tag, self.place(), &self.origin, &mut self.out.items);
    }

    pub(super) fn link(&mut self, address: &str, by: FoundBy, nofollow: bool) {
        if self.templates > 0 {
            return;
        }
        if self.out.links.len() >= MAX_LINKS {
            let said = format!("more than {MAX_LINKS} links: the rest was left out");
            if self.out.problems.last() != Some(&said) {
                self.out.problems.push(said);
            }
            return;
        }
        let Some(mut url) = self.resolve(address) else { return };
        url.set_fragment(None);
        self.out.links.push(Link { url, by, nofollow });
    }

    /// An http(s) address against the document's base.
    pub(super) fn resolve(&self, address: &str) -> Option<Url> {
        let url = self.base.join(address.trim()).ok()?;
        matches!(url.scheme(), "http" | "https" | "file").then_some(url)
    }
}

impl Visitor for Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        self.doubt.opens(tag.name);
        self.item(tag);
        match tag.name {
            "a" | "area" => {
                if let Some(href) = tag.attr("href") {
                    let nofollow = tag
                        .attr("rel")
                        .is_some_and(|rel| rel.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case("nofollow")));
                    match links::of_pseudo_address(&href) {
                        Some(address) => self.link(&address, FoundBy::Script, nofollow),
                        None => {
                            self.link(&href, if tag.name == "a" { FoundBy::Anchor } else { FoundBy::Area }, nofollow)
                        }
                    }
                }
            }
            "template" => self.templates += 1,
            "script" | "style" | "noscript" => self.hidden += 1,
            "textarea" => {
                self.hidden += 1;
                self.field(tag);
            }
            "title" if self.out.facts.title.is_none() => self.title = Some(String::new()),
            "base" if !self.based => {
                if let Some(url) = tag.attr("href").and_then(|href| self.resolve(&href)) {
                    self.based = true;
                    self.base = url;
                    self.all_wanted.take();
                }
            }
            "link" => self.link_element(tag),
            "meta" if self.templates == 0 => self.meta(tag),
            "iframe" | "frame" => {
                if let Some(src) = tag.attr("src").filter(|s| !s.trim().is_empty()) {
                    self.link(&src, FoundBy::Frame, false);
                }
            }
            "input" => self.field(tag),
            "div" | "main" | "app-root" | "section" => self.root(tag),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        self.doubt.closes(name);
        match name {
            "template" => self.templates = self.templates.saturating_sub(1),
            "script" | "style" | "noscript" | "textarea" => self.hidden = self.hidden.saturating_sub(1),
            "title" => {
                if let Some(title) = self.title.take() {
                    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
                    self.out.facts.title =
                        Some(title.chars().take(MAX_TITLE).collect::<String>()).filter(|t| !t.is_empty());
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(title) = &mut self.title {
            title.push_str(cut(&decoded(text), MAX_TITLE * 4));
        } else if self.hidden == 0 && self.templates == 0 && self.out.facts.text < ENOUGH_TEXT {
            let text = cut(text, ENOUGH_TEXT * 8);
            self.out.facts.text += decoded(text).chars().filter(|c| !c.is_whitespace()).take(ENOUGH_TEXT).count();
        }
    }

    fn comment(&mut self, at: std::ops::Range<usize>) {
        if self.with_inert {
            self.fragment(at, Place { noscript: false, inert: true });
        }
    }
}

/// Items of a piece of markup on its own, in order.
pub(crate) fn fragment(text: &str) -> Vec<Item> {
    let mut reader = Reader::new(text, &EMPTY, Markup::new(&EMPTY), Origin::default(), false, &|_| true);
    reader.fragment(0..text.len(), Place::default());
    reader.out.items
}

static EMPTY: std::sync::LazyLock<Url> =
    std::sync::LazyLock::new(|| Url::parse("about:blank").expect("a constant address"));

/// The text of the tag that begins at an offset.
pub(crate) fn tag_text(html: &str, at: usize) -> &str {
    let rest = html.get(at..).unwrap_or_default();
    let mut scan = Scan::new(rest);
    scan.next();
    rest.get(..scan.offset()).unwrap_or_default()
}
