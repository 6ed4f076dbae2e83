//! The first screen of an audit.

use pixelproof_detect::Catalogue;
use pixelproof_model::{Area, FindingRow, Overview, Severity};
use rusqlite::Connection;

use super::{audits::stored, journeys, size, sums};
use crate::Result;

/// Templates on the first screen.
const MAX_TEMPLATES: usize = 200;
/// Findings called worst.
const WORST: usize = 10;
/// Findings about duplicates on the first screen.
const MAX_DUPLICATES: usize = 50;

/// Everything the first screen shows, from the rows of all findings.
pub(crate) fn overview(conn: &Connection, id: &str, catalogue: &Catalogue, rows: &[FindingRow]) -> Result<Overview> {
    let audit = stored(conn, id)?;
    let totals = sums::totals(conn, audit.key, audit.counts.found)?;
    let pixels = sums::coverage(conn, audit.key, catalogue)?;
    let mut templates = sums::templates(conn, audit.key, &pixels)?;
    let mut untracked: Vec<_> = templates.iter().filter(|t| t.untracked > 0).cloned().collect();
    untracked.sort_by(|a, b| b.untracked.cmp(&a.untracked).then_with(|| a.template.cmp(&b.template)));
    untracked.truncate(MAX_TEMPLATES);
    templates.truncate(MAX_TEMPLATES);
    let open = || rows.iter().filter(|r| r.ignored.is_none());
    let not_checked = sums::not_checked(conn, audit.key, audit.head.mode)?;
    let not_checked = u64::try_from(not_checked.len()).unwrap_or(0);
    Ok(Overview {
        score: sums::score(conn, audit.key, totals.read)?,
        duplicates: open().filter(|r| r.finding.area == Area::Duplicates).take(MAX_DUPLICATES).cloned().collect(),
        worst: open().filter(|r| r.finding.severity > Severity::Info).take(WORST).cloned().collect(),
        totals,
        pixels,
        templates,
        untracked,
        not_checked,
        journeys: journeys::lines(conn, audit.key)?,
        // What grows is not worth the count.
        kept: if audit.running { None } else { Some(size::kept(conn, audit.key)?) },
    })
}
