//! Places in a document, in a script file, and of code that a call writes into the page.

use pixelproof_model::Position;

use super::{excerpt::excerpt, fact::Places};
use crate::markup::{LineIndex, Origin};

/// Places in a script of the document.
pub(super) struct InDocument<'a> {
    pub(super) source: &'a str,
    pub(super) html: &'a str,
    pub(super) lines: &'a LineIndex,
    pub(super) origin: &'a Origin,
    pub(super) text: &'a str,
}

impl Places for InDocument<'_> {
    fn at(&self, offset: u32) -> Position {
        position(self.source, self.html, self.lines, self.origin.source(offset as usize))
    }

    fn code(&self, start: u32, end: u32) -> String {
        slice(self.text, start, end)
    }
}

/// Places in a script file. The source's name is filled in when a page loads it.
pub(super) struct InFile<'a> {
    pub(super) text: &'a str,
    pub(super) lines: &'a LineIndex,
}

impl Places for InFile<'_> {
    fn at(&self, offset: u32) -> Position {
        position("", self.text, self.lines, offset as usize)
    }

    fn code(&self, start: u32, end: u32) -> String {
        slice(self.text, start, end)
    }
}

/// One place for everything in a piece of markup that a script writes.
pub(super) struct Fixed<'a> {
    pub(super) at: Position,
    pub(super) text: &'a str,
}

impl Places for Fixed<'_> {
    fn at(&self, _offset: u32) -> Position {
        self.at.clone()
    }

    fn code(&self, start: u32, end: u32) -> String {
        slice(self.text, start, end)
    }
}

/// A position by byte offset.
pub(super) fn position(source: &str, text: &str, lines: &LineIndex, offset: usize) -> Position {
    let (line, column) = lines.position(text, offset);
    Position { source: source.to_owned(), line, column }
}

/// An excerpt of a range, moved to whole characters.
fn slice(text: &str, start: u32, end: u32) -> String {
    let whole = |at: u32| (0..=(at as usize).min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    excerpt(text.get(whole(start)..whole(end)).unwrap_or_default())
}
