//! Accounts that have an instance of their own below their vendor's global (`mixpanel.shop.track(…)`).

use std::collections::BTreeMap;

use super::{
    calls::{CallHit, Named},
    json,
};
use crate::{
    catalogue::Vendor,
    script::{Call, Value},
};

/// Accounts by vendor and name of the instance.
#[derive(Debug, Default)]
pub(super) struct Instances(BTreeMap<(String, String), Vec<String>>);

impl Instances {
    /// Notes the instance that an init names, if it does.
    pub(super) fn note(&mut self, call: &Call, hit: &CallHit<'_>) {
        let name = hit.form.instance.as_deref().and_then(|path| json::at_path(call, path));
        if let (Some(Value::String(name)), Named::Accounts(accounts)) = (name, &hit.accounts) {
            let known = self.0.entry((hit.vendor.id.clone(), name.clone())).or_default();
            known.extend(accounts.iter().cloned());
        }
    }

    /// The accounts that a call goes to, among all that its vendor has on the page.
    pub(super) fn of(&self, call: &Call, vendor: &Vendor, all: Vec<String>) -> Vec<String> {
        if !vendor.calls.iter().any(|form| form.instance.is_some()) {
            return all;
        }
        if let Some(Value::String(name)) = call.receiver_args.first().and_then(|args| args.first()) {
            return self.0.get(&(vendor.id.clone(), name.clone())).cloned().unwrap_or_default();
        }
        let own: Vec<&String> =
            self.0.iter().filter(|((id, _), _)| *id == vendor.id).flat_map(|(_, list)| list).collect();
        all.into_iter().filter(|account| !own.contains(&account)).collect()
    }
}
