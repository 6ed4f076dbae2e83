//! A banner whose state can't be read.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "consent-not-evaluable",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "The state of consent could not be read back, so what left before and after can't be judged.",
    why: "Nothing seen is not the same as nothing sent: these pages are not counted as clean.",
    fix: "Check the banner by hand, or name the platform's buttons in the audit's options.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
