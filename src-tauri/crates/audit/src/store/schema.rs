//! The tables, and how an older store becomes a current one. A file that is newer or something else is refused and left
//! as it is.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::{AuditError, Result};

/// Marks a SQLite file as ours (`PRAGMA application_id`): "PxPr".
const APPLICATION_ID: i64 = 0x5078_5072;

/// Steps from each version to the next: the first makes version 1 of an empty file.
const STEPS: &[&str] = &[
    include_str!("v1.sql"),
    include_str!("v2.sql"),
    include_str!("v3.sql"),
    include_str!("v4.sql"),
    include_str!("v5.sql"),
    include_str!("v6.sql"),
    include_str!("v7.sql"),
];

/// Brings the file to the current version, or refuses it.
pub(crate) fn prepare(conn: &mut Connection, path: &Path) -> Result<()> {
    let version: i64 = pragma(conn, path, "user_version")?;
    let application: i64 = pragma(conn, path, "application_id")?;
    let tables: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_master", [], |r| r.get(0)).map_err(|e| refuse(&e, path))?;
    let empty = tables == 0 && version == 0;
    if !empty && application != APPLICATION_ID {
        return Err(AuditError::NotAStore { path: path.to_owned() });
    }
    let current = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if version > current {
        return Err(AuditError::NewerStore { path: path.to_owned(), version });
    }
    if version == current {
        return Ok(());
    }
    upgrade(conn, current).map_err(|e| refuse(&e, path))
}

/// Takes the steps that the file lacks.
fn upgrade(conn: &mut Connection, current: i64) -> rusqlite::Result<()> {
    let step = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited for the lock.
    let version: i64 = step.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    for sql in STEPS.iter().skip(usize::try_from(version).unwrap_or(0)) {
        step.execute_batch(sql)?;
    }
    step.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {current};"))?;
    step.commit()
}

fn pragma(conn: &Connection, path: &Path, name: &str) -> Result<i64> {
    conn.query_row(&format!("PRAGMA {name}"), [], |r| r.get(0)).map_err(|e| refuse(&e, path))
}

/// What keeps a file from being a store, in words.
pub(super) fn refuse(error: &rusqlite::Error, path: &Path) -> AuditError {
    let path = path.to_owned();
    let reason = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => return AuditError::NotAStore { path },
        Some(ErrorCode::DatabaseCorrupt) => {
            "the file is damaged. It was left as it is; restore a copy or choose another file".to_owned()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program holds it locked".to_owned(),
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        _ => error.to_string(),
    };
    AuditError::CannotOpen { path, reason }
}
