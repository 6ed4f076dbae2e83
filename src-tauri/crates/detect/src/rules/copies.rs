//! Copies of one thing on one page: which of them provably run together, in which order, and who put each there.

use pixelproof_model::{Event, Evidence, Install, Page, Position, State, Trigger, Via};

use super::{Draft, PageContext, words};
use crate::catalogue::{Catalogue, Purpose};

/// What rules about repeats need to know of an install or an event.
#[derive(Clone, Copy)]
pub(super) struct Copy<'a> {
    pub(super) via: Via,
    pub(super) state: State,
    pub(super) trigger: Trigger,
    pub(super) branch: Option<(u32, u32)>,
    pub(super) order: u32,
    pub(super) at: &'a Position,
    pub(super) code: &'a str,
    pub(super) installer: Option<&'a str>,
}

impl<'a> From<&'a Install> for Copy<'a> {
    fn from(i: &'a Install) -> Self {
        Copy {
            via: i.via,
            state: i.state,
            trigger: i.trigger,
            branch: i.branch,
            order: i.order,
            at: &i.at,
            code: &i.code,
            installer: i.installer.as_deref(),
        }
    }
}

impl<'a> From<&'a Event> for Copy<'a> {
    fn from(e: &'a Event) -> Self {
        Copy {
            via: e.via,
            state: e.state,
            trigger: e.trigger,
            branch: e.branch,
            order: e.order,
            at: &e.at,
            code: &e.code,
            installer: e.installer.as_deref(),
        }
    }
}

/// Runs in a browser with JavaScript, now or after consent.
pub(super) fn runs(state: State, via: Via) -> bool {
    state != State::Inert && via != Via::Noscript
}

/// Runs in a browser with JavaScript, whatever the visitor answers.
pub(super) fn is_active(install: &Install) -> bool {
    install.state == State::Active && runs(install.state, install.via)
}

/// Whether both provably run on one view of the page: both unconditionally, or both in the same handler or branch.
pub(super) fn run_together(a: &Copy<'_>, b: &Copy<'_>) -> bool {
    match (a.branch, b.branch) {
        (Some(x), Some(y)) if x.0 == y.0 && x.1 != y.1 => false,
        (Some(x), Some(y)) if x == y => a.trigger == b.trigger && a.trigger != Trigger::Unknown,
        _ => unconditional(a.trigger) && unconditional(b.trigger),
    }
}

fn unconditional(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Load | Trigger::Timer)
}

/// Whether `a` runs before `b`, where the page shows it.
pub(super) fn before(a: &Copy<'_>, b: &Copy<'_>) -> Option<bool> {
    match (a.order, b.order) {
        (0, _) | (_, 0) if a.at.source == b.at.source => Some(a.at < b.at),
        (0, _) | (_, 0) => None,
        (a, b) => Some(a < b),
    }
}

/// Sorts copies into sets whose members all run together, keeping document order. `alike` says what else must agree.
pub(super) fn sets<'a, T>(
    items: impl IntoIterator<Item = &'a T>,
    copy: impl Fn(&'a T) -> Copy<'a>,
    alike: impl Fn(&T, &T) -> bool,
) -> Vec<Vec<&'a T>> {
    let mut sets: Vec<Vec<&'a T>> = Vec::new();
    for item in items {
        let fits = |set: &&mut Vec<&'a T>| {
            set.iter().all(|other| alike(item, other) && run_together(&copy(item), &copy(other)))
        };
        match sets.iter_mut().find(fits) {
            Some(set) => set.push(item),
            None => sets.push(vec![item]),
        }
    }
    sets
}

/// Why there are several copies.
pub(super) struct Cause {
    /// Tells this cause from others; never names a page.
    pub(super) key: String,
    /// In words, a whole sentence.
    pub(super) text: String,
    /// Only one hand put all copies there, so that a developer finds them in one place.
    pub(super) one_place: bool,
}

/// The cause of several copies of one vendor's code, from where they stand and who put them there.
pub(super) fn cause(page: &Page, vendor: &str, copies: &[Copy<'_>]) -> Cause {
    let mut hands: Vec<String> = Vec::new();
    for copy in copies {
        let hand = hand(page, copy);
        if !hands.contains(&hand) {
            hands.push(hand);
        }
    }
    let gated = copies.iter().any(|c| c.state == State::Gated) && copies.iter().any(|c| c.state == State::Active);
    let (key, mut text) = match hands.as_slice() {
        [only] if only == PAGE => own_code(page, vendor, copies),
        [only] => (only.clone(), format!("{} brings it more than once.", capital(only))),
        several => (several.join("+"), format!("{} each bring it.", capital(&words::list(several)))),
    };
    if gated {
        text.push_str(" One copy waits for consent, so the repeat starts when the visitor agrees.");
    }
    Cause { key, text, one_place: hands.len() == 1 }
}

/// The page's own code, as a hand.
const PAGE: &str = "a hard-coded snippet";

/// Who put a copy there.
fn hand(page: &Page, copy: &Copy<'_>) -> String {
    match (copy.installer, copy.via) {
        (Some(installer), Via::Config) => format!("the settings of {installer}"),
        (Some(installer), _) => installer.to_owned(),
        (None, Via::Container) => "a tag-manager container".to_owned(),
        (None, Via::Config) => "a settings object".to_owned(),
        (None, Via::Image) => "an image in the markup".to_owned(),
        (None, _) if is_own(page, copy.at) => PAGE.to_owned(),
        (None, _) => format!("the script {}", copy.at.source),
    }
}

/// Whether a position is in the document itself, not in a script that it loads.
pub(super) fn is_own(page: &Page, at: &Position) -> bool {
    let source = at.source.as_str();
    source == page.url.as_str()
        || page.file.as_deref() == Some(source)
        || page.fetch.as_ref().is_some_and(|f| f.final_url.as_str() == source)
        || !source.contains("://")
}

/// Two copies in the page's own code: two whole snippets where the library is loaded between the first and the last,
/// else one snippet that says it twice.
fn own_code(page: &Page, vendor: &str, copies: &[Copy<'_>]) -> (String, String) {
    let first = copies.iter().map(|c| c.at).min();
    let last = copies.iter().map(|c| c.at).max();
    let (Some(first), Some(last)) = (first, last) else { return (String::new(), String::new()) };
    let between = |at: &Position| at.source == first.source && *at > *first && *at < *last;
    let two_snippets = page.libraries.iter().any(|l| l.vendor == vendor && l.state != State::Inert && between(&l.at));
    if copies.iter().all(|c| c.branch.is_some() && c.branch == copies[0].branch) {
        ("handler".to_owned(), "One handler or branch says it more than once.".to_owned())
    } else if two_snippets {
        ("two snippets".to_owned(), format!("{} whole snippets stand in the page's own code.", count(copies.len())))
    } else {
        ("own code".to_owned(), "The page's own code says it more than once.".to_owned())
    }
}

fn count(n: usize) -> String {
    match n {
        2 => "Two".to_owned(),
        3 => "Three".to_owned(),
        n => n.to_string(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Evidence of all copies, side by side.
pub(super) fn evidence(page: &Page, copies: &[Copy<'_>], what: &str) -> Vec<Evidence> {
    copies
        .iter()
        .enumerate()
        .take(super::MAX_EVIDENCE)
        .map(|(i, copy)| {
            let by = copy.installer.map(|name| format!(", by {name}")).unwrap_or_default();
            let gate = if copy.state == State::Gated { ", after consent" } else { "" };
            words::evidence(page, copy.at, copy.code, format!("{} {what}{by}{gate}", words::ordinal(i)))
        })
        .collect()
}

/// What is said of one call once only, although several vendors hear it: of two drafts about the same place with the same
/// words, the analytics vendor's stays, else the first.
pub(super) fn once_per_call(context: &PageContext<'_>, drafts: Vec<(&Event, String, Draft)>) -> Vec<Draft> {
    let rank = |event: &Event| {
        let analytics = context.catalogue.get(&event.vendor).is_some_and(|v| v.purpose == Purpose::Analytics);
        u8::from(!analytics)
    };
    let mut kept: Vec<(&Event, String, Draft)> = Vec::new();
    for new in drafts {
        let same = kept.iter_mut().find(|old| old.0.vendor != new.0.vendor && old.0.at == new.0.at && old.1 == new.1);
        match same {
            Some(old) if rank(new.0) < rank(old.0) => *old = new,
            Some(_) => {}
            None => kept.push(new),
        }
    }
    kept.into_iter().map(|(.., draft)| draft).collect()
}

/// Whether a tag-manager container runs on the page: it may bring what the source lacks.
pub(super) fn has_container(page: &Page, catalogue: &Catalogue) -> bool {
    page.installs.iter().any(|i| runs(i.state, i.via) && words::is_container(catalogue, &i.vendor))
}

/// The installs that initialise an account: calls and settings, not a mere load of the library, no image, no fallback.
pub(super) fn inits(page: &Page) -> impl Iterator<Item = &Install> {
    page.installs.iter().filter(|i| runs(i.state, i.via) && i.via != Via::Image && !i.library_only && !i.by_events)
}
