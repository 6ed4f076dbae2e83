//! Pages that repeat another of their audit: the same document under another address, or a form of the page that their
//! canonical link names.

use std::collections::HashMap;

use pixelproof_crawl::identity;
use pixelproof_model::{Duplicate, DuplicateBy, Page};
use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

use crate::Result;

/// Documents that several pages of an audit share, with the first page found of each. They are known where sources are
/// kept.
pub(crate) struct Shared(HashMap<Vec<u8>, String>);

impl Shared {
    /// Of an audit.
    pub(crate) fn of_audit(conn: &Connection, audit: i64) -> Result<Shared> {
        let mut select = conn.prepare_cached(
            "SELECT capture, url, min(ord) FROM pages WHERE audit = ?1 AND capture IS NOT NULL
             GROUP BY capture HAVING count(*) > 1",
        )?;
        let rows = select.query_map([audit], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(Shared(rows.collect::<rusqlite::Result<_>>()?))
    }

    /// What a page repeats.
    pub(crate) fn duplicate(
        &self,
        conn: &Connection,
        audit: i64,
        page: &Page,
        capture: Option<Vec<u8>>,
    ) -> Result<Option<Duplicate>> {
        let same = capture.and_then(|capture| self.0.get(&capture)).map(String::as_str);
        Ok(duplicate(page, canonical(conn, audit, page)?, same))
    }
}

/// The first page found that has the source of a page. With the plus the few of one source are sorted; without it all
/// pages of the audit would be walked in order until one has it.
const FIRST_WITH_SOURCE: &str = "SELECT o.url FROM pages p JOIN pages o ON o.capture = p.capture AND o.audit = p.audit
     WHERE p.audit = ?1 AND p.url = ?2 AND p.capture IS NOT NULL ORDER BY +o.ord LIMIT 1";

/// What one page of an audit repeats.
pub(crate) fn of_page(conn: &Connection, audit: i64, page: &Page) -> Result<Option<Duplicate>> {
    let same: Option<String> = conn
        .prepare_cached(FIRST_WITH_SOURCE)?
        .query_row(params![audit, page.url.as_str()], |r| r.get(0))
        .optional()?;
    Ok(duplicate(page, canonical(conn, audit, page)?, same.as_deref()))
}

/// The page of the audit that the canonical link names, unless that is the page itself.
fn canonical(conn: &Connection, audit: i64, page: &Page) -> Result<Option<Url>> {
    let Some(named) = page.canonical.as_ref().map(identity) else { return Ok(None) };
    let end = page.fetch.as_ref().map(|fetch| identity(&fetch.final_url));
    if named == page.url || Some(&named) == end.as_ref() {
        return Ok(None);
    }
    let mut select = conn.prepare_cached("SELECT 1 FROM pages WHERE audit = ?1 AND url = ?2")?;
    Ok(select.exists(params![audit, named.as_str()])?.then_some(named))
}

fn duplicate(page: &Page, canonical: Option<Url>, same: Option<&str>) -> Option<Duplicate> {
    if let Some(url) = canonical {
        return Some(Duplicate { url, by: DuplicateBy::Canonical });
    }
    let url = same.filter(|url| *url != page.url.as_str()).and_then(|url| Url::parse(url).ok())?;
    Some(Duplicate { url, by: DuplicateBy::Content })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn what_a_page_repeats_is_found_without_a_walk_through_the_audit() {
        let mut conn = Connection::open_in_memory().unwrap();
        crate::store::prepare(&mut conn, std::path::Path::new("memory")).unwrap();
        conn.execute_batch(
            "INSERT INTO audits (key, id, start_url, host, mode, started, running, tool, config)
             VALUES (1, 'a', '/', 'h', 'source', '', 0, '', '{}');
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO pages (audit, ord, url, path, template, outcome, read, judged, due, active, untracked, failed,
                                duplicates, installs, events, findings, worst, capture)
             SELECT 1, i, 'https://a.test/' || i, '/', '/', 'ok', 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
                    CAST(i / 2 AS BLOB) FROM n;",
        )
        .unwrap();
        let mut select = conn.prepare(FIRST_WITH_SOURCE).unwrap();
        for (url, wanted) in
            [("https://a.test/2999", "https://a.test/2998"), ("https://a.test/2000", "https://a.test/2000")]
        {
            select.reset_status(StatementStatus::VmStep);
            let first: String = select.query_row(params![1, url], |r| r.get(0)).unwrap();
            assert_eq!(first, wanted);
            let steps = select.get_status(StatementStatus::VmStep);
            assert!(steps < 300, "{steps} steps for one of 3000 pages");
        }
    }
}
