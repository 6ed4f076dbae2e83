//! Audits as a whole: the list, the head, the state.

use pixelproof_model::{AuditConfig, AuditHead, AuditRow, Counts, RunState};
use rusqlite::{Connection, OptionalExtension};
use url::Url;

use super::{
    count,
    sums::{share, totals},
};
use crate::{
    AuditError, Result,
    names::{from_json, parse},
};

/// An audit as stored.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) key: i64,
    pub(crate) head: AuditHead,
    pub(crate) running: bool,
    pub(crate) counts: Counts,
}

/// The audit of an id.
pub(crate) fn stored(conn: &Connection, id: &str) -> Result<Stored> {
    type Row =
        (i64, String, String, String, Option<String>, bool, bool, Option<String>, String, String, String, String);
    let row: Option<Row> = conn
        .prepare_cached(
            "SELECT key, start_url, mode, started, finished, running, complete, reason, tool, config, counts, notices
             FROM audits WHERE id = ?1",
        )?
        .query_row([id], |r| {
            Ok((
                r.get(0)?,
                r.get(1)?,
                r.get(2)?,
                r.get(3)?,
                r.get(4)?,
                r.get(5)?,
                r.get(6)?,
                r.get(7)?,
                r.get(8)?,
                r.get(9)?,
                r.get(10)?,
                r.get(11)?,
            ))
        })
        .optional()?;
    let (key, start, mode, started, finished, running, complete, reason, tool, config, counts, notices) =
        row.ok_or_else(|| AuditError::NoAudit(id.to_owned()))?;
    let head = AuditHead {
        id: id.to_owned(),
        start_url: Url::parse(&start).map_err(|e| AuditError::Damaged(e.to_string()))?,
        mode: parse(&mode)?,
        started,
        finished,
        complete,
        incomplete_reason: reason,
        notices: from_json(&notices)?,
        tool,
        config: from_json::<AuditConfig>(&config)?,
    };
    Ok(Stored { key, head, running, counts: from_json(&counts).unwrap_or_default() })
}

/// All audits, newest first. `live` says the state of one that runs.
pub(crate) fn list(conn: &Connection, live: &dyn Fn(&str) -> RunState) -> Result<Vec<AuditRow>> {
    let mut select = conn.prepare_cached(
        "SELECT a.id, a.start_url, a.host, a.started, a.running, a.complete,
                (SELECT count(*) FROM pages p WHERE p.audit = a.key),
                (SELECT count(*) FROM pages p WHERE p.audit = a.key AND p.judged),
                (SELECT count(*) FROM pages p WHERE p.audit = a.key AND p.judged AND p.active),
                (SELECT count(*) FROM pages p WHERE p.audit = a.key AND p.duplicates > 0),
                (SELECT count(*) FROM findings f WHERE f.audit = a.key AND f.severity = 3 AND f.ignored IS NULL)
         FROM audits a ORDER BY a.started DESC, a.key DESC",
    )?;
    let rows = select.query_map([], |r| {
        let id: String = r.get(0)?;
        let (judged, active) = (count(r.get(7)?), count(r.get(8)?));
        Ok(AuditRow {
            start_url: r.get(1)?,
            host: r.get(2)?,
            started: r.get(3)?,
            state: state(r.get(4)?, r.get(5)?, || live(&id)),
            pages: count(r.get(6)?),
            coverage: (judged > 0).then(|| share(active, judged)),
            duplicates: count(r.get(9)?),
            errors: count(r.get(10)?),
            id,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The counts of a finished audit; of one that was killed, what its rows say.
pub(crate) fn counts(conn: &Connection, key: i64, counts: Counts) -> Result<Counts> {
    if counts != Counts::default() {
        return Ok(counts);
    }
    let sums = totals(conn, key, 0)?;
    Ok(Counts { found: sums.pages, fetched: sums.read, failed: sums.failed, ..counts })
}

/// State of an audit: `live` is asked only while it runs.
pub(crate) fn state(running: bool, complete: bool, live: impl FnOnce() -> RunState) -> RunState {
    match (running, complete) {
        (true, _) => live(),
        (false, true) => RunState::Complete,
        (false, false) => RunState::Incomplete,
    }
}

/// The id that begins so; `last` is the newest audit.
pub(crate) fn resolve(conn: &Connection, text: &str) -> Result<String> {
    if text == "last" {
        let id = conn
            .query_row("SELECT id FROM audits ORDER BY started DESC, key DESC LIMIT 1", [], |r| r.get(0))
            .optional()?;
        return id.ok_or_else(|| AuditError::NoAudit(text.to_owned()));
    }
    let mut select = conn.prepare_cached(
        "SELECT id FROM audits WHERE id = ?1 OR substr(id, 1, length(?1)) = ?1 ORDER BY id <> ?1, id LIMIT 2",
    )?;
    let found: Vec<String> = select.query_map([text], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    match found.as_slice() {
        [first, ..] if first == text => Ok(first.clone()),
        [only] if !text.is_empty() => Ok(only.clone()),
        [] | [_] => Err(AuditError::NoAudit(text.to_owned())),
        _ => Err(AuditError::Ambiguous(text.to_owned())),
    }
}
