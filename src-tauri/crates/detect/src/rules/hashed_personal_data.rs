//! Matching data sent as hashes.

use std::collections::BTreeSet;

use pixelproof_model::{Actor, Area, Severity};

use super::{
    Check, Draft, MAX_EVIDENCE, Rule,
    seen::{Need, Pixel, Seen},
    typed, words,
};

pub(super) static RULE: Rule = Rule {
    id: "hashed-personal-data",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "A pixel sends personal data as a hash, for matching with accounts of the platform.",
    why: "A hash of an e-mail address or phone number is still personal data: the platform recognises its owner by \
          it.",
    fix: "Check that the privacy policy names it, that consent covers it, and that values are normalised before \
          they are hashed.",
    needs_browser: true,
    check: Check::Browser(Need::Any, check),
    examples: &[],
};

/// Hashes of nothing, SHA-256 and MD5: of an empty text, of `undefined`, of `null`.
const OF_NOTHING: &[&str] = &[
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c",
    "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
    "d41d8cd98f00b204e9800998ecf8427e",
    "5e543256c480ac577d30f76f9120eb74",
    "37a6259cc0c1dae299a7866489dff0bd",
];

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let sent = seen.pixels(|_| true);
    let sent = sent.iter().flat_map(|pixel| [hashed(seen, pixel), of_nothing(seen, pixel)]).flatten();
    sent.chain(typed::drafts(seen, |leak| leak.hashed)).collect()
}

fn hashed(seen: &Seen<'_>, pixel: &Pixel<'_, '_>) -> Option<Draft> {
    let events = pixel.sent.iter().flat_map(|sent| &sent.events).filter(|event| event.account == pixel.account);
    let fields: BTreeSet<(&str, &str)> = events
        .flat_map(|event| &event.user_data)
        .filter(|(_, form)| *form != "plain")
        .map(|(field, form)| (field.as_str(), form.as_str()))
        .collect();
    if fields.is_empty() {
        return None;
    }
    let named: Vec<String> = fields.iter().map(|(field, form)| format!("{field} ({form})")).collect();
    let carries = |e: &pixelproof_model::DecodedEvent| e.user_data.values().any(|form| form != "plain");
    let pieces = pixel.sent.iter().filter(|sent| sent.events.iter().any(carries)).take(MAX_EVIDENCE / 2);
    let name = seen.name(pixel.vendor, pixel.account.as_deref());
    Some(Draft {
        vendor: Some(pixel.vendor.to_owned()),
        account: pixel.account.clone(),
        key: named.join(" "),
        message: format!("{name} gets personal data as hashes: {}.", words::list(&named)),
        evidence: pieces.map(|sent| seen.evidence(sent, "with hashes")).collect(),
        ..Draft::default()
    })
}

/// A hash of a value that wasn't there matches nobody.
fn of_nothing(seen: &Seen<'_>, pixel: &Pixel<'_, '_>) -> Option<Draft> {
    let holds = |text: &str| OF_NOTHING.iter().any(|hash| text.contains(hash));
    let sent = pixel.sent.iter().find(|s| holds(&s.beacon.url) || s.beacon.body.as_deref().is_some_and(holds))?;
    let name = seen.name(pixel.vendor, pixel.account.as_deref());
    Some(Draft {
        vendor: Some(pixel.vendor.to_owned()),
        account: pixel.account.clone(),
        key: "of nothing".to_owned(),
        message: format!("{name} gets the hash of an empty value, which matches nobody."),
        why: Some("The page hashes a field that it doesn't have. The match that was wanted never comes about.".to_owned()),
        fix: Some("Leave the field out where there is no value.".to_owned()),
        actor: Some(Actor::Developer),
        evidence: vec![seen.evidence(sent, "with the hash of an empty value")],
        ..Draft::default()
    })
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{Pass::Accept, PassPhase::After};

    use crate::rules::trial::{META, Trial};

    #[test]
    fn hashes_in_matching_fields_are_said_and_those_of_nothing_too() {
        let rule = super::RULE.id;
        let sent = |more: &str| Trial::new().looked(Accept).sent(Accept, After, &format!("{META}{more}"));
        let hash = "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d";
        sent(&format!("&ud[em]={hash}&ud[ph]={hash}")).check(
            rule,
            &["Meta Pixel 480011223344556 gets personal data as hashes: em (sha256) and ph (sha256)."],
        );
        sent("&ud[em]=0cba00ca3da1b283a57287bcceb17e35").check(
            rule,
            &["Meta Pixel 480011223344556 gets personal data as hashes: em (md5)."],
        );
        sent(&format!("&ud[em]={}", super::OF_NOTHING[0])).check(
            rule,
            &[
                "Meta Pixel 480011223344556 gets personal data as hashes: em (sha256).",
                "Meta Pixel 480011223344556 gets the hash of an empty value, which matches nobody.",
            ],
        );
        sent("").check(rule, &[]);
        sent(&format!("&cd[asset]={hash}")).check(rule, &[]);
    }
}
