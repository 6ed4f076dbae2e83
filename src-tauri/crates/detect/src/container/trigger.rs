//! Triggers: which tags a page's load fires, on which events, under which conditions.

use std::collections::BTreeSet;

use pixelproof_model::Fires;
use serde_json::Value;
use url::Url;

use super::condition;
use super::file::File;
use super::layer::{Layer, State};
use super::own_rules;
use super::sequence::Sequences;
use super::value::Resolver;
use super::variable::LOAD_EVENTS;

/// One rule: all of `if`, none of `unless`; then tags to fire or to hold back.
struct Rule<'a> {
    all: Vec<&'a Value>,
    none: Vec<&'a Value>,
    add: Vec<usize>,
    block: Vec<usize>,
}

/// The id that a trigger group's event carries, and for each trigger of the group the tags that watch it.
type Group = (String, Vec<Vec<usize>>);

/// The triggers of a container.
pub(crate) struct Triggers<'a> {
    file: &'a File,
    rules: Vec<Rule<'a>>,
    /// Names that conditions compare the event with, besides those of the page's load.
    other_events: Vec<String>,
    sequences: Sequences<'a>,
}

/// Outcome of a tag on one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    No,
    Unknown,
    Yes,
}

/// An event on a page, with what is known at that moment.
#[derive(Clone, Copy)]
struct Moment<'a> {
    url: Option<&'a Url>,
    event: Option<&'a str>,
    listener: Option<&'a str>,
    layer: Option<&'a State>,
}

impl<'a> Moment<'a> {
    fn of(url: Option<&'a Url>, event: &'a str) -> Self {
        Moment { url, event: Some(event), listener: None, layer: None }
    }
}

/// The data layer at the events of the page's load.
struct States {
    start: Option<(State, State)>,
    after: Option<State>,
}

impl States {
    fn of(layer: &Layer) -> Self {
        States { start: layer.at_start(), after: layer.after() }
    }

    fn at(&self, event: &str) -> Option<&State> {
        match event {
            "gtm.init_consent" | "gtm.init" => self.start.as_ref().map(|(first, _)| first),
            "gtm.js" => self.start.as_ref().map(|(_, start)| start),
            _ => self.after.as_ref(),
        }
    }
}

/// What is said of the tags on a page.
pub(crate) struct Judged {
    pub(crate) fires: Vec<Fires>,
    /// Which of the load's events is the first that surely fires the tag.
    pub(crate) first: Vec<Option<usize>>,
}

impl<'a> Triggers<'a> {
    pub(crate) fn new(file: &'a File) -> Self {
        let rules: Vec<Rule<'a>> = file.rules.iter().map(|rule| read_rule(file, rule)).collect();
        let other_events = named_events(file);
        Triggers { file, rules, other_events, sequences: Sequences::new(&file.tags) }
    }

    /// Verdict per tag on a page. What a custom event, a listener or a timer would fire is at best unknown.
    pub(crate) fn verdicts(&self, url: Option<&Url>, layer: &Layer) -> Judged {
        let states = States::of(layer);
        let mut best = vec![Verdict::No; self.file.tags.len()];
        let mut first = vec![None; best.len()];
        for (order, event) in LOAD_EVENTS.into_iter().enumerate() {
            let verdicts = self.on_event(&Moment { layer: states.at(event), ..Moment::of(url, event) });
            for (first, _) in first.iter_mut().zip(&verdicts).filter(|(_, verdict)| **verdict == Verdict::Yes) {
                first.get_or_insert(order);
            }
            merge(&mut best, verdicts, Verdict::Yes);
        }
        for (event, state) in &layer.events() {
            merge(&mut best, self.on_event(&Moment { layer: Some(state), ..Moment::of(url, event) }), Verdict::Yes);
        }
        for event in &self.other_events {
            merge(&mut best, self.on_event(&Moment::of(url, event)), Verdict::Unknown);
        }
        merge(&mut best, self.on_event(&Moment { event: None, ..Moment::of(url, "") }), Verdict::Unknown);
        self.on_groups(url, &mut best);
        let at = Resolver::new(&self.file.macros, url, None);
        let caps: Vec<Verdict> = (0..best.len()).map(|tag| self.cap(&at, layer, tag)).collect();
        let fires = self.sequences.verdicts(best, &caps).into_iter().map(Fires::from).collect();
        Judged { fires, first }
    }

    /// Groups of triggers; one may have another among its triggers. Those that can't be followed leave what they fire open.
    fn on_groups(&self, url: Option<&Url>, best: &mut [Verdict]) {
        let (groups, all) = self.groups();
        if !all {
            merge(best, self.on_event(&Moment::of(url, GROUP_EVENT)), Verdict::Unknown);
        }
        let mut said = vec![Verdict::No; groups.len()];
        for _ in 0..MAX_CHAIN {
            let mut changed = false;
            for ((group, members), said) in groups.iter().zip(&mut said) {
                let verdict = all_of(members, best);
                if verdict > *said {
                    *said = verdict;
                    changed = true;
                    let moment = Moment { listener: Some(group), ..Moment::of(url, GROUP_EVENT) };
                    merge(best, self.on_event(&moment), verdict);
                }
            }
            if !changed {
                break;
            }
        }
    }

    /// The most that may be said of a tag whose trigger is met.
    fn cap(&self, at: &Resolver<'_>, layer: &Layer, index: usize) -> Verdict {
        let tag = &self.file.tags[index];
        let function = tag["function"].as_str().unwrap_or_default();
        let switched_off = function == "__paused" || tag["malware_disabled"].as_bool() == Some(true);
        if switched_off || at.url.is_some_and(|url| !own_rules::may_match(tag, url)) {
            return Verdict::No;
        }
        // rules of a Google tag's own configuration: what they send hangs on what the page sends
        let on_hits = own_rules::is_own(function);
        let mut asked = tag["consent"].as_array().into_iter().flatten().skip(1);
        // what the page grants the container itself may take away
        let granted = |signal: &Value| !self.file.sets_consent && signal.as_str().is_some_and(|s| layer.grants(s));
        let agreed = asked.all(granted) && super::template::goes_ahead(self.file, tag, at, &granted);
        // remarketing sends nothing without consent, and who sets consent in the container may have denied it
        let remarketing = function == "__sp" && (self.file.sets_consent || layer.denies("ad_storage"));
        let open = on_hits || !agreed || remarketing || layer.restricts();
        let own = if open { Verdict::Unknown } else { Verdict::Yes };
        own.min(within_boundaries(at, tag))
    }

    /// Trigger groups: the id that their event carries, and for each trigger that must have fired the tags that watch it; and whether these are all.
    fn groups(&self) -> (Vec<Group>, bool) {
        let at = Resolver::new(&self.file.macros, None, None);
        let text = |tag: &Value, key: &str| tag.get(key).and_then(|v| at.value(v).text());
        let watching = |id: &Value| {
            let id = super::value::js_text(id);
            let tags = self.file.tags.iter().enumerate().filter(|(_, tag)| tag["function"] == "__tg");
            tags.filter(|(_, tag)| text(tag, "vtp_firingId").as_ref() == Some(&id)).map(|(index, _)| index).collect()
        };
        let group = |tag: &Value| {
            let ids = at.value(tag.get("vtp_triggerIds")?).into_json()?;
            let ids = ids.as_array().filter(|ids| ids.len() <= MAX_MEMBERS)?;
            Some((text(tag, "vtp_uniqueTriggerId")?, ids.iter().map(watching).collect()))
        };
        let is_group = |tag: &&Value| tag["function"] == "__tg" && tag.get("vtp_triggerIds").is_some();
        let definitions: Vec<&Value> = self.file.tags.iter().filter(is_group).collect();
        let groups: Vec<_> = definitions.iter().take(MAX_GROUPS).filter_map(|tag| group(tag)).collect();
        let all = groups.len() == definitions.len();
        (groups, all)
    }

    fn on_event(&self, moment: &Moment<'_>) -> Vec<Verdict> {
        let mut at = Resolver::new(&self.file.macros, moment.url, moment.event);
        at.listener = moment.listener;
        at.layer = moment.layer;
        at.novel_event = self.other_events.len() < MAX_EVENTS;
        let mut fired = vec![Verdict::No; self.file.tags.len()];
        let mut blocked = vec![Verdict::No; self.file.tags.len()];
        for rule in &self.rules {
            let verdict = met(&at, rule);
            let note = |tags: &[usize], into: &mut Vec<Verdict>| {
                for tag in tags {
                    if let Some(so_far) = into.get_mut(*tag) {
                        *so_far = (*so_far).max(verdict);
                    }
                }
            };
            note(&rule.add, &mut fired);
            note(&rule.block, &mut blocked);
        }
        let combine = |(fired, blocked): (Verdict, Verdict)| match (fired, blocked) {
            (_, Verdict::Yes) | (Verdict::No, _) => Verdict::No,
            (fired, Verdict::No) => fired,
            (_, Verdict::Unknown) => Verdict::Unknown,
        };
        fired.into_iter().zip(blocked).map(combine).collect()
    }

    /// Pairs of (tag in a sequence, tag it belongs to).
    pub(crate) fn sequences(&self) -> Vec<(usize, usize)> {
        self.sequences.pairs()
    }

    /// Consent that the tag asks for besides what its vendor's own code checks.
    pub(crate) fn consent(&self, index: usize) -> Vec<String> {
        let list = self.file.tags.get(index).and_then(|tag| tag["consent"].as_array());
        let types = list.into_iter().flatten().skip(1);
        types.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The events and the conditions that fire a tag, in words.
    pub(crate) fn words(&self, index: usize) -> (String, String) {
        let at = Resolver::new(&self.file.macros, None, None);
        let mut events = BTreeSet::new();
        let mut conditions = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.add.contains(&index)) {
            let (on, other): (Vec<&Value>, Vec<&Value>) = rule.all.iter().partition(|p| on_event_name(&at, p));
            events.extend(on.iter().map(|p| event_name(&at, p)));
            let all = other.iter().map(|p| condition::words(&at, p, false));
            let none = rule.none.iter().map(|p| condition::words(&at, p, true));
            let text = all.chain(none).collect::<Vec<_>>().join(" and ");
            if !conditions.contains(&text) {
                conditions.push(text);
            }
        }
        for rule in self.rules.iter().filter(|rule| rule.block.contains(&index)) {
            let text = rule.all.iter().map(|p| condition::words(&at, p, false)).collect::<Vec<_>>().join(" and ");
            conditions.push(format!("never when {text}"));
        }
        conditions.retain(|text| !text.is_empty());
        conditions.extend(self.file.tags.get(index).and_then(own_rules::hangs_on));
        (events.into_iter().collect::<Vec<_>>().join(", "), conditions.join("; or "))
    }

    /// The events that fire a tag or a tag in whose sequence it stands.
    pub(crate) fn events(&self, index: usize) -> BTreeSet<String> {
        let at = Resolver::new(&self.file.macros, None, None);
        let mains = self.sequences().into_iter().filter(|(tag, _)| *tag == index).map(|(_, main)| main);
        let tags: Vec<usize> = std::iter::once(index).chain(mains).collect();
        let rules = self.rules.iter().filter(|rule| rule.add.iter().any(|tag| tags.contains(tag)));
        rules.flat_map(|rule| rule.all.iter().filter(|p| on_event_name(&at, p)).map(|p| event_name(&at, p))).collect()
    }

    /// Whether any rule or sequence can fire the tag at all.
    pub(crate) fn has_trigger(&self, index: usize) -> bool {
        self.rules.iter().any(|rule| rule.add.contains(&index)) || self.sequences().iter().any(|(tag, _)| *tag == index)
    }
}

impl From<Verdict> for Fires {
    fn from(verdict: Verdict) -> Fires {
        match verdict {
            Verdict::Yes => Fires::Yes,
            Verdict::Unknown => Fires::Unknown,
            Verdict::No => Fires::No,
        }
    }
}

/// A zone loads its containers only where all its boundaries hold.
fn within_boundaries(at: &Resolver<'_>, tag: &Value) -> Verdict {
    let boundaries = tag["vtp_boundaries"].as_array().into_iter().flatten().filter_map(Value::as_array);
    let one = |parts: &Vec<Value>| match condition::boundary_holds(at, parts) {
        Some(true) => Verdict::Yes,
        Some(false) => Verdict::No,
        None => Verdict::Unknown,
    };
    let of_zone = boundaries.filter(|parts| parts.first().is_some_and(|keyword| keyword == "zb"));
    of_zone.map(one).min().unwrap_or(Verdict::Yes)
}

fn merge(best: &mut [Verdict], verdicts: Vec<Verdict>, cap: Verdict) {
    for (so_far, verdict) in best.iter_mut().zip(verdicts) {
        *so_far = (*so_far).max(verdict.min(cap));
    }
}

/// A group fires when each of its triggers has; one that nothing watches is undecided.
fn all_of(members: &[Vec<usize>], verdicts: &[Verdict]) -> Verdict {
    let one = |watching: &Vec<usize>| watching.iter().map(|i| verdicts[*i]).max().unwrap_or(Verdict::Unknown);
    members.iter().map(one).min().unwrap_or(Verdict::Unknown)
}

/// Three-valued conjunction; the first "no" decides.
fn met(at: &Resolver<'_>, rule: &Rule<'_>) -> Verdict {
    let mut verdict = Verdict::Yes;
    let tests = rule.all.iter().map(|p| (p, true)).chain(rule.none.iter().map(|p| (p, false)));
    for (predicate, wanted) in tests {
        match condition::holds(at, predicate) {
            Some(found) if found == wanted => {}
            Some(_) => return Verdict::No,
            None => verdict = Verdict::Unknown,
        }
    }
    verdict
}

fn read_rule<'a>(file: &'a File, rule: &'a Value) -> Rule<'a> {
    let mut out = Rule { all: Vec::new(), none: Vec::new(), add: Vec::new(), block: Vec::new() };
    for clause in rule.as_array().into_iter().flatten() {
        let Some(parts) = clause.as_array() else { continue };
        let numbers = parts.iter().skip(1).filter_map(Value::as_u64).map(|n| n as usize);
        let predicates = numbers.clone().filter_map(|n| file.predicates.get(n));
        match parts.first().and_then(Value::as_str) {
            Some("if") => out.all.extend(predicates),
            Some("unless") => out.none.extend(predicates),
            Some("add") => out.add.extend(numbers),
            Some("block") => out.block.extend(numbers),
            _ => {}
        }
    }
    out
}

/// The event of a trigger group.
const GROUP_EVENT: &str = "gtm.triggerGroup";
/// Groups, and triggers of one, that are followed.
const MAX_GROUPS: usize = 100;
const MAX_MEMBERS: usize = 50;
/// Groups within groups that are followed.
const MAX_CHAIN: usize = 8;

/// Most event names tried besides those of the load; a container with more is answered "unknown" by the unnamed event.
const MAX_EVENTS: usize = 200;

fn named_events(file: &File) -> Vec<String> {
    let at = Resolver::new(&file.macros, None, None);
    let names = file.predicates.iter().filter(|p| on_event_name(&at, p) && p["function"] == "_eq");
    let names: BTreeSet<String> = names.filter_map(|p| at.value(&p["arg1"]).text()).collect();
    // an event of a group is tried with the group's own id, where the file has the group
    let grouped = file.tags.iter().any(|tag| tag["function"] == "__tg" && tag.get("vtp_triggerIds").is_some());
    let tried = |name: &String| !(LOAD_EVENTS.contains(&name.as_str()) || grouped && name == GROUP_EVENT);
    names.into_iter().filter(tried).take(MAX_EVENTS).collect()
}

/// Whether a condition is about the event's name.
fn on_event_name(at: &Resolver<'_>, predicate: &Value) -> bool {
    at.definition(&predicate["arg0"]).is_some_and(|definition| definition["function"] == "__e")
}

fn event_name(at: &Resolver<'_>, predicate: &Value) -> String {
    let name = at.value(&predicate["arg1"]).text().unwrap_or_else(|| "?".to_owned());
    match predicate["function"].as_str() {
        Some("_re") if name == ".*" => "every event".to_owned(),
        Some("_re") => format!("/{name}/"),
        _ => name,
    }
}
