//! Two page views for one route change.

use std::collections::BTreeMap;

use pixelproof_model::{Actor, Area, ExerciseAct, ExerciseKind, Severity, Stage};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen, Sent},
};

pub(super) static RULE: Rule = Rule {
    id: "duplicate-pageview-route",
    severity: Severity::Warning,
    area: Area::Duplicates,
    actor: Actor::Developer,
    what: "A route change sends the automatic page view and a manual one.",
    why: "Every view inside the application counts twice.",
    fix: "Switch off either the library's automatic page view or the call in the router.",
    needs_browser: true,
    check: Check::Browser(Need::Routes, check),
    examples: &[],
};

/// A vendor and its account.
type Pixel<'a> = (&'a str, Option<String>);

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for act in seen.page.exercise.iter().filter(|act| act.kind == ExerciseKind::Route) {
        for (pixel, sent) in views(seen, act).into_iter().filter(|(_, sent)| sent.len() > 1) {
            let known = |draft: &Draft| draft.vendor.as_deref() == Some(pixel.0) && draft.account == pixel.1;
            if !drafts.iter().any(known) {
                drafts.push(draft(seen, act, &pixel, &sent));
            }
        }
    }
    drafts
}

/// Page views that an act set off, by pixel. One for each address is meant; each more is a repeat.
fn views<'s, 'a>(seen: &'s Seen<'a>, act: &ExerciseAct) -> BTreeMap<Pixel<'a>, Vec<&'s Sent<'a>>> {
    let mut by: BTreeMap<Pixel<'a>, Vec<&'s Sent<'a>>> = BTreeMap::new();
    for sent in seen.sent.iter().filter(|sent| seen.tracks(sent.vendor) && act.set_off(sent.beacon)) {
        for event in sent.events.iter().filter(|event| event.stage == Stage::PageView) {
            by.entry((sent.vendor, event.account.clone())).or_default().push(sent);
        }
    }
    by
}

fn draft(seen: &Seen<'_>, act: &ExerciseAct, pixel: &Pixel<'_>, sent: &[&Sent<'_>]) -> Draft {
    let bare = seen.page.exercise.iter().find(|other| other.kind == ExerciseKind::BareRoute && other.pass == act.pass);
    let alone = bare.map(|bare| views(seen, bare).contains_key(pixel));
    let name = seen.name(pixel.0, pixel.1.as_deref());
    let count = if sent.len() == 2 { "two page views".to_owned() } else { format!("{} page views", sent.len()) };
    let cause = match alone {
        Some(true) => "The library sends one by itself whenever the address changes, and the application's code another.",
        Some(false) => "The library sends none by itself when the address changes: the application's code does it more than once.",
        None => "Whether the library sends one by itself could not be tried.",
    };
    Draft {
        vendor: Some(pixel.0.to_owned()),
        account: pixel.1.clone(),
        key: format!("{alone:?}"),
        message: format!("{name} gets {count} for one change of route."),
        cause: Some(cause.to_owned()),
        evidence: sent.iter().map(|sent| seen.evidence(sent, &format!("after {} was followed", act.on))).collect(),
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{ExerciseKind::{BareRoute, Route}, Pass::None, PassPhase::Before};

    use crate::rules::trial::{GA4, META, Trial};

    #[test]
    fn a_page_view_of_the_library_and_one_of_the_router_are_two() {
        let rule = super::RULE.id;
        let routed = || Trial::new().looked(None).sent(None, Before, META).act(None, 1, Route).act(None, 2, BareRoute);
        routed().check(rule, &[]);
        routed().in_act(1, META).check(rule, &[]);
        routed().in_act(1, META).in_act(1, GA4).check(rule, &[]);
        let two = &["Meta Pixel 480011223344556 gets two page views for one change of route."];
        routed().in_act(1, META).in_act(1, META).in_act(2, META).check(rule, two);
        routed().in_act(1, META).in_act(1, META).check(rule, two);
    }
}
