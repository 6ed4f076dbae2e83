//! The end of an audit, in one transaction: templates from all addresses, sums by template, site rules over the sums, and
//! the pages that their findings are about.

use pixelproof_crawl::CrawlEnd;
use pixelproof_detect::{
    Catalogue,
    rules::{self, PageSelector, SiteContext, Travelled},
};
use pixelproof_model::{Evidence, PageOutcome};
use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

use super::analyse::draft_row;
use crate::{
    Result,
    names::{name, to_json},
    query::sums::template_sums,
    store::{DraftRow, answers, insert_draft, journeys},
    template::Templates,
};

/// Rows taken at a time when all pages are gone through.
const CHUNK: i64 = 2000;
/// Pieces of evidence made for a site finding that brings none.
const MADE_EVIDENCE: i64 = 3;

/// Computes everything that needs all pages. Safe to run again.
pub(crate) fn judge_site(conn: &Connection, audit: i64, catalogue: &Catalogue) -> Result<()> {
    let ignored = forget_site_findings(conn, audit)?;
    name_templates(conn, audit)?;
    let templates = template_sums(conn, audit)?;
    for (rule, draft) in rules::check_site(&SiteContext { templates: &templates, catalogue }) {
        let selector = draft.pages.clone();
        insert_site_finding(conn, audit, draft_row(rule, draft), &selector)?;
    }
    judge_journeys(conn, audit, catalogue)?;
    let mut ignore = conn.prepare("UPDATE findings SET ignored = ?3 WHERE audit = ?1 AND id = ?2")?;
    for (id, reason) in ignored {
        ignore.execute(params![audit, id, reason])?;
    }
    conn.execute(
        "UPDATE pages SET
            findings = (SELECT count(*) FROM finding_pages fp WHERE fp.page = pages.id),
            worst = (SELECT coalesce(max(f.severity), 0) FROM finding_pages fp JOIN findings f ON f.key = fp.finding
                     WHERE fp.page = pages.id)
         WHERE audit = ?1 AND (findings > 0 OR EXISTS (SELECT 1 FROM finding_pages fp WHERE fp.page = pages.id))",
        [audit],
    )?;
    conn.execute("UPDATE audits SET judged = 1 WHERE key = ?1", [audit])?;
    answers::changed(conn, audit)
}

/// What the rules say of the journeys. Their findings carry their own evidence; the pages of the audit that they went over
/// are theirs, too.
fn judge_journeys(conn: &Connection, audit: i64, catalogue: &Catalogue) -> Result<()> {
    let runs = journeys::read(conn, audit)?;
    for (rule, draft) in rules::check_journeys(&Travelled { runs: &runs, catalogue }) {
        let row = draft_row(rule, draft);
        let key = insert_draft(conn, audit, &row, &row.evidence, "")?;
        let mut page = conn.prepare_cached(
            "INSERT OR IGNORE INTO finding_pages (finding, page, evidence)
             SELECT ?1, id, '[]' FROM pages WHERE audit = ?2 AND url = ?3",
        )?;
        for piece in &row.evidence {
            page.execute(params![key, audit, piece.page])?;
        }
    }
    Ok(())
}

/// Removes what an earlier judgement found of the site as a whole, and gives the reasons for ignoring some of it.
fn forget_site_findings(conn: &Connection, audit: i64) -> Result<Vec<(String, String)>> {
    let mut select =
        conn.prepare("SELECT id, ignored FROM findings WHERE audit = ?1 AND first_url = '' AND ignored IS NOT NULL")?;
    let ignored = select.query_map([audit], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    conn.execute("DELETE FROM findings WHERE audit = ?1 AND first_url = ''", [audit])?;
    Ok(ignored)
}

/// Gives each page the template that all addresses together make of its own.
pub(crate) fn name_templates(conn: &Connection, audit: i64) -> Result<()> {
    let mut templates = Templates::default();
    each_page(conn, audit, |_, url, _| {
        templates.add(url);
        Ok(())
    })?;
    let mut update = conn.prepare("UPDATE pages SET template = ?2 WHERE id = ?1")?;
    each_page(conn, audit, |id, url, before| {
        let template = templates.of(url);
        if template != before {
            update.execute(params![id, template])?;
        }
        Ok(())
    })
}

/// Goes through the addresses of an audit, a chunk at a time.
fn each_page(conn: &Connection, audit: i64, mut take: impl FnMut(i64, &Url, &str) -> Result<()>) -> Result<()> {
    let mut select =
        conn.prepare("SELECT id, url, template FROM pages WHERE audit = ?1 AND id > ?2 ORDER BY id LIMIT ?3")?;
    let mut after = 0;
    loop {
        let rows: Vec<(i64, String, String)> = select
            .query_map(params![audit, after, CHUNK], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let Some((last, _, _)) = rows.last() else { return Ok(()) };
        after = *last;
        for (id, url, template) in &rows {
            if let Ok(url) = Url::parse(url) {
                take(*id, &url, template)?;
            }
        }
    }
}

fn insert_site_finding(conn: &Connection, audit: i64, draft: DraftRow, selector: &PageSelector) -> Result<()> {
    let key = insert_draft(conn, audit, &draft, &draft.evidence, "")?;
    select_pages(conn, audit, key, selector)?;
    if !draft.evidence.is_empty() {
        return Ok(());
    }
    let mut first = conn.prepare_cached(
        "SELECT p.url FROM finding_pages fp JOIN pages p ON p.id = fp.page WHERE fp.finding = ?1 ORDER BY p.url LIMIT ?2",
    )?;
    let pages: Vec<String> =
        first.query_map(params![key, MADE_EVIDENCE], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    let evidence: Vec<Evidence> = pages
        .into_iter()
        .map(|page| Evidence { page, at: None, excerpt: None, note: "one of the pages concerned".to_owned() })
        .collect();
    conn.execute("UPDATE findings SET evidence = ?2 WHERE key = ?1", params![key, to_json(&evidence)])?;
    Ok(())
}

/// Writes the pages that a site finding is about.
fn select_pages(conn: &Connection, audit: i64, finding: i64, selector: &PageSelector) -> Result<()> {
    match selector {
        PageSelector::ThisPage => Ok(()),
        PageSelector::Lacking { template, vendor, account, cell } => {
            // A page without a row for the account is `missing`; any other state is the row's.
            conn.prepare_cached(
                "INSERT OR IGNORE INTO finding_pages (finding, page, evidence)
                 SELECT ?1, p.id, '[]' FROM pages p
                 LEFT JOIN installs i ON i.page = p.id AND i.vendor = ?4 AND i.account IS ?5
                 WHERE p.audit = ?2 AND p.template = ?3 AND p.due AND p.active AND coalesce(i.cell, 'missing') = ?6",
            )?
            .execute(params![finding, audit, template, vendor, account, name(cell)])?;
            Ok(())
        }
        PageSelector::Carrying { vendor, account, templates } => {
            conn.prepare_cached(
                "INSERT OR IGNORE INTO finding_pages (finding, page, evidence)
                 SELECT ?1, p.id, CASE i.evidence WHEN 'null' THEN '[]' ELSE json_array(json(i.evidence)) END FROM pages p
                 JOIN installs i ON i.page = p.id AND i.vendor = ?3 AND i.account IS ?4
                 WHERE p.audit = ?2 AND i.cell IN ('active', 'duplicate')
                   AND (?5 = '[]' OR p.template IN (SELECT value FROM json_each(?5)))",
            )?
            .execute(params![finding, audit, vendor, account, to_json(templates)])?;
            Ok(())
        }
    }
}

/// How the audit ended, in the light of what was read: an audit that read nothing is not complete.
pub(crate) fn verdict(conn: &Connection, audit: i64, end: CrawlEnd) -> Result<CrawlEnd> {
    let any: bool =
        conn.query_row("SELECT EXISTS (SELECT 1 FROM pages WHERE audit = ?1 AND read)", [audit], |r| r.get(0))?;
    if any {
        return Ok(end);
    }
    let first: Option<(String, String, Option<String>)> = conn
        .query_row(
            "SELECT url, outcome, reason FROM pages WHERE audit = ?1 ORDER BY failed DESC, ord LIMIT 1",
            [audit],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )
        .optional()?;
    let reason = match first {
        None => end.reason.unwrap_or_else(|| "No page was found.".to_owned()),
        Some((url, outcome, reason)) => {
            let outcome: PageOutcome = crate::names::parse(&outcome)?;
            let reason = reason.unwrap_or_else(|| format!("{}.", crate::words::outcome(outcome)));
            format!("No page could be read. {url}: {reason}")
        }
    };
    Ok(CrawlEnd { complete: false, reason: Some(reason) })
}
