//! Personal data in an event's parameters.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "personal-data-in-event",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "An event carries personal data in its parameters.",
    why: "The vendor's terms forbid it, and a visitor can be named by whoever receives it.",
    fix: "Remove the field; where matching is wanted, use the vendor's own matching, with consent.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
