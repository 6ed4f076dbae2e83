//! Personal data in the page address that a request carries.

use std::collections::BTreeSet;

use pixelproof_model::{Actor, Area, Severity};

use super::{
    Check, Draft, Rule,
    pii::{self, is_of_site},
    seen::{Need, Seen},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "personal-data-in-url",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "A request to a third party holds personal data in the address of the page.",
    why: "Addresses end up in logs and reports of everybody who receives them, in clear or in an encoding that \
          anyone reverses.",
    fix: "Keep personal data out of addresses: send forms by POST and redirect to a page without parameters.",
    needs_browser: true,
    check: Check::Browser(Need::Any, check),
    examples: &[],
};

/// Pieces of evidence for each value.
const PIECES: usize = 4;

/// What the address holds, and who got it.
struct Leak {
    what: &'static str,
    field: String,
    masked: String,
    /// Vendors, with the host that each request went to.
    to: BTreeSet<(String, String)>,
}

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let mut leaks: Vec<Leak> = Vec::new();
    for sent in seen.sent.iter().filter(|sent| !is_of_site(Some(&sent.host()), &seen.page.url)) {
        for found in pii::find(sent, &seen.page.url).into_iter().filter(|found| found.in_address) {
            let (what, masked) = (found.kind.name(), found.masked());
            let to = (seen.name(sent.vendor, None), sent.host());
            match leaks.iter_mut().find(|leak| leak.what == what && leak.field == found.field) {
                Some(leak) => _ = leak.to.insert(to),
                None => leaks.push(Leak { what, field: found.field, masked, to: BTreeSet::from([to]) }),
            }
        }
    }
    leaks.iter().map(|leak| draft(seen, leak)).collect()
}

fn draft(seen: &Seen<'_>, leak: &Leak) -> Draft {
    let vendors: BTreeSet<&String> = leak.to.iter().map(|(vendor, _)| vendor).collect();
    let vendors: Vec<&String> = vendors.into_iter().collect();
    let place = match leak.field.as_str() {
        "" => "in its path".to_owned(),
        field => format!("in the parameter {}", field.chars().take(MAX_FIELD).collect::<String>()),
    };
    let pieces = leak.to.iter().take(PIECES);
    Draft {
        key: format!("{} {}", leak.what, leak.field),
        message: format!("The page's address holds {} {place}, and it is sent to {}.", leak.what, words::list(&vendors)),
        evidence: pieces
            .map(|(vendor, host)| words::of_page(seen.page, format!("{}, sent to {vendor} at {host}", leak.masked)))
            .collect(),
        ..Draft::default()
    }
}

/// Longest name of a parameter in a message.
const MAX_FIELD: usize = 60;

#[cfg(test)]
mod tests {
    use pixelproof_model::{Pass::None, PassPhase::Before};

    use crate::rules::trial::Trial;

    const META: &str = "https://www.facebook.com/tr/?id=480011223344556&ev=PageView&dl=";
    const GA4: &str = "https://www.google-analytics.com/g/collect?v=2&tid=G-AB12CD34EF&cid=1.2&en=page_view&dl=";

    #[test]
    fn the_address_of_a_page_is_told_once_with_all_who_get_it() {
        let rule = super::RULE.id;
        let sent = |address: &str| {
            let page = Trial::new().looked(None);
            page.sent(None, Before, &format!("{META}{address}")).sent(None, Before, &format!("{GA4}{address}"))
        };
        let both = "The page's address holds an e-mail address in the parameter mail, and it is sent to Google Analytics 4 and Meta Pixel.";
        sent("https%3A%2F%2Fshop.example%2F%3Fmail%3Djane%2540shop.example").check(rule, &[both]);
        sent("https%3A%2F%2Fwww.shop.example%2F%3Fmail%3DamFuZUBzaG9wLmV4YW1wbGU%253D").check(rule, &[both]);
        sent("https%3A%2F%2Fshop.example%2Funsubscribe%2Fjane%40shop.example").check(
            rule,
            &["The page's address holds an e-mail address in its path, and it is sent to Google Analytics 4 and Meta Pixel."],
        );
        sent("https%3A%2F%2Fshop.example%2F%3Fq%3Dkettle%26order%3D4111111111111111").check(rule, &[]);
        sent("https%3A%2F%2Fshop.example%2F").check(rule, &[]);
    }
}
