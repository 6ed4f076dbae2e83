//! Consent as the source shows it: which platform a page uses, and which scripts wait for it. The calls by which a page
//! tells a vendor what is allowed come from the vendors' tables.

mod code;
mod gate;
mod stored;
mod when;

use std::{collections::BTreeSet, sync::LazyLock};

use serde::Deserialize;
use url::Url;

pub(crate) use code::platforms_in_code;
pub use stored::{StoredChoice, stored_choice};
pub(crate) use when::{asks_consent, calls_back, calls_function, gate_of_code, gate_of_setting};

pub(crate) use gate::{Run, run_of_element, run_of_script};

use crate::markup::Item;

/// Key of a platform's settings whose value is code in base 64, run once a visitor agrees.
pub(crate) const PACKED: &str = "optInJS";
/// The platform that has it.
pub(crate) const PACKS: &str = "borlabs-cookie";

/// Key of another platform's settings: JSON in a string, whose groups hold markup that runs once a visitor agrees to them.
pub(crate) const DEFINED: &str = "scripts_defined";
/// The platform that has it.
pub(crate) const DEFINES: &str = "moove-gdpr";

/// A consent platform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Platform {
    id: String,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    ids: Vec<String>,
    #[serde(default)]
    attrs: Vec<String>,
    #[serde(default)]
    code: Vec<String>,
    #[serde(default)]
    gates: Vec<GateMark>,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    src: Vec<String>,
    #[serde(default)]
    asks: Vec<String>,
    #[serde(default)]
    on: Vec<String>,
    #[serde(default)]
    functions: Vec<String>,
    #[serde(default)]
    settings: Vec<String>,
}

/// A mark of an element that waits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GateMark {
    attr: Option<String>,
    class: Option<String>,
    unless: Option<String>,
    #[serde(default)]
    only: Vec<String>,
    with: Option<String>,
}

#[derive(Deserialize)]
struct Platforms {
    platform: Vec<Platform>,
}

static PLATFORMS: LazyLock<Vec<Platform>> = LazyLock::new(|| {
    let table: Platforms =
        toml::from_str(include_str!("platforms.toml")).expect("the built-in table is sound, by test");
    table.platform
});

/// The platform that an element of the page belongs to: its loader, or something that waits for it.
pub(crate) fn platform_of(item: &Item, address: Option<&Url>) -> Option<&'static str> {
    if !MARKS.may_load(item, address) {
        return None;
    }
    PLATFORMS.iter().find(|p| p.loads(item, address)).map(|p| p.id.as_str())
}

/// The platform that an element waits for, if its marks are that platform's alone.
pub(crate) fn platform_of_waiting(item: &Item) -> Option<&'static str> {
    gate::telling_platform(item).map(|p| p.id.as_str())
}

/// Texts of which the tag of any platform's loader holds at least one.
pub(crate) fn loader_marks() -> impl Iterator<Item = String> {
    PLATFORMS.iter().flat_map(|p| {
        let hosts = p.hosts.iter().map(|h| h.trim_start_matches("*."));
        hosts.chain([&p.paths, &p.ids, &p.attrs].into_iter().flatten().map(String::as_str)).map(str::to_owned)
    })
}

/// What all platforms together go by, to tell the many elements at once that none of them has to do with.
struct Marks {
    hosts: BTreeSet<&'static str>,
    paths: Vec<&'static str>,
    ids: BTreeSet<&'static str>,
    attrs: BTreeSet<&'static str>,
    /// Attributes that mark what waits, `class` among them.
    gates: BTreeSet<&'static str>,
    /// Attributes that keep an address back.
    src: BTreeSet<&'static str>,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    let all = |names: fn(&Platform) -> &Vec<String>| PLATFORMS.iter().flat_map(names).map(String::as_str);
    Marks {
        hosts: all(|p| &p.hosts).map(|host| host.trim_start_matches("*.")).collect(),
        paths: all(|p| &p.paths).collect(),
        ids: all(|p| &p.ids).collect(),
        attrs: all(|p| &p.attrs).collect(),
        gates: PLATFORMS.iter().flat_map(|p| &p.gates).map(|g| g.attr.as_deref().unwrap_or("class")).collect(),
        src: all(|p| &p.src).collect(),
    }
});

impl Marks {
    fn may_load(&self, item: &Item, address: Option<&Url>) -> bool {
        address.is_some_and(|url| {
            let mut domains = std::iter::successors(url.host_str(), |host| host.split_once('.').map(|(_, tail)| tail));
            domains.any(|domain| self.hosts.contains(domain)) || self.paths.iter().any(|p| url.as_str().contains(p))
        }) || has(item, &self.attrs)
            || item.attr("id").is_some_and(|id| self.ids.contains(id))
    }
}

/// Whether an element has any of these attributes.
fn has(item: &Item, names: &BTreeSet<&str>) -> bool {
    item.attrs.iter().any(|a| names.contains(a.name.as_str()))
}

impl Platform {
    fn loads(&self, item: &Item, address: Option<&Url>) -> bool {
        let by_address = address.is_some_and(|url| {
            let host = url.host_str().unwrap_or_default();
            self.hosts.iter().any(|h| host_matches(h, host))
                || self.paths.iter().any(|p| url.as_str().contains(p.as_str()))
        });
        by_address
            || self.attrs.iter().any(|a| item.attr(a).is_some())
            || item.attr("id").is_some_and(|id| self.ids.iter().any(|i| i == id))
    }
}

/// Whether a host is the one that a table names; `*.` stands for any subdomain and for none.
pub(crate) fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host == domain || host.strip_suffix(domain).is_some_and(|head| head.ends_with('.')),
        None => host == pattern,
    }
}

/// Whether a consent platform serves from this host.
pub(crate) fn is_platform_host(host: &str) -> bool {
    PLATFORMS.iter().any(|p| p.hosts.iter().any(|h| host_matches(h, host)))
}

#[cfg(test)]
mod tests;
