//! How a table names the tags of a tag-manager container.

use std::collections::BTreeMap;

use serde::Deserialize;

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
