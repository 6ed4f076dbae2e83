//! JavaScript read as an AST, without knowing any vendor: calls, constants, loads, and when each of them runs.
//!
//! Nothing is executed: a script is walked with values that the source itself decides, and whatever it doesn't decide
//! stays the text of its expression.

mod facts;
mod guard;
mod interests;
mod literals;
mod read;
mod record;
mod relevance;
mod rough;
mod run;
mod salvage;
mod scan;
mod search;
mod store;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use facts::*;
pub use interests::Interests;
pub(crate) use interests::numbered;
pub(crate) use read::{Reading, is_sound, on_deep_stack, read_together, with_tree};
pub use read::{deep_thread, read};
pub(crate) use run::negate;
pub(crate) use scan::{Spot, spot};
pub(crate) use text::blank_markup;

/// Name among the constants of a script under which the attributes of its own element stand, and the mark in that object.
pub(crate) const CURRENT: &str = "document.currentScript";

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
