//! Calls, assignments and addresses matched with the forms of the vendors' tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    catalogue::{
        CallForm, Catalogue, ConfigEvents, ConfigForm, Does, EVERY_ARGUMENT, Implied, Matcher, Vendor, index_root,
        value_text,
    },
    script::{Call, Value},
    value::{self, Prefix},
};

use super::{
    installs::CONFIG,
    json::{at_path, inside, reach},
};

/// Accounts that a call names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// The form has no place for an account, or nothing stands there.
    Nothing,
    /// Constants.
    Accounts(Vec<String>),
    /// Something that the source doesn't decide, as written.
    Unknown(String),
}

/// A form that holds for a call.
pub(super) struct CallHit<'c> {
    pub(super) vendor: &'c Vendor,
    pub(super) form: &'c CallForm,
    /// Position of the form, to tell forms apart.
    pub(super) number: usize,
    pub(super) accounts: Named,
}

/// Whether a vendor has an account on the page; asked for calls that name none.
pub(super) type IsInstalled<'a> = &'a dyn Fn(&Vendor) -> bool;

/// The forms that hold for a call: those of vendors that claim its account, else those of the vendor that takes what
/// nobody claims. Of one vendor, the first that holds.
pub(super) fn match_call<'c>(catalogue: &'c Catalogue, call: &Call, installed: IsInstalled<'_>) -> Vec<CallHit<'c>> {
    let mut lists: [Vec<CallHit<'c>>; 3] = Default::default();
    let forms = catalogue.index().calls(&call.callee).iter().filter_map(|&(v, number)| {
        let vendor = catalogue.vendors().get(v)?;
        Some((vendor, vendor.calls.get(number).filter(|form| holds(form, call))?, number))
    });
    let forms: Vec<_> = forms.collect();
    let shared = forms.iter().any(|(vendor, ..)| vendor.id != forms[0].0.id);
    for (vendor, form, number) in forms {
        let Some((rank, accounts)) = claimed(vendor, form, call, shared, installed) else { continue };
        if lists.iter().flatten().any(|hit| hit.vendor.id == vendor.id) {
            continue;
        }
        lists[rank as usize].push(CallHit { vendor, form, number, accounts });
    }
    lists.into_iter().find(|list| !list.is_empty()).unwrap_or_default()
}

/// How good a vendor's claim to a call is; only the best claims count.
#[derive(Clone, Copy)]
enum Rank {
    /// The call is its own, or names its account.
    Own = 0,
    /// The call names a group of accounts, and the vendor has some.
    Group = 1,
    /// Nobody else takes it.
    Fallback = 2,
}

fn holds(form: &CallForm, call: &Call) -> bool {
    let verb = form.verb.as_deref().is_none_or(|verb| matches!(call.args.first(), Some(Value::String(s)) if s == verb));
    verb && form.when.iter().all(|(path, matcher)| matcher.holds(at_path(call, path)))
}

/// The accounts of a call that are the vendor's, and how good its claim is; `None` when the call is another vendor's.
fn claimed(
    vendor: &Vendor,
    form: &CallForm,
    call: &Call,
    shared: bool,
    installed: IsInstalled<'_>,
) -> Option<(Rank, Named)> {
    // In a call that several vendors share, only the prefix as written tells whose account it is.
    let prefix = if shared && vendor.account.claims_by_pattern { Prefix::AsWritten } else { Prefix::WhereItFits };
    let named = named(vendor, form, call, prefix);
    if form.fallback {
        return Some((Rank::Fallback, named));
    }
    if !vendor.account.claims_by_pattern {
        return Some((Rank::Own, named));
    }
    // An event of a call that no other vendor has is its vendor's, installed or not.
    let to_all = matches!(form.does, Does::Event) && (!shared || installed(vendor));
    match named {
        Named::Accounts(accounts) => {
            let (own, foreign): (Vec<String>, Vec<String>) =
                accounts.into_iter().partition(|a| value::claims(vendor, a));
            match own.is_empty() {
                false => Some((Rank::Own, Named::Accounts(own))),
                true if to_all => Some((Rank::Group, Named::Nothing)),
                // What no other vendor's call could mean is this vendor's, with an account that is none.
                true => (!shared && form.does == Does::Init).then_some((Rank::Own, Named::Accounts(foreign))),
            }
        }
        Named::Nothing => to_all.then_some((Rank::Own, Named::Nothing)),
        Named::Unknown(_) => None,
    }
}

fn named(vendor: &Vendor, form: &CallForm, call: &Call, prefix: Prefix) -> Named {
    let pattern = form.account_pattern.as_ref();
    let of = |text: &str| value::group(pattern, text).map(|t| value::accounts(vendor, &t, prefix)).unwrap_or_default();
    if form.account.as_deref() == Some(EVERY_ARGUMENT) {
        return accounts_of_list(&call.args, &of);
    }
    let Some(value) = form.account.as_deref().and_then(|path| at_path(call, path)) else { return Named::Nothing };
    match value {
        Value::Array(list) => accounts_of_list(list, &of),
        other => match value_text(other) {
            Some(text) => match of(&text) {
                list if list.is_empty() => Named::Nothing,
                list => Named::Accounts(list),
            },
            None => other.source().map_or(Named::Nothing, |source| Named::Unknown(source.to_owned())),
        },
    }
}

fn accounts_of_list(list: &[Value], of: &dyn Fn(&str) -> Vec<String>) -> Named {
    let known: Vec<String> = list.iter().filter_map(value_text).flat_map(|t| of(&t)).collect();
    if !known.is_empty() {
        return Named::Accounts(known);
    }
    let unknown = list.iter().find_map(Value::source);
    unknown.map_or(Named::Nothing, |source| Named::Unknown(source.to_owned()))
}

/// A form that holds for an assignment.
pub(super) struct AssignHit<'c> {
    pub(super) vendor: &'c Vendor,
    pub(super) number: usize,
    pub(super) accounts: Named,
    pub(super) implies: &'c [Implied],
    /// Who owns the object, for configurations.
    pub(super) installer: Option<&'c str>,
}

/// Install forms that hold for an assignment.
pub(super) fn match_assign<'c>(catalogue: &'c Catalogue, target: &str, value: &Value) -> Vec<AssignHit<'c>> {
    let mut found = Vec::new();
    for &(v, number) in catalogue.index().assigns(target) {
        let Some(vendor) = catalogue.vendors().get(v) else { continue };
        let Some(form) = vendor.assigns.get(number) else { continue };
        let at = match form.account.as_deref() {
            Some(path) => inside(value, path),
            None => Some(value),
        };
        let accounts = at.map_or(Named::Nothing, |at| of_value(vendor, at));
        if matches!(form.does, Does::Init | Does::InitAndEvent) && accounts != Named::Nothing {
            found.push(AssignHit { vendor, number, accounts, implies: &form.implies, installer: None });
        }
    }
    for &(v, number) in catalogue.index().configs(index_root(target)) {
        let Some(vendor) = catalogue.vendors().get(v) else { continue };
        let Some(form) = vendor.configs.get(number) else { continue };
        if let Some(accounts) = configured(vendor, form, target, value) {
            let installer = Some(form.installer.as_str());
            let listed = form.events.as_ref().is_some_and(|e| !listed(e, target, value).is_empty());
            let implies = if listed { &[] } else { form.implies.as_slice() };
            found.push(AssignHit { vendor, number: CONFIG + number, accounts, implies, installer });
        }
    }
    found
}

/// Accounts in a configuration, if it has any.
fn configured(vendor: &Vendor, form: &ConfigForm, target: &str, value: &Value) -> Option<Named> {
    if !form.path.contains('*') {
        let beside = form.path.rsplit_once('.').and_then(|(parent, _)| config_value(parent, target, value));
        let fits = |(key, matcher): (&String, &Matcher)| matcher.holds(beside.and_then(|beside| inside(beside, key)));
        if !form.when.iter().all(fits) {
            return None;
        }
        let value = config_value(&form.path, target, value)?;
        let named = if form.keys { of_value(vendor, &keys_of(value)) } else { of_value(vendor, value) };
        let Named::Accounts(mut accounts) = named else { return None };
        accounts.retain(|account| vendor.account.claims.is_none() || value::claims(vendor, account));
        return (!accounts.is_empty()).then_some(Named::Accounts(accounts));
    }
    let rest = form.path.strip_prefix(target)?.strip_prefix('.')?;
    let (parents, key) = rest.rsplit_once('.').unwrap_or(("", rest));
    let mut accounts = BTreeSet::new();
    for parent in reach(value, parents) {
        if !form.when.iter().all(|(key, matcher)| matcher.holds(inside(&parent, key))) {
            continue;
        }
        let Some(value) = inside(&parent, key) else { continue };
        let texts: Vec<String> = match value {
            Value::Array(list) => list.iter().filter_map(value_text).collect(),
            other => value_text(other).into_iter().collect(),
        };
        let named = texts.iter().flat_map(|text| value::accounts(vendor, text, Prefix::WhereItFits));
        accounts.extend(named.filter(|account| value::claims(vendor, account)));
    }
    (!accounts.is_empty()).then(|| Named::Accounts(accounts.into_iter().collect()))
}

/// An event that a configuration lists.
pub(super) struct ListedEvent<'c, 'v> {
    pub(super) vendor: &'c Vendor,
    pub(super) installer: &'c str,
    pub(super) form: &'c ConfigEvents,
    pub(super) entry: &'v Value,
}

impl ListedEvent<'_, '_> {
    /// The value under one of the form's keys.
    pub(super) fn get(&self, key: Option<&String>) -> Option<&Value> {
        inside(self.entry, key?)
    }

    /// Accounts that the entry names.
    pub(super) fn accounts(&self) -> Vec<String> {
        match self.get(self.form.accounts.as_ref()).map(|value| of_value(self.vendor, value)) {
            Some(Named::Accounts(accounts)) => accounts,
            _ => Vec::new(),
        }
    }
}

/// Events that configurations in an assignment list.
pub(super) fn listed_events<'c, 'v>(
    catalogue: &'c Catalogue,
    target: &str,
    value: &'v Value,
) -> Vec<ListedEvent<'c, 'v>> {
    let mut found = Vec::new();
    for &(v, number) in catalogue.index().configs(index_root(target)) {
        let Some(vendor) = catalogue.vendors().get(v) else { continue };
        let Some(config) = vendor.configs.get(number) else { continue };
        let Some(form) = &config.events else { continue };
        let installer = config.installer.as_str();
        found.extend(listed(form, target, value).into_iter().map(|entry| ListedEvent {
            vendor,
            installer,
            form,
            entry,
        }));
    }
    found
}

/// Entries of a configuration's list of events: a list, or lists by group.
fn listed<'v>(form: &ConfigEvents, target: &str, value: &'v Value) -> Vec<&'v Value> {
    let has_name = |entry: &&Value| inside(entry, &form.name).is_some();
    match config_value(&form.path, target, value) {
        Some(Value::Array(list)) => list.iter().filter(has_name).collect(),
        Some(Value::Object { entries, .. }) => {
            let lists = entries.iter().filter_map(|(_, group)| match group {
                Value::Array(list) => Some(list),
                _ => None,
            });
            lists.flatten().filter(has_name).collect()
        }
        _ => Vec::new(),
    }
}

/// The value at a configuration's path, seen from an assignment to its root or to a part of it.
fn config_value<'v>(path: &str, target: &str, value: &'v Value) -> Option<&'v Value> {
    match path.strip_prefix(target)? {
        "" => Some(value),
        rest => inside(value, rest.strip_prefix('.')?),
    }
}

/// The keys of an object, as a list.
fn keys_of(value: &Value) -> Value {
    let Value::Object { entries, .. } = value else { return Value::Array(Vec::new()) };
    Value::Array(entries.iter().map(|(key, _)| Value::String(key.clone())).collect())
}

/// Accounts in a value: one, or a list.
fn of_value(vendor: &Vendor, value: &Value) -> Named {
    let of = |text: &str| value::accounts(vendor, text, Prefix::WhereItFits);
    match value {
        Value::Array(list) => accounts_of_list(list, &of),
        Value::Object { entries, .. } if !entries.is_empty() => {
            // A list that a server wrote as an object, `{"0": "123"}`.
            let list: Vec<Value> = entries.iter().map(|(_, v)| v.clone()).collect();
            accounts_of_list(&list, &of)
        }
        Value::Expr(source) | Value::OneOf { source, .. } => Named::Unknown(source.clone()),
        other => match value_text(other).map(|t| of(&t)) {
            Some(list) if !list.is_empty() => Named::Accounts(list),
            _ => Named::Nothing,
        },
    }
}

/// Events that an init makes the library send, as far as call and page don't switch them off.
pub(super) fn implied<'c>(implies: &'c [Implied], call: Option<&Call>, on: &BTreeMap<String, Value>) -> Vec<&'c str> {
    let off = |i: &Implied| {
        let by_call =
            call.is_some_and(|c| i.unless.iter().any(|(path, m): (&String, &Matcher)| m.holds(at_path(c, path))));
        let by_page = i.unless_global.as_ref().and_then(|g| on.get(g)).is_some_and(is_true);
        by_call || by_page
    };
    implies.iter().filter(|i| !off(i)).map(|i| i.event.as_str()).collect()
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(b) => *b,
        Value::Number(n) => *n != 0.0,
        Value::String(s) => !s.is_empty(),
        _ => false,
    }
}
