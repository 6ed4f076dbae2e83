//! The audit: crawl and detect joined, kept in a store, judged by rules, reported. What front ends import.
//!
//! [`Audits`] is an open store; [`Audits::start`] begins an audit in it and gives a [`Run`]. Everything else reads rows
//! that are already joined, sorted and worded. Functions of [`Audits`] block on SQLite unless they are `async`: call them
//! through `spawn_blocking` from async code. Nothing here draws, prints or knows a window.

mod audits;
mod browser;
pub mod container;
pub mod demo;
pub mod diff;
mod ended;
mod error;
mod going_on;
mod info;
mod input;
pub mod inspect;
mod names;
mod query;
pub mod report;
mod run;
pub mod secrets;
mod store;
mod template;
mod vendors;
pub mod words;

pub use audits::{Audits, MAX_ROWS};
pub use browser::journey::{MAX_PAUSE_S, MAX_STEPS, MAX_WAIT_S, parse_journey, read_journey};
pub use diff::AuditRef;
pub use error::AuditError;
pub use going_on::GoOn;
pub use info::{decode, rules, schema, vendors};
pub use input::{MAX_LIST, folder_input, input_of_journeys, input_or_journeys, parse_input, request_input};
pub use run::{ProgressStream, Run, RunEnd};
pub use vendors::{add_vendor, default_vendors_folder, remove_vendor, use_vendors};

/// Result of this crate.
pub type Result<T, E = AuditError> = std::result::Result<T, E>;
