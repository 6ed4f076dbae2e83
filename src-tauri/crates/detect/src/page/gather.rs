//! From markup to facts: reads the scripts that run, notes the addresses that load, leaves gaps for external scripts.

use std::{cell::OnceCell, sync::Arc};

use pixelproof_model::{Position, State, Trigger, Via};
use url::Url;

use super::{
    client::{self, Client},
    copies, data,
    excerpt::excerpt,
    external::{self, Scope},
    fact::{Fact, Piece, Places, Setting, What, facts_of},
    globals::Globals,
    installer,
    join::{self, Code, Document},
    layer, loaders, loads,
    packed::is_markup,
    places::{Fixed, InDocument, position},
};
use crate::{
    beacon::Message,
    catalogue::Catalogue,
    consent::{Run, platform_of, platform_of_waiting, platforms_in_code, run_of_element, run_of_script},
    markup::{self, Item, ItemKind, LineIndex, Origin},
    script::{CURRENT, Context, LoadKind, Reading, ScriptFacts, SourceKind},
    value,
};

/// Inline scripts and handlers that are analysed on one page.
const MAX_SCRIPTS: usize = 2_000;
/// Bytes of scripts that are analysed on one page.
const MAX_SCRIPT_BYTES: usize = 16 << 20;
/// Longest script that is kept for reading it again together with others, in bytes.
const MAX_KEPT: usize = 256 << 10;
/// Depth of markup written by scripts in markup written by scripts.
const MAX_WRITTEN: usize = 2;
/// Problems of scripts that are reported for one page.
const MAX_PROBLEMS: usize = 20;

/// A part of the page in document order.
#[derive(Debug)]
pub(super) enum Part {
    /// Facts at hand.
    Here(Piece),
    /// An external script that may be fetched.
    External {
        /// Its address.
        url: Url,
        /// How it runs.
        setting: Arc<Setting>,
    },
}

/// What was gathered.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) parts: Vec<Part>,
    /// Texts of scripts and handlers, by the number of their part.
    pub(super) codes: Vec<Code>,
    pub(super) platforms: Vec<String>,
    pub(super) problems: Vec<String>,
    pub(super) scripts: Vec<Url>,
    /// How many parts stand before the first script with an address.
    pub(super) outside: Option<usize>,
    /// Scripts with an address or a text, of any kind that runs.
    pub(super) running: usize,
    /// Texts of handler attributes, for functions that only they call.
    pub(super) handlers: Vec<(String, Trigger)>,
    /// Constants that inline scripts leave behind.
    pub(super) globals: Globals,
}

/// Gathers.
pub(super) struct Gatherer<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) source: &'a str,
    pub(super) html: &'a str,
    pub(super) base: &'a Url,
    lines: LineIndex,
    with_inert: bool,
    pub(super) out: Gathered,
    read: usize,
    bytes: usize,
    /// The next part counts even if it says nothing.
    begin: bool,
    /// What only the client of a framework adds.
    pub(super) client: Client,
    /// A platform that packs code has left marks, once somebody asked.
    pub(super) packs: OnceCell<bool>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue,
        source: &'a str,
        html: &'a str,
        base: &'a Url,
        with_inert: bool,
    ) -> Self {
        let lines = LineIndex::default();
        Gatherer {
            catalogue,
            source,
            html,
            base,
            lines,
            with_inert,
            out: Gathered::default(),
            read: 0,
            bytes: 0,
            begin: false,
            client: Client::new(html),
            packs: OnceCell::new(),
        }
    }

    /// What was gathered, and the document if scripts of it may have to be read again.
    pub(super) fn finish(self) -> (Gathered, Option<Document>) {
        let mut out = self.out;
        if !join::may_join(&out.codes, !out.scripts.is_empty()) {
            out.codes = Vec::new();
        }
        let document = (!out.codes.is_empty()).then(|| Document {
            source: self.source.to_owned(),
            html: self.html.to_owned(),
            lines: self.lines,
        });
        (out, document)
    }

    pub(super) fn item(&mut self, item: &Item) {
        // An optimiser or a platform keeps the address in an attribute of its own.
        let kept =
            || item.attrs.iter().find(|a| a.name.ends_with("src") && !a.value.is_empty()).map(|a| a.value.as_str());
        let address = item.attr("src").or_else(kept).and_then(|src| self.base.join(src.trim()).ok());
        if !item.place.inert {
            self.platforms(platform_of(item, address.as_ref()));
        }
        match &item.kind {
            ItemKind::Script { text, origin } => self.script(item, text, origin),
            ItemKind::Image | ItemKind::Frame => self.element(item),
            ItemKind::Handler { text, origin, trigger } => self.handler(item, text, origin, *trigger),
        }
    }

    fn platforms(&mut self, found: impl IntoIterator<Item = &'static str>) {
        for platform in found {
            if !self.out.platforms.iter().any(|p| p == platform) {
                self.out.platforms.push(platform.to_owned());
            }
        }
    }

    /// How the item's code runs; `None` when it doesn't and nobody asked for what doesn't.
    pub(super) fn setting(&self, item: &Item, run: &Run, via: Via) -> Option<Setting> {
        // A browser that runs scripts doesn't show what `noscript` holds, so scripts in there never run.
        let never = item.place.inert || (item.place.noscript && matches!(via, Via::Script | Via::Attribute));
        let state = if never { State::Inert } else { run.state };
        if state == State::Inert && !self.with_inert {
            return None;
        }
        let deferred = item.attr("async").is_some() || item.attr("defer").is_some() || run.module;
        Some(Setting {
            via,
            state,
            delayed: run.delayed && state != State::Inert,
            gate: run.gate.clone().filter(|_| state == State::Gated),
            installer: installer::of(item, self.html),
            in_order: !run.delayed && !(deferred && (item.attr("src").is_some() || run.module)),
        })
    }

    fn script(&mut self, item: &Item, text: &str, origin: &Origin) {
        let run = run_of_script(item);
        if run.data {
            return self.data(item, text);
        }
        if run.state == State::Inert {
            self.packed_template(item, text);
        }
        let Some(setting) = self.setting(item, &run, Via::Script) else { return };
        match setting.state {
            State::Gated => self.platforms(platform_of_waiting(item)),
            State::Active if run.src.is_none() => self.platforms(platforms_in_code(text)),
            _ => {}
        }
        let setting = Arc::new(setting);
        self.out.running += 1;
        if let Some(src) = &run.src {
            return self.external(item, src, &setting);
        }
        if setting.state == State::Gated && is_markup(text) {
            return self.waiting_markup(item, text, &setting);
        }
        if self.client.takes(text, item.at) {
            return;
        }
        let kind = if run.module { SourceKind::Module } else { SourceKind::Script };
        let asks_itself = data::may_ask_itself(item, text);
        if asks_itself {
            self.out.globals.set(CURRENT, &data::own_attributes(item));
        }
        self.out.outside_if(layer::is_filled_otherwise(text));
        let facts = self.read(text, kind, true);
        if asks_itself {
            self.out.globals.forget(CURRENT);
        }
        self.keep(text, origin, kind, &setting, facts.as_ref());
        if let Some(facts) = facts {
            let lines = std::mem::take(&mut self.lines);
            let places = InDocument { source: self.source, html: self.html, lines: &lines, origin, text };
            self.code(&facts, &places, &setting, 0);
            self.lines = lines;
        }
        // what it loads runs after it
        self.out.outside_if(layer::may_load(text));
    }

    /// Reads a script, if it is worth it and within the page's limits.
    pub(super) fn read(&mut self, text: &str, kind: SourceKind, global: bool) -> Option<ScriptFacts> {
        let interests = self.catalogue.interests();
        let mentions = interests.named_after(text, &self.out.globals)?;
        self.read += 1;
        self.bytes = self.bytes.saturating_add(text.len());
        if self.read > MAX_SCRIPTS || self.bytes > MAX_SCRIPT_BYTES {
            self.problem("the page has more script than is analysed: the rest was left out".to_owned());
            return None;
        }
        let facts = Reading::new(interests, &self.out.globals, kind).read(text, &mentions);
        for problem in &facts.problems {
            self.problem(problem.clone());
        }
        if global {
            self.out.globals.set_all(&facts.globals);
        }
        Some(facts)
    }

    /// Keeps a script or handler that may have to be read together with others of the page. The facts that it has
    /// already become its part.
    fn keep(
        &mut self,
        text: &str,
        origin: &Origin,
        kind: SourceKind,
        setting: &Arc<Setting>,
        facts: Option<&ScriptFacts>,
    ) {
        let fits = text.len() <= MAX_KEPT && self.out.codes.len() < MAX_SCRIPTS;
        if !fits || setting.state == State::Inert || text.trim().is_empty() {
            return;
        }
        let unit = u32::try_from(self.out.parts.len()).unwrap_or(u32::MAX);
        let (offers, missing) = facts.map(|f| (f.offers.clone(), f.missing.clone())).unwrap_or_default();
        self.out.codes.push(Code {
            unit,
            text: text.to_owned(),
            origin: origin.clone(),
            kind,
            offers,
            missing,
            was_read: facts.is_some(),
        });
        self.begin = true;
        if facts.is_none() {
            self.push(Vec::new(), setting);
        }
    }

    fn problem(&mut self, problem: String) {
        if self.out.problems.len() < MAX_PROBLEMS && !self.out.problems.contains(&problem) {
            self.out.problems.push(problem);
        }
    }

    /// Facts of a script, then what it writes into the page.
    pub(super) fn code(&mut self, script: &ScriptFacts, places: &dyn Places, setting: &Arc<Setting>, depth: usize) {
        let facts = facts_of(self.catalogue, script, places);
        self.push(facts, setting);
        if setting.state == State::Active {
            self.packed_settings(script, places);
            self.put_off(script, places);
        }
        for written in script.written.iter().filter(|_| depth < MAX_WRITTEN) {
            let fixed = Fixed { at: places.at(written.at), text: &written.text };
            let before = self.out.parts.len();
            for item in markup::fragment(&written.text) {
                self.written(&item, &fixed, setting, depth + 1);
            }
            // What is written runs when it is written.
            for part in self.out.parts.iter_mut().skip(before) {
                let Part::Here(piece) = part else { continue };
                piece.facts.iter_mut().for_each(|fact| fact.context.follow(&written.context));
            }
        }
    }

    pub(super) fn written(&mut self, item: &Item, fixed: &Fixed<'_>, setting: &Arc<Setting>, depth: usize) {
        match &item.kind {
            ItemKind::Script { text, .. } => {
                let run = run_of_script(item);
                if run.state == State::Inert {
                    return;
                }
                match &run.src {
                    Some(src) => self.push(vec![address(src, LoadKind::Script, fixed.at.clone(), fixed.text)], setting),
                    None => {
                        if let Some(facts) = self.read(text, SourceKind::Script, true) {
                            let inner = Fixed { at: fixed.at.clone(), text };
                            self.code(&facts, &inner, setting, depth);
                        }
                    }
                }
            }
            ItemKind::Image | ItemKind::Frame => {
                let kind = if matches!(item.kind, ItemKind::Image) { LoadKind::Image } else { LoadKind::Frame };
                if let Some(src) = run_of_element(item).src {
                    self.push(vec![address(&src, kind, fixed.at.clone(), fixed.text)], setting);
                }
            }
            ItemKind::Handler { .. } => {}
        }
    }

    pub(super) fn push(&mut self, facts: Vec<Fact>, setting: &Arc<Setting>) {
        if !facts.is_empty() || std::mem::take(&mut self.begin) {
            self.out.parts.push(Part::Here(Piece { setting: setting.clone(), facts }));
        }
    }

    /// A script with an address: a vendor's library, or worth fetching.
    fn external(&mut self, item: &Item, src: &str, setting: &Arc<Setting>) {
        if let Some(text) = client::in_address(src) {
            let Some(facts) = self.read(&text, SourceKind::Script, true) else { return };
            let fixed = Fixed { at: self.at(item.at), text: &text };
            return self.code(&facts, &fixed, setting, 0);
        }
        self.out.outside_if(true);
        let Ok(url) = self.base.join(src.trim()) else { return };
        let message = Message::from_url(copies::original(self.catalogue, &url).into_owned());
        let tag = markup::tag_text(self.html, item.at);
        let library = !value::libraries(self.catalogue, &message, Some(self.base), tag).is_empty();
        let is_vendors = || {
            loads::request_of_script(self.catalogue, &message).is_some()
                || loaders::hidden(self.catalogue, self.base, &url, &[]).is_some()
        };
        if library || is_vendors() {
            let fact = address(src.trim(), LoadKind::Script, self.at(item.at), tag);
            return self.push(vec![fact], setting);
        }
        let scope = Scope { catalogue: self.catalogue, page: self.base };
        if setting.state != State::Inert && external::worth_reading(&scope, &url) {
            if !self.out.scripts.contains(&url) {
                if self.out.scripts.len() >= external::MAX_SCRIPTS {
                    return;
                }
                self.out.scripts.push(url.clone());
            }
            self.out.parts.push(Part::External { url, setting: setting.clone() });
        }
    }

    fn element(&mut self, item: &Item) {
        let run = run_of_element(item);
        let via = if item.place.noscript { Via::Noscript } else { Via::Image };
        let (Some(src), Some(setting)) = (run.src.clone(), self.setting(item, &run, via)) else { return };
        let kind = if matches!(item.kind, ItemKind::Image) { LoadKind::Image } else { LoadKind::Frame };
        let fact = address(src.trim(), kind, self.at(item.at), markup::tag_text(self.html, item.at));
        self.push(vec![fact], &Arc::new(setting));
    }

    fn handler(&mut self, item: &Item, text: &str, origin: &Origin, trigger: Trigger) {
        let run = Run { state: State::Active, delayed: false, gate: None, data: false, module: false, src: None };
        let Some(mut setting) = self.setting(item, &run, Via::Attribute) else { return };
        setting.in_order = false;
        if self.out.handlers.len() < MAX_SCRIPTS {
            self.out.handlers.push((text.to_owned(), trigger));
        }
        let (kind, setting) = (SourceKind::Handler(trigger), Arc::new(setting));
        let facts = self.read(text, kind, false);
        self.keep(text, origin, kind, &setting, facts.as_ref());
        if let Some(facts) = facts {
            let lines = std::mem::take(&mut self.lines);
            let places = InDocument { source: self.source, html: self.html, lines: &lines, origin, text };
            self.code(&facts, &places, &setting, 0);
            self.lines = lines;
        }
        // what it loads runs after it
        self.out.outside_if(layer::may_load(text));
    }

    pub(super) fn at(&self, offset: usize) -> Position {
        position(self.source, self.html, &self.lines, offset)
    }
}

/// An address as a fact.
pub(super) fn address(src: &str, kind: LoadKind, at: Position, code: &str) -> Fact {
    let what = What::Address { src: src.to_owned(), partial: false, kind, attributes: Vec::new() };
    Fact { at, code: excerpt(code), offset: 0, context: Context::default(), what }
}
