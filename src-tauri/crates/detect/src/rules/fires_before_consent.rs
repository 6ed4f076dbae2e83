//! What leaves before the visitor has answered.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "fires-before-consent",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "A tracking request, cookie or storage entry appears while the consent banner is still unanswered.",
    why: "The visitor has agreed to nothing yet, and data about the visit has already left for a third party.",
    fix: "Put the pixel behind the consent platform, and check that the platform loads before it.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
