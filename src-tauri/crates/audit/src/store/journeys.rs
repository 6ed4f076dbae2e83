//! Journeys of an audit: kept whole, read whole.

use pixelproof_model::JourneyRun;
use rusqlite::{Connection, params};

use super::{answers, pack, unpack};
use crate::{AuditError, Result, names::to_json};

/// Keeps them in the place of those kept before.
pub(crate) fn keep(conn: &Connection, audit: i64, runs: &[JourneyRun]) -> Result<()> {
    let packed = (!runs.is_empty()).then(|| pack(to_json(runs).as_bytes()));
    conn.execute("UPDATE audits SET journeys = ?2 WHERE key = ?1", params![audit, packed])?;
    answers::changed(conn, audit)
}

/// The journeys of an audit.
pub(crate) fn read(conn: &Connection, audit: i64) -> Result<Vec<JourneyRun>> {
    let packed: Option<Vec<u8>> =
        conn.prepare_cached("SELECT journeys FROM audits WHERE key = ?1")?.query_row([audit], |r| r.get(0))?;
    let Some(packed) = packed else { return Ok(Vec::new()) };
    serde_json::from_slice(&unpack(&packed)?).map_err(|error| AuditError::Damaged(error.to_string()))
}
