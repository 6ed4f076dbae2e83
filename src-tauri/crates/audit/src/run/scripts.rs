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
    by_hash: BTreeMap<String, Facts>,
    order: VecDeque<String>,
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
        let facts = cell.get_or_init(|| analyse(catalogue, capture)).await;
        facts.clone().map_err(str::to_owned)
    }

    fn cell(&self, hash: &str) -> Facts {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = kept.by_hash.get(hash) {
            return cell.clone();
        }
        if kept.order.len() >= KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.by_hash.remove(&oldest);
        }
        let cell = Facts::default();
        kept.by_hash.insert(hash.to_owned(), cell.clone());
        kept.order.push_back(hash.to_owned());
        cell
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
