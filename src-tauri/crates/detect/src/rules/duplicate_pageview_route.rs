//! Two page views for one route change.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "duplicate-pageview-route",
    severity: Severity::Warning,
    area: Area::Duplicates,
    actor: Actor::Developer,
    what: "A route change sends the automatic page view and a manual one.",
    why: "Every view inside the application counts twice.",
    fix: "Switch off either the library's automatic page view or the call in the router.",
    needs_browser: true,
    check: Check::Later("Changes of route are not made yet, so what they send is not seen."),
    examples: &[],
};
