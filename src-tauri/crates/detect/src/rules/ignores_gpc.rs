//! Global Privacy Control, unheard.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "ignores-gpc",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "With Global Privacy Control switched on, the same requests leave, without any opt-out flag.",
    why: "In several places the signal is a legally binding objection to the sale and sharing of data.",
    fix: "Let the consent platform or the pixels read the signal and hold or restrict what they send.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
