//! Installs, events, libraries and consent calls from the facts of a page, in document order.

use std::{collections::BTreeMap, sync::Arc};

use pixelproof_model::{ConsentCall, Event, EventClass, Fired, Install, Library, Params, State, Text, Trigger, Via};
use url::Url;

use super::{
    calls::{CallHit, IsInstalled, Named, implied, listed_events, match_assign, match_call},
    elsewhere,
    fact::{Fact, Setting, What},
    installs::{BY_ASSIGNMENT, BY_CALL, Candidate, Joined, accounts_of, join, with_accounts_of_images, without_echoes},
    instances::Instances,
    json, latest,
    loads::{self, Address},
    order::{Place, Places},
};
use crate::{
    catalogue::{CallClass, CallForm, Catalogue, Does, Vendor, value_text},
    placeholder::{is_anothers, is_stand_in},
    script::{Call, Value},
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

/// Puts a page together.
pub(super) fn assemble(catalogue: &Catalogue, base: &Url, facts: &[Located]) -> Assembled {
    let mut assembly = Assembly {
        catalogue,
        base,
        facts,
        switches: switches(catalogue, facts),
        candidates: Vec::new(),
        instances: Instances::default(),
        events: Vec::new(),
        out: Assembled::default(),
    };
    for at in 0..facts.len() {
        assembly.inits(at);
    }
    let candidates = without_echoes(std::mem::take(&mut assembly.candidates));
    let installs = join(with_accounts_of_images(candidates), facts);
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

pub(super) struct Assembly<'c, 'f> {
    pub(super) catalogue: &'c Catalogue,
    pub(super) base: &'f Url,
    pub(super) facts: &'f [Located],
    pub(super) switches: BTreeMap<String, Value>,
    pub(super) candidates: Vec<Candidate<'c>>,
    pub(super) instances: Instances,
    /// Events with the fact they come from.
    pub(super) events: Vec<(usize, Event)>,
    pub(super) out: Assembled,
}

impl<'c> Assembly<'c, '_> {
    /// Installs that a fact makes.
    fn inits(&mut self, at: usize) {
        let Some(located) = self.facts.get(at) else { return };
        match &located.fact.what {
            What::Call(call) => {
                for hit in match_call(self.catalogue, call, &|_| false) {
                    if matches!(hit.form.does, Does::Init | Does::InitAndEvent) {
                        self.instances.note(call, &hit);
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
            What::Address { src, partial, kind, attributes } => {
                let tag = (!attributes.is_empty()).then(|| loads::tag_of(attributes));
                let tag = tag.as_deref().unwrap_or(&located.fact.code);
                self.address(at, located, &Address { src, partial: *partial, kind: *kind, tag });
            }
            What::Literal(_) | What::Message(_) => {}
        }
    }

    pub(super) fn candidate(
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
            let (installer, implied) = (installer.clone(), implied.clone());
            let (account, placeholder) = match account {
                Some(text) if is_stand_in(vendor, &text) || is_anothers(self.catalogue, vendor, &text) => {
                    (None, Some(text))
                }
                account => (account, None),
            };
            let unknown = unknown.clone().or_else(|| placeholder.clone());
            let candidate = Candidate { vendor, account, unknown, placeholder, form, at, via, installer, implied };
            self.candidates.push(candidate);
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
            Named::Accounts(accounts) => {
                accounts.iter().filter(|account| !is_stand_in(hit.vendor, account)).cloned().collect()
            }
            Named::Unknown(_) => Vec::new(),
            Named::Nothing => self.instances.of(call, hit.vendor, accounts_of(installs, hit.vendor)),
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

    pub(super) fn event(&self, located: &Located, vendor: &Vendor, name: Text) -> Event {
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
            second_page: None,
        }
    }

    pub(super) fn keep(&mut self, at: usize, event: Event) {
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
                let (_, stage) = install.vendor.classify(name);
                event.class = EventClass::Automatic;
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
        let mut events: Vec<Event> = self
            .events
            .into_iter()
            .map(|(at, event)| {
                let Place { order, branch } = places.of(at);
                Event { order, branch, ..event }
            })
            .collect();
        latest::narrow(&mut events, &self.out.installs, self.catalogue);
        let more = elsewhere::installs(&self.out.installs, &events);
        self.out.installs.extend(more.into_iter().take(MAX_FOUND.saturating_sub(self.out.installs.len())));
        self.out.events = events;
        self.out
    }
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
