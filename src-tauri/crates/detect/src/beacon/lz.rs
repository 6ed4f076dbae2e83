//! Texts packed by lz-string into base64 characters, as older PostHog libraries send them.

/// Characters of the alphabet; each stands for six bits.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BITS_OF_CHARACTER: u32 = 6;
/// UTF-16 units of the text that are unpacked.
const MAX_UNITS: usize = 4 << 20;
/// Widest code: the text of [`MAX_UNITS`] units has no more phrases than that.
const MAX_CODE_BITS: u32 = 24;

/// Codes that stand for something else than a phrase seen before.
const UNIT_OF_8_BITS: u32 = 0;
const UNIT_OF_16_BITS: u32 = 1;
const END: u32 = 2;
/// The first code of a phrase.
const FIRST_PHRASE: usize = 3;

/// The text; nothing where the characters hold none.
pub(super) fn unpack(packed: &str) -> Option<String> {
    let mut bits = Bits { characters: packed.bytes(), value: 0, left: 0 };
    let mut text = Unpacked::default();
    let mut width = 2;
    // Phrases that still fit before codes grow by a bit.
    let mut room: u32 = 1;
    let mut before: Option<(usize, usize)> = None;
    while text.units.len() < MAX_UNITS && width <= MAX_CODE_BITS {
        let code = bits.take(width)?;
        let phrase = match code {
            UNIT_OF_8_BITS | UNIT_OF_16_BITS => {
                let unit = bits.take(if code == UNIT_OF_8_BITS { 8 } else { 16 })?;
                let phrase = (text.units.len(), 1);
                text.units.push(u16::try_from(unit).ok()?);
                text.phrases.push(phrase);
                grow(&mut room, &mut width);
                phrase
            }
            END => return String::from_utf16(&text.units).ok(),
            _ => text.repeat(code, before)?,
        };
        // What came before, and one unit more, is a phrase from now on. It stands in the text as such.
        if let Some((start, length)) = before {
            text.phrases.push((start, length + 1));
            grow(&mut room, &mut width);
        }
        before = Some(phrase);
    }
    None
}

fn grow(room: &mut u32, width: &mut u32) {
    *room -= 1;
    if *room == 0 {
        *room = 1 << *width;
        *width += 1;
    }
}

/// What is unpacked so far. Every phrase is a stretch of it: its start and its length.
#[derive(Debug, Default)]
struct Unpacked {
    units: Vec<u16>,
    phrases: Vec<(usize, usize)>,
}

impl Unpacked {
    /// Appends the phrase of a code; the one that is only now becoming a phrase is what came before and its own first
    /// unit.
    fn repeat(&mut self, code: u32, before: Option<(usize, usize)>) -> Option<(usize, usize)> {
        let index = usize::try_from(code).ok()?.checked_sub(FIRST_PHRASE)?;
        let (from, length) = match self.phrases.get(index) {
            Some(phrase) => *phrase,
            None if index == self.phrases.len() => before.map(|(start, length)| (start, length + 1))?,
            None => return None,
        };
        let start = self.units.len();
        for offset in 0..length.min(MAX_UNITS) {
            let unit = *self.units.get(from + offset)?;
            self.units.push(unit);
        }
        Some((start, length))
    }
}

/// Bits of the characters: the first bit of a character is its highest, the first bit of a number its lowest.
struct Bits<'t> {
    characters: std::str::Bytes<'t>,
    value: u8,
    left: u32,
}

impl Bits<'_> {
    fn take(&mut self, width: u32) -> Option<u32> {
        let mut number = 0;
        for place in 0..width {
            if self.left == 0 {
                let character = self.characters.next()?;
                let value = ALPHABET.iter().position(|c| *c == character)?;
                (self.value, self.left) = (u8::try_from(value).ok()?, BITS_OF_CHARACTER);
            }
            self.left -= 1;
            number |= u32::from(self.value >> self.left & 1) << place;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_unpacked() {
        let cases = [
            ("BIUwNmD2A0AEDqkBOYAmQ===", Some("Hello, World")),
            ("IY1/kA==", Some("aaaaaaaaaaaaaaaaaaaa")),
            (
                "NobwRApgbhB2AuYBcYBGBXAnmANGADgE4D2+Eh8AlhAM7LjzEDWcyBAFgMYD6AHrmFgATgLYQ2AH8DI5AKjIAjAF9FAXSA==",
                Some(r#"[{"event":"buy","properties":{"token":"phc_x","näme":"ü✓","v":1}}]"#),
            ),
            ("AwVwlgfg0g", None),
            ("BIUwNmD2A0", None),
            ("Q", Some("")),
            ("", None),
            ("é", None),
        ];
        for (packed, expect) in cases {
            assert_eq!(unpack(packed).as_deref(), expect, "{packed}");
        }
    }

    #[test]
    fn repetitions_end_at_the_limit() {
        // Whatever the characters say, the answer comes at once.
        for seed in ["BIUwNmD2A0", "EA", "IQ", "G4CwpgHmBOCGAuIA2"] {
            let long = seed.repeat(20_000);
            assert!(unpack(&long).is_none_or(|text| text.len() <= 4 * MAX_UNITS));
        }
    }
}
