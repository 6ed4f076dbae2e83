//! A consent default that comes after what it should hold.

use pixelproof_model::{Actor, Area, ConsentCall, Position, Severity, State, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};
use crate::catalogue::Purpose;

pub(super) static RULE: Rule = Rule {
    id: "consent-default-late",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "The call that should hold a tag until the visitor agrees comes after the tag.",
    why: "What the tag sends first leaves with full data, whatever the visitor decides later: the default has no effect on \
          it.",
    fix: "Move the consent default above every tag, as the first script of the head.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "default below the configuration",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>window.dataLayer = window.dataLayer || [];\
                 function gtag(){dataLayer.push(arguments);} gtag('js', new Date()); gtag('config', 'G-7K2M9QX4TB');\
                 gtag('consent', 'default', {ad_storage: 'denied', analytics_storage: 'denied'});</script>",
            )],
            expect: &["The consent default comes after Google Analytics 4 has sent page_view, which it should have held."],
        },
        Example {
            name: "default first",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>window.dataLayer = window.dataLayer || [];\
                 function gtag(){dataLayer.push(arguments);}\
                 gtag('consent', 'default', {ad_storage: 'denied', analytics_storage: 'denied'});\
                 gtag('js', new Date()); gtag('config', 'G-7K2M9QX4TB');</script>",
            )],
            expect: &[],
        },
        Example {
            name: "revoked between init and page view",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('consent', 'revoke');\
                 fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
    ],
};

/// Actions that hold a vendor back from the start.
const HOLDS: &[&str] = &["default", "revoke", "hold"];

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let mut seen: Vec<&str> = Vec::new();
    let mut drafts = Vec::new();
    for call in context.page.consent.calls.iter().filter(|c| HOLDS.contains(&c.action.as_str())) {
        // Only the first of a vendor: later ones narrow it by region.
        if seen.contains(&call.vendor.as_str()) {
            continue;
        }
        seen.push(&call.vendor);
        drafts.extend(draft(context, call));
    }
    drafts
}

/// Whether a consent call of one vendor is heard by another: they speak through the same global.
pub(super) fn hears(context: &PageContext<'_>, vendor: &str, call: &ConsentCall) -> bool {
    if vendor == call.vendor {
        return true;
    }
    let (Some(a), Some(b)) = (context.catalogue.get(vendor), context.catalogue.get(&call.vendor)) else { return false };
    a.globals.iter().any(|global| b.globals.contains(global))
}

fn draft(context: &PageContext<'_>, call: &ConsentCall) -> Option<Draft> {
    let page = context.page;
    let earlier = |at: &Position| at.source == call.at.source && *at < call.at;
    let event = page.events.iter().find(|e| {
        e.state == State::Active && e.via == Via::Script && e.declared && hears(context, &e.vendor, call) && earlier(&e.at)
    });
    let container = page.installs.iter().find(|i| {
        let loads = context.catalogue.get(&i.vendor).is_some_and(|v| v.purpose == Purpose::TagManager);
        loads && copies::is_active(i) && hears(context, &i.vendor, call) && earlier(&i.at)
    });
    let (vendor, what, piece) = match (event, container) {
        (Some(event), _) => {
            let name = words::event_name(event);
            let vendor = words::vendor_name(context.catalogue, &event.vendor);
            (&event.vendor, format!("{vendor} has sent {name}"), words::of_event(page, event, format!("{name}, sent first")))
        }
        (None, Some(install)) => {
            let pixel = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
            (&install.vendor, format!("{pixel} has started"), words::of_install(page, install, "container, started first"))
        }
        (None, None) => return None,
    };
    let excerpt = format!("{} {}", call.action, serde_json::Value::Object(call.values.clone()));
    let words_ = if call.action == "default" { "The consent default" } else { "The call that holds consent back" };
    Some(Draft {
        vendor: Some(vendor.clone()),
        key: call.action.clone(),
        message: format!("{words_} comes after {what}, which it should have held."),
        evidence: vec![piece, words::evidence(page, &call.at, &excerpt, "consent call, too late")],
        ..Draft::default()
    })
}
