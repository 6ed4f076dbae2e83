//! How much of the store an audit takes.

use pixelproof_model::Kept;
use rusqlite::Connection;

use super::count;
use crate::Result;

/// Of an audit. Reads lengths only, not what is kept.
pub(crate) fn kept(conn: &Connection, key: i64) -> Result<Kept> {
    let number = |sql: &str| -> Result<u64> { Ok(count(conn.prepare_cached(sql)?.query_row([key], |r| r.get(0))?)) };
    let all = [
        "SELECT coalesce(sum(length(b.body)), 0) FROM pages p JOIN bodies b ON b.page = p.id WHERE p.audit = ?1",
        "SELECT coalesce(sum(length(t.trail)), 0) FROM pages p JOIN trails t ON t.page = p.id WHERE p.audit = ?1",
        "SELECT coalesce(sum(length(t.body)), 0) FROM pages p JOIN traffic t ON t.page = p.id WHERE p.audit = ?1",
        "SELECT coalesce(sum(length(body)), 0) FROM captures
         WHERE hash IN (SELECT capture FROM pages WHERE audit = ?1 AND capture IS NOT NULL)",
        "SELECT coalesce(sum(length(body)), 0) FROM pictures
         WHERE hash IN (SELECT i.picture FROM page_pictures i JOIN pages p ON p.id = i.page WHERE p.audit = ?1)",
        "SELECT coalesce(sum(length(evidence) + 40), 0) FROM installs WHERE audit = ?1",
        "SELECT coalesce(sum(length(params) + 60), 0) FROM events WHERE audit = ?1",
        "SELECT coalesce(sum(2 * length(url) + length(template) + 120), 0) FROM pages WHERE audit = ?1",
    ];
    let bytes = all.iter().map(|sql| number(sql)).sum::<Result<u64>>()?;
    let pages = number("SELECT count(*) FROM pages WHERE audit = ?1")?;
    Ok(Kept { pages, bytes, bytes_per_page: bytes.checked_div(pages).unwrap_or(0) })
}
