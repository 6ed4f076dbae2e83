//! Questions to the store. Rows come out joined, sorted and worded; nothing here writes.

pub(crate) mod audits;
pub(crate) mod duplicates;
pub(crate) mod events;
pub(crate) mod findings;
pub(crate) mod journeys;
pub(crate) mod overview;
pub(crate) mod page;
pub(crate) mod pages;
pub(crate) mod report;
pub(crate) mod size;
pub(crate) mod sums;

use rusqlite::{Connection, OptionalExtension};

use crate::{AuditError, Result};

/// Key of an audit.
pub(crate) fn key_of(conn: &Connection, id: &str) -> Result<i64> {
    conn.prepare_cached("SELECT key FROM audits WHERE id = ?1")?
        .query_row([id], |r| r.get(0))
        .optional()?
        .ok_or_else(|| AuditError::NoAudit(id.to_owned()))
}

/// A count that SQLite gives; it is never negative.
pub(crate) fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// `%text%` for LIKE with `\` as escape.
pub(crate) fn like(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}
