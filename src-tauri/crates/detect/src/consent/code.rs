//! Platforms that an inline script starts: the address of a loader that it puts together, or the platform's own settings.
//! The script isn't run or parsed: what stands in comments doesn't count, nor do addresses in a script that loads nothing.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::{PLATFORMS, host_matches};
use crate::script::{Spot, spot};

/// Places of one script that are looked at.
const MAX_PLACES: usize = 200;

/// Texts of which a script that loads another holds at least one.
const LOADING: [&str; 6] = [".src", "createElement", "document.write", "import(", "getScript", "loadScript"];

/// What is searched for: a text, the number of its platform, and whether it is a host.
struct Mark {
    text: &'static str,
    platform: usize,
    is_host: bool,
}

static MARKS: LazyLock<(Vec<Mark>, Option<AhoCorasick>)> = LazyLock::new(|| {
    let mut marks = Vec::new();
    for (platform, p) in PLATFORMS.iter().enumerate() {
        marks.extend(p.hosts.iter().map(|host| Mark { text: host.trim_start_matches("*."), platform, is_host: true }));
        marks.extend(p.code.iter().map(|text| Mark { text, platform, is_host: false }));
    }
    let automaton = AhoCorasick::new(marks.iter().map(|mark| mark.text)).ok();
    (marks, automaton)
});

/// Platforms of which a script holds code or loads something, in the order of the script.
pub(crate) fn platforms_in_code(text: &str) -> Vec<&'static str> {
    let (marks, automaton) = &*MARKS;
    let Some(automaton) = automaton else { return Vec::new() };
    let mut found: Vec<&'static str> = Vec::new();
    for hit in automaton.find_overlapping_iter(text).take(MAX_PLACES) {
        let Some(mark) = marks.get(hit.pattern().as_usize()) else { continue };
        let Some(platform) = PLATFORMS.get(mark.platform).map(|p| p.id.as_str()) else { continue };
        if !found.contains(&platform) && counts(mark, text, hit.start(), hit.end()) {
            found.push(platform);
        }
    }
    found
}

fn counts(mark: &Mark, text: &str, start: usize, end: usize) -> bool {
    if !mark.is_host {
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        let before = text.get(..start).and_then(|t| t.chars().next_back());
        return !before.is_some_and(word) && spot(text, start) == Spot::Code;
    }
    let Spot::Text(literal) = spot(text, start) else { return false };
    LOADING.iter().any(|way| text.contains(way)) && addresses(literal, text.get(start..end).unwrap_or_default(), mark)
}

/// Whether a literal holds an address of the mark's platform: the host stands between `//` and what ends a host.
fn addresses(literal: &str, name: &str, mark: &Mark) -> bool {
    let literal = literal.replace('\\', "");
    literal.match_indices(name).any(|(at, _)| {
        let head = literal.get(..at).unwrap_or_default();
        let Some((_, before)) = head.rsplit_once("//") else { return false };
        let host: String = format!("{before}{}", literal.get(at..).unwrap_or_default())
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            .collect();
        PLATFORMS.get(mark.platform).is_some_and(|p| p.hosts.iter().any(|pattern| host_matches(pattern, &host)))
    })
}

#[cfg(test)]
mod tests {
    use super::platforms_in_code;

    #[test]
    fn a_script_that_loads_a_platform_or_sets_it_up_tells_it() {
        let cases: [(&str, &[&str]); 12] = [
            ("s=d.createElement('script');s.src='https://sdk.privacy-center.org/'+key+'/loader.js'", &["didomi"]),
            ("var u='https://cmp.quantcast.com'.concat('/choice/',id);e.src=u", &["quantcast"]),
            ("var cdn='//c.evidon.com/';tag.src=cdn+'geo/country.js'", &["evidon"]),
            (r"s.src='https:\/\/consent.cookiebot.com\/uc.js'", &["cookiebot"]),
            ("document.write('<script src=\"https://cmp.osano.com/a/osano.js\"></scr'+'ipt>')", &["osano"]),
            ("var _iub=_iub||[];_iub.csConfiguration={siteId:1}", &["iubenda"]),
            ("tarteaucitron.init({hashtag:'#t'})", &["tarteaucitron"]),
            ("// s.src='https://consent.cookiebot.com/uc.js'\nx()", &[]),
            ("/* _iub.csConfiguration = {} */ s.src='/x.js'", &[]),
            ("var list=['https://consent.cookiebot.com/uc.js']", &[]),
            ("s.src='https://consent.cookiebot.com.evil.test/uc.js'", &[]),
            ("var text='set _iub.csConfiguration first'", &[]),
        ];
        for (script, expect) in cases {
            assert_eq!(platforms_in_code(script), expect, "{script}");
        }
    }
}
