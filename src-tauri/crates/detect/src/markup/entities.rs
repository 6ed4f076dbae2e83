//! Character references in attribute values, decoded with a map back to the source.

use std::borrow::Cow;

use html5ever::data::NAMED_ENTITIES;

/// From offsets in a decoded text to offsets in the document it was decoded from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OffsetMap {
    /// Offset of the text's first byte in the document.
    start: usize,
    /// At this decoded offset and beyond, so many more source bytes than decoded ones have passed.
    steps: Vec<(usize, usize)>,
}

impl OffsetMap {
    /// A text that stands in the document as it is.
    pub(crate) fn shift(start: usize) -> OffsetMap {
        OffsetMap { start, steps: Vec::new() }
    }

    /// Where a byte of the text stands in the document.
    pub(crate) fn source(&self, offset: usize) -> usize {
        let passed = self.steps.partition_point(|&(at, _)| at <= offset);
        let extra = passed.checked_sub(1).and_then(|i| self.steps.get(i)).map_or(0, |&(_, extra)| extra);
        self.start + offset + extra
    }
}

/// Decodes an attribute's value that begins at `start` of the document.
pub(crate) fn decode(raw: &str, start: usize) -> (String, OffsetMap) {
    let mut text = String::with_capacity(raw.len());
    let mut map = OffsetMap::shift(start);
    let mut rest = raw;
    let mut used = 0;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        let (before, tail) = rest.split_at(at);
        text.push_str(before);
        used += at;
        let (length, [first, second]) = reference(tail).unwrap_or((1, [Some('&'), None]));
        let written = text.len();
        text.extend([first, second].into_iter().flatten());
        used += length;
        if length != text.len() - written {
            map.steps.push((text.len(), used.saturating_sub(text.len())));
        }
        rest = tail.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    (text, map)
}

/// A value as a browser sees it, without the map.
pub(super) fn decoded(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(decode(raw, 0).0)
}

/// One reference: up to two characters.
type Decoded = [Option<char>; 2];

/// Length of the reference at the start of `text`, and what it stands for.
fn reference(text: &str) -> Option<(usize, Decoded)> {
    let body = text.strip_prefix('&')?;
    if let Some(digits) = body.strip_prefix('#') {
        return number(digits).map(|(length, c)| (length + 2, [Some(c), None]));
    }
    let (length, first, second) = named(body)?;
    let after = body.as_bytes().get(length).copied();
    // Old names need no semicolon, but in an attribute `&amp=1` and `&ampx` stay as they are.
    let unclosed = !body.get(..length)?.ends_with(';');
    if unclosed && after.is_some_and(|b| b == b'=' || b.is_ascii_alphanumeric()) {
        return None;
    }
    let char_of = |code: u32| if code == 0 { None } else { char::from_u32(code) };
    Some((1 + length, [char_of(first), char_of(second)]))
}

/// The longest name of a character at the start of `body`, with its characters.
fn named(body: &str) -> Option<(usize, u32, u32)> {
    let mut found = None;
    for length in 1..=body.len() {
        // The table also holds the beginnings of its names, with no character.
        let Some(&(first, second)) = body.get(..length).and_then(|name| NAMED_ENTITIES.get(name)) else { break };
        if first != 0 {
            found = Some((length, first, second));
        }
    }
    found
}

/// Length of the digits (with `x` and a closing `;`) and the character.
fn number(digits: &str) -> Option<(usize, char)> {
    let (prefix, radix) = if digits.starts_with(['x', 'X']) { (1, 16) } else { (0, 10) };
    let body = digits.get(prefix..)?;
    let length = body.bytes().take(8).take_while(|b| char::from(*b).is_digit(radix)).count();
    let value = u32::from_str_radix(body.get(..length)?, radix).ok()?;
    let semicolon = usize::from(body.get(length..)?.starts_with(';'));
    let c = match value {
        0 => char::REPLACEMENT_CHARACTER,
        v => char::from_u32(v).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    Some((prefix + length + semicolon, c))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn references_are_decoded_and_mapped_back() {
        let cases = [
            ("a&amp;b", "a&b"),
            ("fbq(&#39;track&#x27;)", "fbq('track')"),
            ("?id=1&ev=x&noscript=1", "?id=1&ev=x&noscript=1"),
            ("&lt;b&gt &quot;", "<b> \""),
            ("&amp=1&ampx", "&amp=1&ampx"),
            ("&eacute;&ngE;&period;&copy &copy=1 &utm_x=2", "é≧\u{338}.© &copy=1 &utm_x=2"),
            ("&#xFFFFFFFF;&#0;&", "\u{fffd}\u{fffd}&"),
            ("&", "&"),
        ];
        for (raw, expect) in cases {
            assert_eq!(decode(raw, 0).0, expect, "{raw}");
        }
    }

    #[test]
    fn a_decoded_offset_leads_back_to_the_source() {
        let raw = "x&amp;&#39;é&quot;fbq";
        let (text, map) = decode(raw, 100);
        for needle in ["x", "é", "fbq"] {
            let decoded = text.find(needle).expect("in the text");
            let source = raw.find(needle).expect("in the source") + 100;
            assert_eq!(map.source(decoded), source, "{needle}");
        }
    }
}
