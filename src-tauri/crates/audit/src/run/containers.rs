//! Tag-manager containers of an audit: each fetched and parsed once, however many pages load it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use pixelproof_crawl::Scripts;
use pixelproof_detect::Container;
use tokio::sync::OnceCell;

use super::pool::{Failure, pool};
use crate::container::container_url;

/// Containers kept. A site has a few; one that names another for every page must not fill the memory.
const KEPT: usize = 64;
/// Time that parsing one may take.
const BUDGET: Duration = Duration::from_secs(10);

type Fetched = Arc<OnceCell<Result<Arc<Container>, String>>>;

/// Containers by id.
#[derive(Debug, Default)]
pub(crate) struct ContainerCache {
    by_id: Mutex<BTreeMap<String, Fetched>>,
}

impl ContainerCache {
    /// The container with this id; `None` where none may be fetched. The error is a sentence.
    pub(crate) async fn get(&self, id: &str, scripts: &Scripts) -> Option<Result<Arc<Container>, String>> {
        let url = container_url(id).filter(|url| scripts.may_ask(url))?;
        let cell = self.cell(id)?;
        let got = cell.get_or_init(|| async move {
            let failed = |reason: &str| {
                format!("The tag-manager container {id} was not read, so that what it brings is missing: {reason}.")
            };
            let script = scripts.fetch(&url).await.map_err(|reason| failed(&reason))?;
            let name = id.to_owned();
            match pool().run(BUDGET, move || Container::parse(&name, &script.text)).await {
                Ok(Ok(container)) => Ok(Arc::new(container)),
                Ok(Err(reason)) => Err(failed(&reason)),
                Err(Failure::TimedOut) => Err(failed("reading it took too long")),
                Err(Failure::Crashed) => Err(failed("reading it failed")),
            }
        });
        Some(got.await.clone())
    }

    fn cell(&self, id: &str) -> Option<Fetched> {
        let mut by_id = self.by_id.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = by_id.get(id) {
            return Some(cell.clone());
        }
        (by_id.len() < KEPT).then(|| by_id.entry(id.to_owned()).or_default().clone())
    }
}
