//! What is known, what is next and what was left out: the order, the depth and the page limit of a crawl. A pure state
//! machine: it fetches nothing, waits for nothing and holds no page, only addresses still to be asked for.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use pixelproof_model::{FoundBy, Trap};
use url::Url;

use crate::{
    address::{fingerprint, identity},
    scope::{Scope, Verdict},
};

/// Addresses remembered beyond the page limit, so that `found` counts each once. Later ones are not counted any more.
const MAX_KNOWN: usize = 4_000_000;

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

/// What became of an offered address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// It will be fetched.
    Queued,
    /// Known already.
    Known,
    /// Another site, or kept out by a glob.
    NotWanted,
    /// Too many clicks away.
    TooDeep,
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
    queue: VecDeque<Entry>,
    /// Redirects seen, source to target, for loops that go through several rows.
    redirects: HashMap<u128, u128>,
    queued: u64,
    /// Known, but beyond the page limit.
    left_out: HashSet<u128>,
}

impl Frontier {
    /// An empty frontier.
    pub(crate) fn new(scope: Scope, max_pages: u64, max_depth: u32) -> Frontier {
        Frontier {
            scope,
            max_pages,
            max_depth,
            known: HashSet::new(),
            queue: VecDeque::new(),
            redirects: HashMap::new(),
            queued: 0,
            left_out: HashSet::new(),
        }
    }

    /// Offers an address. Starts and list entries are wanted whatever the globs say: the user named them.
    pub(crate) fn offer(&mut self, url: &Url, found_by: FoundBy, depth: u32, referrer: Option<&Arc<Url>>) -> Offer {
        let named = matches!(found_by, FoundBy::Start | FoundBy::List);
        if !named && self.scope.judge(url) != Verdict::Inside {
            return Offer::NotWanted;
        }
        if depth > self.max_depth {
            return Offer::TooDeep;
        }
        let url = identity(url);
        let key = fingerprint(&url);
        if self.known.contains(&key) || self.left_out.contains(&key) {
            return Offer::Known;
        }
        if self.queued >= self.max_pages {
            if self.left_out.len() < MAX_KNOWN {
                self.left_out.insert(key);
            }
            return Offer::OverLimit;
        }
        self.known.insert(key);
        self.queue.push_back(Entry {
            order: self.queued,
            url,
            depth,
            referrer: referrer.cloned(),
            found_by,
            trap: None,
        });
        self.queued += 1;
        Offer::Queued
    }

    /// The next page, breadth first in the order of discovery.
    pub(crate) fn next(&mut self) -> Option<Entry> {
        self.queue.pop_front()
    }

    /// Asks to follow a redirect inside the scope. `chain` are the addresses that the page went through so far, the
    /// last one being the one that redirects. What was left out by the page limit may be claimed: it adds no row.
    pub(crate) fn claim(&mut self, chain: &[Url], target: &Url) -> Claim {
        let chain: Vec<u128> = chain.iter().map(|url| fingerprint(&identity(url))).collect();
        let target = fingerprint(&identity(target));
        if chain.contains(&target) {
            return Claim::Loop;
        }
        if let Some(from) = chain.last() {
            self.redirects.insert(*from, target);
        }
        if self.known.insert(target) {
            self.left_out.remove(&target);
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
        self.queued + self.over_limit()
    }

    /// Addresses that the page limit kept out.
    pub(crate) fn over_limit(&self) -> u64 {
        self.left_out.len() as u64
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
        Frontier::new(scope, max_pages, max_depth)
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
