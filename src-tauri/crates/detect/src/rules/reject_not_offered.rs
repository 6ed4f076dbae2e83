//! A banner without a refusal on its first layer.

use pixelproof_model::{Actor, Area, Severity};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen, answers, banner_name, was_shown},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "reject-not-offered",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "The first layer of the consent banner offers no way to refuse.",
    why: "Several authorities hold that refusing must be as easy as agreeing.",
    fix: "Add a refuse button of the same rank to the banner's first layer.",
    needs_browser: true,
    check: Check::Browser(Need::Answer, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let shown: Vec<_> = answers(seen.page).filter(|(_, consent)| was_shown(consent)).collect();
    // The banner may come up more slowly in one pass than in the other: one that offers it is enough.
    let Some((_, first)) = shown.first().filter(|_| shown.iter().all(|(_, consent)| !consent.reject_offered)) else {
        return Vec::new();
    };
    vec![Draft {
        key: first.platform.clone().unwrap_or_default(),
        message: format!("{} offers no way to refuse on its first layer.", banner_name(first)),
        evidence: vec![words::of_page(seen.page, "a banner without a button that refuses")],
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
    fn a_banner_that_only_agrees_is_told_from_one_that_offers_both_and_from_none() {
        const NONE: &[&str] = &["The banner (Complianz) offers no way to refuse on its first layer."];
        for (verdict, offered, expect) in [
            (Verdict::NotAnswered, false, NONE),
            (Verdict::Taken, false, NONE),
            (Verdict::Taken, true, &[]),
            (Verdict::NoBanner, false, &[]),
            (Verdict::BotWall, false, &[]),
        ] {
            Trial::new().banner(Reject, verdict, offered).check(super::RULE.id, expect);
        }
        let slow = Trial::new().banner(Reject, Verdict::NotAnswered, false).banner(Accept, Verdict::Taken, true);
        slow.check(super::RULE.id, &[]);
        Trial::new().looked(Reject).check(super::RULE.id, &[]);
    }
}
