//! Findings by page and cells by page and pixel, as every report shows them.

use std::collections::BTreeMap;

use pixelproof_detect::rules::cells;
use pixelproof_model::{AuditReport, Cell, Finding, PixelCoverage, ReportPage, Severity};

use crate::query::sums::absent_cell;

/// What findings say of each page.
pub(crate) struct Matrix<'a> {
    by_page: BTreeMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Matrix<'a> {
    /// From the findings of a report.
    pub(crate) fn new(report: &'a AuditReport) -> Matrix<'a> {
        let mut by_page: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            for page in &finding.pages {
                by_page.entry(page).or_default().push(finding);
            }
        }
        Matrix { by_page }
    }

    /// Findings that name a page.
    pub(crate) fn findings(&self, page: &ReportPage) -> &[&'a Finding] {
        self.by_page.get(page.page.url.as_str()).map_or(&[], Vec::as_slice)
    }

    /// The worst of them.
    pub(crate) fn worst(&self, page: &ReportPage) -> Option<Severity> {
        self.findings(page).iter().map(|f| f.severity).max()
    }

    /// State of each pixel account on a page.
    pub(crate) fn cells(page: &ReportPage, pixels: &[PixelCoverage]) -> Vec<Cell> {
        let found = cells(&page.page);
        let absent = absent_cell(page.outcome.was_read(), is_judged(page));
        let of = |p: &PixelCoverage| {
            let same = found.iter().find(|(v, a, _)| *v == p.vendor && *a == p.account.as_deref());
            same.map_or(absent, |(_, _, cell)| *cell)
        };
        pixels.iter().map(of).collect()
    }
}

fn is_judged(page: &ReportPage) -> bool {
    page.outcome.was_read() && (!page.page.needs_browser || !page.page.installs.is_empty())
}
