//! The tree of a document, built where reading tag by tag leaves doubt about what a browser keeps: after a frameset or a
//! second body, and in foreign content, templates or lists that never end. Everywhere else both agree, and a tree would cost
//! more than all of the reading.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use scraper::{ElementRef, Html};

use super::{
    item::{Item, ItemKind},
    limits::MAX_TREE,
    walk::{code_attribute, code_of_address},
};

/// What makes a document doubtful, seen tag by tag.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    frameset: bool,
    bodies: u32,
    open: BTreeMap<&'static str, u32>,
}

/// Elements whose end decides how what follows is read.
const DECISIVE: [&str; 4] = ["svg", "math", "template", "select"];

impl Doubt {
    pub(super) fn opens(&mut self, name: &str) {
        match name {
            "frameset" => self.frameset = true,
            "body" => self.bodies += 1,
            _ => {
                if let Some(known) = DECISIVE.iter().find(|d| **d == name) {
                    *self.open.entry(known).or_default() += 1;
                }
            }
        }
    }

    pub(super) fn closes(&mut self, name: &str) {
        if let Some(open) = self.open.get_mut(name) {
            *open = open.saturating_sub(1);
        }
    }

    pub(super) fn stays(&self) -> bool {
        self.frameset || self.bodies > 1 || self.open.values().any(|open| *open > 0)
    }
}

/// Keeps those of `items` (all of one document) that its tree holds too.
pub(super) fn confirm(html: &str, items: Vec<Item>) -> Vec<Item> {
    if html.len() > MAX_TREE {
        return items;
    }
    let tree = Html::parse_document(html);
    let mut held: BTreeMap<(u8, String), u32> = BTreeMap::new();
    for element in tree.root_element().descendent_elements() {
        for key in keys_of(element) {
            *held.entry(key).or_default() += 1;
        }
    }
    let kept = items.into_iter().filter(|item| {
        if item.place.noscript || item.place.inert {
            return true;
        }
        match held.get_mut(&key(item)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    });
    kept.collect()
}

const SCRIPT: u8 = 0;
const IMAGE: u8 = 1;
const FRAME: u8 = 2;
const HANDLER: u8 = 3;

fn key(item: &Item) -> (u8, String) {
    let src = || item.attr("src").unwrap_or_default().to_owned();
    match &item.kind {
        ItemKind::Script { text, .. } => (SCRIPT, script_key(item.attr("src").unwrap_or_default(), text)),
        ItemKind::Image => (IMAGE, src()),
        ItemKind::Frame => (FRAME, src()),
        ItemKind::Handler { text, .. } => (HANDLER, plain(text)),
    }
}

fn keys_of(element: ElementRef<'_>) -> Vec<(u8, String)> {
    let value = element.value();
    let src = value.attr("src").unwrap_or_default();
    let own = match value.name() {
        "script" => Some((SCRIPT, script_key(src, &element.text().collect::<String>()))),
        "img" | "image" | "input" => Some((IMAGE, src.to_owned())),
        "iframe" | "frame" => Some((FRAME, src.to_owned())),
        _ => None,
    };
    let handlers = value.attrs().filter(|(name, _)| name.starts_with("on")).map(|(_, code)| (HANDLER, plain(code)));
    let address = code_attribute(value.name()).and_then(|(name, _)| code_of_address(value.attr(name)?));
    let address = address.map(|code| (HANDLER, plain(&percent_decode_str(code).decode_utf8_lossy())));
    own.into_iter().chain(handlers).chain(address).collect()
}

fn script_key(src: &str, text: &str) -> String {
    format!("{src}\n{}", plain(text))
}

/// A tree has no carriage returns.
fn plain(text: &str) -> String {
    text.replace('\r', "").trim().to_owned()
}
