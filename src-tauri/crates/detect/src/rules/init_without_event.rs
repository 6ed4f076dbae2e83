//! A pixel that is initialised and then never used.

use pixelproof_model::{Actor, Area, Install, Severity, Stage, Trigger, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};
use crate::catalogue::{CallForm, Does, Purpose};

pub(super) static RULE: Rule = Rule {
    id: "init-without-event",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A pixel is initialised, but sends nothing, not even the page view.",
    why: "The visit is missing from the platform's reports and audiences although the code seems to be in place.",
    fix: "Add the page-view call right after the initialisation.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "an init alone",
            pages: &[("/", "<!doctype html><title>Home</title><script>fbq('init', '480011223344556');</script>")],
            expect: &["Meta Pixel 480011223344556 is initialised, but no event follows, not even PageView."],
        },
        Example {
            name: "init and page view",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
        Example {
            name: "a library that sends the page view by itself",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>window.dataLayer = window.dataLayer || [];\
                 function gtag(){dataLayer.push(arguments);} gtag('js', new Date()); gtag('config', 'G-7K2M9QX4TB');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    copies::inits(context.page)
        .filter(|i| i.via == Via::Script && i.trigger == Trigger::Load && i.account.is_some())
        .filter(|i| !has_event(context, i))
        .filter_map(|i| draft(context, i))
        .collect()
}

fn has_event(context: &PageContext<'_>, install: &Install) -> bool {
    context.page.events.iter().any(|e| {
        e.vendor == install.vendor
            && e.second_page.is_none()
            && copies::runs(e.state, e.via)
            && (e.accounts.is_empty() || install.account.as_ref().is_some_and(|a| e.accounts.contains(a)))
    })
}

fn draft(context: &PageContext<'_>, install: &Install) -> Option<Draft> {
    let vendor = context.catalogue.get(&install.vendor)?;
    // Only where the page view is a call of the vendor's own: others send it by themselves, or let a page switch that off.
    let by_itself = |call: &CallForm| matches!(call.does, Does::Init | Does::InitAndEvent) && !call.implies.is_empty();
    let judged = matches!(vendor.purpose, Purpose::Advertising | Purpose::Analytics);
    if !judged || vendor.calls.iter().any(by_itself) || vendor.assigns.iter().any(|a| !a.implies.is_empty()) {
        return None;
    }
    let page_view = vendor.events.iter().find(|e| e.stage == Stage::PageView)?;
    let pixel = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
    let container = copies::has_container(context.page, context.catalogue);
    let unless = if container { ", unless the page's tag-manager container sends it" } else { "" };
    Some(Draft {
        severity: container.then_some(Severity::Info),
        vendor: Some(install.vendor.clone()),
        account: install.account.clone(),
        key: String::new(),
        message: format!("{pixel} is initialised, but no event follows, not even {}{unless}.", page_view.name),
        snippet: words::snippet(context.catalogue, &install.vendor, install.account.as_deref()),
        evidence: vec![words::of_install(context.page, install, "initialisation, with no event on the page")],
        ..Draft::default()
    })
}
