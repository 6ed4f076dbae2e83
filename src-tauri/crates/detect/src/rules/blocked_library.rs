//! A library that doesn't load.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "blocked-library",
    severity: Severity::Warning,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A vendor's library failed to load, so nothing of its pixel is sent.",
    why: "The code is in place and looks right, and no event ever arrives.",
    fix: "Read the reason: a content security policy that lacks the host, an address that no longer exists, or a \
          blocker.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
