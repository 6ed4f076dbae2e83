//! A page put together: markup, the facts of its scripts, and the catalogue give installs, events and consent.

mod assemble;
mod calls;
mod choices;
mod client;
mod copies;
mod data;
mod elsewhere;
mod excerpt;
mod external;
mod fact;
mod flight;
mod gather;
mod globals;
mod installer;
mod installs;
mod instances;
mod join;
mod joined;
mod json;
mod kinds;
mod latest;
mod layer;
mod loaders;
mod loads;
mod order;
mod packed;
mod places;
mod waiting;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use pixelproof_model::{Consent, FoundBy, Page, Trigger};
use url::Url;

use crate::{
    catalogue::Catalogue,
    container::Layer,
    markup::{self, Item, ItemKind},
    script::{Context, Value, on_deep_stack},
};
use assemble::{Located, assemble, called_by};
pub use external::{ExternalScript, read_script};
use fact::{Fact, What};
use gather::{Gatherer, Part};
use globals::Globals;
use join::{Code, Document, Joint};
pub(crate) use packed::PUT_OFF;

/// Visible characters below which a page with scripts counts as drawn by them.
const NEARLY_EMPTY: usize = 200;
/// Scripts that a page drawn by scripts has at least.
const SOME_SCRIPTS: usize = 1;

/// A document to read.
pub struct PageInput<'a> {
    /// File name or address, for positions.
    pub source: &'a str,
    /// Address of the document (after redirects); relative addresses resolve against it.
    pub url: &'a Url,
    /// The document, decoded.
    pub html: &'a str,
}

/// An address that a page names as another page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Resolved address, with fragment removed.
    pub url: Url,
    /// What names it.
    pub by: FoundBy,
    /// The link or the page says `nofollow`.
    pub nofollow: bool,
}

/// A page read, waiting for its external scripts.
#[derive(Debug)]
pub struct PageRead {
    page: Page,
    base: Url,
    links: Vec<Link>,
    refresh: Option<(u32, Url)>,
    parts: Vec<Part>,
    scripts: Vec<Url>,
    outside: Option<usize>,
    codes: Vec<Code>,
    document: Option<Document>,
    handlers: Vec<(String, Trigger)>,
    globals: Globals,
    too_deep: bool,
}

impl PageRead {
    /// Pages that this page names.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Seconds after which the page moves on by itself, and where to.
    pub fn refresh(&self) -> Option<(u32, &Url)> {
        self.refresh.as_ref().map(|(seconds, url)| (*seconds, url))
    }

    /// External scripts worth reading (no vendor's own library), in document order, each once.
    pub fn scripts(&self) -> &[Url] {
        &self.scripts
    }

    /// What the page's own scripts put into the data layer while it loads.
    pub fn layer(&self) -> Layer {
        layer::layer_of(&self.parts, &self.globals, self.outside, self.page.problems.is_empty())
    }

    /// The document was read tag by tag, because its tags nest too deeply to build a tree.
    pub fn too_deep(&self) -> bool {
        self.too_deep
    }

    /// The page, with what those external scripts say that could be fetched.
    pub fn finish(self, catalogue: &Catalogue, scripts: &dyn Fn(&Url) -> Option<Arc<ExternalScript>>) -> Page {
        // What the document's own scripts leave goes before what external ones do.
        let mut globals = self.globals;
        let mut facts = Vec::new();
        let mut joint = Joint::new(catalogue, self.document.as_ref());
        let mut codes = self.codes.iter().peekable();
        for (unit, part) in (0..).zip(self.parts) {
            match part {
                Part::Here(piece) => {
                    let setting = piece.setting;
                    if let Some(code) = codes.next_if(|code| code.unit == unit) {
                        joint.add(code, &setting);
                    }
                    facts.extend(piece.facts.into_iter().map(|fact| Located { unit, setting: setting.clone(), fact }));
                }
                Part::External { url, setting } => {
                    let Some(script) = scripts(&url) else { continue };
                    globals.add_all(&script.facts.globals);
                    facts.extend(script.found.iter().map(|fact| {
                        let mut fact = fact.clone();
                        fact.at.source = url.to_string();
                        Located { unit, setting: setting.clone(), fact }
                    }));
                    joint.add_external(unit, script, url, setting);
                }
            }
        }
        joint.read(&mut facts, &mut globals);
        for located in &mut facts {
            complete(&mut located.fact, &globals, &self.handlers);
            waiting::gate(located);
        }
        facts.sort_by_key(|l| (l.unit, l.fact.offset));
        let found = assemble(catalogue, &self.base, &facts);
        let mut page = self.page;
        page.installs = found.installs;
        page.events = found.events;
        page.libraries = found.libraries;
        page.consent.calls = found.consent;
        page.consent.google_consent_mode = found.consent_mode;
        page.problems.extend(found.problems);
        page
    }
}

/// Fills in what only the whole page shows: constants of other scripts, and handlers that call a function.
fn complete(fact: &mut Fact, globals: &BTreeMap<String, Value>, handlers: &[(String, Trigger)]) {
    match &mut fact.what {
        What::Call(call) => {
            let args = call.args.iter_mut().chain(call.receiver_args.iter_mut().flatten());
            args.for_each(|value| json::substitute(value, globals));
        }
        What::Assign { value, .. } => json::substitute(value, globals),
        What::Address { .. } | What::Literal(_) | What::Message(_) => {}
    }
    let Context { trigger, function, .. } = &mut fact.context;
    if *trigger == Trigger::Unknown
        && let Some(by) = function.as_deref().and_then(|f| called_by(handlers, f))
    {
        *trigger = by;
    }
}

/// Reads a document. Cannot fail and cannot wait: what could not be read is in the page's `problems`.
pub fn read_page(catalogue: &Catalogue, input: &PageInput<'_>) -> PageRead {
    read(catalogue, input, false)
}

/// As [`read_page`], and also reports what never runs (comments, templates, scripts of unknown types) as inert.
pub fn read_page_with_inert(catalogue: &Catalogue, input: &PageInput<'_>) -> PageRead {
    read(catalogue, input, true)
}

/// Gathers from every item. A page with scripts to read is read on one deep stack, not on one for each script.
fn gather(gatherer: &mut Gatherer<'_>, items: &[Item]) {
    gatherer.data_elements(items);
    let mut all = || {
        items.iter().for_each(|item| gatherer.item(item));
        gatherer.flight();
    };
    if !has_code(items) {
        return all();
    }
    match on_deep_stack(&mut all) {
        Some(Ok(())) => {}
        Some(Err(panic)) => std::panic::resume_unwind(panic),
        None => all(),
    }
}

/// Whether the page has any code at all.
fn has_code(items: &[Item]) -> bool {
    items.iter().any(|item| matches!(item.kind, ItemKind::Script { .. } | ItemKind::Handler { .. }))
}

fn read(catalogue: &Catalogue, input: &PageInput<'_>, with_inert: bool) -> PageRead {
    let html = markup::cut(input.html, markup::MAX_BYTES);
    let sieve = catalogue.sieve();
    let wanted = |text: &str| sieve.passes(text);
    let markup = markup::read(input.html, input.url, with_inert, &wanted);
    let mut gatherer = Gatherer::new(catalogue, input.source, html, &markup.base, with_inert);
    gather(&mut gatherer, &markup.items);
    let (gathered, document) = gatherer.finish();
    let facts = &markup.facts;
    let mut problems = markup.problems;
    problems.extend(gathered.problems);
    let page = Page {
        file: None,
        url: input.url.clone(),
        installs: Vec::new(),
        events: Vec::new(),
        libraries: Vec::new(),
        containers: Vec::new(),
        consent: Consent { platforms: gathered.platforms, ..Consent::default() },
        findings: Vec::new(),
        problems,
        title: facts.title.clone(),
        canonical: facts.canonical.clone(),
        noindex: facts.noindex,
        kinds: kinds::kinds(input.url, facts, &markup.items),
        passes: Vec::new(),
        not_looked: None,
        exercise: Vec::new(),
        typed: Vec::new(),
        beacons: Vec::new(),
        failed_libraries: Vec::new(),
        cookies: Vec::new(),
        storage: Vec::new(),
        fingerprints: Vec::new(),
        console: Vec::new(),
        needs_browser: facts.text < NEARLY_EMPTY && facts.app_root && gathered.running >= SOME_SCRIPTS,
        fetch: None,
    };
    PageRead {
        page,
        base: markup.base,
        links: markup.links,
        refresh: facts.refresh.clone(),
        parts: gathered.parts,
        scripts: gathered.scripts,
        outside: gathered.outside,
        codes: gathered.codes,
        document,
        handlers: gathered.handlers,
        globals: gathered.globals,
        too_deep: markup.too_deep,
    }
}

#[cfg(test)]
mod tests;
