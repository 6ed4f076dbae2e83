//! Small things about source text: excerpts of expressions, and the text made ready for the parser.

use oxc_span::Span;

use super::scan::{Kind, Scanner};

/// Longest text of an expression that is handed out, in characters.
const MAX_EXPR: usize = 120;

/// The source of an expression with its white space collapsed, cut at a limit.
pub(super) fn collapse(source: &str, at: Span) -> String {
    let slice = source.get(at.start as usize..at.end as usize).unwrap_or("");
    let mut out = String::new();
    let mut count = 0;
    for word in slice.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= MAX_EXPR {
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    out
}

/// Replaces what may stand around or inside a script but isn't JavaScript by blanks, so that all offsets stay true:
/// byte-order mark, CDATA markers, left-over script tags. `None` where there is nothing to replace. (HTML comment markers
/// are part of the language: what follows `<!--` on its line is a comment.)
pub(crate) fn blank_markup(source: &str) -> Option<String> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    if source.starts_with('\u{feff}') {
        spans.push((0, '\u{feff}'.len_utf8()));
    }
    let start = source.len() - source.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
    let end = source.trim_end().len();
    let body = source.get(start..end).unwrap_or("");
    if body.starts_with("<![CDATA[") {
        spans.push((start, start + "<![CDATA[".len()));
    }
    if body.get(..7).is_some_and(|b| b.eq_ignore_ascii_case("<script"))
        && let Some(close) = body.find('>')
    {
        spans.push((start, start + close + 1));
    }
    for closing in ["]]>", "</script>"] {
        if body.ends_with(closing) && body.len() > closing.len() {
            let from = end - closing.len();
            let line = source.get(..from).and_then(|s| s.rfind('\n')).map_or(0, |i| i + 1);
            if !source.get(line..from).is_some_and(|l| l.contains("//")) {
                spans.push((from, end));
            }
        }
    }
    (!spans.is_empty()).then(|| blank(source, &spans))
}

/// Marks of template languages: opening, closing.
const TEMPLATES: [(&str, &str); 4] = [("{{", "}}"), ("{%", "%}"), ("<?", "?>"), ("<%", "%>")];

/// Replaces template marks of a server that didn't fill them in: a placeholder name where a value is wanted, blanks
/// where a statement stands. Offsets stay true. `None` where there is nothing to replace.
pub(super) fn blank_templates(source: &str) -> Option<String> {
    let mut out = source.as_bytes().to_vec();
    let mut changed = false;
    let quoted: Vec<(usize, usize)> =
        Scanner::new(source).filter(|t| t.kind == Kind::Text).map(|t| (t.start, t.end)).collect();
    for (open, close) in TEMPLATES {
        let mut at = 0;
        while let Some(from) = source.get(at..).and_then(|s| s.find(open)).map(|i| at + i) {
            let Some(to) = source.get(from..).and_then(|s| s.find(close)).map(|i| from + i + close.len()) else {
                break;
            };
            at = to;
            let before = quoted.partition_point(|(start, _)| *start <= from);
            if before.checked_sub(1).and_then(|i| quoted.get(i)).is_some_and(|(_, end)| from < *end) {
                continue;
            }
            let is_value = open != "{%" && wants_value(&source.as_bytes()[..from]);
            for (i, byte) in out[from..to].iter_mut().enumerate() {
                if *byte != b'\n' {
                    *byte = if is_value && i < 2 { b'_' } else { b' ' };
                }
            }
            changed = true;
        }
    }
    changed.then(|| String::from_utf8(out).unwrap_or_default())
}

fn wants_value(before: &[u8]) -> bool {
    let last = before.iter().rev().find(|b| !b.is_ascii_whitespace());
    matches!(last, Some(b'=' | b'(' | b',' | b':' | b'[' | b'+' | b'?' | b'&' | b'|' | b'!' | b'<' | b'>'))
}

fn blank(source: &str, spans: &[(usize, usize)]) -> String {
    let mut out = source.as_bytes().to_vec();
    for (from, to) in spans {
        out[*from..*to].fill(b' ');
    }
    // Whole characters only were replaced, by ASCII.
    String::from_utf8(out).unwrap_or_default()
}
