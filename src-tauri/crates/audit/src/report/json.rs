//! `report.json`: the published form, described by `pixelproof schema`.

use pixelproof_model::AuditReport;

use crate::{AuditError, Result};

/// The report as indented JSON with a line break at the end.
pub fn render(report: &AuditReport) -> Result<String> {
    let mut text = serde_json::to_string_pretty(report).map_err(|e| AuditError::Report(e.to_string()))?;
    text.push('\n');
    Ok(text)
}
