//! Sums over an audit: totals, score, coverage per pixel account and per template.

use std::collections::BTreeMap;

use pixelproof_detect::{
    Catalogue,
    rules::{self, Check, PixelSums, Rule, TemplateSums},
};
use pixelproof_model::{Area, AreaScore, Cell, Evidence, Mode, NotChecked, PixelCoverage, TemplateCoverage, Totals};
use rusqlite::{Connection, params};

use super::count;
use crate::{
    Result,
    info::rule_info,
    names::{from_json, name, need_bit, parse},
    report::source::CellCounts,
    store::journeys,
};

/// What site rules see. Inert code doesn't count.
pub(crate) fn template_sums(conn: &Connection, audit: i64) -> Result<Vec<TemplateSums>> {
    let mut templates: BTreeMap<String, TemplateSums> = BTreeMap::new();
    let mut select = conn.prepare_cached(
        "SELECT template, count(*), sum(active = 0), min(url) FROM pages WHERE audit = ?1 AND due GROUP BY template",
    )?;
    let mut rows = select.query([audit])?;
    while let Some(row) = rows.next()? {
        let template: String = row.get(0)?;
        let sums = TemplateSums {
            template: template.clone(),
            pages: count(row.get(1)?),
            untracked: count(row.get(2)?),
            example: row.get(3)?,
            ..TemplateSums::default()
        };
        templates.insert(template, sums);
    }
    add_pixel_sums(conn, audit, &mut templates)?;
    Ok(templates.into_values().collect())
}

fn add_pixel_sums(conn: &Connection, audit: i64, templates: &mut BTreeMap<String, TemplateSums>) -> Result<()> {
    // SQLite takes the bare column `evidence` from the row that has the minimum.
    let mut select = conn.prepare_cached(
        "SELECT p.template, i.vendor, i.account, sum(i.cell IN ('active', 'duplicate')), sum(i.cell = 'gated'),
                sum(i.cell = 'image-only'), sum(i.cell = 'gated' AND p.active),
                sum(i.cell = 'image-only' AND p.active), min(p.url), i.evidence
         FROM installs i JOIN pages p ON p.id = i.page
         WHERE i.audit = ?1 AND p.due AND i.cell <> 'inert'
         GROUP BY p.template, i.vendor, i.account ORDER BY p.template, i.vendor, i.account",
    )?;
    let mut rows = select.query([audit])?;
    while let Some(row) = rows.next()? {
        let template: String = row.get(0)?;
        let evidence: String = row.get(9)?;
        let Some(sums) = templates.get_mut(&template) else { continue };
        sums.pixels.push(PixelSums {
            vendor: row.get(1)?,
            account: row.get(2)?,
            active: count(row.get(3)?),
            gated: count(row.get(4)?),
            image_only: count(row.get(5)?),
            gated_beside: count(row.get(6)?),
            image_beside: count(row.get(7)?),
            example: from_json::<Option<Evidence>>(&evidence)?,
        });
    }
    Ok(())
}

/// The sums of the first screen.
pub(crate) fn totals(conn: &Connection, audit: i64, found: u64) -> Result<Totals> {
    let mut totals = conn
        .prepare_cached(
            "SELECT count(*), sum(read), sum(failed), sum(untracked), sum(duplicates > 0), sum(installs), sum(events)
             FROM pages WHERE audit = ?1",
        )?
        .query_row([audit], |r| {
            let sum = |i: usize| r.get::<_, Option<i64>>(i).map(|n| count(n.unwrap_or(0)));
            Ok(Totals {
                pages: sum(0)?,
                read: sum(1)?,
                failed: sum(2)?,
                untracked: sum(3)?,
                pages_with_duplicates: sum(4)?,
                installs: sum(5)?,
                events: sum(6)?,
                ..Totals::default()
            })
        })?;
    totals.found = found.max(totals.pages);
    let mut by_severity = conn.prepare_cached(
        "SELECT severity, count(*) FROM findings WHERE audit = ?1 AND ignored IS NULL GROUP BY severity",
    )?;
    let mut rows = by_severity.query([audit])?;
    while let Some(row) = rows.next()? {
        let n = count(row.get(1)?);
        match row.get::<_, i64>(0)? {
            3 => totals.errors = n,
            2 => totals.warnings = n,
            _ => totals.infos = n,
        }
    }
    Ok(totals)
}

/// Share of read pages without an error, for each area that has a rule which this audit could check.
pub(crate) fn score(conn: &Connection, audit: i64, read: u64) -> Result<Vec<AreaScore>> {
    let mut dirty = conn.prepare_cached(
        "SELECT count(DISTINCT fp.page) FROM findings f JOIN finding_pages fp ON fp.finding = f.key
         JOIN pages p ON p.id = fp.page
         WHERE f.audit = ?1 AND f.area = ?2 AND f.severity = 3 AND f.ignored IS NULL AND p.read",
    )?;
    let mut out = Vec::new();
    for area in [Area::Coverage, Area::Duplicates, Area::Correctness, Area::Privacy] {
        if rules::all().iter().any(|r| r.area == area && !r.needs_browser) {
            let dirty: i64 = dirty.query_row(params![audit, name(&area)], |r| r.get(0))?;
            out.push(AreaScore { area, pages: read, clean: read.saturating_sub(count(dirty)) });
        }
    }
    Ok(out)
}

/// Coverage of every pixel account, most pages first. Pages that can't be judged from their source don't count as
/// without.
pub(crate) fn coverage(conn: &Connection, audit: i64, catalogue: &Catalogue) -> Result<Vec<PixelCoverage>> {
    let judged: i64 = conn
        .prepare_cached("SELECT count(*) FROM pages WHERE audit = ?1 AND judged")?
        .query_row([audit], |r| r.get(0))?;
    let mut select = conn.prepare_cached(
        "SELECT i.vendor, i.account, sum(i.cell IN ('active', 'duplicate')), sum(i.cell = 'gated'),
                sum(i.cell = 'image-only')
         FROM installs i JOIN pages p ON p.id = i.page
         WHERE i.audit = ?1 AND p.judged GROUP BY i.vendor, i.account",
    )?;
    let mut out = select
        .query_map([audit], |r| {
            let vendor: String = r.get(0)?;
            let (with, gated, image) = (count(r.get(2)?), count(r.get(3)?), count(r.get(4)?));
            Ok(PixelCoverage {
                name: catalogue.get(&vendor).map_or_else(|| vendor.clone(), |v| v.name.clone()),
                vendor,
                account: r.get(1)?,
                pages_with: with,
                pages_gated: gated,
                pages_image_only: image,
                pages_without: count(judged).saturating_sub(with + gated + image),
                coverage: share(with, count(judged)),
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    out.sort_by(|a, b| {
        let rank = |p: &PixelCoverage| std::cmp::Reverse((p.pages_with, p.pages_gated, p.pages_image_only));
        rank(a).cmp(&rank(b)).then_with(|| (&a.name, &a.account).cmp(&(&b.name, &b.account)))
    });
    Ok(out)
}

/// `part` of `whole`, 0 to 1.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "page counts are far below 2^52")]
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// What each template carries, most pages first.
pub(crate) fn templates(conn: &Connection, audit: i64, pixels: &[PixelCoverage]) -> Result<Vec<TemplateCoverage>> {
    let mut active: BTreeMap<(String, String, Option<String>), u64> = BTreeMap::new();
    let mut select = conn.prepare_cached(
        "SELECT p.template, i.vendor, i.account, count(*) FROM installs i JOIN pages p ON p.id = i.page
         WHERE i.audit = ?1 AND p.judged AND i.cell IN ('active', 'duplicate') GROUP BY p.template, i.vendor, i.account",
    )?;
    let mut rows = select.query([audit])?;
    while let Some(row) = rows.next()? {
        active.insert((row.get(0)?, row.get(1)?, row.get(2)?), count(row.get(3)?));
    }
    let mut select = conn.prepare_cached(
        "SELECT template, count(*), min(url), sum(untracked) FROM pages WHERE audit = ?1 AND judged
         GROUP BY template ORDER BY count(*) DESC, template",
    )?;
    let rows = select.query_map([audit], |r| {
        let template: String = r.get(0)?;
        let of = |p: &PixelCoverage| {
            active.get(&(template.clone(), p.vendor.clone(), p.account.clone())).copied().unwrap_or(0)
        };
        Ok(TemplateCoverage {
            pages: count(r.get(1)?),
            example: r.get(2)?,
            untracked: count(r.get(3)?),
            pixels: pixels.iter().map(of).collect(),
            template,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many pages of each template show which cell, for these columns.
pub(crate) fn cells(conn: &Connection, audit: i64, columns: &[PixelCoverage]) -> Result<CellCounts> {
    let mut counts = CellCounts::new();
    // Pages without a row for an account show the cell of absence; so many of each kind has a template in all.
    let mut absent: BTreeMap<(String, Cell), u64> = BTreeMap::new();
    let mut select = conn.prepare_cached(
        "SELECT template, read, judged, count(*) FROM pages WHERE audit = ?1 GROUP BY template, read, judged",
    )?;
    let mut rows = select.query([audit])?;
    while let Some(row) = rows.next()? {
        *absent.entry((row.get(0)?, absent_cell(row.get(1)?, row.get(2)?))).or_default() += count(row.get(3)?);
    }
    let mut select = conn.prepare_cached(
        "SELECT p.template, i.cell, p.read, p.judged, count(*) FROM installs i JOIN pages p ON p.id = i.page
         WHERE i.audit = ?1 AND i.vendor = ?2 AND i.account IS ?3 GROUP BY p.template, i.cell, p.read, p.judged",
    )?;
    for (column, pixel) in columns.iter().enumerate() {
        let mut without = absent.clone();
        let mut rows = select.query(params![audit, pixel.vendor, pixel.account])?;
        while let Some(row) = rows.next()? {
            let (template, n): (String, u64) = (row.get(0)?, count(row.get(4)?));
            let shown = cell(&row.get::<_, String>(1)?)?;
            if let Some(left) = without.get_mut(&(template.clone(), absent_cell(row.get(2)?, row.get(3)?))) {
                *left = left.saturating_sub(n);
            }
            *counts.entry((template, column, shown)).or_default() += n;
        }
        for ((template, shown), n) in without.into_iter().filter(|(_, n)| *n > 0) {
            *counts.entry((template, column, shown)).or_default() += n;
        }
    }
    Ok(counts)
}

/// Rules that an audit could not check, each with the reason: in source mode all that need a browser, else those for which
/// no page showed what they need.
pub(crate) fn not_checked(conn: &Connection, audit: i64, mode: Mode) -> Result<Vec<NotChecked>> {
    let met = met_needs(conn, audit)?;
    let travelled = journeys::read(conn, audit)?.iter().any(|run| run.completed || !run.events.is_empty());
    let reason = |rule: &&Rule| match rule.check {
        Check::Page(_) | Check::Site(_) => None,
        Check::Journey(_) => (!travelled).then_some("No journey was made."),
        _ if mode == Mode::Source => Some("Needs a browser: the source of a page doesn't show what leaves it."),
        Check::Later(reason) => Some(reason),
        Check::Browser(need, _) => (met & need_bit(need) == 0).then(|| need.unmet()),
    };
    let rules = rules::all().iter().filter_map(|rule| {
        let reason = reason(rule)?.to_owned();
        Some(NotChecked { rule: rule_info(rule), reason })
    });
    Ok(rules.collect())
}

/// Needs of browser rules that some page of an audit meets.
fn met_needs(conn: &Connection, audit: i64) -> Result<i64> {
    let mut select = conn.prepare_cached("SELECT DISTINCT met FROM pages WHERE audit = ?1")?;
    let mut rows = select.query([audit])?;
    let mut all = 0;
    while let Some(row) = rows.next()? {
        all |= row.get::<_, i64>(0)?;
    }
    Ok(all)
}

/// The cell of a page for an account that it has no row for.
pub(crate) fn absent_cell(read: bool, judged: bool) -> Cell {
    match (read, judged) {
        (false, _) => Cell::CouldNotLook,
        (true, false) => Cell::NotChecked,
        (true, true) => Cell::Missing,
    }
}

/// A cell from its name.
pub(crate) fn cell(name: &str) -> Result<Cell> {
    parse(name)
}
