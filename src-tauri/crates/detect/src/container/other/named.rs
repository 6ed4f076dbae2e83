//! Whose tag it is, where a tag manager lists vendors by name with their settings, or loads a template's code.

use serde_json::Value;
use url::Url;

use crate::catalogue::{Catalogue, Vendor};
use crate::container::tag::{Pixel, event_of};
use crate::container::template::{ACCOUNT_WORDS, by_address};
use crate::container::value::js_text;
use crate::value::{self, Prefix};
use pixelproof_model::{Params, Stage, Text};

/// Names shorter than this count only where they begin another, and shorter ones than that only as a whole.
const SHORT: usize = 6;
const SHORTEST: usize = 4;
/// Depth of settings that is looked through.
const MAX_DEPTH: u32 = 5;
/// Accounts of one vendor that are taken.
const MAX_ACCOUNTS: usize = 20;
/// Words of what runs on the vendor's servers and never in the browser.
const ON_SERVERS: [&str; 4] = ["conversionsapi", "conversionapi", "serverside", "eventsapi"];
/// Ends of names that don't tell vendors apart.
const ENDINGS: [&str; 6] = ["pixel", "tag", "insight", "insighttag", "ads", "web"];

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The vendors that a name may mean, the closest first: Google's one tag serves several.
fn vendors<'c>(catalogue: &'c Catalogue, name: &str) -> Vec<&'c Vendor> {
    let wanted = plain(name);
    if ON_SERVERS.iter().any(|word| wanted.contains(word)) {
        return Vec::new();
    }
    let known = |name: &str| {
        let name = plain(name);
        let stem = ENDINGS.iter().find_map(|end| name.strip_suffix(end)).filter(|stem| stem.len() >= SHORT);
        let names = [Some(name.as_str()), stem];
        let fits = |name: &&str| match name.len() {
            0 => false,
            length if length < SHORTEST => wanted == **name,
            length if length < SHORT => wanted.starts_with(*name),
            _ => wanted.contains(*name),
        };
        names.into_iter().flatten().filter(fits).map(str::len).max()
    };
    let score = |vendor: &Vendor| {
        let own = vendor.known_as.iter().chain([&vendor.name, &vendor.id]);
        own.filter_map(|name| known(name)).max()
    };
    let scored = catalogue.vendors().iter().filter_map(|vendor| Some((score(vendor)?, vendor)));
    let mut scored: Vec<(usize, &Vendor)> = scored.collect();
    scored.sort_by_key(|(score, vendor)| (std::cmp::Reverse(*score), vendor.id.as_str()));
    let best = scored.first().map(|(score, _)| *score);
    let mut found: Vec<&Vendor> = scored.into_iter().filter(|(s, _)| Some(*s) == best).map(|(_, v)| v).collect();
    if found.iter().any(|vendor| vendor.owner == "Google" && vendor.id != "google-tag-manager") {
        let family = ["google-analytics-4", "universal-analytics", "google-ads", "floodlight", "google-tag"];
        for vendor in family.iter().filter_map(|id| catalogue.get(id)) {
            if !found.iter().any(|known| known.id == vendor.id) {
                found.push(vendor);
            }
        }
    }
    found
}

/// The pixels of a vendor that is listed by name, one for each account of the settings. `event` is what it is told to
/// send; without one, nothing is said of events.
pub(super) fn pixels(
    catalogue: &Catalogue,
    name: &str,
    settings: &[&Value],
    event: Option<(&str, Params)>,
) -> Vec<Pixel> {
    let candidates = vendors(catalogue, name);
    let with_account = candidates.iter().map(|v| (*v, accounts(v, settings))).find(|(_, found)| !found.is_empty());
    let (vendor, accounts) = match (with_account, candidates.first()) {
        (Some((vendor, found)), _) => (vendor, found.into_iter().map(Some).collect()),
        (None, Some(first)) => (*first, vec![None]),
        (None, None) => return Vec::new(),
    };
    let one = |account: Option<String>| {
        let event = event.clone().map(|(name, params)| {
            event_of(vendor, Text::Known(event_named(vendor, name)), account.as_deref(), params, false)
        });
        Pixel::new(vendor, account, event.into_iter().collect())
    };
    accounts.into_iter().map(one).collect()
}

/// The vendor's own spelling of an event that a manager names in its way (`sendPageView`, `page view`).
fn event_named(vendor: &Vendor, name: &str) -> String {
    let bare = plain(name);
    let bare = ["send", "track", "fire"].iter().find_map(|verb| bare.strip_prefix(verb)).unwrap_or(&bare);
    let bare = bare.strip_suffix("event").filter(|rest| !rest.is_empty()).unwrap_or(bare);
    if let Some(event) = vendor.events.iter().find(|event| plain(&event.name) == bare) {
        return event.name.clone();
    }
    let is_view = ["pageview", "page", "view", "pageload", "base"].contains(&bare);
    let views = || vendor.events.iter().find(|event| event.stage == Stage::PageView);
    match views().filter(|_| is_view) {
        Some(event) => event.name.clone(),
        None => name.to_owned(),
    }
}

/// Accounts of the vendor among settings: under a key that speaks of one, of the vendor's form.
fn accounts(vendor: &Vendor, settings: &[&Value]) -> Vec<String> {
    let mut found = Vec::new();
    settings.iter().for_each(|settings| gather(vendor, settings, false, 0, &mut found));
    found.truncate(MAX_ACCOUNTS);
    found
}

fn gather(vendor: &Vendor, value: &Value, named: bool, depth: u32, into: &mut Vec<String>) {
    match value {
        _ if depth > MAX_DEPTH || into.len() >= MAX_ACCOUNTS => {}
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.to_lowercase();
                let own = ACCOUNT_WORDS.iter().any(|word| key.contains(word)) && !key.contains("event");
                // an object of accounts has them under names of its own
                let named = if value.is_object() { own && key.contains("account") } else { own || named };
                gather(vendor, value, named, depth + 1, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(vendor, item, named, depth + 1, into)),
        Value::String(_) | Value::Number(_) if named => {
            let fits = |account: &String| vendor.account.pattern.is_match(account);
            for account in value::accounts(vendor, &js_text(value), Prefix::WhereItFits).into_iter().filter(fits) {
                if !into.contains(&account) {
                    into.push(account);
                }
            }
        }
        _ => {}
    }
}

/// Longest code of a template that is looked through, in bytes, and the addresses in it.
const MAX_CODE: usize = 256 << 10;
const MAX_ADDRESSES: usize = 200;

/// The pixels of a template's code: the vendor whose host it names, the accounts among its settings.
pub(super) fn in_code(catalogue: &Catalogue, code: &str) -> Vec<Pixel> {
    static ADDRESS: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r#"(?:https?:)?\\?/\\?/([a-z0-9-]+(?:\.[a-z0-9-]+)+)((?:\\?/[A-Za-z0-9_.~%-]*)*)"#)
            .expect("a constant pattern")
    });
    static SETTING: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r#"["']?([A-Za-z_][A-Za-z0-9_]*)["']?\s*[:=]\s*["']([A-Za-z0-9][A-Za-z0-9_./-]{2,80})["']"#)
            .expect("a constant pattern")
    });
    let end = (0..=MAX_CODE.min(code.len())).rev().find(|at| code.is_char_boundary(*at)).unwrap_or(0);
    let code = code.get(..end).unwrap_or_default();
    let addresses = ADDRESS.captures_iter(code).take(MAX_ADDRESSES).filter_map(|found| {
        let url = format!("https://{}{}", found.get(1)?.as_str(), found.get(2)?.as_str().replace('\\', ""));
        Url::parse(&url).ok()
    });
    let candidates = addresses.map(|url| by_address(catalogue, url.as_str())).find(|found| !found.is_empty());
    let Some(candidates) = candidates else { return Vec::new() };
    let settings: Value = SETTING
        .captures_iter(code)
        .take(MAX_ADDRESSES)
        .filter_map(|found| Some(serde_json::json!({ found.get(1)?.as_str(): found.get(2)?.as_str() })))
        .collect();
    let with_account = candidates.iter().map(|v| (*v, accounts(v, &[&settings]))).find(|(_, found)| !found.is_empty());
    match (with_account, candidates.as_slice()) {
        (Some((vendor, found)), _) => found.into_iter().map(|a| Pixel::new(vendor, Some(a), Vec::new())).collect(),
        (None, [only]) => vec![Pixel::new(only, None, Vec::new())],
        (None, _) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{in_code, pixels};
    use crate::Catalogue;

    #[test]
    fn names_that_managers_use_are_known() {
        for (name, settings, expected) in [
            ("Facebook Pixel", json!({"pixelId": "111222333444555"}), "meta-pixel 111222333444555"),
            ("facebook-pixel", json!({"pixelId": "111222333444555"}), "meta-pixel 111222333444555"),
            ("Facebook Conversions API (Actions)", json!({"pixelId": "111222333444555"}), ""),
            ("Google Analytics 4 Web", json!({"measurementID": "G-TEAPOT0001"}), "google-analytics-4 G-TEAPOT0001"),
            ("Google Analytics", json!({"trackingId": "UA-1234567-1"}), "universal-analytics UA-1234567-1"),
            ("Google AdWords New", json!({"accountId": "AW-700800900"}), "google-ads AW-700800900"),
            ("google-global-site-tag", json!({"accounts": [{"id": "AW-700800900"}]}), "google-ads AW-700800900"),
            ("Google Tag Manager", json!({"containerId": "GTM-POTS001"}), "google-tag-manager GTM-POTS001"),
            ("LinkedIn Insight Tag", json!({"partnerId": 123456}), "linkedin-insight 123456"),
            ("BING_ADS", json!({"tagID": "5550001"}), "microsoft-uet 5550001"),
            ("Hotjar", json!({"siteId": "1234567"}), "hotjar 1234567"),
            ("BingUET", json!({"bingAdID": "5550001"}), "microsoft-uet 5550001"),
            ("Webhooks", json!({"id": "1"}), ""),
            ("Box", json!({}), ""),
        ] {
            let found = pixels(Catalogue::builtin(), name, &[&settings], None);
            let lines: Vec<String> =
                found.iter().map(|p| format!("{} {}", p.vendor, p.account.as_deref().unwrap_or("-"))).collect();
            assert_eq!(lines.join("; "), expected, "{name}");
        }
    }

    #[test]
    fn a_template_tells_its_vendor_by_the_host_that_it_loads_from() {
        for (code, expected) in [
            (
                r#"u.base_url="//connect.facebook.net/en_US/fbevents.js";u.data={"pixel_id":"111222333444555"}"#,
                "meta-pixel 111222333444555",
            ),
            (r#"u.base_url="https://www.example.test/x.js";u.id="1""#, ""),
            (r#"var a="https:\/\/bat.bing.com\/bat.js";var tag_id='5550001'"#, "microsoft-uet 5550001"),
        ] {
            let found = in_code(Catalogue::builtin(), code);
            let lines: Vec<String> =
                found.iter().map(|p| format!("{} {}", p.vendor, p.account.as_deref().unwrap_or("-"))).collect();
            assert_eq!(lines.join("; "), expected, "{code}");
        }
    }
}
