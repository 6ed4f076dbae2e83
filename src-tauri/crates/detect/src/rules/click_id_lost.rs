//! Click ids that don't reach the conversion.

use std::collections::BTreeSet;

use pixelproof_model::{Actor, Area, ClickVerdict, Evidence, JourneyRun, Severity};

use super::{Check, Draft, Rule, Travelled, words};

pub(super) static RULE: Rule = Rule {
    id: "click-id-lost",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Marketing,
    what: "The id of an ad click is lost between the landing page and the conversion.",
    why: "Without it the platform can credit the conversion to no advertisement, or only by guessing: reported returns \
          are too low, and campaigns learn from too little.",
    fix: "See that redirects keep the query of the landing address, that the vendor's library runs on the landing page, \
          and that the cookie it sets outlives the way to the conversion.",
    needs_browser: true,
    check: Check::Journey(check),
    examples: &[],
};

fn check(travelled: &Travelled<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for run in travelled.runs {
        let Some(trail) = &run.click_id else { continue };
        for lost in trail.vendors.iter().filter(|verdict| verdict.kept == Some(false)) {
            let draft = draft(travelled, run, &trail.parameter, lost);
            match drafts.iter_mut().find(|known| known.key == draft.key && known.vendor == draft.vendor) {
                Some(known) => known.evidence.extend(draft.evidence),
                None => drafts.push(draft),
            }
        }
    }
    drafts
}

fn draft(travelled: &Travelled<'_>, run: &JourneyRun, parameter: &str, lost: &ClickVerdict) -> Draft {
    let accounts: BTreeSet<&String> =
        run.events.iter().filter(|event| event.vendor == lost.vendor).filter_map(|event| event.account.as_ref()).collect();
    let account = match accounts.len() {
        1 => accounts.first().map(|account| (*account).clone()),
        _ => None,
    };
    let name = words::pixel_name(travelled.catalogue, &lost.vendor, account.as_deref());
    let step = run.steps.iter().find(|step| Some(step.number) == lost.lost_in);
    let page = step.or(run.steps.first()).map(|step| step.address.clone()).unwrap_or_default();
    Draft {
        vendor: Some(lost.vendor.clone()),
        account,
        key: format!("{} {parameter} {}", run.journey, lost.why),
        message: format!("On the journey “{}” the click id {parameter} is lost for {name}: {}.", run.journey, lost.why),
        evidence: vec![Evidence {
            page,
            at: step.map(|step| pixelproof_model::Position { source: run.file.clone(), line: step.line, column: 1 }),
            excerpt: None,
            note: match lost.lost_in {
                Some(step) => format!("lost in step {step}, in the pass {}", run.pass.name()),
                None => format!("lost in the pass {}", run.pass.name()),
            },
        }],
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{ClickTrail, Pass};

    use super::*;
    use crate::{Catalogue, rules::trial};

    #[test]
    fn only_what_was_lost_is_said() {
        let run = |kept: Option<bool>| JourneyRun {
            click_id: Some(ClickTrail {
                parameter: "fbclid".to_owned(),
                value: "x".to_owned(),
                stored: Vec::new(),
                vendors: vec![ClickVerdict {
                    vendor: "meta-pixel".to_owned(),
                    kept,
                    sent_in: Vec::new(),
                    lost_in: Some(2),
                    why: "nothing on the landing page kept it, and Purchase in step 4 goes without it".to_owned(),
                }],
            }),
            ..trial::journey("Buy", Pass::Accept)
        };
        for (kept, count) in [(Some(false), 1), (Some(true), 0), (None, 0)] {
            let found = check(&Travelled { runs: &[run(kept)], catalogue: Catalogue::builtin() });
            assert_eq!(found.len(), count, "{found:?}");
            if let [only] = found.as_slice() {
                assert_eq!(
                    only.message,
                    "On the journey “Buy” the click id fbclid is lost for Meta Pixel: nothing on the landing page kept it, \
                     and Purchase in step 4 goes without it."
                );
                assert_eq!(only.evidence[0].note, "lost in step 2, in the pass accept");
            }
        }
    }
}
