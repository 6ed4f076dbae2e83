//! A page put together: markup, the facts of its scripts, and the catalogue give installs, events and consent.

use std::sync::Arc;

use pixelproof_model::{FoundBy, Page};
use url::Url;

use crate::{catalogue::Catalogue, script::ScriptFacts};

/// A document to read.
pub struct PageInput<'a> {
    /// File name or address, for positions.
    pub source: &'a str,
    /// Address of the document (after redirects); relative addresses resolve against it.
    pub url: &'a Url,
    /// The document, decoded.
    pub html: &'a str,
}

/// An address that a page names as another page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Resolved address, with fragment removed.
    pub url: Url,
    /// What names it.
    pub by: FoundBy,
    /// The link or the page says `nofollow`.
    pub nofollow: bool,
}

/// A page read, waiting for its external scripts.
#[derive(Debug)]
pub struct PageRead {
    page: Page,
    links: Vec<Link>,
    scripts: Vec<Url>,
}

impl PageRead {
    /// Pages that this page names.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// External scripts worth reading (no vendor's own library), in document order, each once.
    pub fn scripts(&self) -> &[Url] {
        &self.scripts
    }

    /// The page, with what those external scripts say that could be fetched.
    pub fn finish(self, _catalogue: &Catalogue, _scripts: &dyn Fn(&Url) -> Option<Arc<ExternalScript>>) -> Page {
        self.page
    }

    /// The document was read tag by tag, because its tags nest too deeply to build a tree.
    pub fn too_deep(&self) -> bool {
        false
    }
}

/// An external script, read once however many pages load it.
#[derive(Debug)]
pub struct ExternalScript {
    /// What it says.
    pub facts: ScriptFacts,
    /// Its text, for excerpts.
    pub text: Arc<str>,
}

/// Reads an external script. Cannot fail and cannot wait.
pub fn read_script(_catalogue: &Catalogue, text: Arc<str>) -> ExternalScript {
    ExternalScript { facts: ScriptFacts::default(), text }
}

/// Reads a document. Cannot fail and cannot wait: what could not be read is in the page's `problems`.
pub fn read_page(_catalogue: &Catalogue, input: &PageInput<'_>) -> PageRead {
    let page = Page {
        file: None,
        url: input.url.clone(),
        installs: Vec::new(),
        events: Vec::new(),
        libraries: Vec::new(),
        consent: Default::default(),
        findings: Vec::new(),
        problems: Vec::new(),
        title: None,
        canonical: None,
        noindex: false,
        kinds: Vec::new(),
        needs_browser: false,
        fetch: None,
    };
    PageRead { page, links: Vec::new(), scripts: Vec::new() }
}
