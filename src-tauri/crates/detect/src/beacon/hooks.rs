//! What a beacon form can't say, by the name the form gives it.

use pixelproof_model::{DecodedEvent, Params};
use serde_json::Value;

use super::{
    adobe,
    fields::{MAX_SLOTS, Scope, is_numbered},
    google,
    json::{self, from_text},
    message::{field, parse_fields},
    user_data_form,
};
use crate::catalogue::Vendor;

/// Completes the events of a request, or of one element of it, or divides them.
pub(super) type Hook = fn(&Vendor, &Scope<'_>, &mut Vec<DecodedEvent>);

/// The hook of this name.
pub(super) fn find(name: &str) -> Option<Hook> {
    HOOKS.iter().find(|(n, _)| *n == name).map(|(_, hook)| *hook)
}

const HOOKS: &[(&str, Hook)] = &[
    ("google-items", |_, scope, events| google::items(scope, events)),
    ("google-user-data", |_, scope, events| google::user_data(scope, events)),
    ("google-ads", |_, scope, events| google::ads(scope, events)),
    ("universal-analytics", |_, scope, events| google::universal(scope, events)),
    ("utm-gif", |_, scope, events| google::utm_gif(scope, events)),
    ("criteo", |_, scope, events| criteo(scope, events)),
    ("adobe-analytics", adobe::hit),
    ("adobe-web-sdk", |_, scope, events| adobe::tenants(scope, events)),
    ("marketo", |_, scope, events| marketo(scope, events)),
    ("tealium", |_, scope, events| tealium(scope, events)),
];

/// Criteo's items, `[i=ID&pr=9.9&q=1,i=…]` encoded more than once, and the address of a slot that carries only that.
fn criteo(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    if events.is_empty() {
        return;
    }
    let slots =
        scope.message().fields.iter().filter(|(name, _)| is_numbered(name, "p")).map(|(_, text)| parse_fields(text));
    let email = slots
        .take(MAX_SLOTS)
        .filter(|slot| field(slot, "e") == Some("ce"))
        .find_map(|slot| user_data_form(field(&slot, "m").map(settled)?.trim_matches(['[', ']'])));
    for event in events {
        if let Some(form) = email {
            event.user_data.insert("email".to_owned(), form.to_owned());
        }
        event.page = event.page.take().map(|page| settled(&page));
        let item = event.params.get("item").map(|value| json::text(value).into_owned());
        let Some(text) = item else { continue };
        let text = settled(&text);
        let Some(list) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) else {
            event.params.insert("item".to_owned(), Value::String(text));
            continue;
        };
        let item = |item: &str| {
            let item = item.trim().trim_matches('"');
            if item.contains('=') { Value::Object(criteo_item(item)) } else { Value::String(item.to_owned()) }
        };
        let items = list.split(',').map(item).collect();
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

/// Marketo's account: where no field names it, the host's first label does, in lower case. The page's address comes in
/// pieces.
fn marketo(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    let label = scope.message().host().split('.').next().unwrap_or_default().to_ascii_uppercase();
    let part = |name| scope.text(name).unwrap_or_default();
    let page = scope.text("_mchHo").map(|host| {
        let query = scope.text("_mchQp").map(|query| format!("?{query}")).unwrap_or_default();
        let scheme = scope.text("_mchPc").unwrap_or_else(|| "https:".to_owned());
        let port = scope.text("_mchPo").map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}//{host}{port}{}{query}", part("_mchRu"))
    });
    for event in events {
        event.account.get_or_insert_with(|| label.clone());
        event.page.get_or_insert_with(|| page.clone().unwrap_or_default());
        event.page.take_if(|page| page.is_empty());
    }
}

/// Tealium's account is the company and the profile; and what its library adds to the data layer is no parameter.
fn tealium(scope: &Scope<'_>, events: &mut [DecodedEvent]) {
    const ADDED: [&str; 9] = ["tealium_", "ut.", "dom.", "cp.", "qp.", "js_page.", "meta.", "va.", "timing."];
    let in_json = |json: &Value| {
        let found = json.get("tealium_profile").or_else(|| json.get("data")?.get("tealium_profile"))?;
        found.as_str().map(str::to_owned)
    };
    let message = scope.message();
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
