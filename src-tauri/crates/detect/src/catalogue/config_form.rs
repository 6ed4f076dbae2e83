//! Configuration objects of platforms and plugins in a vendor's table.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{pattern::Matcher, schema::Implied};

/// A configuration object that installs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigForm {
    /// Global and path of the account or list of accounts: `pysOptions.facebook.pixelIds`. `*.` in place of the global is
    /// any object with that key, wherever a script or JSON on the page has one; a `*` further on is any key or position.
    /// JSON in a string is read on the way.
    pub path: String,
    /// Conditions on what stands beside the account, by key.
    #[serde(default)]
    pub when: BTreeMap<String, Matcher>,
    /// The accounts are the keys of the object at the path, not its values.
    #[serde(default)]
    pub keys: bool,
    /// Who owns the object: `PixelYourSite`.
    pub installer: String,
    /// As in [`CallForm::echo`](super::CallForm::echo): what reads the object may be on the page as well.
    #[serde(default)]
    pub echo: bool,
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
