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

use pixelproof_model::Stage;
use serde::Deserialize;

use super::pattern::{Matcher, Pattern};

/// One vendor's table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Catalogue id, kebab-case; the file's stem.
    pub id: String,
    /// Name shown to people.
    pub name: String,
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

fn yes() -> bool {
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

/// A configuration object that installs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigForm {
    /// Global and path of the account or list of accounts: `pysOptions.facebook.pixelIds`.
    pub path: String,
    /// Who owns the object: `PixelYourSite`.
    pub installer: String,
    /// Events that it then sends.
    #[serde(default)]
    pub implies: Vec<Implied>,
    /// The events of this page, where the object lists them; `implies` is then left out.
    pub events: Option<ConfigEvents>,
}

/// Events listed in a configuration object: groups of lists of objects, or one list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigEvents {
    /// Global and path of the groups: `pysOptions.staticEvents.facebook`.
    pub path: String,
    /// Key of the event's name.
    pub name: String,
    /// Key of its accounts.
    pub accounts: Option<String>,
    /// Key of its parameters.
    pub params: Option<String>,
    /// Key of its deduplication id.
    pub event_id: Option<String>,
}

/// A tag type of a tag-manager container. Custom HTML, images and templates need none: they are read through the other
/// forms of the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerForm {
    /// The tag's function: `__baut`.
    pub function: String,
    /// Takes the tags of a shared function whose account no other vendor claims.
    #[serde(default)]
    pub fallback: bool,
    /// Settings that hold the account, tried in order.
    #[serde(default)]
    pub account: Vec<String>,
    /// Settings that hold the event's name, tried in order.
    #[serde(default)]
    pub event: Vec<String>,
    /// Name when no setting holds it; without one the tag only installs.
    #[serde(default)]
    pub default_event: Option<String>,
    /// The event is what the library sends by itself.
    #[serde(default)]
    pub automatic: bool,
    /// Values of the event setting to event names.
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    /// No event when one of these settings has this value: `vtp_configSettingsTable.send_page_view = "false"`.
    #[serde(default)]
    pub unless: BTreeMap<String, String>,
    /// Parameters: `value=vtp_conversionValue` for a single one, a bare name for a settings list.
    #[serde(default)]
    pub params: Vec<String>,
}

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
    /// one query string a line of the
    /// body, or the address alone where the body is empty, `fields:p` for the query strings in `p0`, `p1` …). Fields are looked up in the element first.
    #[serde(default)]
    pub each: Option<String>,
    /// Field paths of the account, tried in order.
    #[serde(default)]
    pub account: Vec<String>,
    /// The path is the vendor's alone: what stands in the account's place is one, also where
    /// [`Account::claims_by_pattern`] would say otherwise.
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

fn event_kind() -> pixelproof_model::RequestKind {
    pixelproof_model::RequestKind::Event
}

/// A standard event.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardEvent {
    /// Vendor's spelling.
    pub name: String,
    /// What it means across vendors.
    pub stage: Stage,
    /// Parameters the vendor requires.
    #[serde(default)]
    pub required: Vec<String>,
    /// Parameters the vendor recommends.
    #[serde(default)]
    pub recommended: Vec<String>,
    /// Counts as a conversion.
    #[serde(default)]
    pub conversion: bool,
    /// Other spellings that the vendor takes for the same event.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Replaced by this event.
    #[serde(default)]
    pub replaced_by: Option<String>,
}

/// An event that the library sends by itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutomaticEvent {
    /// Name.
    pub name: String,
    /// What it means across vendors.
    pub stage: Stage,
    /// When it is sent.
    pub when: String,
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParamType {
    /// Number at least 0; a numeric string without symbols is accepted.
    Number,
    /// Whole number.
    Integer,
    /// ISO 4217 code in capitals.
    Currency,
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// List of ids.
    Ids,
    /// List of objects.
    Objects,
    /// Anything.
    Any,
}

/// What the real library does with mistakes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// Events of which the library sends only the first on a page view.
    pub sends_once: Vec<String>,
    /// A second init of one account sends its implied events again.
    pub init_repeat_sends_again: bool,
    /// An event before any init.
    pub before_init: BeforeInit,
    /// Two events with one deduplication id: the platform drops the second.
    pub drops_same_event_id: bool,
    /// How sure this is: `observed` or `documented`.
    pub source: Option<String>,
}

/// What becomes of an event before any init.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BeforeInit {
    /// It never leaves the page.
    Lost,
    /// It is sent, for no account.
    SentForNoAccount,
    /// It waits and is sent.
    Queued,
    /// Nobody has looked.
    #[default]
    Unknown,
}

/// A cookie or other storage.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// Name; `*` at the end stands for anything.
    pub name: String,
    /// Days it lives; 0 for the session.
    #[serde(default)]
    pub days: Option<u32>,
    /// `first` or `third` party.
    #[serde(default)]
    pub party: Option<String>,
    /// What for.
    #[serde(default)]
    pub what: Option<String>,
}

/// An audience.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Name.
    pub name: String,
    /// Stages whose events it needs.
    pub stages: Vec<Stage>,
    /// Parameters those events must carry.
    #[serde(default)]
    pub params: Vec<String>,
    /// What the platform makes of it.
    #[serde(default)]
    pub what: Option<String>,
}

/// What ROI measurement needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roi {
    /// Events that carry revenue.
    pub events: Vec<String>,
    /// Parameter with the amount.
    pub value: String,
    /// Parameter with the currency.
    pub currency: String,
    /// Parameter or option with the order's or event's id.
    #[serde(default)]
    pub order_id: Option<String>,
}
