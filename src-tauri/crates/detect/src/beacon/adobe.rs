//! Hits of Adobe Analytics, `/b/ss/`: dynamic copies, context data, products, and the list of events, each of which is an
//! event of its own beside the page view or link that carried it.

use std::collections::BTreeMap;

use pixelproof_model::{DecodedEvent, Params};
use serde_json::Value;

use super::{
    fields::Scope,
    json::{entries, from_text, number_of},
    message::Field,
};
use crate::catalogue::Vendor;

/// Events and products taken from one hit.
const MAX_LIST: usize = 100;
/// Copies of copies that are followed.
const MAX_COPIES: usize = 5;

/// Completes the event of a hit and adds those of its list.
pub(super) fn hit(vendor: &Vendor, scope: &Scope<'_>, events: &mut Vec<DecodedEvent>) {
    let params = parameters(&scope.message().fields);
    let listed = params.get("events").and_then(Value::as_str).unwrap_or_default().to_owned();
    let purchase = params.get("purchaseID").and_then(Value::as_str).map(str::to_owned);
    let mut added = Vec::new();
    // A long address goes on in a field of its own.
    let more = scope.text("-g").unwrap_or_default();
    for event in events.iter_mut() {
        event.params = params.clone();
        event.page = event.page.take().map(|page| page + &more);
        for entry in listed.split(',').map(str::trim).filter(|e| !e.is_empty()).take(MAX_LIST) {
            added.push(of_list(vendor, event, entry, purchase.as_deref()));
        }
    }
    events.append(&mut added);
}

/// Fields that an organisation has added to the schema of the Web SDK's events, each set under the name of its tenant,
/// which begins with an underscore.
pub(super) fn tenants(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    let Some(xdm) = scope.find("xdm") else { return };
    for (name, value) in entries(&xdm).filter(|(name, v)| name.starts_with('_') && v.is_object()) {
        for event in events.iter_mut().filter(|_| name != "_experience") {
            event.params.insert(name.clone(), value.clone());
        }
    }
}

/// One entry of the list: `prodView`, `event45=125`, `event1:serial`.
fn of_list(vendor: &Vendor, carrier: &DecodedEvent, entry: &str, purchase: Option<&str>) -> DecodedEvent {
    let (entry, serial) = entry.split_once(':').map_or((entry, None), |(e, s)| (e, Some(s.to_owned())));
    let (name, value) = entry.split_once('=').map_or((entry, None), |(n, v)| (n, Some(v)));
    let (class, stage) = vendor.classify(name);
    let mut event = DecodedEvent { name: name.to_owned(), class, stage, event_id: serial, ..carrier.clone() };
    event.params.remove("events");
    if let Some(value) = value {
        event.params.insert("value".to_owned(), number_of(value));
    }
    if name == "purchase" {
        event.event_id = event.event_id.or_else(|| purchase.map(str::to_owned));
        if let Some(revenue) = event.params.get("products").and_then(revenue) {
            event.params.insert("revenue".to_owned(), revenue);
        }
    }
    event
}

/// What a hit says, under the names that pages use.
fn parameters(fields: &[Field]) -> Params {
    let mut out = Params::new();
    let mut levels: Vec<&str> = Vec::new();
    let mut by_key: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, value) in fields {
        by_key.entry(key).or_insert(value);
    }
    for (key, value) in fields {
        if let Some(level) = key.strip_suffix('.').filter(|l| !l.is_empty()) {
            levels.push(level);
        } else if key.starts_with('.') {
            levels.pop();
        } else if let Some(name) = named(key, &levels) {
            out.entry(name).or_insert_with(|| Value::String(copied(value, &by_key)));
        }
    }
    if let Some(Value::String(text)) = out.get("products") {
        let products: Vec<Value> = text.split(',').take(MAX_LIST).map(product).collect();
        out.insert("products".to_owned(), Value::Array(products));
    }
    out
}

/// The name of a key on the context stack; nothing for what is technical.
fn named(key: &str, levels: &[&str]) -> Option<String> {
    match levels.split_first() {
        Some((&"c", inner)) => {
            let path: Vec<&str> = inner.iter().copied().chain([key]).collect();
            return Some(format!("contextData.{}", path.join(".")));
        }
        Some(_) => return None,
        None => {}
    }
    let known = match key {
        "pageName" | "gn" => "pageName",
        "events" | "ev" => "events",
        "products" | "pl" => "products",
        "purchaseID" | "pi" => "purchaseID",
        "xact" => "transactionID",
        "cc" => "currencyCode",
        "ch" => "channel",
        "v0" => "campaign",
        "pageType" | "gt" => "pageType",
        "server" | "state" | "zip" => key,
        "pe" => "linkType",
        "pev1" => "linkURL",
        "pev2" => "linkName",
        _ => return numbered(key),
    };
    Some(known.to_owned())
}

/// `v5` is `eVar5`, `c5` is `prop5`.
fn numbered(key: &str) -> Option<String> {
    let number = key.get(1..).filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))?;
    let name = match key.get(..1)? {
        "v" => "eVar",
        "c" => "prop",
        "h" => "hier",
        "l" => "list",
        _ => return None,
    };
    Some(format!("{name}{number}"))
}

/// A value, or what `D=key` copies from the same hit.
fn copied(value: &str, fields: &BTreeMap<&str, &str>) -> String {
    let mut value = value;
    for _ in 0..MAX_COPIES {
        let Some(key) = value.strip_prefix("D=") else { break };
        let Some(other) = fields.get(key) else { break };
        value = other;
    }
    value.to_owned()
}

/// `category;name;quantity;price;events;eVars`.
fn product(text: &str) -> Value {
    let mut product = Params::new();
    let names = ["category", "name", "quantity", "price", "events", "eVars"];
    for (name, value) in names.into_iter().zip(text.split(';')).filter(|(_, v)| !v.is_empty()) {
        let value = match name {
            "quantity" | "price" => number_of(value),
            "events" | "eVars" => pairs(value),
            _ => from_text(value),
        };
        product.insert(name.to_owned(), value);
    }
    Value::Object(product)
}

/// `eVar6=a|eVar20=b`.
fn pairs(text: &str) -> Value {
    let pairs = text.split('|').take(MAX_LIST).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    Value::Object(pairs.map(|(k, v)| (k.to_owned(), Value::String(v.to_owned()))).collect())
}

/// The sum of the prices, which are those of whole lines; in hundredths, so that it stays exact.
fn revenue(products: &Value) -> Option<Value> {
    let prices: Vec<f64> = products.as_array()?.iter().filter_map(|p| p.get("price")?.as_f64()).collect();
    let sum: f64 = prices.iter().map(|p| (p * 100.0).round()).sum();
    (!prices.is_empty()).then(|| Value::from(sum / 100.0))
}
