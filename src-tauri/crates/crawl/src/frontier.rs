//! What is known, what is next and what was left out: the order, the depth and the page limit of a crawl. A pure state
//! machine: it fetches nothing, waits for nothing and holds no page, only addresses still to be asked for.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use pixelproof_model::{FoundBy, Trap};
use url::Url;

use crate::{
    address::{fingerprint, identity, page_key, session_in},
    dates::Month,
    packed::Queue,
    scope::{Scope, Verdict},
    series::{self, Namer, Series, Turn},
    settled::Settled,
};

/// Addresses remembered beyond the page limit, so that `found` counts each once. Later ones are not counted any more.
const MAX_KNOWN: usize = 4_000_000;

/// Addresses put off at once; more count as beyond the page limit.
const MAX_LATER: usize = 200_000;
/// Series that get a sentence of their own.
const MAX_NOTICES: usize = 20;
/// Names of session ids remembered.
const MAX_SESSION_NAMES: usize = 10;

/// A page to fetch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Place in the order of discovery, from 0.
    pub order: u64,
    /// Its identity.
    pub url: Url,
    /// Clicks from the start.
    pub depth: u32,
    /// Page that named it.
    pub referrer: Option<Arc<Url>>,
    /// How it was found.
    pub found_by: FoundBy,
    /// The series without end that it is a sample of.
    pub trap: Option<Trap>,
}

/// The page that names an address.
#[derive(Debug, Clone)]
pub(crate) struct From {
    /// Its address.
    pub(crate) url: Arc<Url>,
    /// It says the same as an earlier page.
    pub(crate) same: bool,
    /// Its shape.
    shape: String,
}

impl From {
    /// A page, and whether it says the same as an earlier one.
    pub(crate) fn new(url: Url, same: bool) -> From {
        From { shape: series::shape(&url), url: Arc::new(url), same }
    }
}

/// What became of an offered address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// It will be fetched.
    Queued,
    /// It will be fetched when everything else is.
    Later,
    /// Known already.
    Known,
    /// Another site, or kept out by a glob.
    NotWanted,
    /// Too many clicks away.
    TooDeep,
    /// Enough was seen of the series that it belongs to.
    LeftOut,
    /// The page limit was reached before it.
    OverLimit,
}

/// Whether a redirecting page may go on to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The target is now part of the redirecting page: fetch it there and nowhere else.
    Granted,
    /// The target has a row of its own, or is part of another page.
    Taken,
    /// The target leads back to the redirecting page.
    Loop,
}

/// The crawl's memory.
#[derive(Debug)]
pub(crate) struct Frontier {
    scope: Scope,
    max_pages: u64,
    max_depth: u32,
    known: HashSet<u128>,
    /// Links whose address is known, as they are written.
    settled: Settled,
    queue: Queue,
    /// Redirects seen, source to target, for loops that go through several rows.
    redirects: HashMap<u128, u128>,
    queued: u64,
    /// Known, but beyond the page limit.
    left_out: HashSet<u128>,
    /// For when everything else is done.
    later: Queue,
    series: Series,
    /// Known, but of a series that was sampled enough.
    of_series: HashSet<u128>,
    too_deep: HashSet<u128>,
    /// Names of what held session ids.
    sessions: BTreeSet<String>,
    /// Meta refreshes seen, source to target.
    refreshes: HashMap<u128, u128>,
}

impl Frontier {
    /// An empty frontier of a crawl in this month.
    pub(crate) fn new(scope: Scope, max_pages: u64, max_depth: u32, today: Month) -> Frontier {
        Frontier {
            scope,
            max_pages,
            max_depth,
            known: HashSet::new(),
            settled: Settled::default(),
            queue: Queue::default(),
            redirects: HashMap::new(),
            queued: 0,
            left_out: HashSet::new(),
            later: Queue::default(),
            series: Series::new(max_pages, today),
            of_series: HashSet::new(),
            too_deep: HashSet::new(),
            sessions: BTreeSet::new(),
            refreshes: HashMap::new(),
        }
    }

    /// Offers an address. Starts and list entries are wanted whatever the globs say: the user named them. Only what a page
    /// names can belong to a series.
    pub(crate) fn offer(&mut self, url: &Url, found_by: FoundBy, depth: u32, from: Option<&From>) -> Offer {
        // What is known, beyond the limit or of a series that was sampled never becomes new.
        if self.settled.holds(url.as_str()) {
            return Offer::Known;
        }
        let named = matches!(found_by, FoundBy::Start | FoundBy::List);
        if !named && self.scope.judge(url) != Verdict::Inside {
            return Offer::NotWanted;
        }
        if from.is_some() && self.sessions.len() < MAX_SESSION_NAMES {
            self.sessions.extend(session_in(url));
        }
        let written = url;
        let url = identity(written);
        let key = page_key(&url);
        if self.known.contains(&key) || self.left_out.contains(&key) || self.of_series.contains(&key) {
            self.settled.note(written.as_str());
            return Offer::Known;
        }
        if depth > self.max_depth {
            remember(&mut self.too_deep, key);
            return Offer::TooDeep;
        }
        if self.queued >= self.max_pages {
            remember(&mut self.left_out, key);
            return Offer::OverLimit;
        }
        let namer = from.map(|from| Namer { shape: &from.shape, same: from.same });
        let turn = namer.map_or(Turn::Now, |namer| self.series.turn(&url, namer));
        if turn == Turn::Never {
            remember(&mut self.of_series, key);
            return Offer::LeftOut;
        }
        if matches!(turn, Turn::Later(_)) && self.later.len() >= MAX_LATER {
            remember(&mut self.left_out, key);
            return Offer::OverLimit;
        }
        self.known.insert(key);
        let referrer = from.map(|from| Arc::clone(&from.url));
        let mut entry = Entry { order: 0, url, depth, referrer, found_by, trap: None };
        match turn {
            Turn::Later(trap) => {
                entry.trap = trap;
                self.later.push(entry);
                Offer::Later
            }
            _ => {
                self.queue(entry);
                Offer::Queued
            }
        }
    }

    fn queue(&mut self, entry: Entry) {
        self.queue.push(Entry { order: self.queued, ..entry });
        self.queued += 1;
    }

    /// Queues what was put off, once everything else is done: true when there is more to fetch. Shapes take turns, so that
    /// the many of one don't use up the page limit before the few of another.
    pub(crate) fn release(&mut self) -> bool {
        let mut turns: HashMap<String, usize> = HashMap::new();
        let mut later: Vec<(usize, Entry)> = Vec::with_capacity(self.later.len());
        while let Some(entry) = self.later.pop() {
            let turn = turns.entry(series::shape(&entry.url)).or_default();
            *turn += 1;
            later.push((*turn, entry));
        }
        later.sort_by_key(|(turn, _)| *turn);
        for (_, entry) in later {
            if self.queued < self.max_pages {
                self.queue(entry);
            } else {
                let key = page_key(&entry.url);
                self.known.remove(&key);
                remember(&mut self.left_out, key);
            }
        }
        !self.queue.is_empty()
    }

    /// Takes note that a page leads on by itself to another; true when that leads back to it.
    pub(crate) fn refreshes(&mut self, from: &Url, to: &Url) -> bool {
        let [from, to] = [from, to].map(|url| page_key(&identity(url)));
        self.refreshes.insert(from, to);
        let mut at = to;
        let mut steps = HashSet::new();
        while at != from {
            match self.refreshes.get(&at).copied().filter(|_| steps.insert(at)) {
                Some(next) => at = next,
                None => return false,
            }
        }
        true
    }

    /// What the user should know of the addresses: sentences in a fixed order.
    pub(crate) fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        let cuts: Vec<_> = self.series.cuts().collect();
        for (trap, shape, cut) in cuts.iter().take(MAX_NOTICES) {
            let (sampled, left) = (cut.sampled, cut.left);
            notices.push(format!(
                "A series without end, {}: {shape}. {sampled} sampled after the rest of the site, {left} further addresses left out, such as {}.",
                series::words(*trap),
                cut.example
            ));
        }
        if cuts.len() > MAX_NOTICES {
            notices.push(format!("{} further series without end were sampled only.", cuts.len() - MAX_NOTICES));
        }
        if !self.sessions.is_empty() {
            let names: Vec<&str> = self.sessions.iter().map(String::as_str).collect();
            notices.push(format!(
                "Addresses carry session ids ({}): each page was looked at once, without them.",
                names.join(", ")
            ));
        }
        match self.too_deep.iter().filter(|key| !self.known.contains(key)).count() {
            0 => {}
            deep => notices
                .push(format!("More than {} clicks away and not looked at: {deep} known addresses.", self.max_depth)),
        }
        notices
    }

    /// The next page, breadth first in the order of discovery.
    pub(crate) fn next(&mut self) -> Option<Entry> {
        self.queue.pop()
    }

    /// Asks to follow a redirect inside the scope. `chain` are the addresses that the page went through so far, the
    /// last one being the one that redirects. What was left out by the page limit may be claimed: it adds no row.
    pub(crate) fn claim(&mut self, chain: &[Url], target: &Url) -> Claim {
        let exact = |url: &Url| fingerprint(&identity(url));
        if chain.iter().any(|url| exact(url) == exact(target)) {
            return Claim::Loop;
        }
        let chain: Vec<u128> = chain.iter().map(|url| page_key(&identity(url))).collect();
        let target = page_key(&identity(target));
        if chain.contains(&target) {
            // The same page with its parameters in another order.
            return Claim::Granted;
        }
        if let Some(from) = chain.last() {
            self.redirects.insert(*from, target);
        }
        if self.known.insert(target) {
            self.left_out.remove(&target);
            self.of_series.remove(&target);
            return Claim::Granted;
        }
        let mut at = target;
        let mut steps = HashSet::new();
        while let Some(next) = self.redirects.get(&at).copied().filter(|next| steps.insert(*next)) {
            if chain.contains(&next) {
                return Claim::Loop;
            }
            at = next;
        }
        Claim::Taken
    }

    /// Pages still to fetch.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Distinct addresses of the site known so far.
    pub(crate) fn found(&self) -> u64 {
        self.queued + self.later.len() as u64 + self.over_limit()
    }

    /// Addresses that the page limit kept out.
    pub(crate) fn over_limit(&self) -> u64 {
        self.left_out.len() as u64
    }
}

/// Counts each address once, as long as there is room.
fn remember(set: &mut HashSet<u128>, key: u128) {
    if set.len() < MAX_KNOWN {
        set.insert(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse("https://shop.test/").unwrap().join(text).unwrap()
    }

    fn frontier(max_pages: u64, max_depth: u32) -> Frontier {
        let scope = Scope::new(&[url("/")], false, &[], &["/private/*".to_owned()]).unwrap();
        Frontier::new(scope, max_pages, max_depth, Month { year: 2026, month: 3 })
    }

    #[test]
    fn each_page_is_queued_once_in_the_order_of_discovery() {
        let mut f = frontier(10, 9);
        for (link, depth, wanted) in [
            ("/", 0, Offer::Queued),
            ("/b", 1, Offer::Queued),
            ("/a", 1, Offer::Queued),
            ("/b#part", 1, Offer::Known),
            ("/b?utm_source=mail", 1, Offer::Known),
            ("https://other.test/", 1, Offer::NotWanted),
            ("/private/x", 1, Offer::NotWanted),
            ("/c", 10, Offer::TooDeep),
            ("/c", 2, Offer::Queued),
        ] {
            assert_eq!(f.offer(&url(link), FoundBy::Anchor, depth, None), wanted, "{link}");
        }
        let got: Vec<_> =
            std::iter::from_fn(|| f.next()).map(|e| (e.order, e.url.path().to_owned(), e.depth)).collect();
        let wanted = [(0, "/", 0), (1, "/b", 1), (2, "/a", 1), (3, "/c", 2)];
        assert_eq!(got, wanted.map(|(order, path, depth)| (order, path.to_owned(), depth)));
    }

    #[test]
    fn the_page_limit_is_exact_and_what_it_left_out_is_counted_once() {
        let mut f = frontier(2, 9);
        let offers: Vec<_> =
            ["/", "/a", "/b", "/b", "/c"].iter().map(|l| f.offer(&url(l), FoundBy::Sitemap, 0, None)).collect();
        use Offer::{Known, OverLimit, Queued};
        assert_eq!(offers, [Queued, Queued, OverLimit, Known, OverLimit]);
        assert_eq!((f.found(), f.over_limit(), f.waiting()), (4, 2, 2));
        assert_eq!(f.claim(&[url("/a")], &url("/b")), Claim::Granted, "it has no row of its own");
        assert_eq!(f.over_limit(), 1);
    }

    #[test]
    fn what_the_user_named_is_fetched_whatever_the_globs_say() {
        let mut f = frontier(9, 9);
        assert_eq!(f.offer(&url("/private/x"), FoundBy::Start, 0, None), Offer::Queued);
        assert_eq!(f.offer(&url("https://other.test/"), FoundBy::List, 0, None), Offer::Queued);
    }

    #[test]
    fn a_redirect_target_belongs_to_one_row() {
        let mut f = frontier(9, 9);
        f.offer(&url("/old"), FoundBy::Start, 0, None);
        f.offer(&url("/own"), FoundBy::Anchor, 1, None);
        assert_eq!(f.claim(&[url("/old")], &url("/new")), Claim::Granted);
        assert_eq!(f.offer(&url("/new"), FoundBy::Anchor, 1, None), Offer::Known);
        assert_eq!(f.claim(&[url("/older")], &url("/new")), Claim::Taken);
        assert_eq!(f.claim(&[url("/old"), url("/new")], &url("/own")), Claim::Taken);
    }

    #[test]
    fn what_is_put_off_comes_last_and_within_the_limit() {
        let mut f = frontier(30, 9);
        let from = From::new(url("/"), false);
        let mut offer = |link: &str| f.offer(&url(link), FoundBy::Anchor, 1, Some(&from));
        assert_eq!(offer("/list?sort=a"), Offer::Later);
        assert_eq!(offer("/list?sort=a"), Offer::Known);
        assert_eq!(offer("/real"), Offer::Queued);
        for n in 0..9 {
            assert_eq!(offer(&format!("/list?sort={n}")), Offer::Later);
        }
        assert_eq!(offer("/list?sort=b"), Offer::LeftOut);
        assert_eq!(offer("/list?sort=b"), Offer::Known);
        assert_eq!(f.next().map(|e| (e.order, e.trap)), Some((0, None)));
        assert_eq!(f.next(), None);
        assert!(f.release());
        let first = f.next().unwrap();
        assert_eq!((first.order, first.trap, first.url), (1, Some(Trap::QueryVariations), url("/list?sort=a")));
        assert_eq!(f.found(), 11);
        assert_eq!(
            f.notices(),
            [
                "A series without end, a list sorted and filtered in every combination: /list. 10 sampled after the rest of \
              the site, 1 further addresses left out, such as https://shop.test/list?sort=b."
            ]
        );
        let mut f = frontier(1, 9);
        f.offer(&url("/list?sort=a"), FoundBy::Anchor, 1, Some(&from));
        f.offer(&url("/real"), FoundBy::Anchor, 1, Some(&from));
        f.next();
        assert!(!f.release());
        assert_eq!(f.over_limit(), 1);
    }

    #[test]
    fn a_permutation_is_no_other_page() {
        let mut f = frontier(9, 9);
        f.offer(&url("/x?b=1&a=2"), FoundBy::Start, 0, None);
        assert_eq!(f.offer(&url("/x?a=2&b=1"), FoundBy::Anchor, 1, None), Offer::Known);
        assert_eq!(f.claim(&[url("/x?b=1&a=2")], &url("/x?a=2&b=1")), Claim::Granted, "a server that sorts");
        assert_eq!(f.claim(&[url("/y")], &url("/x?a=2&b=1")), Claim::Taken);
    }

    #[test]
    fn pages_that_lead_back_to_each_other_are_known() {
        let mut f = frontier(9, 9);
        assert!(f.refreshes(&url("/self"), &url("/self")));
        assert!(!f.refreshes(&url("/a"), &url("/b")));
        assert!(!f.refreshes(&url("/b"), &url("/c")));
        assert!(f.refreshes(&url("/c"), &url("/a")));
        assert!(!f.refreshes(&url("/d"), &url("/a")), "it is not in the circle");
    }

    #[test]
    fn loops_are_named_inside_one_row_and_across_rows() {
        let mut f = frontier(9, 9);
        assert_eq!(f.claim(&[url("/a")], &url("/a#x")), Claim::Loop);
        f.offer(&url("/x"), FoundBy::Start, 0, None);
        f.offer(&url("/y"), FoundBy::Anchor, 1, None);
        assert_eq!(f.claim(&[url("/x")], &url("/y")), Claim::Taken);
        assert_eq!(f.claim(&[url("/y")], &url("/x")), Claim::Loop);
        // A loop elsewhere that does not come back here must not hang the search.
        assert_eq!(f.claim(&[url("/z")], &url("/x")), Claim::Taken);
    }
}
