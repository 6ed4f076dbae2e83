//! Installs, events, libraries and consent calls from the facts of a page, in document order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pixelproof_model::{ConsentCall, Event, EventClass, Fired, Install, Library, Params, State, Text, Trigger, Via};
use url::Url;

use super::{
    calls::{CallHit, IsInstalled, Named, implied, listed_events, match_assign, match_call},
    fact::{Fact, Setting, What},
    json,
    order::{Place, Places},
};
use crate::{
    beacon::{self, Message},
    catalogue::{CallClass, CallForm, Catalogue, Does, LibraryForm, Vendor, value_text},
    script::{Call, LoadKind, Value},
    value,
};

/// Installs, and likewise events, kept of one page.
const MAX_FOUND: usize = 5_000;

/// A fact with the piece of the page it comes from.
#[derive(Debug)]
pub(super) struct Located {
    /// Number of the piece, in document order; one script element is one piece.
    pub(super) unit: u32,
    pub(super) setting: Arc<Setting>,
    pub(super) fact: Fact,
}

/// What the facts amount to.
#[derive(Debug, Default)]
pub(super) struct Assembled {
    pub(super) installs: Vec<Install>,
    pub(super) events: Vec<Event>,
    pub(super) libraries: Vec<Library>,
    pub(super) consent: Vec<ConsentCall>,
    pub(super) consent_mode: BTreeMap<String, String>,
    pub(super) problems: Vec<String>,
}

/// An install before copies within one piece are joined.
struct Candidate<'c> {
    vendor: &'c Vendor,
    account: Option<String>,
    /// The expression in place of an account.
    unknown: Option<String>,
    /// Which form of the table: kind and position.
    form: (u8, usize),
    at: usize,
    via: Via,
    installer: Option<String>,
    implied: Vec<String>,
}

const BY_CALL: u8 = 0;
const BY_ASSIGNMENT: u8 = 1;
const BY_LIBRARY: u8 = 2;
const BY_IMAGE: u8 = 3;
/// Of [`BY_LIBRARY`]: the load waits for code that names the account, or is the whole install.
const INCOMPLETE: usize = 0;
const COMPLETE: usize = 1;

/// Puts a page together.
pub(super) fn assemble(catalogue: &Catalogue, base: &Url, facts: &[Located]) -> Assembled {
    let mut assembly = Assembly {
        catalogue,
        base,
        facts,
        switches: switches(catalogue, facts),
        candidates: Vec::new(),
        events: Vec::new(),
        out: Assembled::default(),
    };
    for at in 0..facts.len() {
        assembly.inits(at);
    }
    let installs = join(without_echoes(std::mem::take(&mut assembly.candidates)), facts);
    for at in 0..facts.len() {
        assembly.calls(at, &installs);
    }
    assembly.finish(installs)
}

/// Globals, and keys of global objects, that switch automatic events off, with the values the page gives them.
fn switches(catalogue: &Catalogue, facts: &[Located]) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for located in facts {
        let What::Assign { target, value } = &located.fact.what else { continue };
        if catalogue.index().is_switch(target) {
            found.insert(target.clone(), value.clone());
        }
        let Value::Object { entries, .. } = value else { continue };
        for (key, value) in entries {
            let target = format!("{target}.{key}");
            if catalogue.index().is_switch(&target) {
                found.insert(target, value.clone());
            }
        }
    }
    found
}

struct Assembly<'c, 'f> {
    catalogue: &'c Catalogue,
    base: &'f Url,
    facts: &'f [Located],
    switches: BTreeMap<String, Value>,
    candidates: Vec<Candidate<'c>>,
    /// Events with the fact they come from.
    events: Vec<(usize, Event)>,
    out: Assembled,
}

impl<'c> Assembly<'c, '_> {
    /// Installs that a fact makes.
    fn inits(&mut self, at: usize) {
        let Some(located) = self.facts.get(at) else { return };
        match &located.fact.what {
            What::Call(call) => {
                for hit in match_call(self.catalogue, call, &|_| false) {
                    if matches!(hit.form.does, Does::Init | Does::InitAndEvent) {
                        let implied = implied(&hit.form.implies, Some(call), &self.switches);
                        let implied = implied.into_iter().map(str::to_owned).collect();
                        self.candidate(hit.vendor, hit.accounts, (BY_CALL, hit.number), at, None, implied);
                    }
                }
            }
            What::Assign { target, value } => {
                for hit in match_assign(self.catalogue, target, value) {
                    let implied = implied(hit.implies, None, &self.switches).into_iter().map(str::to_owned).collect();
                    let installer = hit.installer.map(str::to_owned);
                    self.candidate(hit.vendor, hit.accounts, (BY_ASSIGNMENT, hit.number), at, installer, implied);
                }
            }
            What::Address { src, partial, kind } => self.address(at, located, src, *partial, *kind),
            What::Literal(_) => {}
        }
    }

    fn candidate(
        &mut self,
        vendor: &'c Vendor,
        accounts: Named,
        form: (u8, usize),
        at: usize,
        installer: Option<String>,
        implied: Vec<String>,
    ) {
        let Some(located) = self.facts.get(at) else { return };
        if self.candidates.len() >= MAX_FOUND {
            return;
        }
        let via = if installer.is_some() { Via::Config } else { located.setting.via };
        let installer = installer.or_else(|| located.setting.installer.clone());
        let (accounts, unknown) = match accounts {
            Named::Accounts(list) => (list.into_iter().map(Some).collect(), None),
            Named::Unknown(source) => (vec![None], Some(source)),
            Named::Nothing => (vec![None], None),
        };
        for account in accounts {
            let (installer, implied, unknown) = (installer.clone(), implied.clone(), unknown.clone());
            self.candidates.push(Candidate { vendor, account, unknown, form, at, via, installer, implied });
        }
    }

    /// A library, an image or a frame.
    fn address(&mut self, at: usize, located: &Located, src: &str, partial: bool, kind: LoadKind) {
        let Ok(url) = self.base.join(src) else { return };
        let message = Message::from_url(url);
        let found = match kind {
            LoadKind::Image | LoadKind::Frame => Vec::new(),
            _ => self.libraries(located, src, partial, &message),
        };
        for library in found {
            if library.form.auxiliary {
                continue;
            }
            let plausible = library.account.as_deref().is_some_and(|a| library.vendor.account.pattern.is_match(a));
            let mut account = library.account.filter(|_| !partial || plausible);
            if let Some(name) = &library.form.attribute {
                account = account.or_else(|| attribute(&located.fact.code, name));
            }
            if account.is_none() && library.form.account.is_some() {
                account = self.literal(located.unit, library.vendor);
            }
            self.out.libraries.push(Library {
                vendor: library.vendor.id.clone(),
                account: account.clone(),
                src: src.to_owned(),
                state: located.setting.state,
                at: located.fact.at.clone(),
            });
            if library.form.installs {
                let named = account.map(|a| value::accounts(library.vendor, &a, value::Prefix::AsWritten));
                let named = named.map_or(Named::Nothing, Named::Accounts);
                let implied = implied(&library.form.implies, None, &self.switches);
                let implied = implied.into_iter().map(str::to_owned).collect();
                let complete = if is_complete(library.vendor, library.form) { COMPLETE } else { INCOMPLETE };
                self.candidate(library.vendor, named, (BY_LIBRARY, complete), at, None, implied);
            }
            return;
        }
        if !matches!(kind, LoadKind::Script | LoadKind::Request) {
            self.image(at, located, &message, kind);
        }
    }

    /// Libraries at an address. Where its middle is an expression, its end may still name the account.
    fn libraries(
        &self,
        located: &Located,
        src: &str,
        partial: bool,
        message: &Message,
    ) -> Vec<value::LibraryMatch<'c>> {
        let whole = if partial { with_tail(src, &located.fact.code) } else { None };
        if let Some(whole) = whole.and_then(|whole| self.base.join(&whole).ok()) {
            let found = value::libraries(self.catalogue, &Message::from_url(whole), Some(self.base));
            if found.iter().any(|library| library.account.is_some()) {
                return found;
            }
        }
        value::libraries(self.catalogue, message, Some(self.base))
    }

    /// The only literal of a script that looks like an account of this vendor.
    fn literal(&self, unit: u32, vendor: &Vendor) -> Option<String> {
        let start = self.facts.partition_point(|l| l.unit < unit);
        let literals = self.facts.iter().skip(start).take_while(|l| l.unit == unit);
        let mut found: Option<&str> = None;
        for located in literals {
            let What::Literal(text) = &located.fact.what else { continue };
            if !vendor.account.pattern.is_match(text) {
                continue;
            }
            if found.is_some_and(|f| f != text) {
                return None;
            }
            found = Some(text);
        }
        found.map(str::to_owned)
    }

    /// An image or frame that is itself a vendor's request.
    fn image(&mut self, at: usize, located: &Located, message: &Message, kind: LoadKind) {
        let Some(claim) = beacon::claim(self.catalogue, message) else { return };
        if !claim.form.installs {
            return;
        }
        let via = match located.setting.via {
            Via::Noscript => Via::Noscript,
            _ => Via::Image,
        };
        let (_, decoded) = claim.events(message);
        if kind == LoadKind::Unknown && decoded.is_empty() {
            return;
        }
        let accounts = claim.named(message);
        let named = if accounts.is_empty() { Named::Nothing } else { Named::Accounts(accounts) };
        let before = self.candidates.len();
        self.candidate(claim.vendor, named, (BY_IMAGE, usize::from(claim.form.mirror)), at, None, Vec::new());
        for candidate in self.candidates.iter_mut().skip(before) {
            candidate.via = via;
        }
        for d in decoded {
            let repeats = claim.form.mirror
                && self.events.iter().any(|(_, e)| {
                    e.vendor == claim.vendor.id
                        && e.name == Text::Known(d.name.clone())
                        && e.accounts.iter().eq(&d.account)
                });
            if repeats {
                continue;
            }
            let mut event = self.event(located, claim.vendor, Text::Known(d.name));
            event.via = via;
            event.class = d.class;
            event.stage = d.stage;
            event.accounts = d.account.into_iter().collect();
            event.params = d.params;
            event.event_id = d.event_id.map(Text::Known);
            self.keep(at, event);
        }
    }

    /// Events and consent of a fact that is a call.
    fn calls(&mut self, at: usize, installs: &[Joined<'c>]) {
        let Some(located) = self.facts.get(at) else { return };
        if let What::Assign { target, value } = &located.fact.what {
            return self.listed(at, located, target, value);
        }
        let What::Call(call) = &located.fact.what else { return };
        let installed: IsInstalled<'_> =
            &|vendor| installs.iter().any(|i| i.serves_calls() && i.vendor.id == vendor.id);
        for hit in match_call(self.catalogue, call, installed) {
            match hit.form.does {
                Does::Event | Does::InitAndEvent => {
                    let event = self.call_event(located, call, &hit, installs);
                    if let Some(event) = event {
                        self.keep(at, event);
                    }
                }
                Does::Consent => self.consent_call(located, call, &hit),
                Does::Init | Does::UserData | Does::Option => {}
            }
        }
    }

    /// Events that a plugin's configuration lists.
    fn listed(&mut self, at: usize, located: &Located, target: &str, value: &Value) {
        for listed in listed_events(self.catalogue, target, value) {
            let Some(name) = listed.get(Some(&listed.form.name)).and_then(json::text) else { continue };
            let mut event = self.event(located, listed.vendor, name);
            if let Some(name) = event.name.known() {
                (event.class, event.stage) = listed.vendor.classify(name);
            }
            event.via = Via::Config;
            event.installer = Some(listed.installer.to_owned());
            event.accounts = listed.accounts();
            event.params = json::params(listed.get(listed.form.params.as_ref()));
            event.event_id = listed.get(listed.form.event_id.as_ref()).and_then(json::text);
            self.keep(at, event);
        }
    }

    fn call_event(&self, located: &Located, call: &Call, hit: &CallHit<'c>, installs: &[Joined<'c>]) -> Option<Event> {
        let name = event_name(hit.form, call)?;
        let mut event = self.event(located, hit.vendor, name);
        event.accounts = match &hit.accounts {
            Named::Accounts(accounts) => accounts.clone(),
            Named::Unknown(_) => Vec::new(),
            Named::Nothing => accounts_of(installs, hit.vendor),
        };
        if let Some(name) = event.name.known() {
            let (class, stage) = hit.vendor.classify(name);
            // What a call sends is never automatic, and what it sends as custom is custom whatever its name.
            event.class = match (hit.form.class, class) {
                (CallClass::Auto, EventClass::Standard) => EventClass::Standard,
                _ => EventClass::Custom,
            };
            event.stage = stage;
        }
        event.params = call_params(hit.form, call);
        event.event_id = hit.form.event_id.iter().find_map(|path| json::at_path(call, path).and_then(json::text));
        Some(event)
    }

    fn consent_call(&mut self, located: &Located, call: &Call, hit: &CallHit<'c>) {
        let Some(form) = &hit.form.consent else { return };
        let action = match form.action.strip_prefix('=') {
            Some(fixed) => fixed.to_owned(),
            None => match json::at_path(call, &form.action) {
                Some(Value::Bool(b)) => b.to_string(),
                Some(value) => value_text(value).unwrap_or_default(),
                None => return,
            },
        };
        let values = form.values.as_deref().and_then(|path| json::at_path(call, path));
        let values = match values {
            Some(Value::Array(_)) => {
                let list = values.and_then(json::to_json).unwrap_or_default();
                Params::from_iter([("options".to_owned(), list)])
            }
            other => json::params(other),
        };
        let runs = located.setting.state != State::Inert;
        if runs && form.google_consent_mode && action == "default" {
            self.consent_mode(&values);
        }
        let (vendor, at) = (hit.vendor.id.clone(), located.fact.at.clone());
        self.out.consent.push(ConsentCall { vendor, action, values, at });
    }

    /// Defaults of Consent Mode by signal. Those for some regions stand only where no general one does.
    fn consent_mode(&mut self, values: &Params) {
        let regional = values.contains_key("region");
        for (signal, value) in values {
            let Some(value) = value.as_str().filter(|v| matches!(*v, "granted" | "denied")) else { continue };
            if !regional || !self.out.consent_mode.contains_key(signal) {
                self.out.consent_mode.insert(signal.clone(), value.to_owned());
            }
        }
    }

    fn event(&self, located: &Located, vendor: &Vendor, name: Text) -> Event {
        let setting = &located.setting;
        Event {
            vendor: vendor.id.clone(),
            accounts: Vec::new(),
            name,
            class: EventClass::Custom,
            stage: pixelproof_model::Stage::Other,
            params: Params::new(),
            event_id: None,
            via: setting.via,
            trigger: located.fact.context.trigger,
            state: setting.state,
            delayed: setting.delayed,
            installer: setting.installer.clone(),
            gate: setting.gate.clone(),
            order: 0,
            branch: None,
            at: located.fact.at.clone(),
            code: located.fact.code.clone(),
            declared: true,
            fired: Fired::NotLooked,
            count: BTreeMap::new(),
            why: None,
            beacons: Vec::new(),
        }
    }

    fn keep(&mut self, at: usize, event: Event) {
        if self.events.len() < MAX_FOUND {
            self.events.push((at, event));
        }
    }

    /// Adds what installs imply, orders everything, and hands it out.
    fn finish(mut self, installs: Vec<Joined<'c>>) -> Assembled {
        for install in &installs {
            let Some(located) = self.facts.get(install.at) else { continue };
            for name in &install.implied {
                let mut event = self.event(located, install.vendor, Text::Known(name.clone()));
                event.via = install.via;
                event.installer = install.installer.clone();
                let (class, stage) = install.vendor.classify(name);
                // A plugin's configuration stands for calls that the plugin makes.
                event.class = if install.via == Via::Config { class } else { EventClass::Automatic };
                event.stage = stage;
                event.accounts = install.account.iter().cloned().collect();
                self.keep(install.at, event);
            }
        }
        if self.events.len() >= MAX_FOUND || installs.len() > MAX_FOUND {
            self.out.problems.push(format!("more than {MAX_FOUND} installs or events: the rest was left out"));
        }
        self.events.sort_by_key(|(at, _)| *at);
        let mut places = Places::new(self.facts);
        let used = installs.iter().map(|i| i.at).chain(self.events.iter().map(|(at, _)| *at));
        places.number(used);
        self.out.installs =
            installs.into_iter().take(MAX_FOUND).filter_map(|i| i.install(self.facts, &places)).collect();
        self.out.events = self
            .events
            .into_iter()
            .map(|(at, event)| {
                let Place { order, branch } = places.of(at);
                Event { order, branch, ..event }
            })
            .collect();
        self.out
    }
}

/// The value of an attribute in the source of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once(name)?;
        rest = after;
        let Some(value) = after.trim_start().strip_prefix('=').filter(|_| before.ends_with(char::is_whitespace)) else {
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = match quote {
            Some(quote) => value.get(1..)?.split_once(quote)?.0,
            None => value.split(|c: char| c.is_whitespace() || c == '>').next()?,
        };
        return Some(value.trim().to_owned()).filter(|v| !v.is_empty());
    }
}

/// An address whose middle is an expression (`'//host/a/' + n + '/1.js'`): its head, a digit, and the last literal of its
/// code.
fn with_tail(head: &str, code: &str) -> Option<String> {
    let end = code.rfind(['\'', '"'])?;
    let quote = code.get(end..=end)?;
    let start = code.get(..end)?.rfind(quote)?;
    let tail = code.get(start + 1..end)?;
    (!tail.is_empty() && !head.ends_with(tail)).then(|| format!("{head}0{tail}"))
}

/// The parameters of a call: those with places of their own, then those of its object.
fn call_params(form: &CallForm, call: &Call) -> Params {
    let mut params = Params::new();
    for named in &form.named {
        let Some((name, path)) = named.split_once('=') else { continue };
        if let Some(value) = json::at_path(call, path).and_then(json::to_json) {
            params.insert(name.to_owned(), value);
        }
    }
    params.extend(json::params(form.params.as_deref().and_then(|path| json::at_path(call, path))));
    params
}

/// Name of the event of a call.
fn event_name(form: &CallForm, call: &Call) -> Option<Text> {
    let named = form.event.as_deref().and_then(|path| json::at_path(call, path)).and_then(json::text);
    named.or_else(|| form.name.as_deref().map(Text::from))
}

/// Accounts of a vendor that its calls serve, in document order.
fn accounts_of(installs: &[Joined<'_>], vendor: &Vendor) -> Vec<String> {
    let mut accounts = Vec::new();
    for install in installs.iter().filter(|i| i.serves_calls() && i.vendor.id == vendor.id) {
        if let Some(account) = install.account.as_ref().filter(|a| !accounts.contains(*a)) {
            accounts.push(account.clone());
        }
    }
    accounts
}

/// An install after copies within one piece were joined.
struct Joined<'c> {
    vendor: &'c Vendor,
    account: Option<String>,
    at: usize,
    via: Via,
    library_only: bool,
    installer: Option<String>,
    implied: Vec<String>,
}

impl Joined<'_> {
    /// Calls on the page reach this install; images and frames hear of none.
    fn serves_calls(&self) -> bool {
        !matches!(self.via, Via::Image | Via::Noscript)
    }

    fn install(self, facts: &[Located], places: &Places<'_>) -> Option<Install> {
        let located = facts.get(self.at)?;
        let setting = &located.setting;
        let Place { order, branch } = places.of(self.at);
        Some(Install {
            vendor: self.vendor.id.clone(),
            account: self.account,
            via: self.via,
            state: setting.state,
            delayed: setting.delayed,
            library_only: self.library_only,
            installer: self.installer,
            gate: setting.gate.clone(),
            trigger: located.fact.context.trigger,
            order,
            branch,
            at: located.fact.at.clone(),
            code: located.fact.code.clone(),
        })
    }
}

/// Leaves out what only says again what another form than an image says of an account, and echoes whose account isn't known.
fn without_echoes(candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    let key = |c: &Candidate<'_>| (c.vendor.id.clone(), c.account.clone());
    // A library that waits for its account to be initialised says nothing of that, nor does an image for other visitors.
    let says = |c: &&Candidate<'_>| !c.is_echo() && c.form != (BY_LIBRARY, INCOMPLETE) && c.form.0 != BY_IMAGE;
    let said: BTreeSet<_> = candidates.iter().filter(says).map(key).collect();
    candidates.into_iter().filter(|c| !c.is_echo() || c.account.is_some() && !said.contains(&key(c))).collect()
}

impl Candidate<'_> {
    fn is_echo(&self) -> bool {
        match self.form {
            (BY_CALL, number) => self.vendor.calls.get(number).is_some_and(|form| form.echo),
            (BY_ASSIGNMENT, number) => self.vendor.assigns.get(number).is_some_and(|form| form.echo),
            _ => false,
        }
    }
}

/// What makes candidates copies of one install: piece, vendor, and account or the expression in its place.
type Key<'k> = (u32, &'k str, Option<&'k str>, Option<&'k str>);

/// Joins candidates: within one piece, different forms of one account are one install and the same form twice is two; a
/// library is none beside an init of its account; images of one account are one.
fn join<'c>(candidates: Vec<Candidate<'c>>, facts: &[Located]) -> Vec<Joined<'c>> {
    let unit = |c: &Candidate<'_>| facts.get(c.at).map_or(0, |l| l.unit);
    let mut counts: BTreeMap<Key<'_>, BTreeMap<(u8, usize), usize>> = BTreeMap::new();
    for c in candidates.iter().filter(|c| matters(c, &candidates, facts)) {
        let key = (unit(c), c.vendor.id.as_str(), c.account.as_deref(), c.unknown.as_deref());
        *counts.entry(key).or_default().entry(c.form).or_default() += 1;
    }
    // Of each key, the form that occurs most often; of several, the one that comes first in the page.
    let mut chosen: BTreeMap<Key<'_>, (u8, usize)> = BTreeMap::new();
    let mut kept = Vec::new();
    let mut images: Vec<(&str, Option<&str>, Via)> = Vec::new();
    for (i, c) in candidates.iter().enumerate() {
        let key = (unit(c), c.vendor.id.as_str(), c.account.as_deref(), c.unknown.as_deref());
        let Some(forms) = counts.get(&key) else { continue };
        let most = forms.values().max().copied().unwrap_or(0);
        if forms.get(&c.form) != Some(&most) || *chosen.entry(key).or_insert(c.form) != c.form {
            continue;
        }
        let image = (c.vendor.id.as_str(), c.account.as_deref(), c.via);
        if c.form.0 == BY_IMAGE {
            if images.contains(&image) {
                continue;
            }
            images.push(image);
        }
        if matters(c, &candidates, facts) {
            kept.push(i);
        }
    }
    let kept: Vec<bool> = (0..candidates.len()).map(|i| kept.binary_search(&i).is_ok()).collect();
    let chosen = candidates.into_iter().zip(kept).filter(|(_, keep)| *keep);
    chosen
        .map(|(c, _)| Joined {
            vendor: c.vendor,
            account: c.account,
            at: c.at,
            via: c.via,
            library_only: c.form.0 == BY_LIBRARY && c.form.1 == INCOMPLETE,
            installer: c.installer,
            implied: c.implied,
        })
        .collect()
}

/// Whether a load is the whole install: the table says so, or knows no code that could name an account.
fn is_complete(vendor: &Vendor, form: &LibraryForm) -> bool {
    let by_call = vendor.calls.iter().any(|c| matches!(c.does, Does::Init | Does::InitAndEvent));
    form.complete || (!by_call && vendor.assigns.is_empty())
}

/// Whether a candidate is more than a companion of another.
fn matters(c: &Candidate<'_>, all: &[Candidate<'_>], facts: &[Located]) -> bool {
    let unit = |at: usize| facts.get(at).map(|l| l.unit);
    let inits = all.iter().filter(|o| matches!(o.form.0, BY_CALL | BY_ASSIGNMENT) && o.vendor.id == c.vendor.id);
    match (c.form.0, &c.account) {
        // The library of an account that is initialised; of any account when the library names none.
        (BY_LIBRARY, Some(account)) => !inits.into_iter().any(|o| o.account.as_ref() == Some(account)),
        (BY_LIBRARY, None) => {
            let named = all.iter().any(|o| o.form.0 == BY_LIBRARY && o.vendor.id == c.vendor.id && o.account.is_some());
            !named && inits.into_iter().next().is_none()
        }
        // A second form whose value the source doesn't show, beside one that names the account.
        (BY_CALL | BY_ASSIGNMENT, None) => {
            !inits.into_iter().any(|o| o.account.is_some() && o.form != c.form && unit(o.at) == unit(c.at))
        }
        _ => true,
    }
}

/// Trigger of code in a function that nobody calls but a handler attribute.
pub(super) fn called_by(handlers: &[(String, Trigger)], function: &str) -> Option<Trigger> {
    handlers.iter().find(|(text, _)| calls_function(text, function)).map(|(_, trigger)| *trigger)
}

fn calls_function(text: &str, function: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    text.match_indices(function).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + function.len()..).unwrap_or_default();
        !before.is_some_and(word) && after.trim_start().starts_with('(')
    })
}
