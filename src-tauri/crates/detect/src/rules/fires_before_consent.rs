//! What leaves before anybody agrees.

use std::collections::BTreeMap;

use pixelproof_model::{Actor, Area, Evidence, Page, Pass, PassPhase, Severity};

use super::{
    Check, Draft, MAX_EVIDENCE, Rule,
    kept::{Kept, kept},
    seen::{Need, Pixel, Seen, answers, consent, is_walled, looked, was_shown},
};

pub(super) static RULE: Rule = Rule {
    id: "fires-before-consent",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "A tracking request appears, or a tracker stores something, while the consent banner is still unanswered.",
    why: "The visitor has agreed to nothing yet, and data about the visit has already left for a third party.",
    fix: "Put the pixel behind the consent platform, and check that the platform loads before it.",
    needs_browser: true,
    check: Check::Browser(Need::Unanswered, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    if is_walled(seen.page) || !asks(seen.page) {
        return Vec::new();
    }
    let pixels = seen.pixels(|sent| sent.is_unanswered());
    let mut stored = stored(seen);
    let mut drafts: Vec<Draft> = Vec::new();
    for pixel in pixels {
        // What a vendor stores is told with its first account.
        let kept = stored.remove(pixel.vendor).unwrap_or_default();
        drafts.push(draft(seen, &pixel, &kept));
    }
    drafts.extend(stored.into_iter().map(|(vendor, kept)| Draft {
        vendor: Some(vendor.to_owned()),
        key: "cookies".to_owned(),
        message: match kept.has_cookies() {
            true => format!("{} sets cookies before the visitor has answered the consent banner.", seen.name(vendor, None)),
            false => format!("{} keeps data in the browser before the visitor has answered the consent banner.", seen.name(vendor, None)),
        },
        evidence: kept.evidence(seen.page),
        ..Draft::default()
    }));
    drafts
}

/// Whether the page asks the visitor at all. Where a pass looked for the banner, what it met counts; else a consent
/// platform in the source.
fn asks(page: &Page) -> bool {
    let mut looked = answers(page).peekable();
    match looked.peek() {
        Some(_) => looked.any(|(_, consent)| was_shown(consent)),
        None => !page.consent.platforms.is_empty(),
    }
}

/// What trackers stored: cookies that were there at the end of a pass in which nobody answered, and whatever was seen to be
/// stored before an answer.
fn stored<'a>(seen: &Seen<'a>) -> BTreeMap<&'a str, Kept<'a>> {
    kept(seen, |pass, phase| match pass {
        Pass::None => true,
        Pass::Reject | Pass::Accept => phase == Some(PassPhase::Before) && has(seen.page, pass),
        Pass::Gpc => false,
    })
}

fn draft(seen: &Seen<'_>, pixel: &Pixel<'_, '_>, kept: &Kept<'_>) -> Draft {
    let name = seen.name(pixel.vendor, pixel.account.as_deref());
    let cookieless = kept.is_empty() && pixel.sent.iter().all(|sent| sent.says_denied());
    let passes: Vec<Pass> = [Pass::None, Pass::Reject, Pass::Accept].into_iter().filter(|p| has(seen.page, *p)).collect();
    let first = passes.into_iter().find(|pass| pixel.sent.iter().any(|sent| sent.beacon.pass == *pass));
    let of_pass = pixel.sent.iter().filter(|sent| Some(sent.beacon.pass) == first);
    let mut evidence: Vec<Evidence> =
        of_pass.take(MAX_EVIDENCE / 2).map(|sent| seen.evidence(sent, "with the banner unanswered")).collect();
    evidence.extend(kept.evidence(seen.page));
    let message = match cookieless {
        true => format!("{name} is told of the visit before the visitor has answered the consent banner, in requests that say that consent is denied."),
        false => format!("{name} sends data before the visitor has answered the consent banner."),
    };
    Draft {
        severity: cookieless.then_some(Severity::Warning),
        vendor: Some(pixel.vendor.to_owned()),
        account: pixel.account.clone(),
        key: if cookieless { "denied" } else { "" }.to_owned(),
        message,
        why: cookieless.then(|| {
            "The vendor sets no cookie for such a request, but it still learns of the visit, the page and the visitor's \
             network address. Whether that needs consent is disputed."
                .to_owned()
        }),
        evidence,
        ..Draft::default()
    }
}

fn has(page: &Page, pass: Pass) -> bool {
    looked(page, pass).is_some() && (pass == Pass::None || consent(page, pass).is_some())
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{
        Pass::{Accept, Gpc, None, Reject},
        PassPhase::{After, Again, Before},
        StorageArea::{Local, Session},
        Verdict,
    };

    use crate::rules::trial::{GA4_DENIED, META, Trial};

    const RULE: &str = super::RULE.id;
    const FIRES: &str = "Meta Pixel 480011223344556 sends data before the visitor has answered the consent banner.";

    #[test]
    fn what_leaves_before_an_answer_is_said_where_there_is_something_to_answer() {
        let taken = |trial: Trial| trial.answered(Reject, Verdict::Taken);
        let unanswered = || Trial::new().looked(None);
        unanswered().sent(None, Before, META).check(RULE, &[]);
        taken(unanswered()).sent(None, Before, META).check(RULE, &[FIRES]);
        taken(unanswered()).check(RULE, &[]);
        unanswered().platform("onetrust").sent(None, Before, META).check(RULE, &[FIRES]);
        unanswered().answered(Reject, Verdict::NoBanner).sent(None, Before, META).check(RULE, &[]);
        unanswered().answered(Reject, Verdict::BotWall).sent(None, Before, META).check(RULE, &[]);
        taken(Trial::new()).sent(Reject, Before, META).check(RULE, &[FIRES]);
    }

    #[test]
    fn what_comes_after_the_answer_or_needs_none_is_not_meant() {
        let accepted = || Trial::new().looked(None).answered(Accept, Verdict::Taken);
        accepted().sent(Accept, After, META).sent(Accept, Again, META).check(RULE, &[]);
        accepted().sent(None, Before, "https://www.googletagmanager.com/a?id=GTM-ABC123&v=3").check(RULE, &[]);
        accepted().sent(Gpc, Before, META).check(RULE, &[]);
    }

    #[test]
    fn requests_that_say_that_consent_is_denied_weigh_less_unless_a_cookie_is_set() {
        let unanswered = || Trial::new().looked(None).answered(Reject, Verdict::Taken);
        unanswered().sent(None, Before, GA4_DENIED).check(
            RULE,
            &["Google Analytics 4 G-AB12CD34EF is told of the visit before the visitor has answered the consent banner, in requests that say that consent is denied."],
        );
        let set = unanswered().sent(None, Before, GA4_DENIED).cookie(None, "_ga", 400.0);
        set.check(RULE, &["Google Analytics 4 G-AB12CD34EF sends data before the visitor has answered the consent banner."]);
        unanswered().cookie(None, "_fbp", 90.0).check(
            RULE,
            &["Meta Pixel sets cookies before the visitor has answered the consent banner."],
        );
        unanswered().cookie(Accept, "_fbp", 90.0).cookie(None, "session", 90.0).check(RULE, &[]);
        let set = |phase| unanswered().cookie(Reject, "_fbp", 90.0).page(|page| page.cookies[0].phase = Some(phase));
        set(Before).check(RULE, &["Meta Pixel sets cookies before the visitor has answered the consent banner."]);
        set(After).check(RULE, &[]);
        let kept = |area, phase| unanswered().stored(Reject, phase, area, "hubspot");
        kept(Local, Before).check(
            RULE,
            &["HubSpot keeps data in the browser before the visitor has answered the consent banner."],
        );
        kept(Local, After).check(RULE, &[]);
        kept(Session, Before).check(RULE, &[]);
    }
}
