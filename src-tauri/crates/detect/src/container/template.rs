//! Custom templates: their code is not read, but their permissions name the hosts and globals that they touch, and those
//! name the vendor.

use pixelproof_model::{Params, Text};
use serde_json::Value;
use url::Url;

use super::file::File;
use super::tag::{Pixel, event_of, normalised, setting};
use super::value::{Resolver, Val};
use crate::catalogue::{Catalogue, Vendor};

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
const EVENT_KEYS: [&str; 10] = [
    "vtp_standardEventName",
    "vtp_customEventName",
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

/// The pixel of a custom template, if its permissions lead to a vendor of the catalogue.
pub(crate) fn pixel(catalogue: &Catalogue, file: &File, definition: &Value, at: &Resolver<'_>) -> Option<Pixel> {
    let function = definition["function"].as_str()?;
    let vendor = vendor(catalogue, &file.permissions[function]).or_else(|| by_runtime(catalogue, file, function))?;
    let account = ACCOUNT_KEYS.iter().find_map(|key| {
        let text = setting(definition, &[(*key).to_owned()], at).text()?;
        vendor.account.pattern.is_match(&normalised(vendor, &text)).then(|| normalised(vendor, &text))
    });
    let name = EVENT_KEYS.iter().find_map(|key| match setting(definition, &[(*key).to_owned()], at) {
        Val::Known(Value::String(text)) if text.is_empty() || SELECTORS.contains(&text.to_lowercase().as_str()) => None,
        Val::Known(Value::String(text)) => Some(Text::Known(text)),
        Val::Unknown(expr) => Some(Text::Expr { expr }),
        _ => None,
    });
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
    let events = name.map(|name| event_of(vendor, name, account.as_deref(), params, false)).into_iter().collect();
    Some(Pixel::new(vendor, account, events))
}

/// The vendor whose library, beacon host or global the permissions name.
fn vendor<'c>(catalogue: &'c Catalogue, permissions: &Value) -> Option<&'c Vendor> {
    let urls = ["inject_script", "send_pixel"].into_iter().flat_map(|kind| permissions[kind]["urls"].as_array());
    let by_url = urls.flatten().filter_map(Value::as_str).find_map(|url| by_address(catalogue, url));
    by_url.or_else(|| {
        let keys = permissions["access_globals"]["keys"].as_array()?;
        keys.iter().filter_map(|key| key["key"].as_str()).find_map(|name| {
            let root = name.split('.').next().unwrap_or(name);
            catalogue.vendors().iter().find(|v| v.globals.iter().any(|g| g == root) && !is_shared_global(root))
        })
    })
}

/// Globals that many templates touch without being their vendor's.
fn is_shared_global(name: &str) -> bool {
    ["dataLayer", "gtag", "ga", "google_tag_data"].contains(&name)
}

fn by_address<'c>(catalogue: &'c Catalogue, url: &str) -> Option<&'c Vendor> {
    let url = Url::parse(&url.replace('*', "x")).ok()?;
    let host = url.host_str()?;
    let claims = |v: &&Vendor| {
        let library = v.libraries.iter().any(|l| l.hosts.iter().any(|h| host_matches(h, host)));
        library || v.beacons.iter().any(|b| b.hosts.iter().any(|h| host_matches(h, host)))
    };
    catalogue.vendors().iter().find(claims)
}

fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host == domain || host.strip_suffix(domain).is_some_and(|head| head.ends_with('.')),
        None => pattern != "*" && pattern == host,
    }
}

/// Addresses inside the template's own byte code.
fn by_runtime<'c>(catalogue: &'c Catalogue, file: &File, function: &str) -> Option<&'c Vendor> {
    let code = file.runtime.iter().find(|entry| entry[1].as_str() == Some(function))?;
    let mut stack = vec![code];
    while let Some(value) = stack.pop() {
        match value {
            Value::Array(items) => stack.extend(items.iter().rev()),
            Value::String(text) if text.starts_with("https://") => {
                if let Some(vendor) = by_address(catalogue, text) {
                    return Some(vendor);
                }
            }
            _ => {}
        }
    }
    None
}
