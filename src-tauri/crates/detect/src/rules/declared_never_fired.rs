//! Declared in the source, never seen.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "declared-never-fired",
    severity: Severity::Info,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "The source declares an event that was never seen leaving the page.",
    why: "It may wait for a click, a condition or consent, or be broken.",
    fix: "Read the reason given with the event; try it by hand where none was found.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
