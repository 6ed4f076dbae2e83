//! stdout for data, stderr for everything else. Text of sites is made harmless before it comes here.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use anyhow::Result;
use pixelproof_audit::words::visible;
use pixelproof_model::Severity;
use serde::Serialize;

use crate::args::Color;

/// Where and how to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    colors: bool,
    error_colors: bool,
    pub(crate) quiet: bool,
}

impl Out {
    pub(crate) fn new(color: Color, quiet: bool) -> Out {
        let asked_not = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let on = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !asked_not,
        };
        Out { colors: on(io::stdout().is_terminal()), error_colors: on(io::stderr().is_terminal()), quiet }
    }

    /// Text to stdout, without a line break.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        Ok(())
    }

    /// A line to stdout.
    pub(crate) fn line(&self, text: &str) -> Result<()> {
        self.text(&format!("{text}\n"))
    }

    /// Indented JSON to stdout.
    pub(crate) fn json<T: Serialize>(&self, value: &T) -> Result<()> {
        self.line(&serde_json::to_string_pretty(value)?)
    }

    /// One line of JSON to stdout.
    pub(crate) fn json_line<T: Serialize>(&self, value: &T) -> Result<()> {
        self.line(&serde_json::to_string(value)?)
    }

    /// A message to stderr, unless quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            // Nobody reads stderr any more: no reason to stop.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// An error to stderr, always. It may quote what a site or a user wrote.
    pub(crate) fn error(&self, text: &str) {
        let head = if self.error_colors { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
        let lines: Vec<String> = text.lines().map(visible).collect();
        let _ = writeln!(io::stderr(), "{head} {}", lines.join("\n"));
    }

    /// Bold on stdout.
    pub(crate) fn bold(&self, text: impl Display) -> String {
        self.paint("1", text)
    }

    /// Subdued on stdout.
    pub(crate) fn dim(&self, text: impl Display) -> String {
        self.paint("2", text)
    }

    /// The word of a severity, coloured on stdout.
    pub(crate) fn severity(&self, severity: Severity) -> String {
        let word = pixelproof_audit::words::severity(severity);
        match severity {
            Severity::Error => self.paint("1;31", word),
            Severity::Warning => self.paint("33", word),
            Severity::Info => self.paint("2", word),
        }
    }

    fn paint(&self, code: &str, text: impl Display) -> String {
        if self.colors { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}

/// Standard output for much data.
pub(crate) fn stdout() -> impl Write {
    io::BufWriter::new(io::stdout())
}

/// Whether whoever read our output has gone.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// Columns padded to their widest cell; the last one is left as it is. Numbers stand in columns marked right.
pub(crate) fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            line.push(' ');
            line.push_str(&if right.contains(&i) { format!("{pad}{cell}") } else { format!("{cell}{pad}") });
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".into(), "10".into(), "x".into()], vec!["bbb".into(), "5".into(), "y".into()]];
        assert_eq!(table(&rows, &[1]), "  a   10 x\n  bbb  5 y\n");
    }
}
