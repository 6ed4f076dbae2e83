//! Custom templates: their code is not read, but their permissions name the hosts and globals that they touch, and those
//! name the vendor.

use pixelproof_model::{Params, Text};
use serde_json::Value;
use url::Url;

use super::file::File;
use super::tag::{Pixel, event_of, setting};
use super::value::{Resolver, Val};
use crate::catalogue::{Catalogue, Vendor};
use crate::consent::host_matches;
use crate::value::{self, Prefix};

/// Settings that hold an account, in the order tried.
const ACCOUNT_KEYS: [&str; 14] = [
    "vtp_pixelId",
    "vtp_pixel_id",
    "vtp_pixelID",
    "vtp_pixelIds",
    "vtp_id",
    "vtp_tagId",
    "vtp_tag_id",
    "vtp_partnerId",
    "vtp_accountId",
    "vtp_advertiserId",
    "vtp_projectId",
    "vtp_siteId",
    "vtp_pixelCode",
    "vtp_measurementId",
];

/// Settings that hold an event's name, in the order tried; the first that is no mere selector counts.
const EVENT_KEYS: [&str; 11] = [
    "vtp_standardEventName",
    "vtp_customEventName",
    "vtp_variableEventName",
    "vtp_event_id",
    "vtp_eventId",
    "vtp_eventType",
    "vtp_event_type",
    "vtp_eventName",
    "vtp_event",
    "vtp_type",
    "vtp_tagType",
];

/// Values of an event setting that only say where the name stands.
const SELECTORS: [&str; 4] = ["standard", "custom", "variable", "base"];

/// Settings that hold an event's parameters.
const PARAM_KEYS: [&str; 6] = [
    "vtp_objectPropertyList",
    "vtp_params",
    "vtp_parameters",
    "vtp_eventParameters",
    "vtp_propertyList",
    "vtp_customParams",
];

/// Words in the name of a setting that holds an account, where none of the usual settings does.
pub(super) const ACCOUNT_WORDS: [&str; 6] = ["id", "code", "account", "pixel", "key", "token"];

/// Accounts that one setting may list.
const MAX_ACCOUNTS: usize = 10;

/// The pixels of a custom template, if its permissions lead to a vendor of the catalogue: one for each account.
pub(crate) fn pixels(catalogue: &Catalogue, file: &File, definition: &Value, at: &Resolver<'_>) -> Vec<Pixel> {
    let Some(function) = definition["function"].as_str() else { return Vec::new() };
    let mut candidates = vendors(catalogue, &file.permissions[function]);
    if candidates.is_empty() {
        candidates = by_runtime(catalogue, file, function);
    }
    // a host that several vendors share names one of them only together with an account of its
    let with_account =
        candidates.iter().map(|v| (*v, accounts(v, definition, at))).find(|(_, found)| !found.is_empty());
    let (vendor, accounts) = match (with_account, candidates.as_slice()) {
        (Some((vendor, found)), _) => (vendor, found.into_iter().map(Some).collect()),
        (None, [only]) => (*only, vec![None]),
        (None, _) => return Vec::new(),
    };
    let (name, params) = (event_name(definition, at), params(definition, at));
    let one = |account: Option<String>| {
        let event = name.clone().map(|name| event_of(vendor, name, account.as_deref(), params.clone(), false));
        Pixel::new(vendor, account, event.into_iter().collect())
    };
    accounts.into_iter().map(one).collect()
}

/// Settings by which templates of vendors hold back until consent, and what lets them go ahead.
const CONSENT_KEYS: [&str; 3] = ["vtp_consent", "vtp_consentGranted", "vtp_hasConsent"];

/// Whether nothing that shows makes a custom template hold back: it reads no consent that isn't granted, and no setting
/// of it says "no" or hangs on the page.
pub(crate) fn goes_ahead(file: &File, tag: &Value, at: &Resolver<'_>, granted: &dyn Fn(&Value) -> bool) -> bool {
    let Some(function) = tag["function"].as_str().filter(|function| function.starts_with("__cvt_")) else {
        return true;
    };
    let mut asked = file.consent_of(&file.permissions[function], "read");
    let agreed = |key: &&str| match tag.get(*key).map(|setting| at.value(setting).text()) {
        None => true,
        Some(text) => text.is_some_and(|text| ["true", "granted", "1", "yes"].contains(&text.as_str())),
    };
    asked.all(granted) && CONSENT_KEYS.iter().all(agreed)
}

/// Accounts of the vendor among the settings; one setting may list several.
fn accounts(vendor: &Vendor, definition: &Value, at: &Resolver<'_>) -> Vec<String> {
    let named = |key: &&String| {
        let lower = key.to_lowercase();
        key.starts_with("vtp_") && ACCOUNT_WORDS.iter().any(|word| lower.contains(word))
    };
    let others = definition.as_object().into_iter().flat_map(|settings| settings.keys().filter(named));
    let keys = ACCOUNT_KEYS.iter().copied().chain(others.map(String::as_str));
    let of_key = |key: &str| -> Vec<String> {
        let Some(text) = setting(definition, &[key.to_owned()], at).text() else { return Vec::new() };
        let parts = text.split([',', ';', ' ']).filter(|part| !part.is_empty()).take(MAX_ACCOUNTS);
        parts
            .flat_map(|part| value::accounts(vendor, part, Prefix::Always))
            .filter(|account| vendor.account.pattern.is_match(account))
            .collect()
    };
    keys.map(of_key).find(|found| !found.is_empty()).unwrap_or_default()
}

fn event_name(definition: &Value, at: &Resolver<'_>) -> Option<Text> {
    EVENT_KEYS.iter().find_map(|key| match setting(definition, &[(*key).to_owned()], at) {
        Val::Known(Value::String(text)) if text.is_empty() || SELECTORS.contains(&text.to_lowercase().as_str()) => None,
        Val::Known(Value::String(text)) => Some(Text::Known(text)),
        Val::Unknown(expr) => Some(Text::Expr { expr }),
        _ => None,
    })
}

fn params(definition: &Value, at: &Resolver<'_>) -> Params {
    let mut params = Params::new();
    for key in PARAM_KEYS {
        if let Val::Known(Value::Array(rows)) = setting(definition, &[key.to_owned()], at) {
            for row in rows {
                if let (Some(name), Some(value)) = (row["name"].as_str().or(row["key"].as_str()), row.get("value")) {
                    params.insert(name.to_owned(), value.clone());
                }
            }
        }
    }
    params
}

/// The vendors whose library, beacon host or else global the permissions name.
fn vendors<'c>(catalogue: &'c Catalogue, permissions: &Value) -> Vec<&'c Vendor> {
    let urls = ["inject_script", "send_pixel", "inject_hidden_iframe"];
    let urls =
        urls.into_iter().flat_map(|kind| permissions[kind]["urls"].as_array()).flatten().filter_map(Value::as_str);
    let by_url = urls.map(|url| by_address(catalogue, url)).find(|found| !found.is_empty()).unwrap_or_default();
    if !by_url.is_empty() {
        return by_url;
    }
    let keys = permissions["access_globals"]["keys"].as_array().into_iter().flatten();
    let by_global = keys.filter_map(|key| key["key"].as_str()).map(|name| {
        let root = name.split('.').next().unwrap_or(name);
        let owns = |v: &&Vendor| v.globals.iter().any(|g| g == root) && !is_shared_global(root);
        catalogue.vendors().iter().filter(owns).collect::<Vec<_>>()
    });
    by_global.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

/// Globals that many templates touch without being their vendor's.
fn is_shared_global(name: &str) -> bool {
    ["dataLayer", "gtag", "ga", "google_tag_data"].contains(&name)
}

pub(super) fn by_address<'c>(catalogue: &'c Catalogue, url: &str) -> Vec<&'c Vendor> {
    let Ok(url) = Url::parse(&url.replace('*', "x")) else { return Vec::new() };
    let Some(host) = url.host_str() else { return Vec::new() };
    let claims = |v: &&Vendor| {
        let library = v.libraries.iter().any(|l| l.hosts.iter().any(|h| host_matches(h, host)));
        library || v.beacons.iter().any(|b| b.hosts.iter().any(|h| host_matches(h, host)))
    };
    catalogue.vendors().iter().filter(claims).collect()
}

/// Addresses inside the template's own byte code.
fn by_runtime<'c>(catalogue: &'c Catalogue, file: &File, function: &str) -> Vec<&'c Vendor> {
    let Some(code) = file.runtime.iter().find(|entry| entry[1].as_str() == Some(function)) else { return Vec::new() };
    let mut stack = vec![code];
    while let Some(value) = stack.pop() {
        match value {
            Value::Array(items) => stack.extend(items.iter().rev()),
            Value::String(text) if text.starts_with("https://") => {
                let found = by_address(catalogue, text);
                if !found.is_empty() {
                    return found;
                }
            }
            _ => {}
        }
    }
    Vec::new()
}
