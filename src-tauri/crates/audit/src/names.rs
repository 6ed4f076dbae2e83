//! Names of the vocabulary as they stand in JSON and in the store, and back.

use pixelproof_detect::rules::Need;
use serde::{Serialize, de::DeserializeOwned};

use crate::{AuditError, Result};

/// `add-to-cart` for `Stage::AddToCart`: the JSON name of a unit variant.
pub(crate) fn name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// The variant of a name.
pub(crate) fn parse<T: DeserializeOwned>(name: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned()))
        .map_err(|_| AuditError::Damaged(format!("unknown name {name:?}")))
}

/// JSON text of our own types, whose serialisation can't fail.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What [`to_json`] wrote.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| AuditError::Damaged(e.to_string()))
}

/// The bit of a need in the store. Never renumbered.
pub(crate) fn need_bit(need: Need) -> i64 {
    match need {
        Need::Any => 1,
        Need::Unanswered => 2,
        Need::Answer => 4,
        Need::Refusal => 8,
        Need::RefusalTaken => 16,
        Need::OptOut => 32,
        Need::Routes => 64,
        Need::List => 128,
    }
}
