//! From a host, a callee or a global to the forms of the tables that may apply. Built once per catalogue.

use std::collections::{BTreeMap, BTreeSet};

use regex::{RegexSet, RegexSetBuilder};

use super::{
    pattern::{Pattern, anchored},
    schema::Vendor,
};

/// What a path begins with that may start in any object.
pub(crate) const ANY_OBJECT: &str = "*.";

/// A form of a vendor: position of the vendor, position of the form in its list.
pub(crate) type VendorForm = (usize, usize);

/// Which forms may apply.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    libraries: Hosts,
    beacons: Hosts,
    calls: BTreeMap<String, Vec<VendorForm>>,
    assigns: BTreeMap<String, Vec<VendorForm>>,
    configs: BTreeMap<String, Vec<VendorForm>>,
    /// Globals that switch automatic events off.
    switches: BTreeSet<String>,
    /// Globals below which an account may have an instance of its own.
    instances: BTreeSet<String>,
}

impl Index {
    pub(super) fn new(vendors: &[Vendor]) -> Index {
        let mut index = Index::default();
        for (v, vendor) in vendors.iter().enumerate() {
            for (f, form) in vendor.libraries.iter().enumerate() {
                form.hosts.iter().for_each(|host| index.libraries.add(host, &form.path, (v, f)));
                index.switches.extend(form.implies.iter().filter_map(|i| i.unless_global.clone()));
            }
            for (f, form) in vendor.beacons.iter().enumerate() {
                form.hosts.iter().for_each(|host| index.beacons.add(host, &form.path, (v, f)));
            }
            for (f, form) in vendor.calls.iter().enumerate() {
                let aliases = vendor.aliases.iter().filter(|(_, to)| **to == form.function).map(|(from, _)| from);
                for callee in aliases.chain([&form.function]) {
                    index.instances.extend(form.instance.as_ref().map(|_| root(callee).to_owned()));
                    index.calls.entry(callee.clone()).or_default().push((v, f));
                }
            }
            for (f, form) in vendor.assigns.iter().enumerate() {
                index.assigns.entry(form.global.clone()).or_default().push((v, f));
                index.switches.extend(form.implies.iter().filter_map(|i| i.unless_global.clone()));
            }
            for (f, form) in vendor.configs.iter().enumerate() {
                index.configs.entry(root(&form.path).to_owned()).or_default().push((v, f));
            }
        }
        index.libraries.finish();
        index.beacons.finish();
        index
    }

    /// Library forms that an address may belong to; `*` forms come last, those of them whose path it has.
    pub(crate) fn libraries(&self, host: &str, path: &str) -> Vec<VendorForm> {
        self.libraries.find(host, path)
    }

    /// Beacon forms that an address may belong to; `*` forms come last, those of them whose path it has.
    pub(crate) fn beacons(&self, host: &str, path: &str) -> Vec<VendorForm> {
        self.beacons.find(host, path)
    }

    /// Whether the host is named by a vendor's table, other than by `*`.
    pub(crate) fn is_vendor_host(&self, host: &str) -> bool {
        self.libraries.names(host) || self.beacons.names(host)
    }

    /// Call forms of a callee.
    pub(crate) fn calls(&self, callee: &str) -> &[VendorForm] {
        self.calls.get(callee).map_or(&[], Vec::as_slice)
    }

    /// The callee that a call below a named instance stands for, and the instance: `mixpanel.track` and `shop` of
    /// `mixpanel.shop.track`.
    pub(crate) fn of_instance<'c>(&self, callee: &'c str) -> Option<(String, &'c str)> {
        let (global, rest) = callee.split_once('.')?;
        let (instance, method) = rest.split_once('.').filter(|_| self.instances.contains(global))?;
        let callee = format!("{global}.{method}");
        self.calls.contains_key(&callee).then_some((callee, instance))
    }

    /// Assignment forms of a global.
    pub(crate) fn assigns(&self, global: &str) -> &[VendorForm] {
        self.assigns.get(global).map_or(&[], Vec::as_slice)
    }

    /// Whether a global switches an automatic event off.
    pub(crate) fn is_switch(&self, global: &str) -> bool {
        self.switches.contains(global)
    }

    /// Whether a key of this global switches an automatic event off.
    pub(crate) fn holds_switch(&self, global: &str) -> bool {
        self.switches.iter().any(|s| s.strip_prefix(global).is_some_and(|key| key.starts_with('.')))
    }

    /// Configuration forms whose path starts at this global.
    pub(crate) fn configs(&self, global: &str) -> &[VendorForm] {
        self.configs.get(global).map_or(&[], Vec::as_slice)
    }
}

/// Largest automaton of all paths that belong to no host, in bytes.
const MAX_PATHS_BYTES: usize = 16 << 20;

/// First part of a dotted path; with the key of any object (`*.key`) the key belongs to it.
pub(crate) fn root(path: &str) -> &str {
    match path.strip_prefix(ANY_OBJECT) {
        Some(rest) => path.get(..ANY_OBJECT.len() + rest.find('.').unwrap_or(rest.len())).unwrap_or(path),
        None => path.split(['.', '[', '(']).next().unwrap_or(path),
    }
}

/// Keys that say something in any object.
pub(super) fn keys(vendors: &[Vendor]) -> BTreeSet<String> {
    let paths = vendors.iter().flat_map(|vendor| {
        let paths = vendor.configs.iter().map(|config| root(&config.path));
        paths.filter(|path| !vendor.quiet_globals.iter().any(|quiet| quiet == path))
    });
    paths.filter_map(|path| path.strip_prefix(ANY_OBJECT)).map(str::to_owned).collect()
}

/// Globals that the tables' forms run through.
pub(super) fn roots(vendors: &[Vendor]) -> BTreeSet<String> {
    let mut roots = BTreeSet::new();
    for vendor in vendors {
        let calls = vendor.calls.iter().map(|c| c.function.as_str());
        let paths = calls
            .chain(vendor.aliases.keys().map(String::as_str))
            .chain(vendor.assigns.iter().map(|a| a.global.as_str()))
            .chain(vendor.configs.iter().map(|c| c.path.as_str()))
            .chain(vendor.globals.iter().map(String::as_str));
        let names = paths.map(|p| root(p.trim_start_matches("new ")).to_owned());
        let is_quiet = |root: &String| vendor.borrowed_globals.contains(root) || vendor.quiet_globals.contains(root);
        roots.extend(names.filter(|r| !r.starts_with(['#', '*']) && !is_quiet(r)));
        let implies = vendor.calls.iter().flat_map(|c| &c.implies);
        let implies = implies.chain(vendor.assigns.iter().flat_map(|a| &a.implies));
        let implies = implies.chain(vendor.libraries.iter().flat_map(|l| &l.implies));
        roots.extend(implies.filter_map(|i| i.unless_global.clone()));
    }
    roots
}

/// Texts that a script of interest holds: hosts of libraries and of pixels, beginnings of accounts.
pub(super) fn needles(vendors: &[Vendor]) -> BTreeSet<String> {
    let mut needles = BTreeSet::new();
    for vendor in vendors {
        let hosts = vendor.libraries.iter().flat_map(|l| &l.hosts);
        let hosts = hosts.chain(vendor.beacons.iter().filter(|b| b.installs).flat_map(|b| &b.hosts));
        needles.extend(hosts.filter(|h| *h != "*").map(|h| h.trim_start_matches("*.").to_owned()));
        needles.extend(vendor.marks.iter().cloned());
        needles.extend(vendor.account.prefix.iter().filter(|p| p.ends_with('-')).cloned());
        needles.extend(beginning(vendor.account.pattern.as_str()).map(str::to_owned));
    }
    needles
}

/// The beginning that all accounts of a pattern share, if it ends in a dash: `GTM-` of `GTM-[A-Z0-9]{4,9}`.
pub(crate) fn beginning(pattern: &str) -> Option<&str> {
    let length = pattern.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
    pattern.get(..length).filter(|b| b.len() > 1 && b.ends_with('-'))
}

/// Forms by host.
#[derive(Debug, Clone, Default)]
struct Hosts {
    exact: BTreeMap<String, Vec<VendorForm>>,
    below: BTreeMap<String, Vec<VendorForm>>,
    /// Forms for any host, each with its path.
    any: Vec<(VendorForm, String)>,
    /// All those paths at once. `None`: each is to be tried.
    paths: Option<RegexSet>,
}

impl Hosts {
    fn add(&mut self, host: &str, path: &Pattern, form: VendorForm) {
        if host == "*" {
            self.any.push((form, anchored(path.as_str())));
        } else if let Some(domain) = host.strip_prefix("*.") {
            self.below.entry(domain.to_ascii_lowercase()).or_default().push(form);
        } else {
            self.exact.entry(host.to_ascii_lowercase()).or_default().push(form);
        }
    }

    fn finish(&mut self) {
        let paths = self.any.iter().map(|(_, path)| path);
        self.paths = RegexSetBuilder::new(paths).size_limit(MAX_PATHS_BYTES).build().ok();
    }

    fn find(&self, host: &str, path: &str) -> Vec<VendorForm> {
        let mut found = self.exact.get(host).cloned().unwrap_or_default();
        for domain in suffixes(host) {
            found.extend(self.below.get(domain).into_iter().flatten());
        }
        let form = |(form, _): &(VendorForm, String)| *form;
        match &self.paths {
            Some(paths) => found.extend(paths.matches(path).iter().filter_map(|i| self.any.get(i)).map(form)),
            None => found.extend(self.any.iter().map(form)),
        }
        found
    }

    fn names(&self, host: &str) -> bool {
        self.exact.contains_key(host) || suffixes(host).any(|domain| self.below.contains_key(domain))
    }
}

/// The host and everything after each of its dots.
fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |rest| rest.split_once('.').map(|(_, tail)| tail))
}
