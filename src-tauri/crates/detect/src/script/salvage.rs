//! Plan B: single calls cut out of a script that the parser gives up on.

use std::ops::Range;

use super::{
    Interests, ScriptFacts,
    scan::{Kind, Scanner},
};

/// Most pieces that are cut out of one script.
const MAX_PIECES: usize = 500;
/// How many arguments a call may lose.
const MAX_SHORTENED: usize = 3;
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

/// Brackets that are open in a text that may miss some.
#[derive(Default)]
struct Brackets(Vec<u8>);

impl Brackets {
    fn depth(&self) -> usize {
        self.0.len()
    }

    fn open(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Closes the bracket and those inside it that nobody closed; false where none is open.
    fn close(&mut self, byte: u8) -> bool {
        let opening = match byte {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        let Some(at) = self.0.iter().rposition(|open| *open == opening) else { return false };
        self.0.truncate(at);
        true
    }

    /// Whether what is open holds expressions parted by commas.
    fn is_list(&self) -> bool {
        matches!(self.0.last(), Some(b'(' | b'['))
    }
}

/// End of the expression that begins here: all brackets closed, and nothing that goes on.
fn balanced_end(text: &str, start: usize) -> Option<usize> {
    let mut brackets = Brackets::default();
    let mut closed = None;
    let mut operand = false;
    for token in Scanner::at(text, start) {
        if token.end - start > MAX_PIECE {
            return closed;
        }
        match token.kind {
            Kind::Punct(byte @ (b'(' | b'[' | b'{')) => {
                if brackets.depth() == 0 && closed.is_some() && token.new_line {
                    return closed;
                }
                brackets.open(byte);
                operand = false;
            }
            Kind::Punct(byte @ (b')' | b']' | b'}')) => {
                if !brackets.close(byte) {
                    return closed.filter(|_| brackets.depth() == 0);
                }
                operand = true;
                if brackets.depth() == 0 {
                    closed = Some(token.end);
                }
            }
            Kind::Punct(b';' | b',') if brackets.depth() == 0 => return closed,
            // No statement ends inside a list of arguments: a bracket is missing.
            Kind::Punct(b';') if brackets.is_list() => return Some(token.start),
            Kind::Punct(_) => operand = false,
            Kind::Word | Kind::Number | Kind::Text => {
                if operand && brackets.depth() == 0 {
                    return closed;
                }
                if operand && brackets.is_list() && token.new_line {
                    return Some(token.start);
                }
                operand = true;
                if brackets.depth() == 0 {
                    closed = Some(token.end);
                }
            }
        }
    }
    // The script ends inside the expression: what was closed counts.
    if brackets.depth() == 0 { closed } else { None }
}

/// A call that can't be parsed, without its last arguments, the longest first.
pub(super) fn shortened(code: &str) -> Vec<String> {
    let mut brackets = Brackets::default();
    let mut commas = Vec::new();
    for token in Scanner::new(code) {
        match token.kind {
            Kind::Punct(byte @ (b'(' | b'[' | b'{')) => brackets.open(byte),
            Kind::Punct(byte @ (b')' | b']' | b'}')) => {
                brackets.close(byte);
                if brackets.depth() == 0 {
                    break;
                }
            }
            Kind::Punct(b',') if brackets.depth() == 1 && brackets.is_list() => commas.push(token.start),
            _ => {}
        }
    }
    commas.iter().rev().take(MAX_SHORTENED).filter_map(|at| Some(format!("{})", code.get(..*at)?))).collect()
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
    facts.written.extend(part.written.into_iter().map(|mut written| {
        written.at = written.at.saturating_add(offset);
        written.context.order += first;
        written
    }));
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
