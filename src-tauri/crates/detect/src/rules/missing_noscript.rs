//! The fallback for visitors without JavaScript, where the vendor's own code has one.

use pixelproof_model::{Actor, Area, Install, Severity, State, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, invalid_account, words};

pub(super) static RULE: Rule = Rule {
    id: "missing-noscript",
    severity: Severity::Info,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "The fallback that the vendor documents for visitors without JavaScript is absent.",
    why: "Visits without JavaScript are not counted. They are few; many sites leave the fallback out on purpose, and one \
          that is not under consent control is worse than none.",
    fix: "Add the noscript part of the vendor's code if these visits matter to you, under the same consent rule as the \
          script.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a script without its fallback",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &["Meta Pixel 480011223344556 has no fallback for visitors without JavaScript."],
        },
        Example {
            name: "with its fallback",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>\
                 <noscript><img height='1' width='1' \
                 src='https://www.facebook.com/tr?id=480011223344556&ev=PageView&noscript=1'></noscript>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let page = context.page;
    let lacks = |i: &&Install| {
        i.state == State::Active
            && matches!(i.via, Via::Script)
            && i.account.is_some()
            && !i.by_events
            && copies::is_own(page, &i.at)
            && !page.installs.iter().any(|other| {
                other.vendor == i.vendor && other.account == i.account && matches!(other.via, Via::Noscript | Via::Image)
            })
    };
    page.installs.iter().filter(lacks).filter_map(|install| draft(context, install)).collect()
}

fn draft(context: &PageContext<'_>, install: &Install) -> Option<Draft> {
    if !install.account.as_deref().is_some_and(|a| invalid_account::is_plausible(context.catalogue, &install.vendor, a)) {
        return None;
    }
    let documented = context.catalogue.get(&install.vendor)?.snippet.as_ref()?;
    if !documented.contains("<noscript") {
        return None;
    }
    let pixel = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
    Some(Draft {
        vendor: Some(install.vendor.clone()),
        account: install.account.clone(),
        key: String::new(),
        message: format!("{pixel} has no fallback for visitors without JavaScript."),
        snippet: words::snippet(context.catalogue, &install.vendor, install.account.as_deref()),
        evidence: vec![words::of_install(context.page, install, "the script, with no noscript part on the page")],
        ..Draft::default()
    })
}
