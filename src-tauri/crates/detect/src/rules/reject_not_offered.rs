//! A banner without a refusal on its first layer.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "reject-not-offered",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "The first layer of the consent banner offers no way to refuse.",
    why: "Several authorities hold that refusing must be as easy as agreeing.",
    fix: "Add a refuse button of the same rank to the banner's first layer.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
