//! What markup holds that can run or fire: scripts, images, frames, handler attributes.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use pixelproof_model::Trigger;

use super::{
    entities::{OffsetMap, decode},
    walk::{Tag, code_attribute, code_of_address, is_handler},
};

/// A tag's attribute, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attr {
    /// Name in lower case.
    pub(crate) name: String,
    /// Value.
    pub(crate) value: String,
    map: OffsetMap,
}

/// Where an item stands among the parts of a document that a browser treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    /// Inside `<noscript>`.
    pub(crate) noscript: bool,
    /// In a comment, a template or a text field: never runs.
    pub(crate) inert: bool,
}

/// Leads from offsets in a text to offsets in the page's source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    maps: Vec<Arc<OffsetMap>>,
}

impl Origin {
    /// A text whose offsets lead through `map` into a document that this origin leads on from.
    pub(crate) fn within(&self, map: OffsetMap) -> Origin {
        let mut maps = Vec::with_capacity(self.maps.len() + 1);
        maps.push(Arc::new(map));
        maps.extend(self.maps.iter().cloned());
        Origin { maps }
    }

    /// Offset in the page's source.
    pub(crate) fn source(&self, offset: usize) -> usize {
        self.maps.iter().fold(offset, |at, map| map.source(at))
    }
}

/// Something that can run or fire.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Offset of the tag or attribute in the page's source: the document's order.
    pub(crate) at: usize,
    /// Among which parts it stands.
    pub(crate) place: Place,
    /// Attributes of its tag.
    pub(crate) attrs: Vec<Attr>,
    /// What it is.
    pub(crate) kind: ItemKind,
}

/// Kinds of item.
#[derive(Debug, Clone)]
pub(crate) enum ItemKind {
    /// A script: its text, which may be empty, and where that stands.
    Script {
        /// The text between the tags.
        text: String,
        /// Where it stands.
        origin: Origin,
    },
    /// An image.
    Image,
    /// A frame.
    Frame,
    /// A handler attribute, one item each.
    Handler {
        /// The code.
        text: String,
        /// Where it stands.
        origin: Origin,
        /// What makes it run.
        trigger: Trigger,
    },
}

impl Item {
    /// The value of an attribute of the tag.
    pub(crate) fn attr(&self, name: &str) -> Option<&str> {
        attr(&self.attrs, name)
    }
}

/// The value of an attribute.
pub(crate) fn attr<'a>(attrs: &'a [Attr], name: &str) -> Option<&'a str> {
    attrs.iter().find(|a| a.name == name).map(|a| a.value.as_str())
}

/// The attributes of a tag.
fn attrs_of(tag: &Tag<'_>) -> Vec<Attr> {
    let mut attrs: Vec<Attr> = Vec::with_capacity(tag.attrs.len());
    for raw in tag.attrs {
        let name = tag.slice(&raw.name).to_ascii_lowercase();
        if attrs.iter().any(|a| a.name == name) {
            continue;
        }
        let (value, map) = decode(tag.slice(&raw.value), raw.value.start);
        attrs.push(Attr { name, value, map });
    }
    attrs
}

/// Whether a tag can make items at all.
pub(super) fn makes_items(tag: &Tag<'_>) -> bool {
    matches!(tag.name, "script" | "img" | "image" | "input" | "iframe" | "frame" | "amp-pixel" | "amp-analytics")
        || tag.is_handled()
}

/// Items of one tag: the element's own, if it has one, and one for each handler attribute.
pub(super) fn items_of(tag: &Tag<'_>, place: Place, origin: &Origin, out: &mut Vec<Item>) {
    let attrs = attrs_of(tag);
    let at = origin.source(tag.at.start);
    for handler in attrs.iter().filter(|a| is_handler(&a.name) && !a.value.trim().is_empty()) {
        let inner = origin.within(handler.map.clone());
        let kind =
            ItemKind::Handler { text: handler.value.clone(), origin: inner.clone(), trigger: trigger(&handler.name) };
        out.push(Item { at: inner.source(0), place, attrs: Vec::new(), kind });
    }
    if let Some((name, trigger)) = code_attribute(tag.name)
        && let Some(address) = attrs.iter().find(|a| a.name == name)
        && let Some(code) = code_of_address(&address.value)
    {
        let inner = origin.within(address.map.clone()).within(OffsetMap::shift(address.value.len() - code.len()));
        let text = percent_decode_str(code).decode_utf8_lossy().into_owned();
        let at = inner.source(0);
        out.push(Item { at, place, attrs: Vec::new(), kind: ItemKind::Handler { text, origin: inner, trigger } });
    }
    let kind = match tag.name {
        "script" => script(tag, origin),
        "img" | "image" | "amp-pixel" => ItemKind::Image,
        // A configuration that is fetched, as a script is.
        "amp-analytics" => {
            let Some(config) = attrs.iter().find(|a| a.name == "config").cloned() else { return };
            let attrs = vec![Attr { name: "src".to_owned(), ..config }];
            return out.push(Item { at, place, attrs, kind: script(tag, origin) });
        }
        "input" if attr(&attrs, "type").is_some_and(|t| t.eq_ignore_ascii_case("image")) => ItemKind::Image,
        "iframe" | "frame" => ItemKind::Frame,
        _ => return,
    };
    out.push(Item { at, place, attrs, kind });
}

fn script(tag: &Tag<'_>, origin: &Origin) -> ItemKind {
    let text = tag.slice(&tag.text).to_owned();
    ItemKind::Script { text, origin: origin.within(OffsetMap::shift(tag.text.start)) }
}

/// The decoded value of `srcdoc`, and where it stands.
pub(super) fn srcdoc(tag: &Tag<'_>, origin: &Origin) -> Option<(String, Origin)> {
    let attr = attrs_of(tag).into_iter().find(|a| a.name == "srcdoc")?;
    Some((attr.value, origin.within(attr.map)))
}

/// What makes a handler attribute run.
fn trigger(name: &str) -> Trigger {
    match name {
        "onload" | "onpageshow" | "onreadystatechange" => Trigger::Load,
        "onclick" | "ondblclick" | "onmousedown" | "onmouseup" | "onpointerdown" | "onpointerup" | "ontouchstart"
        | "ontouchend" | "onauxclick" | "oncontextmenu" => Trigger::Click,
        "onsubmit" => Trigger::Submit,
        "onhashchange" | "onpopstate" => Trigger::Route,
        "onscroll" | "onwheel" => Trigger::Scroll,
        _ => Trigger::Conditional,
    }
}
