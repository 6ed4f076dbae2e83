//! What people type into the address field: a bare host, an address, or several.

use pixelproof_model::AuditConfig;
use url::Url;

use crate::{AuditError, Result};

/// Most addresses in a list audit.
pub const MAX_LIST: usize = 100_000;

/// Turns what was typed into a configuration: one address starts a crawl, several (one a line) are audited as a list.
/// A host without a scheme gets `https`, a local one (`localhost`, an IP address) gets `http`.
///
/// # Errors
/// [`AuditError::BadInput`] with a sentence that names what is wrong.
pub fn parse_input(text: &str, config: AuditConfig) -> Result<AuditConfig> {
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|l| !l.is_empty()).collect();
    if lines.is_empty() {
        return bad("Type the address of a site, such as example.com.");
    }
    if lines.len() > MAX_LIST {
        return bad(format!("A list may hold {MAX_LIST} addresses; this one has {}.", lines.len()));
    }
    let mut start = Vec::with_capacity(lines.len());
    for line in &lines {
        start.push(parse_address(line)?.to_string());
    }
    let list_only = config.list_only || start.len() > 1;
    Ok(AuditConfig { start, list_only, ..config })
}

fn bad<T>(message: impl Into<String>) -> Result<T> {
    Err(AuditError::BadInput(message.into()))
}

/// One address as a person types it.
fn parse_address(line: &str) -> Result<Url> {
    if line.chars().any(char::is_whitespace) {
        return bad(format!("\u{201c}{}\u{201d} is not an address: it has a space in it.", shorten(line)));
    }
    let with_scheme = if has_scheme(line) {
        line.to_owned()
    } else {
        let line = line.trim_start_matches("//");
        format!("{}://{line}", if is_local(line) { "http" } else { "https" })
    };
    let url = match Url::parse(&with_scheme) {
        Ok(url) => url,
        Err(e) => return bad(format!("\u{201c}{}\u{201d} is not an address: {e}.", shorten(line))),
    };
    check_address(line, url)
}

/// What can be fetched: http or https, a host that can exist, no credentials in the address.
fn check_address(line: &str, url: Url) -> Result<Url> {
    let shown = shorten(line);
    if !matches!(url.scheme(), "http" | "https") {
        return bad(format!("\u{201c}{shown}\u{201d} can't be audited: only http and https addresses can."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return bad("Leave user and password out of the address; give them as basic authentication.");
    }
    match url.host() {
        Some(url::Host::Domain(host)) if !host.contains('.') && !is_local(host) => {
            bad(format!("\u{201c}{shown}\u{201d} is not an address: a host needs a domain, such as {host}.com."))
        }
        Some(_) => Ok(url),
        None => bad(format!("\u{201c}{shown}\u{201d} is not an address: it names no host.")),
    }
}

/// `scheme:` followed by anything that isn't a port.
fn has_scheme(line: &str) -> bool {
    let Some((scheme, rest)) = line.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'));
    named && !rest.starts_with(|c: char| c.is_ascii_digit())
}

/// Hosts that speak http more often than https.
fn is_local(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    host.eq_ignore_ascii_case("localhost")
        || host.ends_with(".localhost")
        || host.starts_with('[')
        || host.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Long input is cut in messages.
fn shorten(line: &str) -> String {
    const SHOWN: usize = 80;
    if line.chars().count() <= SHOWN {
        return visible(line);
    }
    let head: String = line.chars().take(SHOWN).collect();
    format!("{}\u{2026}", visible(&head))
}

/// Without control characters.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
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
        check("example.com", Ok(&["https://example.com/"]));
        check("  http://example.com/a?b#c ", Ok(&["http://example.com/a?b#c"]));
        check("localhost:8000/x", Ok(&["http://localhost:8000/x"]));
        check("127.0.0.1:8000", Ok(&["http://127.0.0.1:8000/"]));
        check("example.com:8443", Ok(&["https://example.com:8443/"]));
        check("[::1]:80", Ok(&["http://[::1]/"]));
        check("//example.com", Ok(&["https://example.com/"]));
        check("m\u{fc}nchen.de", Ok(&["https://xn--mnchen-3ya.de/"]));
        check("a.com\r\nb.com\n\n", Ok(&["https://a.com/", "https://b.com/"]));
        check("", Err("Type the address"));
        check(" \n ", Err("Type the address"));
        check("hello world", Err("space"));
        check("hello", Err("needs a domain"));
        check("ftp://example.com", Err("only http and https"));
        check("file:///etc/passwd", Err("only http and https"));
        check("javascript:alert(1)", Err("only http and https"));
        check("https://u:p@example.com", Err("basic authentication"));
        check("https://", Err("not an address"));
    }
}
