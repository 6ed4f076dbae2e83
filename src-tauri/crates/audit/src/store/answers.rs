//! Answers kept for audits that don't change any more, so that one of a hundred thousand pages opens at once.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

use super::{Store, pack_json, unpack_json};
use crate::{Result, audits::TOOL};

/// State of an audit as far as answers hang on it.
struct Basis {
    key: i64,
    revision: i64,
    /// The audit ended and is judged.
    fixed: bool,
}

fn basis(conn: &Connection, key: i64) -> Result<Basis> {
    let select = "SELECT revision, judged AND NOT running FROM audits WHERE key = ?1";
    let mut select = conn.prepare_cached(select)?;
    Ok(select.query_row([key], |r| Ok(Basis { key, revision: r.get(0)?, fixed: r.get(1)? }))?)
}

/// Notes that something changed which answers about the audit hang on.
pub(crate) fn changed(conn: &Connection, audit: i64) -> Result<()> {
    conn.execute("UPDATE audits SET revision = revision + 1 WHERE key = ?1", [audit])?;
    Ok(())
}

/// The kept answer of this kind, or a computed one, which is kept where the audit doesn't change any more.
pub(crate) fn answer<T: Serialize + DeserializeOwned>(
    store: &Store,
    kind: &'static str,
    key: impl FnOnce(&Connection) -> Result<i64>,
    compute: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let (value, basis) = store.read(|conn| {
        let basis = basis(conn, key(conn)?)?;
        let kept = if basis.fixed { kept(conn, &basis, kind)? } else { None };
        match kept {
            Some(value) => Ok((value, None)),
            None => Ok((compute(conn)?, Some(basis).filter(|basis| basis.fixed))),
        }
    })?;
    if let Some(basis) = basis {
        let body = pack_json(&value);
        // An answer that can't be kept is computed again next time.
        let _ = store.writer().post(move |conn| drop(keep(conn, &basis, kind, &body)));
    }
    Ok(value)
}

fn kept<T: DeserializeOwned>(conn: &Connection, basis: &Basis, kind: &str) -> Result<Option<T>> {
    let select = "SELECT body FROM answers WHERE audit = ?1 AND kind = ?2 AND tool = ?3 AND revision = ?4";
    let body: Option<Vec<u8>> = conn
        .prepare_cached(select)?
        .query_row(params![basis.key, kind, TOOL, basis.revision], |r| r.get(0))
        .optional()?;
    // What can't be read any more is computed again.
    Ok(body.and_then(|body| unpack_json(&body).ok()))
}

fn keep(conn: &Connection, basis: &Basis, kind: &str, body: &[u8]) -> Result<()> {
    conn.execute(
        "INSERT OR REPLACE INTO answers (audit, kind, tool, revision, body)
         SELECT key, ?2, ?3, ?4, ?5 FROM audits WHERE key = ?1 AND revision = ?4",
        params![basis.key, kind, TOOL, basis.revision, body],
    )?;
    Ok(())
}
