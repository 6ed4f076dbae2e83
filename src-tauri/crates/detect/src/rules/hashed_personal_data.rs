//! Matching data sent as hashes.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "hashed-personal-data",
    severity: Severity::Warning,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "A pixel sends personal data as a hash, for matching with accounts of the platform.",
    why: "A hash of an e-mail address or phone number is still personal data: the platform recognises its owner by \
          it.",
    fix: "Check that the privacy policy names it, that consent covers it, and that values are normalised before \
          they are hashed.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
