//! `pixelproof report`, `diff` and `history`: audits that are kept.

use std::path::Path;

use anyhow::Result;
use pixelproof_audit::{
    AuditRef, Audits,
    words::{percent_of, thousands, visible},
};
use pixelproof_model::{AuditRow, RunState};

use crate::{
    DONE,
    args::{DiffArgs, HistoryArgs, ReportArgs},
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

/// Compares two audits.
pub(crate) fn diff(args: &DiffArgs, out: &Out) -> Result<u8> {
    let audits = open(&args.store)?;
    let diff = audits.diff(&audit_ref(&audits, &args.before)?, &audit_ref(&audits, &args.after)?)?;
    if args.json {
        out.json(&diff)?
    } else {
        out.text(&pixelproof_audit::diff::text_of(&diff))?
    }
    Ok(DONE)
}

/// An audit as it is named on the command line: a file, where there is one, else one of the store.
pub(crate) fn audit_ref(audits: &Audits, text: &str) -> Result<AuditRef> {
    let path = Path::new(text);
    let named_as_file = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
    if path.is_file() || named_as_file {
        return Ok(AuditRef::File(path.to_owned()));
    }
    Ok(AuditRef::Kept(audits.resolve_id(text)?))
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
