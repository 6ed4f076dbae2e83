//! Tag-manager containers of an audit: each fetched and parsed once, however many pages load it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use pixelproof_crawl::Scripts;
use pixelproof_detect::{Catalogue, Container, Layer, Wanted, add_containers, containers_of};
use pixelproof_model::Page;
use tokio::sync::OnceCell;
use url::Url;

use super::pool::{Failure, pool};

/// Containers kept. A site has a few; one that names another for every page must not fill the memory.
const KEPT: usize = 64;
/// Time that parsing one, and adding those of a page, may take.
const BUDGET: Duration = Duration::from_secs(10);
/// Containers within containers are read this deep.
const NESTED: usize = 2;

type Fetched = Arc<OnceCell<Result<Arc<Container>, String>>>;

/// Containers by address.
#[derive(Debug, Default)]
pub(crate) struct ContainerCache {
    by_url: Mutex<BTreeMap<Url, Fetched>>,
}

impl ContainerCache {
    /// The page at `url` with what its containers bring, and what the containers within them bring. What can't be read is
    /// told in sentences.
    pub(crate) async fn add_to(
        &self,
        mut page: Page,
        (url, layer): (&Url, &Layer),
        catalogue: &'static Catalogue,
        scripts: &Scripts,
        tell: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Page, Failure> {
        for _ in 0..=NESTED {
            let mut containers = Vec::new();
            for wanted in containers_of(&page, catalogue, url) {
                match self.get(&wanted, url, scripts).await {
                    Some(Ok(container)) => containers.push(container),
                    Some(Err(message)) => tell(message),
                    None => {}
                }
            }
            if containers.is_empty() {
                break;
            }
            let (url, layer) = (url.clone(), layer.clone());
            let add = move || {
                add_containers(&mut page, catalogue, &url, &layer, &containers);
                page
            };
            page = pool().run(BUDGET, add).await?;
        }
        Ok(page)
    }

    /// A container of the page at `page`; `None` where none may be fetched. The error is a sentence.
    async fn get(&self, wanted: &Wanted, page: &Url, scripts: &Scripts) -> Option<Result<Arc<Container>, String>> {
        // the host that is audited may always be asked
        if wanted.url.host() != page.host() && !scripts.may_ask(&wanted.url) {
            return None;
        }
        let cell = self.cell(&wanted.url)?;
        Some(cell.get_or_init(|| fetch(wanted, scripts)).await.clone())
    }

    fn cell(&self, url: &Url) -> Option<Fetched> {
        let mut by_url = self.by_url.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = by_url.get(url) {
            return Some(cell.clone());
        }
        (by_url.len() < KEPT).then(|| by_url.entry(url.clone()).or_default().clone())
    }
}

async fn fetch(wanted: &Wanted, scripts: &Scripts) -> Result<Arc<Container>, String> {
    let id = wanted.id.clone();
    let what = if id.starts_with("GTM-") { "tag-manager container" } else { "configuration of the tag" };
    let failed =
        |reason: &str| format!("The {what} {} was not read, so that what it brings is missing: {reason}.", wanted.id);
    let script = scripts.fetch(&wanted.url).await.map_err(|reason| failed(&reason))?;
    match pool().run(BUDGET, move || Container::parse(&id, &script.text)).await {
        Ok(Ok(mut container)) => {
            // what can't be had of the parts stays unknown
            for (number, url) in container.parts(&wanted.url) {
                if let Ok(part) = scripts.fetch(&url).await {
                    container.take_part(number, &part.text);
                }
            }
            Ok(Arc::new(container))
        }
        Ok(Err(reason)) => Err(failed(&reason)),
        Err(Failure::TimedOut) => Err(failed("reading it took too long")),
        Err(Failure::Crashed) => Err(failed("reading it failed")),
    }
}
