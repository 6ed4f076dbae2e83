//! What leaves after a refusal.

use pixelproof_model::{Actor, Area, Pass, PassPhase, Severity, Verdict};

use super::{
    Check, Draft, Rule,
    seen::{Need, Pixel, Seen, Sent, consent},
};

pub(super) static RULE: Rule = Rule {
    id: "fires-after-reject",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "Tracking requests leave although the visitor has refused, and the refusal was seen to be taken.",
    why: "The banner promises a choice that the page doesn't keep.",
    fix: "Find the pixel that doesn't listen to the platform's answer and gate it; also those that a tag-manager \
          container starts.",
    needs_browser: true,
    check: Check::Browser(Need::RefusalTaken, check),
    examples: &[],
};

/// Pieces of evidence for each part of the pass.
const PIECES: usize = 2;

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    if consent(seen.page, Pass::Reject).is_none_or(|consent| consent.verdict != Verdict::Taken) {
        return Vec::new();
    }
    let pixels = seen.pixels(|sent| sent.beacon.pass == Pass::Reject);
    pixels.iter().filter_map(|pixel| draft(seen, pixel)).collect()
}

/// The part of the pass that a request belongs to. What is sent while the first page is left is that page's.
fn part(sent: &Sent<'_>) -> PassPhase {
    match sent.beacon.phase {
        PassPhase::Again if sent.beacon.leaving => PassPhase::After,
        phase => phase,
    }
}

fn draft(seen: &Seen<'_>, pixel: &Pixel<'_, '_>) -> Option<Draft> {
    // A pixel that ran before the click may have had more under way when it came: for it only later pages count.
    let ran = pixel.sent.iter().any(|sent| part(sent) == PassPhase::Before);
    let parts: &[(PassPhase, &str)] = &[
        (PassPhase::After, "on the same page after the refusal"),
        (PassPhase::Again, "on the page loaded again after the refusal"),
        (PassPhase::Second, "on a second page after the refusal"),
    ];
    let counted = parts.iter().filter(|(phase, _)| !ran || *phase != PassPhase::After);
    let against: Vec<(&Sent<'_>, &str)> = counted
        .flat_map(|(phase, note)| pixel.sent.iter().filter(|sent| part(sent) == *phase).map(|sent| (*sent, *note)))
        .collect();
    if against.is_empty() {
        return None;
    }
    let name = seen.name(pixel.vendor, pixel.account.as_deref());
    let cookieless = against.iter().all(|(sent, _)| sent.says_denied());
    let message = match cookieless {
        true => format!("{name} is told of the visit although the visitor has refused, in requests that say that consent is denied."),
        false => format!("{name} sends data although the visitor has refused and the refusal was seen to be taken."),
    };
    let pieces = parts.iter().flat_map(|(_, note)| against.iter().filter(move |(_, of)| of == note).take(PIECES));
    Some(Draft {
        severity: cookieless.then_some(Severity::Warning),
        vendor: Some(pixel.vendor.to_owned()),
        account: pixel.account.clone(),
        key: if cookieless { "denied" } else { "" }.to_owned(),
        message,
        cause: consent(seen.page, Pass::Reject).map(|consent| format!("The refusal: {}.", consent.why)),
        evidence: pieces.map(|(sent, note)| seen.evidence(sent, note)).collect(),
        ..Draft::default()
    })
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{
        Pass::{Accept, Reject},
        PassPhase::{After, Again, Before, Second},
        Verdict,
    };

    use crate::rules::trial::{GA4_DENIED, META, Trial};

    const RULE: &str = super::RULE.id;
    const FIRES: &str =
        "Meta Pixel 480011223344556 sends data although the visitor has refused and the refusal was seen to be taken.";

    #[test]
    fn what_comes_after_a_refusal_that_was_taken_is_held_against_it() {
        let taken = || Trial::new().answered(Reject, Verdict::Taken);
        for phase in [After, Again, Second] {
            taken().sent(Reject, phase, META).check(RULE, &[FIRES]);
        }
        taken().sent(Reject, Before, META).sent(Reject, Again, META).check(RULE, &[FIRES]);
        taken().sent(Reject, After, GA4_DENIED).check(
            RULE,
            &["Google Analytics 4 G-AB12CD34EF is told of the visit although the visitor has refused, in requests that say that consent is denied."],
        );
    }

    #[test]
    fn what_was_sent_or_under_way_before_the_click_is_not() {
        let taken = || Trial::new().answered(Reject, Verdict::Taken);
        taken().check(RULE, &[]);
        taken().sent(Reject, Before, META).check(RULE, &[]);
        taken().sent(Reject, Before, META).sent(Reject, After, META).check(RULE, &[]);
        let leaving = taken().sent(Reject, Before, META).sent(Reject, Again, META).with(|beacon| beacon.leaving = true);
        leaving.check(RULE, &[]);
        taken().sent(Reject, After, "https://www.googletagmanager.com/a?id=GTM-ABC123&v=3").check(RULE, &[]);
    }

    #[test]
    fn a_refusal_that_was_not_seen_to_be_taken_proves_nothing() {
        for verdict in
            [Verdict::NotEvaluable, Verdict::NotKept, Verdict::NotAnswered, Verdict::NoBanner, Verdict::BotWall]
        {
            Trial::new().answered(Reject, verdict).sent(Reject, After, META).check(RULE, &[]);
        }
        Trial::new().answered(Accept, Verdict::Taken).sent(Accept, After, META).check(RULE, &[]);
    }
}
