//! A container on a page: its tags as the installs and events that they bring there.

use std::{collections::BTreeSet, sync::Arc};

use pixelproof_model::{Event, Fires, Install, Page, Position, Stage, State, Trigger, Via};
use url::Url;

use super::address;
use super::file::{File, MAX_CONTAINER};
use super::google_tag;
use super::layer::Layer;
use super::other::Manager;
use super::tag::{self, Pixel};
use super::trigger::Triggers;
use super::value::Resolver;
use crate::catalogue::Catalogue;

/// Catalogue id of the tag manager whose containers are read.
const VENDOR: &str = "google-tag-manager";
/// Installs and events that the containers of one page may bring.
pub(super) const MAX_BROUGHT: usize = 500;
/// Containers read for one page.
const MAX_PER_PAGE: usize = 10;

/// A container, parsed once and judged on many pages.
#[derive(Debug)]
pub struct Container {
    pub(super) id: String,
    content: Content,
}

/// What a container's file holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Google's form.
    Google(Box<File>),
    /// That of another manager.
    Other(Manager),
}

impl Content {
    /// Reads a file of any manager that is known. The error says in words what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Content, String> {
        let google = File::parse(text);
        match google {
            Ok(file) if !(file.tags.is_empty() && file.macros.is_empty()) => Ok(Content::Google(Box::new(file))),
            Err(problem) if text.len() > MAX_CONTAINER => Err(problem),
            google => match super::other::read(text) {
                Some(manager) => Ok(Content::Other(manager)),
                None => google.map(|file| Content::Google(Box::new(file))),
            },
        }
    }
}

impl Container {
    /// Parses a container's file. The error says in words what is wrong with it.
    pub fn parse(id: &str, text: &str) -> Result<Container, String> {
        Ok(Container { id: id.to_owned(), content: Content::parse(text)? })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether an install of the page loads it.
    fn is_carried(&self, install: &Install) -> bool {
        let account = install.account.as_deref();
        match &self.content {
            // a container under a name that tells no id is known by its address
            Content::Google(_) => carries(install) && account.map_or(self.id.contains('/'), |id| id == self.id),
            // the name of a Matomo container is no account; what its snippet starts names none either
            Content::Other(manager) => {
                install.vendor == manager.vendor
                    && install.state != State::Inert
                    && !matches!(install.via, Via::Noscript | Via::Image)
                    && (account == Some(&self.id) || account.is_none())
            }
        }
    }

    /// Files that hold parts of it, each with the number of its tag: a manager may keep each tag's code apart. `url` is
    /// where the container itself comes from.
    pub fn parts(&self, url: &Url) -> Vec<(u32, Url)> {
        match &self.content {
            Content::Google(_) => Vec::new(),
            Content::Other(manager) => manager.parts(url),
        }
    }

    /// Takes the file of one of its [`parts`](Container::parts).
    pub fn take_part(&mut self, number: u32, text: &str) {
        if let Content::Other(manager) = &mut self.content {
            manager.take_part(number, text);
        }
    }

    /// Whether nothing is in it: what Google serves for the id of a Google tag that nobody has.
    pub fn is_empty(&self) -> bool {
        match &self.content {
            Content::Google(file) => file.tags.is_empty(),
            Content::Other(manager) => manager.is_empty(),
        }
    }

    /// The place of a tag of it on a page.
    pub(super) fn place<'a>(
        &self,
        index: usize,
        function: &'a str,
        trigger: Trigger,
        carrier: &'a Install,
    ) -> Place<'a> {
        let number = match &self.content {
            Content::Google(file) => file.tags.get(index).and_then(|tag| tag["tag_id"].as_u64()),
            Content::Other(_) => None,
        };
        let number = number.unwrap_or(index as u64);
        let source = address::standard(&self.id).map_or_else(|| self.id.clone(), |url| url.to_string());
        Place {
            installer: format!("{} tag {number}", self.id),
            source: format!("{source}#tag-{number}"),
            function,
            trigger,
            carrier,
        }
    }
}

/// A container that a page runs, to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its id.
    pub id: String,
    /// Where it is served: the page's own address of it where that shows, else the manager's public one.
    pub url: Url,
}

/// The containers that run on a page at `base` and were not read yet: tag managers before Google tags, each in document
/// order.
pub fn containers_of(page: &Page, catalogue: &Catalogue, base: &Url) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    let room = MAX_PER_PAGE.saturating_sub(page.containers.len());
    let (managers, tags): (Vec<&Install>, Vec<&Install>) = page
        .installs
        .iter()
        .filter(|i| carries(i))
        .partition(|i| !google_tag::is_id(i.account.as_deref().unwrap_or("")));
    for account in managers.into_iter().chain(tags).filter_map(|install| install.account.as_ref()) {
        let known = wanted.iter().any(|w| w.id == *account) || page.containers.contains(account);
        if wanted.len() < room && !known && real(account, catalogue) {
            wanted.extend(address::of(account, page, base).map(|url| Wanted { id: account.clone(), url }));
        }
    }
    for other in address::nameless(page, base).chain(address::others(page, base)) {
        let known = wanted.iter().any(|w| w.id == other.id) || page.containers.contains(&other.id);
        if wanted.len() < room && !known {
            wanted.push(other);
        }
    }
    wanted
}

/// Adds what the containers bring to a page at `url`. A container that nothing on the page loads brings nothing.
///
/// `layer` is what the page puts into its data layer.
pub fn add_containers(page: &mut Page, catalogue: &Catalogue, url: &Url, layer: &Layer, containers: &[Arc<Container>]) {
    let layer = layer.clone().with_consent(&page.consent);
    for container in containers {
        let same = |i: &&Install| container.is_carried(i);
        // the copy that surely runs counts before one that may not
        let best =
            page.installs.iter().filter(same).min_by_key(|i| (i.state, i.trigger != Trigger::Load, i.library_only));
        let Some(carrier) = best.cloned() else { continue };
        page.containers.push(container.id.clone());
        let (installs, events) = match &container.content {
            Content::Google(file) if google_tag::is_id(&container.id) => {
                google_tag::brings(container, file, catalogue, (url, page), &carrier)
            }
            // what the page pushes to another layer the container never sees
            Content::Google(file) if address::has_own_layer(&container.id, page) => {
                let unseen = Layer::default().with_consent(&page.consent);
                container.brings(file, catalogue, url, &unseen, &carrier)
            }
            Content::Google(file) => container.brings(file, catalogue, url, &layer, &carrier),
            Content::Other(manager) => manager.brings(container, catalogue, url, &carrier),
        };
        page.installs.extend(installs);
        page.events.extend(events);
    }
}

/// Whether an install loads a container, or a Google tag with a configuration of its own, in a browser with JavaScript.
fn carries(install: &Install) -> bool {
    let id = |account: &str| account.starts_with("GTM-") || google_tag::is_id(account) && !install.by_events;
    (install.vendor == VENDOR || install.account.as_deref().is_some_and(id))
        && install.state != State::Inert
        && !matches!(install.via, Via::Noscript | Via::Image)
}

/// Whether the id is one that can be published: no placeholder, the right alphabet.
fn real(id: &str, catalogue: &Catalogue) -> bool {
    if catalogue.vendors().iter().any(|vendor| vendor.account.placeholders.iter().any(|placeholder| placeholder == id))
    {
        return false;
    }
    let (prefix, tail) = id.split_once('-').unwrap_or_default();
    let alphabet = match prefix {
        "AW" | "DC" => tail.bytes().all(|b| b.is_ascii_digit()),
        _ => tail.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
    };
    alphabet && (4..=14).contains(&tail.len()) && !tail.bytes().all(|b| b == b'X')
}

impl Container {
    fn brings(
        &self,
        file: &File,
        catalogue: &Catalogue,
        url: &Url,
        layer: &Layer,
        carrier: &Install,
    ) -> (Vec<Install>, Vec<Event>) {
        let triggers = Triggers::new(file);
        let (mut installs, mut events) = (Vec::new(), Vec::new());
        for (index, verdict) in triggers.verdicts(Some(url), layer).fires.into_iter().enumerate() {
            let definition = &file.tags[index];
            let function = definition["function"].as_str().unwrap_or_default();
            if verdict == Fires::No || tag::is_listener(function) || installs.len() + events.len() >= MAX_BROUGHT {
                continue;
            }
            let trigger = outer(verdict, &triggers.events(index), carrier);
            let place = self.place(index, function, trigger, carrier);
            for pixel in tag::pixels(catalogue, file, definition, Some(url)) {
                installs.extend(place.installs(&pixel));
                events.extend(pixel.events.into_iter().map(|event| place.event(event)));
            }
            if function == "__zone" {
                let children = tag::links(&Resolver::new(&file.macros, Some(url), None), definition);
                // a zone may let only some types of tags run, which the child's own file doesn't know
                let restricted = definition["vtp_enableTypeRestrictions"].as_bool() == Some(true);
                let trigger = if restricted { Trigger::Conditional } else { place.trigger };
                let containers = children.into_iter().filter(|id| id.starts_with("GTM-"));
                installs.extend(containers.map(|id| Install { trigger, ..place.install(VENDOR, Some(id), false) }));
            }
        }
        (installs, events)
    }
}

/// When a tag runs, as seen from the page: with the container where its trigger is met, else on what it waits for.
pub(super) fn outer(verdict: Fires, events: &BTreeSet<String>, carrier: &Install) -> Trigger {
    if carrier.trigger != Trigger::Load {
        return if verdict == Fires::Yes { carrier.trigger } else { Trigger::Conditional };
    }
    if verdict == Fires::Yes {
        return Trigger::Load;
    }
    let mut kinds = events.iter().map(|event| match event.as_str() {
        "gtm.click" | "gtm.linkClick" => Trigger::Click,
        "gtm.formSubmit" => Trigger::Submit,
        "gtm.historyChange" | "gtm.historyChange-v2" => Trigger::Route,
        "gtm.scrollDepth" => Trigger::Scroll,
        _ => Trigger::Conditional,
    });
    match kinds.next() {
        Some(first) if kinds.all(|kind| kind == first) => first,
        _ => Trigger::Conditional,
    }
}

/// Where and when a tag's pixels come onto the page.
pub(super) struct Place<'a> {
    installer: String,
    source: String,
    function: &'a str,
    pub(super) trigger: Trigger,
    carrier: &'a Install,
}

impl Place<'_> {
    pub(super) fn installs(&self, pixel: &Pixel) -> Vec<Install> {
        match &pixel.installs {
            Some(own) => own.iter().map(|install| self.own(install)).collect(),
            None => {
                vec![self.install(&pixel.vendor, pixel.account.clone(), !initialises(self.function, &pixel.events))]
            }
        }
    }

    /// An install of a tag's own code, which keeps what the code says of itself.
    fn own(&self, install: &Install) -> Install {
        Install {
            via: Via::Container,
            state: install.state.max(self.carrier.state),
            delayed: install.delayed || self.carrier.delayed,
            installer: Some(self.installer.clone()),
            gate: install.gate.clone().or_else(|| self.carrier.gate.clone()),
            trigger: self.inner(install.trigger, install.branch),
            order: 0,
            branch: None,
            at: Position { source: self.source.clone(), ..install.at.clone() },
            ..install.clone()
        }
    }

    pub(super) fn install(&self, vendor: &str, account: Option<String>, library_only: bool) -> Install {
        let code = format!("{} {}", self.function, account.as_deref().unwrap_or_default());
        Install {
            vendor: vendor.to_owned(),
            account,
            placeholder: None,
            via: Via::Container,
            state: self.carrier.state,
            delayed: self.carrier.delayed,
            library_only,
            by_events: false,
            installer: Some(self.installer.clone()),
            gate: self.carrier.gate.clone(),
            trigger: self.trigger,
            order: 0,
            branch: None,
            at: Position { source: self.source.clone(), line: 1, column: 1 },
            code: code.trim_end().to_owned(),
        }
    }

    pub(super) fn event(&self, event: Event) -> Event {
        let built = event.code.is_empty();
        let at = if built { Position { line: 1, column: 1, ..Position::default() } } else { event.at };
        Event {
            via: Via::Container,
            state: event.state.max(self.carrier.state),
            delayed: event.delayed || self.carrier.delayed,
            installer: Some(self.installer.clone()),
            gate: event.gate.or_else(|| self.carrier.gate.clone()),
            trigger: self.inner(event.trigger, event.branch),
            order: 0,
            branch: None,
            at: Position { source: self.source.clone(), ..at },
            code: if built { self.function.to_owned() } else { event.code },
            ..event
        }
    }

    /// What the code waits for, or else what its tag waits for. Alternatives count by themselves only within the code.
    fn inner(&self, trigger: Trigger, branch: Option<(u32, u32)>) -> Trigger {
        match trigger {
            Trigger::Load if branch.is_some() => Trigger::Conditional,
            Trigger::Load => self.trigger,
            other => other,
        }
    }
}

/// Whether a tag starts its vendor's library for the account. Tags that send one event load the library and leave it at
/// that, however many of them there are.
fn initialises(function: &str, events: &[Event]) -> bool {
    const SENDERS: [&str; 9] = ["__gaawe", "__awct", "__sp", "__awcc", "__awud", "__flc", "__fls", "__gclidw", "__img"];
    !SENDERS.contains(&function) && events.iter().all(|event| event.stage == Stage::PageView)
}
