//! The whole audit as published. Pages are sorted by address, so that the order of the crawl doesn't show.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_detect::Catalogue;
use pixelproof_model::{AuditReport, PixelCoverage, Recipient, ReportPage, SCHEMA};
use rusqlite::Connection;

use super::{audits::stored, count, findings, sums};
use crate::{AuditError, Result, store::unpack};

/// The report of an audit.
pub(crate) fn report(conn: &Connection, id: &str, catalogue: &Catalogue) -> Result<AuditReport> {
    let audit = stored(conn, id)?;
    let totals = sums::totals(conn, audit.key, audit.counts.found)?;
    let pixels = sums::coverage(conn, audit.key, catalogue)?;
    Ok(AuditReport {
        schema: SCHEMA.to_owned(),
        score: sums::score(conn, audit.key, totals.read)?,
        templates: sums::templates(conn, audit.key, &pixels)?,
        pages: pages(conn, audit.key)?,
        findings: findings::read(conn, audit.key, -1)?
            .into_iter()
            .filter(|(_, ignored)| ignored.is_none())
            .map(|(f, _)| f)
            .collect(),
        not_checked: sums::not_checked(),
        audiences: Vec::new(),
        roi: Vec::new(),
        recipients: recipients(conn, audit.key, &pixels, catalogue)?,
        audit: audit.head,
        totals,
        pixels,
    })
}

fn pages(conn: &Connection, audit: i64) -> Result<Vec<ReportPage>> {
    let mut select = conn.prepare_cached(
        "SELECT p.template, b.body FROM pages p JOIN bodies b ON b.page = p.id WHERE p.audit = ?1 ORDER BY p.url",
    )?;
    let mut rows = select.query([audit])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let page: pixelproof_model::Page = serde_json::from_slice(&unpack(&row.get::<_, Vec<u8>>(1)?)?)
            .map_err(|e| AuditError::Damaged(e.to_string()))?;
        let fetch = page.fetch.clone().ok_or_else(|| AuditError::Damaged(format!("{} was not fetched", page.url)))?;
        out.push(ReportPage {
            template: row.get(0)?,
            status: fetch.status,
            outcome: fetch.outcome,
            final_url: fetch.final_url,
            depth: fetch.depth,
            referrer: fetch.referrer,
            page,
        });
    }
    Ok(out)
}

/// A company with its pixels on the site.
#[derive(Default)]
struct Company<'a> {
    vendors: BTreeSet<&'a str>,
    purposes: BTreeSet<&'a str>,
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
