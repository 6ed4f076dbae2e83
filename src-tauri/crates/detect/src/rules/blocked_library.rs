//! A library that doesn't load.

use pixelproof_model::{Actor, Area, Evidence, MAX_EXCERPT, Severity};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "blocked-library",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A vendor's library failed to load, so nothing of its pixel is sent.",
    why: "The code is in place and looks right, and no event ever arrives.",
    fix: "Read the reason: a content security policy that lacks the host, an address that no longer exists, or a \
          blocker.",
    needs_browser: true,
    check: Check::Browser(Need::Any, check),
    examples: &[],
};

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for failed in &seen.page.failed_libraries {
        // Another copy may have come through.
        let sends = |e: &super::seen::Sent<'_>| e.vendor == failed.vendor && e.beacon.pass == failed.pass && !e.events.is_empty();
        if seen.sent.iter().any(sends) {
            continue;
        }
        let address = failed.url.split(['?', '#']).next().unwrap_or_default();
        let key = format!("{address} {}", failed.reason);
        if drafts.iter().any(|draft| draft.key == key && draft.vendor.as_ref() == Some(&failed.vendor)) {
            continue;
        }
        let note = format!("{address} in the pass {}: {}", failed.pass.name(), failed.reason);
        drafts.push(Draft {
            vendor: Some(failed.vendor.clone()),
            key,
            message: format!("The library of {} did not load: {}.", seen.name(&failed.vendor, None), failed.reason),
            evidence: vec![Evidence { excerpt: Some(excerpt(&failed.url)), ..words::of_page(seen.page, note) }],
            ..Draft::default()
        });
    }
    drafts
}

fn excerpt(url: &str) -> String {
    url.chars().take(MAX_EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{FailedLibrary, Pass::None, PassPhase::Before};

    use crate::rules::trial::{META, Trial};

    #[test]
    fn a_library_that_did_not_load_is_said_unless_its_events_came_all_the_same() {
        let failed = |trial: Trial| {
            trial.page(|page| {
                page.failed_libraries.push(FailedLibrary {
                    pass: None,
                    vendor: "meta-pixel".to_owned(),
                    url: "https://connect.facebook.net/en_US/fbevents.js".to_owned(),
                    reason: "its host name is not known".to_owned(),
                });
            })
        };
        let page = || Trial::new().looked(None);
        failed(failed(page())).check(super::RULE.id, &["The library of Meta Pixel did not load: its host name is not known."]);
        failed(page()).sent(None, Before, META).check(super::RULE.id, &[]);
        page().check(super::RULE.id, &[]);
    }
}
