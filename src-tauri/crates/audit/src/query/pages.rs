//! The page matrix: a window of rows with one cell per pixel account.

use std::collections::BTreeMap;

use pixelproof_model::{Cell, PageRow, PagesQuery, PagesSort, PagesWindow, PixelCoverage, PixelKey};
use rusqlite::{Connection, Row, params_from_iter, types::Value};

use super::{count, findings, key_of, like, sums};
use crate::{Result, audits::MAX_ROWS, names::parse};

/// Columns of the matrix, most pages first.
const MAX_COLUMNS: usize = 100;

/// The window asked for.
pub(crate) fn window(
    conn: &Connection,
    id: &str,
    query: &PagesQuery,
    mut pixels: Vec<PixelCoverage>,
) -> Result<PagesWindow> {
    let audit = key_of(conn, id)?;
    pixels.truncate(MAX_COLUMNS);
    let filter = Filter::new(audit, query);
    let total: i64 = conn
        .prepare_cached(&format!("SELECT count(*) FROM pages p WHERE {}", filter.conditions()))?
        .query_row(params_from_iter(&filter.values), |r| r.get(0))?;
    let rows = rows(conn, &filter, query)?;
    let rows = with_cells(conn, rows, &pixels)?;
    Ok(PagesWindow { total: count(total), pixels, rows })
}

/// Conditions of a query. Everything that was typed is a parameter.
struct Filter {
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

impl Filter {
    fn new(audit: i64, query: &PagesQuery) -> Filter {
        let mut filter = Filter { conditions: vec!["p.audit = ?"], values: vec![Value::from(audit)] };
        if !query.search.trim().is_empty() {
            let text = like(query.search.trim());
            filter.with(r"(p.url LIKE ? ESCAPE '\' OR p.title LIKE ? ESCAPE '\')", [text.clone().into(), text.into()]);
        }
        if let Some(template) = &query.template {
            filter.with("p.template = ?", [template.clone().into()]);
        }
        if let Some(key) = &query.missing {
            let none = "p.judged AND NOT EXISTS (SELECT 1 FROM installs i WHERE i.page = p.id AND i.vendor = ?
                        AND i.account IS ? AND i.cell IN ('active', 'duplicate'))";
            filter.with(none, pixel_values(key));
        }
        if let Some(key) = &query.with {
            let some = "EXISTS (SELECT 1 FROM installs i WHERE i.page = p.id AND i.vendor = ? AND i.account IS ?
                        AND i.cell IN ('active', 'duplicate'))";
            filter.with(some, pixel_values(key));
        }
        if query.untracked {
            filter.with("p.untracked", []);
        }
        if query.duplicates {
            filter.with("p.duplicates > 0", []);
        }
        if query.failed {
            filter.with("p.failed", []);
        }
        if let Some(outcome) = &query.outcome {
            filter.with("p.outcome = ?", [crate::names::name(outcome).into()]);
        }
        if let Some(finding) = &query.finding {
            let named = "p.id IN (SELECT fp.page FROM finding_pages fp JOIN findings f ON f.key = fp.finding
                         WHERE f.audit = p.audit AND f.id = ?)";
            filter.with(named, [finding.clone().into()]);
        }
        filter
    }

    fn with<const N: usize>(&mut self, condition: &'static str, values: [Value; N]) {
        self.conditions.push(condition);
        self.values.extend(values);
    }

    fn conditions(&self) -> String {
        self.conditions.join(" AND ")
    }
}

fn pixel_values(key: &PixelKey) -> [Value; 2] {
    [key.vendor.clone().into(), key.account.clone().into()]
}

fn order(query: &PagesQuery) -> String {
    let column = match query.sort {
        PagesSort::Order => "p.ord",
        PagesSort::Url => "p.url",
        PagesSort::Title => "p.title",
        PagesSort::Template => "p.template",
        PagesSort::Status => "p.status",
        PagesSort::Installs => "p.installs",
        PagesSort::Events => "p.events",
        PagesSort::Findings => "p.findings",
    };
    let way = if query.descending { "DESC" } else { "ASC" };
    format!("{column} {way}, p.id {way}")
}

/// A row and whether its page was read and can be judged.
type Bare = (PageRow, bool, bool);

fn rows(conn: &Connection, filter: &Filter, query: &PagesQuery) -> Result<Vec<Bare>> {
    let mut values = filter.values.clone();
    let as_value = |n: u64| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    values.push(as_value(query.limit.min(MAX_ROWS)));
    values.push(as_value(query.offset));
    let mut select = conn.prepare_cached(&format!(
        "SELECT p.id, p.url, p.path, p.title, p.template, p.status, p.outcome, p.reason, p.installs, p.events, p.findings,
                p.worst, p.read, p.judged
         FROM pages p WHERE {} ORDER BY {} LIMIT ? OFFSET ?",
        filter.conditions(),
        order(query)
    ))?;
    let mut rows = select.query(params_from_iter(&values))?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push((page_row(row)?, row.get(12)?, row.get(13)?));
    }
    Ok(out)
}

fn page_row(row: &Row<'_>) -> Result<PageRow> {
    let worst: i64 = row.get(11)?;
    Ok(PageRow {
        id: row.get(0)?,
        url: row.get(1)?,
        path: row.get(2)?,
        title: row.get(3)?,
        template: row.get(4)?,
        status: row.get(5)?,
        outcome: parse(&row.get::<_, String>(6)?)?,
        reason: row.get(7)?,
        cells: Vec::new(),
        installs: count(row.get(8)?),
        events: count(row.get(9)?),
        findings: count(row.get(10)?),
        worst: if worst == 0 { None } else { Some(findings::severity(worst)?) },
    })
}

fn with_cells(conn: &Connection, rows: Vec<Bare>, pixels: &[PixelCoverage]) -> Result<Vec<PageRow>> {
    let column: BTreeMap<(&str, Option<&str>), usize> =
        pixels.iter().enumerate().map(|(i, p)| ((p.vendor.as_str(), p.account.as_deref()), i)).collect();
    let mut select = conn.prepare_cached("SELECT vendor, account, cell FROM installs WHERE page = ?1")?;
    let mut out = Vec::with_capacity(rows.len());
    for (mut row, read, judged) in rows {
        row.cells = vec![sums::absent_cell(read, judged); pixels.len()];
        let mut installs = select.query([row.id])?;
        while let Some(install) = installs.next()? {
            let (vendor, account): (String, Option<String>) = (install.get(0)?, install.get(1)?);
            let cell: Cell = sums::cell(&install.get::<_, String>(2)?)?;
            if let Some(place) = column.get(&(vendor.as_str(), account.as_deref())).and_then(|i| row.cells.get_mut(*i))
            {
                *place = cell;
            }
        }
        out.push(row);
    }
    Ok(out)
}
