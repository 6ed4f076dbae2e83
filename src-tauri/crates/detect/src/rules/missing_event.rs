//! A page with an evident purpose whose event is not sent.

use pixelproof_model::{Actor, Area, Event, Install, Page, PageKind, Severity, Stage, State, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};
use crate::catalogue::Purpose;

pub(super) static RULE: Rule = Rule {
    id: "missing-event",
    severity: Severity::Warning,
    area: Area::Coverage,
    actor: Actor::Developer,
    what: "A page is evidently a product, checkout, confirmation or search page, but an installed pixel is not told so.",
    why: "The platform sees a visit and nothing more: the step is missing from its funnel, from the audiences built on it, \
          and from what campaigns can optimise for.",
    fix: "Send the vendor's standard event for this step from the page's template.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a product page with the page view alone",
            pages: &[("/product/kettle", PRODUCT_PLAIN)],
            expect: &["This is a product page, but Meta Pixel 480011223344556 gets no ViewContent."],
        },
        Example {
            name: "a product page that says so",
            pages: &[("/product/kettle", PRODUCT_TOLD)],
            expect: &[],
        },
    ],
};

const PRODUCT_PLAIN: &str = "<!doctype html><title>Kettle</title><meta property='og:type' content='product'>\
    <script type='application/ld+json'>{\"@context\": \"https://schema.org\", \"@type\": \"Product\", \"name\": \"Kettle\"}</script>\
    <script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script><h1>Kettle</h1>";
const PRODUCT_TOLD: &str = "<!doctype html><title>Kettle</title><meta property='og:type' content='product'>\
    <script type='application/ld+json'>{\"@context\": \"https://schema.org\", \"@type\": \"Product\", \"name\": \"Kettle\"}</script>\
    <script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
    fbq('track', 'ViewContent', {content_ids: ['k1']});</script><h1>Kettle</h1>";

/// The step that a kind of page stands for: stages that count as it, and how the page is called.
fn step(kind: PageKind) -> Option<(&'static [Stage], &'static str)> {
    Some(match kind {
        PageKind::Product => (&[Stage::ContentView], "a product page"),
        PageKind::Checkout => (&[Stage::InitiateCheckout], "the checkout"),
        PageKind::Confirmation => (&[Stage::Purchase], "an order's confirmation"),
        PageKind::SearchResults => (&[Stage::Search], "a page of search results"),
        // Sent when the form is, so a page that declares the event for any trigger will do.
        PageKind::Registration => (&[Stage::Registration], "the registration"),
        PageKind::Contact => (&[Stage::Contact, Stage::Lead], "the contact page"),
        PageKind::Home
        | PageKind::Category
        | PageKind::Cart
        | PageKind::Login
        | PageKind::Article
        | PageKind::Policy => return None,
    })
}

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let page = context.page;
    // A container, or a script that could not be read, may well send it.
    if copies::has_container(page, context.catalogue) {
        return Vec::new();
    }
    let mut drafts = Vec::new();
    for (stages, called) in page.kinds.iter().filter(|kind| is_main(page, **kind)).filter_map(|kind| step(*kind)) {
        for install in accounts(context) {
            drafts.extend(draft(context, install, stages, called));
        }
    }
    drafts
}

/// Whether the page is for this, and doesn't merely hold a form for it: shops and journals keep a registration in a dialog
/// of every page.
fn is_main(page: &Page, kind: PageKind) -> bool {
    use PageKind::*;
    let form = matches!(kind, Registration | Contact);
    !form || !page.kinds.iter().any(|k| matches!(k, Home | Product | Category | Article | Policy | Cart | Checkout))
}

/// One install for each active account of a pixel.
fn accounts<'a>(context: &PageContext<'a>) -> Vec<&'a Install> {
    let mut found: Vec<&Install> = Vec::new();
    for install in copies::inits(context.page).filter(|i| i.state == State::Active && i.via == Via::Script) {
        let known = found.iter().any(|i| i.vendor == install.vendor && i.account == install.account);
        let judged = context
            .catalogue
            .get(&install.vendor)
            .is_some_and(|v| matches!(v.purpose, Purpose::Advertising | Purpose::Analytics) && v.retired.is_none());
        if judged && !known && install.account.is_some() {
            found.push(install);
        }
    }
    found
}

fn draft(context: &PageContext<'_>, install: &Install, stages: &[Stage], called: &str) -> Option<Draft> {
    let vendor = context.catalogue.get(&install.vendor)?;
    let standard = vendor.events.iter().find(|e| stages.contains(&e.stage) && e.replaced_by.is_none())?;
    if heard_by_analytics(context, install, &standard.name) {
        return None;
    }
    let reaches = |e: &Event| e.accounts.is_empty() || install.account.as_ref().is_some_and(|a| e.accounts.contains(a));
    let told = context.page.events.iter().any(|e| {
        // A custom or misspelt name is a finding of its own where it is one.
        e.vendor == install.vendor && e.second_page.is_none() && reaches(e) && (stages.contains(&e.stage) || e.name.known().is_none())
    });
    if told {
        return None;
    }
    let pixel = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
    Some(Draft {
        vendor: Some(install.vendor.clone()),
        account: install.account.clone(),
        key: standard.name.clone(),
        message: format!("This is {called}, but {pixel} gets no {}.", standard.name),
        evidence: vec![words::of_install(context.page, install, format!("installed here; no {} on the page", standard.name))],
        ..Draft::default()
    })
}

/// Whether an analytics vendor on the page hears the same call: then the one call lacks for both, and is asked for once.
fn heard_by_analytics(context: &PageContext<'_>, install: &Install, event: &str) -> bool {
    let Some(own) = context.catalogue.get(&install.vendor) else { return false };
    accounts(context).iter().filter_map(|i| context.catalogue.get(&i.vendor)).any(|other| {
        other.id != own.id
            && own.purpose != Purpose::Analytics
            && other.purpose == Purpose::Analytics
            && other.globals.iter().any(|global| own.globals.contains(global))
            && other.standard_event(event).is_some()
    })
}
