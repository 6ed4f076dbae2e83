//! Trackers that only a filter list knows.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_model::{Actor, Area, Beacon, Evidence, MAX_EXCERPT, Severity};
use url::Url;

use super::{
    Check, Draft, MAX_EVIDENCE, Rule,
    seen::{Need, Seen},
};

pub(super) static RULE: Rule = Rule {
    id: "unknown-tracker",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "A request goes to a host that a filter list calls a tracker and that the catalogue doesn't know.",
    why: "Nobody may know any more why it is there and who receives what.",
    fix: "Find the script that sends it and remove it, or write down what it is for.",
    needs_browser: true,
    check: Check::Browser(Need::List, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let mut hosts: BTreeMap<String, Vec<(&Beacon, &str)>> = BTreeMap::new();
    for beacon in &seen.page.beacons {
        let Some(rule) = beacon.listed.as_deref() else { continue };
        if let Some(host) = Url::parse(&beacon.url).ok().and_then(|url| url.host_str().map(str::to_owned)) {
            hosts.entry(host).or_default().push((beacon, rule));
        }
    }
    hosts.into_iter().map(|(host, of)| draft(seen, host, &of)).collect()
}

fn draft(seen: &Seen<'_>, host: String, of: &[(&Beacon, &str)]) -> Draft {
    // Once for each address without what changes from one request to the next.
    let mut met = BTreeSet::new();
    let once = of.iter().filter(|(beacon, _)| met.insert(beacon.url.split(['?', '#']).next().unwrap_or_default()));
    let evidence = once.take(MAX_EVIDENCE / 2).map(|(beacon, rule)| Evidence {
        page: seen.page.url.to_string(),
        at: beacon.initiator.clone(),
        excerpt: Some(beacon.url.chars().take(MAX_EXCERPT).collect()),
        note: format!("the list\u{2019}s rule: {rule}"),
    });
    Draft {
        evidence: evidence.collect(),
        message: format!("{host} is called a tracker by a filter list, and the catalogue doesn't know whose it is."),
        key: host,
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{Pass::None, PassPhase::Before};

    use crate::rules::trial::{META, Trial};

    const ODD: &str = "https://odd.example/p.gif?n=";

    #[test]
    fn hosts_that_only_a_list_knows_are_named_once() {
        let rule = super::RULE.id;
        let listed = |trial: Trial, n| {
            trial.sent(None, Before, &format!("{ODD}{n}")).with(|b| b.listed = Some("||odd.example^".to_owned()))
        };
        let page = || Trial::new().looked(None);
        page().sent(None, Before, META).sent(None, Before, &format!("{ODD}0")).check(rule, &[]);
        listed(listed(page().sent(None, Before, META), 1), 2).check(
            rule,
            &["odd.example is called a tracker by a filter list, and the catalogue doesn't know whose it is."],
        );
    }
}
