//! Rules of a Google tag's own configuration: conversions and events that the vendor makes of the hits of a page.

use pixelproof_model::Trigger;
use serde_json::Value;
use url::Url;

use super::value::Resolver;

/// Whether a tag of this function is a rule of a Google tag's own configuration.
pub(crate) fn is_own(function: &str) -> bool {
    ["__ccd_", "__ogt_"].iter().any(|family| function.starts_with(family))
}

/// What the visitor does before the library sends an event by itself; `None` for a tag that sends none by itself.
pub(crate) fn trigger(definition: &Value) -> Option<Trigger> {
    Some(match definition["function"].as_str()? {
        "__ccd_em_scroll" => Trigger::Scroll,
        "__ccd_em_outbound_click" | "__ccd_em_download" => Trigger::Click,
        "__ccd_em_form" => Trigger::Submit,
        "__ccd_em_page_view" => Trigger::Route,
        "__ccd_em_site_search" => Trigger::Load,
        function if is_own(function) => Trigger::Conditional,
        _ => return None,
    })
}

/// Whether a page at `url` may be one that the rule matches. Only what surely doesn't match is ruled out.
pub(crate) fn may_match(definition: &Value, url: &Url) -> bool {
    match definition["function"].as_str().unwrap_or_default() {
        // page views of its own are those of route changes
        "__ccd_em_page_view" => definition["vtp_historyEvents"].as_bool() != Some(false),
        "__ccd_em_site_search" => match definition["vtp_searchQueryParams"].as_str() {
            Some(names) => {
                let named = |key: &str| names.split(',').any(|name| name.trim() == key);
                url.query_pairs().any(|(key, value)| named(&key) && !value.is_empty())
            }
            None => true,
        },
        "__ogt_conv_def" => match definition["vtp_matchingRules"].as_str().map(serde_json::from_str::<Value>) {
            Some(Ok(rule)) => matches(&rule, url, 0) != Some(false),
            _ => true,
        },
        _ => true,
    }
}

/// A rule such as `["contains", ["variable", "pageLocation", …], "/thank-you"]`, about the address alone; `None` where it
/// says more than is understood.
fn matches(rule: &Value, url: &Url, depth: u32) -> Option<bool> {
    let parts = rule.as_array().filter(|_| depth < 20)?;
    let (operator, rest) = (parts.first()?.as_str()?, parts.get(1..)?);
    let each = || rest.iter().map(|part| matches(part, url, depth + 1));
    match operator {
        "and" if each().any(|one| one == Some(false)) => return Some(false),
        "and" => return each().all(|one| one == Some(true)).then_some(true),
        "or" => return super::condition::any(each()),
        "not" => return matches(rest.first()?, url, depth + 1).map(|found| !found),
        _ => {}
    }
    let variable = rest.first()?.as_array()?;
    let wanted = rest.get(1)?.as_str()?.to_lowercase();
    if variable.first()? != "variable" || variable.get(1)? != "pageLocation" {
        return None;
    }
    let mut whole = url.clone();
    whole.set_fragment(None);
    let whole = whole.as_str().to_lowercase();
    // with or without its protocol and `www.`, as the rule may ask
    let bare = whole.split_once("://").map_or(whole.as_str(), |(_, rest)| rest);
    let without = super::variable::without_www(bare);
    let ways = [whole.as_str(), bare, without];
    let found = |test: &dyn Fn(&str) -> bool| match ways.iter().filter(|way| test(way)).count() {
        0 => Some(false),
        all if all == ways.len() => Some(true),
        _ => None,
    };
    match operator {
        "contains" => found(&|text| text.contains(&wanted)),
        "startsWith" => found(&|text| text.starts_with(&wanted)),
        "endsWith" => found(&|text| text.ends_with(&wanted)),
        "equals" => found(&|text| text.trim_end_matches('/') == wanted.trim_end_matches('/')),
        _ => None,
    }
}

/// What a rule of a Google tag's own configuration hangs on, in words: it looks at each hit that the page sends.
pub(crate) fn hangs_on(definition: &Value) -> Option<String> {
    let function = definition["function"].as_str()?;
    if let Some(what) = function.strip_prefix("__ccd_em_") {
        return Some(format!("the visitor's doing (enhanced measurement: {})", what.replace('_', " ")));
    }
    if let Some(what) = sets(definition) {
        return Some(format!("sets: {what}"));
    }
    if !["__ccd_ads_conv_marking", "__ccd_conversion_marking", "__ogt_conv_def", "__ogt_event_create"]
        .contains(&function)
    {
        return None;
    }
    let mut texts = Vec::new();
    constants(definition, &mut texts, 0);
    Some(format!("a hit of the page matches a rule set in the vendor's account ({})", texts.join(", ")))
}

/// What a tag of a Google tag's configuration sets, in words.
fn sets(definition: &Value) -> Option<String> {
    let on = |key: &str| definition[key].as_bool() == Some(true);
    let named = |key: &str, field: &str| {
        let rows = definition[key].as_array().into_iter().flatten().skip(1).filter_map(Value::as_array);
        let values = rows.filter_map(|row| row.iter().skip_while(|part| *part != field).nth(1)?.as_str());
        let plain = definition[key].as_array().into_iter().flatten().skip(1).filter_map(Value::as_str);
        values.chain(plain).take(MAX_CONSTANTS).collect::<Vec<_>>().join(", ")
    };
    Some(match definition["function"].as_str()? {
        "__ogt_cross_domain" => format!("links to {} carry the visitor's id", named("vtp_rules", "domain")),
        "__ogt_referral_exclusion" => format!("no referrals from {}", named("vtp_includeConditions", "domain")),
        "__ogt_google_signals" => match definition["vtp_googleSignals"].as_str() {
            Some("ENABLED") => "Google signals are on".to_owned(),
            Some("DISABLED") => "Google signals are off".to_owned(),
            _ => return None,
        },
        "__ogt_1p_data_v2" if !on("vtp_isEnabled") => "no contact data of visitors is collected".to_owned(),
        "__ogt_1p_data_v2" => {
            let kinds = [
                ("vtp_autoEmailEnabled", "e-mail addresses"),
                ("vtp_autoPhoneEnabled", "phone numbers"),
                ("vtp_autoAddressEnabled", "postal addresses"),
            ];
            let found: Vec<&str> = kinds.iter().filter(|(key, _)| on(key)).map(|(_, words)| *words).collect();
            match (on("vtp_isAutoEnabled"), found.as_slice()) {
                (true, [_, ..]) => {
                    format!("{} typed on the page are collected without being asked for", found.join(", "))
                }
                _ => "contact data that the page hands over is collected".to_owned(),
            }
        }
        "__ccd_auto_redact" => {
            let parameters = definition["vtp_redactQueryParams"].as_str().unwrap_or_default();
            match (on("vtp_redactEmail"), parameters) {
                (true, "") => "e-mail addresses are taken out of addresses".to_owned(),
                (true, list) => format!("e-mail addresses and {list} are taken out of addresses"),
                (false, "") => return None,
                (false, list) => format!("{list} are taken out of addresses"),
            }
        }
        "__ogt_dma" => match definition["vtp_dmaDefault"].as_str()? {
            "GRANTED" => "consent that nobody gave counts as given in Europe".to_owned(),
            _ => "consent that nobody gave counts as denied in Europe".to_owned(),
        },
        _ => return None,
    })
}

/// Most constants of a rule that are named.
const MAX_CONSTANTS: usize = 8;

/// The constants that the rules of a tag compare with; a rule may be JSON within a text.
fn constants(value: &Value, into: &mut Vec<String>, depth: u32) {
    const NAMES: [&str; 4] = ["stringValue", "matchingRules", "const_value", "vtp_matchingRules"];
    if depth > 20 || into.len() >= MAX_CONSTANTS {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if NAMES.contains(&name.as_str()) => named(text, into, depth),
                    _ => constants(value, into, depth + 1),
                }
            }
        }
        Value::Array(items) => {
            let mut rest = items.iter().peekable();
            while let Some(item) = rest.next() {
                match (item.as_str(), rest.peek().and_then(|next| next.as_str())) {
                    (Some(name), Some(text)) if NAMES.contains(&name) => named(text, into, depth),
                    _ => constants(item, into, depth + 1),
                }
            }
        }
        _ => {}
    }
}

fn named(text: &str, into: &mut Vec<String>, depth: u32) {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(rule)) => literals(&rule, into, depth),
        Ok(inner @ Value::Object(_)) => constants(&inner, into, depth + 1),
        _ if !into.iter().any(|known| known == text) => into.push(text.to_owned()),
        _ => {}
    }
}

/// The constants of a rule written as `["contains", ["variable", …], "/thank-you"]`: the last text of each test.
fn literals(rule: &[Value], into: &mut Vec<String>, depth: u32) {
    let tests = rule.iter().filter_map(Value::as_array).filter(|inner| inner.first().is_none_or(|f| f != "variable"));
    if depth < 20 {
        tests.for_each(|inner| literals(inner, into, depth + 1));
    }
    if let Some(text) = rule.get(2).and_then(Value::as_str).filter(|_| into.len() < MAX_CONSTANTS) {
        into.push(text.to_owned());
    }
}

/// The labels of conversions that the vendor makes of matching hits.
pub(crate) fn labels(definition: &Value, at: &Resolver<'_>) -> Vec<String> {
    let Some(rules) = definition.get("vtp_conversionRules").and_then(|rules| at.value(rules).into_json()) else {
        return Vec::new();
    };
    let label = |rule: &Value| rule["conversionLabel"].as_str().map(str::to_owned);
    rules.as_array().into_iter().flatten().filter_map(label).collect()
}
