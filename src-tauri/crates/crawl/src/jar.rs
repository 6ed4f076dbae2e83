//! Cookies of the user's own from a file in Netscape's format, as browsers' add-ons and curl write it: each goes only where
//! its line says.

use std::time::{SystemTime, UNIX_EPOCH};

use url::Url;

/// Largest file read, in bytes.
const MAX_FILE: u64 = 4 << 20;
/// Marks a cookie that scripts can't read; otherwise such a line would be a comment.
const HTTP_ONLY: &str = "#HttpOnly_";

/// A file's cookies. Their values are secret: nothing prints them.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Jar(Vec<Cookie>);

#[derive(Clone, PartialEq)]
struct Cookie {
    domain: String,
    subdomains: bool,
    path: String,
    secure: bool,
    name: String,
    value: String,
}

impl std::fmt::Debug for Jar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jar({} cookies)", self.0.len())
    }
}

impl Jar {
    /// Reads a file. The error is a sentence that holds nothing of its content.
    pub(crate) fn open(path: &str, now: SystemTime) -> Result<Jar, String> {
        let cannot = |why: &str| format!("The cookie file {path} can't be used: {why}.");
        let size = std::fs::metadata(path).map_err(|error| cannot(&error.to_string()))?.len();
        if size > MAX_FILE {
            return Err(cannot("it is too large"));
        }
        let bytes = std::fs::read(path).map_err(|error| cannot(&error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes);
        Jar::parse(&text, now).map_err(|line| cannot(&format!("line {line} is no cookie in Netscape's format")))
    }

    /// The cookies of a file's text that have not expired. The error is the number of a line that is none.
    fn parse(text: &str, now: SystemTime) -> Result<Jar, usize> {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut jar = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_end_matches('\r');
            let line = line.strip_prefix(HTTP_ONLY).unwrap_or(line);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            let [domain, subdomains, path, secure, expires, name, value] = fields.as_slice() else {
                return Err(number);
            };
            let expires = expires.split('.').next().unwrap_or_default().parse::<i64>().map_err(|_| number)?;
            if expires > 0 && expires.unsigned_abs() <= now {
                continue;
            }
            let yes = |field: &str| field.eq_ignore_ascii_case("true");
            jar.push(Cookie {
                subdomains: yes(subdomains) || domain.starts_with('.'),
                domain: domain.trim_start_matches('.').to_ascii_lowercase(),
                path: (*path).to_owned(),
                secure: yes(secure),
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            });
        }
        Ok(Jar(jar))
    }

    /// Whether it holds nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs that belong to an address, as a `Cookie` field has them.
    pub(crate) fn line(&self, url: &Url) -> String {
        let pairs: Vec<String> =
            self.0.iter().filter(|c| c.is_for(url)).map(|c| format!("{}={}", c.name, c.value)).collect();
        pairs.join("; ")
    }
}

impl Cookie {
    fn is_for(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let below = || host.strip_suffix(&self.domain).is_some_and(|rest| rest.ends_with('.'));
        let path = url.path();
        let in_path = path.strip_prefix(self.path.as_str()).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/') || self.path.is_empty()
        });
        (host == self.domain || (self.subdomains && below())) && in_path && (!self.secure || url.scheme() == "https")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const FILE: &str = "# Netscape HTTP Cookie File\n\n\
        .shop.test\tTRUE\t/\tFALSE\t0\tall\t1\n\
        shop.test\tFALSE\t/account\tFALSE\t9999999999\taccount\t2\r\n\
        #HttpOnly_shop.test\tFALSE\t/\tTRUE\t9999999999.5\tsecure\t3=x\n\
        shop.test\tFALSE\t/\tFALSE\t1000\told\t4\n\
        other.test\tFALSE\t/\tFALSE\t0\tother\t5\n";

    #[test]
    fn each_cookie_goes_where_its_line_says() {
        let jar = Jar::parse(FILE, UNIX_EPOCH + Duration::from_secs(2000)).unwrap();
        for (url, wanted) in [
            ("http://shop.test/", "all=1"),
            ("https://shop.test/", "all=1; secure=3=x"),
            ("http://shop.test/account/x", "all=1; account=2"),
            ("http://shop.test/accounts", "all=1"),
            ("http://www.shop.test/", "all=1"),
            ("https://www.shop.test/account", "all=1"),
            ("http://notshop.test/", ""),
            ("http://other.test/", "other=5"),
        ] {
            assert_eq!(jar.line(&Url::parse(url).unwrap()), wanted, "{url}");
        }
        assert_eq!(format!("{jar:?}"), "Jar(4 cookies)", "no value is printed");
    }

    #[test]
    fn a_file_that_is_none_is_refused_by_its_line() {
        for (text, line) in [("a=b", 1), ("# x\nshop.test\tTRUE\t/\tFALSE\tsoon\ta\t1", 2), ("{\"cookies\":[]}", 1)] {
            assert_eq!(Jar::parse(text, UNIX_EPOCH), Err(line), "{text}");
        }
        assert!(Jar::parse("", UNIX_EPOCH).unwrap().is_empty());
        assert!(Jar::open("/no/such/file", UNIX_EPOCH).unwrap_err().contains("/no/such/file"));
    }
}
