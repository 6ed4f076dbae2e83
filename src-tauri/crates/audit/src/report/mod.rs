//! Reports: one file a format, each a function of a [`source::Source`]: an audit in memory or in a store. Only [`files`]
//! touches files.

pub mod csv;
pub mod files;
pub mod har;
pub mod html;
mod html_browser;
mod html_exercise;
mod html_findings;
mod html_journeys;
pub mod json;
pub(crate) mod matrix;
pub mod source;
pub mod text;
