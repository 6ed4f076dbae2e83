//! What a browser saw leaving a page.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Request, RequestKind, Writer};

/// How often and under which choice of the visitor a page was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Pass {
    /// The banner is left unanswered.
    None,
    /// The visitor refuses.
    Reject,
    /// The visitor agrees.
    Accept,
    /// The browser says that the visitor opts out (Global Privacy Control).
    Gpc,
}

impl Pass {
    /// The name in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Pass::None => "none",
            Pass::Reject => "reject",
            Pass::Accept => "accept",
            Pass::Gpc => "gpc",
        }
    }
}

/// Part of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PassPhase {
    /// Before the visitor answers, or all of a pass in which nobody answers.
    #[default]
    Before,
    /// On the same page after the answer.
    After,
    /// The page loaded again.
    Again,
    /// A second page of the site.
    Second,
}

/// What became of the visitor's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Read back as it was made, and kept.
    Taken,
    /// The banner went and stayed away, but what it stands for could not be read back.
    NotEvaluable,
    /// The banner came back, or the stored choice is another one.
    NotKept,
    /// The banner could not be answered that way.
    NotAnswered,
    /// No banner was shown.
    NoBanner,
    /// The site showed a check for robots instead of its page.
    BotWall,
}

/// How a banner was answered in a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct PassConsent {
    /// Banner, by the name that the rules for it have, or the platform whose cookie was read.
    pub platform: Option<String>,
    /// Its first layer offers to refuse.
    pub reject_offered: bool,
    /// What became of the choice.
    pub verdict: Verdict,
    /// Whence that is known, or why not.
    pub why: String,
    /// Milliseconds after the navigation began at which it was answered.
    pub at_ms: Option<i64>,
}

/// What becomes of requests that carry events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Beacons {
    /// Recorded and answered on this machine: an audit adds nothing to anybody's figures.
    #[default]
    Held,
    /// Let go.
    Send,
}

/// One request to a vendor, seen in the browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Beacon {
    /// Number on the page, from 1.
    pub id: u32,
    /// Pass in which it was sent.
    pub pass: Pass,
    /// Part of the pass.
    #[serde(default)]
    pub phase: PassPhase,
    /// Number of the journey's step, or of the act of exercise, in which it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// HTTP method.
    pub method: String,
    /// Address of the hop that the vendor claims.
    pub url: String,
    /// Header fields that say what the body is and where it comes from: `content-type`, `content-encoding`, `origin`,
    /// `referer`, and those of the sender's own (`x-…`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Body as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Body as base64, where it is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Recorded and answered on this machine.
    pub held: bool,
    /// Catalogue id.
    pub vendor: Option<String>,
    /// What it is to the vendor.
    pub kind: RequestKind,
    /// Script, or document, that sent it, and the place in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiator: Option<crate::Position>,
    /// Scripts on the stack, from the one that sent it to the one that began it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
    /// The rule of a loaded filter list that calls it a tracker's, where no vendor claims it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<String>,
    /// State of consent as the request says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// Sent while the page was left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaving: bool,
    /// Why no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Beacon {
    /// Its request, for whoever decodes it.
    pub fn request(&self) -> Request {
        Request {
            method: self.method.clone(),
            url: self.url.clone(),
            body: self.body.clone(),
            body_base64: self.body_base64.clone(),
            headers: self.headers.clone(),
        }
    }
}

/// A vendor's library that a page asked for and did not get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FailedLibrary {
    /// Pass.
    pub pass: Pass,
    /// Catalogue id.
    pub vendor: String,
    /// Address.
    pub url: String,
    /// Why it did not load, in words.
    pub reason: String,
}

/// A cookie that was there at the end of a pass. Its value is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct SetCookie {
    /// Pass.
    pub pass: Pass,
    /// Name.
    pub name: String,
    /// Domain, with a leading dot where its subdomains get it too.
    pub domain: String,
    /// Days until it ends; null for a cookie that ends with the browser.
    pub days: Option<f64>,
    /// Of the page's own site.
    pub first_party: bool,
    /// Scripts can't read it.
    pub http_only: bool,
    /// Catalogue id of the vendor that is known to set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Part of the pass in which it was first set, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<PassPhase>,
    /// Milliseconds after the navigation began at which it was first set, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    /// Who set it first, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Writer>,
}

/// A message in the console that a vendor's script wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ConsoleLine {
    /// Pass.
    pub pass: Pass,
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// `log`, `warning`, `error`, `exception`, or the browser's own source.
    pub level: String,
    /// What it says.
    pub text: String,
    /// Script that said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Catalogue id of the script's vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
}

/// How a pass went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct PassEnd {
    /// Pass.
    pub pass: Pass,
    /// The page was loaded and could be watched to its end.
    pub looked: bool,
    /// How the banner was answered, in a pass that answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<PassConsent>,
    /// Why not, or what could not be captured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Address at the end.
    pub address: String,
    /// Milliseconds to the load.
    pub load_ms: Option<i64>,
    /// Requests were held against a filter list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
}
