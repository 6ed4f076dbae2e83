//! A few lines for an e-mail or a terminal.

use std::fmt::Write;

use pixelproof_model::{AuditReport, Mode, PixelCoverage, StepOutcome, StepRun};

use crate::words::{count, percent, severity, thousands, visible};

/// Findings named in the summary.
const FINDINGS: usize = 5;
/// Pixels named in the summary.
const PIXELS: usize = 12;

/// The audit in plain text. Nothing of the site can carry a control character into it.
pub fn summary(report: &AuditReport) -> String {
    let mut out = String::new();
    let totals = &report.totals;
    let _ = writeln!(out, "Pixel audit of {}", visible(report.audit.start_url.as_str()));
    let _ = writeln!(out, "{}", scope_line(report));
    if let Some(reason) = &report.audit.incomplete_reason {
        let _ = writeln!(out, "Incomplete: {}", visible(reason));
    }
    let _ = writeln!(out);
    if report.pixels.is_empty() {
        let _ = writeln!(out, "No pixel was found.");
    } else {
        let _ = writeln!(out, "Pixels (active pages of those judged):");
    }
    for pixel in report.pixels.iter().take(PIXELS) {
        let _ = writeln!(out, "  {}", pixel_line(pixel));
    }
    if report.pixels.len() > PIXELS {
        let _ = writeln!(out, "  and {} more", report.pixels.len() - PIXELS);
    }
    let _ = writeln!(out);
    let _ = writeln!(
        out,
        "{} without any active pixel; {} on which something is done twice.",
        count(totals.untracked, "page", "pages"),
        count(totals.pages_with_duplicates, "page", "pages")
    );
    let _ = writeln!(
        out,
        "Findings: {}, {}, {}.",
        count(totals.errors, "error", "errors"),
        count(totals.warnings, "warning", "warnings"),
        count(totals.infos, "note", "notes")
    );
    for finding in report.findings.iter().take(FINDINGS) {
        let pages = count(finding.page_count, "page", "pages");
        let _ = writeln!(out, "  {}: {} ({pages})", severity(finding.severity), visible(&finding.message));
    }
    journeys(&mut out, report);
    if !report.not_checked.is_empty() {
        let n = u64::try_from(report.not_checked.len()).unwrap_or(0);
        let mode = if report.audit.mode == Mode::Source { " in source mode" } else { "" };
        let _ = writeln!(out, "Not checked{mode}: {}.", count(n, "rule", "rules"));
    }
    out
}

/// Each journey in a line, with the steps that went wrong and where its click id got to.
fn journeys(out: &mut String, report: &AuditReport) {
    for run in &report.journeys {
        let events = count(u64::try_from(run.events.len()).unwrap_or(u64::MAX), "event", "events");
        let wrong: Vec<&StepRun> =
            run.steps.iter().filter(|s| matches!(s.outcome, StepOutcome::NotMet | StepOutcome::Failed)).collect();
        let how = match (run.completed, wrong.is_empty()) {
            (true, true) => "as expected",
            (true, false) => "not as expected",
            (false, _) => "not completed",
        };
        let name = visible(&run.journey);
        let _ = writeln!(out, "Journey \u{201c}{name}\u{201d}, pass {}: {how}, {events} recorded.", run.pass.name());
        for step in wrong {
            let why = visible(step.why.as_deref().unwrap_or_default());
            let _ = writeln!(out, "  step {} ({}): {why}", step.number, visible(&step.what));
        }
        for verdict in run.click_id.iter().flat_map(|trail| &trail.vendors) {
            let _ = writeln!(out, "  click id, {}: {}", verdict.vendor, visible(&verdict.why));
        }
    }
}

/// `Read 40 of 42 pages; 2 could not be read.`
pub(super) fn scope_line(report: &AuditReport) -> String {
    let totals = &report.totals;
    let failed = match totals.failed {
        0 => String::new(),
        n => format!("; {} could not be read", thousands(n)),
    };
    format!("Read {} of {}{failed}.", thousands(totals.read), count(totals.pages, "address", "addresses"))
}

/// `Meta Pixel 123: 40 of 42 (95 %), 2 gated`
fn pixel_line(pixel: &PixelCoverage) -> String {
    let all = pixel.pages_with + pixel.pages_gated + pixel.pages_image_only + pixel.pages_without;
    let mut line = format!(
        "{} {}: {} of {} ({})",
        visible(&pixel.name),
        visible(pixel.account.as_deref().unwrap_or("(no account)")),
        thousands(pixel.pages_with),
        thousands(all),
        percent(pixel.pages_with, all)
    );
    if pixel.pages_gated > 0 {
        let _ = write!(line, ", {} waiting for consent", thousands(pixel.pages_gated));
    }
    if pixel.pages_image_only > 0 {
        let _ = write!(line, ", {} with only an image or noscript form", thousands(pixel.pages_image_only));
    }
    line
}
