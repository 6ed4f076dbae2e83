//! CSV after RFC 4180: pages, events and findings; what a browser saw: requests, cookies, storage; journeys and exercise;
//! one table each. A cell that a spreadsheet would run as a formula gets an apostrophe in front, which spreadsheets show
//! as text.

mod browser;
mod journeys;

use std::io::Write;

use csv::{Terminator, WriterBuilder};
use pixelproof_model::{AuditReport, Event, Mode, PixelCoverage, ReportPage, State, Text};

use super::{
    matrix::cells_of,
    source::{Marks, Source, Which},
};
use crate::{AuditError, Result, names::name, words};

/// A table: its name and its text.
pub type Table = (&'static str, String);

/// The tables, and what writes each.
const TABLES: [(&str, Writer); 3] = [("pages", pages), ("events", events), ("findings", findings)];
/// Those of what a browser saw.
const BROWSER_TABLES: [(&str, Writer); 3] =
    [("beacons", browser::beacons), ("cookies", browser::cookies), ("storage", browser::storage)];

/// Those of journeys.
const JOURNEY_TABLES: [(&str, Writer); 3] =
    [("journeys", journeys::steps), ("journey_events", journeys::events), ("journey_clicks", journeys::clicks)];

/// The tables of an audit: of what nobody looked at, none that would say so by being empty.
pub(crate) fn tables(report: &AuditReport) -> Vec<(&'static str, Writer)> {
    let mut tables = TABLES.to_vec();
    let (looked, made) = (report.audit.mode != Mode::Source, !report.journeys.is_empty());
    let exercised = looked && report.audit.config.exercise;
    if looked {
        tables.extend(BROWSER_TABLES);
    }
    if made {
        tables.extend(JOURNEY_TABLES);
    }
    if exercised {
        tables.push(("exercise", journeys::exercise));
    }
    if exercised || made {
        tables.push(("typed", journeys::typed));
    }
    tables
}

/// Writes a table row by row.
pub(crate) type Writer = fn(&dyn Source, &mut dyn Write) -> Result<()>;

/// The tables.
pub fn render(report: &AuditReport) -> Result<Vec<Table>> {
    let text = |(name, write): (&'static str, Writer)| {
        let mut bytes = Vec::new();
        write(report, &mut bytes)?;
        Ok((name, String::from_utf8(bytes).map_err(|e| AuditError::Report(e.to_string()))?))
    };
    tables(report).into_iter().map(text).collect()
}

/// One row a page, one column a pixel account.
fn pages(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let pixels = &source.outline().pixels;
    let mut table = Sheet::new(out);
    let mut head: Vec<String> =
        ["url", "final_url", "status", "outcome", "reason", "template", "title", "depth", "referrer", "noindex"]
            .map(str::to_owned)
            .to_vec();
    head.extend(["duplicate_of", "duplicate_by", "trap", "installs", "events", "findings", "worst"].map(str::to_owned));
    head.extend(pixels.iter().map(pixel_label));
    table.row(head)?;
    source.pages(Which::All, &mut |page, marks| table.row(page_row(page, marks, pixels)))?;
    table.finish()
}

fn page_row(page: &ReportPage, marks: Marks, pixels: &[PixelCoverage]) -> Vec<String> {
    let mut row = vec![
        page.page.url.to_string(),
        page.final_url.to_string(),
        page.status.map(|s| s.to_string()).unwrap_or_default(),
        name(&page.outcome),
        page.page.fetch.as_ref().and_then(|f| f.reason.clone()).unwrap_or_default(),
        page.template.clone(),
        page.page.title.clone().unwrap_or_default(),
        page.depth.to_string(),
        page.referrer.as_ref().map(ToString::to_string).unwrap_or_default(),
        page.page.noindex.to_string(),
        page.duplicate_of.as_ref().map(|of| of.url.to_string()).unwrap_or_default(),
        page.duplicate_of.as_ref().map(|of| name(&of.by)).unwrap_or_default(),
        page.page.fetch.as_ref().and_then(|f| f.trap.as_ref()).map(name).unwrap_or_default(),
        page.page.installs.len().to_string(),
        page.page.events.iter().filter(|e| e.state != State::Inert).count().to_string(),
        marks.findings.to_string(),
        marks.worst.as_ref().map(name).unwrap_or_default(),
    ];
    row.extend(cells_of(page, pixels).iter().map(name));
    row
}

fn pixel_label(pixel: &PixelCoverage) -> String {
    match &pixel.account {
        Some(account) => format!("{} {account}", pixel.name),
        None => format!("{} (no account)", pixel.name),
    }
}

/// One row an event, inert ones too: the column `state` says so.
fn events(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    table.row(
        [
            "url",
            "template",
            "vendor",
            "accounts",
            "event",
            "class",
            "stage",
            "params",
            "event_id",
            "trigger",
            "state",
            "via",
            "installer",
            "declared",
            "fired",
            "source",
            "line",
            "column",
            "code",
        ]
        .map(str::to_owned)
        .to_vec(),
    )?;
    source.pages(Which::All, &mut |page, _| {
        let mut events = page.page.events.iter();
        events.try_for_each(|event| table.row(event_row(page.page.url.as_str(), &page.template, event)))
    })?;
    table.finish()
}

fn event_row(url: &str, template: &str, event: &Event) -> Vec<String> {
    vec![
        url.to_owned(),
        template.to_owned(),
        event.vendor.clone(),
        event.accounts.join(", "),
        text(&event.name),
        name(&event.class),
        name(&event.stage),
        if event.params.is_empty() { String::new() } else { crate::names::to_json(&event.params) },
        event.event_id.as_ref().map(text).unwrap_or_default(),
        name(&event.trigger),
        name(&event.state),
        name(&event.via),
        event.installer.clone().unwrap_or_default(),
        event.declared.to_string(),
        name(&event.fired),
        event.at.source.clone(),
        event.at.line.to_string(),
        event.at.column.to_string(),
        event.code.clone(),
    ]
}

fn text(text: &Text) -> String {
    match text {
        Text::Known(name) => name.clone(),
        Text::Expr { expr } => format!("{{{expr}}}"),
    }
}

/// One row a finding and page, so that a spreadsheet can filter by page.
fn findings(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    table.row(
        [
            "id",
            "rule",
            "severity",
            "area",
            "vendor",
            "account",
            "message",
            "cause",
            "why",
            "fix",
            "who",
            "page_count",
            "page",
            "evidence",
        ]
        .map(str::to_owned)
        .to_vec(),
    )?;
    for finding in &source.outline().findings {
        let finding = source.whole_finding(finding)?;
        let evidence: Vec<String> = finding.evidence.iter().map(evidence_line).collect();
        let none = [String::new()];
        let pages = if finding.pages.is_empty() { &none[..] } else { &finding.pages[..] };
        for page in pages {
            table.row(vec![
                finding.id.clone(),
                finding.rule.clone(),
                name(&finding.severity),
                name(&finding.area),
                finding.vendor.clone().unwrap_or_default(),
                finding.account.clone().unwrap_or_default(),
                finding.message.clone(),
                finding.cause.clone().unwrap_or_default(),
                finding.why.clone(),
                finding.fix.clone(),
                name(&finding.actor),
                finding.page_count.to_string(),
                page.clone(),
                evidence.join("\n"),
            ])?;
        }
    }
    table.finish()
}

fn evidence_line(piece: &pixelproof_model::Evidence) -> String {
    let place =
        piece.at.as_ref().map_or_else(|| piece.page.clone(), |at| format!("{}:{}:{}", at.source, at.line, at.column));
    match &piece.excerpt {
        Some(excerpt) => format!("{}: {place}: {excerpt}", piece.note),
        None => format!("{}: {place}", piece.note),
    }
}

/// A CSV text under construction.
struct Sheet<'a>(csv::Writer<&'a mut dyn Write>);

impl Sheet<'_> {
    fn new(out: &mut dyn Write) -> Sheet<'_> {
        Sheet(WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out))
    }

    fn row(&mut self, cells: Vec<String>) -> Result<()> {
        self.0.write_record(cells.iter().map(|c| tame(c))).map_err(|e| match e.into_kind() {
            csv::ErrorKind::Io(e) => AuditError::Output(e),
            other => AuditError::Report(format!("{other:?}")),
        })
    }

    fn finish(mut self) -> Result<()> {
        self.0.flush().map_err(AuditError::Output)
    }
}

/// What a spreadsheet takes for a formula, made text; and no control characters but line breaks and tabs.
fn tame(cell: &str) -> String {
    let clean: String = cell.split('\n').map(words::visible_keeping_tabs).collect::<Vec<_>>().join("\n");
    let formula = clean.trim_start_matches([' ', '\u{a0}']).starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
        || cell.starts_with(['\t', '\r', '\n'])
        || clean.starts_with(['\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if formula { format!("'{clean}") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::tame;

    #[test]
    fn formulas_are_text() {
        for (cell, want) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\u{fffd}x"),
            ("\n=1", "'\n=1"),
            ("  =1", "'  =1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("a\u{1b}[0mb", "a\u{fffd}[0mb"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(tame(cell), want, "{cell:?}");
        }
    }
}
