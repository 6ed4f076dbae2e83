//! From byte offsets to lines and columns, in constant time even on a document that is one long line.

use std::sync::{Mutex, PoisonError};

/// Bytes between two remembered character counts.
const BLOCK: usize = 2048;

/// Where lines begin, and how many characters stand before each block. Knows a text only as far as it was asked: on most
/// pages what matters stands near the top, or nowhere.
#[derive(Debug, Default)]
pub(crate) struct LineIndex {
    known: Mutex<Known>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    /// Byte offset of the first byte of each line but the first.
    starts: Vec<u32>,
    /// Characters before the end of each block of [`BLOCK`] bytes.
    blocks: Vec<u32>,
}

impl LineIndex {
    /// Line and column of a byte offset, both from 1; columns count characters. The text is always the same.
    pub(crate) fn position(&self, text: &str, offset: usize) -> (u32, u32) {
        let offset = offset.min(text.len());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.read(text.as_bytes(), offset);
        let line = known.starts.partition_point(|&start| start as usize <= offset);
        let start = line.checked_sub(1).and_then(|i| known.starts.get(i)).map_or(0, |&s| s as usize);
        let column = known.chars_before(text, offset).saturating_sub(known.chars_before(text, start));
        (clamp(line + 1), clamp(column + 1))
    }
}

impl Known {
    /// Reads on until the block of an offset.
    fn read(&mut self, text: &[u8], offset: usize) {
        let first = self.blocks.len();
        for (number, block) in text.chunks(BLOCK).enumerate().take(offset / BLOCK + 1).skip(first) {
            let lines = memchr::memchr_iter(b'\n', block);
            self.starts.extend(lines.map(|i| clamp(number * BLOCK + i + 1)));
            let before = self.blocks.last().copied().unwrap_or_default();
            self.blocks.push(before + clamp(chars(block)));
        }
    }

    fn chars_before(&self, text: &str, offset: usize) -> usize {
        let block = offset / BLOCK;
        let before = block.checked_sub(1).and_then(|i| self.blocks.get(i)).map_or(0, |&before| before as usize);
        before + text.as_bytes().get(block * BLOCK..offset).map_or(0, chars)
    }
}

/// Characters that begin in these bytes. Counted in single bytes as far as they reach, which is many at a time.
fn chars(bytes: &[u8]) -> usize {
    let few = |few: &[u8]| few.iter().map(|b| u8::from(b & 0xC0 != 0x80)).sum::<u8>();
    bytes.chunks(usize::from(u8::MAX)).map(|bytes| usize::from(few(bytes))).sum()
}

fn clamp(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::LineIndex;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "ab\ncé€x\r\n\nz";
        let index = LineIndex::default();
        let cases = [("a", 1, 1), ("b", 1, 2), ("c", 2, 1), ("€", 2, 3), ("x", 2, 4), ("z", 4, 1)];
        for (needle, line, column) in cases {
            let at = text.find(needle).expect("it is there");
            assert_eq!(index.position(text, at), (line, column), "{needle}");
        }
        assert_eq!(index.position(text, 10_000), (4, 2), "past the end is the end");
        assert_eq!(LineIndex::default().position("", 0), (1, 1));
    }

    #[test]
    fn blocks_agree_with_counting() {
        let text = "é".repeat(5000) + "\n" + &"a€".repeat(3000);
        let index = LineIndex::default();
        for (offset, _) in text.char_indices().step_by(997) {
            let before = text.get(..offset).unwrap_or_default();
            let start = before.rfind('\n').map_or(0, |i| i + 1);
            let column = text.get(start..offset).unwrap_or_default().chars().count() + 1;
            assert_eq!(index.position(&text, offset).1 as usize, column, "at {offset}");
        }
    }
}
