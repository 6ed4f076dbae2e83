//! Declared and fired, joined: each event of the source gets what was seen of it, and each event that the source doesn't
//! declare gets a row of its own ([`undeclared`]).

use std::collections::BTreeMap;

use pixelproof_detect::{
    Catalogue,
    catalogue::{BeforeInit, Behaviour, Vendor},
    rules::LIBRARY_NOT_ASKED,
};
use pixelproof_model::{
    Beacon, Event, EventClass, Fired, Install, Page, Pass, PassPhase, Stage, State, Text, Trigger, Via,
};
use serde_json::Value;

use super::{
    observe::{LibraryLoad, Observations, Observed},
    undeclared::undeclared,
};

/// Joins what was seen into the page.
pub(crate) fn join(page: &mut Page, seen: Observations, catalogue: &Catalogue) {
    let looked: Vec<Pass> = seen.passes.iter().filter(|end| end.looked).map(|end| end.pass).collect();
    let mut assigned: Vec<Vec<usize>> = vec![Vec::new(); page.events.len()];
    let mut left: Vec<usize> = Vec::new();
    for pass in [Pass::None, Pass::Reject, Pass::Accept, Pass::Gpc] {
        for phase in [PassPhase::Before, PassPhase::After, PassPhase::Again] {
            assign(page, &seen, (pass, phase), &mut assigned, &mut left, catalogue);
        }
    }
    for at in 0..page.events.len() {
        let of: Vec<&Observed> = assigned[at].iter().filter_map(|o| seen.events.get(*o)).collect();
        let why = match of.is_empty() {
            true => Some(why_never(page, at, &assigned, &seen, catalogue)),
            false => None,
        };
        let Some(event) = page.events.get_mut(at) else { continue };
        if of.is_empty() {
            event.fired = if looked.is_empty() { Fired::CouldNotLook } else { Fired::Never };
            event.why = why.filter(|_| !looked.is_empty());
        } else {
            event.fired = Fired::Seen;
            let nobody = !event.accounts.is_empty() && of.iter().all(|observed| account_of(observed).is_none());
            let known = of.iter().any(|observed| observed.event.account.is_some());
            event.why = (nobody && known).then(|| "it was sent for no account".to_owned());
        }
        event.count = counts(&of, &looked);
        event.beacons = beacon_ids(&of, &seen.beacons);
    }
    page.events.extend(undeclared(&left, &seen, &looked));
    let second = on_second_pages(page, &seen, catalogue);
    page.events.extend(undeclared(&second, &seen, &looked));
    page.failed_libraries = seen.failed_libraries();
    page.beacons = seen.beacons;
    page.cookies = seen.cookies;
    page.storage = seen.storage;
    page.fingerprints = seen.fingerprints;
    page.console = seen.console;
    page.exercise = seen.exercise;
    page.typed = seen.typed;
    page.passes = seen.passes;
}

/// Gives each event seen in a pass to the declared one that it fits best; what fits none is left.
fn assign(
    page: &Page,
    all: &Observations,
    part: (Pass, PassPhase),
    assigned: &mut [Vec<usize>],
    left: &mut Vec<usize>,
    catalogue: &Catalogue,
) {
    // How many times each declared event was met in this part of the pass, for each account.
    let mut met: BTreeMap<(usize, Option<&str>), u32> = BTreeMap::new();
    for (o, observed) in all.events.iter().enumerate().filter(|(_, seen)| (seen.pass, seen.phase) == part) {
        let act = observed.act.and_then(|act| all.acts.get(&(observed.pass, act)));
        let account = observed.event.account.as_deref();
        let vendor = catalogue.get(&observed.vendor);
        let fitting = page.events.iter().enumerate().filter_map(|(d, event)| {
            // What exercise set off was declared for the page's load in no case, and for its own element in the first.
            let fit = match act {
                Some(_) if event.trigger == Trigger::Load => return None,
                Some(act) => fit(event, observed, vendor)? + i32::from(act.events.contains(&d)) * 32,
                None => fit(event, observed, vendor)?,
            };
            if !reaches(page, event, observed, vendor) {
                return None;
            }
            // Two calls, two events: each declared event takes one before any takes a second.
            let taken = met.get(&(d, account)).copied().unwrap_or(0);
            Some((std::cmp::Reverse(taken), fit, std::cmp::Reverse(d)))
        });
        match fitting.max() {
            Some((_, _, std::cmp::Reverse(d))) => {
                *met.entry((d, account)).or_default() += 1;
                if let Some(of) = assigned.get_mut(d) {
                    of.push(o);
                }
            }
            None => left.push(o),
        }
    }
}

/// How well an event seen fits one declared; `None`: it isn't it.
fn fit(declared: &Event, seen: &Observed, vendor: Option<&Vendor>) -> Option<i32> {
    if declared.vendor != seen.vendor || declared.state == State::Inert || declared.via == Via::Noscript {
        return None;
    }
    let account = account_of(seen).unwrap_or_default();
    let known = declared.accounts.iter().any(|a| a.eq_ignore_ascii_case(account));
    if !known && !declared.accounts.is_empty() && !account.is_empty() {
        return None;
    }
    let named = match &declared.name {
        Text::Known(name) => same_name(name, declared, seen, vendor)?,
        Text::Expr { .. } => 0,
    };
    let ids = match (declared.event_id.as_ref().and_then(Text::known), seen.event.event_id.as_deref()) {
        (Some(a), Some(b)) if a == b => 16,
        (Some(_), Some(_)) => -16,
        _ => 0,
    };
    Some(named + ids + i32::from(known) * 2 + params(declared, seen) + load_first(declared))
}

/// Whether a call comes after the start of the account that the event was sent for: where the library drops what comes
/// before, it is not that call's.
fn reaches(page: &Page, declared: &Event, seen: &Observed, vendor: Option<&Vendor>) -> bool {
    if declared.order == 0 || vendor.is_none_or(|vendor| vendor.behaviour.before_init != BeforeInit::Lost) {
        return true;
    }
    let account = account_of(seen).unwrap_or_default();
    let starts = page.installs.iter().filter(|install| install.vendor == declared.vendor && !install.library_only);
    let of = |install: &&Install| install.account.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(account));
    let starts: Vec<u32> = starts.filter(of).map(|install| install.order).collect();
    starts.is_empty() || starts.iter().any(|order| *order <= declared.order)
}

/// The account that an event was sent for. A library that was told none spells it out.
fn account_of(seen: &Observed) -> Option<&str> {
    seen.event.account.as_deref().filter(|account| !matches!(*account, "undefined" | "null"))
}

/// Whether a call and what left are one event: the name in the call and the name on the wire may differ; what they mean
/// doesn't. Two events that the vendor tells apart are two, and what a library sends by itself is no call's.
fn same_name(name: &str, declared: &Event, seen: &Observed, vendor: Option<&Vendor>) -> Option<i32> {
    let sent = seen.event.name.as_str();
    if name.eq_ignore_ascii_case(sent) || vendor.is_some_and(|vendor| vendor.is_one_event(name, sent)) {
        return Some(8);
    }
    let told_apart = vendor.is_some_and(|v| v.standard_event(name).is_some() && v.standard_event(sent).is_some());
    let by_itself = seen.event.class == EventClass::Automatic;
    let same = declared.stage != Stage::Other && declared.stage == seen.event.stage;
    (same && !told_apart && !by_itself).then_some(4)
}

/// Constants of the call that were sent, less those that were sent otherwise.
fn params(declared: &Event, seen: &Observed) -> i32 {
    let constants = declared.params.iter().filter(|(_, value)| !value.is_object() && !value.is_array());
    let judged = constants.filter_map(|(name, value)| Some((value, seen.event.params.get(name)?)));
    judged.map(|(value, sent)| if plain(value) == plain(sent) { 2 } else { -2 }).sum()
}

/// A number and its text are the same on the wire.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |n| n.to_string()),
        other => other.to_string(),
    }
}

/// Events that left a second page and have no row yet: what the page itself sends, or is seen to send, is told with it.
fn on_second_pages(page: &Page, seen: &Observations, catalogue: &Catalogue) -> Vec<usize> {
    let has_row = |observed: &Observed| {
        let vendor = catalogue.get(&observed.vendor);
        let known = page.events.iter().filter(|event| event.fired == Fired::Seen);
        known.filter(|event| event.vendor == observed.vendor).any(|event| fit(event, observed, vendor).is_some())
    };
    let second = seen.events.iter().enumerate().filter(|(_, observed)| observed.phase == PassPhase::Second);
    second.filter(|(_, observed)| !has_row(observed)).map(|(o, _)| o).collect()
}

/// What was seen without anybody's touching the page was declared for its load, where there is a choice.
fn load_first(declared: &Event) -> i32 {
    i32::from(declared.trigger == Trigger::Load && declared.state == State::Active)
}

/// Times seen in each pass that was looked at. An event for several accounts leaves once for each: the most counts. Of a
/// pass that answers the banner only what came after the answer counts, on the page as it was or loaded again.
pub(super) fn counts(of: &[&Observed], looked: &[Pass]) -> BTreeMap<String, u32> {
    let count = |pass: Pass| {
        let answers = matches!(pass, Pass::Reject | Pass::Accept);
        let mut times: BTreeMap<(PassPhase, Option<&str>), u32> = BTreeMap::new();
        for seen in of.iter().filter(|seen| seen.pass == pass && answers == (seen.phase != PassPhase::Before)) {
            *times.entry((seen.phase, seen.event.account.as_deref())).or_default() += 1;
        }
        times.into_values().max().unwrap_or(0)
    };
    looked.iter().map(|pass| (pass.name().to_owned(), count(*pass))).collect()
}

pub(super) fn beacon_ids(of: &[&Observed], beacons: &[Beacon]) -> Vec<u32> {
    let mut ids: Vec<u32> = of.iter().filter_map(|o| beacons.get(o.beacon)).map(|beacon| beacon.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Why a declared event was not seen, as far as the source and the page's requests tell.
fn why_never(page: &Page, at: usize, assigned: &[Vec<usize>], seen: &Observations, catalogue: &Catalogue) -> String {
    let libraries: &[LibraryLoad] = &seen.libraries;
    let Some(event) = page.events.get(at) else { return String::new() };
    if event.state == State::Inert {
        return "the code never runs".to_owned();
    }
    if event.via == Via::Noscript {
        return "it is for browsers without scripts".to_owned();
    }
    if event.state == State::Gated {
        let gate = event.gate.as_deref().map(|gate| format!(" ({gate})")).unwrap_or_default();
        return format!("it waits for the visitor's consent{gate}");
    }
    let of_vendor: Vec<&LibraryLoad> = libraries.iter().filter(|load| load.vendor == event.vendor).collect();
    if let Some(failed) = of_vendor.first().filter(|_| of_vendor.iter().all(|load| load.failure.is_some())) {
        return format!("the library did not load: {}", failed.failure.as_deref().unwrap_or_default());
    }
    if let Some(why) = exercised_in_vain(at, event, seen) {
        return why;
    }
    let behaviour = catalogue.get(&event.vendor).map(|vendor| &vendor.behaviour);
    if behaviour.is_some_and(|behaviour| is_dropped_repeat(page, at, assigned, behaviour)) {
        return "the library sends it once and drops the repeat".to_owned();
    }
    match event.trigger {
        Trigger::Click => return "it waits for a click".to_owned(),
        Trigger::Submit => return "it waits for a form to be sent".to_owned(),
        Trigger::Route => return "it waits for a change of route".to_owned(),
        Trigger::Scroll => return "it waits for scrolling".to_owned(),
        Trigger::Timer => return "its timer had not run out".to_owned(),
        Trigger::Conditional => return "its condition did not hold".to_owned(),
        Trigger::Unknown => return "nothing on the page calls its function, as far as the source shows".to_owned(),
        Trigger::Load => {}
    }
    if let Some(behaviour) = behaviour {
        let inits = page.installs.iter().filter(|install| install.vendor == event.vendor && !install.library_only);
        let early = event.order > 0 && inits.clone().count() > 0 && inits.clone().all(|init| init.order > event.order);
        if early && behaviour.before_init == BeforeInit::Lost {
            return "it comes before the initialisation, and the library drops what comes before".to_owned();
        }
    }
    if of_vendor.is_empty() {
        return LIBRARY_NOT_ASKED.to_owned();
    }
    "no reason could be found".to_owned()
}

/// Whether an event that nobody's touching the page sets off repeats one that left, and its library drops that.
fn is_dropped_repeat(page: &Page, at: usize, assigned: &[Vec<usize>], behaviour: &Behaviour) -> bool {
    let Some(event) = page.events.get(at) else { return false };
    let by_itself = matches!(event.trigger, Trigger::Load | Trigger::Timer);
    let drops = behaviour.drops_repeat(event.name.known().unwrap_or_default(), event.class == EventClass::Automatic);
    let is_twin = |other: &Event| other.vendor == event.vendor && other.name == event.name;
    let others = page.events.iter().zip(assigned).enumerate().filter(|(other, _)| *other != at);
    by_itself && drops && others.into_iter().any(|(_, (other, seen))| is_twin(other) && !seen.is_empty())
}

/// Why an event that waits for the visitor did not come although the page was exercised.
fn exercised_in_vain(at: usize, event: &Event, seen: &Observations) -> Option<String> {
    let waits = matches!(event.trigger, Trigger::Click | Trigger::Submit);
    let ran = seen.acts.values().find(|act| act.events.contains(&at));
    match ran {
        Some(act) => Some(format!("{}, and it did not leave", act.words)),
        None if waits && !seen.acts.is_empty() => {
            let what = if event.trigger == Trigger::Click { "click" } else { "form to be sent" };
            Some(format!("it waits for a {what}, and no element was found whose handler it is"))
        }
        None => None,
    }
}
