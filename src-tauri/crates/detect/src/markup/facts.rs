//! What a document says of itself: its head, and the fields of its forms.

use pixelproof_model::FoundBy;
use url::Url;

use super::{
    document::{Reader, cut},
    limits::MAX_TITLE,
    walk::Tag,
};

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
    /// Visible characters, counted up to [`ENOUGH_TEXT`](super::limits::ENOUGH_TEXT).
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

impl Reader<'_> {
    pub(super) fn meta(&mut self, tag: &Tag<'_>) {
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

    pub(super) fn link_element(&mut self, tag: &Tag<'_>) {
        let (Some(rel), Some(href)) = (tag.attr("rel"), tag.attr("href")) else { return };
        for rel in rel.split_ascii_whitespace() {
            if rel.eq_ignore_ascii_case("canonical") {
                self.link(&href, FoundBy::Canonical, false);
                if self.out.facts.canonical.is_none() && self.templates == 0 {
                    self.out.facts.canonical = self.resolve(&href);
                }
            } else if rel.eq_ignore_ascii_case("next") || rel.eq_ignore_ascii_case("prev") {
                self.link(&href, FoundBy::Next, false);
            } else if rel.eq_ignore_ascii_case("amphtml")
                || (rel.eq_ignore_ascii_case("alternate") && tag.attr("hreflang").is_some())
            {
                self.link(&href, FoundBy::Alternate, false);
            } else if rel.eq_ignore_ascii_case("alternate") && tag.attr("type").is_some_and(|kind| is_feed(&kind)) {
                self.link(&href, FoundBy::Feed, false);
            }
        }
    }

    pub(super) fn field(&mut self, tag: &Tag<'_>) {
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

    /// The element an application draws its page in, by the names that frameworks give it.
    pub(super) fn root(&mut self, tag: &Tag<'_>) {
        const ROOTS: [&str; 8] = ["root", "app", "__next", "__nuxt", "___gatsby", "svelte", "app-root", "q-app"];
        self.out.facts.app_root |= tag.name == "app-root"
            || (!self.out.facts.app_root && tag.attr("id").is_some_and(|id| ROOTS.contains(&id.trim())));
    }
}

/// RSS and Atom, by their types.
fn is_feed(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["application/rss+xml", "application/atom+xml", "application/rdf+xml"]
        .iter()
        .any(|feed| kind.eq_ignore_ascii_case(feed))
}
