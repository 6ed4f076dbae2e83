//! What a page says and shows, as a number: pages that say the same have the same. Read in one quick pass over the bytes,
//! since every page of a crawl goes through here; what the markup means is the reader's business.

use memchr::{memchr, memmem};

/// Letters that a page must have to say the same as another.
const ENOUGH_TEXT: usize = 200;
/// Largest page compared with others, in bytes.
const MAX_COMPARED: usize = 1 << 20;
/// Tags whose `src` is something to see.
const SHOWN: &[&str] = &["img", "source", "video", "audio", "iframe", "frame", "embed", "input"];

/// A page's text between the tags and the files of its pictures as a number, without markup, scripts and links. `None`
/// where that is too little to tell pages apart by.
///
/// The number is no protection against whoever wants two pages to look the same: all they win is that less of what they
/// name is looked at.
pub(crate) fn content_key(html: &str) -> Option<u64> {
    if html.len() > MAX_COMPARED {
        return None;
    }
    let mut content = Content { number: 0, letters: 0 };
    let mut rest = html.as_bytes();
    while let Some((text, after)) = split(rest, b'<') {
        content.text(text);
        let (tag, after) = split(after, b'>').unwrap_or((after, b""));
        rest = match ["script", "style"].iter().find(|name| is_tag(tag, name)) {
            Some(name) => past(after, name),
            None => after,
        };
        if SHOWN.iter().any(|name| is_tag(tag, name)) {
            content.picture(tag);
        }
    }
    content.text(rest);
    (content.letters >= ENOUGH_TEXT).then_some(content.number)
}

/// What was read so far.
struct Content {
    number: u64,
    letters: usize,
}

impl Content {
    fn mix(&mut self, piece: u64) {
        self.number = (self.number.rotate_left(5) ^ piece).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn add(&mut self, text: &[u8]) {
        let (whole, rest) = text.as_chunks::<8>();
        for eight in whole {
            self.mix(u64::from_le_bytes(*eight));
        }
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        // With the length, so that it counts where a text ends.
        self.mix(u64::from_le_bytes(last) ^ (text.len() as u64).rotate_left(56));
    }

    fn text(&mut self, text: &[u8]) {
        let text = text.trim_ascii();
        if !text.is_empty() {
            self.letters += text.len();
            self.add(text);
        }
    }

    fn picture(&mut self, tag: &[u8]) {
        let Some(value) = memmem::find(tag, b"src=").and_then(|at| tag.get(at + 4..)) else { return };
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        let end = value.iter().position(|byte| b"\"' ?#".contains(byte)).unwrap_or(value.len());
        self.add(value.get(..end).unwrap_or_default());
    }
}

fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let (before, after) = text.split_at_checked(memchr(at, text)?)?;
    Some((before, after.get(1..).unwrap_or_default()))
}

fn is_tag(tag: &[u8], name: &str) -> bool {
    tag.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
}

/// What follows the end tag.
fn past<'a>(text: &'a [u8], name: &str) -> &'a [u8] {
    let mut rest = text;
    while let Some((_, after)) = split(rest, b'<') {
        if let Some(tag) = after.strip_prefix(b"/").filter(|tag| is_tag(tag, name)) {
            return split(tag, b'>').map_or(b"", |(_, after)| after);
        }
        rest = after;
    }
    b""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_has_the_same_key() {
        let page = |text: &str, link: &str, image: &str| {
            let text = format!("{text} {}", "words and more words ".repeat(20));
            format!(
                "<title>x</title><SCRIPT nonce={link}>var a = '{link}' < 1</SCRIPT><a href='{link}'>on</a><img src='{image}?{link}'>{text}"
            )
        };
        let key = |text: &str, link: &str, image: &str| content_key(&page(text, link, image));
        assert_eq!(key("a", "/1", "i.png"), key("a", "/2", "i.png"));
        assert_ne!(key("a", "/1", "i.png"), key("b", "/1", "i.png"));
        assert_ne!(key("a", "/1", "i.png"), key("a", "/1", "j.png"), "a gallery's pictures differ");
        assert_eq!(content_key("<div id=app></div>"), None, "an application's shell says nothing");
        assert_eq!(key("a", "/1", "i.png"), key("  a", "/1", "i.png"), "white space around a text");
        for odd in ["<", "<script", "<script>", "</", "<style></styl", "é<é>é", "<a src="] {
            assert_eq!(content_key(odd), None, "{odd}");
        }
        assert_eq!(content_key(&"x".repeat(MAX_COMPARED + 1)), None);
    }
}
