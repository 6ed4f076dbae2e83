//! Conditions of other tag managers, as far as the page's address decides them.

use pixelproof_model::Trigger;
use url::Url;

use crate::container::{pattern::search, trigger::Verdict};

/// A part of the address that a condition is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Whole,
    Host,
    Path,
    PathAndQuery,
    Protocol,
    Parameter(String),
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    /// The host itself or one below it.
    Below,
}

/// A test of the address: any of the values fits.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) part: Part,
    pub(super) way: Way,
    pub(super) values: Vec<String>,
    /// How case counts: where that isn't known, only what it doesn't decide is decided.
    pub(super) case: Option<bool>,
}

/// One condition, in words and where possible as a test.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) words: String,
    pub(super) test: Option<Test>,
    pub(super) negated: bool,
}

impl Condition {
    /// A condition that only the running page decides.
    pub(super) fn open(words: String) -> Condition {
        Condition { words, test: None, negated: false }
    }

    pub(super) fn of(test: Test, negated: bool) -> Condition {
        let subject = match &test.part {
            Part::Whole => "page URL".to_owned(),
            Part::Host => "page host".to_owned(),
            Part::Path => "page path".to_owned(),
            Part::PathAndQuery => "page path and query".to_owned(),
            Part::Protocol => "page protocol".to_owned(),
            Part::Parameter(name) => format!("query parameter {name}"),
        };
        let verb = match (test.way, negated) {
            (Way::Equals, false) => "equals",
            (Way::Equals, true) => "does not equal",
            (Way::Contains, false) => "contains",
            (Way::Contains, true) => "does not contain",
            (Way::StartsWith, false) => "starts with",
            (Way::StartsWith, true) => "does not start with",
            (Way::EndsWith, false) => "ends with",
            (Way::EndsWith, true) => "does not end with",
            (Way::Matches, false) => "matches",
            (Way::Matches, true) => "does not match",
            (Way::Below, false) => "is of",
            (Way::Below, true) => "is not of",
        };
        let words = format!("{subject} {verb} {}", test.values.join(" or "));
        Condition { words, test: Some(test), negated }
    }

    fn holds(&self, url: &Url) -> Option<bool> {
        self.test.as_ref()?.holds(url).map(|found| found != self.negated)
    }
}

impl Test {
    fn holds(&self, url: &Url) -> Option<bool> {
        let text = match &self.part {
            Part::Whole => url.to_string(),
            Part::Host => url.host_str().unwrap_or_default().to_owned(),
            Part::Path => url.path().to_owned(),
            Part::PathAndQuery => url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path())),
            Part::Protocol => url.scheme().to_owned(),
            Part::Parameter(name) => url
                .query_pairs()
                .find(|(key, _)| key == name.as_str())
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default(),
        };
        crate::container::condition::any(self.values.iter().map(|value| self.one(&text, value)))
    }

    fn one(&self, text: &str, value: &str) -> Option<bool> {
        if self.way == Way::Matches {
            return search(value, text, self.case == Some(false));
        }
        let fits = |text: &str, value: &str| match self.way {
            Way::Contains => text.contains(value),
            Way::StartsWith => text.starts_with(value),
            Way::EndsWith => text.ends_with(value),
            Way::Below => {
                let value = value.trim_start_matches('.');
                text == value || text.strip_suffix(value).is_some_and(|rest| rest.ends_with('.'))
            }
            Way::Equals | Way::Matches => text == value,
        };
        let plain = fits(text, value);
        let folded = fits(&text.to_lowercase(), &value.to_lowercase());
        match self.case {
            Some(true) => Some(plain),
            Some(false) => Some(folded),
            None => (plain == folded).then_some(plain),
        }
    }
}

/// What fires a tag: any of the events, while all conditions hold.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Events, each by its name and by what the visitor does for it.
    pub(super) on: Vec<(String, Trigger)>,
    pub(super) conditions: Vec<Condition>,
}

impl Rule {
    /// Whether it fires as the page at `url` loads.
    pub(super) fn verdict(&self, url: &Url) -> Verdict {
        let mut open = !self.on.iter().any(|(_, trigger)| *trigger == Trigger::Load);
        for condition in &self.conditions {
            match condition.holds(url) {
                Some(true) => {}
                Some(false) => return Verdict::No,
                None => open = true,
            }
        }
        if open { Verdict::Unknown } else { Verdict::Yes }
    }
}
