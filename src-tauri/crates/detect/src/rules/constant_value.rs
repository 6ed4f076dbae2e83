//! A purchase whose amount is the same for everybody.

use pixelproof_model::{Actor, Area, Event, Severity, Stage, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};
use crate::catalogue::ParamType;

pub(super) static RULE: Rule = Rule {
    id: "constant-value",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A purchase is sent with an amount that is written into a script file, so every order has the same worth.",
    why: "Revenue and return on ad spend are invented numbers, and bidding by value has nothing to go by.",
    fix: "Fill the amount from the order that the page shows.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "an amount in a script file",
            pages: &[
                (
                    "/thanks",
                    "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                     </script><script src='/assets/order.js'></script>",
                ),
                ("/assets/order.js", "fbq('track', 'Purchase', {value: 30.5, currency: 'EUR'});"),
            ],
            expect: &["Purchase of Meta Pixel always has the value 30.5: it is written into a script file."],
        },
        Example {
            name: "an amount in the page itself may be this order's",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', {value: 30.5, currency: 'EUR'});</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    context.page.events.iter().filter_map(|event| draft(context, event)).collect()
}

fn draft(context: &PageContext<'_>, event: &Event) -> Option<Draft> {
    let vendor = context.catalogue.get(&event.vendor)?;
    // A script file is one for all visitors; a page may be printed for each order.
    let shared = event.via == Via::Script && !copies::is_own(context.page, &event.at) && event.declared;
    if !shared || event.stage != Stage::Purchase || !copies::runs(event.state, event.via) {
        return None;
    }
    let amount = vendor.roi.as_ref().map(|roi| roi.value.as_str());
    let (key, value) = event.params.iter().find(|(key, value)| {
        let is_amount = amount.map_or_else(
            || key.contains("value") && vendor.params.get(*key) == Some(&ParamType::Number),
            |amount| amount == key.as_str(),
        );
        is_amount && (value.is_number() || value.is_string())
    })?;
    let name = words::event_name(event);
    Some(Draft {
        vendor: Some(event.vendor.clone()),
        account: words::only_account(event),
        key: format!("{name} {key}"),
        message: format!("{name} of {} always has the {key} {value}: it is written into a script file.", vendor.name),
        evidence: vec![words::of_event(context.page, event, format!("{key} is a constant"))],
        ..Draft::default()
    })
}
