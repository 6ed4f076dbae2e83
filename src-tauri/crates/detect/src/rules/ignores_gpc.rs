//! Global Privacy Control, unheard.

use pixelproof_model::{Actor, Area, Pass, Severity};

use super::{
    Check, Draft, MAX_EVIDENCE, Rule,
    seen::{Need, Pixel, Seen, looked},
};

pub(super) static RULE: Rule = Rule {
    id: "ignores-gpc",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "With Global Privacy Control switched on, the same requests leave, without any opt-out flag.",
    why: "In several places the signal is a legally binding objection to the sale and sharing of data.",
    fix: "Let the consent platform or the pixels read the signal and hold or restrict what they send.",
    needs_browser: true,
    check: Check::Browser(Need::OptOut, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    // The same requests as without the signal; where no such pass was run, all of them.
    let compared = looked(seen.page, Pass::None).is_some();
    let without = seen.pixels(|sent| sent.beacon.pass == Pass::None);
    let same = |pixel: &Pixel<'_, '_>| {
        !compared || without.iter().any(|other| other.vendor == pixel.vendor && other.account == pixel.account)
    };
    let with = seen.pixels(|sent| sent.beacon.pass == Pass::Gpc && !sent.says_opted_out());
    with.iter().filter(|pixel| same(pixel)).map(|pixel| draft(seen, pixel)).collect()
}

fn draft(seen: &Seen<'_>, pixel: &Pixel<'_, '_>) -> Draft {
    let name = seen.name(pixel.vendor, pixel.account.as_deref());
    let pieces = pixel.sent.iter().take(MAX_EVIDENCE / 2);
    Draft {
        vendor: Some(pixel.vendor.to_owned()),
        account: pixel.account.clone(),
        message: format!("{name} sends the same with Global Privacy Control switched on, without an opt-out flag."),
        evidence: pieces.map(|sent| seen.evidence(sent, "with Global Privacy Control switched on")).collect(),
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{
        Pass::{Gpc, None},
        PassPhase::Before,
    };

    use crate::rules::trial::{GA4, GA4_DENIED, META, Trial};

    #[test]
    fn requests_that_take_no_notice_of_the_signal_are_said() {
        const FIRES: &str = "Meta Pixel 480011223344556 sends the same with Global Privacy Control switched on, without an opt-out flag.";
        let rule = super::RULE.id;
        let both = || Trial::new().looked(None).looked(Gpc);
        both().sent(None, Before, META).sent(Gpc, Before, META).check(rule, &[FIRES]);
        Trial::new().looked(Gpc).sent(Gpc, Before, META).check(rule, &[FIRES]);
        both().sent(None, Before, META).check(rule, &[]);
        both().sent(None, Before, GA4).sent(Gpc, Before, GA4_DENIED).check(rule, &[]);
        both().sent(None, Before, META).sent(Gpc, Before, &format!("{META}&dpo=LDU&dpoco=0&dpost=0")).check(rule, &[]);
        both().sent(None, Before, GA4).sent(Gpc, Before, &format!("{GA4}&npa=1")).check(rule, &[]);
    }
}
