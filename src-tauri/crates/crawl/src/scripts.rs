//! External scripts for the reader: each address once, within the crawl's limits, kept in bounded memory.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use url::Url;

use crate::{
    ScriptCapture,
    address::fingerprint,
    charset::decode_text,
    discover::follow,
    folder::SharedFolder,
    net::{NetError, SharedNet, Want},
};

type Fetched = Result<Arc<ScriptCapture>, String>;

/// Bytes that a memory entry costs besides its text.
const OVERHEAD: usize = 256;

/// Fetches external scripts for a [`crate::Reader`], each address once per crawl, with the crawl's limits and politeness.
///
/// robots.txt is not asked: a browser that opens the page loads them too. What is fetched is kept up to a limit; when
/// that is reached the scripts not asked for longest are forgotten and would be fetched again.
#[derive(Debug, Clone)]
pub struct Scripts(Source);

/// Where scripts come from.
#[derive(Debug, Clone)]
enum Source {
    Nowhere,
    Net(Arc<Inner>),
    /// Files beside the pages, up to so many bytes.
    Folder(SharedFolder, u64),
}

#[derive(Debug)]
struct Inner {
    net: SharedNet,
    memory: Mutex<Memory>,
}

impl Scripts {
    pub(crate) fn new(net: SharedNet) -> Scripts {
        let memory = Memory { limit: net.limits.script_memory, ..Memory::default() };
        Scripts(Source::Net(Arc::new(Inner { net, memory: Mutex::new(memory) })))
    }

    /// Fetches nothing: for reading a page without a network.
    pub fn offline() -> Scripts {
        Scripts(Source::Nowhere)
    }

    /// Reads files of a folder.
    pub(crate) fn beside(folder: SharedFolder, limit: u64) -> Scripts {
        Scripts(Source::Folder(folder, limit))
    }

    /// Whether a fetch from a host that is no part of the audit is fitting: an audit of a private network asks nobody
    /// outside, unless the user says with a mapping where that host is.
    pub fn may_ask(&self, url: &Url) -> bool {
        matches!(&self.0, Source::Net(inner) if inner.net.may_ask(url))
    }

    /// The script, or why it could not be fetched.
    pub async fn fetch(&self, url: &Url) -> Result<Arc<ScriptCapture>, String> {
        let inner = match &self.0 {
            Source::Net(inner) => inner,
            Source::Nowhere => return Err(format!("{url} was not fetched: there is no network here")),
            Source::Folder(folder, limit) => return from_folder(folder, url, *limit).await,
        };
        let mut url = url.clone();
        url.set_fragment(None);
        let key = fingerprint(&url);
        let slot = inner.memory().slot(key);
        let fetched = slot.get_or_init(|| inner.get(&url)).await.clone();
        inner.memory().keep(key, fetched.as_ref().map_or(0, |script| script.text.len()));
        fetched
    }
}

impl Inner {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get(&self, url: &Url) -> Fetched {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{} is no web address", shown(url)));
        }
        let limit = self.net.limits.script_bytes;
        let (got, _) = follow(&self.net, url, Want::Script(limit)).await.map_err(|error| match error {
            NetError::Stopped => format!("{} was not fetched: the audit was stopped", shown(url)),
            NetError::Failed(failure) => format!("{} could not be fetched: {}", shown(url), failure.reason),
        })?;
        let content_type = got.content_type();
        if !got.status.is_success() {
            return Err(format!("{} answered {}", shown(url), got.status.as_u16()));
        }
        if got.cut {
            return Err(format!("{} is larger than {limit} bytes", shown(url)));
        }
        if content_type.as_deref().is_some_and(|t| t.trim_start().to_ascii_lowercase().starts_with("text/html")) {
            return Err(format!("{} answered with an HTML page instead of a script", shown(url)));
        }
        let text = decode_text(got.body.unwrap_or_default(), content_type.as_deref());
        Ok(capture(url, text))
    }
}

async fn from_folder(folder: &SharedFolder, url: &Url, limit: u64) -> Fetched {
    let (folder, of) = (Arc::clone(folder), url.clone());
    let read = tokio::task::spawn_blocking(move || folder.beside(&of, limit)).await;
    let bytes = read.unwrap_or_else(|_| Err("reading it crashed".to_owned()));
    let bytes = bytes.map_err(|why| format!("{} was not read: {why}", shown(url)))?;
    Ok(capture(url, decode_text(bytes, None)))
}

fn capture(url: &Url, text: String) -> Arc<ScriptCapture> {
    let mut hash = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hash, "{byte:02x}");
    }
    Arc::new(ScriptCapture { url: url.clone(), text, hash })
}

/// An address short enough for a sentence.
fn shown(url: &Url) -> String {
    const MAX: usize = 300;
    let text = url.as_str();
    if text.chars().count() <= MAX {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(MAX).collect::<String>())
    }
}

/// Scripts by address, the least recently asked for first to go.
#[derive(Debug, Default)]
struct Memory {
    limit: usize,
    used: usize,
    clock: u64,
    slots: HashMap<u128, Slot>,
    by_age: BTreeMap<u64, u128>,
}

#[derive(Debug)]
struct Slot {
    script: Arc<OnceCell<Fetched>>,
    asked: u64,
    size: usize,
}

impl Memory {
    /// The place of a script, new or known, now the youngest.
    fn slot(&mut self, key: u128) -> Arc<OnceCell<Fetched>> {
        self.clock += 1;
        let asked = self.clock;
        let slot = self.slots.entry(key).or_insert_with(|| Slot { script: Arc::default(), asked, size: 0 });
        self.by_age.remove(&slot.asked);
        slot.asked = asked;
        self.by_age.insert(asked, key);
        Arc::clone(&slot.script)
    }

    /// Accounts for a script that arrived, and forgets old ones beyond the limit.
    fn keep(&mut self, key: u128, bytes: usize) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let size = bytes + OVERHEAD;
        self.used = self.used + size - slot.size;
        slot.size = size;
        while self.used > self.limit && self.by_age.len() > 1 {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            self.used -= self.slots.remove(&oldest).map_or(0, |slot| slot.size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_forgets_what_was_not_asked_for_longest() {
        let mut memory = Memory { limit: 10 * OVERHEAD, ..Memory::default() };
        let first = memory.slot(0);
        memory.keep(0, 0);
        for key in 1..100 {
            memory.slot(key);
            memory.keep(key, OVERHEAD);
            memory.slot(0);
            memory.keep(0, 0);
            assert!(memory.used <= memory.limit);
        }
        assert!(Arc::ptr_eq(&first, &memory.slot(0)), "asked for all the time");
        assert_eq!(memory.slots.len(), memory.by_age.len());
        assert!(memory.slots.contains_key(&99) && !memory.slots.contains_key(&1));
    }

    #[test]
    fn one_script_larger_than_all_memory_stays_until_the_next() {
        let mut memory = Memory { limit: 10, ..Memory::default() };
        memory.slot(1);
        memory.keep(1, 1000);
        assert!(memory.slots.contains_key(&1));
        memory.slot(2);
        memory.keep(2, 1000);
        assert_eq!(memory.slots.keys().collect::<Vec<_>>(), [&2]);
    }

    #[tokio::test]
    async fn offline_fetches_nothing() {
        let said = Scripts::offline().fetch(&Url::parse("https://a.test/x.js").unwrap()).await;
        assert!(said.unwrap_err().contains("no network"));
    }
}
