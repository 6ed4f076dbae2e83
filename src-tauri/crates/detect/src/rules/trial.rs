//! Pages as a browser saw them, built for the tests of browser rules.

use pixelproof_model::{
    Beacon, Consent, Event, ExerciseAct, ExerciseKind, Fired, JourneyRun, Page, Pass, PassConsent, PassEnd, PassPhase,
    Position, SetCookie, StorageArea, Stored, TypedLeak, Verdict,
};
use url::Url;

use super::{PageContext, check_page};
use crate::{beacon::decode, catalogue::Catalogue, page::PageInput, page::read_page};

pub(super) const META: &str =
    "https://www.facebook.com/tr/?id=480011223344556&ev=PageView&dl=https%3A%2F%2Fshop.example%2F&if=false&v=2.9.300";
pub(super) const GA4: &str = "https://www.google-analytics.com/g/collect?v=2&tid=G-AB12CD34EF&cid=1.2&dl=https%3A%2F%2Fshop.example%2F&en=page_view";
pub(super) const GA4_DENIED: &str = "https://www.google-analytics.com/g/collect?v=2&tid=G-AB12CD34EF&gcs=G100&dl=https%3A%2F%2Fshop.example%2F&en=page_view";

/// A journey that saw nothing.
pub(super) fn journey(name: &str, pass: Pass) -> JourneyRun {
    JourneyRun {
        journey: name.to_owned(),
        file: format!("{name}.toml"),
        pass,
        completed: true,
        problems: Vec::new(),
        consent: None,
        steps: Vec::new(),
        events: Vec::new(),
        click_id: None,
        beacons: Vec::new(),
        typed: Vec::new(),
        cookies: Vec::new(),
    }
}

/// A page to be checked.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    page: Page,
}

impl Trial {
    /// An empty page that nobody has looked at.
    pub(super) fn new() -> Trial {
        Trial::at("https://shop.example/", "<!doctype html><title>Home</title>")
    }

    /// A page by address and source.
    pub(super) fn at(address: &str, html: &str) -> Trial {
        let url = Url::parse(address).unwrap();
        let catalogue = Catalogue::builtin();
        let page = read_page(catalogue, &PageInput { source: url.as_str(), url: &url, html });
        Trial { page: page.finish(catalogue, &|_: &Url| None) }
    }

    /// A consent platform in the source.
    pub(super) fn platform(mut self, name: &str) -> Trial {
        self.page.consent = Consent { platforms: vec![name.to_owned()], ..Consent::default() };
        self
    }

    /// A pass that was watched.
    pub(super) fn looked(self, pass: Pass) -> Trial {
        self.pass(pass, true, None)
    }

    /// A pass that met a banner which offers to refuse, with what became of the answer.
    pub(super) fn answered(self, pass: Pass, verdict: Verdict) -> Trial {
        self.banner(pass, verdict, true)
    }

    /// The same, with what the first layer offers.
    pub(super) fn banner(self, pass: Pass, verdict: Verdict, reject_offered: bool) -> Trial {
        let why = "answered by the rules for it".to_owned();
        let platform = Some("Complianz".to_owned());
        self.pass(pass, true, Some(PassConsent { platform, reject_offered, verdict, why, at_ms: Some(500) }))
    }

    fn pass(mut self, pass: Pass, looked: bool, consent: Option<PassConsent>) -> Trial {
        let address = self.page.url.to_string();
        self.page.passes.push(PassEnd {
            pass,
            looked,
            consent,
            problems: Vec::new(),
            address,
            load_ms: Some(90),
            listed: false,
        });
        self
    }

    /// A request that was seen.
    pub(super) fn sent(self, pass: Pass, phase: PassPhase, url: &str) -> Trial {
        self.posted(pass, phase, url, None)
    }

    /// An act of exercise.
    pub(super) fn act(mut self, pass: Pass, number: u32, kind: ExerciseKind) -> Trial {
        let (on, address) = ("a \u{201c}Next\u{201d}".to_owned(), self.page.url.to_string());
        self.page.exercise.push(ExerciseAct {
            pass,
            number,
            kind,
            on,
            at_ms: i64::from(number) * 1000,
            address,
            held: Vec::new(),
        });
        self
    }

    /// A request that an act set off in the pass without an answer.
    pub(super) fn in_act(self, number: u32, url: &str) -> Trial {
        let mut trial = self.sent(Pass::None, PassPhase::Before, url);
        if let Some(beacon) = trial.page.beacons.last_mut() {
            beacon.step = Some(number);
        }
        trial
    }

    /// A value that was typed and left.
    pub(super) fn typed(mut self, leak: TypedLeak) -> Trial {
        self.page.typed.push(leak);
        self
    }

    /// The same, with a body.
    pub(super) fn posted(mut self, pass: Pass, phase: PassPhase, url: &str, body: Option<&str>) -> Trial {
        let id = u32::try_from(self.page.beacons.len() + 1).unwrap();
        let method = if body.is_some() { "POST" } else { "GET" };
        let mut beacon = Beacon {
            id,
            pass,
            phase,
            step: None,
            at_ms: i64::from(id) * 10,
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Default::default(),
            body: body.map(str::to_owned),
            body_base64: None,
            status: Some(204),
            held: true,
            vendor: None,
            kind: pixelproof_model::RequestKind::Other,
            initiator: Some(Position { source: "https://cdn.example/lib.js".to_owned(), line: 1, column: 1 }),
            chain: Vec::new(),
            listed: None,
            consent: None,
            leaving: false,
            error: None,
        };
        let decoded = decode(Catalogue::builtin(), &beacon.request());
        beacon.consent = decoded.events.iter().find_map(|event| event.consent.clone());
        beacon.vendor = decoded.vendor;
        beacon.kind = decoded.kind;
        self.page.beacons.push(beacon);
        self
    }

    /// Changes the last request.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Beacon)) -> Trial {
        change(self.page.beacons.last_mut().unwrap());
        self
    }

    /// The page itself.
    pub(super) fn seen(&self) -> Page {
        self.page.clone()
    }

    /// Changes the page.
    pub(super) fn page(mut self, change: impl FnOnce(&mut Page)) -> Trial {
        change(&mut self.page);
        self
    }

    /// Changes an event of the page.
    pub(super) fn event(self, at: usize, change: impl FnOnce(&mut Event)) -> Trial {
        self.page(|page| change(&mut page.events[at]))
    }

    /// Says of a declared event in which requests it was seen.
    pub(super) fn fired(self, at: usize, beacons: &[u32]) -> Trial {
        self.event(at, |event| {
            event.fired = Fired::Seen;
            event.beacons = beacons.to_vec();
        })
    }

    /// A cookie at the end of a pass, of the vendor that is known to set it.
    pub(super) fn cookie(mut self, pass: Pass, name: &str, days: f64) -> Trial {
        self.page.cookies.push(SetCookie {
            pass,
            name: name.to_owned(),
            domain: ".shop.example".to_owned(),
            days: (days > 0.0).then_some(days),
            first_party: true,
            http_only: false,
            vendor: Catalogue::builtin().vendor_of_cookie(name, ".shop.example").map(str::to_owned),
            phase: None,
            at_ms: None,
            by: None,
        });
        self
    }

    /// Something that a vendor's script stored.
    pub(super) fn stored(self, pass: Pass, phase: PassPhase, area: StorageArea, vendor: &str) -> Trial {
        self.page(|page| {
            page.storage.push(Stored {
                pass,
                phase,
                at_ms: 10,
                area,
                origin: "https://shop.example".to_owned(),
                first_party: true,
                key: "visitor".to_owned(),
                length: Some(8),
                by: None,
                vendor: Some(vendor.to_owned()),
            });
        })
    }

    /// Holds the messages of a rule against those expected.
    #[track_caller]
    pub(super) fn check(&self, rule: &str, expect: &[&str]) {
        let found = check_page(&PageContext::of(&self.page, Catalogue::builtin()));
        let of_rule: Vec<_> = found.into_iter().filter(|(r, _)| r.id == rule).map(|(_, draft)| draft).collect();
        let messages: Vec<&str> = of_rule.iter().map(|draft| draft.message.as_str()).collect();
        assert_eq!(messages, expect, "{rule}: {:#?}", self.page.beacons);
        assert!(of_rule.iter().all(|draft| !draft.evidence.is_empty()), "{rule}: no evidence");
    }
}
