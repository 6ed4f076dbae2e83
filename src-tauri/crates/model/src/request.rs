//! One captured request, decoded (`pixelproof decode`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{EventClass, Params, Stage};

/// What a request is to the vendor that claims it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// Carries events.
    Event,
    /// Loads the vendor's library.
    Library,
    /// Fetches an account's configuration.
    Config,
    /// Matches ids between companies.
    Sync,
    /// Telemetry, mirrors and whatever carries no event.
    Other,
}

/// A request to decode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Request {
    /// HTTP method; `GET` when absent.
    #[serde(default = "get")]
    pub method: String,
    /// Address.
    pub url: String,
    /// Body as text; binary bodies as base64 in `body_base64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Body as base64, where it is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// Header fields by lower-case name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

fn get() -> String {
    "GET".to_owned()
}

/// What a request says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Decoded {
    /// Catalogue id; null when no vendor claims the request.
    pub vendor: Option<String>,
    /// Kind of the request.
    pub kind: RequestKind,
    /// Events in the request, one per account and name.
    pub events: Vec<DecodedEvent>,
}

/// One event inside a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct DecodedEvent {
    /// Account the event was sent for.
    pub account: Option<String>,
    /// The vendor's own spelling.
    pub name: String,
    /// Standard, custom or automatic.
    pub class: EventClass,
    /// What it means across vendors.
    pub stage: Stage,
    /// Parameters, decoded.
    #[ts(type = "Record<string, unknown>")]
    pub params: Params,
    /// Deduplication id.
    pub event_id: Option<String>,
    /// Page address as sent.
    pub page: Option<String>,
    /// User-data fields and their form: `plain`, `sha256`, `md5`.
    pub user_data: BTreeMap<String, String>,
    /// Consent state as sent, if any.
    pub consent: Option<String>,
}
