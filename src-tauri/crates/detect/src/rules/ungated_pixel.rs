//! An advertising pixel beside a consent platform, and outside its control.

use pixelproof_model::{Actor, Area, ConsentCall, Install, Severity, State, Trigger, Via};

use super::{Check, Draft, Example, PageContext, Rule, consent_default_late, copies, words};
use crate::catalogue::Purpose;

pub(super) static RULE: Rule = Rule {
    id: "ungated-pixel",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "The page has a consent platform, but an advertising pixel runs without waiting for it.",
    why: "The pixel sends the visit before the visitor has answered, and whatever the answer is. A platform that blocks \
          scripts by itself may still stop it; the source doesn't show that, and browser mode does.",
    fix: "Put the pixel under the platform's control: by the script type or class that the platform documents, or by the \
          vendor's own consent call ahead of it.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a banner, and a pixel that doesn't wait",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title>\
                 <script id='Cookiebot' src='https://consent.cookiebot.com/uc.js' data-cbid='4f1c0c1e-0000-4000-8000-1a2b3c4d5e6f'></script>\
                 <script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &["Meta Pixel 480011223344556 runs at once, although the page asks for consent (cookiebot)."],
        },
        Example {
            name: "a banner, and a pixel that waits",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title>\
                 <script id='Cookiebot' src='https://consent.cookiebot.com/uc.js' data-cbid='4f1c0c1e-0000-4000-8000-1a2b3c4d5e6f'></script>\
                 <script type='text/plain' data-cookieconsent='marketing'>fbq('init', '480011223344556');\
                 fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    if context.page.consent.platforms.is_empty() {
        return Vec::new();
    }
    context.page.installs.iter().filter(|i| ungated(context, i)).map(|install| draft(context, install)).collect()
}

fn ungated(context: &PageContext<'_>, install: &Install) -> bool {
    let advertising = context.catalogue.get(&install.vendor).is_some_and(|v| v.purpose == Purpose::Advertising);
    advertising
        && install.state == State::Active
        && matches!(install.via, Via::Script | Via::Image)
        && install.trigger == Trigger::Load
        && !install.by_events
        && copies::runs(install.state, install.via)
        && !context.page.consent.calls.iter().any(|call| holds(call) && consent_default_late::hears(context, &install.vendor, call))
}

/// A call by which the vendor's own library waits.
fn holds(call: &ConsentCall) -> bool {
    matches!(call.action.as_str(), "default" | "revoke" | "hold")
}

fn draft(context: &PageContext<'_>, install: &Install) -> Draft {
    let pixel = words::pixel_name(context.catalogue, &install.vendor, install.account.as_deref());
    let platforms = words::list(&context.page.consent.platforms);
    Draft {
        vendor: Some(install.vendor.clone()),
        account: install.account.clone(),
        key: platforms.clone(),
        message: format!("{pixel} runs at once, although the page asks for consent ({platforms})."),
        evidence: vec![words::of_install(context.page, install, "runs when the page loads")],
        ..Draft::default()
    }
}
