//! A refusal that the next page forgets.

use pixelproof_model::{Actor, Area, Pass, Severity, Verdict};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen, banner_name, consent},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "reject-not-kept",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "The visitor's refusal is forgotten on the next page.",
    why: "The visitor is asked again and again, and pixels may start in between.",
    fix: "Let the consent platform store its answer for the whole site: one domain, one path, one configuration.",
    needs_browser: true,
    check: Check::Browser(Need::Refusal, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let Some(consent) = consent(seen.page, Pass::Reject).filter(|consent| consent.verdict == Verdict::NotKept) else {
        return Vec::new();
    };
    vec![Draft {
        key: consent.platform.clone().unwrap_or_default(),
        message: format!("{} was refused, and the refusal was not kept.", banner_name(consent)),
        cause: Some(format!("It was {}.", consent.why)),
        evidence: vec![words::of_page(seen.page, consent.why.clone())],
        ..Draft::default()
    }]
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{
        Pass::{Accept, Reject},
        Verdict,
    };

    use crate::rules::trial::Trial;

    #[test]
    fn only_a_refusal_that_is_gone_is_said() {
        const GONE: &[&str] = &["The banner (Complianz) was refused, and the refusal was not kept."];
        Trial::new().answered(Reject, Verdict::NotKept).check(super::RULE.id, GONE);
        for verdict in
            [Verdict::Taken, Verdict::NotEvaluable, Verdict::NotAnswered, Verdict::NoBanner, Verdict::BotWall]
        {
            Trial::new().answered(Reject, verdict).check(super::RULE.id, &[]);
        }
        Trial::new().answered(Accept, Verdict::NotKept).check(super::RULE.id, &[]);
    }
}
