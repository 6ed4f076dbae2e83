//! A plain call that reaches every account of a vendor on the page.

use pixelproof_model::{Actor, Area, Event, EventClass, Severity, Stage, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, duplicate_event, words};
use crate::catalogue::{Does, Purpose, Vendor};

pub(super) static RULE: Rule = Rule {
    id: "leaking-track",
    severity: Severity::Warning,
    area: Area::Duplicates,
    actor: Actor::Developer,
    what: "Several accounts of a vendor are on a page, and a plain event call reaches all of them.",
    why: "Each account counts the event: an agency's, partner's or marketplace's account gets conversions that are not \
          its own.",
    fix: "Name the account in the call, so that only the one that is meant gets the event.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a lead for two accounts",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('init', '590022334455667');\
                 fbq('track', 'PageView'); fbq('track', 'Lead');</script>",
            )],
            expect: &[
                "Lead reaches every Meta Pixel account on the page (480011223344556 and 590022334455667): the call names none.",
            ],
        },
        Example {
            name: "the account named",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('init', '590022334455667');\
                 fbq('track', 'PageView'); fbq('trackSingle', '480011223344556', 'Lead');</script>",
            )],
            expect: &[],
        },
        Example {
            name: "only page views are shared",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('init', '590022334455667');\
                 fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let shared = |e: &&Event| {
        e.declared
            && copies::runs(e.state, e.via)
            && matches!(e.via, Via::Script | Via::Attribute)
            && e.class != EventClass::Automatic
            && e.stage != Stage::PageView
            && e.accounts.len() > 1
    };
    context.page.events.iter().filter(shared).filter_map(|event| draft(context, event)).collect()
}

fn draft(context: &PageContext<'_>, event: &Event) -> Option<Draft> {
    let vendor = context.catalogue.get(&event.vendor)?;
    // Two properties of an analytics product on purpose are common, and neither pays by conversion.
    if vendor.purpose != Purpose::Advertising {
        return None;
    }
    let single = naming_call(vendor)?;
    let name = words::event_name(event);
    let accounts = words::list(&event.accounts);
    // The same call once more behind the initialisation of another account shows that one account was meant each time.
    let meant_for_one = context.page.events.iter().any(|other| {
        other.vendor == event.vendor
            && other.name == event.name
            && duplicate_event::new_account_between(context, event, other)
    });
    let twice = if meant_for_one { ", so the account initialised first gets it twice" } else { "" };
    Some(Draft {
        vendor: Some(event.vendor.clone()),
        key: name.clone(),
        message: format!("{name} reaches every {} account on the page ({accounts}): the call names none{twice}.", vendor.name),
        fix: Some(format!("Use {single}, which takes the account, instead of the plain call.")),
        evidence: vec![words::of_event(context.page, event, format!("{name}, without an account"))],
        ..Draft::default()
    })
}

/// The vendor's call for an event that names its account, as a developer writes it.
fn naming_call(vendor: &Vendor) -> Option<String> {
    let call = vendor.calls.iter().find(|c| matches!(c.does, Does::Event) && c.account.is_some())?;
    Some(match &call.verb {
        Some(verb) => format!("{}('{verb}', …)", call.function),
        None => format!("{}(…)", call.function),
    })
}
