//! Requests decoded: which vendor claims one, and which events it carries. Interprets the beacon forms of the vendors'
//! tables; what a form can't say is a hook named in it.

mod adobe;
mod body;
mod fields;
mod google;
mod hooks;
mod json;
mod lz;
mod message;
mod params;

use std::collections::BTreeMap;

use pixelproof_model::{Decoded, DecodedEvent, EventClass, Request, RequestKind};

use crate::{
    catalogue::{BeaconForm, Catalogue, LibraryForm, NameWhen, Pattern, Vendor},
    value,
};
pub(crate) use body::{MIN_PACKED, readable, text_in_base64};
use fields::Scope;
pub(crate) use message::Message;

/// Events taken from one request.
const MAX_EVENTS: usize = 500;

/// Decodes one request. A request that no vendor claims has `vendor: None`.
pub fn decode(catalogue: &Catalogue, request: &Request) -> Decoded {
    let unknown = Decoded { vendor: None, kind: RequestKind::Other, events: Vec::new() };
    let Some(message) = Message::new(request) else { return unknown };
    if let Some(claim) = claim(catalogue, &message) {
        let (kind, events) = claim.events(&message);
        // A browser asking whether it may send, or whether something is there, sends no event yet.
        let asks = request.method.eq_ignore_ascii_case("OPTIONS") || request.method.eq_ignore_ascii_case("HEAD");
        let (kind, events) = if asks { (RequestKind::Other, Vec::new()) } else { (kind, events) };
        return Decoded { vendor: Some(claim.vendor.id.clone()), kind, events };
    }
    match library(catalogue, &message) {
        Some((vendor, form)) => {
            let kind = if form.auxiliary { RequestKind::Config } else { RequestKind::Library };
            Decoded { vendor: Some(vendor.id.clone()), kind, events: Vec::new() }
        }
        None => unknown,
    }
}

/// Whether a request repeats another one: the same event at a second host, or the hop of a redirect. [`decode`] reads it like
/// any other; who counts the events of a page leaves it out beside its original.
pub fn is_mirror(catalogue: &Catalogue, request: &Request) -> bool {
    Message::new(request).is_some_and(|message| claim(catalogue, &message).is_some_and(|claim| claim.form.mirror))
}

/// Whether requests to this address may be a vendor's beacons, whatever their bodies say: the question that a browser's
/// preflight raises before there is a body. Only addresses at a host of the vendor count.
pub fn may_be_beacon(catalogue: &Catalogue, url: &str) -> bool {
    let request = Request {
        method: "OPTIONS".to_owned(),
        url: url.to_owned(),
        body: None,
        body_base64: None,
        headers: BTreeMap::new(),
    };
    let Some(message) = Message::new(&request) else { return false };
    let index = catalogue.index();
    let forms = index.beacons(message.host(), message.path());
    index.is_vendor_host(message.host())
        && forms.into_iter().any(|(v, f)| {
            let form = catalogue.vendors().get(v).and_then(|vendor| vendor.beacons.get(f));
            form.is_some_and(|form| form.path.captures(message.path()).is_some())
        })
}

/// A beacon form that holds for a request.
pub(crate) struct Claim<'c> {
    /// The vendor.
    pub(crate) vendor: &'c Vendor,
    /// The form.
    pub(crate) form: &'c BeaconForm,
}

/// The first beacon form that holds; a vendor whose accounts tell it apart comes before one that takes any.
pub(crate) fn claim<'c>(catalogue: &'c Catalogue, message: &Message) -> Option<Claim<'c>> {
    let mut found: Option<Claim<'c>> = None;
    for (v, f) in catalogue.index().beacons(message.host(), message.path()) {
        let Some(vendor) = catalogue.vendors().get(v) else { continue };
        let Some(form) = vendor.beacons.get(f) else { continue };
        if !holds(form, message) {
            continue;
        }
        let claim = Claim { vendor, form };
        if !vendor.account.claims_by_pattern {
            found.get_or_insert(claim);
            continue;
        }
        let named = claim.named(message);
        // Elements of a list may name the accounts that the request as a whole doesn't.
        let inside = form.each.is_some() && named.is_empty();
        if form.account.is_empty() || form.any_account || inside || named.iter().any(|a| value::claims(vendor, a)) {
            return Some(claim);
        }
    }
    found
}

fn holds(form: &BeaconForm, message: &Message) -> bool {
    let Some(captures) = form.path.captures(message.path()) else { return false };
    let scope = Scope::new(message, value::groups(&captures));
    has(&scope, &form.requires) && form.forbids.iter().all(|path| scope.find(path).is_none())
}

fn has(scope: &Scope<'_>, wanted: &BTreeMap<String, Pattern>) -> bool {
    wanted.iter().all(|(path, pattern)| scope.find(path).is_some_and(|v| pattern.is_match(&json::text(&v))))
}

/// The library form that holds for a request.
pub(crate) fn library<'c>(catalogue: &'c Catalogue, message: &Message) -> Option<(&'c Vendor, &'c LibraryForm)> {
    value::libraries(catalogue, message, None, "").into_iter().next().map(|l| (l.vendor, l.form))
}

impl Claim<'_> {
    fn scope<'m>(&self, message: &'m Message) -> Scope<'m> {
        let captures = self.form.path.captures(message.path()).map(|c| value::groups(&c)).unwrap_or_default();
        Scope::new(message, captures)
    }

    /// Accounts that the request as a whole names.
    pub(crate) fn named(&self, message: &Message) -> Vec<String> {
        self.accounts_in(&self.scope(message))
    }

    fn accounts_in(&self, scope: &Scope<'_>) -> Vec<String> {
        let found = self.form.account.iter().find_map(|path| scope.find(path).filter(|v| !json::is_empty(v)));
        let Some(found) = found else { return Vec::new() };
        let sent = match found.as_ref() {
            serde_json::Value::Array(list) => list.iter().map(|v| json::text(v).into_owned()).collect(),
            other => vec![json::text(other).into_owned()],
        };
        sent.iter()
            .filter_map(|account| value::group(self.form.account_pattern.as_ref(), account))
            .flat_map(|account| value::accounts(self.vendor, &account, value::Prefix::Always))
            .collect()
    }

    /// Kind of the request, and its events.
    pub(crate) fn events(&self, message: &Message) -> (RequestKind, Vec<DecodedEvent>) {
        if self.form.kind != RequestKind::Event {
            return (self.form.kind, Vec::new());
        }
        let scope = self.scope(message);
        let scopes = match &self.form.each {
            Some(each) => scope.elements(each, &self.form.event),
            None => vec![scope],
        };
        let hook = self.form.hook.as_deref().and_then(hooks::find);
        let mut events = Vec::new();
        for scope in scopes.iter().take(MAX_EVENTS) {
            let mut found = self.events_in(scope);
            if let Some(hook) = hook {
                hook(self.vendor, scope, &mut found);
            }
            events.append(&mut found);
        }
        events.truncate(MAX_EVENTS);
        let kind = if events.is_empty() { RequestKind::Other } else { RequestKind::Event };
        (kind, events)
    }

    /// The event in a scope, once per account.
    fn events_in(&self, scope: &Scope<'_>) -> Vec<DecodedEvent> {
        let form = self.form;
        let named = |n: &&NameWhen| has(scope, &n.when) && n.without.iter().all(|path| scope.find(path).is_none());
        let by_fields = form.names.iter().find(named).map(|n| n.name.clone());
        let sent = form.event.iter().find_map(|path| scope.text(path));
        let sent = by_fields.or(sent).and_then(|name| value::group(form.event_pattern.as_ref(), &name));
        // Addresses typed by hand hold line breaks and blanks at the end of a name.
        let sent = sent.map(|name| name.trim().to_owned());
        let Some(sent) = sent.or_else(|| form.default_event.clone()) else { return Vec::new() };
        if form.ignore.contains(&sent) {
            return Vec::new();
        }
        let name = form.rename.get(&sent).cloned().unwrap_or(sent);
        let (mut class, stage) = self.vendor.classify(&name);
        if !form.automatic_when.is_empty() && has(scope, &form.automatic_when) {
            class = EventClass::Automatic;
        }
        let event = DecodedEvent {
            account: None,
            name,
            class,
            stage,
            params: scope.params_of(form),
            event_id: self.event_id(scope),
            page: form.page.iter().find_map(|path| scope.text(path)).map(page_address),
            user_data: user_data(scope, &form.user_data),
            consent: form.consent.iter().find_map(|path| scope.text(path)),
        };
        let accounts = self.accounts_in(scope);
        if accounts.is_empty() {
            return vec![event];
        }
        accounts.into_iter().map(|a| DecodedEvent { account: Some(a), ..event.clone() }).collect()
    }

    fn event_id(&self, scope: &Scope<'_>) -> Option<String> {
        let generated = |id: &String| self.form.event_id_generated.as_ref().is_some_and(|p| p.is_match(id));
        self.form.event_id.iter().find_map(|path| scope.text(path)).filter(|id| !generated(id))
    }
}

/// A page's address; some libraries encode it once more than the transport does.
fn page_address(text: String) -> String {
    let lower = text.get(..12).unwrap_or_default().to_ascii_lowercase();
    if lower.starts_with("http%3a") || lower.starts_with("https%3a") {
        return percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
    text
}

/// User-data fields and their form. Empty ones are left out.
fn user_data(scope: &Scope<'_>, groups: &[String]) -> BTreeMap<String, String> {
    let sent = scope.params(groups);
    sent.iter()
        .filter_map(|(key, v)| {
            let text = match v {
                serde_json::Value::Array(list) => list.first().map(|v| json::text(v).into_owned())?,
                other => json::text(other).into_owned(),
            };
            form_of_list(&text).map(|form| (key.clone(), form.to_owned()))
        })
        .collect()
}

/// The form of a value or, where it is a list whose entries may have a weight before them, of all of its entries.
fn form_of_list(text: &str) -> Option<&'static str> {
    let entries = text.split([',', '|']).map(|entry| entry.rsplit('~').next().unwrap_or(entry));
    let mut forms = entries.filter_map(user_data_form);
    let first = forms.next()?;
    Some(if forms.all(|form| form == first) { first } else { "plain" })
}

/// `sha256`, `md5` or `plain`, by the look of a value; nothing for an empty one.
pub(crate) fn user_data_form(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    let base64 = || text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'/'));
    match text.trim_end_matches('=').len() {
        0 => None,
        64 if hex => Some("sha256"),
        32 if hex => Some("md5"),
        // A SHA-256 in base64 mixes cases; a word of that length hardly does.
        43 if base64() && text.bytes().any(|b| b.is_ascii_uppercase()) && text.bytes().any(|b| b.is_ascii_digit()) => {
            Some("sha256")
        }
        _ => Some("plain"),
    }
}

#[cfg(test)]
mod tests;
