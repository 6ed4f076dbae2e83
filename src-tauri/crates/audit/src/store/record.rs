//! A page as it is written: everything computed from it before the writer sees it, so that the writer only inserts.

use pixelproof_detect::{Catalogue, rules::cells};
use pixelproof_model::{Area, Cell, Event, Evidence, Page, Severity, State, Text};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pack_json;
use crate::{
    Result,
    browser::{Kept, Taken},
    names::{name, to_json},
};

/// A page with its rows.
#[derive(Debug)]
pub(crate) struct PageRecord {
    /// Key of the audit.
    pub(crate) audit: i64,
    /// Place in the order of discovery.
    pub(crate) order: i64,
    /// Address.
    pub(crate) url: String,
    /// Path and query.
    pub(crate) path: String,
    /// Title.
    pub(crate) title: Option<String>,
    /// Template as far as the address alone says.
    pub(crate) template: String,
    /// Status of the last answer.
    pub(crate) status: Option<u16>,
    /// Outcome's name.
    pub(crate) outcome: String,
    /// Why not `ok`.
    pub(crate) reason: Option<String>,
    /// See the table.
    pub(crate) flags: PageFlags,
    /// The page as packed JSON.
    pub(crate) body: Vec<u8>,
    /// Packed source, where it is kept, and the SHA-256 of that.
    pub(crate) capture: Option<(Vec<u8>, Vec<u8>)>,
    /// One a pixel account.
    pub(crate) pixels: Vec<PixelRow>,
    /// One an event that can run.
    pub(crate) events: Vec<EventRecord>,
    /// Installs, all states.
    pub(crate) installs: usize,
    /// Findings of the page's own rules.
    pub(crate) drafts: Vec<DraftRow>,
    /// What the crawl must know to go on without the page, packed.
    pub(crate) trail: Vec<u8>,
    /// Pictures, each with its SHA-256.
    pub(crate) pictures: Vec<(Taken, Vec<u8>)>,
    /// Requests that a browser saw, packed.
    pub(crate) traffic: Option<Vec<u8>>,
}

/// What sums ask of a page.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PageFlags {
    pub(crate) read: bool,
    pub(crate) judged: bool,
    pub(crate) due: bool,
    pub(crate) active: bool,
    pub(crate) untracked: bool,
    pub(crate) failed: bool,
    /// Needs of browser rules that the page meets, one bit each.
    pub(crate) met: i64,
}

/// A pixel account on a page.
#[derive(Debug)]
pub(crate) struct PixelRow {
    vendor: String,
    account: Option<String>,
    cell: Cell,
    count: usize,
    evidence: Option<Evidence>,
}

/// An event on a page.
#[derive(Debug)]
pub(crate) struct EventRecord {
    vendor: String,
    accounts: String,
    name: String,
    expr: bool,
    class: String,
    stage: String,
    trigger: String,
    params: String,
}

/// A finding of one page, ready to be grouped.
#[derive(Debug, Clone)]
pub(crate) struct DraftRow {
    pub(crate) id: String,
    pub(crate) rule: String,
    pub(crate) severity: Severity,
    pub(crate) area: Area,
    pub(crate) vendor: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) body: FindingBody,
    pub(crate) evidence: Vec<Evidence>,
}

/// The words of a finding.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FindingBody {
    pub(crate) message: String,
    pub(crate) why: String,
    pub(crate) fix: String,
    pub(crate) snippet: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) actor: pixelproof_model::Actor,
}

/// Id of a finding: of its rule and cause, the same in every audit.
pub(crate) fn finding_id(rule: &str, vendor: Option<&str>, account: Option<&str>, key: &str) -> String {
    let mut hash = Sha256::new();
    for part in [Some(rule), vendor, account, Some(key)] {
        hash.update([u8::from(part.is_some())]);
        hash.update(part.unwrap_or_default());
        hash.update([0]);
    }
    let hex: String = hash.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("{rule}-{hex}")
}

/// Severity as the store orders it; 0 is none.
pub(crate) fn severity_rank(severity: Severity) -> i64 {
    severity as i64 + 1
}

/// The pixel accounts of a page with the state of each.
pub(crate) fn pixel_rows(page: &Page, catalogue: &Catalogue) -> Vec<PixelRow> {
    let rows = cells(page).into_iter().map(|(vendor, account, cell)| {
        let same = || page.installs.iter().filter(|i| i.vendor == vendor && i.account.as_deref() == account);
        let name = catalogue.get(vendor).map_or(vendor, |v| v.name.as_str());
        let named = account.map_or_else(|| name.to_owned(), |account| format!("{name} {account}"));
        PixelRow {
            vendor: vendor.to_owned(),
            account: account.map(str::to_owned),
            cell,
            count: same().count(),
            evidence: same().next().map(|install| Evidence {
                page: page.url.to_string(),
                at: Some(install.at.clone()),
                excerpt: Some(install.code.clone()),
                note: format!("{named} on a page that carries it"),
            }),
        }
    });
    rows.collect()
}

/// The events of a page that run or wait for consent.
pub(crate) fn event_records(page: &Page) -> Vec<EventRecord> {
    page.events.iter().filter(|e| e.state != State::Inert).map(event_record).collect()
}

fn event_record(event: &Event) -> EventRecord {
    let (text, expr) = match &event.name {
        Text::Known(name) => (name.clone(), false),
        Text::Expr { expr } => (expr.clone(), true),
    };
    let keys: Vec<&String> = event.params.keys().collect();
    EventRecord {
        vendor: event.vendor.clone(),
        accounts: event.accounts.join(", "),
        name: text,
        expr,
        class: name(&event.class),
        stage: name(&event.stage),
        trigger: name(&event.trigger),
        params: to_json(&keys),
    }
}

impl PageRecord {
    /// With evidence to be kept beside the page.
    pub(crate) fn with(mut self, kept: Kept) -> PageRecord {
        let hashed = |taken: Taken| {
            let hash = Sha256::digest(&taken.jpeg).to_vec();
            (taken, hash)
        };
        self.pictures = kept.pictures.into_iter().map(hashed).collect();
        self.traffic = (!kept.traffic.is_empty()).then(|| pack_json(&kept.traffic));
        self
    }

    /// Writes the page and all its rows. A second record of one address is dropped.
    pub(super) fn insert(&self, conn: &Connection) -> Result<()> {
        let capture = self.insert_capture(conn)?;
        let Some(page) = self.insert_page(conn, capture)? else { return Ok(()) };
        conn.prepare_cached("INSERT INTO bodies (page, body) VALUES (?1, ?2)")?.execute(params![page, self.body])?;
        conn.prepare_cached("INSERT INTO trails (page, trail) VALUES (?1, ?2)")?.execute(params![page, self.trail])?;
        self.insert_evidence(conn, page)?;
        let mut install = conn.prepare_cached(
            "INSERT INTO installs (page, audit, vendor, account, cell, count, evidence) VALUES (?1,?2,?3,?4,?5,?6,?7)",
        )?;
        for p in &self.pixels {
            let count = i64::try_from(p.count).unwrap_or(i64::MAX);
            let evidence = to_json(&p.evidence);
            install.execute(params![page, self.audit, p.vendor, p.account, name(&p.cell), count, evidence])?;
        }
        let mut event = conn.prepare_cached(
            "INSERT INTO events (page, audit, vendor, accounts, name, expr, class, stage, caused_by, params)
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
        )?;
        for e in &self.events {
            event.execute(params![
                page, self.audit, e.vendor, e.accounts, e.name, e.expr, e.class, e.stage, e.trigger, e.params
            ])?;
        }
        for draft in &self.drafts {
            let finding = insert_draft(conn, self.audit, draft, &[], &self.url)?;
            conn.prepare_cached("INSERT OR IGNORE INTO finding_pages (finding, page, evidence) VALUES (?1, ?2, ?3)")?
                .execute(params![finding, page, to_json(&draft.evidence)])?;
        }
        Ok(())
    }

    /// Takes the place of a page that was kept before: looked at since. `capture` is the hash of its source.
    pub(crate) fn replace(&self, conn: &Connection, page: i64, capture: Option<&[u8]>) -> Result<()> {
        conn.prepare_cached("DELETE FROM pages WHERE id = ?1")?.execute([page])?;
        self.insert(conn)?;
        conn.prepare_cached("UPDATE pages SET capture = ?3 WHERE audit = ?1 AND url = ?2")?
            .execute(params![self.audit, self.url, capture])?;
        // What was found on that page alone, and is not found any more.
        conn.prepare_cached(
            "DELETE FROM findings WHERE audit = ?1 AND first_url = ?2
                AND NOT EXISTS (SELECT 1 FROM finding_pages fp WHERE fp.finding = findings.key)",
        )?
        .execute(params![self.audit, self.url])?;
        Ok(())
    }

    fn insert_capture(&self, conn: &Connection) -> Result<Option<&[u8]>> {
        let Some((hash, body)) = &self.capture else { return Ok(None) };
        conn.prepare_cached("INSERT OR IGNORE INTO captures (hash, body) VALUES (?1, ?2)")?
            .execute(params![hash, body])?;
        Ok(Some(hash))
    }

    fn insert_evidence(&self, conn: &Connection, page: i64) -> Result<()> {
        for (n, (taken, hash)) in (1_i64..).zip(&self.pictures) {
            conn.prepare_cached("INSERT OR IGNORE INTO pictures (hash, body) VALUES (?1, ?2)")?
                .execute(params![hash, taken.jpeg])?;
            conn.prepare_cached(
                "INSERT INTO page_pictures (page, n, shows, pass, picture) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![page, n, name(&taken.of), name(&taken.pass), hash])?;
        }
        if let Some(traffic) = &self.traffic {
            conn.prepare_cached("INSERT INTO traffic (page, body) VALUES (?1, ?2)")?.execute(params![page, traffic])?;
        }
        Ok(())
    }

    fn insert_page(&self, conn: &Connection, capture: Option<&[u8]>) -> Result<Option<i64>> {
        let f = self.flags;
        let duplicates = self.drafts.iter().filter(|d| d.area == Area::Duplicates).count();
        let worst = self.drafts.iter().map(|d| severity_rank(d.severity)).max().unwrap_or(0);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let id = conn
            .prepare_cached(
                "INSERT INTO pages (audit, ord, url, path, title, template, status, outcome, reason, read, judged, due,
                                    active, untracked, failed, duplicates, installs, events, findings, worst, capture,
                                    met)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22)
                 ON CONFLICT DO NOTHING RETURNING id",
            )?
            .query_row(
                params![
                    self.audit,
                    self.order,
                    self.url,
                    self.path,
                    self.title,
                    self.template,
                    self.status,
                    self.outcome,
                    self.reason,
                    f.read,
                    f.judged,
                    f.due,
                    f.active,
                    f.untracked,
                    f.failed,
                    count(duplicates),
                    count(self.installs),
                    count(self.events.len()),
                    count(self.drafts.len()),
                    worst,
                    capture,
                    f.met
                ],
                |row| row.get(0),
            )
            .optional()?;
        Ok(id)
    }
}

/// Adds a draft to the finding of its cause and gives the finding's key. The words are those of the smallest `url`, so
/// that the order of pages doesn't show.
pub(crate) fn insert_draft(
    conn: &Connection,
    audit: i64,
    draft: &DraftRow,
    own_evidence: &[Evidence],
    url: &str,
) -> Result<i64> {
    let key = conn
        .prepare_cached(
            "INSERT INTO findings (audit, id, rule, severity, area, vendor, account, body, evidence, first_url)
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)
             ON CONFLICT (audit, id) DO UPDATE SET
                severity = max(severity, excluded.severity),
                body = CASE WHEN excluded.first_url < first_url THEN excluded.body ELSE body END,
                first_url = min(first_url, excluded.first_url)
             RETURNING key",
        )?
        .query_row(
            params![
                audit,
                draft.id,
                draft.rule,
                severity_rank(draft.severity),
                name(&draft.area),
                draft.vendor,
                draft.account,
                to_json(&draft.body),
                to_json(&own_evidence),
                url
            ],
            |row| row.get(0),
        )?;
    Ok(key)
}
