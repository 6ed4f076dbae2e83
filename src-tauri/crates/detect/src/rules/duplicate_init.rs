//! One account initialised more than once on a page.

use pixelproof_model::{Actor, Area, Install, Severity};

use super::{
    Check, Draft, Example, PageContext, Rule,
    copies::{self, Copy},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "duplicate-init",
    severity: Severity::Error,
    area: Area::Duplicates,
    actor: Actor::Developer,
    what: "One account is initialised more than once on a page.",
    why: "Two installs drift apart: whoever changes or removes one leaves the other, and every event that both declare \
          can be counted twice.",
    fix: "Keep one install, the one that the site's team maintains, and remove the other.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "two whole snippets",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title>\
                 <script async src='https://www.googletagmanager.com/gtag/js?id=G-7K2M9QX4TB'></script>\
                 <script>window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}\
                 gtag('js', new Date()); gtag('config', 'G-7K2M9QX4TB');</script>\
                 <script async src='https://www.googletagmanager.com/gtag/js?id=G-7K2M9QX4TB'></script>\
                 <script>window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}\
                 gtag('js', new Date()); gtag('config', 'G-7K2M9QX4TB');</script>",
            )],
            expect: &[
                "Google Analytics 4 G-7K2M9QX4TB is initialised twice. Two whole snippets stand in the page's own code.",
            ],
        },
        Example {
            name: "one snippet that says it twice",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('init', '480011223344556');\
                 fbq('track', 'PageView');</script>",
            )],
            expect: &[
                "Meta Pixel 480011223344556 is initialised twice. The page's own code says it more than once.",
            ],
        },
        Example {
            name: "two accounts, and a fallback beside the script",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('init', '590022334455667');\
                 fbq('track', 'PageView');</script><noscript><img height='1' width='1' \
                 src='https://www.facebook.com/tr?id=480011223344556&ev=PageView&noscript=1'></noscript>",
            )],
            expect: &[],
        },
        Example {
            name: "alternatives of a branch",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>if (location.hash) { fbq('init', '480011223344556'); } else {\
                 fbq('init', '480011223344556'); } fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    // A container twice is a matter of its own.
    let inits: Vec<&Install> = copies::inits(context.page)
        .filter(|i| i.account.is_some() && !words::is_container(context.catalogue, &i.vendor))
        .collect();
    copies::sets(
        inits.iter().copied(),
        |i| i.into(),
        |a, b| a.vendor == b.vendor && a.account == b.account,
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
        message: format!("{name} is initialised {}. {}", words::times(set.len()), cause.text),
        why: why(context, &first.vendor),
        fix: (!cause.one_place).then(|| {
            "Decide which of the two keeps the pixel. Switch it off in the other: in a plugin's or platform's settings by \
             emptying the pixel id, in the template by deleting the snippet."
                .to_owned()
        }),
        cause: Some(cause.text),
        evidence: copies::evidence(context.page, &copies, "initialisation"),
        ..Draft::default()
    }
}

/// What this vendor's library does with a second initialisation, where that is known.
fn why(context: &PageContext<'_>, vendor: &str) -> Option<String> {
    let vendor = context.catalogue.get(vendor)?;
    let behaviour = &vendor.behaviour;
    behaviour.source.as_ref()?;
    Some(if behaviour.init_repeat_sends_again {
        format!("{}'s library sends its page view again at each initialisation, so every visit counts more than once.", vendor.name)
    } else {
        format!(
            "{}'s library ignores the second initialisation itself. But both installs send their own events, which can \
             then count twice, and whoever changes one leaves the other as it is.",
            vendor.name
        )
    })
}
