//! What a beacon form can't say, by the name the form gives it.

use pixelproof_model::{DecodedEvent, Params};
use serde_json::Value;

use super::{
    fields::{from_text, number_of},
    message::{Message, field, parse_fields},
    user_data_form,
};
use crate::catalogue::Vendor;

/// Completes the events of a request, or divides them.
pub(super) type Hook = fn(&Vendor, &Message, &mut Vec<DecodedEvent>);

/// The hook of this name.
pub(super) fn find(name: &str) -> Option<Hook> {
    HOOKS.iter().find(|(n, _)| *n == name).map(|(_, hook)| *hook)
}

const HOOKS: &[(&str, Hook)] = &[
    ("google-items", |_, message, events| google_items(message, events)),
    ("google-user-data", |_, message, events| google_user_data(message, events)),
    ("criteo", |_, message, events| criteo(message, events)),
    ("adobe-analytics", super::adobe::hit),
    ("marketo", |_, message, events| marketo(message, events)),
    ("posthog", |_, _, events| posthog(events)),
    ("tealium", |_, message, events| tealium(message, events)),
];

/// Items of Google Analytics: `pr1`, `pr2` … each with parts divided by `~`, a two-letter code before each value.
fn google_items(message: &Message, events: &mut [DecodedEvent]) {
    google_user_data(message, events);
    let lines: Vec<_> = message.body.lines().map(super::message::parse_fields).collect();
    for (i, event) in events.iter_mut().enumerate() {
        let own = lines.get(i).into_iter().flatten();
        let items: Vec<Value> = own
            .chain(&message.fields)
            .filter(|(name, _)| {
                name.strip_prefix("pr").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            })
            .map(|(_, value)| Value::Object(item(value)))
            .collect();
        if !items.is_empty() && !event.params.contains_key("items") {
            event.params.insert("items".to_owned(), Value::Array(items));
        }
    }
}

/// One item.
fn item(text: &str) -> Params {
    const CODES: [(&str, &str); 19] = [
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
        ("pn", "promotion_name"),
    ];
    let mut item = Params::new();
    for part in text.split('~') {
        let (Some(code), Some(value)) = (part.get(..2), part.get(2..)) else { continue };
        let Some((_, name)) = CODES.iter().find(|(c, _)| *c == code) else { continue };
        let number = matches!(*name, "price" | "quantity" | "discount" | "index");
        item.insert((*name).to_owned(), if number { number_of(value) } else { from_text(value) });
    }
    item
}

/// Google's token of user data: `tv.1~em.<hash>~pn.<hash>~ct0.<plain>`.
fn google_user_data(message: &Message, events: &mut [DecodedEvent]) {
    let Some(token) = message.field("em") else { return };
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

/// Criteo's items, `[i=ID&pr=9.9&q=1,i=…]` encoded more than once, and the address of a slot that carries only that.
fn criteo(message: &Message, events: &mut [DecodedEvent]) {
    let slots = message.fields.iter().filter(|(name, _)| name.starts_with('p')).map(|(_, text)| parse_fields(text));
    let email = slots
        .filter(|slot| field(slot, "e") == Some("ce"))
        .find_map(|slot| user_data_form(field(&slot, "m").map(settled)?.trim_matches(['[', ']'])));
    for event in events {
        if let Some(form) = email {
            event.user_data.insert("email".to_owned(), form.to_owned());
        }
        event.page = event.page.take().map(|page| settled(&page));
        let Some(Value::String(text)) = event.params.get("item") else { continue };
        let text = settled(text);
        let Some(list) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).filter(|t| t.contains('=')) else {
            continue;
        };
        let items = list.split(',').map(|item| Value::Object(criteo_item(item))).collect();
        event.params.insert("item".to_owned(), Value::Array(items));
    }
}

fn criteo_item(text: &str) -> Params {
    let names = |code: &str| match code {
        "i" => "id".to_owned(),
        "pr" => "price".to_owned(),
        "q" => "quantity".to_owned(),
        other => other.to_owned(),
    };
    parse_fields(text).into_iter().map(|(code, value)| (names(&code), from_text(&value))).collect()
}

/// Marketo's account: where no field names it, the host's first label does, in lower case.
fn marketo(message: &Message, events: &mut [DecodedEvent]) {
    let label = message.host().split('.').next().unwrap_or_default().to_ascii_uppercase();
    for event in events.iter_mut().filter(|e| e.account.is_none()) {
        event.account = Some(label.clone());
    }
}

/// What PostHog's library adds to every event is no parameter of the event.
fn posthog(events: &mut [DecodedEvent]) {
    for event in events {
        event.params.retain(|name, _| !name.starts_with('$') && name != "token" && name != "distinct_id");
    }
}

/// Tealium's account is the company and the profile; and what its library adds to the data layer is no parameter.
fn tealium(message: &Message, events: &mut [DecodedEvent]) {
    const ADDED: [&str; 9] = ["tealium_", "ut.", "dom.", "cp.", "qp.", "js_page.", "meta.", "va.", "timing."];
    let in_json = |json: &Value| {
        let found = json.get("tealium_profile").or_else(|| json.get("data")?.get("tealium_profile"))?;
        found.as_str().map(str::to_owned)
    };
    let profile = message.json.as_ref().and_then(in_json);
    let profile = profile.or_else(|| message.field("tealium_profile").map(str::to_owned));
    for event in events {
        event.params.retain(|name, _| !ADDED.iter().any(|prefix| name.starts_with(prefix)));
        if let (Some(account), Some(profile)) = (&mut event.account, &profile)
            && !account.contains('/')
        {
            account.push('/');
            account.push_str(profile);
        }
    }
}

/// A text decoded until it stays as it is.
fn settled(text: &str) -> String {
    const MAX_ROUNDS: usize = 5;
    let mut text = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            break;
        }
        text = decoded;
    }
    text
}
