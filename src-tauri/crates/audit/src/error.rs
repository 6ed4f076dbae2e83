//! What can keep an audit from starting, going on, opening or being written. A page that fails is a row, not an error.

use std::path::PathBuf;

use pixelproof_model::ErrorCode as AppCode;
use rusqlite::ErrorCode;

/// Why something can't be done. Messages are sentences for people, with a remedy where there is one.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// What was typed can't be audited.
    #[error("{0}")]
    BadInput(String),
    /// The store has no such audit.
    #[error("There is no audit \u{201c}{0}\u{201d} in this store.")]
    NoAudit(String),
    /// Several audits begin with what was typed.
    #[error("Several audits begin with \u{201c}{0}\u{201d}. Type more of the id.")]
    Ambiguous(String),
    /// The audit has no such page.
    #[error("The audit has no page {0}.")]
    NoPage(i64),
    /// The audit has no such finding.
    #[error("The audit has no finding \u{201c}{0}\u{201d}.")]
    NoFinding(String),
    /// The audit runs, so that what was asked must wait.
    #[error("The audit is still running. Stop it first.")]
    StillRunning,
    /// The file is something else.
    #[error("{} is not a Pixelproof store. It was left as it is; choose another file.", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a later version.
    #[error(
        "{} was written by a newer Pixelproof (store version {version}). It was left as it is; update Pixelproof to open it.",
        path.display()
    )]
    NewerStore {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i64,
    },
    /// The file can't be opened.
    #[error("{} can't be opened: {reason}", path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file can't be written.
    #[error("{} can't be written: {source}", path.display())]
    CannotWrite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    CannotRead {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store failed while it was open.
    #[error("The store failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// A row of the store doesn't hold what it should.
    #[error("The store holds a damaged row: {0}")]
    Damaged(String),
    /// The crawl could not start.
    #[error("{0}")]
    Crawl(#[from] pixelproof_crawl::CrawlError),
    /// There is no browser to look with, or it can't be used.
    #[error("{0}")]
    Browser(#[from] pixelproof_crawl::browser::BrowserError),
    /// A report could not be made.
    #[error("The report could not be made: {0}")]
    Report(String),
    /// A report could not be written to where it should go.
    #[error("The report could not be written: {0}")]
    Output(#[from] std::io::Error),
    /// The demo shop can't be served.
    #[error("The demo shop can't be served on port {port}: {source}. Choose another port, or 0 for any free one.")]
    CannotServe {
        /// Port asked for.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// A part of the program is gone.
    #[error("The audit stopped unexpectedly: {0}")]
    Internal(String),
}

impl AuditError {
    /// What keeps a running audit from going on, as a sentence with what to do. What was kept so far is safe.
    pub fn trouble(&self) -> String {
        let AuditError::Store(error) = self else { return self.to_string() };
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => "The disk is full. Free some space, then go on.".to_owned(),
            Some(ErrorCode::SystemIoFailure) => {
                "The store can't be written: the disk is full or fails. Free some space, then go on.".to_owned()
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "Another program holds the store locked. Close it, then go on.".to_owned()
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                "The store may not be written any more. Allow it, then go on.".to_owned()
            }
            _ => format!("The store can't be written: {error}."),
        }
    }

    /// The kind that a window branches on.
    pub fn code(&self) -> AppCode {
        match self {
            AuditError::BadInput(_) | AuditError::Crawl(_) => AppCode::BadInput,
            AuditError::NoAudit(_) | AuditError::NoPage(_) | AuditError::NoFinding(_) | AuditError::Ambiguous(_) => {
                AppCode::NotFound
            }
            AuditError::CannotWrite { .. } => AppCode::CannotWrite,
            _ => AppCode::Internal,
        }
    }
}
