//! How a table describes the requests of a vendor.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{pattern::Pattern, schema::yes};

/// A request of the vendor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeaconForm {
    /// Host names; `*.example.com`; `*` any host (then `requires` must be telling).
    pub hosts: Vec<String>,
    /// Regular expression on the path, anchored at both ends. Groups are `path:1` …
    pub path: Pattern,
    /// Fields that must be there: name to anchored pattern (`.*` for anything, `.+` for not empty).
    #[serde(default)]
    pub requires: BTreeMap<String, Pattern>,
    /// Fields that must not be there.
    #[serde(default)]
    pub forbids: Vec<String>,
    /// What the request is.
    #[serde(default = "event_kind")]
    pub kind: pixelproof_model::RequestKind,
    /// Group 1 of this, on the account as sent, is the account; without a match there is none.
    #[serde(default)]
    pub account_pattern: Option<Pattern>,
    /// Every element of this list that has a name is an event of its own; where none has, the request is `other`
    /// (`json:req`, `json:events`, `json:visitors.*.events` for lists in a list, `json:` for the whole body, `events` for
    /// JSON in a field, also in base64; an object alone is a list of one, a text in a list a query string; `lines` for
    /// one query string a line of the body, besides the address where that has a name too or the body is empty;
    /// `fields:p` for the query strings in `p0`, `p1` …). Fields are looked up in the element first, then in the elements
    /// of the lists around it, then in the request.
    #[serde(default)]
    pub each: Option<String>,
    /// Field paths of the account, tried in order.
    #[serde(default)]
    pub account: Vec<String>,
    /// The path is the vendor's alone: what stands in the account's place is one, also where
    /// [`Account::claims_by_pattern`](super::Account::claims_by_pattern) would say otherwise.
    #[serde(default)]
    pub any_account: bool,
    /// Names by what the request or element holds, where no field has the name itself; the first that holds, before `event`.
    #[serde(default)]
    pub names: Vec<NameWhen>,
    /// Field paths of the event's name, tried in order.
    #[serde(default)]
    pub event: Vec<String>,
    /// Group 1 of this, on the name as sent, is the name; without a match the request holds no event.
    #[serde(default)]
    pub event_pattern: Option<Pattern>,
    /// Names that are no events: entries that only carry data.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Name when no field holds it.
    #[serde(default)]
    pub default_event: Option<String>,
    /// Names as sent to names as declared (`checkout` to `Checkout`).
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    /// Names that are automatic although their spelling is standard, when these fields match.
    #[serde(default)]
    pub automatic_when: BTreeMap<String, Pattern>,
    /// Parameter groups: `cd[*]`, `ed:*`, `ep.*`, `json:properties`, `u#` for `u1`, `u2` … under their whole names,
    /// or `name=field` for a single one.
    #[serde(default)]
    pub params: Vec<String>,
    /// Parameters that are part of a field.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// What no other entry of the form reads is a parameter too, under its own name: `fields` for those of the query and
    /// form (or of the element, where that is a query string), `fields:m.` for those that begin so, else the place of an
    /// object (`t`, `json:`).
    #[serde(default)]
    pub rest: Option<String>,
    /// Names of parameters that the library adds by itself: left out.
    #[serde(default)]
    pub technical: Option<Pattern>,
    /// Field paths of the deduplication id.
    #[serde(default)]
    pub event_id: Vec<String>,
    /// Deduplication ids of this form are made up by the library: not the advertiser's, and left out.
    #[serde(default)]
    pub event_id_generated: Option<Pattern>,
    /// Field paths of the page's address.
    #[serde(default)]
    pub page: Vec<String>,
    /// User-data groups: `ud[*]`, or `em=field`.
    #[serde(default)]
    pub user_data: Vec<String>,
    /// Field paths of the consent state.
    #[serde(default)]
    pub consent: Vec<String>,
    /// Repeats another request (mirror host, redirect hop). It is decoded like any other, so that a single captured
    /// request can be read; whoever counts events of a page leaves it out beside its original.
    #[serde(default)]
    pub mirror: bool,
    /// Name of the Rust hook that decodes what a table can't say.
    #[serde(default)]
    pub hook: Option<String>,
    /// As an image or frame in markup it is an install.
    #[serde(default = "yes")]
    pub installs: bool,
}

/// A name that an event has when its request holds certain fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameWhen {
    /// The name.
    pub name: String,
    /// Fields that must be there, as in [`BeaconForm::requires`].
    pub when: BTreeMap<String, Pattern>,
    /// Fields that must not be there.
    #[serde(default)]
    pub without: Vec<String>,
}

/// A parameter that is part of a field.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Name of the parameter.
    pub name: String,
    /// Field path.
    pub from: String,
    /// Group 1 of this on the field is the value; without a match there is none.
    pub pattern: Pattern,
}

fn event_kind() -> pixelproof_model::RequestKind {
    pixelproof_model::RequestKind::Event
}
