//! An open store and everything that can be asked of it.

use std::path::{Path, PathBuf};

use pixelproof_model::{
    AuditConfig, AuditReport, AuditRow, AuditState, EventRow, EventsQuery, ExportRequest, ExportedFile, FindingsView,
    Overview, PageDetail, PagesQuery, PagesWindow,
};

use crate::{Result, Run};

/// An open store of audits. Cheap to clone; `Send + Sync`. All functions block on SQLite.
#[derive(Debug, Clone)]
pub struct Audits {}

impl Audits {
    /// Opens or creates a store. Audits whose process died are marked incomplete.
    pub fn open(_path: &Path) -> Result<Audits> {
        todo!()
    }

    /// The store in the user's data folder.
    pub fn default_path() -> PathBuf {
        todo!()
    }

    /// File of this store.
    pub fn path(&self) -> &Path {
        todo!()
    }

    /// Writes the audit's row and starts it on the current tokio runtime (call from within one).
    pub fn start(&self, _config: AuditConfig) -> Result<Run> {
        todo!()
    }

    /// The handle of an audit that runs in this process.
    pub fn running(&self, _id: &str) -> Option<Run> {
        todo!()
    }

    /// Pauses an audit that runs in this process.
    pub fn pause(&self, _id: &str) -> Result<()> {
        todo!()
    }

    /// Goes on with a paused audit.
    pub fn resume(&self, _id: &str) -> Result<()> {
        todo!()
    }

    /// Stops an audit: it finishes the pages under way and is kept as incomplete.
    pub fn stop(&self, _id: &str) -> Result<()> {
        todo!()
    }

    /// All audits, newest first.
    pub fn list(&self) -> Result<Vec<AuditRow>> {
        todo!()
    }

    /// The full id of an audit: from a unique beginning of it, or `last`.
    pub fn resolve_id(&self, _text: &str) -> Result<String> {
        todo!()
    }

    /// What the audit is and how far it came.
    pub fn state(&self, _id: &str) -> Result<AuditState> {
        todo!()
    }

    /// Deletes an audit with everything of it. Refuses one that runs.
    pub fn delete(&self, _id: &str) -> Result<()> {
        todo!()
    }

    /// The first screen.
    pub fn overview(&self, _id: &str) -> Result<Overview> {
        todo!()
    }

    /// A window of the page matrix. `limit` above [`MAX_ROWS`] counts as that.
    pub fn pages(&self, _id: &str, _query: &PagesQuery) -> Result<PagesWindow> {
        todo!()
    }

    /// One page, by its row id.
    pub fn page(&self, _id: &str, _row: i64) -> Result<PageDetail> {
        todo!()
    }

    /// Source of a page, where it was kept.
    pub fn page_source(&self, _id: &str, _row: i64) -> Result<Option<String>> {
        todo!()
    }

    /// Events of the site.
    pub fn events(&self, _id: &str, _query: &EventsQuery) -> Result<Vec<EventRow>> {
        todo!()
    }

    /// Findings, worst first, and the rules not checked.
    pub fn findings(&self, _id: &str) -> Result<FindingsView> {
        todo!()
    }

    /// Ignores a finding with a reason, or stops ignoring it.
    pub fn ignore_finding(&self, _id: &str, _finding: &str, _reason: Option<&str>) -> Result<()> {
        todo!()
    }

    /// The whole audit as published.
    pub fn report(&self, _id: &str) -> Result<AuditReport> {
        todo!()
    }

    /// Writes reports into a folder.
    pub fn export(&self, _id: &str, _request: &ExportRequest) -> Result<Vec<ExportedFile>> {
        todo!()
    }

    /// A few lines of text for an e-mail.
    pub fn summary_text(&self, _id: &str) -> Result<String> {
        todo!()
    }
}

/// Most page rows in one window.
pub const MAX_ROWS: u64 = 500;
