//! Reports: one file a format, each a pure function of [`pixelproof_model::AuditReport`]. Only [`files`] writes.

pub mod csv;
pub mod files;
pub mod html;
mod html_findings;
pub mod json;
pub(crate) mod matrix;
pub mod text;
