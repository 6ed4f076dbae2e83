//! What leaves after a refusal.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "fires-after-reject",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "Tracking requests leave although the visitor has refused, and the refusal was seen to be taken.",
    why: "The banner promises a choice that the page doesn't keep.",
    fix: "Find the pixel that doesn't listen to the platform's answer and gate it; also those that a tag-manager \
          container starts.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
