//! Events of the site, one row per vendor, accounts and name.

use std::collections::BTreeMap;

use pixelproof_detect::Catalogue;
use pixelproof_model::{EventRow, EventsQuery, Text};
use rusqlite::{Connection, Row};

use super::count;
use crate::{
    Result,
    names::{from_json, name, parse},
};

/// What makes one row: vendor, accounts, name, whether it is an expression, class, stage.
type Key = (String, String, String, bool, String, String);

/// All rows, vendors by name, events by frequency.
pub(crate) fn rows(conn: &Connection, audit: i64, catalogue: &Catalogue) -> Result<Vec<EventRow>> {
    let spread = spread(conn, audit)?;
    // SQLite takes the bare column `page` from the row that has the minimum.
    let mut select = conn.prepare_cached(
        "SELECT e.vendor, e.accounts, e.name, e.expr, e.class, e.stage, count(*), count(DISTINCT e.page), min(p.url), e.page
         FROM events e JOIN pages p ON p.id = e.page WHERE e.audit = ?1
         GROUP BY e.vendor, e.accounts, e.name, e.expr, e.class, e.stage",
    )?;
    let mut rows = select.query([audit])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let key = key(row)?;
        let (params, triggers) = spread.get(&key).cloned().unwrap_or_default();
        let (vendor, accounts, text, expr, class, stage) = key;
        let found = EventRow {
            vendor_name: catalogue.get(&vendor).map_or_else(|| vendor.clone(), |v| v.name.clone()),
            vendor,
            accounts,
            name: if expr { Text::Expr { expr: text } } else { Text::Known(text) },
            class: parse(&class)?,
            stage: parse(&stage)?,
            count: count(row.get(6)?),
            pages: count(row.get(7)?),
            params: by_frequency(params),
            triggers: triggers.into_keys().collect(),
            example_page: row.get(9)?,
            example_url: row.get(8)?,
        };
        out.push(found);
    }
    out.sort_by(|a, b| {
        a.vendor_name
            .cmp(&b.vendor_name)
            .then(b.pages.cmp(&a.pages))
            .then(b.count.cmp(&a.count))
            .then_with(|| (&a.name, &a.accounts, a.class, a.stage).cmp(&(&b.name, &b.accounts, b.class, b.stage)))
    });
    Ok(out)
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

/// Names and how often each was seen.
type Frequency = BTreeMap<String, u64>;

/// Parameters and triggers of each row.
fn spread(conn: &Connection, audit: i64) -> Result<BTreeMap<Key, (Frequency, Frequency)>> {
    let mut select = conn.prepare_cached(
        "SELECT vendor, accounts, name, expr, class, stage, caused_by, params, count(*) FROM events WHERE audit = ?1
         GROUP BY vendor, accounts, name, expr, class, stage, caused_by, params",
    )?;
    let mut rows = select.query([audit])?;
    let mut out: BTreeMap<Key, (Frequency, Frequency)> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let times = count(row.get(8)?);
        let (params, triggers) = out.entry(key(row)?).or_default();
        *triggers.entry(row.get(6)?).or_default() += times;
        for name in from_json::<Vec<String>>(&row.get::<_, String>(7)?)? {
            *params.entry(name).or_default() += times;
        }
    }
    Ok(out)
}

fn by_frequency(names: Frequency) -> Vec<String> {
    let mut names: Vec<(String, u64)> = names.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    names.into_iter().map(|(name, _)| name).collect()
}

/// Whether a row is one of those asked for.
pub(crate) fn matches(row: &EventRow, query: &EventsQuery) -> bool {
    let wanted = query.search.trim().to_lowercase();
    let text = match &row.name {
        Text::Known(name) => name,
        Text::Expr { expr } => expr,
    };
    let has = |field: &str| field.to_lowercase().contains(&wanted);
    query.vendor.as_ref().is_none_or(|v| *v == row.vendor)
        && query.stage.is_none_or(|s| s == row.stage)
        && (wanted.is_empty()
            || [text, &row.vendor, &row.vendor_name, &row.accounts, &name(&row.stage)].into_iter().any(|f| has(f)))
}
