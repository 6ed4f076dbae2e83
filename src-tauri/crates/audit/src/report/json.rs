//! `report.json`: the published form, described by `pixelproof schema`. Written page by page.

use std::io::Write;

use pixelproof_model::{
    AreaScore, AuditHead, AuditReport, JourneyRun, Kept, NotChecked, PixelCoverage, Recipient, TemplateCoverage, Totals,
};
use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeSeq},
};

use super::source::{Source, Which};
use crate::{AuditError, Result};

/// The report as indented JSON with a line break at the end.
pub fn render(report: &AuditReport) -> Result<String> {
    let mut text = Vec::new();
    write(report, &mut text)?;
    String::from_utf8(text).map_err(|e| AuditError::Report(e.to_string()))
}

/// Writes the same without holding it.
pub fn write(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let report = source.outline();
    let whole = Whole {
        schema: &report.schema,
        audit: &report.audit,
        totals: &report.totals,
        score: &report.score,
        pixels: &report.pixels,
        templates: &report.templates,
        pages: Pages(source),
        findings: Findings(source),
        not_checked: &report.not_checked,
        audiences: &report.audiences,
        roi: &report.roi,
        recipients: &report.recipients,
        journeys: &report.journeys,
        kept: &report.kept,
    };
    write_pretty(&whole, out)
}

/// Writes a value as JSON for people, with a line's end after it.
pub(super) fn write_pretty(value: &impl Serialize, out: &mut dyn Write) -> Result<()> {
    let failed = |e: serde_json::Error| match e.is_io() {
        true => AuditError::Output(e.into()),
        false => AuditError::Report(e.to_string()),
    };
    serde_json::to_writer_pretty(&mut *out, value).map_err(failed)?;
    out.write_all(b"\n").and_then(|()| out.flush()).map_err(AuditError::Output)
}

/// [`AuditReport`] with its long lists still in their source. A test holds the two together.
#[derive(Serialize)]
struct Whole<'a> {
    schema: &'a str,
    audit: &'a AuditHead,
    totals: &'a Totals,
    score: &'a [AreaScore],
    pixels: &'a [PixelCoverage],
    templates: &'a [TemplateCoverage],
    pages: Pages<'a>,
    findings: Findings<'a>,
    not_checked: &'a [NotChecked],
    audiences: &'a [serde_json::Value],
    roi: &'a [serde_json::Value],
    recipients: &'a [Recipient],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    journeys: &'a [JourneyRun],
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: &'a Option<Kept>,
}

struct Pages<'a>(&'a dyn Source);

impl Serialize for Pages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut take = |page: &pixelproof_model::ReportPage, _| {
            list.serialize_element(page).map_err(|e| AuditError::Report(e.to_string()))
        };
        self.0.pages(Which::All, &mut take).map_err(S::Error::custom)?;
        list.end()
    }
}

struct Findings<'a>(&'a dyn Source);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for finding in &self.0.outline().findings {
            list.serialize_element(&self.0.whole_finding(finding).map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}
