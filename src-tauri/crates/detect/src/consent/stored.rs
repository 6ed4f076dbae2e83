//! A visitor's choice as the consent platforms store it, read back from their cookies.

use std::{borrow::Cow, sync::LazyLock};

use fancy_regex::Regex;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// Longest value that is read.
const MAX_VALUE: usize = 16 << 10;
/// Steps back that a comparison may take: values come from the site.
const BACKTRACKS: usize = 100_000;

/// A choice that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredChoice {
    /// Consent platform, by id.
    pub platform: &'static str,
    /// Marketing is allowed.
    pub accepted: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    platform: String,
    cookie: String,
    rejected: String,
    accepted: String,
}

#[derive(Deserialize)]
struct Rows {
    choice: Vec<Row>,
}

struct Choice {
    row: Row,
    rejected: Regex,
    accepted: Regex,
}

static CHOICES: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    let rows: Rows = toml::from_str(include_str!("choices.toml")).expect("the built-in table is sound, by test");
    rows.choice
        .into_iter()
        .map(|row| Choice { rejected: pattern(&row.rejected), accepted: pattern(&row.accepted), row })
        .collect()
});

fn pattern(text: &str) -> Regex {
    let built = fancy_regex::RegexBuilder::new(text).backtrack_limit(BACKTRACKS).build();
    built.expect("the built-in patterns are sound, by test")
}

/// What a cookie says of the visitor's choice, where a platform is known to keep it there.
pub fn stored_choice(name: &str, value: &str) -> Option<StoredChoice> {
    let of_name = CHOICES.iter().find(|choice| choice.row.cookie == name)?;
    let value: Cow<'_, str> = percent_decode_str(value.get(..MAX_VALUE).unwrap_or(value)).decode_utf8_lossy();
    let accepted = if of_name.rejected.is_match(value.as_ref()).unwrap_or(false) {
        false
    } else if of_name.accepted.is_match(value.as_ref()).unwrap_or(false) {
        true
    } else {
        return None;
    };
    Some(StoredChoice { platform: &of_name.row.platform, accepted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_keeps_its_choice_its_own_way() {
        for (name, value, wanted) in [
            (
                "OptanonConsent",
                "isGpcEnabled=0&groups=C0001%3A1%2CC0002%3A0%2CC0004%3A0&geolocation=AT%3B9",
                Some(false),
            ),
            ("OptanonConsent", "isGpcEnabled=0&groups=C0001%3A1%2CC0002%3A1%2CC0004%3A1", Some(true)),
            ("OptanonConsent", "isGpcEnabled=0&landingPath=NotLandingPage", None),
            (
                "CookieConsent",
                "%7Bstamp%3A%27x%27%2Cnecessary%3Atrue%2Cpreferences%3Afalse%2Cstatistics%3Afalse%2Cmarketing%3Afalse%7D",
                Some(false),
            ),
            ("CookieConsent", "{stamp:'x',necessary:true,preferences:true,statistics:true,marketing:true}", Some(true)),
            ("CookieConsent", "-1", None),
            (
                "cookieyes-consent",
                "consentid:x,consent:no,action:yes,necessary:yes,functional:no,analytics:no,advertisement:no",
                Some(false),
            ),
            ("cookieyes-consent", "consentid:x,consent:,action:,necessary:yes,advertisement:no", None),
            ("cmplz_marketing", "allow", Some(true)),
            ("cmplz_marketing", "deny", Some(false)),
            ("axeptio_authorized_vendors", "%2C%2C", Some(false)),
            ("axeptio_authorized_vendors", "%2Cgoogle_ads%2Cmeta%2C", Some(true)),
            ("klaro", "%7B%22ga%22%3Afalse%2C%22meta%22%3Afalse%7D", Some(false)),
            ("klaro", "{\"ga\":true,\"meta\":true}", Some(true)),
            ("klaro", "{\"ga\":true,\"meta\":false}", None),
            ("tarteaucitron", "!gtag=false!facebookpixel=false", Some(false)),
            ("tarteaucitron", "!gtag=true!facebookpixel=false", Some(true)),
            ("cc_cookie", "{\"categories\":[\"necessary\"],\"services\":{}}", Some(false)),
            ("cc_cookie", "{\"categories\":[\"necessary\",\"ads\"]}", Some(true)),
            ("session", "1", None),
        ] {
            assert_eq!(stored_choice(name, value).map(|choice| choice.accepted), wanted, "{name}={value}");
        }
    }

    #[test]
    fn a_hostile_value_costs_little() {
        let long = "groups=".to_owned() + &"C0002:0,".repeat(100_000);
        assert_eq!(stored_choice("OptanonConsent", &long).map(|choice| choice.accepted), Some(false));
        assert_eq!(stored_choice("klaro", &"{".repeat(100_000)).map(|choice| choice.accepted), Some(false));
        assert_eq!(stored_choice("cc_cookie", &"é".repeat(20_000)), None);
    }
}
