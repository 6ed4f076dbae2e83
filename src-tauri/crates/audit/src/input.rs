//! What people type into the address field: a bare host, an address, or several.

use pixelproof_crawl::parse_start;
use pixelproof_model::AuditConfig;

use crate::{AuditError, Result, words::visible};

/// Most addresses in a list audit.
pub const MAX_LIST: usize = 100_000;

/// Turns what was typed into a configuration: one address starts a crawl, several (one a line) are audited as a list.
/// The addresses are checked and kept as typed, since the crawl tries more for a bare host than for a full address.
///
/// # Errors
/// [`AuditError::BadInput`] with a sentence that names what is wrong.
pub fn parse_input(text: &str, config: AuditConfig) -> Result<AuditConfig> {
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|l| !l.is_empty()).collect();
    if lines.is_empty() {
        return bad("Enter the address of a site, such as shop.example.");
    }
    if lines.len() > MAX_LIST {
        return bad(&format!("A list may hold {MAX_LIST} addresses; this one has {}.", lines.len()));
    }
    for line in &lines {
        parse_start(line).or_else(|reason| bad(&reason))?;
    }
    let list_only = config.list_only || lines.len() > 1;
    Ok(AuditConfig { start: lines.into_iter().map(str::to_owned).collect(), list_only, ..config })
}

/// Long input is cut, and can't bring control characters into the message.
fn bad<T>(message: &str) -> Result<T> {
    const SHOWN: usize = 300;
    let mut shown: String = visible(message).chars().take(SHOWN).collect();
    if message.chars().count() > SHOWN {
        shown.push('\u{2026}');
    }
    Err(AuditError::BadInput(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<&[&str], &str>) {
        let got = parse_input(text, AuditConfig::default());
        match (got, want) {
            (Ok(config), Ok(start)) => {
                assert_eq!(config.start, start);
                assert_eq!(config.list_only, start.len() > 1);
            }
            (Err(e), Err(part)) => assert!(e.to_string().contains(part), "{e}"),
            (got, want) => panic!("{text:?}: got {got:?}, want {want:?}"),
        }
    }

    #[test]
    fn what_people_type() {
        check("example.com", Ok(&["example.com"]));
        check("  http://example.com/a?b ", Ok(&["http://example.com/a?b"]));
        check("localhost:8000/x", Ok(&["localhost:8000/x"]));
        check("a.com\r\nb.com\n\n", Ok(&["a.com", "b.com"]));
        check("", Err("Enter the address"));
        check(" \n ", Err("Enter the address"));
        check("hello world", Err("space"));
        check("ftp://example.com", Err("http"));
        check("file:///etc/passwd", Err("http"));
        check("javascript:alert(1)", Err("http"));
        check("a.com\nhello world", Err("hello world"));
        check("a\u{1b}[31m b", Err("a\u{fffd}[31m b"));
    }
}
