//! Personal data in the page address that a request carries.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Rule};

pub(super) static RULE: Rule = Rule {
    id: "personal-data-in-url",
    severity: Severity::Error,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "A request to a third party holds personal data in the address of the page.",
    why: "Addresses end up in logs and reports of everybody who receives them, in clear or in an encoding that \
          anyone reverses.",
    fix: "Keep personal data out of addresses: send forms by POST and redirect to a page without parameters.",
    needs_browser: true,
    check: Check::Browser,
    examples: &[],
};
