//! The shape of a vendor's table (`vendors/<id>.toml`).
//!
//! A table says everything that is known of one vendor: how it is installed, which calls and beacons carry events, what
//! its library does with mistakes. Code that reads pages, decodes requests or judges findings asks the table and never
//! names a vendor. The same format loads from the user's folder at run time.
//!
//! Two little languages are used in tables:
//!
//! - **Argument paths** point into a call: `0` is the first argument, `2.send_page_view` a key of the third,
//!   `0.items.0.id` goes deeper, `instance.0` is the first argument of the call that the receiver came from
//!   (`ttq.instance('ID').track(…)` has the path of a call `ttq.instance().track`).
//! - **Field paths** point into a request: `id` is a query parameter or form field, `path:1` the first capture group of
//!   the beacon's `path` pattern, `json:context.pixel.code` a place in a JSON body (a number is a place in a list),
//!   `ed:value` a key of what field `ed` holds: a JSON object, a bracket group `ed[value]`, a nested query string, or
//!   `key=value` parted by semicolons. `json:` alone is the whole document, which may stand in a form field `data`.
//!   Inside an element of `each`
//!   paths start at the element: `t.pid` a place in an object, `0` a place in a list, `1:*` every key of the object that
//!   stands there. A body that is base64, of gzip or plain, is read as what it holds.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    beacon_form::BeaconForm,
    config_form::ConfigForm,
    container_form::ContainerForm,
    knowledge::{Audience, AutomaticEvent, Behaviour, Cookie, ParamType, Roi, StandardEvent},
    pattern::{Matcher, Pattern},
};

/// One vendor's table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Catalogue id, kebab-case; the file's stem.
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// Other names that tag managers and data platforms list it by.
    #[serde(default)]
    pub known_as: Vec<String>,
    /// Neutral initials for narrow columns.
    pub initials: String,
    /// Company.
    pub owner: String,
    /// ISO 3166 alpha-2 country of the company.
    pub country: String,
    /// What the vendor is for.
    pub purpose: Purpose,
    /// Global names that its calls go through: the roots that a script is searched for (`fbq`, `ttq`, `uetq`).
    #[serde(default)]
    pub globals: Vec<String>,
    /// Globals whose value is the page's own name of a function, and the function: `GoogleAnalyticsObject = "ga"`.
    #[serde(default)]
    pub named_by: BTreeMap<String, String>,
    /// Global names of the vendor's that are too common to search scripts for (`s`): they count in a script that uses
    /// them without giving them a value.
    #[serde(default)]
    pub borrowed_globals: Vec<String>,
    /// Globals that say something only in a script that is worth reading for another reason: the state of a whole page,
    /// where it holds an account.
    #[serde(default)]
    pub quiet_globals: Vec<String>,
    /// Texts that make a script worth reading beside the globals and the hosts, for calls through borrowed globals.
    #[serde(default)]
    pub marks: Vec<String>,
    /// Other callees that are the same function: a whole callee as written, to the callee that the call forms name
    /// (`fbq.push` to `fbq`, where the stub's `push` is the function itself).
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// Form of an account.
    pub account: Account,
    /// Library addresses.
    #[serde(default, rename = "library")]
    pub libraries: Vec<LibraryForm>,
    /// Calls.
    #[serde(default, rename = "call")]
    pub calls: Vec<CallForm>,
    /// Assignments to globals that install (`_linkedin_partner_id = "1"`).
    #[serde(default, rename = "assign")]
    pub assigns: Vec<AssignForm>,
    /// Configuration objects of platforms and plugins that install.
    #[serde(default, rename = "config")]
    pub configs: Vec<ConfigForm>,
    /// Tags of a tag-manager container.
    #[serde(default, rename = "container")]
    pub containers: Vec<ContainerForm>,
    /// Requests; also the forms of noscript and image pixels.
    #[serde(default, rename = "beacon")]
    pub beacons: Vec<BeaconForm>,
    /// Standard events.
    #[serde(default, rename = "event")]
    pub events: Vec<StandardEvent>,
    /// The vendor takes the names of its standard events whatever their case.
    #[serde(default)]
    pub ignore_case: bool,
    /// Events that the library sends by itself.
    #[serde(default, rename = "automatic")]
    pub automatic: Vec<AutomaticEvent>,
    /// Type of each documented parameter.
    #[serde(default)]
    pub params: BTreeMap<String, ParamType>,
    /// What the real library does with mistakes.
    #[serde(default)]
    pub behaviour: Behaviour,
    /// Cookies and other storage it writes.
    #[serde(default, rename = "cookie")]
    pub cookies: Vec<Cookie>,
    /// Click-id query parameters.
    #[serde(default)]
    pub click_ids: Vec<String>,
    /// Audiences the platform can build.
    #[serde(default, rename = "audience")]
    pub audiences: Vec<Audience>,
    /// What ROI measurement needs.
    #[serde(default)]
    pub roi: Option<Roi>,
    /// Code to paste, with `{{account}}` where the account goes.
    #[serde(default)]
    pub snippet: Option<String>,
    /// Where in the document the vendor asks for its code: `head` or `body`.
    #[serde(default)]
    pub placement: Option<String>,
    /// Replaced or switched off by the vendor: why.
    #[serde(default)]
    pub retired: Option<String>,
    /// Read from the user's folder; set by the loader.
    #[serde(skip)]
    pub user: bool,
}

/// What a vendor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Purpose {
    Advertising,
    Analytics,
    TagManager,
    SessionReplay,
    Marketing,
}

/// Form of a vendor's accounts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Regular expression of a plausible account; anchored at both ends by the loader.
    pub pattern: Pattern,
    /// Prefix put before an account that lacks it (`AW-`).
    #[serde(default)]
    pub prefix: Option<String>,
    /// Cut the account at this character (`/` in `AW-1/label`).
    #[serde(default)]
    pub cut_at: Option<String>,
    /// Values that are placeholders of documentation, compared without case; `X` runs, template marks and `YOUR_…` are
    /// known without being listed.
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// The account says which vendor a shared call or library belongs to: forms of this table hold only for accounts
    /// that match `pattern` (`gtag('config', …)` is GA4's for `G-…`, Google Ads' for `AW-…`).
    #[serde(default)]
    pub claims_by_pattern: bool,
    /// What claims where that is wider than what is plausible (`G-.*`: a misspelt id is a misspelt GA4 id).
    #[serde(default)]
    pub claims: Option<Pattern>,
    /// Several accounts may stand in one value, separated by this (`,`).
    #[serde(default)]
    pub separator: Option<String>,
    /// Left out wherever it stands in an account: addresses divide the digits (`0123/8463`).
    #[serde(default)]
    pub without: Option<String>,
}

/// A library's address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryForm {
    /// Host names; `*.example.com` also matches the bare domain; `*` any host (then `path` must be telling).
    pub hosts: Vec<String>,
    /// Regular expression on the path, anchored at both ends. Group 1 may be the account.
    pub path: Pattern,
    /// Query parameter that holds the account, or `path:1`.
    #[serde(default)]
    pub account: Option<String>,
    /// Attribute of the script element that holds the account (`data-domain`), where the address names none.
    #[serde(default)]
    pub attribute: Option<String>,
    /// Holds only for an element that has `attribute`: for paths that say nothing by themselves.
    #[serde(default)]
    pub needs_attribute: bool,
    /// Query parameters that must be there, as in [`BeaconForm::requires`].
    #[serde(default)]
    pub requires: BTreeMap<String, Pattern>,
    /// The host must belong to the page's own site, where the page is known: for loaders on hosts of the advertiser.
    #[serde(default)]
    pub same_site: bool,
    /// Holds only when no other vendor's form took the load (`gtag/js` with an id of no known product).
    #[serde(default)]
    pub fallback: bool,
    /// The load alone makes the library send an event.
    #[serde(default)]
    pub implies: Vec<Implied>,
    /// A load alone is an install. False for helpers that come with another install.
    #[serde(default = "yes")]
    pub installs: bool,
    /// The load is the whole install: nothing else starts it (a container).
    #[serde(default)]
    pub complete: bool,
    /// Configuration fetches and helper files: known, but no load of the library itself.
    #[serde(default)]
    pub auxiliary: bool,
}

pub(super) fn yes() -> bool {
    true
}

/// Place of the accounts of a call each of whose arguments is one (`ids.push("1", "2")`).
pub const EVERY_ARGUMENT: &str = "*";

/// A call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallForm {
    /// Callee: `fbq`, `ttq.load`, `ttq.instance().track`, `uetq.push`, `new UET`.
    pub function: String,
    /// Value of the first argument, shorthand for a `when` on `0`.
    #[serde(default)]
    pub verb: Option<String>,
    /// Further conditions: argument path to what it must be.
    #[serde(default)]
    pub when: BTreeMap<String, Matcher>,
    /// What the call does.
    pub does: Does,
    /// Where the account stands; [`EVERY_ARGUMENT`] when each argument is one. Absent on an event: it goes to every account initialised (before or after).
    #[serde(default)]
    pub account: Option<String>,
    /// Group 1 of this, on the value at `account`, is the account; without a match the call names none
    /// (`tw-(…)-…`: X's event ids begin with the account).
    #[serde(default)]
    pub account_pattern: Option<Pattern>,
    /// Where an init names the instance that it makes: a property of the function's object, below which the other calls
    /// are then this account's (`mixpanel.init(token, config, 'shop')`, `mixpanel.shop.track(…)`).
    #[serde(default)]
    pub instance: Option<String>,
    /// Holds only when no other vendor's form took the call. With [`Account::claims_by_pattern`], a call without an
    /// account is taken by every vendor that has an account initialised on the page.
    #[serde(default)]
    pub fallback: bool,
    /// Says what another form of the same snippet says: an install only where nothing else on the page initialises the
    /// account (LinkedIn's snippet assigns the partner id and then pushes it).
    #[serde(default)]
    pub echo: bool,
    /// Where the event's name stands.
    #[serde(default)]
    pub event: Option<String>,
    /// The event's name, where the call doesn't hold it.
    #[serde(default)]
    pub name: Option<String>,
    /// Where the parameters stand.
    #[serde(default)]
    pub params: Option<String>,
    /// Parameters that stand in places of their own, `eventCategory=2`; they come before those of `params`.
    #[serde(default)]
    pub named: Vec<String>,
    /// Every argument is a call of its own: paths start at it as if it were alone (`_gaq.push(['…'], ['…'])`).
    #[serde(default)]
    pub spread: bool,
    /// Where the deduplication id stands; several places are tried in order.
    #[serde(default)]
    pub event_id: Vec<String>,
    /// Whether the name is one of the standard events (`auto`: looked up) or custom by the call.
    #[serde(default)]
    pub class: CallClass,
    /// Where the advanced-matching data stands.
    #[serde(default)]
    pub user_data: Option<String>,
    /// Where the consent action or signals stand.
    #[serde(default)]
    pub consent: Option<ConsentForm>,
    /// Events that the library then sends by itself.
    #[serde(default)]
    pub implies: Vec<Implied>,
    /// Only the retired product has this call.
    #[serde(default)]
    pub retired: Option<String>,
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// Initialises an account.
    Init,
    /// Sends an event.
    Event,
    /// Initialises an account and is itself an event.
    InitAndEvent,
    /// Tells the library what the visitor allows.
    Consent,
    /// Hands over personal data.
    UserData,
    /// Sets an option; no event.
    Option,
}

/// Whether a call's event is standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum CallClass {
    #[default]
    Auto,
    Custom,
}

/// An event that the library sends by itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Implied {
    /// Its name.
    pub event: String,
    /// Not sent when any of these holds.
    #[serde(default)]
    pub unless: BTreeMap<String, Matcher>,
    /// Not sent when the page makes this global true (`_wait_for_lintrk`).
    #[serde(default)]
    pub unless_global: Option<String>,
}

/// Consent in a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentForm {
    /// Where the action stands, or the action itself after `=` (`=hold`).
    pub action: String,
    /// Where the signals stand.
    #[serde(default)]
    pub values: Option<String>,
    /// The signals are those of Google Consent Mode.
    #[serde(default)]
    pub google_consent_mode: bool,
}

/// An assignment to a global that installs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignForm {
    /// Global name, dotted for a property.
    pub global: String,
    /// What it does; `init` when absent.
    #[serde(default = "init")]
    pub does: Does,
    /// Where in the value the account stands; absent: the value itself. A list holds an account each.
    #[serde(default)]
    pub account: Option<String>,
    /// As in [`CallForm::echo`]; then a value that is not constant says nothing.
    #[serde(default)]
    pub echo: bool,
    /// Events that the library then sends by itself.
    #[serde(default)]
    pub implies: Vec<Implied>,
    /// Only the retired product has it.
    #[serde(default)]
    pub retired: Option<String>,
}

fn init() -> Does {
    Does::Init
}
