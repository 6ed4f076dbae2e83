//! What a document says, gathered from one walk.

use pixelproof_model::FoundBy;
use url::Url;

use super::{
    entities::{OffsetMap, decoded},
    item::{Item, Origin, Place, items_of, makes_items, srcdoc},
    limits::{ENOUGH_TEXT, MAX_BYTES, MAX_ITEMS, MAX_LINKS, MAX_NESTING, MAX_TITLE},
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

/// What a document says of itself.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// `<title>`, white space collapsed.
    pub(crate) title: Option<String>,
    /// `<link rel=canonical>`.
    pub(crate) canonical: Option<Url>,
    /// Seconds of a meta refresh, and where it leads.
    pub(crate) refresh: Option<(u32, Url)>,
    /// Not to be listed by search engines.
    pub(crate) noindex: bool,
    /// Its links are not to be followed.
    pub(crate) nofollow: bool,
    /// `og:type`.
    pub(crate) og_type: Option<String>,
    /// `<meta name=generator>`, all of them.
    pub(crate) generators: Vec<String>,
    /// Visible characters, counted up to [`ENOUGH_TEXT`].
    pub(crate) text: usize,
    /// An element that an application builds its page in.
    pub(crate) app_root: bool,
    /// Password fields.
    pub(crate) passwords: usize,
    /// A field for a new password.
    pub(crate) new_password: bool,
    /// A search field.
    pub(crate) search: bool,
    /// A payment card's field.
    pub(crate) card: bool,
    /// Text areas outside search, with an e-mail field somewhere: the signs of a contact form.
    pub(crate) textareas: usize,
    /// E-mail fields.
    pub(crate) emails: usize,
}

/// Which images and frames are of interest, by the source of their tag and the address that relative ones resolve
/// against: a page has many, and few are anybody's pixels.
pub(crate) type Wanted<'w> = &'w dyn Fn(&str, &Url) -> bool;

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

struct Reader<'h> {
    html: &'h str,
    base: Url,
    based: bool,
    origin: Origin,
    with_inert: bool,
    wanted: Wanted<'h>,
    out: Markup,
    nested: Vec<(String, Origin)>,
    /// Open elements by what they do to their content.
    templates: usize,
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
        !may_be_dull || tag.is_handled() || (self.wanted)(tag.slice(&tag.at), &self.base)
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

    fn link(&mut self, address: &str, by: FoundBy, nofollow: bool) {
        if self.templates > 0 || self.out.links.len() >= MAX_LINKS {
            return;
        }
        let Some(mut url) = self.resolve(address) else { return };
        url.set_fragment(None);
        self.out.links.push(Link { url, by, nofollow });
    }

    /// An http(s) address against the document's base.
    fn resolve(&self, address: &str) -> Option<Url> {
        let url = self.base.join(address.trim()).ok()?;
        matches!(url.scheme(), "http" | "https" | "file").then_some(url)
    }

    fn meta(&mut self, tag: &Tag<'_>) {
        let content = tag.attr("content").unwrap_or_default();
        let name = tag.attr("name").or_else(|| tag.attr("property")).unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "robots" | "googlebot" => {
                let content = content.to_ascii_lowercase();
                let has = |word: &str| content.split([',', ' ']).any(|w| w.trim() == word);
                self.out.facts.noindex |= has("noindex") || has("none");
                self.out.facts.nofollow |= has("nofollow") || has("none");
            }
            "og:type" => self.out.facts.og_type = Some(content.trim().to_ascii_lowercase()),
            "generator" if self.out.facts.generators.len() < 8 => {
                self.out.facts.generators.push(cut(content.trim(), MAX_TITLE).to_owned());
            }
            _ => {}
        }
        if tag.attr("http-equiv").is_some_and(|h| h.trim().eq_ignore_ascii_case("refresh")) {
            self.refresh(&content);
        }
    }

    /// `5; url=/next`, in all its loose spellings. Without an address it reloads the page itself: no link.
    fn refresh(&mut self, content: &str) {
        let digits = content.trim_start().len()
            - content.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (delay, rest) = content.trim_start().split_at(digits);
        let seconds = delay.split('.').next().and_then(|d| d.parse().ok()).unwrap_or(0);
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | ','));
        let lower = rest.to_ascii_lowercase();
        let address = match lower.strip_prefix("url").map(str::trim_start).and_then(|r| r.strip_prefix('=')) {
            Some(after) => rest.get(rest.len() - after.len()..).unwrap_or_default(),
            None => rest,
        };
        let address = address.trim().trim_matches(['\'', '"']);
        if address.is_empty() {
            return;
        }
        self.link(address, FoundBy::MetaRefresh, false);
        if let Some(url) = self.resolve(address) {
            self.out.facts.refresh.get_or_insert((seconds, url));
        }
    }

    fn link_element(&mut self, tag: &Tag<'_>) {
        let (Some(rel), Some(href)) = (tag.attr("rel"), tag.attr("href")) else { return };
        for rel in rel.split_ascii_whitespace() {
            if rel.eq_ignore_ascii_case("canonical") {
                self.link(&href, FoundBy::Canonical, false);
                if self.out.facts.canonical.is_none() && self.templates == 0 {
                    self.out.facts.canonical = self.resolve(&href);
                }
            } else if rel.eq_ignore_ascii_case("next") || rel.eq_ignore_ascii_case("prev") {
                self.link(&href, FoundBy::Next, false);
            }
        }
    }

    fn field(&mut self, tag: &Tag<'_>) {
        let kind = tag.attr("type").unwrap_or_default().to_ascii_lowercase();
        let complete = tag.attr("autocomplete").unwrap_or_default().to_ascii_lowercase();
        let facts = &mut self.out.facts;
        facts.new_password |= complete.contains("new-password");
        facts.card |= complete.contains("cc-");
        match (tag.name, kind.as_str()) {
            ("textarea", _) => facts.textareas += 1,
            (_, "password") => facts.passwords += 1,
            (_, "email") => facts.emails += 1,
            (_, "search") => facts.search = true,
            _ => {}
        }
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
                    self.link(&href, if tag.name == "a" { FoundBy::Anchor } else { FoundBy::Area }, nofollow);
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

impl Reader<'_> {
    /// The element an application draws its page in, by the names that frameworks give it.
    fn root(&mut self, tag: &Tag<'_>) {
        const ROOTS: [&str; 8] = ["root", "app", "__next", "__nuxt", "___gatsby", "svelte", "app-root", "q-app"];
        self.out.facts.app_root |= tag.name == "app-root"
            || (!self.out.facts.app_root && tag.attr("id").is_some_and(|id| ROOTS.contains(&id.trim())));
    }
}

/// Items of a piece of markup on its own, in order.
pub(crate) fn fragment(text: &str) -> Vec<Item> {
    let mut reader = Reader::new(text, &EMPTY, Markup::new(&EMPTY), Origin::default(), false, &|_, _| true);
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
