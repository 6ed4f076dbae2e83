//! Excerpts of source: one line, white space collapsed, of bounded length.

use pixelproof_model::MAX_EXCERPT;

/// Bytes of source looked at for an excerpt.
const WINDOW: usize = MAX_EXCERPT * 8;

/// An excerpt of `text`.
pub(super) fn excerpt(text: &str) -> String {
    let window = crate::markup::cut(text, WINDOW);
    let mut out = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in window.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !out.is_empty();
            continue;
        }
        let needed = 1 + usize::from(gap);
        if length + needed >= MAX_EXCERPT {
            out.push('…');
            return out;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        out.push(c);
        length += needed;
    }
    if window.len() < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{MAX_EXCERPT, excerpt};

    #[test]
    fn one_line_of_bounded_length() {
        assert_eq!(excerpt("  fbq(\n\t'track',\r\n  'x')  "), "fbq( 'track', 'x')");
        assert_eq!(excerpt("é\u{0}\u{1b}x"), "é x");
        for text in ["é".repeat(5000), "a ".repeat(5000), " ".repeat(5000) + "x"] {
            assert!(excerpt(&text).chars().count() <= MAX_EXCERPT, "{}", excerpt(&text));
            assert!(excerpt(&text).ends_with('…'));
        }
    }
}
