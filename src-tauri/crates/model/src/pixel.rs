//! What a page declares and what leaves it: installs, events, libraries, consent.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Parameters by name, in the order of the call. A value that is not constant is `{"expr": "order.total"}`.
pub type Params = serde_json::Map<String, serde_json::Value>;

/// Key in [`Params`] whose value `{"expr": "order"}` stands for an object that the source doesn't show: further parameters
/// may come from it.
pub const OPEN_PARAMS: &str = "...";

/// Where something stands in a document. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema, TS)]
pub struct Position {
    /// File name or URL of the document or script.
    pub source: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// How an install or event got onto the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// A call in a script, or the vendor's library named by a script element.
    Script,
    /// The fallback inside `<noscript>`.
    Noscript,
    /// An image (or frame) beacon in the markup.
    Image,
    /// A tag of a tag-manager container.
    Container,
    /// A handler attribute (`onclick="…"`) or a data attribute.
    Attribute,
    /// Only a platform's or plugin's configuration object.
    Config,
}

/// Whether the code runs when the page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Runs.
    Active,
    /// Waits for the visitor's consent.
    Gated,
    /// Never runs: commented out, in a template, of an unknown script type.
    Inert,
}

/// A value of a call that may be known only while the page runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(untagged)]
pub enum Text {
    /// Constant in the source.
    Known(String),
    /// Not constant: the source text of the expression.
    Expr {
        /// The expression as written.
        expr: String,
    },
}

impl Text {
    /// The constant, if it is one.
    pub fn known(&self) -> Option<&str> {
        match self {
            Text::Known(s) => Some(s),
            Text::Expr { .. } => None,
        }
    }
}

impl From<&str> for Text {
    fn from(s: &str) -> Self {
        Text::Known(s.to_owned())
    }
}

/// A pixel installed on a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Install {
    /// Catalogue id, such as `meta-pixel`.
    pub vendor: String,
    /// Account (pixel id, measurement id, container id); null where the page doesn't say.
    pub account: Option<String>,
    /// What stands where the account belongs and is none: a mark that a template left, words of an example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// How it got onto the page.
    pub via: Via,
    /// Whether it runs.
    pub state: State,
    /// An optimiser (WP Rocket, LiteSpeed, Perfmatters …) runs it later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delayed: bool,
    /// The install is only the library's load; no call initialises the account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub library_only: bool,
    /// Nothing on the page installs it: its events alone show that something else does (a tag manager, another script).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_events: bool,
    /// Who put it there, where a fingerprint tells: `PixelYourSite`, `Shopify`, `GTM-XXXX tag 14` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installer: Option<String>,
    /// What it waits for, when gated: `cookiebot: marketing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// When the call runs.
    pub trigger: Trigger,
    /// Place in the page's order of execution, installs and events counted together, from 1; 0 where it isn't known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub order: u32,
    /// Alternative it belongs to, numbered within the page: code of one group but of different branches (`if` and `else`,
    /// two listeners) never runs together; code of the same group and branch always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<(u32, u32)>,
    /// Where it stands.
    pub at: Position,
    /// Excerpt of the source, at most [`MAX_EXCERPT`] characters.
    pub code: String,
}

/// Longest excerpt of source kept with an install or event, in characters.
pub const MAX_EXCERPT: usize = 240;

/// An event that a page declares, sends, or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Event {
    /// Catalogue id of the vendor.
    pub vendor: String,
    /// Accounts the event goes to; empty when no account is known.
    pub accounts: Vec<String>,
    /// The vendor's own spelling as in the call.
    pub name: Text,
    /// Standard, custom or automatic.
    pub class: EventClass,
    /// What the event means across vendors.
    pub stage: Stage,
    /// Parameters; `{"expr": …}` where not constant.
    #[ts(type = "Record<string, unknown>")]
    pub params: Params,
    /// The advertiser's deduplication id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Text>,
    /// How it got onto the page.
    pub via: Via,
    /// When it is sent.
    pub trigger: Trigger,
    /// Whether it runs.
    pub state: State,
    /// An optimiser runs it later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delayed: bool,
    /// Who put it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installer: Option<String>,
    /// What it waits for, when gated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// Place in the page's order of execution, installs and events counted together, from 1; 0 where it isn't known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub order: u32,
    /// Alternative it belongs to, numbered within the page: code of one group but of different branches (`if` and `else`,
    /// two listeners) never runs together; code of the same group and branch always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<(u32, u32)>,
    /// Where it stands.
    pub at: Position,
    /// Excerpt of the source.
    pub code: String,
    /// The source declares it.
    #[serde(default = "yes")]
    pub declared: bool,
    /// Whether it was seen leaving the page.
    #[serde(default)]
    pub fired: Fired,
    /// Times seen per consent pass; empty when not looked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub count: BTreeMap<String, u32>,
    /// Why declared and fired differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Ids into the page's `beacons`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beacons: Vec<u32>,
    /// Seen only on this other page of the site, to which a consent pass went on to see whether the choice is kept. Nothing of
    /// it is this page's doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_page: Option<String>,
}

fn yes() -> bool {
    true
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// Whether an event left the page. `NotLooked` is not `Never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Fired {
    /// Seen leaving.
    Seen,
    /// Looked for and never seen.
    Never,
    /// Source mode: nobody looked.
    #[default]
    NotLooked,
    /// The browser could not look.
    CouldNotLook,
}

/// Kind of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EventClass {
    /// In the vendor's list of standard events.
    Standard,
    /// Named by the advertiser.
    Custom,
    /// Sent by the library without a call.
    Automatic,
}

/// What makes a call run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// The page loads.
    #[default]
    Load,
    /// A click.
    Click,
    /// A form is submitted.
    Submit,
    /// A route change of a single-page app.
    Route,
    /// Scrolling.
    Scroll,
    /// A timer.
    Timer,
    /// A condition that the source doesn't decide.
    Conditional,
    /// A function whose caller is not known.
    Unknown,
}

/// Lifecycle stage: what an event means whatever the vendor calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the vocabulary")]
pub enum Stage {
    PageView,
    ContentView,
    Search,
    AddToCart,
    AddToWishlist,
    InitiateCheckout,
    AddPaymentInfo,
    Purchase,
    Lead,
    Registration,
    Contact,
    Subscribe,
    StartTrial,
    Schedule,
    Donate,
    Other,
}

/// One load of a vendor's library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Library {
    /// Catalogue id.
    pub vendor: String,
    /// Account named in the library's address, if any.
    pub account: Option<String>,
    /// Address as written.
    pub src: String,
    /// Whether it runs.
    pub state: State,
    /// Where it stands.
    pub at: Position,
}

/// Consent markup seen in the source.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema, TS)]
pub struct Consent {
    /// Consent platforms, by id (`onetrust`, `cookiebot`, …).
    pub platforms: Vec<String>,
    /// Google Consent Mode defaults, by signal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub google_consent_mode: BTreeMap<String, String>,
    /// Consent calls in document order: `gtag consent default`, `fbq consent revoke` …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ConsentCall>,
}

/// A call that tells a vendor's library what the visitor allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ConsentCall {
    /// Catalogue id.
    pub vendor: String,
    /// `default`, `update`, `revoke`, `grant`, `hold`, `options`.
    pub action: String,
    /// Signals and their values, as in the call.
    #[ts(type = "Record<string, unknown>")]
    pub values: Params,
    /// Where it stands.
    pub at: Position,
}
