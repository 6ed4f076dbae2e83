//! The whole audit as published. Pages are sorted by address, so that the order of the crawl doesn't show.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_detect::{Catalogue, rules};
use pixelproof_model::{AuditReport, Finding, PassTraffic, Picture, PixelCoverage, Recipient, ReportPage, SCHEMA};
use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

use super::{
    audits::stored,
    count,
    duplicates::{self, Shared},
    findings, size, sums,
};
use crate::{
    AuditError, Result,
    report::source::{CellCounts, Marks, OUTLINE_PAGES, Source, Which},
    store::{journeys, unpack_json},
};

/// An audit in the store, to be reported from one snapshot.
pub(crate) struct StoredReport<'a> {
    conn: &'a Connection,
    audit: i64,
    outline: AuditReport,
}

impl<'a> StoredReport<'a> {
    /// Reads the outline.
    pub(crate) fn open(conn: &'a Connection, id: &str, catalogue: &Catalogue) -> Result<StoredReport<'a>> {
        let audit = stored(conn, id)?;
        let key = audit.key;
        let totals = sums::totals(conn, key, audit.counts.found)?;
        let pixels = sums::coverage(conn, key, catalogue)?;
        let most = i64::try_from(OUTLINE_PAGES).unwrap_or(i64::MAX);
        let found = findings::read(conn, key, most)?;
        let outline = AuditReport {
            schema: SCHEMA.to_owned(),
            score: sums::score(conn, key, totals.read)?,
            templates: sums::templates(conn, key, &pixels)?,
            pages: Vec::new(),
            recipients: {
                let mut recipients = recipients(conn, key, &pixels, catalogue)?;
                recipients.extend(found.iter().filter_map(|(finding, _)| unknown_recipient(finding)));
                recipients
            },
            findings: found.into_iter().filter(|(_, ignored)| ignored.is_none()).map(|(f, _)| f).collect(),
            not_checked: sums::not_checked(conn, key, audit.head.mode)?,
            audiences: Vec::new(),
            roi: Vec::new(),
            journeys: journeys::read(conn, key)?,
            kept: Some(size::kept(conn, key)?),
            audit: audit.head,
            totals,
            pixels,
        };
        Ok(StoredReport { conn, audit: key, outline })
    }

    /// The whole of it, in memory.
    pub(crate) fn whole(self) -> Result<AuditReport> {
        let mut pages = Vec::new();
        self.pages(Which::All, &mut |page, _| {
            pages.push(page.clone());
            Ok(())
        })?;
        let findings: Result<_> = self.outline.findings.iter().map(|f| self.whole_finding(f)).collect();
        Ok(AuditReport { pages, findings: findings?, ..self.outline })
    }
}

impl Source for StoredReport<'_> {
    fn outline(&self) -> &AuditReport {
        &self.outline
    }

    fn pages(&self, which: Which, take: &mut dyn FnMut(&ReportPage, Marks) -> Result<()>) -> Result<()> {
        let (condition, most) = match which {
            Which::All => ("", usize::MAX),
            Which::Read(most) => ("AND p.read", most),
            Which::Unread(most) => ("AND NOT p.read", most),
        };
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT p.id, p.template, b.body, p.capture FROM pages p JOIN bodies b ON b.page = p.id
             WHERE p.audit = ?1 {condition} ORDER BY p.url LIMIT ?2"
        ))?;
        let mut marks = self.conn.prepare_cached(
            "SELECT count(*), max(f.severity) FROM finding_pages fp JOIN findings f ON f.key = fp.finding
             WHERE fp.page = ?1 AND f.ignored IS NULL",
        )?;
        let shared = Shared::of_audit(self.conn, self.audit)?;
        let mut rows = select.query(params![self.audit, i64::try_from(most).unwrap_or(i64::MAX)])?;
        while let Some(row) = rows.next()? {
            let (findings, worst): (i64, Option<i64>) =
                marks.query_row([row.get::<_, i64>(0)?], |r| Ok((r.get(0)?, r.get(1)?)))?;
            let worst = worst.map(findings::severity).transpose()?;
            let mut page = report_page(row.get(1)?, &row.get::<_, Vec<u8>>(2)?)?;
            page.duplicate_of = shared.duplicate(self.conn, self.audit, &page.page, row.get(3)?)?;
            take(&page, Marks { findings: count(findings), worst })?;
        }
        Ok(())
    }

    fn addresses(&self) -> Result<Vec<(Url, i64)>> {
        let mut select = self.conn.prepare_cached("SELECT url, id FROM pages WHERE audit = ?1")?;
        let rows = select.query_map([self.audit], |r| Ok((r.get::<_, String>(0)?, r.get(1)?)))?;
        let parsed = rows.map(|row| {
            let (url, id) = row?;
            Ok((Url::parse(&url).map_err(|e| AuditError::Damaged(e.to_string()))?, id))
        });
        parsed.collect()
    }

    fn page_at(&self, place: i64) -> Result<ReportPage> {
        let select =
            "SELECT p.template, b.body FROM pages p JOIN bodies b ON b.page = p.id WHERE p.audit = ?1 AND p.id = ?2";
        let mut select = self.conn.prepare_cached(select)?;
        let (template, body): (String, Vec<u8>) =
            select.query_row([self.audit, place], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let mut page = report_page(template, &body)?;
        page.duplicate_of = duplicates::of_page(self.conn, self.audit, &page.page)?;
        Ok(page)
    }

    fn whole_finding(&self, finding: &Finding) -> Result<Finding> {
        let pages = findings::all_pages(self.conn, self.audit, &finding.id)?;
        Ok(Finding { pages, ..finding.clone() })
    }

    fn cells(&self, columns: &[PixelCoverage]) -> Result<CellCounts> {
        sums::cells(self.conn, self.audit, columns)
    }

    fn pictures(&self, page: &Url) -> Result<Vec<(Picture, String)>> {
        let select = "SELECT id FROM pages WHERE audit = ?1 AND url = ?2";
        let mut select = self.conn.prepare_cached(select)?;
        let row: Option<i64> = select.query_row(params![self.audit, page.as_str()], |r| r.get(0)).optional()?;
        row.map_or_else(|| Ok(Vec::new()), |row| super::page::all_pictures(self.conn, row))
    }

    fn traffic(&self, page: &Url) -> Result<Vec<PassTraffic>> {
        let select = "SELECT t.body FROM pages p JOIN traffic t ON t.page = p.id WHERE p.audit = ?1 AND p.url = ?2";
        let mut select = self.conn.prepare_cached(select)?;
        let packed: Option<Vec<u8>> = select.query_row(params![self.audit, page.as_str()], |r| r.get(0)).optional()?;
        packed.map_or_else(|| Ok(Vec::new()), |packed| unpack_json(&packed))
    }
}

fn report_page(template: String, packed: &[u8]) -> Result<ReportPage> {
    let page: pixelproof_model::Page = unpack_json(packed)?;
    let fetch = page.fetch.clone().ok_or_else(|| AuditError::Damaged(format!("{} was not fetched", page.url)))?;
    Ok(ReportPage {
        template,
        status: fetch.status,
        outcome: fetch.outcome,
        final_url: fetch.final_url,
        depth: fetch.depth,
        referrer: fetch.referrer,
        duplicate_of: None,
        page,
    })
}

/// A company with its pixels on the site.
#[derive(Default)]
struct Company<'a> {
    vendors: BTreeSet<&'a str>,
    purposes: BTreeSet<&'a str>,
}

/// A host of which only a filter list knows: nobody can say whose it is.
fn unknown_recipient(finding: &Finding) -> Option<Recipient> {
    if finding.rule != rules::UNKNOWN_TRACKER {
        return None;
    }
    let url = finding.evidence.first()?.excerpt.as_deref()?;
    Some(Recipient {
        owner: Url::parse(url).ok()?.host_str()?.to_owned(),
        country: String::new(),
        vendors: Vec::new(),
        purposes: vec!["unknown".to_owned()],
        pages: finding.page_count,
    })
}

/// Companies whose pixels run or wait on the site, by name.
fn recipients(
    conn: &Connection,
    audit: i64,
    pixels: &[PixelCoverage],
    catalogue: &Catalogue,
) -> Result<Vec<Recipient>> {
    let mut companies: BTreeMap<(&str, &str), Company<'_>> = BTreeMap::new();
    for pixel in pixels {
        if let Some(vendor) = catalogue.get(&pixel.vendor) {
            let company = companies.entry((&vendor.owner, &vendor.country)).or_default();
            company.vendors.insert(&vendor.id);
            company.purposes.insert(vendor.purpose.as_str());
        }
    }
    let mut select = conn.prepare_cached(
        "SELECT count(DISTINCT page) FROM installs
         WHERE audit = ?1 AND cell <> 'inert' AND vendor IN (SELECT value FROM json_each(?2))",
    )?;
    let mut out = Vec::new();
    for ((owner, country), Company { vendors, purposes }) in companies {
        let pages: i64 = select.query_row((audit, crate::names::to_json(&vendors)), |r| r.get(0))?;
        if pages > 0 {
            out.push(Recipient {
                owner: owner.to_owned(),
                country: country.to_owned(),
                vendors: vendors.into_iter().map(str::to_owned).collect(),
                purposes: purposes.into_iter().map(str::to_owned).collect(),
                pages: count(pages),
            });
        }
    }
    Ok(out)
}
