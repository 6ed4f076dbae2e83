//! A container's report: its tags as entries, one per pixel, each with its verdict on every page asked about.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_model::{ContainerReport, ContainerTag, Fires};
use url::Url;

use super::file::File;
use super::layer::Layer;
use super::page::Content;
use super::tag::{self, Pixel};
use super::trigger::{Judged, Triggers};
use super::value::Resolver;
use crate::catalogue::Catalogue;

/// Reads a container. `id` is what it was asked for as, `pages` are the addresses to judge its tags on.
pub fn read_container(catalogue: &Catalogue, id: Option<&str>, text: &str, pages: &[Url]) -> ContainerReport {
    read_container_on(catalogue, id, text, pages, &Layer::default())
}

/// [`read_container`] for pages whose data layer is known.
pub fn read_container_on(
    catalogue: &Catalogue,
    id: Option<&str>,
    text: &str,
    pages: &[Url],
    layer: &Layer,
) -> ContainerReport {
    let mut report = ContainerReport {
        container: id.map(str::to_owned),
        version: None,
        tags: Vec::new(),
        links: Vec::new(),
        problems: Vec::new(),
    };
    match Content::parse(text) {
        Ok(Content::Google(file)) => {
            report.version.clone_from(&file.version);
            (report.tags, report.links) = tags(catalogue, &file, pages, layer);
        }
        Ok(Content::Other(manager)) => {
            report.tags = manager.tags(catalogue, pages);
            report.container = report.container.or(manager.id);
            report.version = manager.version;
        }
        Err(problem) => report.problems.push(problem),
    }
    report
}

/// The tags of a container, listeners left out, and what they load in turn.
fn tags(catalogue: &Catalogue, file: &File, pages: &[Url], layer: &Layer) -> (Vec<ContainerTag>, Vec<String>) {
    let triggers = Triggers::new(file);
    let of_page = |page: &Url| OnPage::new(catalogue, file, &triggers, page, layer);
    let judged: Vec<OnPage<'_>> = pages.iter().map(of_page).collect();
    let mut tags = Vec::new();
    let mut links = BTreeSet::new();
    for index in 0..file.tags.len() {
        let definition = &file.tags[index];
        if tag::is_listener(definition["function"].as_str().unwrap_or_default()) {
            continue;
        }
        links.extend(tag::links(&Resolver::new(&file.macros, pages.first(), None), definition));
        let shell = shell(file, &triggers, index, &judged);
        let entries = match judged.is_empty() {
            true => tag::pixels(catalogue, file, definition, None).into_iter().map(|p| (p, BTreeMap::new())).collect(),
            false => entries(index, &judged),
        };
        match entries.is_empty() {
            true => tags.push(shell),
            false => tags.extend(entries.into_iter().map(|(pixel, fires)| {
                let fires = if judged.is_empty() { shell.fires.clone() } else { fires };
                pixel.fill(ContainerTag { fires, ..shell.clone() })
            })),
        }
    }
    (tags, links.into_iter().collect())
}

/// What is said of a tag whatever its pixels are.
fn shell(file: &File, triggers: &Triggers<'_>, index: usize, judged: &[OnPage<'_>]) -> ContainerTag {
    let definition = &file.tags[index];
    let function = definition["function"].as_str().unwrap_or_default();
    let (on, when) = triggers.words(index);
    let runs_with =
        triggers.sequences().iter().filter(|(tag, _)| *tag == index).map(|(_, main)| *main as u32).collect();
    ContainerTag {
        index: index as u32,
        tag_id: definition["tag_id"].as_u64().map(|n| n as u32),
        function: function.to_owned(),
        vendor: None,
        account: None,
        events: Vec::new(),
        details: Vec::new(),
        paused: function == "__paused",
        consent: triggers.consent(index),
        fires: judged.iter().map(|page| (page.name.clone(), page.judged.fires[index])).collect(),
        on,
        when: if triggers.has_trigger(index) { when } else { "no trigger".to_owned() },
        runs_with,
    }
}

/// A tag's pixels over all pages, each with its verdicts: an account that a page decides fires only there.
fn entries(index: usize, judged: &[OnPage<'_>]) -> Vec<(Pixel, BTreeMap<String, Fires>)> {
    let mut entries: Vec<(Pixel, BTreeMap<String, Fires>)> = Vec::new();
    for page in judged {
        for pixel in &page.pixels[index] {
            let verdict = page.verdict(index, pixel);
            match entries.iter_mut().find(|(known, _)| known.is(pixel)) {
                Some((known, fires)) => {
                    known.merge(pixel.clone());
                    fires.insert(page.name.clone(), verdict);
                }
                None => entries.push((pixel.clone(), BTreeMap::from([(page.name.clone(), verdict)]))),
            }
        }
    }
    for (pixel, fires) in &mut entries {
        for page in judged {
            fires.entry(page.name.clone()).or_insert_with(|| page.elsewhere(index, pixel));
        }
    }
    entries
}

/// The container on one page.
struct OnPage<'a> {
    name: String,
    judged: Judged,
    pixels: Vec<Vec<Pixel>>,
    file: &'a File,
    sequences: Vec<(usize, usize)>,
}

impl<'a> OnPage<'a> {
    fn new(catalogue: &Catalogue, file: &'a File, triggers: &Triggers<'_>, page: &Url, layer: &Layer) -> Self {
        let pixels = file.tags.iter().map(|definition| tag::pixels(catalogue, file, definition, Some(page))).collect();
        let judged = triggers.verdicts(Some(page), layer);
        OnPage { name: page.to_string(), judged, pixels, file, sequences: triggers.sequences() }
    }

    /// Whether a pixel of the tag fires here.
    fn verdict(&self, index: usize, pixel: &Pixel) -> Fires {
        let open = !pixel.starts || (only_calls(pixel) && !self.has_library(index, pixel));
        match self.judged.fires[index] {
            Fires::Yes if open => Fires::Unknown,
            verdict => verdict,
        }
    }

    /// Whether a pixel of the tag on other pages fires here, where its account doesn't come out.
    fn elsewhere(&self, index: usize, pixel: &Pixel) -> Fires {
        let undecided = self.pixels[index].iter().any(|here| here.vendor == pixel.vendor && here.account.is_none());
        match self.judged.fires[index] {
            Fires::No => Fires::No,
            _ if undecided => Fires::Unknown,
            _ => Fires::No,
        }
    }

    /// Whether a tag that surely runs before this one brings the vendor's library.
    fn has_library(&self, index: usize, pixel: &Pixel) -> bool {
        let brings = |other: usize| {
            let function = self.file.tags[other]["function"].as_str().unwrap_or_default();
            let own_code = function == "__html" || function.starts_with("__cvt_");
            let library = |p: &Pixel| p.vendor == pixel.vendor && p.starts && !only_calls(p);
            own_code && self.judged.fires[other] == Fires::Yes && self.pixels[other].iter().any(library)
        };
        let Some(own) = self.judged.first[index] else { return false };
        (0..self.pixels.len()).filter(|other| *other != index && brings(*other)).any(|other| {
            let step = self.sequences.contains(&(other, index));
            step || self.judged.first[other].is_some_and(|first| (first, other) < (own, index))
        })
    }
}

/// Code that calls a library which it doesn't bring: nothing happens where nobody else brings it.
fn only_calls(pixel: &Pixel) -> bool {
    pixel.installs.as_ref().is_some_and(|installs| installs.iter().all(|install| install.by_events))
}
