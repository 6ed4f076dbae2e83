//! Advertising pixels, and nothing that asks the visitor.

use pixelproof_model::{Actor, Area, Install, Severity, State, Via};

use super::{Check, Draft, Example, PageContext, Rule, words};
use crate::catalogue::Purpose;

pub(super) static RULE: Rule = Rule {
    id: "no-consent-platform",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "Advertising pixels run, and no consent platform, Consent Mode or consent call of a vendor was seen.",
    why: "Where the law asks for consent before such pixels, nobody has asked. A banner made in-house is not recognised by \
          its source; browser mode shows what runs before and after the answer.",
    fix: "If visitors from such countries are expected, put a consent platform in front of the pixels. If a banner is there \
          already, audit in browser mode.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a pixel and nothing else",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &["Advertising pixels run, and nothing on the page was recognised that asks for consent."],
        },
        Example {
            name: "consent held back by the vendor's own call",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('consent', 'revoke'); fbq('init', '480011223344556');\
                 fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
        Example {
            name: "analytics alone is no advertising",
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
    let consent = &context.page.consent;
    if !consent.platforms.is_empty() || !consent.google_consent_mode.is_empty() || !consent.calls.is_empty() {
        return Vec::new();
    }
    let advertising = |i: &&Install| {
        i.state == State::Active
            && !i.by_events
            && i.via != Via::Noscript
            && context.catalogue.get(&i.vendor).is_some_and(|v| v.purpose == Purpose::Advertising)
    };
    let evidence: Vec<_> = context
        .page
        .installs
        .iter()
        .filter(advertising)
        .take(super::MAX_EVIDENCE)
        .map(|i| {
            let pixel = words::pixel_name(context.catalogue, &i.vendor, i.account.as_deref());
            words::of_install(context.page, i, format!("{pixel}, which runs without being asked about"))
        })
        .collect();
    if evidence.is_empty() {
        return Vec::new();
    }
    vec![Draft {
        message: "Advertising pixels run, and nothing on the page was recognised that asks for consent.".to_owned(),
        evidence,
        ..Draft::default()
    }]
}
