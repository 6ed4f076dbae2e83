//! An event whose name is nearly a standard one.

use pixelproof_model::{Actor, Area, Event, EventClass, Severity, Stage, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, near, words};
use crate::catalogue::{CallClass, Catalogue, Vendor};

pub(super) static RULE: Rule = Rule {
    id: "unknown-event",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "An event's name is not one of the vendor's standard events, but nearly one.",
    why: "The platform takes it for a custom event: it feeds no standard report, no optimisation and no ready-made \
          audience.",
    fix: "Use the standard name, letter for letter.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a slip of the finger",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'AddToCard');</script>",
            )],
            expect: &["AddToCard is no standard event of Meta Pixel; AddToCart was probably meant."],
        },
        Example {
            name: "another vendor's name",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'view_item', {content_ids: ['1']});</script>",
            )],
            expect: &[
                "view_item is no standard event of Meta Pixel but Google's name; here it is called ViewContent.",
            ],
        },
        Example {
            name: "a standard event, and custom ones of the advertiser's own",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'AddToCart'); fbq('track', 'WarrantyChecked'); fbq('trackCustom', 'AddToCard');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let page = context.page;
    // A call that several vendors hear is known as soon as one of them knows it.
    let known = |event: &Event| page.events.iter().any(|e| e.at == event.at && e.class != EventClass::Custom);
    let drafts = page.events.iter().filter(|event| !known(event)).filter_map(|event| {
        let draft = draft(context, event)?;
        Some((event, draft.key.clone(), draft))
    });
    copies::once_per_call(context, drafts.collect())
}

fn draft(context: &PageContext<'_>, event: &Event) -> Option<Draft> {
    let vendor = context.catalogue.get(&event.vendor)?;
    let name = event.name.known()?;
    let candidate = event.class == EventClass::Custom && event.declared && copies::runs(event.state, event.via);
    if !candidate || is_custom_call(vendor, event) || vendor.automatic.iter().any(|a| a.name == name) {
        return None;
    }
    let (suggestion, message) = suggestion(context.catalogue, vendor, name)?;
    Some(Draft {
        vendor: Some(event.vendor.clone()),
        account: words::only_account(event),
        key: format!("{name} {suggestion}"),
        message,
        fix: Some(format!("Write {suggestion} instead of {name}.")),
        snippet: corrected(event, name, suggestion),
        evidence: vec![words::of_event(context.page, event, format!("called as {name}"))],
        ..Draft::default()
    })
}

/// Whether the call says itself that the event is custom (`trackCustom`): then the name is the advertiser's to choose.
fn is_custom_call(vendor: &Vendor, event: &Event) -> bool {
    vendor
        .calls
        .iter()
        .filter(|call| call.class == CallClass::Custom)
        .filter_map(|call| call.verb.as_deref())
        .any(|verb| event.code.contains(&format!("'{verb}'")) || event.code.contains(&format!("\"{verb}\"")))
}

fn suggestion<'a>(catalogue: &'a Catalogue, vendor: &'a Vendor, name: &str) -> Option<(&'a str, String)> {
    let known = || vendor.events.iter().flat_map(|e| std::iter::once(&e.name).chain(&e.aliases)).map(String::as_str);
    if let Some(near) = near::nearest(name, known()) {
        let how = if near.to_lowercase() == name.to_lowercase() {
            format!("{near} is, and capitals matter")
        } else {
            format!("{near} was probably meant")
        };
        return Some((near, format!("{name} is no standard event of {}; {how}.", vendor.name)));
    }
    let (other, stage) = owner(catalogue, vendor, name)?;
    let own = vendor.events.iter().find(|e| e.stage == stage && e.replaced_by.is_none())?;
    let message = format!(
        "{name} is no standard event of {} but {}'s name; here it is called {}.",
        vendor.name, other.owner, own.name
    );
    Some((&own.name, message))
}

/// Another vendor that calls a standard event so, letter for letter if there is one, and what the event means there.
fn owner<'a>(catalogue: &'a Catalogue, vendor: &Vendor, name: &str) -> Option<(&'a Vendor, Stage)> {
    let find = |same: &dyn Fn(&str) -> bool| {
        catalogue.vendors().iter().filter(|v| v.id != vendor.id).find_map(|v| {
            let event = v.events.iter().find(|e| same(&e.name) && tells(e.stage))?;
            Some((v, event.stage))
        })
    };
    let plain = near::plain(name);
    find(&|other| other == name).or_else(|| find(&|other| near::plain(other) == plain))
}

/// A stage that says what was meant.
fn tells(stage: Stage) -> bool {
    !matches!(stage, Stage::Other)
}

/// The call with the right name, where the excerpt holds all of it.
fn corrected(event: &Event, name: &str, suggestion: &str) -> Option<String> {
    let whole = matches!(event.via, Via::Script | Via::Attribute) && event.code.trim_end().ends_with([')', ';']);
    let named = event.code.matches(name).count() == 1;
    (whole && named).then(|| event.code.replace(name, suggestion))
}
