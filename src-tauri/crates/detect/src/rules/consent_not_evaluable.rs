//! A banner whose state can't be read.

use pixelproof_model::{Actor, Area, Pass, PassConsent, Severity, Verdict};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen, answers, banner_name},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "consent-not-evaluable",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "The state of consent could not be read back, so what left before and after can't be judged.",
    why: "Nothing seen is not the same as nothing sent: these pages are not counted as clean.",
    fix: "Check the banner by hand, or name the platform's buttons in the audit's options.",
    needs_browser: true,
    check: Check::Browser(Need::Answer, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    // What keeps a refusal from being judged weighs more than what keeps an agreement from it.
    answers(seen.page).find_map(|(pass, consent)| draft(seen, pass, consent)).into_iter().collect()
}

fn draft(seen: &Seen<'_>, pass: Pass, consent: &PassConsent) -> Option<Draft> {
    let (how, choice) = match pass {
        Pass::Accept => ("agree", "agreement"),
        _ => ("refuse", "refusal"),
    };
    let banner = banner_name(consent);
    let (key, message) = match consent.verdict {
        Verdict::NotEvaluable => (
            "not read back",
            format!("{banner} was answered, but what became of the {choice} could not be read back; nothing is counted as clean for it."),
        ),
        Verdict::BotWall => {
            ("bot wall", "The site showed a check for robots instead of its page, so consent could not be judged.".to_owned())
        }
        // That there is nothing to press for a refusal is a finding of its own.
        Verdict::NotAnswered if pass == Pass::Accept || consent.reject_offered => {
            ("not answered", format!("{banner} could not be answered to {how}, so what follows from it was not judged."))
        }
        Verdict::NotAnswered | Verdict::Taken | Verdict::NotKept | Verdict::NoBanner => return None,
    };
    Some(Draft {
        key: format!("{key} {} {}", pass.name(), consent.platform.as_deref().unwrap_or_default()),
        message,
        cause: Some(format!("In the pass that means to {how}: {}.", consent.why)),
        evidence: vec![words::of_page(seen.page, format!("pass {}: {}", pass.name(), consent.why))],
        ..Draft::default()
    })
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{
        Pass::{Accept, Reject},
        Verdict,
    };

    use crate::rules::trial::Trial;

    #[test]
    fn what_could_not_be_judged_is_said_once() {
        const UNREAD: &str = "The banner (Complianz) was answered, but what became of the refusal could not be read back; nothing is counted as clean for it.";
        let rule = super::RULE.id;
        Trial::new().answered(Reject, Verdict::NotEvaluable).check(rule, &[UNREAD]);
        let both = Trial::new().answered(Reject, Verdict::NotEvaluable).answered(Accept, Verdict::NotEvaluable);
        both.check(rule, &[UNREAD]);
        Trial::new().answered(Reject, Verdict::BotWall).check(
            rule,
            &["The site showed a check for robots instead of its page, so consent could not be judged."],
        );
        Trial::new().answered(Reject, Verdict::NotAnswered).check(
            rule,
            &["The banner (Complianz) could not be answered to refuse, so what follows from it was not judged."],
        );
    }

    #[test]
    fn what_was_judged_and_what_another_rule_says_is_left() {
        let rule = super::RULE.id;
        for verdict in [Verdict::Taken, Verdict::NotKept, Verdict::NoBanner] {
            Trial::new().answered(Reject, verdict).answered(Accept, verdict).check(rule, &[]);
        }
        Trial::new().banner(Reject, Verdict::NotAnswered, false).check(rule, &[]);
    }
}
