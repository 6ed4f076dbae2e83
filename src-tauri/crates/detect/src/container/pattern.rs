//! Regular expressions as a browser has them. Triggers are tested there by JavaScript, whose patterns differ from those of
//! the engine used here: `(?i)` is an error and so matches nothing, `\w` and `\b` know ASCII alone, `[` and `&&` within a
//! class are characters. So each pattern is parsed as JavaScript and written anew.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use fancy_regex::{Regex, RegexBuilder};
use oxc_allocator::Allocator;
use oxc_regular_expression::{
    LiteralParser, Options,
    ast::{
        Alternative, BoundaryAssertionKind, Character, CharacterClass, CharacterClassContents,
        CharacterClassEscapeKind, Disjunction, IgnoreGroup, LookAroundAssertionKind, Modifier, Quantifier, Term,
    },
};

/// Steps a pattern may backtrack; hostile patterns end as undecided.
const BACKTRACK_LIMIT: usize = 100_000;
/// Compiled patterns kept per thread: conditions are evaluated for many events and pages.
const PATTERNS_KEPT: usize = 1024;
/// Longest pattern read, in bytes, and how deep its groups may nest.
const MAX_PATTERN: usize = 16 << 10;
const MAX_GROUPS: usize = 60;
/// Highest number of repetitions followed.
const MAX_REPEAT: u64 = 1000;

/// A pattern, ready.
#[derive(Clone)]
pub(crate) enum Pattern {
    Ready(Rc<Regex>),
    /// No pattern to a browser.
    Invalid,
    /// Beyond the limits, or with references to groups, which differ between engines.
    Undecided,
}

thread_local! {
    static PATTERNS: RefCell<BTreeMap<(bool, String), Pattern>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether the pattern is found in `text`; `None` when it is beyond the limits, so that it never turns into a "no".
pub(crate) fn search(pattern: &str, text: &str, ignore_case: bool) -> Option<bool> {
    match compiled(pattern, ignore_case) {
        Pattern::Ready(regex) => regex.is_match(text).ok(),
        Pattern::Invalid => Some(false),
        Pattern::Undecided => None,
    }
}

/// The pattern, compiled once.
pub(crate) fn compiled(pattern: &str, ignore_case: bool) -> Pattern {
    let key = (ignore_case, pattern.to_owned());
    if let Some(known) = PATTERNS.with_borrow(|kept| kept.get(&key).cloned()) {
        return known;
    }
    let built = build(pattern, ignore_case);
    PATTERNS.with_borrow_mut(|kept| {
        if kept.len() >= PATTERNS_KEPT {
            kept.clear();
        }
        kept.insert(key, built.clone());
    });
    built
}

/// `text.replace(pattern, by)` as JavaScript has it: the first match alone is replaced, and `$1`, `$&` and their like in
/// `by` stand for parts of it. `None` beyond the limits.
pub(crate) fn replace_first(regex: &Regex, text: &str, by: &str) -> Option<String> {
    let Some(found) = regex.captures(text).ok()? else { return Some(text.to_owned()) };
    let whole = found.get(0)?;
    let (before, after) = (text.get(..whole.start())?, text.get(whole.end()..)?);
    let mut out = before.to_owned();
    let mut rest = by;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at)?);
        let tail = rest.get(at + 1..)?;
        let (part, length) = match tail.as_bytes().first() {
            Some(b'$') => ("$", 1),
            Some(b'&') => (whole.as_str(), 1),
            Some(b'`') => (before, 1),
            Some(b'\'') => (after, 1),
            Some(digit) if digit.is_ascii_digit() => match group(tail, found.len()) {
                Some((number, length)) => (found.get(number).map_or("", |group| group.as_str()), length),
                None => ("$", 0),
            },
            _ => ("$", 0),
        };
        out.push_str(part);
        rest = tail.get(length..)?;
    }
    Some(out + rest + after)
}

/// The group that digits after a `$` name, two of them where there are so many groups, and how many digits that took.
fn group(digits: &str, groups: usize) -> Option<(usize, usize)> {
    let number = |length: usize| digits.get(..length)?.parse::<usize>().ok();
    let named = |length: usize| number(length).filter(|number| (1..groups).contains(number)).map(|n| (n, length));
    named(2).or_else(|| named(1))
}

fn build(pattern: &str, ignore_case: bool) -> Pattern {
    if pattern.len() > MAX_PATTERN || depth(pattern) > MAX_GROUPS {
        return Pattern::Undecided;
    }
    let allocator = Allocator::default();
    let Ok(parsed) = LiteralParser::new(&allocator, pattern, None, Options::default()).parse() else {
        return Pattern::Invalid;
    };
    let mut out = if ignore_case { "(?i)".to_owned() } else { String::new() };
    if disjunction(&parsed.body, &mut out).is_none() {
        return Pattern::Undecided;
    }
    match RegexBuilder::new(&out).backtrack_limit(BACKTRACK_LIMIT).build() {
        Ok(regex) => Pattern::Ready(Rc::new(regex)),
        Err(_) => Pattern::Undecided,
    }
}

/// An upper bound of how deep groups nest, brackets in classes and behind backslashes counted in.
fn depth(pattern: &str) -> usize {
    let (mut open, mut most) = (0usize, 0);
    for c in pattern.bytes() {
        match c {
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";

fn disjunction(parts: &Disjunction<'_>, out: &mut String) -> Option<()> {
    for (index, part) in parts.body.iter().enumerate() {
        if index > 0 {
            out.push('|');
        }
        alternative(part, out)?;
    }
    Some(())
}

fn alternative(terms: &Alternative<'_>, out: &mut String) -> Option<()> {
    let mut rest = terms.body.iter().peekable();
    while let Some(one) = rest.next() {
        // a character beyond the basic plane is two to a browser
        if let (Term::Character(high), Some(Term::Character(low))) = (one, rest.peek())
            && let Some(whole) = pair(high.value, low.value)
        {
            literal(whole, out);
            rest.next();
            continue;
        }
        term(one, out)?;
    }
    Some(())
}

fn pair(high: u32, low: u32) -> Option<char> {
    let (high, low) = (u16::try_from(high).ok()?, u16::try_from(low).ok()?);
    let mut decoded = char::decode_utf16([high, low]);
    decoded.next()?.ok().filter(|c| c.len_utf16() == 2)
}

fn term(term: &Term<'_>, out: &mut String) -> Option<()> {
    match term {
        Term::BoundaryAssertion(boundary) => out.push_str(match boundary.kind {
            BoundaryAssertionKind::Start => r"\A",
            BoundaryAssertionKind::End => r"\z",
            BoundaryAssertionKind::Boundary => {
                "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))"
            }
            BoundaryAssertionKind::NegativeBoundary => {
                "(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))"
            }
        }),
        Term::LookAroundAssertion(look) => {
            out.push_str(match look.kind {
                LookAroundAssertionKind::Lookahead => "(?=",
                LookAroundAssertionKind::NegativeLookahead => "(?!",
                LookAroundAssertionKind::Lookbehind => "(?<=",
                LookAroundAssertionKind::NegativeLookbehind => "(?<!",
            });
            disjunction(&look.body, out)?;
            out.push(')');
        }
        Term::Quantifier(repeated) => quantifier(repeated, out)?,
        Term::Character(character) => literal(char::from_u32(character.value)?, out),
        Term::Dot(_) => out.push_str(r"[^\n\r\x{2028}\x{2029}]"),
        Term::CharacterClassEscape(escape) => {
            out.push('[');
            out.push_str(&class_escape(escape.kind));
            out.push(']');
        }
        Term::CharacterClass(class) => character_class(class, out)?,
        Term::CapturingGroup(group) => {
            out.push('(');
            disjunction(&group.body, out)?;
            out.push(')');
        }
        Term::IgnoreGroup(group) => ignore_group(group, out)?,
        Term::UnicodePropertyEscape(_) | Term::IndexedReference(_) | Term::NamedReference(_) => return None,
    }
    Some(())
}

fn quantifier(repeated: &Quantifier<'_>, out: &mut String) -> Option<()> {
    if repeated.min > MAX_REPEAT || repeated.max.is_some_and(|max| max > MAX_REPEAT) {
        return None;
    }
    out.push_str("(?:");
    term(&repeated.body, out)?;
    out.push(')');
    out.push_str(&match repeated.max {
        None => format!("{{{},}}", repeated.min),
        Some(max) => format!("{{{},{max}}}", repeated.min),
    });
    if !repeated.greedy {
        out.push('?');
    }
    Some(())
}

fn ignore_group(group: &IgnoreGroup<'_>, out: &mut String) -> Option<()> {
    match &group.modifiers {
        None => out.push_str("(?:"),
        Some(modifiers) => {
            if !(modifiers.enabling | modifiers.disabling).difference(Modifier::I).is_empty() {
                return None;
            }
            out.push_str(if modifiers.enabling.contains(Modifier::I) { "(?i:" } else { "(?-i:" });
        }
    }
    disjunction(&group.body, out)?;
    out.push(')');
    Some(())
}

/// What stands between the brackets of a class for `\d`, `\s`, `\w` and their opposites.
fn class_escape(kind: CharacterClassEscapeKind) -> String {
    use CharacterClassEscapeKind::{D, NegativeD, NegativeS, NegativeW, S, W};
    match kind {
        D => DIGIT.to_owned(),
        S => SPACE.to_owned(),
        W => WORD.to_owned(),
        NegativeD => format!("[^{DIGIT}]"),
        NegativeS => format!("[^{SPACE}]"),
        NegativeW => format!("[^{WORD}]"),
    }
}

fn character_class(class: &CharacterClass<'_>, out: &mut String) -> Option<()> {
    if class.body.is_empty() {
        out.push_str(if class.negative { "(?s:.)" } else { "(?!)" });
        return Some(());
    }
    out.push_str(if class.negative { "[^" } else { "[" });
    for content in &class.body {
        match content {
            CharacterClassContents::Character(one) => literal(in_class(one)?, out),
            CharacterClassContents::CharacterClassRange(range) => {
                literal(in_class(&range.min)?, out);
                out.push('-');
                literal(in_class(&range.max)?, out);
            }
            CharacterClassContents::CharacterClassEscape(escape) => out.push_str(&class_escape(escape.kind)),
            _ => return None,
        }
    }
    out.push(']');
    Some(())
}

fn in_class(character: &Character) -> Option<char> {
    char::from_u32(character.value)
}

/// A character as itself, whatever it means to the engine.
fn literal(c: char, out: &mut String) {
    match c.is_ascii_alphanumeric() {
        true => out.push(c),
        false => out.push_str(&format!("\\x{{{:x}}}", c as u32)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, compiled, replace_first, search};

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: Option<bool>) {
        assert_eq!(search(pattern, text, false), expected, "{pattern} in {text}");
    }

    #[test]
    fn patterns_mean_what_they_mean_to_a_browser() {
        for (pattern, text, expected) in [
            (r"^\/teapots?\/\d+$", "/teapot/12", true),
            (r"^\/(?!intern)", "/intern/x", false),
            ("(?i)teapot", "/teapot", false),
            ("teapot(", "/teapot(", false),
            ("*", "*", false),
            ("(?P<n>x)", "x", false),
            ("[[]", "a[b", true),
            ("[a&&b]", "&", true),
            ("{", "{", true),
            ("a{,2}", "a{,2}", true),
            (r"^\w+$", "über", false),
            (r"\büber", "über", false),
            (r"\_\-\/\%", "_-/%", true),
            (r"caf\u00e9", "café", true),
            ("[^]", "\n", true),
            ("[]", "a", false),
            (".", "\r", false),
            ("$", "a\n", true),
            ("a$", "a\n", false),
            ("", "anything", true),
            ("🫖", "a 🫖", true),
            (r"(?<=www\.)pots", "www.pots.test", true),
        ] {
            check(pattern, text, Some(expected));
        }
        assert_eq!(search("TEA", "teapot", true), Some(true));
    }

    #[test]
    fn the_first_match_is_replaced() {
        for (pattern, text, by, expected) in [
            (r"^.*(pots|pans)\.test$", "www.pots.test", "G-POTS", "G-POTS"),
            ("pots", "a pots b pots", "x", "a x b pots"),
            (r"^/(\w+)/(\w+)", "/de/tea/1", "$2-$1$$", "tea-de$/1"),
            ("b", "abc", "[$&$`$']", "a[bac]c"),
            ("(b)(x)?", "abc", "$2$3$0$", "a$3$0$c"),
            ("z", "abc", "$1", "abc"),
        ] {
            let Pattern::Ready(regex) = compiled(pattern, false) else { panic!("{pattern}") };
            assert_eq!(replace_first(&regex, text, by).as_deref(), Some(expected), "{pattern} in {text}");
        }
    }

    #[test]
    fn what_is_beyond_the_limits_is_undecided() {
        check("(x+x+)+(?=y)y", &"x".repeat(40), None);
        check(r"(a)\1", "aa", None);
        check(&format!("{}a{}", "(".repeat(5000), ")".repeat(5000)), "a", None);
        check(&"a".repeat(1 << 20), "a", None);
        check("(?:a{1000}){1000}{2}", "a", Some(false));
        check("(?:(?:a{900}){900}){900}", "a", None);
    }
}
