//! What robots.txt allows, after RFC 9309. Pure: the fetching is done elsewhere.

use std::time::Duration;

use texting_robots::Robot;
use url::Url;

/// Bytes of a robots.txt that count; the standard asks for at least 500 KiB.
pub(crate) const MAX_ROBOTS: u64 = 512 * 1024;
/// Longest wait between two requests that a robots.txt can ask for.
const MAX_DELAY: Duration = Duration::from_secs(10);
/// Sitemaps that one robots.txt can name.
const MAX_SITEMAPS: usize = 100;

/// The rules of one host.
pub(crate) struct Rules {
    verdicts: Verdicts,
    /// Wait between two requests, if asked for.
    pub delay: Option<Duration>,
    /// Sitemaps named, resolved.
    pub sitemaps: Vec<Url>,
}

enum Verdicts {
    AllowAll,
    DisallowAll,
    Robot(Box<Robot>),
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules").field("delay", &self.delay).field("sitemaps", &self.sitemaps).finish_non_exhaustive()
    }
}

impl Rules {
    /// No robots.txt there: everything is allowed.
    pub(crate) fn allow_all() -> Rules {
        Rules { verdicts: Verdicts::AllowAll, delay: None, sitemaps: Vec::new() }
    }

    /// The server fails: nothing is allowed until it says otherwise.
    pub(crate) fn disallow_all() -> Rules {
        Rules { verdicts: Verdicts::DisallowAll, delay: None, sitemaps: Vec::new() }
    }

    /// Reads a robots.txt. What can't be read forbids nothing.
    pub(crate) fn parse(agent: &str, text: &[u8], at: &Url) -> Rules {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let Ok(robot) = Robot::new(agent, text) else { return Rules::allow_all() };
        let delay = robot.delay.and_then(|seconds| Duration::try_from_secs_f32(seconds).ok());
        let sitemaps = robot.sitemaps.iter().filter_map(|text| at.join(text.trim()).ok());
        let sitemaps = sitemaps.filter(|url| matches!(url.scheme(), "http" | "https")).take(MAX_SITEMAPS).collect();
        Rules { delay: delay.map(|d| d.min(MAX_DELAY)), sitemaps, verdicts: Verdicts::Robot(Box::new(robot)) }
    }

    /// Whether the address may be fetched.
    pub(crate) fn allowed(&self, url: &Url) -> bool {
        match &self.verdicts {
            Verdicts::AllowAll => true,
            Verdicts::DisallowAll => false,
            Verdicts::Robot(robot) => robot.allowed(url.as_str()),
        }
    }
}

/// The name that robots.txt knows us by: the first word of the user agent, unless that is a browser's.
pub(crate) fn agent_token(user_agent: &str) -> String {
    let word: String = user_agent.chars().take_while(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')).collect();
    if word.is_empty() || word.eq_ignore_ascii_case("mozilla") { "Pixelproof".to_owned() } else { word }
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
    fn odd_files_do_no_harm() {
        check("", &[("/", true)]);
        check("\u{FEFF}User-agent: *\nDisallow: /a", &[("/a", false), ("/", true)]);
        check("<!doctype html><h1>Not found</h1>", &[("/", true)]);
        check("User-agent: *\nDisallow:", &[("/", true)]);
        check("User-agent: *\r\nDISALLOW : /a # why\r\n", &[("/a", false)]);
        check(&"\0\u{FFFD}: *".repeat(10_000), &[("/", true)]);
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
