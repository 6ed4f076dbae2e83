//! Which pages should be tracked, and whether they are: one answer for rules, sums and views.

use pixelproof_model::{FoundBy, Install, Page, PageKind, State, Via};

use super::words;
use crate::catalogue::{Catalogue, Purpose};

/// Whether a pixel runs on a page, and if not, what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tracking {
    /// An advertising or analytics pixel runs.
    Active,
    /// Only a tag-manager container runs, and what it would fire was not read. One that was read and fires nothing here
    /// is nothing.
    OnlyContainer,
    /// Pixels are there, and all of them wait for the visitor's consent.
    OnlyGated,
    /// Only the fallback for visitors without JavaScript.
    OnlyNoscript,
    /// Pixels are there, and none of them ever runs.
    OnlyInert,
    /// Nothing.
    None,
}

impl Tracking {
    /// Nothing runs here and nothing would after consent: the page counts as untracked.
    pub fn is_untracked(self) -> bool {
        matches!(self, Tracking::OnlyNoscript | Tracking::OnlyInert | Tracking::None)
    }
}

/// Whether a page ought to carry a pixel: it was read, answered with 200, is no frame of another page, holds something
/// without running scripts, and is not merely hidden from search engines. A hidden page that is evidently a shop's
/// cart, checkout or the like is where conversions happen, so it counts.
pub fn should_be_tracked(page: &Page) -> bool {
    let fetched = page.fetch.as_ref().is_none_or(|fetch| {
        fetch.outcome.was_read() && fetch.status.is_none_or(|s| s == 200) && fetch.found_by != FoundBy::Frame
    });
    let only_hidden = page.noindex && !page.kinds.iter().any(|kind| is_step(*kind));
    fetched && !page.needs_browser && !only_hidden
}

fn is_step(kind: PageKind) -> bool {
    use PageKind::*;
    matches!(kind, Home | Product | Category | Cart | Checkout | Confirmation | SearchResults | Registration | Contact)
}

/// What runs on a page.
pub fn tracking(page: &Page, catalogue: &Catalogue) -> Tracking {
    let installs = page.installs.iter().filter(|i| !i.by_events);
    installs.map(|install| of_install(page, install, catalogue)).min().unwrap_or(Tracking::None)
}

fn of_install(page: &Page, install: &Install, catalogue: &Catalogue) -> Tracking {
    let container = catalogue.get(&install.vendor).is_some_and(|v| v.purpose == Purpose::TagManager);
    match (install.state, install.via) {
        (State::Inert, _) => Tracking::OnlyInert,
        // what a container that was read brings here stands among the installs
        _ if container && words::was_read(page, install) => Tracking::None,
        (_, Via::Noscript) => Tracking::OnlyNoscript,
        (State::Gated, _) => Tracking::OnlyGated,
        (State::Active, _) if container => Tracking::OnlyContainer,
        (State::Active, _) => Tracking::Active,
    }
}
