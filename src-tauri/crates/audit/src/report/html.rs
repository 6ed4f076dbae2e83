//! The report for people: one HTML file that opens offline, prints on A4, and holds no script. Every string goes through
//! the template engine's escaping; the page's policy forbids whatever could still slip through.

use std::{io::Write, sync::LazyLock};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use pixelproof_model::{Area, AuditReport, Cell, Mode, PixelCoverage, ReportPage, TemplateCoverage};
use serde::Serialize;

use super::{
    html_browser::{Seen, seen},
    html_findings::{Column, FindingView, Names},
    html_journeys::{JourneyView, journeys},
    matrix::cells_of,
    source::{CellCounts, Marks, Source, Which},
    text::scope_line,
};
use crate::{AuditError, Result, words};

/// Pages listed one by one; the rest is in CSV and JSON.
pub const MAX_PAGES: usize = 1000;
/// Findings shown in full.
pub const MAX_FINDINGS: usize = 300;
/// Templates in the matrix.
pub const MAX_TEMPLATES: usize = 200;
/// Pixel accounts in the matrices.
pub const MAX_COLUMNS: usize = 16;
static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.add_filter("thousands", words::thousands);
    // A template that doesn't compile leaves the environment without it, and every test of this file fails.
    let _ = env.add_template("report.html", include_str!("report.html"));
    env
});

/// The report. `client` is named at its head.
pub fn render(source: &dyn Source, client: Option<&str>) -> Result<String> {
    let fail = |e: minijinja::Error| AuditError::Report(format!("{e:#}"));
    let template = TEMPLATES.get_template("report.html").map_err(fail)?;
    let view = View::new(source, client)?;
    template.render(context! { style => include_str!("report.css"), r => minijinja::value::Serde(&view) }).map_err(fail)
}

/// Writes it. What it lists is limited, so that it can be made up in memory.
pub fn write(source: &dyn Source, client: Option<&str>, out: &mut dyn Write) -> Result<()> {
    out.write_all(render(source, client)?.as_bytes()).and_then(|()| out.flush()).map_err(AuditError::Output)
}

/// What the template shows, worded.
#[derive(Serialize)]
struct View<'a> {
    client: Option<&'a str>,
    host: String,
    start_url: &'a str,
    started: String,
    finished: Option<String>,
    tool: &'a str,
    incomplete: Option<String>,
    notices: Vec<String>,
    scope: String,
    totals: &'a pixelproof_model::Totals,
    figures: Vec<Figure>,
    score: Vec<Score>,
    pixels: Vec<Pixel>,
    columns: Vec<Column>,
    hidden_columns: usize,
    templates: Vec<TemplateRow>,
    hidden_templates: usize,
    untracked: Vec<TemplateRow>,
    duplicates: Vec<FindingView>,
    findings: Vec<FindingView>,
    hidden_findings: usize,
    pages: Vec<PageRow>,
    hidden_pages: u64,
    unread: Vec<PageRow>,
    seen: Vec<Seen>,
    legend: Vec<(&'static str, &'static str)>,
    recipients: &'a [pixelproof_model::Recipient],
    journeys: Vec<JourneyView<'a>>,
    not_checked: Vec<(String, String)>,
    limits: Vec<String>,
}

/// A number at the head, with the place that it leads to.
#[derive(Serialize)]
struct Figure {
    value: String,
    label: &'static str,
    note: String,
    href: &'static str,
    tone: &'static str,
}

#[derive(Serialize)]
struct Score {
    area: &'static str,
    clean: u64,
    pages: u64,
    percent: String,
}

#[derive(Serialize)]
struct Pixel {
    name: String,
    account: Option<String>,
    with: u64,
    gated: u64,
    image_only: u64,
    without: u64,
    percent: String,
    bar: Bar,
}

/// Widths in percent of a bar's parts, two digits after the point.
#[derive(Serialize)]
struct Bar {
    with: String,
    gated: String,
    image: String,
}

#[derive(Serialize)]
struct TemplateRow {
    template: String,
    pages: u64,
    untracked: u64,
    example: String,
    cells: Vec<TemplateCell>,
}

/// State of a template for one pixel.
#[derive(Serialize)]
struct TemplateCell {
    kind: String,
    sign: &'static str,
    text: String,
    title: String,
}

#[derive(Serialize)]
struct PageRow {
    path: String,
    url: String,
    title: String,
    status: String,
    outcome: String,
    findings: u64,
    worst: &'static str,
    cells: Vec<CellView>,
}

#[derive(Serialize)]
struct CellView {
    kind: String,
    sign: &'static str,
    word: &'static str,
}

impl<'a> View<'a> {
    fn new(source: &'a dyn Source, client: Option<&'a str>) -> Result<View<'a>> {
        let report = source.outline();
        let names = Names::new();
        let columns = report.pixels.get(..MAX_COLUMNS).unwrap_or(&report.pixels);
        let cells = source.cells(columns)?;
        let pages = page_rows(source, Which::Read(MAX_PAGES), columns)?;
        let shown = u64::try_from(pages.len()).unwrap_or(u64::MAX);
        let untracked: Vec<&TemplateCoverage> = report.templates.iter().filter(|t| t.untracked > 0).collect();
        let duplicates = report.findings.iter().filter(|f| f.area == Area::Duplicates);
        Ok(View {
            client: client.filter(|c| !c.trim().is_empty()),
            host: site(&report.audit.start_url),
            start_url: report.audit.start_url.as_str(),
            started: moment(&report.audit.started),
            finished: report.audit.finished.as_deref().map(moment),
            tool: &report.audit.tool,
            incomplete: incomplete(report),
            notices: report.audit.notices.clone(),
            scope: scope_line(report),
            totals: &report.totals,
            figures: figures(report),
            score: score(report),
            pixels: report.pixels.iter().map(pixel).collect(),
            columns: report.pixels.iter().take(MAX_COLUMNS).map(|p| names.column(p)).collect(),
            hidden_columns: report.pixels.len().saturating_sub(MAX_COLUMNS),
            templates: report.templates.iter().take(MAX_TEMPLATES).map(|t| template_row(t, &cells)).collect(),
            hidden_templates: report.templates.len().saturating_sub(MAX_TEMPLATES),
            untracked: untracked.into_iter().take(MAX_TEMPLATES).map(|t| template_row(t, &cells)).collect(),
            duplicates: duplicates.take(MAX_FINDINGS).map(|f| names.finding(f)).collect(),
            findings: report.findings.iter().take(MAX_FINDINGS).map(|f| names.finding(f)).collect(),
            hidden_findings: report.findings.len().saturating_sub(MAX_FINDINGS),
            pages,
            hidden_pages: report.totals.read.saturating_sub(shown),
            unread: page_rows(source, Which::Unread(MAX_PAGES), columns)?,
            seen: match report.audit.mode {
                Mode::Source => Vec::new(),
                Mode::Browser | Mode::Both => seen(source, &names)?,
            },
            legend: legend(),
            recipients: &report.recipients,
            journeys: journeys(report, &names),
            not_checked: report.not_checked.iter().map(|n| (n.rule.what.clone(), n.reason.clone())).collect(),
            limits: limits(report),
        })
    }
}

fn incomplete(report: &AuditReport) -> Option<String> {
    let reason =
        || report.audit.incomplete_reason.clone().unwrap_or_else(|| "The audit did not come to its end.".to_owned());
    (!report.audit.complete).then(reason)
}

/// `2026-01-31 14:23 UTC` from RFC 3339.
fn moment(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => time.to_owned(),
    }
}

fn figures(report: &AuditReport) -> Vec<Figure> {
    let t = &report.totals;
    let figure = |value: u64, (one, many), note: String, href, bad: bool| Figure {
        value: words::thousands(value),
        label: if value == 1 { one } else { many },
        note,
        href,
        tone: if bad && value > 0 { "bad" } else { "plain" },
    };
    let accounts = u64::try_from(report.pixels.len()).unwrap_or(0);
    let share = words::percent(t.untracked, t.read);
    vec![
        figure(
            accounts,
            ("pixel account", "pixel accounts"),
            format!("on {}", words::count(t.read, "page read", "pages read")),
            "#pixels",
            false,
        ),
        figure(
            t.untracked,
            ("page untracked", "pages untracked"),
            format!("{share} of the pages read"),
            "#untracked",
            true,
        ),
        figure(
            t.pages_with_duplicates,
            ("page with duplicates", "pages with duplicates"),
            "something is done twice".to_owned(),
            "#duplicates",
            true,
        ),
        figure(
            t.errors,
            ("error", "errors"),
            format!("{}, {}", words::count(t.warnings, "warning", "warnings"), words::count(t.infos, "note", "notes")),
            "#findings",
            true,
        ),
    ]
}

fn score(report: &AuditReport) -> Vec<Score> {
    let area = |area| match area {
        Area::Coverage => "Coverage",
        Area::Duplicates => "Duplicates",
        Area::Correctness => "Correctness",
        Area::Privacy => "Privacy",
    };
    let scores = report.score.iter().map(|s| Score {
        area: area(s.area),
        clean: s.clean,
        pages: s.pages,
        percent: words::percent(s.clean, s.pages),
    });
    scores.collect()
}

fn pixel(p: &pixelproof_model::PixelCoverage) -> Pixel {
    let all = p.pages_with + p.pages_gated + p.pages_image_only + p.pages_without;
    let part = |n: u64| format!("{:.2}", crate::query::sums::share(n, all) * 100.0);
    Pixel {
        name: p.name.clone(),
        account: p.account.clone(),
        with: p.pages_with,
        gated: p.pages_gated,
        image_only: p.pages_image_only,
        without: p.pages_without,
        percent: words::percent(p.pages_with, all),
        bar: Bar { with: part(p.pages_with), gated: part(p.pages_gated), image: part(p.pages_image_only) },
    }
}

fn template_row(t: &TemplateCoverage, cells: &CellCounts) -> TemplateRow {
    TemplateRow {
        template: t.template.clone(),
        pages: t.pages,
        untracked: t.untracked,
        example: t.example.clone(),
        cells: (0..t.pixels.len().min(MAX_COLUMNS)).map(|column| template_cell(t, cells, column)).collect(),
    }
}

/// The best state that pages of the template show, and on how many of them.
fn template_cell(t: &TemplateCoverage, cells: &CellCounts, column: usize) -> TemplateCell {
    let of = |cell: Cell| cells.get(&(t.template.clone(), column, cell)).copied().unwrap_or(0);
    let (active, doubled) = (of(Cell::Active) + of(Cell::Duplicate), of(Cell::Duplicate));
    let (cell, n) = [(Cell::Active, active), (Cell::Gated, of(Cell::Gated)), (Cell::ImageOnly, of(Cell::ImageOnly))]
        .into_iter()
        .chain([(Cell::Inert, of(Cell::Inert))])
        .find(|(_, n)| *n > 0)
        .unwrap_or((Cell::Missing, t.pages));
    let cell = if cell == Cell::Active && doubled > 0 { Cell::Duplicate } else { cell };
    let word = if cell == Cell::Duplicate { "active" } else { words::cell(cell) };
    let mut title = format!("{word} on {} of {}", words::thousands(n), words::count(t.pages, "page", "pages"));
    if doubled > 0 {
        title.push_str(&format!(", something is done twice on {}", words::thousands(doubled)));
    }
    let some = n < t.pages;
    let (kind, sign) = match cell {
        Cell::Active if some => ("partly".to_owned(), "\u{25d2}"),
        cell => (crate::names::name(&cell), words::cell_sign(cell)),
    };
    TemplateCell { kind, sign, text: if some { words::percent(n, t.pages) } else { String::new() }, title }
}

fn page_rows(source: &dyn Source, which: Which, columns: &[PixelCoverage]) -> Result<Vec<PageRow>> {
    let mut rows = Vec::new();
    source.pages(which, &mut |page, marks| {
        rows.push(page_row(page, marks, columns));
        Ok(())
    })?;
    Ok(rows)
}

/// Host with its port, where it has one of its own.
fn site(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    words::visible(&url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn page_row(page: &ReportPage, marks: Marks, columns: &[PixelCoverage]) -> PageRow {
    let url = &page.page.url;
    let cell = |cell: Cell| CellView {
        kind: crate::names::name(&cell),
        sign: words::cell_sign(cell),
        word: words::cell(cell),
    };
    let reason = page.page.fetch.as_ref().and_then(|f| f.reason.clone());
    PageRow {
        path: url.query().map_or_else(|| url.path().to_owned(), |q| format!("{}?{q}", url.path())),
        url: url.to_string(),
        title: page.page.title.clone().unwrap_or_default(),
        status: page.status.map_or_else(|| "\u{2013}".to_owned(), |s| s.to_string()),
        outcome: reason.unwrap_or_else(|| words::outcome(page.outcome).to_owned()),
        findings: marks.findings,
        worst: marks.worst.map_or("", words::severity),
        cells: cells_of(page, columns).into_iter().map(cell).collect(),
    }
}

fn legend() -> Vec<(&'static str, &'static str)> {
    use Cell::*;
    [Active, Duplicate, Gated, ImageOnly, Missing, Inert, NotChecked, CouldNotLook]
        .map(|c| (words::cell_sign(c), words::cell(c)))
        .to_vec()
}

/// What the report can't say, so that nobody reads silence as an answer.
fn limits(report: &AuditReport) -> Vec<String> {
    let read = match report.audit.mode {
        Mode::Source => {
            "Source mode reads what pages declare. It doesn't see what leaves them: cookies, requests, what a tag manager adds, \
         or what happens after a choice in a consent banner. \u{201c}Active\u{201d} means that the code runs when the page \
         is shown, not that a request was seen."
        }
        Mode::Browser | Mode::Both if report.audit.config.exercise => {
            "What pages declare was read from their source; what leaves them was watched in a browser, once for each \
         choice of the visitor that is named. Pages were exercised before any answer and after agreement: scrolled, menus \
         opened, a probe identity typed into forms, links followed as changes of route, elements clicked whose handlers \
         declare events. Leaving a page, sending a form and whatever else changes something was held."
        }
        Mode::Browser | Mode::Both => {
            "What pages declare was read from their source; what leaves them was watched in a browser, once for each \
         choice of the visitor that is named. Nobody clicked, scrolled or filled in a form: what waits for that was not seen."
        }
    };
    let mut out = vec![
        read.to_owned(),
        "A pixel counts as missing only on pages whose content was read. Pages that could not be read, or that stay empty \
         until scripts run, are listed as such and count neither way."
            .to_owned(),
        "Coverage is the share of judged pages on which a pixel account is active. The score of an area is the share of read \
         pages without an error in it."
            .to_owned(),
    ];
    if !report.journeys.is_empty() {
        out.push(
            "Journeys were made as their files say, forms and orders included. Beacons that were held got an empty answer, \
             so that a cookie which a platform's server would have set was not."
                .to_owned(),
        );
    }
    let config = &report.audit.config;
    out.push(format!(
        "Limits of this audit: at most {}, {} from the start; robots.txt was {}.",
        words::count(config.max_pages, "page", "pages"),
        words::count(u64::from(config.max_depth), "click", "clicks"),
        if config.ignore_robots { "not followed" } else { "followed" }
    ));
    out
}
