//! One tag-manager container twice on a page.

use pixelproof_model::{Actor, Area, Install, Severity, Via};

use super::{
    Check, Draft, Example, PageContext, Rule,
    copies::{self, Copy},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "duplicate-container",
    severity: Severity::Warning,
    area: Area::Duplicates,
    actor: Actor::TagManager,
    what: "The same tag-manager container is on a page more than once.",
    why: "Each copy starts the container's tags, so every pixel and event in it may fire once per copy.",
    fix: "Keep one copy of the container's snippet, as high in the head as possible.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "the container in theme and plugin",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title>\
                 <script async src='https://www.googletagmanager.com/gtm.js?id=GTM-K7Q2M9X'></script>\
                 <script async src='https://www.googletagmanager.com/gtm.js?id=GTM-K7Q2M9X'></script>",
            )],
            expect: &[
                "Google Tag Manager GTM-K7Q2M9X is on the page twice.",
            ],
        },
        Example {
            name: "a container with its fallback",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title>\
                 <script async src='https://www.googletagmanager.com/gtm.js?id=GTM-K7Q2M9X'></script>\
                 <noscript><iframe src='https://www.googletagmanager.com/ns.html?id=GTM-K7Q2M9X'></iframe></noscript>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let containers: Vec<&Install> = context
        .page
        .installs
        .iter()
        .filter(|i| copies::runs(i.state, i.via) && i.via != Via::Image && i.account.is_some())
        .filter(|i| words::is_container(context.catalogue, &i.vendor))
        .collect();
    copies::sets(
        containers.iter().copied(),
        |i| i.into(),
        |a, b| a.vendor == b.vendor && a.account == b.account && a.at != b.at,
    )
    .into_iter()
    .filter(|set| set.len() > 1)
    .map(|set| draft(context, &set))
    .collect()
}

fn draft(context: &PageContext<'_>, set: &[&Install]) -> Draft {
    let first = set[0];
    let copies: Vec<Copy<'_>> = set.iter().map(|i| Copy::from(*i)).collect();
    let cause = copies::cause(context.page, &first.vendor, &copies);
    let name = words::pixel_name(context.catalogue, &first.vendor, first.account.as_deref());
    Draft {
        vendor: Some(first.vendor.clone()),
        account: first.account.clone(),
        key: format!("{} {}", set.len(), cause.key),
        message: format!("{name} is on the page {}.", words::times(set.len())),
        cause: (!cause.one_place).then_some(cause.text),
        evidence: copies::evidence(context.page, &copies, "copy"),
        ..Draft::default()
    }
}
