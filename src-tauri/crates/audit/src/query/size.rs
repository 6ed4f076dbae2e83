//! How much of the store an audit takes.

use rusqlite::Connection;

use super::{count, key_of};
use crate::Result;

/// What an audit keeps of its pages, without the indexes over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptSize {
    /// Pages.
    pub pages: u64,
    /// Bytes of all of them. A source that several pages share, or another audit too, counts once.
    pub bytes: u64,
}

impl KeptSize {
    /// Bytes of one page on average; zero without pages.
    pub fn per_page(&self) -> u64 {
        self.bytes.checked_div(self.pages).unwrap_or(0)
    }
}

/// Of an audit. Reads lengths only, not what is kept.
pub(crate) fn kept(conn: &Connection, id: &str) -> Result<KeptSize> {
    let key = key_of(conn, id)?;
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
    let bytes: Result<u64> = all.iter().map(|sql| number(sql)).sum();
    Ok(KeptSize { pages: number("SELECT count(*) FROM pages WHERE audit = ?1")?, bytes: bytes? })
}
