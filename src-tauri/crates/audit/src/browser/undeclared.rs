//! Events that were seen and that no source declares: a row for each, with where it came from.

use pixelproof_crawl::browser::ActKind;
use pixelproof_model::{
    Beacon, Event, EventClass, Fired, MAX_EXCERPT, Pass, PassPhase, Position, State, Text, Trigger, Via,
};

use super::{
    join::{beacon_ids, counts},
    observe::{Acted, Observations, Observed},
};

/// Rows for what was seen and nothing declares: one for each vendor, account, name and origin.
pub(super) fn undeclared(left: &[usize], seen: &Observations, looked: &[Pass]) -> Vec<Event> {
    let mut groups: Vec<(String, Vec<&Observed>)> = Vec::new();
    for observed in left.iter().filter_map(|o| seen.events.get(*o)) {
        let beacon = seen.beacons.get(observed.beacon);
        let key = format!(
            "{}\u{0}{}\u{0}{}\u{0}{}",
            observed.vendor,
            observed.event.account.as_deref().unwrap_or_default(),
            observed.event.name,
            beacon.map(origin).unwrap_or_default(),
        ) + match (observed.act, observed.phase) {
            (Some(_), _) => "\u{0}act",
            (None, PassPhase::Second) => "\u{0}second",
            (None, _) => "",
        };
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, of)) => of.push(observed),
            None => groups.push((key, vec![observed])),
        }
    }
    groups.into_iter().filter_map(|(_, of)| row(&of, seen, looked)).collect()
}

fn row(of: &[&Observed], seen: &Observations, looked: &[Pass]) -> Option<Event> {
    let first = of.first()?;
    let beacon = seen.beacons.get(first.beacon)?;
    let automatic = first.event.class == EventClass::Automatic;
    let act = first.act.and_then(|act| seen.acts.get(&(first.pass, act)));
    let why = match (act, automatic) {
        (Some(act), true) => format!("the library sends it by itself, after {}", act.words),
        (Some(act), false) => format!("it came from {}, after {}", origin(beacon), act.words),
        (None, true) => "the library sends it by itself".to_owned(),
        (None, false) => format!("it came from {}", origin(beacon)),
    };
    let second_page = seen.second.get(&first.pass).filter(|_| first.phase == PassPhase::Second).cloned();
    let why = match &second_page {
        Some(address) => format!("it left the second page that was looked at, {address}; {why}"),
        None => why,
    };
    Some(Event {
        vendor: first.vendor.clone(),
        accounts: first.event.account.iter().cloned().collect(),
        name: Text::Known(first.event.name.clone()),
        class: first.event.class,
        stage: first.event.stage,
        params: first.event.params.clone(),
        event_id: first.event.event_id.clone().map(Text::Known),
        via: if container_of(&beacon.chain).is_some() { Via::Container } else { Via::Script },
        trigger: act.map_or(Trigger::Load, trigger_of),
        state: State::Active,
        delayed: false,
        installer: container_of(&beacon.chain),
        gate: None,
        order: 0,
        branch: None,
        at: beacon.initiator.clone().unwrap_or_else(|| Position { source: beacon.url.clone(), line: 1, column: 1 }),
        code: beacon.url.chars().take(MAX_EXCERPT).collect(),
        declared: false,
        fired: Fired::Seen,
        count: counts(of, looked),
        why: Some(why),
        beacons: beacon_ids(of, &seen.beacons),
        second_page,
    })
}

/// What an act is to the events that it sets off.
fn trigger_of(act: &Acted) -> Trigger {
    match act.kind {
        ActKind::Scroll => Trigger::Scroll,
        ActKind::Route | ActKind::BareRoute => Trigger::Route,
        ActKind::Submit => Trigger::Submit,
        ActKind::Open | ActKind::Click => Trigger::Click,
        ActKind::Type => Trigger::Unknown,
    }
}

/// Who began it, for a reader: the container on the stack, else the outermost script, else the document.
fn origin(beacon: &Beacon) -> String {
    if let Some(container) = container_of(&beacon.chain) {
        return format!("container {container}");
    }
    let script = beacon.chain.last().cloned().or_else(|| beacon.initiator.as_ref().map(|at| at.source.clone()));
    script.unwrap_or_else(|| "the page".to_owned())
}

/// The tag-manager container on a stack, by the id in its address.
fn container_of(chain: &[String]) -> Option<String> {
    chain.iter().rev().find_map(|script| {
        let url = url::Url::parse(script).ok()?;
        let (_, id) = url.query_pairs().find(|(name, id)| name == "id" && id.starts_with("GTM-"))?;
        url.path().ends_with(".js").then(|| id.into_owned())
    })
}
