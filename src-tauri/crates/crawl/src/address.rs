//! What makes two addresses the same page, and how typed text becomes an address. Pure: no network, no scope.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use url::{Host, Url};

/// Query parameters that advertising and mail tools add to a link. They name the click, not the page.
const TRACKING: &[&str] = &[
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_kx",
    "dclid",
    "epik",
    "fbclid",
    "gad_campaignid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "igshid",
    "irclickid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "oly_anon_id",
    "oly_enc_id",
    "rdt_cid",
    "s_kwcid",
    "sccid",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_id",
    "wbraid",
    "wickedid",
    "yclid",
];

/// Families of such parameters, by how the name begins.
const TRACKING_PREFIXES: &[&str] = &["utm_", "pk_", "mtm_", "hsa_"];

/// Query parameters that hold a visitor's session, whatever their value.
const SESSIONS: &[&str] = &[
    "aspsessionid",
    "cfid",
    "cftoken",
    "jsessionid",
    "oscsid",
    "phpsessid",
    "phpsessionid",
    "sessid",
    "xtcsid",
    "zenid",
];

/// Query parameters that hold a session where the value looks like one.
const LIKELY_SESSIONS: &[&str] = &["s", "sess", "session", "session-id", "session_id", "sessionid", "sid"];

/// Shortest value that looks like a session's.
const SESSION_LENGTH: usize = 16;

/// Longest address that is followed. Longer ones are traps or data, and servers refuse them anyway.
pub(crate) const MAX_ADDRESS: usize = 8 * 1024;

/// The identity of a page: two addresses with the same identity are one page, and the identity is what is asked for.
///
/// Dropped: the fragment, user and password, the default port, a dot at the end of the host, tracking parameters
/// (`utm_*`, `fbclid`, `gclid`, `msclkid`, `ttclid` and their kind), session ids in path and query, and a query that is
/// empty then. Made uniform: host
/// in lower case and punycode, dot segments resolved, percent escapes in upper case and written out where the character
/// needs none (`%7e` is `~`). Kept, because servers do tell them apart: the scheme, `www.`, a slash at the end, doubled
/// slashes, upper and lower case in the path, the order of the other parameters.
pub fn identity(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if let Some(host) = url.host_str().and_then(|h| h.strip_suffix('.')).filter(|h| !h.is_empty()).map(str::to_owned) {
        let _ = url.set_host(Some(&host));
    }
    if let Some((path, _)) = without_session(url.path()) {
        url.set_path(&path);
    }
    if url.path().contains('%') {
        let path = uniform_escapes(url.path());
        url.set_path(&path);
    }
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !is_tracking(p) && !is_session(p)).collect();
        let query = uniform_escapes(&kept.join("&"));
        url.set_query(Some(query.as_str()).filter(|q| !q.is_empty()));
    }
    url
}

/// The identity as a number, for sets that hold many: half of the SHA-256 of [`identity`].
pub(crate) fn fingerprint(identity: &Url) -> u128 {
    let digest = Sha256::digest(identity.as_str().as_bytes());
    let half = digest.iter().take(16);
    half.fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

/// The identity as a number, with the parameters in a fixed order: a page and its permutations are looked at once, as the
/// first of them was written.
pub(crate) fn page_key(identity: &Url) -> u128 {
    let Some(query) = identity.query().filter(|query| query.contains('&')) else { return fingerprint(identity) };
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    let mut sorted = identity.clone();
    sorted.set_query(Some(&pairs.join("&")));
    fingerprint(&sorted)
}

/// What holds a session id in an address, if anything does.
pub(crate) fn session_in(url: &Url) -> Option<String> {
    let in_query = || url.query()?.split('&').find(|p| is_session(p)).map(name_of);
    without_session(url.path()).map(|(_, name)| name).or_else(in_query)
}

fn name_of(parameter: &str) -> String {
    parameter.split('=').next().unwrap_or_default().to_ascii_lowercase()
}

fn is_session(parameter: &str) -> bool {
    let name = name_of(parameter);
    let value = parameter.split_once('=').map_or("", |(_, value)| value);
    SESSIONS.contains(&name.as_str())
        || name.starts_with("aspsessionid")
        || (LIKELY_SESSIONS.contains(&name.as_str()) && looks_like_session(value))
}

fn looks_like_session(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let all = value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    value.len() >= SESSION_LENGTH && all && digits > 1
}

/// A path without `;jsessionid=…` and `/(S(…))/`, and the name of what was taken out.
fn without_session(path: &str) -> Option<(String, String)> {
    // Every link of a site comes through here, and hardly any holds either.
    if !path.bytes().any(|byte| matches!(byte, b';' | b'(')) {
        return None;
    }
    let lower = path.to_ascii_lowercase();
    for name in ["jsessionid", "phpsessid", "sid", "sessionid"] {
        let mark = format!(";{name}=");
        if let Some(at) = lower.find(&mark) {
            let (before, after) = path.split_at_checked(at)?;
            let rest = after.find('/').and_then(|end| after.get(end..)).unwrap_or_default();
            return Some((format!("{before}{rest}"), name.to_owned()));
        }
    }
    let is_cookieless =
        |s: &&str| s.len() > 5 && s.get(..3).is_some_and(|m| m.eq_ignore_ascii_case("(s(")) && s.ends_with("))");
    let kept: Vec<&str> = path.split('/').filter(|s| !is_cookieless(s)).collect();
    (kept.len() < path.split('/').count()).then(|| (kept.join("/"), "(S(…))".to_owned()))
}

fn is_tracking(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default().to_ascii_lowercase();
    TRACKING.binary_search(&name.as_str()).is_ok() || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Escapes of letters, digits and `-._~` written out, all others in upper case.
pub(crate) fn uniform_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let hex = after.get(..2).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            Some(byte) => out.push_str(&format!("%{byte:02X}")),
            None => out.push('%'),
        }
        rest = if hex.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out.push_str(rest);
    out
}

/// Turns what a person typed into the address to start from. The error is a sentence for that person.
///
/// A bare host becomes `https://host/`, but `http://` where the host is this machine or an IP address, or where a port
/// other than 443 and 8443 is given. A crawl tries `http` for a bare host when nothing answers on the `https` port:
/// see [`has_scheme`].
pub fn parse_start(text: &str) -> Result<Url, String> {
    let text = text.trim().trim_matches(|c| matches!(c, '<' | '>' | '"' | '\''));
    if text.is_empty() {
        return Err("Enter the address of a site, such as shop.example.".to_owned());
    }
    if text.len() > MAX_ADDRESS {
        return Err("This address is too long.".to_owned());
    }
    if text.chars().any(char::is_whitespace) {
        return Err(format!("“{text}” has a space in it. Enter one address, such as shop.example."));
    }
    let url = if has_scheme(text) { Url::parse(text) } else { Url::parse(&with_scheme(text)) };
    let url = url.map_err(|error| format!("“{text}” is not an address: {error}."))?;
    check_start(text, &url)?;
    Ok(identity(&url))
}

/// Whether the text names its scheme, so that no other may be tried.
pub fn has_scheme(text: &str) -> bool {
    let Some((scheme, rest)) = text.trim().split_once(':') else { return false };
    // `localhost:8080` and `shop.example:80/x` have a port there, not a scheme.
    let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let mut letters = scheme.bytes();
    letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && (rest.starts_with("//") || !(is_port || scheme.contains('.')))
}

fn with_scheme(text: &str) -> String {
    let text = text.trim_start_matches('/');
    let secure = format!("https://{text}");
    let plain = Url::parse(&secure).is_ok_and(|url| {
        let local = match url.host() {
            Some(Host::Domain(name)) => is_local_name(name),
            Some(_) => true,
            None => false,
        };
        // A port that is not for TLS by custom speaks plain HTTP far more often than not.
        local || url.port().is_some_and(|port| port != 8443)
    });
    if plain { format!("http://{text}") } else { secure }
}

fn check_start(text: &str, url: &Url) -> Result<(), String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("“{text}” is not a web address: only http and https can be audited."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Leave user name and password out of the address and give them as basic authentication.".to_owned());
    }
    match url.host() {
        None => Err(format!("“{text}” names no host.")),
        Some(Host::Domain(name)) if !is_plausible_name(name) => {
            Err(format!("“{name}” is not the name of a host. Enter an address such as shop.example."))
        }
        Some(_) => Ok(()),
    }
}

fn is_plausible_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    name.len() <= 253 && name.split('.').all(label_ok)
}

/// Names that always mean this machine.
pub(crate) fn is_local_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Addresses that belong to a machine or a private network, which a public site has no business leading to.
pub(crate) fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            // NAT64 and 6to4 carry an IPv4 address inside.
            let embedded = match (first, second) {
                (0x64, 0xff9b) => Some(v6.segments()[6..].to_vec()),
                (0x2002, _) => Some(v6.segments()[1..3].to_vec()),
                _ => None,
            };
            let inner = embedded.map(|s| {
                let [high, low] = [s.first().copied().unwrap_or(0), s.get(1).copied().unwrap_or(0)];
                IpAddr::from([(high >> 8) as u8, high as u8, (low >> 8) as u8, low as u8])
            });
            v6.to_ipv4_mapped().map(IpAddr::V4).or(inner).is_some_and(is_private)
                || v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || (first & 0xfe00) == 0xfc00
                || (first & 0xffc0) == 0xfe80
                || (first & 0xffc0) == 0xfec0
                // Teredo, whose inner address is masked, and the old way to write an IPv4 address.
                || (first == 0x2001 && second == 0)
                || v6.segments().iter().take(6).all(|s| *s == 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(written: &str, wanted: &str) {
        let url = Url::parse(written).unwrap();
        let once = identity(&url);
        assert_eq!(once.as_str(), wanted, "identity of {written}");
        assert_eq!(identity(&once), once, "identity is stable for {written}");
    }

    #[test]
    fn spellings_of_one_page_have_one_identity() {
        for (written, wanted) in [
            ("http://shop.test", "http://shop.test/"),
            ("HTTP://SHOP.test:80/", "http://shop.test/"),
            ("https://shop.test:443/a", "https://shop.test/a"),
            ("https://shop.test:8443/a", "https://shop.test:8443/a"),
            ("https://shop.test./a", "https://shop.test/a"),
            ("https://user:secret@shop.test/a", "https://shop.test/a"),
            ("https://shop.test/a#top", "https://shop.test/a"),
            ("https://shop.test/a#", "https://shop.test/a"),
            ("https://shop.test/a/./b/../c", "https://shop.test/a/c"),
            ("https://shop.test/a/%2e%2e/c", "https://shop.test/c"),
            ("https://shop.test/%7euser/%c3%a9", "https://shop.test/~user/%C3%A9"),
            ("https://shop.test/é", "https://shop.test/%C3%A9"),
            ("https://shop.test/a%2fb", "https://shop.test/a%2Fb"),
            ("https://shop.test/%2561", "https://shop.test/%2561"),
            ("https://shop.test/100%", "https://shop.test/100%"),
            ("https://shop.test/%é", "https://shop.test/%%C3%A9"),
            ("https://shop.test/a?", "https://shop.test/a"),
            ("https://shop.test/a?&&", "https://shop.test/a"),
            ("https://shop.test/a?utm_source=x&utm_medium=y", "https://shop.test/a"),
            ("https://shop.test/a?b=2&fbclid=1&a=1", "https://shop.test/a?b=2&a=1"),
            ("https://shop.test/a?GCLID=1&msclkid=2&ttclid=3&q", "https://shop.test/a?q"),
            ("https://shop.test/a?q=%3d%7E", "https://shop.test/a?q=%3D~"),
            ("https://shop.test/a;jsessionid=1A2B?x=1", "https://shop.test/a?x=1"),
            ("https://shop.test/a;JSESSIONID=1A2B/b", "https://shop.test/a/b"),
            ("https://shop.test/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://shop.test/a.aspx"),
            ("https://shop.test/a?PHPSESSID=abc&b=1", "https://shop.test/a?b=1"),
            ("https://shop.test/a?sid=0123456789abcdef0123", "https://shop.test/a"),
            ("https://shop.test/a?sid=42&session=summer", "https://shop.test/a?sid=42&session=summer"),
            ("https://shop.test/a;v=1/(x)", "https://shop.test/a;v=1/(x)"),
            ("https://bücher.test/", "https://xn--bcher-kva.test/"),
            ("https://shop.test/A//b/", "https://shop.test/A//b/"),
        ] {
            same(written, wanted);
        }
    }

    #[test]
    fn what_servers_tell_apart_stays_apart() {
        for (a, b) in [
            ("https://shop.test/a", "https://shop.test/a/"),
            ("https://shop.test/a", "https://shop.test/A"),
            ("https://shop.test/a", "http://shop.test/a"),
            ("https://shop.test/", "https://www.shop.test/"),
            ("https://shop.test/?a=1&b=2", "https://shop.test/?b=2&a=1"),
            ("https://shop.test/?gclid_of=1", "https://shop.test/"),
        ] {
            let [a, b] = [a, b].map(|text| fingerprint(&identity(&Url::parse(text).unwrap())));
            assert_ne!(a, b);
        }
    }

    #[test]
    fn permutations_of_a_query_are_one_page() {
        let key = |text: &str| page_key(&identity(&Url::parse(text).unwrap()));
        assert_eq!(key("https://shop.test/?b=2&a=1&c"), key("https://shop.test/?c&a=1&b=2"));
        assert_ne!(key("https://shop.test/?b=2&a=1"), key("https://shop.test/?b=1&a=2"));
        assert_eq!(key("https://shop.test/?a=1"), fingerprint(&Url::parse("https://shop.test/?a=1").unwrap()));
    }

    #[test]
    fn session_ids_are_named() {
        for (address, wanted) in [
            ("https://shop.test/a", None),
            ("https://shop.test/(S(abc))/a", Some("(S(…))")),
            ("https://shop.test/a;jsessionid=1", Some("jsessionid")),
            ("https://shop.test/a?x=1&PHPSESSID=2", Some("phpsessid")),
            ("https://shop.test/a?sid=1", None),
        ] {
            assert_eq!(session_in(&Url::parse(address).unwrap()).as_deref(), wanted, "{address}");
        }
    }

    #[test]
    fn the_tracking_list_is_sorted_for_its_search() {
        assert!(TRACKING.is_sorted());
    }

    #[test]
    fn typed_text_becomes_a_start() {
        for (typed, wanted) in [
            ("shop.example", "https://shop.example/"),
            ("  Shop.Example/Path?x=1#y ", "https://shop.example/Path?x=1"),
            ("shop.example:443", "https://shop.example/"),
            ("shop.example:8443", "https://shop.example:8443/"),
            ("shop.example:8080/a", "http://shop.example:8080/a"),
            ("localhost", "http://localhost/"),
            ("localhost:3000", "http://localhost:3000/"),
            ("127.0.0.1:3000/x", "http://127.0.0.1:3000/x"),
            ("[::1]:3000", "http://[::1]:3000/"),
            ("http://shop.example", "http://shop.example/"),
            ("HTTPS://shop.example", "https://shop.example/"),
            ("//shop.example/a", "https://shop.example/a"),
            ("bücher.example", "https://xn--bcher-kva.example/"),
            ("<https://shop.example/>", "https://shop.example/"),
            ("shop.example?utm_source=mail", "https://shop.example/"),
        ] {
            assert_eq!(parse_start(typed).map(|u| u.to_string()), Ok(wanted.to_owned()), "{typed}");
        }
    }

    #[test]
    fn unusable_text_gets_a_sentence() {
        for (typed, part) in [
            ("", "Enter the address"),
            ("   ", "Enter the address"),
            ("two words", "space"),
            ("ftp://shop.example/", "http and https"),
            ("mailto:a@shop.example", "http and https"),
            ("javascript:alert(1)", "http and https"),
            ("https://", "not an address"),
            ("https://user:pw@shop.example", "basic authentication"),
            ("user:pw@shop.example", "http and https"),
            ("https://shop..example", "not the name of a host"),
            ("shop!.example", "not the name of a host"),
            ("https://shop.example:99999", "not an address"),
        ] {
            let error = parse_start(typed).unwrap_err();
            assert!(error.contains(part), "{typed:?} -> {error}");
        }
        assert!(parse_start(&"a".repeat(MAX_ADDRESS + 1)).is_err());
    }

    #[test]
    fn private_addresses_are_known() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "198.18.0.1",
            "fec0::1",
            "::10.0.0.1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "::ffff:a9fe:a9fe",
            "64:ff9b::a9fe:a9fe",
            "255.255.255.255",
        ] {
            assert!(is_private(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "172.32.0.1", "100.128.0.1"] {
            assert!(!is_private(ip.parse().unwrap()), "{ip}");
        }
    }
}
