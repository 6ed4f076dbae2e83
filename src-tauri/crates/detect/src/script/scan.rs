//! A tolerant tokeniser: never fails, whatever the text. It tells strings, comments and expressions apart well enough to
//! measure nesting before the parser runs and to find calls in a script that the parser gives up on.

/// Kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Word,
    Number,
    /// A string, a piece of a template, or a regular expression.
    Text,
    /// One byte of punctuation.
    Punct(u8),
}

/// A token; comments are left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// A line break stands before it.
    pub(super) new_line: bool,
}

/// What stands at an offset of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot<'t> {
    /// Code.
    Code,
    /// A string, with its quotes.
    Text(&'t str),
    /// A comment, or nothing.
    Blank,
}

/// What stands at an offset of a script.
pub(crate) fn spot(text: &str, offset: usize) -> Spot<'_> {
    match Scanner::new(text).find(|token| token.end > offset) {
        Some(token) if token.start > offset => Spot::Blank,
        Some(Token { kind: Kind::Text, start, end, .. }) => text.get(start..end).map_or(Spot::Blank, Spot::Text),
        Some(_) => Spot::Code,
        None => Spot::Blank,
    }
}

/// The tokens of a text.
pub(super) struct Scanner<'t> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    /// Whether a slash would divide (after an operand) rather than open a regular expression.
    operand: bool,
    /// Open brackets inside each open template hole.
    pub(super) holes: Vec<u32>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Scanner::at(text, 0)
    }

    /// From a byte offset that lies outside strings and comments.
    pub(super) fn at(text: &'t str, at: usize) -> Self {
        Scanner { text: text.as_bytes(), at, operand: false, holes: Vec::new() }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Skips white space and comments; says whether a line break was among them.
    pub(super) fn skip_blank(&mut self) -> bool {
        let mut new_line = false;
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'\n', _) => {
                    new_line = true;
                    self.at += 1;
                }
                (b' ' | b'\t' | b'\r' | 0x0b | 0x0c, _) => self.at += 1,
                (b'/', b'/') => self.skip_line(),
                (b'<', b'!') if self.text[self.at..].starts_with(b"<!--") => self.skip_line(),
                (b'/', b'*') => {
                    let start = self.at;
                    self.skip_comment();
                    new_line |= self.text[start..self.at].contains(&b'\n');
                }
                _ => return new_line,
            }
        }
    }

    /// Skips a comment between `/*` and `*/`, or to the end.
    pub(super) fn skip_comment(&mut self) {
        let rest = &self.text[self.at + 2..];
        self.at += 2 + memchr::memmem::find(rest, b"*/").map_or(rest.len(), |i| i + 2);
    }

    pub(super) fn skip_line(&mut self) {
        self.at += memchr::memchr(b'\n', &self.text[self.at..]).unwrap_or(self.text.len() - self.at);
    }

    /// A quoted string; one that isn't closed ends with its line.
    pub(super) fn string(&mut self, quote: u8) {
        self.at += 1;
        while self.at < self.text.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'\n' => return,
                b if b == quote => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
    }

    /// The text of a template up to its end or its next hole.
    pub(super) fn template(&mut self) {
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (b'\\', _) => self.at += 2,
                (b'`', _) => {
                    self.at += 1;
                    self.operand = true;
                    return;
                }
                (b'$', b'{') => {
                    self.at += 2;
                    self.holes.push(0);
                    self.operand = false;
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
    }

    pub(super) fn regex(&mut self) {
        let start = self.at;
        self.at += 1;
        let mut class = false;
        while self.at < self.text.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'\n' => {
                    // No regular expression after all: a lone slash.
                    self.at = start + 1;
                    return;
                }
                b'[' => {
                    class = true;
                    self.at += 1;
                }
                b']' => {
                    class = false;
                    self.at += 1;
                }
                b'/' if !class => {
                    self.at += 1;
                    while self.peek(0).is_ascii_alphabetic() {
                        self.at += 1;
                    }
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
    }

    fn word(&mut self) {
        while self.at < self.text.len() && is_word(self.peek(0)) {
            self.at += 1;
        }
    }

    fn punct(&mut self, byte: u8) -> Kind {
        self.at += 1;
        match byte {
            b'{' => {
                if let Some(open) = self.holes.last_mut() {
                    *open += 1;
                }
            }
            b'}' => match self.holes.last_mut() {
                Some(0) => {
                    self.holes.pop();
                    self.template();
                    return Kind::Text;
                }
                Some(open) => *open -= 1,
                None => {}
            },
            _ => {}
        }
        self.operand = matches!(byte, b')' | b']');
        Kind::Punct(byte)
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Keywords after which an expression begins.
pub(super) fn opens_expression(word: &[u8]) -> bool {
    matches!(
        word,
        b"return"
            | b"typeof"
            | b"case"
            | b"do"
            | b"else"
            | b"in"
            | b"of"
            | b"void"
            | b"delete"
            | b"throw"
            | b"new"
            | b"instanceof"
    )
}

impl Iterator for Scanner<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let new_line = self.skip_blank();
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let kind = match self.peek(0) {
            quote @ (b'"' | b'\'') => {
                self.string(quote);
                self.operand = true;
                Kind::Text
            }
            b'`' => {
                self.at += 1;
                self.template();
                Kind::Text
            }
            b'/' if !self.operand => {
                self.regex();
                self.operand = true;
                Kind::Text
            }
            byte if is_word(byte) => {
                self.word();
                self.operand = !opens_expression(&self.text[start..self.at.min(self.text.len())]);
                if byte.is_ascii_digit() { Kind::Number } else { Kind::Word }
            }
            byte => self.punct(byte),
        };
        self.at = self.at.min(self.text.len());
        Some(Token { kind, start, end: self.at, new_line })
    }
}
