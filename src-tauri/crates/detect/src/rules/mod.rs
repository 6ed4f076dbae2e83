//! The rules: one rule, one file. A rule reads a page or the sums of a site and returns what is wrong; it never fetches,
//! never reads the clock, never formats for a medium.

use pixelproof_model::{Actor, Area, Cell, Evidence, JourneyRun, Page, PassEnd, Severity};

use url::Url;

use crate::{
    catalogue::Catalogue,
    page::{PageInput, read_page},
};

mod copies;
mod currency;
mod kept;
mod near;
mod pii;
mod seen;
mod seen_twice;
mod sums;
mod topics;
mod tracked;
mod typed;
mod words;

/// Declares each rule's module and lists its `RULE`: a file can't exist unregistered, and nothing is listed twice.
macro_rules! registry {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        static ALL: &[&Rule] = &[$(&$module::RULE),*];
    };
}

registry! {
    // Coverage
    untracked_page,
    missing_pixel,
    missing_event,
    stray_account,
    browser_needed,
    // Duplicates
    duplicate_init,
    duplicate_event,
    duplicate_library,
    duplicate_container,
    duplicate_pageview_route,
    reused_event_id,
    leaking_track,
    // Correctness
    event_before_init,
    init_without_event,
    event_without_init,
    unknown_event,
    missing_param,
    invalid_param,
    constant_value,
    invalid_account,
    inconsistent_accounts,
    missing_noscript,
    retired_tag,
    blocked_library,
    declared_never_fired,
    fired_not_declared,
    journey_failed,
    click_id_lost,
    // Privacy
    consent_default_late,
    ungated_pixel,
    no_consent_platform,
    fires_before_consent,
    fires_after_reject,
    reject_not_offered,
    reject_not_kept,
    consent_not_evaluable,
    ignores_gpc,
    personal_data_in_url,
    personal_data_in_event,
    hashed_personal_data,
    sensitive_page,
    session_replay,
    fingerprinting,
    long_lived_cookie,
    unknown_tracker,
}

pub use declared_never_fired::LIBRARY_NOT_ASKED;
pub use seen::{Need, Seen};
pub use sums::{SiteSums, cells};
pub use tracked::{Tracking, should_be_tracked, tracking};

/// One rule.
pub struct Rule {
    /// Kebab-case, says what was found.
    pub id: &'static str,
    /// Severity unless a finding says otherwise.
    pub severity: Severity,
    /// Area of the score.
    pub area: Area,
    /// Who usually acts.
    pub actor: Actor,
    /// What was found, one sentence.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Needs what only a browser sees.
    pub needs_browser: bool,
    /// The check.
    pub check: Check,
    /// Pages (HTML) that fire and that don't: the rule's test.
    pub examples: &'static [Example],
}

/// How a rule looks.
pub enum Check {
    /// At one page.
    Page(fn(&PageContext<'_>) -> Vec<Draft>),
    /// At the sums of the site.
    Site(fn(&SiteContext<'_>) -> Vec<Draft>),
    /// At what a browser saw of one page, where it looked.
    Browser(Need, fn(&Seen<'_>) -> Vec<Draft>),
    /// At the journeys that were made.
    Journey(fn(&Travelled<'_>) -> Vec<Draft>),
    /// Not yet: it needs what nothing captures so far, for this reason.
    Later(&'static str),
}

/// An example of a rule.
pub struct Example {
    /// What it shows.
    pub name: &'static str,
    /// The site: path and HTML of each page. A page rule has one page.
    pub pages: &'static [(&'static str, &'static str)],
    /// Messages expected, exactly; empty: must not fire.
    pub expect: &'static [&'static str],
}

/// What a page rule sees.
pub struct PageContext<'a> {
    /// The page.
    pub page: &'a Page,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// What a browser saw of it, where one looked.
    seen: Option<Seen<'a>>,
}

impl<'a> PageContext<'a> {
    /// Of a page that is read, and looked at where a browser looks.
    pub fn of(page: &'a Page, catalogue: &'a Catalogue) -> PageContext<'a> {
        PageContext { page, catalogue, seen: Seen::of(page, catalogue) }
    }
}

/// What a site rule sees: sums by page template, never the pages themselves, so that memory doesn't grow with the site.
pub struct SiteContext<'a> {
    /// Templates of read pages that should be tracked.
    pub templates: &'a [TemplateSums],
    /// The catalogue.
    pub catalogue: &'a Catalogue,
}

/// What a journey rule sees.
pub struct Travelled<'a> {
    /// Journeys, each in each of its passes.
    pub runs: &'a [JourneyRun],
    /// The catalogue.
    pub catalogue: &'a Catalogue,
}

/// Sums over the read pages of one template.
#[derive(Debug, Clone, Default)]
pub struct TemplateSums {
    /// Template, `/product/*`.
    pub template: String,
    /// Read pages that should be tracked ([`should_be_tracked`]).
    pub pages: u64,
    /// Of these, pages on which no pixel runs at all ([`tracking`] is not [`Tracking::Active`]).
    pub untracked: u64,
    /// An address of the template.
    pub example: String,
    /// Per pixel account.
    pub pixels: Vec<PixelSums>,
}

/// Sums of one pixel account within a template.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PixelSums {
    /// Catalogue id.
    pub vendor: String,
    /// Account.
    pub account: Option<String>,
    /// Pages on which it is active (script or config).
    pub active: u64,
    /// Pages on which it only waits for consent.
    pub gated: u64,
    /// Pages with only a noscript or image form.
    pub image_only: u64,
    /// Of the gated ones, pages on which some other pixel is active.
    pub gated_beside: u64,
    /// Of the image-only ones, pages on which some pixel is active.
    pub image_beside: u64,
    /// A page that carries it, for evidence.
    pub example: Option<Evidence>,
}

/// A finding before it is grouped.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// Severity, where it differs from the rule's.
    pub severity: Option<Severity>,
    /// Vendor concerned.
    pub vendor: Option<String>,
    /// Account concerned.
    pub account: Option<String>,
    /// What makes two drafts the same finding, besides rule, vendor and account: the cause, never the page.
    pub key: String,
    /// One sentence in plain words.
    pub message: String,
    /// The cause, where proven.
    pub cause: Option<String>,
    /// Why it matters here, where the rule's text is not enough.
    pub why: Option<String>,
    /// What to do here, where the rule's text is not enough.
    pub fix: Option<String>,
    /// Corrected code.
    pub snippet: Option<String>,
    /// Who must act, where it differs from the rule's.
    pub actor: Option<Actor>,
    /// Evidence. A page rule's draft has at least one piece.
    pub evidence: Vec<Evidence>,
    /// Pages concerned: a page rule leaves this `ThisPage`.
    pub pages: PageSelector,
}

/// Which pages a draft is about; resolved by the store.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum PageSelector {
    /// The page that was looked at.
    #[default]
    ThisPage,
    /// Pages of a template that should be tracked and carry some active pixel, but show this cell for this one
    /// (`Gated`, `ImageOnly`, or `Missing`, which stands for `Inert` too). Pages without any active pixel are [`untracked-page`]'s alone, so that
    /// nobody is told twice.
    ///
    /// [`untracked-page`]: all
    Lacking {
        /// Template.
        template: String,
        /// Catalogue id.
        vendor: String,
        /// Account.
        account: Option<String>,
        /// How the pixel is lacking.
        cell: Cell,
    },
    /// Pages with an install.
    Carrying {
        /// Catalogue id.
        vendor: String,
        /// Account.
        account: Option<String>,
        /// Only of these templates; empty for all.
        templates: Vec<String>,
    },
}

/// Every rule, in the order of the documentation: coverage, duplicates, correctness, privacy.
pub fn all() -> &'static [&'static Rule] {
    ALL
}

/// The rule with this id.
pub fn get(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id).copied()
}

/// The rule on trackers that only a filter list knows. Its first piece of evidence has a request to the host as excerpt.
pub const UNKNOWN_TRACKER: &str = unknown_tracker::RULE.id;

/// What the rules say of one page. Drafts of one rule with one cause are one draft with all their evidence.
pub fn check_page(context: &PageContext<'_>) -> Vec<(&'static Rule, Draft)> {
    let mut found: Vec<(&'static Rule, Draft)> = Vec::new();
    for rule in ALL {
        if let Check::Page(check) = rule.check {
            for draft in check(context).into_iter().filter(|d| is_worth_saying(context, rule, d)) {
                add(&mut found, rule, draft);
            }
        }
    }
    if let Some(seen) = &context.seen {
        check_seen(context, seen, &mut found);
    }
    found
}

/// What the rules say of what a browser saw.
fn check_seen(context: &PageContext<'_>, seen: &Seen<'_>, found: &mut Vec<(&'static Rule, Draft)>) {
    for rule in ALL {
        if let Check::Browser(_, check) = rule.check {
            // Data that leaves does so for a retired product too.
            let worth = |draft: &Draft| rule.area == Area::Privacy || is_worth_saying(context, rule, draft);
            check(seen).into_iter().filter(worth).for_each(|draft| add(found, rule, draft));
        }
    }
}

/// What the rules say of the sums of a site.
pub fn check_site(context: &SiteContext<'_>) -> Vec<(&'static Rule, Draft)> {
    let mut found: Vec<(&'static Rule, Draft)> = Vec::new();
    for rule in ALL {
        if let Check::Site(check) = rule.check {
            found.extend(check(context).into_iter().map(|draft| (*rule, draft)));
        }
    }
    found
}

/// What the rules say of the journeys that were made.
pub fn check_journeys(travelled: &Travelled<'_>) -> Vec<(&'static Rule, Draft)> {
    let mut found: Vec<(&'static Rule, Draft)> = Vec::new();
    for rule in ALL {
        if let Check::Journey(check) = rule.check {
            check(travelled).into_iter().for_each(|draft| add(&mut found, rule, draft));
        }
    }
    for run in travelled.runs {
        for page in pages_of(run) {
            let Some(seen) = Seen::of(&page, travelled.catalogue) else { continue };
            for rule in [&personal_data_in_url::RULE, &personal_data_in_event::RULE, &hashed_personal_data::RULE] {
                let Check::Browser(_, check) = rule.check else { continue };
                for mut draft in check(&seen) {
                    // A finding of its own, beside that of the pages.
                    draft.key = format!("journey {} {}", run.journey, draft.key);
                    draft.message = format!("On the journey \u{201c}{}\u{201d}: {}", run.journey, draft.message);
                    add(&mut found, rule, draft);
                }
            }
        }
    }
    found
}

/// The pages of a journey, as far as their requests tell: one for each address, with what left it.
fn pages_of(run: &JourneyRun) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    for step in &run.steps {
        let Ok(url) = Url::parse(&step.address) else { continue };
        let page = match pages.iter_mut().find(|page| page.url == url) {
            Some(page) => page,
            None => {
                let nothing = PageInput { source: url.as_str(), url: &url, html: "" };
                let mut page = read_page(Catalogue::builtin(), &nothing).finish(Catalogue::builtin(), &|_: &Url| None);
                page.passes.push(PassEnd {
                    pass: run.pass,
                    looked: true,
                    consent: run.consent.clone(),
                    problems: Vec::new(),
                    address: step.address.clone(),
                    load_ms: None,
                    listed: false,
                });
                pages.push(page);
                let Some(page) = pages.last_mut() else { continue };
                page
            }
        };
        page.beacons.extend(run.beacons.iter().filter(|beacon| beacon.step == Some(step.number)).cloned());
        page.typed.extend(run.typed.iter().filter(|leak| leak.step == Some(step.number)).cloned());
    }
    pages
}

/// Of a product that is retired as a whole, only that is worth saying: whatever else is wrong with it changes nothing.
fn is_worth_saying(context: &PageContext<'_>, rule: &Rule, draft: &Draft) -> bool {
    let vendor = draft.vendor.as_deref().and_then(|id| context.catalogue.get(id));
    rule.id == retired_tag::RULE.id || vendor.is_none_or(|v| v.retired.is_none())
}

/// Most pieces of evidence that one draft keeps.
const MAX_EVIDENCE: usize = 8;

fn add(found: &mut Vec<(&'static Rule, Draft)>, rule: &'static Rule, draft: Draft) {
    let same = found
        .iter_mut()
        .find(|(r, d)| r.id == rule.id && d.vendor == draft.vendor && d.account == draft.account && d.key == draft.key);
    let Some((_, first)) = same else {
        found.push((rule, draft));
        return;
    };
    for piece in draft.evidence {
        if first.evidence.len() < MAX_EVIDENCE && !first.evidence.contains(&piece) {
            first.evidence.push(piece);
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod trial;
