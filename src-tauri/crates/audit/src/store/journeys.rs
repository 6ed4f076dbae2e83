//! Journeys of an audit: kept whole, read whole.

use pixelproof_model::JourneyRun;
use rusqlite::{Connection, params};

use super::{answers, pack_json, unpack_json};
use crate::Result;

/// Keeps them in the place of those kept before.
pub(crate) fn keep(conn: &Connection, audit: i64, runs: &[JourneyRun]) -> Result<()> {
    let packed = (!runs.is_empty()).then(|| pack_json(runs));
    conn.execute("UPDATE audits SET journeys = ?2 WHERE key = ?1", params![audit, packed])?;
    answers::changed(conn, audit)
}

/// The journeys of an audit.
pub(crate) fn read(conn: &Connection, audit: i64) -> Result<Vec<JourneyRun>> {
    let packed: Option<Vec<u8>> =
        conn.prepare_cached("SELECT journeys FROM audits WHERE key = ?1")?.query_row([audit], |r| r.get(0))?;
    packed.map_or_else(|| Ok(Vec::new()), |packed| unpack_json(&packed))
}
