//! External scripts, analysed once per content however many pages load them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use pixelproof_crawl::{ScriptCapture, Scripts};
use pixelproof_detect::{Catalogue, page::ExternalScript};
use tokio::sync::OnceCell;
use url::Url;

use super::pool::pool;

/// Facts kept. A site's own scripts are few; one that makes a new script for every page must not fill the memory.
const KEPT: usize = 512;
/// Bytes of memory, about, that they may take together with the texts they are from.
const MAX_WEIGHT: usize = 128 << 20;
/// External scripts read for one page.
pub(super) const MAX_PER_PAGE: usize = 40;
/// Time that reading one script may take.
const BUDGET: Duration = Duration::from_secs(10);

type Facts = Arc<OnceCell<Result<Arc<ExternalScript>, &'static str>>>;

/// Facts by content hash.
#[derive(Debug, Default)]
pub(crate) struct ScriptCache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_hash: BTreeMap<String, Entry>,
    order: VecDeque<String>,
    weight: usize,
}

#[derive(Debug, Default)]
struct Entry {
    facts: Facts,
    /// What it weighs, once it was read.
    weight: usize,
}

impl Kept {
    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.order.pop_front()
            && let Some(entry) = self.by_hash.remove(&oldest)
        {
            self.weight -= entry.weight;
        }
    }
}

impl ScriptCache {
    /// The facts of the script at an address, or why there are none.
    pub(crate) async fn facts(
        &self,
        catalogue: &'static Catalogue,
        scripts: &Scripts,
        url: &Url,
    ) -> Result<Arc<ExternalScript>, String> {
        let capture = scripts.fetch(url).await?;
        let cell = self.cell(&capture.hash);
        let hash = capture.hash.clone();
        let facts = cell.get_or_init(|| analyse(catalogue, capture)).await;
        if let Ok(script) = facts {
            self.weigh(&hash, script.weight());
        }
        facts.clone().map_err(str::to_owned)
    }

    /// Notes what a script weighs that was read, and forgets the oldest ones if they are too much together.
    fn weigh(&self, hash: &str, weight: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = kept.by_hash.get_mut(hash).filter(|entry| entry.weight == 0) else { return };
        entry.weight = weight;
        kept.weight += weight;
        while kept.weight > MAX_WEIGHT {
            kept.forget_oldest();
        }
    }

    fn cell(&self, hash: &str) -> Facts {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = kept.by_hash.get(hash) {
            return entry.facts.clone();
        }
        if kept.order.len() >= KEPT {
            kept.forget_oldest();
        }
        let entry = Entry::default();
        let facts = entry.facts.clone();
        kept.by_hash.insert(hash.to_owned(), entry);
        kept.order.push_back(hash.to_owned());
        facts
    }
}

async fn analyse(
    catalogue: &'static Catalogue,
    capture: Arc<ScriptCapture>,
) -> Result<Arc<ExternalScript>, &'static str> {
    let read =
        pool().run(BUDGET, move || pixelproof_detect::page::read_script(catalogue, capture.text.as_str().into())).await;
    read.map(Arc::new).map_err(|failure| match failure {
        super::pool::Failure::TimedOut => "reading the script took too long",
        super::pool::Failure::Crashed => "reading the script failed",
    })
}

#[cfg(test)]
mod tests {
    use super::{KEPT, MAX_WEIGHT, ScriptCache};

    fn known(cache: &ScriptCache) -> (Vec<String>, usize) {
        let kept = cache.kept.lock().expect("not poisoned");
        assert_eq!(kept.by_hash.len(), kept.order.len());
        (kept.order.iter().cloned().collect(), kept.weight)
    }

    #[test]
    fn facts_are_kept_up_to_a_number_and_an_amount_of_memory() {
        let cache = ScriptCache::default();
        for hash in ["a", "b", "c"] {
            drop(cache.cell(hash));
            cache.weigh(hash, MAX_WEIGHT / 2);
            cache.weigh(hash, 7);
        }
        assert_eq!(known(&cache), (vec!["b".to_owned(), "c".to_owned()], MAX_WEIGHT / 2 * 2));
        cache.weigh("gone", 1);
        for number in 0..KEPT {
            drop(cache.cell(&number.to_string()));
        }
        let (hashes, weight) = known(&cache);
        assert_eq!((hashes.len(), hashes.first().map(String::as_str), weight), (KEPT, Some("0"), 0));
    }
}
