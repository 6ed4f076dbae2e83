//! What left in each step of a journey, as the platforms would have recorded it.

use std::collections::BTreeMap;

use pixelproof_crawl::browser::{Sent, Tab};
use pixelproof_detect::{Catalogue, probe};
use pixelproof_model::{
    Beacon, DecodedEvent, EventPattern, JourneyAction, JourneyStep, Pass, PassPhase, RecordedEvent, Request, StepRun,
    TypedLeak, TypedWhen,
};
use serde_json::Value;

use super::{
    super::claim::{Claimed, Reader, is_beacon},
    super::observe::beacon_of,
    super::typed::{self, Moment},
    expect,
};

/// Where a step's requests begin.
struct Begin {
    step: u32,
    first: usize,
    /// Page before, where the step leaves it for another address: its farewell is not the step's doing.
    leaves: Option<String>,
}

pub(super) struct Record {
    reader: Reader,
    pass: Pass,
    begins: Vec<Begin>,
    /// Events so far, and how many requests were read for them.
    events: Vec<RecordedEvent>,
    read: usize,
    /// When the banner was answered.
    pub(super) answered: Option<i64>,
}

impl Record {
    pub(super) fn new(reader: Reader, pass: Pass) -> Record {
        Record { reader, pass, begins: Vec::new(), events: Vec::new(), read: 0, answered: None }
    }

    pub(super) fn catalogue(&self) -> &'static Catalogue {
        self.reader.catalogue
    }

    /// A step begins, which does something: the requests from the `first` on are its own.
    pub(super) fn begin(&mut self, step: u32, first: usize, address: String, goes: bool) {
        let leaves = Some(address).filter(|address| goes && address.starts_with("http"));
        self.begins.push(Begin { step, first, leaves });
    }

    /// Whether as many events as meant have left since the last step that did something.
    pub(super) fn fulfils(&mut self, tab: &Tab, pattern: &EventPattern) -> bool {
        let step = self.begins.last().map_or(0, |begin| begin.step);
        for sent in tab.sent_from(self.read) {
            let events = self.events_of(&sent, self.read, 0, None);
            self.events.extend(events.map_or_else(Vec::new, |(_, events)| events));
            self.read += 1;
        }
        // Of none nobody can be sure before time is over, and of an exact number neither.
        pattern.count.is_none() && expect::is_met(pattern, self.events.iter().filter(|event| event.step == step))
    }

    /// Everything that left, once the journey is over.
    pub(super) fn finish(&self, sent: &[Sent], click: Option<&str>) -> (Vec<Beacon>, Vec<RecordedEvent>) {
        let (mut beacons, mut events) = (Vec::new(), Vec::new());
        for (place, sent) in sent.iter().enumerate() {
            let id = u32::try_from(beacons.len() + 1).unwrap_or(u32::MAX);
            if let Some((beacon, of)) = self.events_of(sent, place, id, click) {
                beacons.push(beacon);
                events.extend(of);
            }
        }
        (beacons, events)
    }

    /// What of the probe identity left after it was typed.
    pub(super) fn leaks(&self, sent: &[Sent], steps: &[StepRun], planned: &[JourneyStep]) -> Vec<TypedLeak> {
        let mut leaks = Vec::new();
        let is_probe =
            |action: &JourneyAction| matches!(action, JourneyAction::Fill { value, .. } if value.starts_with("probe:"));
        let Some(first) = planned.iter().position(|step| is_probe(&step.action)) else { return leaks };
        for (place, sent) in sent.iter().enumerate() {
            let step = self.step_of(sent, place);
            let at = usize::try_from(step).unwrap_or(0);
            if at <= first {
                continue;
            }
            let acted = |step: &JourneyStep| matches!(step.action, JourneyAction::Click { .. });
            let clicked = planned.get(first..at).unwrap_or_default().iter().any(acted);
            let when = match clicked {
                true => TypedWhen::AfterClick,
                false if sent.leaving || self.is_farewell(sent, place) => TypedWhen::OnLeaving,
                false => TypedWhen::BeforeSubmit,
            };
            let page = steps.get(at - 1).map(|step| step.address.clone()).unwrap_or_default();
            typed::add(&mut leaks, sent, self.pass, &Moment { step: Some(step), when, page }, self.catalogue());
        }
        leaks
    }

    fn events_of(
        &self,
        sent: &Sent,
        place: usize,
        id: u32,
        click: Option<&str>,
    ) -> Option<(Beacon, Vec<RecordedEvent>)> {
        let Claimed { request, decoded, listed } = self.reader.claimed(sent)?;
        if listed.is_none() && !is_beacon(decoded.kind) {
            return None;
        }
        let vendor = decoded.vendor.clone().unwrap_or_default();
        let step = self.step_of(sent, place);
        let answered = self.answered.is_some_and(|at| sent.at_ms >= at);
        let phase = if answered { PassPhase::After } else { PassPhase::Before };
        // In header fields a click id doesn't count.
        let request = Request { headers: BTreeMap::new(), ..request };
        let fields = click.map(|click| probe::fields_with(&request, click)).unwrap_or_default();
        let beacon = Beacon { step: Some(step), listed, ..beacon_of(id, (self.pass, phase), sent, request, &decoded) };
        let events = decoded.events.into_iter();
        let events = events.map(|event| self.recorded(event, step, id, &vendor, &fields)).collect();
        Some((beacon, events))
    }

    fn step_of(&self, sent: &Sent, place: usize) -> u32 {
        let at = self.begin_of(place);
        let Some(begin) = self.begins.get(at) else { return 0 };
        let farewell = self.is_farewell(sent, place);
        match farewell.then(|| at.checked_sub(1)).flatten().and_then(|before| self.begins.get(before)) {
            Some(before) => before.step,
            None => begin.step,
        }
    }

    fn begin_of(&self, place: usize) -> usize {
        self.begins.iter().rposition(|begin| begin.first <= place).unwrap_or(0)
    }

    /// Sent by the page that a step leaves for another address.
    fn is_farewell(&self, sent: &Sent, place: usize) -> bool {
        let bare = |address: &str| address.split('#').next().unwrap_or_default().to_owned();
        let leaves = self.begins.get(self.begin_of(place)).and_then(|begin| begin.leaves.as_ref());
        // Of what a page sends at its very end the browser no longer says which page it was.
        let of_page = |before: &String| sent.document.is_empty() || bare(before) == bare(&sent.document);
        sent.kind != "Document" && leaves.is_some_and(of_page)
    }

    fn recorded(&self, event: DecodedEvent, step: u32, beacon: u32, vendor: &str, click: &[String]) -> RecordedEvent {
        let roi = self.catalogue().get(vendor).and_then(|vendor| vendor.roi.as_ref());
        let param = |names: &[Option<&str>]| {
            names.iter().flatten().find_map(|name| event.params.get(*name)).filter(|value| !value.is_null()).cloned()
        };
        let value = param(&[roi.map(|roi| roi.value.as_str()), Some("value")]);
        let currency = param(&[roi.map(|roi| roi.currency.as_str()), Some("currency")]);
        let order = param(&[roi.and_then(|roi| roi.order_id.as_deref())]);
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        RecordedEvent {
            step,
            vendor: vendor.to_owned(),
            value,
            currency: currency.map(text),
            event_id: event.event_id.clone().or(order.map(text)),
            click_id: click.to_vec(),
            account: event.account,
            name: event.name,
            class: event.class,
            stage: event.stage,
            consent: event.consent,
            params: event.params,
            beacon,
        }
    }
}
