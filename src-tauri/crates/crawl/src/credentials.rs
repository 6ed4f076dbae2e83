//! User and password that were typed into an address: taken out before anybody keeps or prints it. Pure.

/// The text without user and password, and these, where it has any. Works on anything that is typed, so that no message
/// about what is wrong with an address holds them either.
pub fn split_credentials(text: &str) -> (String, Option<(String, String)>) {
    let whole = || (text.to_owned(), None);
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None if text.trim_start().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:")) => {
            return whole();
        }
        None => (String::new(), text),
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((user, host)) = authority.rsplit_once('@') else { return whole() };
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    if scheme.is_empty() && password.is_empty() {
        return whole();
    }
    (format!("{scheme}{host}{path}"), Some((unescaped(user.trim_start()), unescaped(password))))
}

/// Percent escapes written out.
pub(crate) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let hex = after.get(..2).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => bytes.push(byte),
            None => bytes.push(b'%'),
        }
        rest = if hex.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out_of_whatever_was_typed() {
        for (typed, wanted, found) in [
            ("https://shop.test/a@b", "https://shop.test/a@b", None),
            ("https://user:pass@shop.test/a", "https://shop.test/a", Some(("user", "pass"))),
            ("https://user@shop.test", "https://shop.test", Some(("user", ""))),
            ("https://u%40x:p%3Aq%@shop.test?x", "https://shop.test?x", Some(("u@x", "p:q%"))),
            ("https://u:p@q@shop.test/", "https://shop.test/", Some(("u", "p@q"))),
            ("user:pass@shop.test:8080/", "shop.test:8080/", Some(("user", "pass"))),
            ("a@shop.test", "a@shop.test", None),
            ("mailto:a@shop.test", "mailto:a@shop.test", None),
            ("https://user:pass@", "https://", Some(("user", "pass"))),
            ("", "", None),
        ] {
            let (text, credentials) = split_credentials(typed);
            let found = found.map(|(user, password): (&str, &str)| (user.to_owned(), password.to_owned()));
            assert_eq!((text.as_str(), credentials), (wanted, found), "{typed}");
        }
    }
}
