//! What robots.txt allows, after RFC 9309. Pure: the fetching is done elsewhere.
//!
//! Read here and not by a library, because patterns come from the site: matching takes time in proportion to pattern and
//! address whatever they are, a rule takes the memory of its text, and one odd line spoils no other.

use std::{cmp::Reverse, time::Duration};

use url::{Position, Url};

use crate::address::uniform_escapes;

/// Bytes of a robots.txt that count; the standard asks for at least 500 KiB.
pub(crate) const MAX_ROBOTS: u64 = 512 * 1024;
/// Longest wait between two requests that a robots.txt can ask for.
const MAX_DELAY: Duration = Duration::from_secs(10);
/// Sitemaps that one robots.txt can name.
const MAX_SITEMAPS: usize = 100;

/// The rules of one host.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Longest pattern first, and where two are as long the one that allows.
    rules: Vec<Rule>,
    /// Wait between two requests, if asked for.
    pub(crate) delay: Option<Duration>,
    /// Sitemaps named, resolved.
    pub(crate) sitemaps: Vec<Url>,
}

#[derive(Debug)]
struct Rule {
    pattern: String,
    allow: bool,
}

/// What the groups for one kind of robot say.
#[derive(Debug, Default)]
struct Group {
    named: bool,
    rules: Vec<Rule>,
    delay: Option<Duration>,
}

impl Rules {
    /// No robots.txt there: everything is allowed.
    pub(crate) fn allow_all() -> Rules {
        Rules::default()
    }

    /// The server fails: nothing is allowed until it says otherwise.
    pub(crate) fn disallow_all() -> Rules {
        Rules { rules: vec![Rule { pattern: "/".to_owned(), allow: false }], ..Rules::default() }
    }

    /// Reads a robots.txt. What can't be read forbids nothing.
    pub(crate) fn parse(agent: &str, text: &[u8], at: &Url) -> Rules {
        let text = String::from_utf8_lossy(text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text));
        let (mut ours, mut everyones) = (Group::default(), Group::default());
        let mut sitemaps = Vec::new();
        // Which groups the present lines belong to, and whether agents are still being named.
        let (mut for_us, mut for_all, mut naming) = (false, false, false);
        for line in text.split(['\n', '\r', '\0']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    (for_us, for_all) = (naming && for_us, naming && for_all);
                    naming = true;
                    for_all |= value.starts_with('*');
                    for_us |= token(value).eq_ignore_ascii_case(agent);
                    ours.named |= for_us;
                }
                "sitemap" if sitemaps.len() < MAX_SITEMAPS => {
                    sitemaps.extend(at.join(value).ok().filter(|url| matches!(url.scheme(), "http" | "https")));
                }
                "allow" | "disallow" | "crawl-delay" => {
                    naming = false;
                    for (wanted, group) in [(for_us, &mut ours), (for_all, &mut everyones)] {
                        if wanted {
                            group.take(&key, value);
                        }
                    }
                }
                _ => {}
            }
        }
        // A group that names us replaces the one for all, even where it is empty.
        let mut group = if ours.named { ours } else { everyones };
        group.rules.sort_by_key(|rule| (Reverse(rule.pattern.len()), !rule.allow));
        Rules { rules: group.rules, delay: group.delay, sitemaps }
    }

    /// Whether the address may be fetched.
    pub(crate) fn allowed(&self, url: &Url) -> bool {
        let target = uniform_escapes(&url[Position::BeforePath..Position::AfterQuery]);
        self.rules.iter().find(|rule| matches(&rule.pattern, &target)).is_none_or(|rule| rule.allow)
    }
}

impl Group {
    fn take(&mut self, key: &str, value: &str) {
        if key == "crawl-delay" {
            let seconds = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f32(seconds).ok());
            self.delay = seconds.map(|delay| delay.min(MAX_DELAY)).or(self.delay);
        } else if !value.is_empty() {
            let rooted = if value.starts_with(['/', '*']) { "" } else { "/" };
            let pattern = uniform_escapes(&escaped(&format!("{rooted}{value}")));
            self.rules.push(Rule { pattern, allow: key == "allow" });
        }
    }
}

/// Characters outside ASCII as an address has them.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).bytes();
            out.extend(bytes.map(|byte| format!("%{byte:02X}")));
        }
    }
    out
}

/// `*` is any run of characters, `$` at the end is the end; otherwise the pattern is a beginning.
///
/// Each piece between stars is taken where it first occurs: what is left is then as long as it can be.
fn matches(pattern: &str, target: &str) -> bool {
    let (pattern, to_the_end) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut pieces = pattern.split('*');
    let Some(mut rest) = target.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return !to_the_end || rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if to_the_end && pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    true
}

/// The name that robots.txt knows us by: the first word of the user agent, unless that is a browser's.
pub(crate) fn agent_token(user_agent: &str) -> String {
    let word = token(user_agent);
    if word.is_empty() || word.eq_ignore_ascii_case("mozilla") { "Pixelproof".to_owned() } else { word.to_owned() }
}

/// The product name at the start, without its version.
fn token(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_')));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, cases: &[(&str, bool)]) {
        let base = Url::parse("https://shop.test/robots.txt").unwrap();
        let rules = Rules::parse("Pixelproof", text.as_bytes(), &base);
        for (path, wanted) in cases {
            assert_eq!(rules.allowed(&base.join(path).unwrap()), *wanted, "{path} under\n{text}");
        }
    }

    #[test]
    fn the_longest_match_decides_and_a_tie_allows() {
        check(
            "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /tie\nDisallow: /tie\n",
            &[("/", true), ("/a", false), ("/a/x", false), ("/a/b", true), ("/a/b/c", false), ("/tie", true)],
        );
    }

    #[test]
    fn wildcards_and_ends() {
        check(
            "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*?sort=\nDisallow: /x$\n",
            &[
                ("/a.pdf", false),
                ("/a.pdfx", true),
                ("/l?sort=1", false),
                ("/l?q=1", true),
                ("/x", false),
                ("/xy", true),
            ],
        );
    }

    #[test]
    fn the_group_that_names_us_replaces_the_one_for_all() {
        check(
            "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: pixelproof\nDisallow: /no\n",
            &[("/", true), ("/no", false), ("/yes", true)],
        );
        check("User-agent: other\nDisallow: /\n", &[("/", true)]);
    }

    #[test]
    fn groups_are_merged_and_may_share_rules() {
        check(
            "User-agent: pixelproof/2.0\nDisallow: /a\n\nUser-agent: *\nDisallow: /everyone\n\nUser-agent: PIXELPROOF\n\
             Crawl-delay: 1\nDisallow: /b\n",
            &[("/a", false), ("/b", false), ("/everyone", true)],
        );
        check("User-agent: pixelproof\nUser-agent: other\nSitemap: /s.xml\n\nDisallow: /a\n", &[("/a", false)]);
        check("User-agent: pixelproof\n\nUser-agent: *\nDisallow: /\n", &[("/", false)]);
        check("User-agent: pixelproof\nDisallow:\n\nUser-agent: *\nDisallow: /\n", &[("/", true)]);
        check("User-agent: pixelproofer\nDisallow: /\n", &[("/", true)]);
        check("Disallow: /\n", &[("/", true)]);
    }

    #[test]
    fn addresses_are_compared_whatever_their_escapes() {
        check(
            "User-agent: *\nDisallow: /caf\u{E9}\nDisallow: /%7euser\nDisallow: /a%2fb\nDisallow: private\n",
            &[("/caf%C3%A9/x", false), ("/~user", false), ("/a%2Fb", false), ("/a/b", true), ("/private/x", false)],
        );
    }

    #[test]
    fn patterns_match_as_the_standard_says() {
        for (pattern, target, wanted) in [
            ("/", "/x", true),
            ("/*", "/", true),
            ("/a*c", "/abcd", true),
            ("/a*c$", "/abcd", false),
            ("/a*c$", "/abccc", true),
            ("/*a*a$", "/a", false),
            ("/*a*a$", "/aa", true),
            ("*.php", "/x.php?y", true),
            ("/a$b", "/a$bc", true),
            ("/**x$", "/ax", true),
            ("$", "", true),
            ("*$", "/x", true),
        ] {
            assert_eq!(matches(pattern, target), wanted, "{pattern} on {target}");
        }
    }

    #[test]
    fn odd_files_do_no_harm() {
        check("", &[("/", true)]);
        check("\u{FEFF}User-agent: *\nDisallow: /a", &[("/a", false), ("/", true)]);
        check("<!doctype html><h1>Not found</h1>", &[("/", true)]);
        check("User-agent: *\nDisallow:", &[("/", true)]);
        check("User-agent: *\r\nDISALLOW : /a # why\r\n", &[("/a", false)]);
        check(&"\0\u{FFFD}: *".repeat(10_000), &[("/", true)]);
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let base = Url::parse("https://shop.test/robots.txt").unwrap();
        let stars = format!("User-agent: *\nDisallow: /{}b\n", "*a".repeat(2000));
        let many: String = (0..20_000).map(|n| format!("Disallow: /*{n}*x$\n")).collect();
        let url = base.join(&"a".repeat(8000)).unwrap();
        let begun = std::time::Instant::now();
        for text in [stars, format!("User-agent: *\n{many}")] {
            let rules = Rules::parse("Pixelproof", text.as_bytes(), &base);
            assert!(rules.allowed(&url));
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }

    #[test]
    fn delay_and_sitemaps_are_read_and_bounded() {
        let base = Url::parse("https://shop.test/robots.txt").unwrap();
        let read = |text: &str| Rules::parse("Pixelproof", text.as_bytes(), &base);
        for (text, wanted) in
            [("2", Some(2_000)), ("0.5", Some(500)), ("86400", Some(10_000)), ("-1", None), ("NaN", None)]
        {
            let rules = read(&format!("User-agent: *\nCrawl-delay: {text}\n"));
            assert_eq!(rules.delay.map(|d| d.as_millis()), wanted, "{text}");
        }
        let rules = read("Sitemap: https://shop.test/a.xml\nSitemap: /b.xml\nSitemap: ftp://x/c.xml\n");
        assert_eq!(
            rules.sitemaps.iter().map(Url::as_str).collect::<Vec<_>>(),
            ["https://shop.test/a.xml", "https://shop.test/b.xml"]
        );
        assert_eq!(read(&"Sitemap: /s.xml\n".repeat(500)).sitemaps.len(), MAX_SITEMAPS);
    }

    #[test]
    fn failing_servers_forbid_and_missing_files_allow() {
        let url = Url::parse("https://shop.test/x").unwrap();
        assert!(Rules::allow_all().allowed(&url));
        assert!(!Rules::disallow_all().allowed(&url));
    }

    #[test]
    fn the_agent_token_is_the_first_word() {
        for (agent, wanted) in [
            ("Pixelproof/0.1.0 (privacy audit)", "Pixelproof"),
            ("my-bot/2", "my-bot"),
            ("Mozilla/5.0 (X11)", "Pixelproof"),
            ("", "Pixelproof"),
        ] {
            assert_eq!(agent_token(agent), wanted);
        }
    }
}
