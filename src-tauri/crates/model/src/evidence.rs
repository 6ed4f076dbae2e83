//! Evidence for people that is kept beside a page: pictures, and every request that a browser saw.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Pass;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PictureOf {
    /// The page, with nothing answered yet.
    Page,
    /// Its consent banner, before it was answered.
    Banner,
}

/// A picture that is kept and can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Picture {
    /// Number on the page, from 1.
    pub n: u32,
    /// What it shows.
    pub of: PictureOf,
    /// Pass in which it was taken.
    pub pass: Pass,
}

/// What a browser saw on the network in one pass over a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassTraffic {
    /// Pass.
    pub pass: Pass,
    /// When its navigation began, RFC 3339 with milliseconds.
    pub begun: String,
    /// Milliseconds to the load.
    pub load_ms: Option<i64>,
    /// Requests, in the order in which they were sent.
    pub exchanges: Vec<Exchange>,
}

/// A request and its answer. Cookies and passwords are not among the header fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// HTTP method.
    pub method: String,
    /// Address.
    pub url: String,
    /// Redirects that follow: status of the answer, and the address that it leads to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<(u16, String)>,
    /// What the browser says it is for, in lower case: `document`, `script`, `image`, `ping` …
    pub kind: String,
    /// Header fields of the request.
    pub headers: BTreeMap<String, String>,
    /// Body as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Body as base64, where it is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// Bytes of the body as sent.
    #[serde(default)]
    pub body_bytes: u64,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// The answer, where one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ExchangeAnswer>,
    /// Recorded and answered on this machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Why no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Number of the page's beacon that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beacon: Option<u32>,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeAnswer {
    /// What stands behind the status.
    pub reason: String,
    /// `http/1.1`, `h2` …
    pub protocol: String,
    /// Header fields.
    pub headers: BTreeMap<String, String>,
    /// Media type.
    pub media_type: String,
    /// Milliseconds after the navigation began at which it began.
    pub at_ms: i64,
    /// The same at which it was complete.
    pub done_ms: Option<i64>,
    /// Bytes that came over the line.
    pub bytes: Option<u64>,
}
