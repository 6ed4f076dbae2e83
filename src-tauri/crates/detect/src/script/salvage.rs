//! Plan B: single calls cut out of a script that the parser gives up on.

use std::ops::Range;

use super::{
    Interests, ScriptFacts,
    scan::{Kind, Scanner},
};

/// Most pieces that are cut out of one script.
const MAX_PIECES: usize = 500;
/// Longest piece, in bytes.
const MAX_PIECE: usize = 64 * 1024;

/// Byte ranges of the expressions that begin with a name of interest, outside strings and comments.
pub(super) fn pieces(text: &str, interests: &Interests) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut end = 0;
    let mut tokens = Scanner::new(text).peekable();
    let mut before = Kind::Punct(b';');
    while let Some(token) = tokens.next() {
        let previous = std::mem::replace(&mut before, token.kind);
        if found.len() >= MAX_PIECES {
            break;
        }
        let named = token.kind == Kind::Word && text.get(token.start..token.end).is_some_and(|w| interests.is_root(w));
        if !named || token.start < end || previous == Kind::Punct(b'.') && !after_window(text, token.start) {
            continue;
        }
        let goes_on =
            matches!(tokens.peek(), Some(t) if matches!(t.kind, Kind::Punct(b'(' | b'.' | b'[' | b'=' | b'?')));
        if goes_on && let Some(to) = balanced_end(text, token.start) {
            found.push(token.start..to);
            end = to;
        }
    }
    found
}

fn after_window(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("").trim_end().trim_end_matches('.').trim_end();
    ["window", "self", "globalThis", "top", "parent"].iter().any(|name| before.ends_with(name))
}

/// End of the expression that begins here: all brackets closed, and nothing that goes on.
fn balanced_end(text: &str, start: usize) -> Option<usize> {
    let mut depth = 0u32;
    let mut closed = None;
    let mut operand = false;
    for token in Scanner::at(text, start) {
        if token.end - start > MAX_PIECE {
            return closed;
        }
        match token.kind {
            Kind::Punct(b'(' | b'[' | b'{') => {
                if depth == 0 && closed.is_some() && token.new_line {
                    return closed;
                }
                depth += 1;
                operand = false;
            }
            Kind::Punct(b')' | b']' | b'}') => {
                if depth == 0 {
                    return closed;
                }
                depth -= 1;
                operand = true;
                if depth == 0 {
                    closed = Some(token.end);
                }
            }
            Kind::Punct(b';' | b',') if depth == 0 => return closed,
            Kind::Punct(_) => operand = false,
            Kind::Word | Kind::Number | Kind::Text => {
                if depth == 0 && operand {
                    return closed;
                }
                operand = true;
                if depth == 0 {
                    closed = Some(token.end);
                }
            }
        }
    }
    // The script ends inside the expression: what was closed counts.
    if depth == 0 { closed } else { None }
}

/// Adds what a piece said, moved to where the piece stands.
pub(super) fn merge(facts: &mut ScriptFacts, part: ScriptFacts, offset: u32) {
    let moved = |span: (u32, u32)| (span.0.saturating_add(offset), span.1.saturating_add(offset));
    let first = facts.calls.iter().map(|c| c.context.order + 1).max().unwrap_or(0);
    facts.calls.extend(part.calls.into_iter().map(|mut call| {
        call.span = moved(call.span);
        call.inner = call.inner.map(moved);
        call.context.order += first;
        call
    }));
    facts.assigns.extend(part.assigns.into_iter().map(|mut assign| {
        assign.span = moved(assign.span);
        assign.context.order += first;
        assign
    }));
    facts.loads.extend(part.loads.into_iter().map(|mut load| {
        load.span = moved(load.span);
        load.context.order += first;
        load
    }));
    facts.written.extend(part.written.into_iter().map(|(text, at)| (text, at.saturating_add(offset))));
    facts.literals.extend(part.literals.into_iter().map(|(text, at)| (text, at.saturating_add(offset))));
    facts.globals.extend(part.globals);
    facts.offers.extend(part.offers);
    facts.missing.extend(part.missing);
    for problem in part.problems {
        if !facts.problems.contains(&problem) {
            facts.problems.push(problem);
        }
    }
}
