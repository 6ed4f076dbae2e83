//! What Google's tags pack into fields: items, products, tokens of user data.

use std::collections::BTreeMap;

use pixelproof_model::{DecodedEvent, Params};
use serde_json::Value;

use super::{
    fields::{Element, Scope, is_numbered},
    json::{from_text, number_of},
    message::Field,
    user_data_form,
};

/// Items, products and impressions taken from one hit.
const MAX_ITEMS: usize = 500;

/// Items of Google Analytics, `pr1`, `pr2` …, and the user data.
pub(super) fn items(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    user_data(scope, events);
    let mut found: BTreeMap<u32, Value> = BTreeMap::new();
    for (name, text) in scope.fields().into_iter().flatten().filter(|(name, _)| is_numbered(name, "pr")) {
        let Some(Ok(number)) = name.strip_prefix("pr").map(str::parse) else { continue };
        if found.len() < MAX_ITEMS {
            found.entry(number).or_insert_with(|| Value::Object(item(text)));
        }
    }
    let items: Vec<Value> = found.into_values().collect();
    for event in events.iter_mut().filter(|_| !items.is_empty()) {
        if !event.params.contains_key("items") {
            event.params.insert("items".to_owned(), Value::Array(items.clone()));
        }
    }
}

/// One item: parts divided by `~`, a code of two letters before each value; `k0` names what `v0` holds.
fn item(text: &str) -> Params {
    const CODES: [(&str, &str); 22] = [
        ("id", "item_id"),
        ("nm", "item_name"),
        ("br", "item_brand"),
        ("ca", "item_category"),
        ("c2", "item_category2"),
        ("c3", "item_category3"),
        ("c4", "item_category4"),
        ("c5", "item_category5"),
        ("va", "item_variant"),
        ("pr", "price"),
        ("qt", "quantity"),
        ("cp", "coupon"),
        ("ds", "discount"),
        ("lp", "index"),
        ("af", "affiliation"),
        ("li", "item_list_id"),
        ("ln", "item_list_name"),
        ("lo", "location_id"),
        ("pi", "promotion_id"),
        ("pn", "promotion_name"),
        ("cn", "creative_name"),
        ("cs", "creative_slot"),
    ];
    let mut item = Params::new();
    let mut own_name: Option<(&str, &str)> = None;
    for part in text.split('~') {
        let Some((code, value)) = part.split_at_checked(2) else { continue };
        if let Some((_, name)) = CODES.iter().find(|(c, _)| *c == code) {
            let number = matches!(*name, "price" | "quantity" | "discount" | "index");
            item.insert((*name).to_owned(), if number { number_of(value) } else { from_text(value) });
        } else if let Some(number) = code.strip_prefix('k') {
            own_name = Some((number, value));
        } else if let Some((_, name)) = own_name.filter(|(of, _)| code.strip_prefix('v') == Some(*of)) {
            item.insert(name.to_owned(), from_text(value));
        }
    }
    item
}

/// Google's token of user data: `tv.1~em.<hash>~pn.<hash>~ct0.<plain>`.
pub(super) fn user_data(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    let Some(token) = scope.text("em") else { return };
    for part in token.split('~') {
        let Some((key, value)) = part.split_once('.') else { continue };
        let key = key.trim_end_matches(|c: char| c.is_ascii_digit());
        if key == "tv" || key.is_empty() {
            continue;
        }
        if let Some(form) = user_data_form(value) {
            for event in events.iter_mut() {
                event.user_data.insert(key.to_owned(), form.to_owned());
            }
        }
    }
}

/// Conversions of Google Ads: user data, and cart lines `(price*quantity*id*country*language)`.
pub(super) fn ads(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    user_data(scope, events);
    let Some(text) = scope.text("item") else { return };
    let lines = text.split(')').filter_map(|line| line.trim_start().strip_prefix('('));
    let items: Vec<Value> = lines.take(MAX_ITEMS).map(|line| Value::Object(cart_line(line))).collect();
    for event in events.iter_mut().filter(|_| !items.is_empty()) {
        event.params.insert("items".to_owned(), Value::Array(items.clone()));
    }
}

fn cart_line(line: &str) -> Params {
    let names = ["price", "quantity", "id", "country", "language"];
    let parts = names.into_iter().zip(line.split('*')).filter(|(_, value)| !value.is_empty());
    let value = |name, text| if matches!(name, "price" | "quantity") { number_of(text) } else { from_text(text) };
    parts.map(|(name, text)| (name.to_owned(), value(name, text))).collect()
}

/// Products (`pr1id`), impressions (`il1pi1id`) and promotions (`promo1id`) of Universal Analytics.
pub(super) fn universal(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    let fields: Vec<&Field> = match scope.element() {
        Some(Element::Fields(own)) => own.iter().collect(),
        _ => scope.fields().into_iter().flatten().collect(),
    };
    let (mut products, mut promotions) = (Numbered::new(), Numbered::new());
    let mut lists: BTreeMap<u32, (Option<&str>, Numbered)> = BTreeMap::new();
    for (name, value) in fields.into_iter().map(|(name, value)| (name.as_str(), value.as_str())) {
        if let Some((number, key)) = name.strip_prefix("promo").and_then(numbered) {
            put(&mut promotions, number, product_key(key), value);
        } else if let Some((number, key)) = name.strip_prefix("pr").and_then(numbered) {
            put(&mut products, number, product_key(key), value);
        } else if let Some((number, key)) = name.strip_prefix("il").and_then(numbered)
            && lists.len() < MAX_ITEMS
        {
            let list = lists.entry(number).or_default();
            match key.strip_prefix("pi").and_then(numbered) {
                Some((position, key)) => put(&mut list.1, position, product_key(key), value),
                None if key == "nm" => list.0 = Some(value),
                None => {}
            }
        }
    }
    let mut impressions = Vec::new();
    for (list, items) in lists.into_values() {
        impressions.extend(items.into_values().map(|mut item| {
            if let Some(list) = list {
                item.insert("list".to_owned(), Value::from(list));
            }
            Value::Object(item)
        }));
    }
    let all = |items: Numbered| items.into_values().map(Value::Object).collect::<Vec<_>>();
    let groups = [("products", all(products)), ("impressions", impressions), ("promotions", all(promotions))];
    for event in events {
        for (name, items) in groups.iter().filter(|(_, items)| !items.is_empty()) {
            event.params.insert((*name).to_owned(), Value::Array(items.clone()));
        }
    }
}

type Numbered = BTreeMap<u32, Params>;

fn put(items: &mut Numbered, number: u32, key: String, value: &str) {
    if !key.is_empty() && (items.len() < MAX_ITEMS || items.contains_key(&number)) {
        items.entry(number).or_default().insert(key, Value::from(value));
    }
}

/// `12id` is 12 and `id`.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, key) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, key))
}

/// The name that pages use for a key of a product or promotion.
fn product_key(key: &str) -> String {
    let known = match key {
        "id" => "id",
        "nm" => "name",
        "br" => "brand",
        "ca" => "category",
        "va" => "variant",
        "pr" => "price",
        "qt" => "quantity",
        "cc" => "coupon",
        "ps" => "position",
        "cr" => "creative",
        _ => {
            let own = |kind, name: &str| Some(format!("{name}{}", key.strip_prefix(kind)?));
            return own("cd", "dimension").or_else(|| own("cm", "metric")).unwrap_or_default();
        }
    };
    known.to_owned()
}

/// Events of the oldest library: `5(category*action*label)(value)`.
pub(super) fn utm_gif(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    let Some(sent) = scope.text("utme") else { return };
    let Some((names, rest)) = sent.strip_prefix("5(").and_then(|text| text.split_once(')')) else { return };
    let value = rest.strip_prefix('(').and_then(|text| text.split_once(')')).map(|(value, _)| value);
    let keys = ["eventCategory", "eventAction", "eventLabel"];
    let parts = keys.into_iter().zip(names.split('*')).chain(value.map(|value| ("eventValue", value)));
    for (key, text) in parts.filter(|(_, text)| !text.is_empty()) {
        for event in events.iter_mut() {
            event.params.insert(key.to_owned(), Value::from(text));
        }
    }
}
