//! Which candidates are an install of their own, and which only say again what another says.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_model::{Install, Via};

use super::{
    assemble::Located,
    order::{Place, Places},
};
use crate::catalogue::{Does, LibraryForm, Vendor};

/// An install before copies within one piece are joined.
pub(super) struct Candidate<'c> {
    pub(super) vendor: &'c Vendor,
    pub(super) account: Option<String>,
    /// The expression in place of an account.
    pub(super) unknown: Option<String>,
    /// The stand-in in place of an account.
    pub(super) placeholder: Option<String>,
    /// Which form of the table: kind and position.
    pub(super) form: (u8, usize),
    pub(super) at: usize,
    pub(super) via: Via,
    pub(super) installer: Option<String>,
    pub(super) implied: Vec<String>,
}

pub(super) const BY_CALL: u8 = 0;
pub(super) const BY_ASSIGNMENT: u8 = 1;
pub(super) const BY_LIBRARY: u8 = 2;
pub(super) const BY_IMAGE: u8 = 3;
/// Of [`BY_ASSIGNMENT`]: where the numbers of configurations begin.
pub(super) const CONFIG: usize = 1_000;
/// Of [`BY_LIBRARY`]: the load waits for code that names the account, or is the whole install.
pub(super) const INCOMPLETE: usize = 0;
pub(super) const COMPLETE: usize = 1;

/// Accounts that one call is taken to serve: more are an attack.
const MAX_SERVED: usize = 100;

/// Accounts of a vendor that its calls serve, in document order.
pub(super) fn accounts_of(installs: &[Joined<'_>], vendor: &Vendor) -> Vec<String> {
    let mut accounts = Vec::new();
    for install in installs.iter().filter(|i| i.serves_calls() && i.vendor.id == vendor.id) {
        if let Some(account) = install.account.as_ref().filter(|a| !accounts.contains(*a)) {
            accounts.push(account.clone());
            if accounts.len() == MAX_SERVED {
                break;
            }
        }
    }
    accounts
}

/// An install after copies within one piece were joined.
pub(super) struct Joined<'c> {
    pub(super) vendor: &'c Vendor,
    pub(super) account: Option<String>,
    pub(super) placeholder: Option<String>,
    pub(super) at: usize,
    pub(super) via: Via,
    pub(super) library_only: bool,
    pub(super) installer: Option<String>,
    pub(super) implied: Vec<String>,
}

impl Joined<'_> {
    /// Calls on the page reach this install; images and frames hear of none.
    pub(super) fn serves_calls(&self) -> bool {
        !matches!(self.via, Via::Image | Via::Noscript)
    }

    pub(super) fn install(self, facts: &[Located], places: &Places<'_>) -> Option<Install> {
        let located = facts.get(self.at)?;
        let setting = &located.setting;
        let Place { order, branch } = places.of(self.at);
        Some(Install {
            vendor: self.vendor.id.clone(),
            account: self.account,
            placeholder: self.placeholder,
            via: self.via,
            state: setting.state,
            delayed: setting.delayed,
            library_only: self.library_only,
            by_events: false,
            installer: self.installer,
            gate: setting.gate.clone(),
            trigger: located.fact.context.trigger,
            order,
            branch,
            at: located.fact.at.clone(),
            code: located.fact.code.clone(),
        })
    }
}

/// Leaves out what only says again what another form than an image says of an account, and echoes whose account isn't known.
pub(super) fn without_echoes(candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    let key = |c: &Candidate<'_>| (c.vendor.id.clone(), c.account.clone());
    // A library that waits for its account to be initialised says nothing of that, nor does an image for other visitors.
    let says = |c: &&Candidate<'_>| !c.is_echo() && c.form != (BY_LIBRARY, INCOMPLETE) && c.form.0 != BY_IMAGE;
    let said: BTreeSet<_> = candidates.iter().filter(says).map(key).collect();
    candidates.into_iter().filter(|c| !c.is_echo() || c.account.is_some() && !said.contains(&key(c))).collect()
}

impl Candidate<'_> {
    fn is_echo(&self) -> bool {
        match self.form {
            (BY_CALL, number) => self.vendor.calls.get(number).is_some_and(|form| form.echo),
            (BY_ASSIGNMENT, number) => match number.checked_sub(CONFIG) {
                Some(number) => self.vendor.configs.get(number).is_some_and(|form| form.echo),
                None => self.vendor.assigns.get(number).is_some_and(|form| form.echo),
            },
            _ => false,
        }
    }
}

/// What makes candidates copies of one install: piece, vendor, and account or the expression in its place.
type Key<'k> = (u32, &'k str, Option<&'k str>, Option<&'k str>);

/// Gives libraries that name no account that of the requests beside them, where those agree and nothing else starts the
/// vendor: what loads the library names the account, here only images tell it.
pub(super) fn with_accounts_of_images(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut started = BTreeSet::new();
    for c in &candidates {
        match (c.form.0, c.account.as_deref()) {
            (BY_IMAGE, Some(account)) => _ = named.entry(&c.vendor.id).or_default().insert(account),
            (BY_LIBRARY, None) | (BY_IMAGE, None) => {}
            _ => _ = started.insert(c.vendor.id.as_str()),
        }
    }
    let only: BTreeMap<String, Option<String>> = named
        .into_iter()
        .filter(|(vendor, _)| !started.contains(vendor))
        .map(|(vendor, accounts)| {
            let mut accounts = accounts.into_iter();
            (vendor.to_owned(), accounts.next().filter(|_| accounts.next().is_none()).map(str::to_owned))
        })
        .collect();
    for c in candidates.iter_mut().filter(|c| c.form.0 == BY_LIBRARY && c.account.is_none()) {
        c.account = only.get(&c.vendor.id).cloned().flatten();
    }
    candidates
}

/// Joins candidates: within one piece, different forms of one account are one install and the same form twice is two; a
/// library is none beside an init of its account; images of one account are one.
pub(super) fn join<'c>(candidates: Vec<Candidate<'c>>, facts: &[Located]) -> Vec<Joined<'c>> {
    let unit = |c: &Candidate<'_>| facts.get(c.at).map_or(0, |l| l.unit);
    let said = Said::new(&candidates, unit);
    let mut counts: BTreeMap<Key<'_>, BTreeMap<(u8, usize), usize>> = BTreeMap::new();
    for c in candidates.iter().filter(|c| said.matters(c, unit(c))) {
        let key = (unit(c), c.vendor.id.as_str(), c.account.as_deref(), c.unknown.as_deref());
        *counts.entry(key).or_default().entry(c.form).or_default() += 1;
    }
    // Of each key, the form that occurs most often; of several, the one that comes first in the page.
    let mut chosen: BTreeMap<Key<'_>, (u8, usize)> = BTreeMap::new();
    let mut kept = Vec::new();
    let mut images: BTreeMap<(&str, Option<&str>), Vec<Via>> = BTreeMap::new();
    for (i, c) in candidates.iter().enumerate() {
        let key = (unit(c), c.vendor.id.as_str(), c.account.as_deref(), c.unknown.as_deref());
        let Some(forms) = counts.get(&key) else { continue };
        let most = forms.values().max().copied().unwrap_or(0);
        if forms.get(&c.form) != Some(&most) || *chosen.entry(key).or_insert(c.form) != c.form {
            continue;
        }
        if c.form.0 == BY_IMAGE {
            let seen = images.entry((c.vendor.id.as_str(), c.account.as_deref())).or_default();
            if seen.contains(&c.via) {
                continue;
            }
            seen.push(c.via);
        }
        if said.matters(c, unit(c)) {
            kept.push(i);
        }
    }
    let kept: Vec<bool> = (0..candidates.len()).map(|i| kept.binary_search(&i).is_ok()).collect();
    let chosen = candidates.into_iter().zip(kept).filter(|(_, keep)| *keep);
    chosen
        .map(|(c, _)| Joined {
            vendor: c.vendor,
            account: c.account,
            placeholder: c.placeholder,
            at: c.at,
            via: c.via,
            library_only: c.form.0 == BY_LIBRARY && c.form.1 == INCOMPLETE,
            installer: c.installer,
            implied: c.implied,
        })
        .collect()
}

/// Whether a load is the whole install: the table says so, or knows no code that could name an account.
pub(super) fn is_complete(vendor: &Vendor, form: &LibraryForm) -> bool {
    let by_call = vendor.calls.iter().any(|c| matches!(c.does, Does::Init | Does::InitAndEvent));
    form.complete || (!by_call && vendor.assigns.is_empty())
}

/// What the candidates of a page say together, for [`Said::matters`].
#[derive(Default)]
struct Said<'k> {
    /// Vendors of which something is initialised.
    started: BTreeSet<&'k str>,
    /// Vendors and accounts that are initialised.
    inits: BTreeSet<(&'k str, &'k str)>,
    /// Vendors whose library names an account.
    libraries: BTreeSet<&'k str>,
    /// Forms that initialise a named account, by vendor and piece.
    forms: BTreeMap<(&'k str, u32), BTreeSet<(u8, usize)>>,
}

impl<'k> Said<'k> {
    fn new(candidates: &'k [Candidate<'_>], unit: impl Fn(&Candidate<'_>) -> u32) -> Said<'k> {
        let mut said = Said::default();
        for c in candidates {
            let (vendor, account) = (c.vendor.id.as_str(), c.account.as_deref());
            match (c.form.0, account) {
                (BY_CALL | BY_ASSIGNMENT, _) => {
                    said.started.insert(vendor);
                    if let Some(account) = account {
                        said.inits.insert((vendor, account));
                        said.forms.entry((vendor, unit(c))).or_default().insert(c.form);
                    }
                }
                (BY_LIBRARY, Some(_)) => {
                    said.libraries.insert(vendor);
                }
                _ => {}
            }
        }
        said
    }

    /// Whether a candidate is more than a companion of another.
    fn matters(&self, c: &Candidate<'_>, unit: u32) -> bool {
        let vendor = c.vendor.id.as_str();
        match (c.form.0, c.account.as_deref()) {
            // The library of an account that is initialised; of any account when the library names none.
            (BY_LIBRARY, Some(account)) => !self.inits.contains(&(vendor, account)),
            (BY_LIBRARY, None) => !self.libraries.contains(vendor) && !self.started.contains(vendor),
            // A second form whose value the source doesn't show, beside one that names the account.
            (BY_CALL | BY_ASSIGNMENT, None) => {
                !self.forms.get(&(vendor, unit)).is_some_and(|forms| forms.iter().any(|form| *form != c.form))
            }
            _ => true,
        }
    }
}
