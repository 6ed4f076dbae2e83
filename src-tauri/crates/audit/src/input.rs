//! What people type into the address field: a bare host, an address, or several.

use pixelproof_crawl::{parse_start, split_credentials};
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
    let (lines, basic_auth) = without_credentials(text)?;
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
    let basic_auth = config.basic_auth.clone().or(basic_auth);
    Ok(AuditConfig { start: lines, list_only, basic_auth, ..config })
}

/// The lines without the user and password that some may hold, which go to every page of the audit.
fn without_credentials(text: &str) -> Result<(Vec<String>, Option<(String, String)>)> {
    let mut all = None;
    let mut lines = Vec::new();
    for line in text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()) {
        let (line, found) = split_credentials(line);
        match (&all, found) {
            (_, None) => {}
            (None, found) => all = found,
            (Some(first), Some(found)) if *first == found => {}
            _ => return bad("The addresses hold different users or passwords; audit them one by one."),
        }
        lines.push(line);
    }
    Ok((lines, all))
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
    fn a_password_in_an_address_is_taken_out() {
        let config = parse_input("https://me:pw@a.com/x\na.com/y", AuditConfig::default()).unwrap();
        assert_eq!(config.start, ["https://a.com/x", "a.com/y"]);
        assert_eq!(config.basic_auth, Some(("me".to_owned(), "pw".to_owned())));
        let given = AuditConfig { basic_auth: Some(("other".to_owned(), "x".to_owned())), ..AuditConfig::default() };
        let config = parse_input("me:pw@a.com", given).unwrap();
        assert_eq!((config.start, config.basic_auth.unwrap().0), (vec!["a.com".to_owned()], "other".to_owned()));
        for text in
            ["https://me:pw@a b.com", "ftp://me:pw@a.com/", "https://me:pw@", "https://a:pw@a.com\nhttps://b:pw@a.com"]
        {
            let error = parse_input(text, AuditConfig::default()).unwrap_err().to_string();
            assert!(!error.contains("pw"), "{error}");
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
