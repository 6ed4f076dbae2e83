//! Seen leaving, not in the source.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "fired-not-declared",
    severity: Severity::Info,
    area: Area::Correctness,
    actor: Actor::TagManager,
    what: "An event was seen leaving the page that its source doesn't declare.",
    why: "It comes from a container, a plugin or another script, so changes to the page's source won't touch it.",
    fix: "Look at what sent it before changing the page.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
