//! Findings: the work list, and those of one page.

use std::collections::BTreeMap;

use pixelproof_detect::Catalogue;
use pixelproof_model::{Evidence, Finding, FindingRow, FindingsView, Severity};
use rusqlite::{Connection, Row, params};

use super::{audits::stored, count, sums};
use crate::{
    AuditError, Result,
    names::{from_json, parse},
    store::FindingBody,
};

/// Pages of a finding in a list.
const LISTED_PAGES: i64 = 10;
/// Pieces of evidence of a finding.
pub(crate) const MAX_EVIDENCE: usize = 8;
/// Pages whose evidence is looked at.
const EVIDENCE_PAGES: i64 = 2;

/// The work list.
pub(crate) fn view(conn: &Connection, id: &str, catalogue: &Catalogue) -> Result<FindingsView> {
    let audit = stored(conn, id)?;
    let not_checked = sums::not_checked(conn, audit.key, audit.head.mode)?;
    Ok(FindingsView { rows: rows(conn, audit.key, catalogue)?, not_checked })
}

/// Findings of an audit, worst first, each with its first pages.
pub(crate) fn rows(conn: &Connection, audit: i64, catalogue: &Catalogue) -> Result<Vec<FindingRow>> {
    let found = read(conn, audit, LISTED_PAGES)?;
    let name = |id: &String| catalogue.get(id).map_or_else(|| id.clone(), |v| v.name.clone());
    let rows = found.into_iter().map(|(finding, ignored)| FindingRow {
        vendor_name: finding.vendor.as_ref().map(name),
        finding,
        ignored,
    });
    Ok(rows.collect())
}

/// Findings with at most so many pages each (-1: all), and the reasons for ignoring them.
pub(crate) fn read(conn: &Connection, audit: i64, pages: i64) -> Result<Vec<(Finding, Option<String>)>> {
    let mut select = conn.prepare_cached(&format!(
        "SELECT {COLUMNS}, f.evidence, f.ignored, (SELECT count(*) FROM finding_pages fp WHERE fp.finding = f.key)
         FROM findings f WHERE f.audit = ?1"
    ))?;
    let mut rows = select.query([audit])?;
    let mut templates = templates_of(conn, audit)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let own: Vec<Evidence> = from_json(&row.get::<_, String>(8)?)?;
        let mut finding = head(row)?;
        finding.page_count = count(row.get(10)?);
        finding.templates = templates.remove(&key).unwrap_or_default();
        finding.pages = pages_of(conn, key, pages)?;
        finding.evidence = evidence_of(conn, key, own)?;
        out.push((finding, row.get(9)?));
    }
    out.sort_by(|(a, _), (b, _)| {
        let rank = |f: &Finding| std::cmp::Reverse((f.severity, f.page_count));
        rank(a)
            .cmp(&rank(b))
            .then_with(|| (&a.rule, &a.vendor, &a.account, &a.id).cmp(&(&b.rule, &b.vendor, &b.account, &b.id)))
    });
    Ok(out)
}

/// Findings that name a page, with what that page shows of them.
pub(crate) fn of_page(conn: &Connection, audit: i64, page: i64, url: &str) -> Result<Vec<Finding>> {
    let mut select = conn.prepare_cached(&format!(
        "SELECT {COLUMNS}, fp.evidence, f.evidence FROM finding_pages fp JOIN findings f ON f.key = fp.finding
         WHERE f.audit = ?1 AND fp.page = ?2 ORDER BY f.severity DESC, f.rule, f.id"
    ))?;
    let mut rows = select.query(params![audit, page])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let mut finding = head(row)?;
        finding.page_count = 1;
        finding.pages = vec![url.to_owned()];
        finding.evidence = from_json(&row.get::<_, String>(8)?)?;
        if finding.evidence.is_empty() {
            finding.evidence = from_json(&row.get::<_, String>(9)?)?;
        }
        out.push(finding);
    }
    Ok(out)
}

const COLUMNS: &str = "f.key, f.id, f.rule, f.severity, f.area, f.vendor, f.account, f.body";

fn head(row: &Row<'_>) -> Result<Finding> {
    let body: FindingBody = from_json(&row.get::<_, String>(7)?)?;
    Ok(Finding {
        id: row.get(1)?,
        rule: row.get(2)?,
        severity: severity(row.get(3)?)?,
        area: parse(&row.get::<_, String>(4)?)?,
        vendor: row.get(5)?,
        account: row.get(6)?,
        message: body.message,
        why: body.why,
        fix: body.fix,
        snippet: body.snippet,
        cause: body.cause,
        actor: body.actor,
        templates: Vec::new(),
        page_count: 0,
        pages: Vec::new(),
        evidence: Vec::new(),
    })
}

/// A severity from its rank.
pub(crate) fn severity(rank: i64) -> Result<Severity> {
    match rank {
        1 => Ok(Severity::Info),
        2 => Ok(Severity::Warning),
        3 => Ok(Severity::Error),
        other => Err(AuditError::Damaged(format!("severity {other}"))),
    }
}

fn templates_of(conn: &Connection, audit: i64) -> Result<BTreeMap<i64, Vec<String>>> {
    let mut select = conn.prepare_cached(
        "SELECT DISTINCT fp.finding, p.template FROM findings f JOIN finding_pages fp ON fp.finding = f.key
         JOIN pages p ON p.id = fp.page WHERE f.audit = ?1 ORDER BY fp.finding, p.template",
    )?;
    let mut rows = select.query([audit])?;
    let mut out: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        out.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(out)
}

fn pages_of(conn: &Connection, finding: i64, limit: i64) -> Result<Vec<String>> {
    let mut select = conn.prepare_cached(
        "SELECT p.url FROM finding_pages fp JOIN pages p ON p.id = fp.page WHERE fp.finding = ?1 ORDER BY p.url LIMIT ?2",
    )?;
    let rows = select.query_map(params![finding, limit], |r| r.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every page of a finding.
pub(crate) fn all_pages(conn: &Connection, audit: i64, id: &str) -> Result<Vec<String>> {
    let key: i64 = conn
        .prepare_cached("SELECT key FROM findings WHERE audit = ?1 AND id = ?2")?
        .query_row(params![audit, id], |r| r.get(0))?;
    pages_of(conn, key, -1)
}

/// The finding's own evidence and that of its first pages.
fn evidence_of(conn: &Connection, finding: i64, own: Vec<Evidence>) -> Result<Vec<Evidence>> {
    let mut select = conn.prepare_cached(
        "SELECT fp.evidence FROM finding_pages fp JOIN pages p ON p.id = fp.page WHERE fp.finding = ?1
         ORDER BY p.url LIMIT ?2",
    )?;
    let mut out = own;
    for text in select.query_map(params![finding, EVIDENCE_PAGES], |r| r.get::<_, String>(0))? {
        for piece in from_json::<Vec<Evidence>>(&text?)? {
            if out.len() < MAX_EVIDENCE && !out.contains(&piece) {
                out.push(piece);
            }
        }
    }
    Ok(out)
}
