//! What a crawl remembers of a page, so that an interrupted crawl can go on: it is begun again, and a page that was
//! done leads to what it led to before, without a request. So everything that the crawl keeps in memory (what is known,
//! its order, budgets, limits) comes back by the same steps that made it, and needs no storage of its own.

use std::collections::HashSet;

use pixelproof_model::{Hop, PageOutcome};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use url::Url;

use crate::{
    FoundLink, PageCapture,
    content::content_key,
    header,
    packed::Addresses,
    visit::{ClaimRequest, Visitor},
};

/// What a page that is done led to. To be kept with the page's row, as it is; only the crawl looks inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    pub(crate) outcome: PageOutcome,
    pub(crate) status: Option<u16>,
    hops: Vec<Hop>,
    final_url: Url,
    /// After so many hops the frontier was asked whether the page may go on.
    claimed: Vec<usize>,
    pub(crate) links: Vec<FoundLink>,
    /// What the page says and shows, as a number.
    #[serde(default)]
    pub(crate) content: Option<u64>,
}

impl Trail {
    /// Of a page as it was fetched, with what its header names; what its document names comes later.
    pub(crate) fn of(capture: &PageCapture) -> Trail {
        Trail {
            outcome: capture.outcome,
            status: capture.status,
            hops: capture.hops.clone(),
            final_url: capture.final_url.clone(),
            claimed: capture.claimed.clone(),
            links: [header::links(&capture.headers, &capture.final_url), capture.named.clone()].concat(),
            content: capture.body.as_deref().and_then(content_key),
        }
    }

    /// Takes what the document names, each address once: pages name the same ones again and again.
    pub(crate) fn extend(&mut self, links: Vec<FoundLink>) {
        self.links.extend(links);
        let mut seen = HashSet::with_capacity(self.links.len());
        let is_new: Vec<bool> = self.links.iter().map(|link| seen.insert((link.url.as_str(), link.by as u8))).collect();
        let mut is_new = is_new.into_iter();
        self.links.retain(|_| is_new.next().unwrap_or(true));
    }

    /// Claims the page's redirect targets once more, each in its turn.
    pub(crate) async fn claim_again(&self, order: u64, visitor: &Visitor) {
        for hops in &self.claimed {
            let chain = self.hops.iter().take(*hops).map(|hop| hop.url.clone()).collect();
            let target = self.hops.get(*hops).map_or(&self.final_url, |hop| &hop.url).clone();
            let (reply, answer) = oneshot::channel();
            let _ = visitor.claims.send(ClaimRequest { order, chain, target, reply });
            // The page went on or didn't; what counts is that the frontier knows.
            let _ = answer.await;
        }
    }
}

/// Where a crawl began: kept so that it goes on from the same addresses, whatever answers by then.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Seed {
    /// Start addresses, with the scheme that answered.
    pub(crate) starts: Vec<Url>,
    /// What the sitemaps named; `None` until they are read.
    pub(crate) sitemap_pages: Option<Addresses>,
}
