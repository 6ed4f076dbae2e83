//! What an earlier audit of the site kept of a page, so that the server is only asked whether it changed.

use pixelproof_crawl::Earlier;
use pixelproof_model::AuditConfig;
use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

use crate::{Result, query::page, store::unpack};

/// Earlier audits looked at for one that asked as this one does.
const LOOKED_AT: i64 = 10;

/// The newest audit of the same host before this one that asked as it does: under the same name, and with nothing that is
/// the user's own, since a server may answer that otherwise.
pub(crate) fn audit(conn: &Connection, key: i64, config: &AuditConfig) -> Result<Option<i64>> {
    let mut select = conn.prepare(
        "SELECT e.key, e.config FROM audits e JOIN audits a ON a.key = ?1
         WHERE e.key < a.key AND e.host = a.host AND NOT e.running AND e.secrets = '[]' ORDER BY e.key DESC LIMIT ?2",
    )?;
    let found = select.query_map(params![key, LOOKED_AT], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?)))?;
    for row in found {
        let (earlier, text) = row?;
        let fits = serde_json::from_str::<AuditConfig>(&text).is_ok_and(|earlier| {
            earlier.captures && earlier.folder.is_none() && earlier.user_agent == config.user_agent
        });
        if fits {
            return Ok(Some(earlier));
        }
    }
    Ok(None)
}

/// A page of that audit, whole and with its source.
pub(crate) fn page(conn: &Connection, audit: i64, url: &Url) -> Result<Option<Earlier>> {
    let found: Option<(i64, Vec<u8>)> = conn
        .prepare_cached(
            "SELECT p.id, c.body FROM pages p JOIN captures c ON c.hash = p.capture
             WHERE p.audit = ?1 AND p.url = ?2 AND p.outcome IN ('ok', 'too-deep')",
        )?
        .query_row(params![audit, url.as_str()], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    let Some((row, packed)) = found else { return Ok(None) };
    // After a redirect the answer was that of another address.
    let Some(fetch) = page::body(conn, row)?.fetch.filter(|fetch| fetch.final_url == *url) else { return Ok(None) };
    let Some(status) = fetch.status else { return Ok(None) };
    let body = String::from_utf8_lossy(&unpack(&packed)?).into_owned();
    Ok(Some(Earlier { status, content_type: fetch.content_type, headers: fetch.headers, body, bytes: fetch.bytes }))
}
