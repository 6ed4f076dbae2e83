//! What leaves after a refusal.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_model::{Actor, Area, Pass, PassPhase, Severity, Verdict};

use super::{
    Check, Draft, Rule,
    kept::{Kept, kept},
    seen::{Need, Pixel, Seen, Sent, consent},
};

pub(super) static RULE: Rule = Rule {
    id: "fires-after-reject",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "Tracking requests leave, or a tracker stores something, although the visitor has refused, and the refusal was seen \
           to be taken.",
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
    let mut stored = stored(seen);
    let mut drafts: Vec<Draft> = Vec::new();
    for pixel in seen.pixels(|sent| sent.beacon.pass == Pass::Reject) {
        // What a vendor stores is told with its first account that sends.
        let kept = stored.get(pixel.vendor);
        if let Some(draft) = draft(seen, &pixel, kept) {
            drafts.push(draft);
            stored.remove(pixel.vendor);
        }
    }
    drafts.extend(stored.into_iter().map(|(vendor, kept)| {
        let name = seen.name(vendor, None);
        let does = if kept.has_cookies() { "sets cookies" } else { "keeps data in the browser" };
        Draft {
            vendor: Some(vendor.to_owned()),
            key: "cookies".to_owned(),
            message: format!("{name} {does} although the visitor has refused and the refusal was seen to be taken."),
            cause: cause(seen),
            evidence: kept.evidence(seen.page),
            ..Draft::default()
        }
    }));
    drafts
}

/// What trackers stored after the click and not before. Of one that was there before it, which may have had more under way,
/// only later pages count.
fn stored<'a>(seen: &Seen<'a>) -> BTreeMap<&'a str, Kept<'a>> {
    let before = kept(seen, |pass, phase| pass == Pass::Reject && phase == Some(PassPhase::Before));
    let sent = seen.sent.iter().filter(|sent| sent.beacon.pass == Pass::Reject && sent.beacon.phase == PassPhase::Before);
    let ran: BTreeSet<&str> = before.keys().copied().chain(sent.map(|sent| sent.vendor)).collect();
    let later = |phase| matches!(phase, Some(PassPhase::Again | PassPhase::Second));
    let mut stored = kept(seen, |pass, phase| pass == Pass::Reject && (later(phase) || phase == Some(PassPhase::After)));
    let on_later_pages = kept(seen, |pass, phase| pass == Pass::Reject && later(phase));
    stored.retain(|vendor, _| !ran.contains(vendor));
    stored.extend(on_later_pages.into_iter().filter(|(vendor, _)| ran.contains(vendor)));
    stored
}

fn cause(seen: &Seen<'_>) -> Option<String> {
    consent(seen.page, Pass::Reject).map(|consent| format!("The refusal: {}.", consent.why))
}

fn draft(seen: &Seen<'_>, pixel: &Pixel<'_, '_>, kept: Option<&Kept<'_>>) -> Option<Draft> {
    // A pixel that ran before the click may have had more under way when it came: for it only later pages count.
    let ran = pixel.sent.iter().any(|sent| sent.beacon.phase == PassPhase::Before);
    let parts: &[(PassPhase, &str)] = &[
        (PassPhase::After, "on the same page after the refusal"),
        (PassPhase::Again, "on the page loaded again after the refusal"),
        (PassPhase::Second, "on a second page after the refusal"),
    ];
    let counted = parts.iter().filter(|(phase, _)| !ran || *phase != PassPhase::After);
    let against: Vec<(&Sent<'_>, &str)> = counted
        .flat_map(|(phase, note)| pixel.sent.iter().filter(|sent| sent.beacon.phase == *phase).map(|sent| (*sent, *note)))
        .collect();
    if against.is_empty() {
        return None;
    }
    let name = seen.name(pixel.vendor, pixel.account.as_deref());
    let cookieless = kept.is_none_or(Kept::is_empty) && against.iter().all(|(sent, _)| sent.says_denied());
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
        cause: cause(seen),
        evidence: pieces
            .map(|(sent, note)| seen.evidence(sent, note))
            .chain(kept.into_iter().flat_map(|kept| kept.evidence(seen.page)))
            .collect(),
        ..Draft::default()
    })
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{
        Pass::{Accept, Reject},
        PassPhase::{After, Again, Before, Second},
        StorageArea::{Local, Session},
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
        taken().sent(Reject, After, "https://www.googletagmanager.com/a?id=GTM-ABC123&v=3").check(RULE, &[]);
    }

    #[test]
    fn what_is_stored_after_the_refusal_is_held_against_it_and_what_was_there_before_is_not() {
        const COOKIES: &str =
            "Meta Pixel sets cookies although the visitor has refused and the refusal was seen to be taken.";
        const STORES: &str =
            "HubSpot keeps data in the browser although the visitor has refused and the refusal was seen to be taken.";
        let taken = || Trial::new().answered(Reject, Verdict::Taken);
        let set = |trial: Trial, phase| trial.cookie(Reject, "_fbp", 90.0).page(move |page| page.cookies[0].phase = phase);
        for (phase, wanted) in [
            (Some(Before), &[][..]),
            (None, &[]),
            (Some(After), &[COOKIES]),
            (Some(Again), &[COOKIES]),
            (Some(Second), &[COOKIES]),
        ] {
            set(taken(), phase).check(RULE, wanted);
        }
        set(taken().sent(Reject, Before, META), Some(After)).check(RULE, &[]);
        set(taken().sent(Reject, Before, META), Some(Again)).check(RULE, &[COOKIES]);
        set(taken().sent(Reject, Again, META), Some(Again)).check(RULE, &[FIRES]);
        let kept = |area, phase| taken().stored(Reject, phase, area, "hubspot");
        kept(Local, After).check(RULE, &[STORES]);
        kept(Local, Before).check(RULE, &[]);
        kept(Session, After).check(RULE, &[]);
        set(Trial::new().answered(Reject, Verdict::NotEvaluable), Some(After)).check(RULE, &[]);
        let denied = taken().sent(Reject, After, GA4_DENIED).cookie(Reject, "_ga", 400.0);
        denied.page(|page| page.cookies[0].phase = Some(After)).check(
            RULE,
            &["Google Analytics 4 G-AB12CD34EF sends data although the visitor has refused and the refusal was seen to be taken."],
        );
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
