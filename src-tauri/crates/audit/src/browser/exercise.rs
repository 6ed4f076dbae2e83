//! Exercise of the pages of an audit: what is to be provoked, and what came of it.

use std::collections::BTreeMap;

use pixelproof_crawl::browser::{ActKind, Exercised, Plan, Sent};
use pixelproof_detect::{Catalogue, probe};
use pixelproof_model::{ExerciseAct, ExerciseKind, Page, Pass, State, Trigger, TypedLeak, TypedWhen, Via};

use super::typed;

/// The declared events that are to be provoked, by their place on the page, and the plan for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) plan: Plan,
    /// Place among the page's events of each call of the plan.
    events: Vec<usize>,
}

impl Wish {
    /// What there is to provoke on a page.
    pub(crate) fn of(page: &Page) -> Wish {
        let waits =
            |trigger| matches!(trigger, Trigger::Click | Trigger::Submit | Trigger::Unknown | Trigger::Conditional);
        let (mut calls, mut events) = (Vec::new(), Vec::new());
        for (place, event) in page.events.iter().enumerate() {
            if waits(event.trigger) && event.state != State::Inert && matches!(event.via, Via::Script | Via::Attribute)
            {
                calls.push(event.code.trim_end_matches('\u{2026}').to_owned());
                events.push(place);
            }
        }
        let typed: BTreeMap<&'static str, &'static str> =
            probe::names().filter_map(|name| Some((name, probe::value(name)?))).collect();
        Wish { plan: Plan { calls, typed }, events }
    }

    /// The events whose handlers an act ran.
    pub(crate) fn events_of(&self, act: &Exercised) -> Vec<usize> {
        act.calls.iter().filter_map(|call| self.events.get(*call).copied()).collect()
    }
}

/// The act in which a request left, by number; `None`: before any.
pub(crate) fn act_of(acts: &[Exercised], sent: &Sent) -> Option<u32> {
    let before = acts.iter().take_while(|act| act.at_ms <= sent.at_ms).count();
    u32::try_from(before).ok().filter(|number| *number > 0)
}

/// The acts as they are kept.
pub(crate) fn kept(pass: Pass, acts: &[Exercised]) -> Vec<ExerciseAct> {
    let act = |(number, act): (u32, &Exercised)| ExerciseAct {
        pass,
        number,
        kind: kind(act.kind),
        on: act.on.clone(),
        at_ms: act.at_ms,
        address: act.address.clone(),
        held: act.held.clone(),
    };
    (1..).zip(acts).map(act).collect()
}

fn kind(kind: ActKind) -> ExerciseKind {
    match kind {
        ActKind::Scroll => ExerciseKind::Scroll,
        ActKind::Open => ExerciseKind::Open,
        ActKind::Type => ExerciseKind::Type,
        ActKind::Route => ExerciseKind::Route,
        ActKind::BareRoute => ExerciseKind::BareRoute,
        ActKind::Click => ExerciseKind::Click,
        ActKind::Submit => ExerciseKind::Submit,
    }
}

/// An act in words, for “it was sent when …”.
pub(crate) fn words(act: &Exercised) -> String {
    match act.kind {
        ActKind::Scroll => "the page was scrolled".to_owned(),
        ActKind::Open => format!("{} was opened", act.on),
        ActKind::Type => format!("{} was typed into", act.on),
        ActKind::Route => format!("{} was followed, a change of route", act.on),
        ActKind::BareRoute => "the address changed alone".to_owned(),
        ActKind::Click => format!("{} was clicked", act.on),
        ActKind::Submit => format!("{} was sent, as far as the page is concerned", act.on),
    }
}

/// What of the typed values left the page.
pub(crate) fn leaks(
    pass: Pass,
    acts: &[Exercised],
    requests: &[Sent],
    page: &str,
    catalogue: &Catalogue,
) -> Vec<TypedLeak> {
    let mut leaks = Vec::new();
    let Some(first) = acts.iter().position(|act| act.kind == ActKind::Type) else { return leaks };
    let clicked = acts.iter().skip(first).find(|act| matches!(act.kind, ActKind::Click | ActKind::Submit));
    for sent in requests {
        let Some(step) = act_of(acts, sent).filter(|step| usize::try_from(*step).is_ok_and(|step| step > first)) else {
            continue;
        };
        let when = match clicked {
            _ if sent.leaving => TypedWhen::OnLeaving,
            Some(click) if sent.at_ms >= click.at_ms => TypedWhen::AfterClick,
            _ => TypedWhen::BeforeSubmit,
        };
        let moment = typed::Moment { step: Some(step), when, page: page.to_owned() };
        typed::add(&mut leaks, sent, pass, &moment, catalogue);
    }
    leaks
}
