//! The vocabulary every other crate speaks: audits, pages, installs, events, findings, reports, and the rows that the
//! window shows. Types only: no behaviour beyond names and defaults, no effects.
//!
//! JSON names here are the published contract (`pixelproof schema`); TypeScript types are generated from the same
//! structs by `cargo xtask bindings`.

mod audit;
mod browser;
mod catalogue;
mod config;
mod container;
mod diff;
mod evidence;
mod exercise;
mod finding;
mod journey;
mod page;
mod pixel;
mod progress;
mod request;
mod secret;
mod state;
mod view;
mod view_browser;

pub use audit::*;
pub use browser::*;
pub use catalogue::*;
pub use config::*;
pub use container::*;
pub use diff::*;
pub use evidence::*;
pub use exercise::*;
pub use finding::*;
pub use journey::*;
pub use page::*;
pub use pixel::*;
pub use progress::*;
pub use request::*;
pub use secret::*;
pub use state::*;
pub use view::*;
pub use view_browser::*;

/// Schema name and version carried by every `report.json`.
pub const SCHEMA: &str = "pixelproof.audit/1";
