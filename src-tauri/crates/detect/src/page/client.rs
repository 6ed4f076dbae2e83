//! What isn't in the markup because the client of a framework adds it once the page runs.

use std::{collections::HashSet, sync::Arc};

use pixelproof_model::{State, Via};

use super::{
    excerpt::excerpt,
    fact::{Fact, Setting, What},
    flight::{self, Added},
    gather::{Gatherer, address},
    packed::text_of,
    places::Fixed,
};
use crate::{
    beacon::Message,
    markup,
    script::{Context, LoadKind, SourceKind, Value},
    value,
};

/// Id of the element that holds the state of a Next.js page.
pub(super) const STATE: &str = "__NEXT_DATA__";
/// Name of the settings that server components hand their client, in tables.
const FLIGHT: &str = "#__next_f";
/// Scripts that the components of Next.js for Google's tags add; a page that was saved while it ran shows them.
const SHOWN: &str = "id=\"_next-g";

/// What the markup says of it.
#[derive(Debug, Default)]
pub(super) struct Client {
    is_next: bool,
    /// What server components hand the client, and the offset of the first script that does.
    payload: String,
    at: usize,
    /// Texts of the scripts in the markup, to know those again that the client adds.
    texts: HashSet<String>,
}

impl Client {
    pub(super) fn new(html: &str) -> Client {
        let is_next = html.contains("__next_f.push(") || html.contains(STATE);
        Client { is_next, ..Client::default() }
    }

    /// Notes a script of the markup; whether it only hands something to the client.
    pub(super) fn takes(&mut self, script: &str, at: usize) -> bool {
        if !self.is_next {
            return false;
        }
        let Some(piece) = flight::piece(script) else {
            self.texts.insert(script.trim().to_owned());
            return false;
        };
        if self.payload.is_empty() {
            self.at = at;
        }
        flight::append(&mut self.payload, &piece);
        true
    }
}

impl Gatherer<'_> {
    /// Reads what server components hand the client: scripts, and the settings of components that load pixels.
    pub(super) fn flight(&mut self) {
        if self.client.payload.is_empty() {
            return;
        }
        let (found, at) = (flight::read(&std::mem::take(&mut self.client.payload)), self.client.at);
        found.scripts.iter().for_each(|script| self.added(script, at));
        let shown = self.html.contains(SHOWN);
        let facts = found.props.into_iter().filter(|_| !shown).map(|props| Fact {
            at: self.at(at),
            code: excerpt(markup::tag_text(self.html, at)),
            offset: 0,
            context: Context::default(),
            what: What::Assign { target: FLIGHT.to_owned(), value: Value::from(props) },
        });
        let facts: Vec<Fact> = facts.collect();
        self.push(facts, &by_client());
    }

    /// The scripts that the state of the page lists.
    pub(super) fn listed(&mut self, state: &serde_json::Value, at: usize) {
        flight::listed(state).iter().for_each(|script| self.added(script, at));
    }

    /// A script that the client adds; one that the markup shows as well is no other.
    fn added(&mut self, script: &Added, at: usize) {
        let setting = by_client();
        let place = self.at(at);
        if let Some(src) = &script.src
            && let Ok(url) = self.base.join(src)
            && !self.html.contains(&format!("<script src=\"{}\"", src.replace('&', "&amp;")))
            && !value::libraries(self.catalogue, &Message::from_url(url), Some(self.base), "").is_empty()
        {
            self.push(vec![address(src, LoadKind::Script, place.clone(), src)], &setting);
        }
        if let Some(code) = script.code.as_deref().filter(|code| !self.client.texts.contains(code.trim()))
            && let Some(facts) = self.read(code, SourceKind::Script, true)
        {
            self.code(&facts, &Fixed { at: place, text: code }, &setting, 0);
        }
    }
}

/// Longest address that holds a script itself, in bytes.
const MAX_IN_ADDRESS: usize = 1 << 20;

/// The script that an address holds itself (`data:text/javascript;base64,…`), as optimisers write it.
pub(super) fn in_address(src: &str) -> Option<String> {
    let src = src.trim();
    let scheme = src.get(.."data:".len()).filter(|s| s.eq_ignore_ascii_case("data:"))?;
    let (kind, data) = src.get(scheme.len()..).filter(|rest| rest.len() <= MAX_IN_ADDRESS)?.split_once(',')?;
    if !kind.to_ascii_lowercase().contains("javascript") {
        return None;
    }
    let bytes = percent_encoding::percent_decode_str(data);
    if kind.trim_end().to_ascii_lowercase().ends_with(";base64") {
        text_of(bytes)
    } else {
        String::from_utf8(bytes.collect()).ok()
    }
}

/// How such a script runs.
fn by_client() -> Arc<Setting> {
    Arc::new(Setting {
        via: Via::Script,
        state: State::Active,
        delayed: false,
        gate: None,
        installer: None,
        in_order: false,
    })
}
