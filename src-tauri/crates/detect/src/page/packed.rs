//! Code in base 64: what a consent platform keeps until the visitor agrees, in its settings or in templates, and what an
//! optimiser keeps in a list until the page is used.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use pixelproof_model::{Position, State, Via};

use super::{
    fact::{Places, Setting},
    gather::Gatherer,
    json::reach,
    places::Fixed,
};
use crate::{
    catalogue::ANY_OBJECT,
    consent::{DEFINED, DEFINES, PACKED, PACKS},
    markup::{self, Item},
    script::{ScriptFacts, SourceKind, Value},
};

/// Attribute of elements that the platform holds back.
const MARK: &str = "data-borlabs-cookie";
/// The global in which an optimiser keeps the scripts that it puts off: their code is percent-encoded, then packed.
pub(crate) const PUT_OFF: &str = "two_worker_data_js";
/// Most scripts of such a list.
const MAX_PUT_OFF: usize = 300;
/// Shortest code that is looked at, in characters of base 64.
const SHORTEST: usize = 40;
/// Longest.
const LONGEST: usize = 256 << 10;

impl Gatherer<'_> {
    /// Reads the code that settings in a script hold.
    pub(super) fn packed_settings(&mut self, script: &ScriptFacts, places: &dyn Places) {
        let mut found: Vec<(String, u32, &str)> = Vec::new();
        for assign in &script.assigns {
            let at = assign.span.0;
            match (assign.target.strip_prefix(ANY_OBJECT), &assign.value) {
                (Some(PACKED), Value::String(text)) => found.extend(unpacked(text).map(|text| (text, at, PACKS))),
                (Some(DEFINED), value) => {
                    found.extend(reach(value, "*.*").into_iter().filter_map(|value| match value {
                        Value::String(text) if text.contains('<') => Some((text, at, DEFINES)),
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
        for (text, at, platform) in found {
            self.packed(places.at(at), &text, platform);
        }
    }

    /// Reads the scripts that an optimiser keeps in a list.
    pub(super) fn put_off(&mut self, script: &ScriptFacts, places: &dyn Places) {
        let lists = script.assigns.iter().filter(|a| a.target == PUT_OFF);
        let codes = lists.flat_map(|assign| reach(&assign.value, "js.*.code").into_iter().map(|c| (c, assign.span.0)));
        let codes: Vec<(String, Position)> = codes
            .take(MAX_PUT_OFF)
            .filter_map(|(code, at)| match code {
                Value::String(code) => Some((code_of(&code)?, places.at(at))),
                _ => None,
            })
            .collect();
        let setting = Arc::new(Setting {
            via: Via::Script,
            state: State::Active,
            delayed: true,
            gate: None,
            installer: None,
            in_order: false,
        });
        for (code, at) in codes {
            let Some(facts) = self.read(&code, SourceKind::Script, true) else { continue };
            self.code(&facts, &Fixed { at, text: &code }, &setting, 0);
        }
    }

    /// Reads the code that a template of the platform holds.
    pub(super) fn packed_template(&mut self, item: &Item, text: &str) {
        let is_template = item.attr("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/template"));
        if !is_template || item.place.inert || !self.has_marks() {
            return;
        }
        if let Some(text) = unpacked(text) {
            self.packed(self.at(item.at), &text, PACKS);
        }
    }

    /// Whether the document has marks of the platform: looked for once, since a page may have any number of templates.
    fn has_marks(&self) -> bool {
        *self.packs.get_or_init(|| self.html.contains(MARK))
    }

    /// Reads the markup that an element holds back.
    pub(super) fn waiting_markup(&mut self, item: &Item, text: &str, setting: &Arc<Setting>) {
        self.markup_at(self.at(item.at), text, setting);
    }

    fn packed(&mut self, at: Position, text: &str, platform: &str) {
        let setting = Arc::new(Setting {
            via: Via::Script,
            state: State::Gated,
            delayed: false,
            gate: Some(platform.to_owned()),
            installer: None,
            in_order: false,
        });
        self.markup_at(at, text, &setting);
    }

    fn markup_at(&mut self, at: Position, text: &str, setting: &Arc<Setting>) {
        let fixed = Fixed { at, text };
        for item in markup::fragment(text) {
            self.written(&item, &fixed, setting, 1);
        }
    }
}

/// Whether the text of a script is markup.
pub(super) fn is_markup(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('<') && !text.starts_with("<!")
}

/// A script that was percent-encoded, then packed.
fn code_of(packed: &str) -> Option<String> {
    let text = text_of(packed.bytes().take(LONGEST))?;
    percent_encoding::percent_decode_str(&text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Markup in base 64.
fn unpacked(text: &str) -> Option<String> {
    let text = text.trim();
    if !(SHORTEST..=LONGEST).contains(&text.len()) || text.contains('<') {
        return None;
    }
    text_of(text.bytes()).filter(|markup| markup.contains('<'))
}

/// Text in base 64, whatever white space and padding it has.
pub(super) fn text_of(packed: impl IntoIterator<Item = u8>) -> Option<String> {
    let packed: Vec<u8> = packed.into_iter().filter(|b| !b.is_ascii_whitespace() && *b != b'=').collect();
    String::from_utf8(STANDARD_NO_PAD.decode(packed).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::unpacked;

    #[test]
    fn only_markup_in_base_64_is_code() {
        let cases = [
            (
                "PHNjcmlwdD5mYnEoJ2luaXQnLCcxMjM0NTY3ODkwMTIzNCcpPC9zY3JpcHQ+",
                Some("<script>fbq('init','12345678901234')</script>"),
            ),
            (
                "PHNjcmlwdD5mYnEoJ2luaXQnLCcxMjM0\nNTY3ODkwMTIzNCcpPC9zY3JpcHQ+",
                Some("<script>fbq('init','12345678901234')</script>"),
            ),
            ("<script>fbq('init','12345678901234')</script>", None),
            ("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", None),
            ("PHA+", None),
            ("", None),
        ];
        for (text, expect) in cases {
            assert_eq!(unpacked(text).as_deref(), expect, "{text}");
        }
    }
}
