//! JavaScript read as an AST, without knowing any vendor: calls, constants, loads, and when each of them runs.
//!
//! Nothing is executed: a script is walked with values that the source itself decides, and whatever it doesn't decide
//! stays the text of its expression.

mod facts;
mod interests;

use std::collections::BTreeMap;

pub use facts::*;
pub use interests::Interests;

/// What a piece of script text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SourceKind {
    /// A classic script.
    #[default]
    Script,
    /// A module.
    Module,
    /// The body of a handler attribute (`onclick="…"`) or a `javascript:` address; it runs by this trigger.
    Handler(pixelproof_model::Trigger),
}

/// Reads one script. `env` holds the constants of earlier scripts of the page. Cannot fail: what could not be read is
/// in the facts' `problems`.
pub fn read(_text: &str, _interests: &Interests, _env: &BTreeMap<String, Value>, _kind: SourceKind) -> ScriptFacts {
    ScriptFacts::default()
}
