//! A quick look at how deeply a script could nest: an upper bound that almost every script keeps well below any limit, at
//! a fraction of what the exact measure costs, which has to look at every token.

use super::scan::{Scanner, is_word, opens_expression};

/// What a byte of code may begin or end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nothing that matters here.
    Plain,
    Open,
    Close,
    /// Ends an expression.
    Separator,
    Quote,
    Backtick,
    Slash,
    /// May open a comment as HTML has them.
    Less,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    classes[b'(' as usize] = Class::Open;
    classes[b'[' as usize] = Class::Open;
    classes[b'{' as usize] = Class::Open;
    classes[b')' as usize] = Class::Close;
    classes[b']' as usize] = Class::Close;
    classes[b'}' as usize] = Class::Close;
    classes[b';' as usize] = Class::Separator;
    classes[b',' as usize] = Class::Separator;
    classes[b'"' as usize] = Class::Quote;
    classes[b'\'' as usize] = Class::Quote;
    classes[b'`' as usize] = Class::Backtick;
    classes[b'/' as usize] = Class::Slash;
    classes[b'<' as usize] = Class::Less;
    classes
};

/// Upper bound for the measure of [`super::guard::depth`]: every byte of an expression that isn't finished counts as one
/// level. Stops counting above `limit`.
pub(super) fn bound(text: &str, limit: usize) -> usize {
    let mut look = Look {
        text,
        scanner: Scanner::new(text),
        start: 0,
        open: Vec::new(),
        below: 0,
        operand_end: usize::MAX,
        comments: (usize::MAX, usize::MAX),
    };
    let mut deepest = 0;
    while deepest <= limit {
        let byte = look.next_byte();
        // Before that byte ends anything.
        deepest = deepest.max(look.depth());
        let Some(byte) = byte else { break };
        look.pass(byte);
    }
    deepest
}

struct Look<'t> {
    text: &'t str,
    scanner: Scanner<'t>,
    /// Where the expression would begin that isn't finished, if nothing but its own bytes lay between there and here.
    start: usize,
    /// Bytes of unfinished expressions around each open bracket.
    open: Vec<usize>,
    /// Their sum.
    below: usize,
    /// End of the last string, template or regular expression.
    operand_end: usize,
    /// The last comments that nothing but white space parts.
    comments: (usize, usize),
}

impl<'t> Look<'t> {
    fn unfinished(&self) -> usize {
        self.scanner.at.saturating_sub(self.start)
    }

    fn depth(&self) -> usize {
        self.below + self.unfinished() + self.open.len() + 1
    }

    fn byte(&self, at: usize) -> u8 {
        self.scanner.text.get(at).copied().unwrap_or(0)
    }

    /// Goes to the next byte that matters.
    fn next_byte(&mut self) -> Option<u8> {
        let rest = self.scanner.text.get(self.scanner.at..).unwrap_or_default();
        let plain = rest.iter().position(|byte| CLASSES[usize::from(*byte)] != Class::Plain).unwrap_or(rest.len());
        self.scanner.at += plain;
        rest.get(plain).copied()
    }

    /// Goes on behind it and what it opens.
    fn pass(&mut self, byte: u8) {
        let at = self.scanner.at;
        match CLASSES[usize::from(byte)] {
            Class::Open => self.open(byte),
            Class::Close => self.close(byte),
            Class::Separator => {
                self.scanner.at += 1;
                // Behind a semicolon an `else` goes on with what stands before it.
                if byte == b',' || self.next_word() != b"else" {
                    self.start = self.scanner.at;
                }
            }
            Class::Quote => self.operand(|scanner| scanner.string(byte)),
            Class::Backtick => self.template(1),
            Class::Slash => match self.byte(at + 1) {
                b'/' => self.comment(Scanner::skip_line),
                b'*' => self.comment(Scanner::skip_comment),
                _ if self.is_operand_before(at) => self.scanner.at += 1,
                _ => self.operand(Scanner::regex),
            },
            Class::Less if self.scanner.text.get(at..).is_some_and(|rest| rest.starts_with(b"<!--")) => {
                self.comment(Scanner::skip_line);
            }
            Class::Less | Class::Plain => self.scanner.at += 1,
        }
        self.scanner.at = self.scanner.at.min(self.scanner.text.len());
    }

    fn open(&mut self, byte: u8) {
        if byte == b'{'
            && let Some(open) = self.scanner.holes.last_mut()
        {
            *open += 1;
        }
        self.scanner.at += 1;
        let around = self.unfinished();
        self.below += around;
        self.open.push(around);
        self.start = self.scanner.at;
    }

    fn close(&mut self, byte: u8) {
        if byte == b'}' {
            match self.scanner.holes.last_mut() {
                Some(0) => {
                    self.scanner.holes.pop();
                    return self.template(1);
                }
                Some(open) => *open -= 1,
                None => {}
            }
        }
        self.scanner.at += 1;
        let around = match self.open.pop() {
            Some(around) => {
                self.below -= around;
                around
            }
            None => self.unfinished(),
        };
        self.start = self.scanner.at.saturating_sub(around);
        if byte == b'}' && self.begins_anew() {
            self.start = self.scanner.at;
        }
    }

    /// A string or regular expression counts as one byte.
    fn operand(&mut self, skip: impl FnOnce(&mut Scanner<'t>)) {
        let at = self.scanner.at;
        skip(&mut self.scanner);
        self.scanner.at = self.scanner.at.min(self.scanner.text.len());
        self.operand_end = self.scanner.at;
        self.start += (self.scanner.at - at).saturating_sub(1);
    }

    /// A piece of a template counts as one byte too. One that ends where code begins again is no operand yet.
    fn template(&mut self, mark: usize) {
        let holes = self.scanner.holes.len();
        self.operand(|scanner| {
            scanner.at += mark;
            scanner.template();
        });
        if self.scanner.holes.len() > holes {
            self.operand_end = usize::MAX;
        }
    }

    fn comment(&mut self, skip: impl FnOnce(&mut Scanner<'t>)) {
        let at = self.scanner.at;
        skip(&mut self.scanner);
        let end = self.scanner.at.min(self.scanner.text.len());
        self.start += end - at;
        let begin = if self.before_blank(at) == self.comments.1 { self.comments.0 } else { at };
        self.comments = (begin, end);
    }

    /// Where white space before an offset begins: behind a string or comment, which may end in some of its own.
    fn before_blank(&self, at: usize) -> usize {
        let ends = [self.operand_end, self.comments.1].into_iter().filter(|end| *end <= at);
        let floor = ends.max().unwrap_or(0);
        let text = self.scanner.text.get(floor..at).unwrap_or_default();
        floor + text.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1)
    }

    /// Whether a slash divides here.
    fn is_operand_before(&self, at: usize) -> bool {
        let mut end = self.before_blank(at);
        if end == self.comments.1 {
            end = self.before_blank(self.comments.0);
        }
        if end == self.operand_end {
            return true;
        }
        let text = self.scanner.text.get(..end).unwrap_or_default();
        match text.last() {
            Some(b')' | b']') => true,
            Some(byte) if is_word(*byte) => {
                let start = text.iter().rposition(|byte| !is_word(*byte)).map_or(0, |last| last + 1);
                !opens_expression(text.get(start..).unwrap_or_default())
            }
            _ => false,
        }
    }

    /// The word that stands next, if one does.
    fn next_word(&self) -> &[u8] {
        let mut ahead = Scanner::at(self.text, self.scanner.at);
        ahead.skip_blank();
        let rest = self.scanner.text.get(ahead.at..).unwrap_or_default();
        let end = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// Whether a statement begins behind a block.
    fn begins_anew(&self) -> bool {
        let word = self.next_word();
        let goes_on = matches!(word, b"else" | b"in" | b"instanceof" | b"catch" | b"finally");
        word.first().is_some_and(|byte| !byte.is_ascii_digit()) && !goes_on
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::{super::guard::depth, bound};

    /// Pieces of code that are told apart by what stands before them, and such as nest. (Where an `else` stands without
    /// anything to go on with, no parser goes on, and the exact measure counts what isn't there.)
    const PIECES: [&str; 48] = [
        "a",
        "b1",
        " ",
        "\n",
        "return ",
        ";else ",
        "in ",
        "catch",
        "if(a)",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ";",
        ",",
        "'x'",
        "\"(\"",
        "'",
        "\"",
        "`",
        "`t${",
        "}`",
        "\\",
        "/",
        "/a(/g",
        "/[/]/",
        "/*",
        "*/",
        "/*x*/",
        "//",
        "<!--",
        "<",
        "+",
        "=>",
        "?",
        ":",
        "function(){",
        "do ",
        "while(1)",
        "x?.y",
        "1.5",
        "é",
        "finally{",
        "new ",
        "!",
        "do;",
    ];

    #[test]
    fn the_quick_look_never_takes_a_script_for_flatter_than_it_is() {
        let mut seed = 1u32;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % below
        };
        for _ in 0..40_000 {
            let text: String = (0..next(40)).map(|_| PIECES[next(PIECES.len())]).collect();
            let exact = depth(&text, u32::MAX) as usize;
            assert!(bound(&text, usize::MAX) >= exact, "{text:?} is {exact} deep");
        }
    }

    #[test]
    fn ordinary_code_stays_far_below_any_limit() {
        let module = "function(e,t,n){\"use strict\";/* ( */var r=n(1),o=/[(/]/.test(e)/2;if(r){t.x=`${o}(`}\
                      else t.y={a:[1,2],b:\"}\"};return r}";
        let bundles = [
            format!("!function(e){{e()}}([{module}])", module = [module; 2_000].join(",")),
            format!("({{{}}})", [&format!("/***/ 1:\n/***/ ({module})"); 2_000].map(String::as_str).join(",\n")),
            [&module.replacen('(', " f(", 1); 2_000].map(String::as_str).join("\n// next (\n"),
            "a(b);\n".repeat(2_000),
        ];
        for bundle in bundles {
            let measured = bound(&bundle, usize::MAX);
            assert!(measured < 400, "{measured}: {}", bundle.get(..80).unwrap_or_default());
        }
    }
}
