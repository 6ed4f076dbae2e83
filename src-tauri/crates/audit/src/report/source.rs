//! What reports are made of: the outline in memory, pages and the pages of a finding one at a time, so that a report of a
//! large site needs no more memory than one of a small site.

use std::collections::BTreeMap;

use pixelproof_model::{AuditReport, Cell, Finding, PassTraffic, Picture, PixelCoverage, ReportPage, Severity};
use url::Url;

use super::matrix::cells_of;
use crate::{AuditError, Result};

/// Pages that each finding of an outline names.
pub(crate) const OUTLINE_PAGES: usize = 12;

/// Which pages are wanted, in the order of their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// So many of those that were read.
    Read(usize),
    /// So many of those that were not.
    Unread(usize),
}

/// What findings say of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// Findings that name it.
    pub findings: u64,
    /// The worst of them.
    pub worst: Option<Severity>,
}

/// How many pages of a template show a cell in a column.
pub type CellCounts = BTreeMap<(String, usize, Cell), u64>;

/// An audit to be reported: in memory or in a store.
pub trait Source {
    /// Everything but the pages; findings name at least their first `OUTLINE_PAGES` pages.
    fn outline(&self) -> &AuditReport;

    /// Calls `take` with each page.
    fn pages(&self, which: Which, take: &mut dyn FnMut(&ReportPage, Marks) -> Result<()>) -> Result<()>;

    /// Address and place of each page, in any order.
    fn addresses(&self) -> Result<Vec<(Url, i64)>>;

    /// The page of a place.
    fn page_at(&self, place: i64) -> Result<ReportPage>;

    /// A finding of the outline with all of its pages.
    fn whole_finding(&self, finding: &Finding) -> Result<Finding>;

    /// Cells by template, for the first columns.
    fn cells(&self, columns: &[PixelCoverage]) -> Result<CellCounts>;

    /// Pictures of a page as `data:` addresses, where they were kept.
    fn pictures(&self, _page: &Url) -> Result<Vec<(Picture, String)>> {
        Ok(Vec::new())
    }

    /// Requests of all passes over a page, where they were kept.
    fn traffic(&self, _page: &Url) -> Result<Vec<PassTraffic>> {
        Ok(Vec::new())
    }
}

impl Source for AuditReport {
    fn outline(&self) -> &AuditReport {
        self
    }

    fn pages(&self, which: Which, take: &mut dyn FnMut(&ReportPage, Marks) -> Result<()>) -> Result<()> {
        let mut marks: BTreeMap<&str, Marks> = BTreeMap::new();
        for finding in &self.findings {
            for page in &finding.pages {
                let marks = marks.entry(page).or_default();
                marks.findings += 1;
                marks.worst = marks.worst.max(Some(finding.severity));
            }
        }
        let (read, most) = match which {
            Which::All => (None, usize::MAX),
            Which::Read(most) => (Some(true), most),
            Which::Unread(most) => (Some(false), most),
        };
        let wanted = self.pages.iter().filter(|page| read.is_none_or(|read| page.outcome.was_read() == read));
        for page in wanted.take(most) {
            take(page, marks.get(page.page.url.as_str()).copied().unwrap_or_default())?;
        }
        Ok(())
    }

    fn addresses(&self) -> Result<Vec<(Url, i64)>> {
        Ok((0..).zip(&self.pages).map(|(place, page)| (page.page.url.clone(), place)).collect())
    }

    fn page_at(&self, place: i64) -> Result<ReportPage> {
        let page = usize::try_from(place).ok().and_then(|place| self.pages.get(place));
        page.cloned().ok_or(AuditError::NoPage(place))
    }

    fn whole_finding(&self, finding: &Finding) -> Result<Finding> {
        Ok(finding.clone())
    }

    fn cells(&self, columns: &[PixelCoverage]) -> Result<CellCounts> {
        let mut counts = CellCounts::new();
        for page in &self.pages {
            for (column, cell) in cells_of(page, columns).into_iter().enumerate() {
                *counts.entry((page.template.clone(), column, cell)).or_default() += 1;
            }
        }
        Ok(counts)
    }
}
