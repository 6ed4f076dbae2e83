//! What a browser saw of a page, decoded once for all rules that ask for it, and told apart by pixel, pass and phase.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_model::{
    Beacon, DecodedEvent, Evidence, ExerciseKind, MAX_EXCERPT, Page, Pass, PassConsent, PassEnd, PassPhase,
    RequestKind, Verdict,
};
use url::Url;

use super::words;
use crate::{
    beacon::decode,
    catalogue::{Catalogue, Purpose},
};

/// Events named in one piece of evidence.
const MAX_NAMES: usize = 6;

/// What must have been seen of at least one page for a browser rule to count as checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Any pass.
    Any,
    /// The page with nothing answered yet.
    Unanswered,
    /// A pass that answers the banner.
    Answer,
    /// The pass that refuses.
    Refusal,
    /// A refusal that was read back as taken.
    RefusalTaken,
    /// The pass with Global Privacy Control.
    OptOut,
    /// Changes of route, made by way of exercise.
    Routes,
    /// A filter list that requests were held against.
    List,
}

impl Need {
    /// Every need.
    pub const ALL: [Need; 8] = [
        Need::Any,
        Need::Unanswered,
        Need::Answer,
        Need::Refusal,
        Need::RefusalTaken,
        Need::OptOut,
        Need::Routes,
        Need::List,
    ];

    /// Why a rule with this need is not checked where no page meets it.
    pub fn unmet(self) -> &'static str {
        match self {
            Need::Any => "No page could be looked at in a browser.",
            Need::Unanswered => "No page could be looked at in a browser before an answer to its banner.",
            Need::Answer => "No pass that answers the banner was run, or none could be looked at.",
            Need::Refusal => "No pass that refuses was run, or none could be looked at.",
            Need::RefusalTaken => "On no page was a refusal seen to be taken, so nothing can be held against one.",
            Need::Routes => "No change of route was made: pages are exercised only where that is asked for.",
            Need::List => "No filter list was given, or no page could be looked at in a browser.",
            Need::OptOut => "No pass with Global Privacy Control was run, or none could be looked at.",
        }
    }

    /// Whether a page meets it.
    pub fn is_met(self, page: &Page) -> bool {
        let looked = |pass: Pass| looked(page, pass).is_some();
        match self {
            Need::Any => page.passes.iter().any(|end| end.looked),
            Need::Unanswered => [Pass::None, Pass::Reject, Pass::Accept].into_iter().any(looked) && !is_walled(page),
            Need::Answer => looked(Pass::Reject) || looked(Pass::Accept),
            Need::Refusal => looked(Pass::Reject),
            Need::RefusalTaken => consent(page, Pass::Reject).is_some_and(|c| c.verdict == Verdict::Taken),
            Need::OptOut => looked(Pass::Gpc),
            Need::List => page.passes.iter().any(|end| end.looked && end.listed),
            Need::Routes => page.exercise.iter().any(|act| act.kind == ExerciseKind::Route),
        }
    }
}

/// What a browser rule sees: a page that was looked at.
pub struct Seen<'a> {
    /// The page.
    pub page: &'a Page,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// Requests to vendors, decoded.
    pub(super) sent: Vec<Sent<'a>>,
}

/// A request to a vendor.
pub(super) struct Sent<'a> {
    pub(super) beacon: &'a Beacon,
    pub(super) vendor: &'a str,
    pub(super) events: Vec<DecodedEvent>,
}

/// Requests for one account of a vendor; of a vendor whose requests name no account, all of them.
pub(super) struct Pixel<'s, 'a> {
    pub(super) vendor: &'a str,
    pub(super) account: Option<String>,
    pub(super) sent: Vec<&'s Sent<'a>>,
}

impl<'a> Seen<'a> {
    /// What was seen of a page; `None` where no browser looked at it.
    pub fn of(page: &'a Page, catalogue: &'a Catalogue) -> Option<Seen<'a>> {
        if !Need::Any.is_met(page) {
            return None;
        }
        let sent = page.beacons.iter().filter_map(|beacon| {
            let vendor = beacon.vendor.as_deref()?;
            // What only repeats another request carries no event of its own.
            let events = match beacon.kind {
                RequestKind::Event => decode(catalogue, &beacon.request()).events,
                _ => Vec::new(),
            };
            Some(Sent { beacon, vendor, events })
        });
        Some(Seen { page, catalogue, sent: sent.collect() })
    }

    /// Whether a vendor's requests need the visitor's agreement: all but those of what only brings others.
    pub(super) fn tracks(&self, vendor: &str) -> bool {
        self.catalogue.get(vendor).is_some_and(|v| v.purpose != Purpose::TagManager)
    }

    /// Requests of trackers that fit, by pixel.
    pub(super) fn pixels<'s>(&'s self, fits: impl Fn(&Sent<'a>) -> bool) -> Vec<Pixel<'s, 'a>> {
        let mut by: BTreeMap<(&'a str, Option<String>), Vec<&'s Sent<'a>>> = BTreeMap::new();
        for sent in self.sent.iter().filter(|sent| self.tracks(sent.vendor) && fits(sent)) {
            let accounts: BTreeSet<&String> = sent.events.iter().filter_map(|event| event.account.as_ref()).collect();
            if accounts.is_empty() {
                by.entry((sent.vendor, None)).or_default().push(sent);
            }
            for account in accounts {
                by.entry((sent.vendor, Some(account.clone()))).or_default().push(sent);
            }
        }
        let named: BTreeSet<&str> = by.keys().filter(|(_, account)| account.is_some()).map(|(v, _)| *v).collect();
        // What names no account (telemetry, the matching of ids) goes with the accounts that the vendor has on the page.
        let pixels = by.into_iter().filter(|((vendor, account), _)| account.is_some() || !named.contains(vendor));
        pixels.map(|((vendor, account), sent)| Pixel { vendor, account, sent }).collect()
    }

    /// Evidence that a request gives.
    pub(super) fn evidence(&self, sent: &Sent<'_>, note: &str) -> Evidence {
        let names: BTreeSet<&str> = sent.events.iter().map(|event| event.name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).take(MAX_NAMES).collect();
        let what = if names.is_empty() { "a request without an event".to_owned() } else { words::list(&names) };
        Evidence {
            page: self.page.url.to_string(),
            at: sent.beacon.initiator.clone(),
            excerpt: Some(sent.beacon.url.chars().take(MAX_EXCERPT).collect()),
            note: format!("{what}, {note}"),
        }
    }

    /// Name of a pixel for people.
    pub(super) fn name(&self, vendor: &str, account: Option<&str>) -> String {
        words::pixel_name(self.catalogue, vendor, account)
    }
}

impl Sent<'_> {
    /// Sent before anybody answered a banner.
    pub(super) fn is_unanswered(&self) -> bool {
        self.beacon.pass != Pass::Gpc && self.beacon.phase == PassPhase::Before
    }

    /// Says itself that the visitor has refused storage: the vendor is told, but sets and reads no cookie for it.
    pub(super) fn says_denied(&self) -> bool {
        // Google's `gcs` is `G1`, then advertising, then analytics; Microsoft's `asc` one letter.
        let denied = |says: &str| matches!(says, "G100" | "G1--" | "G1-0" | "G10-" | "D");
        self.beacon.consent.as_deref().is_some_and(denied)
    }

    /// Carries a flag by which the vendor is asked not to use it for advertising.
    pub(super) fn says_opted_out(&self) -> bool {
        if self.says_denied() || self.beacon.consent.as_deref().is_some_and(|says| says.contains("LDU")) {
            return true;
        }
        let Ok(url) = Url::parse(&self.beacon.url) else { return false };
        url.query_pairs().any(|(name, value)| match name.as_ref() {
            "npa" | "rdp" | "gpc" | "ldu" | "restricted_data_use" => matches!(value.as_ref(), "1" | "true"),
            "dpo" => value.contains("LDU"),
            // Version, notice given, opted out, agreement signed.
            "us_privacy" => value.chars().nth(2).is_some_and(|flag| flag.eq_ignore_ascii_case(&'y')),
            _ => false,
        })
    }

    /// Host that got it.
    pub(super) fn host(&self) -> String {
        Url::parse(&self.beacon.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// How a pass went, if it could be watched.
pub(super) fn looked(page: &Page, pass: Pass) -> Option<&PassEnd> {
    page.passes.iter().find(|end| end.pass == pass && end.looked)
}

/// How a pass that was watched answered the banner.
pub(super) fn consent(page: &Page, pass: Pass) -> Option<&PassConsent> {
    looked(page, pass)?.consent.as_ref()
}

/// The passes that answer, each with its answer.
pub(super) fn answers(page: &Page) -> impl Iterator<Item = (Pass, &PassConsent)> {
    [Pass::Reject, Pass::Accept].into_iter().filter_map(|pass| Some((pass, consent(page, pass)?)))
}

/// A check for robots stood where the page should be.
pub(super) fn is_walled(page: &Page) -> bool {
    answers(page).any(|(_, consent)| consent.verdict == Verdict::BotWall)
}

/// A banner was shown.
pub(super) fn was_shown(consent: &PassConsent) -> bool {
    !matches!(consent.verdict, Verdict::NoBanner | Verdict::BotWall)
}

/// A banner by its name, for a sentence.
pub(super) fn banner_name(consent: &PassConsent) -> String {
    match consent.platform.as_deref().filter(|name| !name.is_empty()) {
        Some(platform) => format!("The banner ({platform})"),
        None => "The banner".to_owned(),
    }
}
