//! Files of other tag managers and data platforms, read as data: which vendors they bring, for which accounts, with what
//! events, and on what that hangs. What of a file isn't public, or isn't understood, is said to be unknown.

mod condition;
mod data_platform;
mod launch;
mod literal;
mod matomo;
mod named;
mod tealium;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use pixelproof_model::{ContainerTag, Event, Install, Params, Trigger};
use serde_json::Value;
use url::Url;

use self::condition::{Condition, Rule};
use super::html::Htmls;
use super::page::{Container, MAX_BROUGHT};
use super::tag::Pixel;
use super::trigger::Verdict;
use crate::catalogue::Catalogue;

/// Tags of one file that are read.
const MAX_TAGS: usize = 2_000;

/// Files of single tags that one container asks for.
const MAX_PARTS: usize = 16;

/// A file of a manager.
#[derive(Debug, Default)]
pub(crate) struct Manager {
    /// Catalogue id of the manager.
    pub(crate) vendor: &'static str,
    /// The container's own id, where the file says it.
    pub(crate) id: Option<String>,
    pub(crate) version: Option<String>,
    entries: Vec<Entry>,
    htmls: Htmls,
}

/// A tag of a file.
#[derive(Debug)]
struct Entry {
    id: Option<u32>,
    /// What the manager calls the kind of tag.
    function: String,
    what: What,
    /// Any of these fires it.
    rules: Vec<Rule>,
    /// Each of these keeps it from firing.
    blocks: Vec<Rule>,
    paused: bool,
}

/// What a tag does.
#[derive(Debug)]
enum What {
    /// A vendor by its name, with settings, and what it is told to send.
    Named {
        name: String,
        settings: Vec<Value>,
        event: Option<(String, Params)>,
    },
    Html(String),
    Script(String),
    Image(String),
    /// Code of the manager's own template for a vendor.
    Template(String),
    /// Nothing that the file shows.
    Hidden,
}

/// Reads a file of any manager that is known; `None` for what is none.
pub(crate) fn read(text: &str) -> Option<Manager> {
    let mut manager = matomo::read(text)
        .or_else(|| launch::read(text))
        .or_else(|| tealium::read(text))
        .or_else(|| data_platform::read(text))?;
    manager.entries.truncate(MAX_TAGS);
    Some(manager)
}

impl Entry {
    fn verdict(&self, url: &Url) -> Verdict {
        if self.paused {
            return Verdict::No;
        }
        let most = |rules: &[Rule]| rules.iter().map(|rule| rule.verdict(url)).max().unwrap_or(Verdict::No);
        match (most(&self.rules), most(&self.blocks)) {
            (_, Verdict::Yes) => Verdict::No,
            (fires, Verdict::Unknown) => fires.min(Verdict::Unknown),
            (fires, Verdict::No) => fires,
        }
    }

    fn pixels(&self, catalogue: &Catalogue, htmls: &Htmls, url: Option<&Url>) -> Vec<Pixel> {
        match &self.what {
            What::Named { name, settings, event } => {
                let settings: Vec<&Value> = settings.iter().collect();
                let event = event.as_ref().map(|(name, params)| (name.as_str(), params.clone()));
                named::pixels(catalogue, name, &settings, event)
            }
            What::Html(text) => htmls.read(catalogue, text.clone(), url),
            What::Script(code) => {
                let code = code.replace("</script", "<\\/script");
                htmls.read(catalogue, format!("<script>{code}</script>"), url)
            }
            What::Image(address) => super::html::request(catalogue, address.clone()),
            What::Template(code) => named::in_code(catalogue, code),
            What::Hidden => Vec::new(),
        }
    }

    /// When it runs, as seen from the page.
    fn trigger(&self, verdict: Verdict) -> Trigger {
        if verdict == Verdict::Yes {
            return Trigger::Load;
        }
        let mut kinds = self.rules.iter().flat_map(|rule| &rule.on).map(|(_, trigger)| *trigger);
        match kinds.next() {
            Some(first) if first != Trigger::Load && kinds.all(|kind| kind == first) => first,
            _ => Trigger::Conditional,
        }
    }

    fn on(&self) -> String {
        let names: std::collections::BTreeSet<&str> =
            self.rules.iter().flat_map(|rule| &rule.on).map(|(name, _)| name.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }

    fn when(&self) -> String {
        let all = |rule: &Rule| rule.conditions.iter().map(|c| c.words.as_str()).collect::<Vec<_>>().join(" and ");
        let mut texts: Vec<String> = Vec::new();
        for text in self.rules.iter().map(all) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.extend(self.blocks.iter().map(|rule| format!("never when {}", all(rule))));
        texts.retain(|text| !text.is_empty());
        if self.rules.is_empty() { "no trigger".to_owned() } else { texts.join("; or ") }
    }

    fn shell(&self, index: usize) -> ContainerTag {
        ContainerTag {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            tag_id: self.id,
            function: self.function.clone(),
            vendor: None,
            account: None,
            events: Vec::new(),
            details: Vec::new(),
            paused: self.paused,
            consent: Vec::new(),
            fires: BTreeMap::new(),
            on: self.on(),
            when: self.when(),
            runs_with: Vec::new(),
        }
    }
}

impl Manager {
    /// Whether the file lists nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Files of tags whose code is not in this one; `url` is where this one comes from.
    pub(super) fn parts(&self, url: &Url) -> Vec<(u32, Url)> {
        let apart = self.entries.iter().filter(|entry| matches!(entry.what, What::Hidden) && !entry.paused);
        let numbers = apart.filter_map(|entry| entry.id).take(MAX_PARTS);
        match self.vendor {
            tealium::VENDOR => numbers.filter_map(|id| Some((id, url.join(&format!("utag.{id}.js")).ok()?))).collect(),
            _ => Vec::new(),
        }
    }

    /// Takes the code of a tag that stands in a file of its own.
    pub(super) fn take_part(&mut self, number: u32, text: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == Some(number)) {
            entry.what = What::Template(text.to_owned());
        }
    }

    /// The tags as a report has them, judged on each page.
    pub(crate) fn tags(&self, catalogue: &Catalogue, pages: &[Url]) -> Vec<ContainerTag> {
        let mut tags = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let verdicts = |runs: bool| {
                let most = if runs { Verdict::Yes } else { Verdict::Unknown };
                pages.iter().map(|page| (page.to_string(), entry.verdict(page).min(most).into())).collect()
            };
            let pixels = entry.pixels(catalogue, &self.htmls, pages.first());
            if pixels.is_empty() {
                tags.push(ContainerTag { fires: verdicts(true), ..entry.shell(index) });
            }
            let shell = |pixel: Pixel| {
                let fires = verdicts(pixel.starts);
                pixel.fill(ContainerTag { fires, ..entry.shell(index) })
            };
            tags.extend(pixels.into_iter().map(shell));
        }
        tags
    }

    /// What the file brings to a page at `url`, loaded by `carrier`.
    pub(super) fn brings(
        &self,
        container: &Container,
        catalogue: &Catalogue,
        url: &Url,
        carrier: &Install,
    ) -> (Vec<Install>, Vec<Event>) {
        let (mut installs, mut events): (Vec<Install>, Vec<Event>) = Default::default();
        for (index, entry) in self.entries.iter().enumerate() {
            let verdict = entry.verdict(url);
            if verdict == Verdict::No || installs.len() + events.len() >= MAX_BROUGHT {
                continue;
            }
            let trigger = match carrier.trigger {
                Trigger::Load => entry.trigger(verdict),
                other if verdict == Verdict::Yes => other,
                _ => Trigger::Conditional,
            };
            let number = entry.id.map_or(index, |id| id as usize);
            let place = container.place(number, &entry.function, trigger, carrier);
            for pixel in entry.pixels(catalogue, &self.htmls, Some(url)) {
                // a manager sets a vendor up once, however many of its tags tell it something
                let again = pixel.installs.is_none()
                    && installs.iter().any(|known| known.vendor == pixel.vendor && known.account == pixel.account);
                let brought = place.installs(&pixel).into_iter();
                installs.extend(brought.map(|own| Install { library_only: own.library_only || again, ..own }));
                events.extend(pixel.events.into_iter().map(|event| place.event(event)));
            }
        }
        (installs, events)
    }
}

/// A condition in a manager's own words, one line of them.
fn open(words: &str) -> Condition {
    Condition::open(words.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
