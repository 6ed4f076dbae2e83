//! Journeys that didn't go as they should.

use pixelproof_model::{Actor, Area, Evidence, JourneyRun, Severity, StepOutcome, StepRun};

use super::{Check, Draft, Rule, Travelled, words};

pub(super) static RULE: Rule = Rule {
    id: "journey-failed",
    severity: Severity::Error,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A step of a journey could not be made, or an event that it expects did not leave.",
    why: "What a visitor does there is not recorded as it should be, so that a conversion is missing or wrong.",
    fix: "Make the step by hand and watch what the page calls; then mend the tag, or the journey.",
    needs_browser: true,
    check: Check::Journey(check),
    examples: &[],
};

fn check(travelled: &Travelled<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for run in travelled.runs {
        for step in run.steps.iter().filter(|s| matches!(s.outcome, StepOutcome::NotMet | StepOutcome::Failed)) {
            let draft = draft(run, step);
            match drafts.iter_mut().find(|known| known.key == draft.key && known.message == draft.message) {
                Some(known) => known.evidence.extend(draft.evidence),
                None => drafts.push(draft),
            }
        }
    }
    drafts
}

fn draft(run: &JourneyRun, step: &StepRun) -> Draft {
    let why = step.why.as_deref().unwrap_or_default();
    let what = match step.outcome {
        StepOutcome::NotMet => step.what.replacen("expect", "expects", 1),
        _ => format!("could not {}", step.what),
    };
    let seen = match step.instead.as_slice() {
        [] => String::new(),
        instead => format!("; seen instead: {}", words::list(instead)),
    };
    Draft {
        key: format!("{} {} {why}", run.journey, step.number),
        message: format!("The journey “{}” {what} in step {}: {why}.", run.journey, step.number),
        evidence: vec![Evidence {
            page: step.address.clone(),
            at: Some(pixelproof_model::Position { source: run.file.clone(), line: step.line, column: 1 }),
            excerpt: None,
            note: format!("{}, in the pass {}{seen}", step.what, run.pass.name()),
        }],
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::Pass;

    use super::*;
    use crate::{Catalogue, rules::trial};

    #[test]
    fn what_failed_is_said_once_with_each_pass_as_evidence() {
        let step = |outcome, why: &str| StepRun {
            number: 2,
            line: 5,
            what: "expect Purchase of meta-pixel".to_owned(),
            outcome,
            why: Some(why.to_owned()),
            at_ms: 0,
            address: "https://shop.example/thanks".to_owned(),
            instead: vec!["meta-pixel Lead".to_owned()],
        };
        let run = |pass, outcome, why| JourneyRun { steps: vec![step(outcome, why)], ..trial::journey("Buy", pass) };
        let runs = [
            run(Pass::None, StepOutcome::NotMet, "no event left after step 1"),
            run(Pass::Accept, StepOutcome::NotMet, "no event left after step 1"),
            run(Pass::Gpc, StepOutcome::Done, ""),
            run(Pass::Reject, StepOutcome::NotReached, ""),
        ];
        let found = check(&Travelled { runs: &runs, catalogue: Catalogue::builtin() });
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            only.message,
            "The journey “Buy” expects Purchase of meta-pixel in step 2: no event left after step 1."
        );
        let notes: Vec<&str> = only.evidence.iter().map(|piece| piece.note.as_str()).collect();
        assert_eq!(
            notes,
            [
                "expect Purchase of meta-pixel, in the pass none; seen instead: meta-pixel Lead",
                "expect Purchase of meta-pixel, in the pass accept; seen instead: meta-pixel Lead"
            ]
        );
    }
}
