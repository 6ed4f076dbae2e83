//! A refusal that the next page forgets.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "reject-not-kept",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "The visitor's refusal is forgotten on the next page.",
    why: "The visitor is asked again and again, and pixels may start in between.",
    fix: "Let the consent platform store its answer for the whole site: one domain, one path, one configuration.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
