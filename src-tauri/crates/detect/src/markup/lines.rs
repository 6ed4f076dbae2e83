//! From byte offsets to lines and columns, in constant time even on a document that is one long line.

/// Bytes between two remembered character counts.
const BLOCK: usize = 2048;

/// Where lines begin, and how many characters stand before each block.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineIndex {
    /// Byte offset of the first byte of each line.
    starts: Vec<u32>,
    /// Characters before each block of [`BLOCK`] bytes; empty for pure ASCII.
    blocks: Vec<u32>,
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> LineIndex {
        let bytes = text.as_bytes();
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', bytes).map(|i| clamp(i + 1))).collect();
        let mut blocks = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in bytes.chunks(BLOCK) {
                blocks.push(before);
                before += clamp(chars(block));
            }
            blocks.push(before);
        }
        LineIndex { starts, blocks }
    }

    /// Line and column of a byte offset, both from 1; columns count characters.
    pub(crate) fn position(&self, text: &str, offset: usize) -> (u32, u32) {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|&start| start as usize <= offset);
        let start = line.checked_sub(1).and_then(|i| self.starts.get(i)).map_or(0, |&s| s as usize);
        let column = self.chars_before(text, offset).saturating_sub(self.chars_before(text, start));
        (clamp(line.max(1)), clamp(column + 1))
    }

    fn chars_before(&self, text: &str, offset: usize) -> usize {
        let block = offset / BLOCK;
        match self.blocks.get(block) {
            None => offset,
            Some(&before) => before as usize + text.as_bytes().get(block * BLOCK..offset).map_or(0, chars),
        }
    }
}

/// Characters that begin in these bytes.
fn chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count()
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
        let index = LineIndex::new(text);
        let cases = [("a", 1, 1), ("b", 1, 2), ("c", 2, 1), ("€", 2, 3), ("x", 2, 4), ("z", 4, 1)];
        for (needle, line, column) in cases {
            let at = text.find(needle).expect("it is there");
            assert_eq!(index.position(text, at), (line, column), "{needle}");
        }
        assert_eq!(index.position(text, 10_000), (4, 2), "past the end is the end");
        assert_eq!(LineIndex::new("").position("", 0), (1, 1));
    }

    #[test]
    fn blocks_agree_with_counting() {
        let text = "é".repeat(5000) + "\n" + &"a€".repeat(3000);
        let index = LineIndex::new(&text);
        for (offset, _) in text.char_indices().step_by(997) {
            let before = text.get(..offset).unwrap_or_default();
            let start = before.rfind('\n').map_or(0, |i| i + 1);
            let column = text.get(start..offset).unwrap_or_default().chars().count() + 1;
            assert_eq!(index.position(&text, offset).1 as usize, column, "at {offset}");
        }
    }
}
