//! How far an unfinished audit came: what its crawl needs to go on, and the step that makes an ended audit a running one.

use pixelproof_crawl::{Seed, Trail};
use pixelproof_model::AuditConfig;
use rusqlite::{Connection, OptionalExtension, params};

use super::{answers, unpack_json};
use crate::{Result, names::to_json};

/// What a kept page led to.
pub(crate) fn trail(conn: &Connection, audit: i64, url: &str) -> Result<Option<Trail>> {
    let found: Option<Vec<u8>> = conn
        .prepare_cached("SELECT t.trail FROM pages p JOIN trails t ON t.page = p.id WHERE p.audit = ?1 AND p.url = ?2")?
        .query_row(params![audit, url], |r| r.get(0))
        .optional()?;
    found.map(|packed| unpack_json(&packed)).transpose()
}

/// Where the crawl of an audit began.
pub(crate) fn seed(conn: &Connection, audit: i64) -> Result<Option<Seed>> {
    let found: Option<Vec<u8>> =
        conn.prepare_cached("SELECT seed FROM audits WHERE key = ?1")?.query_row([audit], |r| r.get(0))?;
    found.map(|packed| unpack_json(&packed)).transpose()
}

/// Keeps where the crawl began.
pub(crate) fn keep_seed(conn: &Connection, audit: i64, packed: &[u8]) -> Result<()> {
    conn.execute("UPDATE audits SET seed = ?2 WHERE key = ?1", params![audit, packed])?;
    Ok(())
}

/// Keeps what the user was told.
pub(crate) fn keep_notices(conn: &Connection, audit: i64, notices: &[String]) -> Result<()> {
    conn.execute("UPDATE audits SET notices = ?2 WHERE key = ?1", params![audit, to_json(notices)])?;
    Ok(())
}

/// Makes an ended audit a running one. Pages that could not be had for reasons that pass are forgotten, so that they are
/// asked for again; so are those of an older version, which don't say what they led to.
pub(crate) fn begin_again(conn: &Connection, audit: i64, config: &AuditConfig) -> Result<()> {
    conn.execute(
        "DELETE FROM pages WHERE audit = ?1 AND (
            NOT EXISTS (SELECT 1 FROM trails t WHERE t.page = pages.id)
            OR outcome IN ('timed-out', 'dns-failed', 'connection-failed', 'blocked-by-robots')
            OR outcome = 'http-error' AND status IN (429, 503))",
        [audit],
    )?;
    conn.execute(
        "DELETE FROM findings WHERE audit = ?1
            AND NOT EXISTS (SELECT 1 FROM finding_pages fp WHERE fp.finding = findings.key)",
        [audit],
    )?;
    conn.execute(
        "UPDATE audits SET running = 1, judged = 0, complete = 0, finished = NULL, reason = NULL, config = ?2
         WHERE key = ?1",
        params![audit, to_json(config)],
    )?;
    answers::changed(conn, audit)
}

/// Forgets what only an unfinished audit needs.
pub(crate) fn forget(conn: &Connection, audit: i64) -> Result<()> {
    conn.execute("DELETE FROM trails WHERE page IN (SELECT id FROM pages WHERE audit = ?1)", [audit])?;
    conn.execute("UPDATE audits SET seed = NULL WHERE key = ?1", [audit])?;
    Ok(())
}
