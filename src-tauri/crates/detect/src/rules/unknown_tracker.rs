//! Trackers that only a filter list knows.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "unknown-tracker",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "A request goes to a host that a filter list calls a tracker and that the catalogue doesn't know.",
    why: "Nobody may know any more why it is there and who receives what.",
    fix: "Find the script that sends it and remove it, or write down what it is for.",
    needs_browser: true,
    check: Check::Later("No filter list is loaded."),
    examples: &[],
};
