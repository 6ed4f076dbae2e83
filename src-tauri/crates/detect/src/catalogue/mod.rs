//! The catalogue: every vendor's table, checked, with what is needed to find the right form quickly. Code that reads
//! pages, decodes requests or judges findings asks here and never names a vendor.

mod beacon_form;
mod check;
mod config_form;
mod container_form;
mod index;
mod knowledge;
mod pattern;
mod schema;
mod sieve;

use std::sync::{Arc, LazyLock};

use pixelproof_model::{EventClass, Stage, VendorInfo};

pub use beacon_form::{BeaconForm, NameWhen};
pub use config_form::{ConfigEvents, ConfigForm};
pub use container_form::ContainerForm;
pub(crate) use index::{ANY_OBJECT, Index, beginning, root as index_root};
pub use knowledge::{Audience, AutomaticEvent, BeforeInit, Behaviour, Cookie, ParamType, Roi, StandardEvent};
pub(crate) use pattern::value_text;
pub use pattern::{Matcher, Pattern, Test, ValueKind};
pub use schema::*;
pub(crate) use sieve::Sieve;

use crate::{
    consent::{DEFINED, PACKED},
    script::Interests,
    vendors,
};

/// Why a table can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {reason}")]
pub struct TableError {
    /// File that holds the table.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// A table from the user's own folder.
#[derive(Debug, Clone)]
pub struct UserTable {
    /// File name, for messages.
    pub file: String,
    /// The table.
    pub table: String,
    /// Prose beside it; may be empty.
    pub text: String,
}

/// All vendors: the built-in ones and the user's.
#[derive(Debug, Clone)]
pub struct Catalogue {
    vendors: Vec<Vendor>,
    texts: Vec<String>,
    index: Index,
    interests: Arc<Interests>,
    sieve: Sieve,
}

impl Catalogue {
    /// The built-in vendors.
    ///
    /// # Panics
    /// When a built-in table can't be read, which a test rules out.
    pub fn builtin() -> &'static Catalogue {
        static BUILTIN: LazyLock<Catalogue> =
            LazyLock::new(|| Catalogue::from_builtin().unwrap_or_else(|e| panic!("built-in catalogue: {e}")));
        &BUILTIN
    }

    fn from_builtin() -> Result<Catalogue, TableError> {
        let mut vendors = Vec::new();
        let mut texts = Vec::new();
        for source in vendors::BUILTIN {
            vendors.push(check::read_table(source.file, source.table, &vendors)?);
            texts.push(source.text.to_owned());
        }
        Ok(Catalogue::assemble(vendors, texts))
    }

    /// The built-in vendors and the user's. The first table that can't be used is the error.
    pub fn with_user(tables: Vec<UserTable>) -> Result<Catalogue, TableError> {
        let mut vendors = Catalogue::builtin().vendors.clone();
        let mut texts = Catalogue::builtin().texts.clone();
        for source in tables {
            let mut vendor = check::read_table(&source.file, &source.table, &vendors)?;
            vendor.user = true;
            vendors.push(vendor);
            texts.push(source.text);
        }
        Ok(Catalogue::assemble(vendors, texts))
    }

    /// As [`Catalogue::with_user`], and what can't be used is left out and handed back.
    pub fn with_usable(tables: Vec<UserTable>) -> (Catalogue, Vec<TableError>) {
        let mut vendors = Catalogue::builtin().vendors.clone();
        let mut texts = Catalogue::builtin().texts.clone();
        let mut errors = Vec::new();
        for source in tables {
            match check::read_table(&source.file, &source.table, &vendors) {
                Ok(mut vendor) => {
                    vendor.user = true;
                    vendors.push(vendor);
                    texts.push(source.text);
                }
                Err(error) => errors.push(error),
            }
        }
        (Catalogue::assemble(vendors, texts), errors)
    }

    fn assemble(vendors: Vec<Vendor>, texts: Vec<String>) -> Catalogue {
        let mut pairs: Vec<(Vendor, String)> = vendors.into_iter().zip(texts).collect();
        pairs.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        let (vendors, texts): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let index = Index::new(&vendors);
        let roots = index::roots(&vendors).into_iter().chain([crate::page::PUT_OFF.to_owned()]);
        let interests = Interests::new(roots, index::needles(&vendors));
        let borrowed = vendors.iter().flat_map(|v| v.borrowed_globals.iter().cloned());
        let named = vendors.iter().flat_map(|v| v.named_by.clone());
        let keys = index::keys(&vendors).into_iter().chain([PACKED, DEFINED].map(str::to_owned));
        let quiet = vendors.iter().flat_map(|v| v.quiet_globals.iter().cloned());
        let interests = interests.with_borrowed(borrowed).with_keys(keys).with_named(named).with_quiet(quiet);
        let interests = Arc::new(interests);
        let sieve = Sieve::new(&vendors, crate::consent::loader_marks());
        Catalogue { vendors, texts, index, interests, sieve }
    }

    /// All vendors, by id.
    pub fn vendors(&self) -> &[Vendor] {
        &self.vendors
    }

    /// The vendor with this id.
    pub fn get(&self, id: &str) -> Option<&Vendor> {
        let at = self.vendors.binary_search_by(|v| v.id.as_str().cmp(id)).ok()?;
        self.vendors.get(at)
    }

    /// The vendor that sets a cookie of this name on a domain, where its table says so. A whole name beats one with `*` at
    /// its end, and a longer beginning a shorter. A name that a vendor uses on its own domain says nothing elsewhere: many
    /// sites have a `uid` or a `cid`.
    pub fn vendor_of_cookie(&self, name: &str, domain: &str) -> Option<&str> {
        let fits = |pattern: &str| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning).then_some(beginning.len()),
            None => (pattern == name).then_some(usize::MAX),
        };
        let named = self.vendors.iter().flat_map(|v| v.cookies.iter().map(move |cookie| (v, cookie)));
        let there = named.filter(|(v, cookie)| cookie.party.as_deref() != Some("third") || v.has_host_in(domain));
        let fitting = there.filter_map(|(vendor, cookie)| Some((fits(&cookie.name)?, vendor.id.as_str())));
        // Of two vendors that share a cookie the first, by id.
        fitting.rev().max_by_key(|(length, _)| *length).map(|(_, id)| id)
    }

    /// The prose of a vendor, Markdown.
    pub fn text(&self, id: &str) -> Option<&str> {
        let at = self.vendors.binary_search_by(|v| v.id.as_str().cmp(id)).ok()?;
        self.texts.get(at).map(String::as_str)
    }

    /// What front ends show of every vendor.
    pub fn vendor_infos(&self) -> Vec<VendorInfo> {
        self.vendors.iter().zip(&self.texts).map(|(vendor, text)| vendor.info(text)).collect()
    }

    /// What scripts are searched for.
    pub fn interests(&self) -> &Interests {
        &self.interests
    }

    /// Which images and frames are worth a look.
    pub(crate) fn sieve(&self) -> &Sieve {
        &self.sieve
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }
}

impl Vendor {
    /// Whether a domain is above, below or the same as a host of the vendor's.
    fn has_host_in(&self, domain: &str) -> bool {
        let domain = domain.trim_start_matches('.');
        let below = |a: &str, b: &str| a.strip_suffix(b).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let hosts = self.libraries.iter().flat_map(|l| &l.hosts).chain(self.beacons.iter().flat_map(|b| &b.hosts));
        let mut hosts = hosts.filter(|host| *host != "*").map(|host| host.trim_start_matches("*."));
        domain.contains('.') && hosts.any(|host| below(host, domain) || below(domain, host))
    }

    fn info(&self, text: &str) -> VendorInfo {
        let images = self.beacons.iter().filter(|b| b.installs && !b.mirror).count();
        let calls = self.calls.iter().filter(|c| matches!(c.does, Does::Init | Does::InitAndEvent)).count();
        let installing = self.libraries.iter().filter(|l| l.installs).count();
        VendorInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            initials: self.initials.clone(),
            owner: self.owner.clone(),
            country: self.country.clone(),
            purpose: self.purpose.as_str().to_owned(),
            standard_events: count(self.events.len()),
            install_forms: count(images + calls + installing + self.assigns.len() + self.configs.len()),
            beacon_forms: count(self.beacons.len()),
            examples: count(text.lines().filter(|l| is_example(l)).count()),
            user: self.user,
            text: text.to_owned(),
        }
    }

    /// The standard event of this name; with `ignore_case`, whatever its case.
    pub fn standard_event(&self, name: &str) -> Option<&StandardEvent> {
        let same = |known: &String| known == name || self.ignore_case && known.eq_ignore_ascii_case(name);
        self.events.iter().find(|e| same(&e.name) || e.aliases.iter().any(same))
    }

    /// Whether two names are of one event, each spelt as in a call or as on the wire.
    pub fn is_one_event(&self, a: &str, b: &str) -> bool {
        self.wire_name(a).eq_ignore_ascii_case(self.wire_name(b))
    }

    /// The name under which an event leaves.
    fn wire_name<'n>(&'n self, name: &'n str) -> &'n str {
        let Some(event) = self.standard_event(name) else { return name };
        event.sent_as.as_ref().or(event.replaced_by.as_ref()).unwrap_or(&event.name)
    }

    /// Class and stage of an event by its name.
    pub fn classify(&self, name: &str) -> (EventClass, Stage) {
        if let Some(event) = self.standard_event(name) {
            return (EventClass::Standard, event.stage);
        }
        match self.automatic.iter().find(|e| e.name == name) {
            Some(event) => (EventClass::Automatic, event.stage),
            None => (EventClass::Custom, Stage::Other),
        }
    }
}

impl Purpose {
    /// Name as in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Advertising => "advertising",
            Purpose::Analytics => "analytics",
            Purpose::TagManager => "tag-manager",
            Purpose::SessionReplay => "session-replay",
            Purpose::Marketing => "marketing",
        }
    }
}

/// Opening fence of an example's input.
fn is_example(line: &str) -> bool {
    ["```html", "```js", "```beacon"].iter().any(|fence| line.trim_start().starts_with(fence))
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
