//! Tag-manager containers read as data, never run: tags, triggers, conditions, variables; per page, what would fire.
//!
//! The file's shape is Google Tag Manager's public container (`gtm.js?id=…`); Google tag files (`gtag/js?id=…`) have the
//! same shape. What a tag is to a vendor stands in the vendor's table (`[[container]]`).

mod condition;
mod file;
mod own_rules;
mod page;
mod pattern;
mod sequence;
mod tag;
mod template;
mod trigger;
mod value;
mod variable;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_model::{ContainerReport, ContainerTag};
use url::Url;

use crate::catalogue::Catalogue;
use file::File;
use trigger::Triggers;
use value::Resolver;

pub use file::MAX_CONTAINER;
pub use page::{Container, add_containers, containers_of};

/// Reads a container. `id` is what it was asked for as, `pages` are the addresses to judge its tags on.
pub fn read_container(catalogue: &Catalogue, id: Option<&str>, text: &str, pages: &[Url]) -> ContainerReport {
    let file = match File::parse(text) {
        Ok(file) => file,
        Err(problem) => {
            return ContainerReport {
                container: id.map(str::to_owned),
                version: None,
                tags: Vec::new(),
                links: Vec::new(),
                problems: vec![problem],
            };
        }
    };
    let triggers = Triggers::new(&file);
    let verdicts: Vec<_> = pages.iter().map(|page| (page.to_string(), triggers.verdicts(Some(page)))).collect();
    let mut tags = Vec::new();
    let mut links = BTreeSet::new();
    for (index, definition) in file.tags.iter().enumerate() {
        let function = definition["function"].as_str().unwrap_or_default();
        if tag::is_listener(function) {
            continue;
        }
        links.extend(tag::links(&Resolver::new(&file.macros, pages.first(), None), definition));
        let (on, when) = triggers.words(index);
        let fires: BTreeMap<_, _> = verdicts.iter().map(|(page, tags)| (page.clone(), tags[index])).collect();
        let runs_with =
            triggers.sequences().iter().filter(|(tag, _)| *tag == index).map(|(_, main)| *main as u32).collect();
        let shell = ContainerTag {
            index: index as u32,
            tag_id: definition["tag_id"].as_u64().map(|n| n as u32),
            function: function.to_owned(),
            vendor: None,
            account: None,
            events: Vec::new(),
            details: Vec::new(),
            paused: function == "__paused",
            consent: triggers.consent(index),
            fires,
            on,
            when: if triggers.has_trigger(index) { when } else { "no trigger".to_owned() },
            runs_with,
        };
        let pixels = tag::pixels(catalogue, &file, definition, pages);
        if pixels.is_empty() {
            tags.push(shell);
        } else {
            tags.extend(pixels.into_iter().map(|pixel| pixel.fill(shell.clone())));
        }
    }
    ContainerReport {
        container: id.map(str::to_owned),
        version: file.version.clone(),
        links: links.into_iter().collect(),
        tags,
        problems: Vec::new(),
    }
}
