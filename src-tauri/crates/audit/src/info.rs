//! What front ends show of the catalogue, and one request decoded.

use pixelproof_detect::Catalogue;
use pixelproof_model::{AuditReport, Decoded, Request, RuleInfo, VendorInfo};

/// Every vendor known, by id.
pub fn vendors() -> Vec<VendorInfo> {
    Vec::new()
}

/// Every rule, in the order of reports.
pub fn rules() -> Vec<RuleInfo> {
    Vec::new()
}

/// JSON Schema of `report.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(AuditReport).to_value()
}

/// Which vendor a captured request belongs to, and the events in it.
pub fn decode(request: &Request) -> Decoded {
    pixelproof_detect::decode(Catalogue::builtin(), request)
}
