//! Scripts of a page that only make sense together: one defines a function or a constant that another uses. Those are
//! read again as one text, in the order in which they run; what that says takes the place of what each said alone.
//!
//! Linear and bounded: only scripts that name each other take part, each once, up to a number of bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pixelproof_model::{State, Trigger};
use url::Url;

use super::{
    assemble::Located,
    external::ExternalScript,
    fact::{Fact, Setting, What, facts_of},
    globals::Globals,
    json,
    places::{InDocument, InFile},
    words::{defines, finder, named_in, words},
};
use crate::{
    catalogue::Catalogue,
    markup::{LineIndex, Origin},
    script::{self, ScriptFacts, SourceKind, Value},
};

/// Bytes of all scripts that are read together.
const MAX_BYTES: usize = 512 << 10;
/// Longest external script that takes part, in bytes.
const MAX_EXTERNAL: usize = 128 << 10;
/// How often what was read together may make further scripts take part.
const MAX_ROUNDS: u32 = 3;
/// Most names that scripts look for in each other.
const MAX_NAMES: usize = 2_000;

/// A script or handler of the document, as it may be read again.
#[derive(Debug)]
pub(super) struct Code {
    /// Number of its part of the page.
    pub(super) unit: u32,
    pub(super) text: String,
    pub(super) origin: Origin,
    pub(super) kind: SourceKind,
    /// Globals through which others reach functions of it.
    pub(super) offers: BTreeSet<String>,
    /// Globals that it reads and doesn't define.
    pub(super) missing: BTreeSet<String>,
    /// It names something of interest itself.
    pub(super) was_read: bool,
}

/// The document that the codes are from.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) source: String,
    pub(super) html: String,
    pub(super) lines: LineIndex,
}

/// Whether any of these can have to do with another, or with an external script: only then they are kept.
pub(super) fn may_join(codes: &[Code], with_external: bool) -> bool {
    let has_passed_over = codes.iter().any(|code| !code.was_read);
    with_external || codes.iter().any(|code| !code.offers.is_empty() || (has_passed_over && !code.missing.is_empty()))
}

/// The scripts of a page, to be joined.
pub(super) struct Joint<'p> {
    catalogue: &'p Catalogue,
    document: Option<&'p Document>,
    parts: Vec<Part<'p>>,
}

/// One script or handler.
struct Part<'p> {
    unit: u32,
    setting: Arc<Setting>,
    home: Home<'p>,
    /// The facts of a script have a place in the joined text from here on.
    start: usize,
    taken: bool,
    /// It can't take part: it doesn't fit or can't be parsed.
    failed: bool,
}

enum Home<'p> {
    Here(&'p Code),
    External { script: Arc<ExternalScript>, url: Url },
}

impl Part<'_> {
    fn text(&self) -> &str {
        match &self.home {
            Home::Here(code) => &code.text,
            Home::External { script, .. } => &script.text,
        }
    }

    fn offers(&self) -> &BTreeSet<String> {
        match &self.home {
            Home::Here(code) => &code.offers,
            Home::External { script, .. } => &script.facts.offers,
        }
    }

    fn missing(&self) -> &BTreeSet<String> {
        match &self.home {
            Home::Here(code) => &code.missing,
            Home::External { script, .. } => &script.facts.missing,
        }
    }

    fn external(&self) -> Option<&ExternalScript> {
        match &self.home {
            Home::Here(_) => None,
            Home::External { script, .. } => Some(script),
        }
    }

    fn kind(&self) -> SourceKind {
        match &self.home {
            Home::Here(code) => code.kind,
            Home::External { .. } => SourceKind::Script,
        }
    }

    fn was_read(&self) -> bool {
        match &self.home {
            Home::Here(code) => code.was_read,
            Home::External { script, .. } => script.was_read,
        }
    }

    /// Handlers run last, deferred scripts before them.
    fn rank(&self) -> u8 {
        match self.kind() {
            SourceKind::Handler(_) => 2,
            _ => u8::from(!self.setting.in_order),
        }
    }
}

impl<'p> Joint<'p> {
    pub(super) fn new(catalogue: &'p Catalogue, document: Option<&'p Document>) -> Self {
        Joint { catalogue, document, parts: Vec::new() }
    }

    pub(super) fn add(&mut self, code: &'p Code, setting: &Arc<Setting>) {
        let home = Home::Here(code);
        self.parts.push(Part {
            unit: code.unit,
            setting: setting.clone(),
            home,
            start: 0,
            taken: false,
            failed: false,
        });
    }

    pub(super) fn add_external(&mut self, unit: u32, script: Arc<ExternalScript>, url: Url, setting: Arc<Setting>) {
        if script.text.len() <= MAX_EXTERNAL {
            let home = Home::External { script, url };
            self.parts.push(Part { unit, setting, home, start: 0, taken: false, failed: false });
        }
    }

    /// Reads together what belongs together, and puts what that says in place of the facts of those parts.
    pub(super) fn read(mut self, facts: &mut Vec<Located>, globals: &mut Globals) {
        self.take_callers(&BTreeSet::new());
        self.take_definers(facts, globals);
        let mut read = None;
        for _ in 0..MAX_ROUNDS {
            let Some(next) = self.together(globals) else { break };
            let more = self.take_callers(&next.offers);
            read = Some(next);
            if !more {
                break;
            }
        }
        let Some(read) = read else { return };
        globals.add_all(&read.globals);
        let joined: BTreeSet<u32> = self.parts.iter().filter(|p| p.taken).map(|p| p.unit).collect();
        facts.retain(|l| !joined.contains(&l.unit) || matches!(l.fact.what, What::Literal(_)));
        self.split(Arc::unwrap_or_clone(read), facts);
    }

    /// Takes the parts that name a function which another part, or what was taken so far, offers, and those that offer
    /// it. Says whether there are more than before.
    fn take_callers(&mut self, offered: &BTreeSet<String>) -> bool {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for name in offered.iter().take(MAX_NAMES) {
            let taken = self.parts.iter().enumerate().filter(|(_, part)| part.taken);
            by_name.insert(name, taken.map(|(number, _)| number).collect());
        }
        for (number, part) in self.parts.iter().enumerate() {
            for name in part.offers() {
                if by_name.len() < MAX_NAMES || by_name.contains_key(name.as_str()) {
                    by_name.entry(name).or_default().push(number);
                }
            }
        }
        let names: Vec<&str> = by_name.keys().copied().collect();
        let Some(finder) = finder(&names) else { return false };
        let mut taken = BTreeSet::new();
        for (number, part) in self.parts.iter().enumerate().filter(|(_, part)| !part.failed) {
            for (name, _) in words(&finder, &names, part.text()) {
                let by = by_name.get(name).map(Vec::as_slice).unwrap_or_default();
                if by.iter().any(|&definer| definer != number) {
                    taken.insert(number);
                    taken.extend(by);
                }
            }
        }
        let mut more = false;
        for number in taken {
            more |= self.take(number);
        }
        more
    }

    /// Takes the parts with names that nothing of interest defines, and those that define them and were passed over.
    fn take_definers(&mut self, facts: &[Located], globals: &BTreeMap<String, Value>) {
        if self.parts.iter().all(Part::was_read) {
            return;
        }
        // Only parts that say something which isn't decided yet: the rest gains nothing.
        let open: BTreeSet<u32> = facts.iter().filter(|l| is_open(&l.fact)).map(|l| l.unit).collect();
        let mut users: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for part in self.parts.iter().filter(|part| open.contains(&part.unit)) {
            for name in part.missing().iter().filter(|name| !globals.contains_key(*name)) {
                if users.len() < MAX_NAMES || users.contains_key(name.as_str()) {
                    users.entry(name).or_default().insert(part.unit);
                }
            }
        }
        let names: Vec<&str> = users.keys().copied().collect();
        let Some(finder) = finder(&names) else { return };
        let mut taken = BTreeSet::new();
        let mut units: BTreeSet<u32> = BTreeSet::new();
        for (number, part) in self.parts.iter().enumerate().filter(|(_, part)| !part.was_read()) {
            let text = part.text();
            for (name, end) in words(&finder, &names, text) {
                if defines(text, end) {
                    taken.insert(number);
                    units.extend(users.get(name).into_iter().flatten());
                }
            }
        }
        let users = self.parts.iter().enumerate().filter(|(_, part)| units.contains(&part.unit));
        taken.extend(users.map(|(number, _)| number));
        taken.into_iter().for_each(|number| {
            self.take(number);
        });
    }

    /// Takes a part; whether it wasn't yet.
    fn take(&mut self, number: usize) -> bool {
        let Some(part) = self.parts.get_mut(number).filter(|part| !part.taken && !part.failed) else { return false };
        part.taken = true;
        true
    }

    /// The parts taken as one text, and what it says.
    fn together(&mut self, globals: &BTreeMap<String, Value>) -> Option<Arc<ScriptFacts>> {
        self.parts.sort_by_key(|part| (part.rank(), part.unit));
        let mut text = String::new();
        let mut count = 0u32;
        for part in self.parts.iter_mut().filter(|part| part.taken) {
            let fits = text.len() + part.text().len() <= MAX_BYTES;
            let (before, after) = around(part.kind());
            let blanked = script::blank_markup(part.text());
            let own = blanked.as_deref().unwrap_or(part.text());
            let whole = [before, own, after].concat();
            let taken = fits
                && match &part.home {
                    Home::Here(_) => script::is_sound(&whole),
                    Home::External { script, .. } => script.is_sound(&whole),
                };
            if taken {
                count += 1;
                part.start = text.len() + before.len();
                text.push_str(&whole);
            }
            (part.taken, part.failed) = (taken, !taken);
        }
        if count < 2 {
            return None;
        }
        let globals = named_in(&text, globals);
        let read = || script::read_together(&text, self.catalogue.interests(), &globals);
        let external = self.parts.iter().filter(|part| part.taken).find_map(Part::external);
        match external {
            Some(external) => external.joined.facts(&text, &globals, read),
            None => read().map(Arc::new),
        }
    }

    /// Hands every fact to the part in which it stands.
    fn split(&self, read: ScriptFacts, facts: &mut Vec<Located>) {
        let taken: Vec<&Part<'_>> = self.parts.iter().filter(|part| part.taken).collect();
        let mut pieces: BTreeMap<(usize, usize), ScriptFacts> = BTreeMap::new();
        let at = |offset: u32| {
            let number = taken.partition_point(|part| part.start <= offset as usize).checked_sub(1)?;
            let part = taken.get(number)?;
            (offset as usize <= part.start + part.text().len()).then_some(number)
        };
        let moved = |number: usize, (start, end): (u32, u32)| {
            let by = taken.get(number).map_or(0, |part| part.start as u32);
            (start.saturating_sub(by), end.saturating_sub(by))
        };
        for mut call in read.calls {
            let Some(number) = at(call.span.0) else { continue };
            let inner = call.inner.and_then(|inner| at(inner.0)).unwrap_or(number);
            call.inner = call.inner.filter(|_| inner == number).map(|inner| moved(number, inner));
            call.span = moved(number, call.span);
            pieces.entry((number, inner)).or_default().calls.push(call);
        }
        for mut assign in read.assigns {
            let Some(number) = at(assign.span.0) else { continue };
            assign.span = moved(number, assign.span);
            pieces.entry((number, number)).or_default().assigns.push(assign);
        }
        for mut load in read.loads {
            let Some(number) = at(load.span.0) else { continue };
            load.span = moved(number, load.span);
            pieces.entry((number, number)).or_default().loads.push(load);
        }
        for ((number, inner), piece) in pieces {
            let (Some(part), Some(inner)) = (taken.get(number), taken.get(inner)) else { continue };
            let setting = setting(&part.setting, &inner.setting);
            let found = self.facts_of(part, &piece);
            facts.extend(found.into_iter().map(|fact| Located { unit: part.unit, setting: setting.clone(), fact }));
        }
    }

    fn facts_of(&self, part: &Part<'_>, piece: &ScriptFacts) -> Vec<Fact> {
        match (&part.home, self.document) {
            (Home::Here(code), Some(document)) => {
                let Document { source, html, lines } = document;
                let places = InDocument { source, html, lines, origin: &code.origin, text: &code.text };
                facts_of(self.catalogue, piece, &places)
            }
            (Home::Here(_), None) => Vec::new(),
            (Home::External { script, url }, _) => {
                let lines = LineIndex::default();
                let mut found = facts_of(self.catalogue, piece, &InFile { text: &script.text, lines: &lines });
                found.iter_mut().for_each(|fact| fact.at.source = url.to_string());
                found
            }
        }
    }
}

/// What a call waits for that goes through a function of another script: for both.
fn setting(own: &Arc<Setting>, definer: &Setting) -> Arc<Setting> {
    let waits = definer.state == State::Gated && own.state == State::Active;
    if !waits && (own.delayed || !definer.delayed) {
        return own.clone();
    }
    let mut both = Setting::clone(own);
    both.delayed |= definer.delayed;
    if waits {
        both.state = definer.state;
        both.gate.clone_from(&definer.gate);
    }
    Arc::new(both)
}

/// What stands around a part in the joined text, so that it runs when the part does.
fn around(kind: SourceKind) -> (&'static str, &'static str) {
    const END: &str = "\n});\n";
    match kind {
        SourceKind::Script => ("", "\n;\n"),
        SourceKind::Module => ("(async function(){", "\n})();\n"),
        SourceKind::Handler(trigger) => match trigger {
            Trigger::Load => ("(function(event){", "\n})();\n"),
            Trigger::Submit => ("addEventListener('submit',function(event){", END),
            Trigger::Scroll => ("addEventListener('scroll',function(event){", END),
            Trigger::Route => ("addEventListener('popstate',function(event){", END),
            Trigger::Click => ("addEventListener('click',function(event){", END),
            Trigger::Timer | Trigger::Conditional | Trigger::Unknown => {
                ("addEventListener('handler',function(event){", END)
            }
        },
    }
}

/// Whether a fact holds something that its source doesn't decide.
fn is_open(fact: &Fact) -> bool {
    match &fact.what {
        What::Call(call) => call.args.iter().chain(call.receiver_args.iter().flatten()).any(json::is_open),
        What::Assign { value, .. } => json::is_open(value),
        What::Address { partial, .. } => *partial,
        What::Literal(_) | What::Message(_) => false,
    }
}
