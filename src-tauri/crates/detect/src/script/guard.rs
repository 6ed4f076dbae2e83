//! Measures how deeply a script would make the parser recurse, before the parser sees it. A parser that runs out of stack
//! takes the process with it, so the measure errs on the high side.

use super::{
    rough,
    scan::{Kind, Scanner},
};

/// Whether the syntax tree may be deeper than this. Most texts are far from it, and a quick look shows that.
pub(super) fn is_deeper(text: &str, limit: u32) -> bool {
    // Nothing nests without a byte that belongs to no word, and none of them counts for more than two levels.
    let marks = || text.bytes().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    let few = limit as usize / 2;
    text.len() > few
        && marks() > few
        && rough::bound(text, limit as usize) > limit as usize
        && depth(text, limit) > limit
}

/// One open bracket.
#[derive(Default, Clone, Copy)]
struct Level {
    /// Operators, brackets and heads of statements that may nest in each other since the last separator.
    chain: u32,
    /// `chain` before the last semicolon: an `else` behind it goes on with it.
    saved: u32,
    /// The bracket is the head of a statement (`if (…)`), so the statement goes on behind it.
    head: bool,
}

/// Upper bound for the depth of the syntax tree. Stops counting above `limit`.
pub(super) fn depth(text: &str, limit: u32) -> u32 {
    let bytes = text.as_bytes();
    let mut levels = vec![Level::default()];
    let mut below = 0u32;
    let mut deepest = 0;
    let mut after_block = false;
    let mut after_operand = false;
    let mut head_word = false;
    for token in Scanner::new(text) {
        let Some(top) = levels.last_mut() else { break };
        let word = bytes.get(token.start..token.end).unwrap_or_default();
        let starts_anew =
            token.kind == Kind::Word && !matches!(word, b"else" | b"in" | b"instanceof" | b"catch" | b"finally");
        if starts_anew && (after_block || (token.new_line && after_operand)) {
            top.chain = 0;
            top.saved = 0;
        }
        after_block = false;
        after_operand = true;
        let was_head = std::mem::take(&mut head_word);
        match token.kind {
            Kind::Word if is_keyword(word) => {
                if word == b"else" {
                    top.chain += std::mem::take(&mut top.saved);
                }
                top.chain += 1;
                after_operand = false;
                head_word = matches!(word, b"if" | b"for" | b"while" | b"with" | b"switch" | b"catch");
            }
            Kind::Punct(b'(' | b'[' | b'{') => {
                top.chain += 1;
                below += top.chain;
                levels.push(Level { head: was_head, ..Level::default() });
                after_operand = false;
            }
            Kind::Punct(byte @ (b')' | b']' | b'}')) => {
                let closed = if levels.len() > 1 { levels.pop() } else { None };
                if closed.is_some() {
                    below = below.saturating_sub(levels.last().map_or(0, |l| l.chain));
                }
                after_block = byte == b'}';
                after_operand = byte != b')' || !closed.is_some_and(|l| l.head);
            }
            Kind::Punct(b';' | b',') => {
                top.saved = std::mem::take(&mut top.chain);
                after_operand = false;
            }
            Kind::Punct(_) => {
                top.chain += 1;
                after_operand = false;
            }
            // A template's hole opens and closes inside text tokens.
            Kind::Text if word.ends_with(b"${") => top.chain += 1,
            Kind::Word | Kind::Number | Kind::Text => {}
        }
        deepest = deepest.max(below + levels.last().map_or(0, |l| l.chain) + levels.len() as u32);
        if deepest > limit {
            return deepest;
        }
    }
    deepest
}

fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"else"
            | b"for"
            | b"while"
            | b"do"
            | b"with"
            | b"new"
            | b"typeof"
            | b"void"
            | b"delete"
            | b"await"
            | b"yield"
            | b"return"
            | b"in"
            | b"instanceof"
            | b"async"
            | b"switch"
            | b"catch"
            | b"function"
            | b"class"
            | b"extends"
    )
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn what_nests_counts_and_what_follows_each_other_does_not() {
        let many = 5_000;
        let nesting = [
            "(",
            "[",
            "{",
            "!",
            "a+",
            "a.",
            "if(a)",
            "function(){",
            "a=>",
            "a?b:",
            "a(",
            "new ",
            "a=",
            "f()",
            "`${",
            "else if(a){}",
            "else if(a);",
            "a:",
            "a\n+",
        ];
        for piece in nesting {
            assert!(depth(&piece.repeat(many), 1 << 30) >= many as u32, "{piece}");
        }
        let flat = [
            "a();",
            "a,",
            "var a=1;",
            "function a(){}\n",
            "a.b()\n",
            "x={a:1};",
            "if(a){b()}\n",
            "'a',",
            "a=b\n",
            "// (((\n",
            "'((';",
            "/((/;",
        ];
        for piece in flat {
            let measured = depth(&piece.repeat(many), 1 << 30);
            assert!(measured < 40, "{piece}: {measured}");
        }
        assert!(depth(&"(".repeat(100_000), 20_000) > 20_000);
    }
}
