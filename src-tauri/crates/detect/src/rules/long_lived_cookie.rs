//! Cookies that outlive what they are for.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "long-lived-cookie",
    severity: Severity::Info,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "A tracker's cookie lives longer than thirteen months, or is read by third parties.",
    why: "Guidance of several authorities ends at thirteen months.",
    fix: "Shorten the cookie's life in the vendor's settings or where the site sets it.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
