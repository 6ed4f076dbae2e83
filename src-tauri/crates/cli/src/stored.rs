//! `pixelproof report` and `pixelproof history`: audits that are kept.

use anyhow::Result;
use pixelproof_audit::words::{percent_of, thousands, visible};
use pixelproof_model::{AuditRow, RunState};

use crate::{
    DONE,
    args::{HistoryArgs, ReportArgs},
    audit::{deliver, formats, open},
    out::{Out, table},
};

/// Writes the reports of an audit again.
pub(crate) fn report(args: &ReportArgs, out: &Out) -> Result<u8> {
    let formats = formats(&args.output)?;
    let audits = open(&args.store)?;
    let id = audits.resolve_id(&args.audit)?;
    audits.reporting(&id, |source| Ok(deliver(source, &args.output, &formats, out)))??;
    Ok(DONE)
}

/// Lists audits, newest first.
pub(crate) fn history(args: &HistoryArgs, out: &Out) -> Result<u8> {
    let audits = open(&args.store)?;
    let rows = audits.list()?;
    if args.json {
        out.json(&rows)?;
    } else if rows.is_empty() {
        out.note(&format!("No audit is kept in {} yet.", audits.path().display()));
    } else {
        let mut lines =
            vec![["AUDIT", "STARTED", "STATE", "PAGES", "TRACKED", "ERRORS", "SITE"].map(str::to_owned).to_vec()];
        lines.extend(rows.iter().map(row));
        out.text(&table(&lines, &[3, 4, 5]))?;
    }
    Ok(DONE)
}

fn row(row: &AuditRow) -> Vec<String> {
    let state = match row.state {
        RunState::Running => "running",
        RunState::Paused => "paused",
        RunState::Complete => "complete",
        RunState::Incomplete => "incomplete",
    };
    vec![
        row.id.clone(),
        row.started.clone(),
        state.to_owned(),
        thousands(row.pages),
        row.coverage.map_or_else(|| "\u{2013}".to_owned(), percent_of),
        thousands(row.errors),
        visible(&row.start_url),
    ]
}
