//! A vendor's library loaded more than once.

use pixelproof_model::{Actor, Area, Library, Severity, State};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};

pub(super) static RULE: Rule = Rule {
    id: "duplicate-library",
    severity: Severity::Warning,
    area: Area::Duplicates,
    actor: Actor::Developer,
    what: "A vendor's library is loaded more than once on a page.",
    why: "The page loads slower, and a library that starts twice may replay what it had already sent.",
    fix: "Load the library once, above all calls that use it.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "two loads, one configuration",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title>\
                 <script async src='https://www.googletagmanager.com/gtag/js?id=G-7K2M9QX4TB'></script>\
                 <script async src='https://www.googletagmanager.com/gtag/js?id=G-7K2M9QX4TB'></script>\
                 <script>window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}\
                 gtag('js', new Date()); gtag('config', 'G-7K2M9QX4TB');</script>",
            )],
            expect: &["The library of Google Analytics 4 G-7K2M9QX4TB is loaded twice."],
        },
        Example {
            name: "one load",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title>\
                 <script async src='https://www.googletagmanager.com/gtag/js?id=G-7K2M9QX4TB'></script>\
                 <script>window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}\
                 gtag('js', new Date()); gtag('config', 'G-7K2M9QX4TB');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let page = context.page;
    let mut sets: Vec<Vec<&Library>> = Vec::new();
    for library in page.libraries.iter().filter(|l| l.state == State::Active) {
        let same = |set: &&mut Vec<&Library>| {
            let first = set[0];
            first.vendor == library.vendor && first.account == library.account && first.src == library.src
        };
        match sets.iter_mut().find(same) {
            // One place in the source is one load, however many forms describe it.
            Some(set) if set.iter().any(|l| l.at == library.at) => {}
            Some(set) => set.push(library),
            None => sets.push(vec![library]),
        }
    }
    sets.retain(|set| set.len() > 1 && !has_cause_elsewhere(context, set[0]));
    sets.iter().map(|set| draft(context, set)).collect()
}

/// A second container, or a second snippet whose initialisation is a finding already: the load comes with it.
fn has_cause_elsewhere(context: &PageContext<'_>, library: &Library) -> bool {
    words::is_container(context.catalogue, &library.vendor)
        || copies::sets(
            copies::inits(context.page).filter(|i| i.vendor == library.vendor),
            |i| i.into(),
            |a, b| a.account == b.account,
        )
        .iter()
        .any(|set| set.len() > 1)
        // The guard of a base code skips the load when the library is there, so several base codes load it once.
        || copies::inits(context.page).filter(|i| i.vendor == library.vendor).count() > 1
}

fn draft(context: &PageContext<'_>, set: &[&Library]) -> Draft {
    let first = set[0];
    let name = words::pixel_name(context.catalogue, &first.vendor, first.account.as_deref());
    let evidence = set.iter().enumerate().take(super::MAX_EVIDENCE).map(|(i, library)| {
        words::evidence(context.page, &library.at, &library.src, format!("{} load", words::ordinal(i)))
    });
    Draft {
        vendor: Some(first.vendor.clone()),
        account: first.account.clone(),
        key: set.len().to_string(),
        message: format!("The library of {name} is loaded {}.", words::times(set.len())),
        evidence: evidence.collect(),
        ..Draft::default()
    }
}
