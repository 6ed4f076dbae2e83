//! Advertising and recording where a page says something sensitive of whoever opens it.

use std::collections::BTreeSet;

use pixelproof_model::{Actor, Area, Evidence, Install, PageKind, Severity};

use super::{Check, Draft, Example, PageContext, Rule, copies, topics, words};
use crate::catalogue::Purpose;

pub(super) static RULE: Rule = Rule {
    id: "sensitive-page",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "An advertising pixel or a session recorder runs on a page whose address and title say something sensitive of its \
           visitor.",
    why: "With each request the pixel's company gets the page's address, often its title, and an identifier of the visitor: \
          enough to conclude something about health, money, beliefs or a login. Consent rarely covers that.",
    fix: "Take the pixel off these pages, or send it neither address nor title of the page. Judge it with whoever answers for \
          data protection.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "an advertising pixel on a page about an illness",
            pages: &[(
                "/treatments/hiv-test",
                "<!doctype html><title>HIV test at home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &["Meta Pixel 480011223344556 runs on a page about health, and its address and title go along."],
        },
        Example {
            name: "an advertising pixel on a login page",
            pages: &[(
                "/login",
                "<!doctype html><title>Log in</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>\
                 <form><input name=user><input type=password name=pass></form>",
            )],
            expect: &["Meta Pixel 480011223344556 runs on a page on which visitors log in."],
        },
        Example {
            name: "the same words in a product's name alone",
            pages: &[(
                "/product/7",
                "<!doctype html><title>Depression glass</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
        Example {
            name: "statistics on a page about an illness",
            pages: &[(
                "/treatments/hiv-test",
                "<!doctype html><title>HIV test at home</title><script async src='https://www.googletagmanager.com/gtag/js?id=G-AB12CD34EF'></script>\
                 <script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());\
                 gtag('config','G-AB12CD34EF');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let page = context.page;
    let about = topics::about(page);
    let logs_in = page.kinds.contains(&PageKind::Login);
    if about.is_none() && !logs_in {
        return Vec::new();
    }
    let mut told = BTreeSet::new();
    let mut drafts = Vec::new();
    for install in page.installs.iter().filter(|install| copies::is_active(install)) {
        let Some(vendor) = context.catalogue.get(&install.vendor) else { continue };
        let replay = vendor.purpose == Purpose::SessionReplay;
        // Where visitors log in, recorders are told of by the rule about them.
        let counts = vendor.purpose == Purpose::Advertising || replay && about.is_some();
        if !counts || !told.insert((&install.vendor, &install.account)) {
            continue;
        }
        let pixel = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
        let does = if replay { "records visitors" } else { "runs" };
        let (key, message, severity) = match &about {
            Some(about) => (
                about.topic.words(),
                format!("{pixel} {does} on a page about {}, and its address and title go along.", about.topic.words()),
                about.telling.then_some(Severity::Warning),
            ),
            None => ("login", format!("{pixel} {does} on a page on which visitors log in."), None),
        };
        let mut evidence = vec![words::of_install(page, install, "runs here")];
        evidence.extend(about.as_ref().map(|about| {
            let (place, title) = &about.words;
            words::of_page(page, format!("“{place}” in the address, “{title}” in the title"))
        }));
        evidence.extend(sent(context, install));
        drafts.push(Draft {
            severity,
            vendor: Some(install.vendor.clone()),
            account: install.account.clone(),
            key: key.to_owned(),
            message,
            evidence,
            ..Draft::default()
        });
    }
    drafts
}

/// The first request to the vendor that a browser saw, where one looked.
fn sent(context: &PageContext<'_>, install: &Install) -> Option<Evidence> {
    let beacon = context.page.beacons.iter().find(|beacon| beacon.vendor.as_ref() == Some(&install.vendor))?;
    let excerpt = beacon.url.chars().take(pixelproof_model::MAX_EXCERPT).collect();
    let note = format!("seen leaving in the pass {}", beacon.pass.name());
    Some(Evidence { excerpt: Some(excerpt), ..words::of_page(context.page, note) })
}
