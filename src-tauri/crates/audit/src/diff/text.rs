//! A comparison as text for a terminal.

use std::fmt::Write;

use pixelproof_model::{AuditDiff, Change, DiffItem, DiffKind, DiffSide};

use crate::words::{count, severity, thousands, visible};

/// Rows of each kind; the rest is in the JSON.
const ROWS: usize = 50;

/// What differs, in plain text. Nothing of a site can carry a control character into it.
pub fn render(diff: &AuditDiff) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "Before: {}", side(&diff.before));
    let _ = writeln!(out, "After:  {}", side(&diff.after));
    for note in &diff.notes {
        let _ = writeln!(out, "Note: {}", visible(note));
    }
    let _ = writeln!(
        out,
        "\n{} in both, {} of them changed; {} new, {} lost.",
        count(diff.pages_compared, "page", "pages"),
        thousands(diff.pages_changed),
        thousands(diff.pages_new),
        thousands(diff.pages_lost)
    );
    section(
        &mut out,
        "Pixels",
        diff.pixels.len(),
        diff.pixels.iter().map(|p| {
            let account = p.account.as_deref().unwrap_or("(no account)");
            format!("{} {} {account}: {}", sign(p.change), p.name, pages(p.pages_before, p.pages_after))
        }),
    );
    section(
        &mut out,
        "Events",
        diff.events.len(),
        diff.events.iter().map(|e| {
            let to = if e.accounts.is_empty() { String::new() } else { format!(" ({})", e.accounts) };
            format!("{} {} {}{to}: {}", sign(e.change), e.vendor, e.name, pages(e.pages_before, e.pages_after))
        }),
    );
    section(
        &mut out,
        "Findings",
        diff.findings.len(),
        diff.findings.iter().map(|f| {
            let pages = pages(f.pages_before, f.pages_after);
            format!("{} {}: {} ({pages})", sign(f.change), severity(f.severity), f.message)
        }),
    );
    section(
        &mut out,
        "By template",
        diff.templates.len(),
        diff.templates.iter().map(|t| {
            let pages = count(t.pages, "page", "pages");
            format!("{} {}: {} on {pages}, such as {}", sign(t.item.change), t.template, item(&t.item), t.example)
        }),
    );
    if nothing(diff) {
        let _ = writeln!(out, "\nNothing that is compared differs.");
    }
    out
}

fn nothing(diff: &AuditDiff) -> bool {
    diff.pages.is_empty() && diff.pixels.is_empty() && diff.events.is_empty() && diff.findings.is_empty()
}

fn section(out: &mut String, title: &str, all: usize, rows: impl Iterator<Item = String>) {
    if all == 0 {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for row in rows.take(ROWS) {
        let _ = writeln!(out, "  {}", visible(&row));
    }
    if all > ROWS {
        let _ = writeln!(out, "  and {} more; --json lists them", all - ROWS);
    }
}

fn side(side: &DiffSide) -> String {
    let incomplete = if side.complete { "" } else { ", incomplete" };
    let read = count(side.read, "page", "pages");
    visible(&format!("{} of {}, {} ({read} read{incomplete})", side.id, side.start_url, side.started))
}

fn sign(change: Change) -> char {
    match change {
        Change::New => '+',
        Change::Lost => '-',
        Change::Changed => '~',
    }
}

fn pages(before: u64, after: u64) -> String {
    format!("{} \u{2192} {}", thousands(before), count(after, "page", "pages"))
}

/// One difference in words: `meta-pixel 123, Purchase, parameter value: 1 \u{2192} 2`.
fn item(item: &DiffItem) -> String {
    let mut words: Vec<String> = Vec::new();
    if item.kind == DiffKind::Page {
        words.push("page".to_owned());
    }
    if let Some(vendor) = &item.vendor {
        let account = item.account.as_ref().map(|a| format!(" {a}")).unwrap_or_default();
        words.push(format!("{vendor}{account}"));
    }
    words.extend(item.event.clone());
    words.extend(item.param.as_ref().map(|p| format!("parameter {p}")));
    let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "nothing".to_owned());
    let change = match (&item.before, &item.after) {
        (None, None) => String::new(),
        (before, after) => format!(": {} \u{2192} {}", value(before), value(after)),
    };
    format!("{}{change}", words.join(", "))
}
