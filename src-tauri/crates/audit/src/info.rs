//! What front ends show of the catalogue, and one request decoded.

use pixelproof_detect::rules as detect_rules;
use pixelproof_model::{AuditReport, Decoded, Request, RuleInfo, VendorInfo};

use crate::vendors::catalogue;

/// Every vendor known, by id.
pub fn vendors() -> Vec<VendorInfo> {
    catalogue().vendor_infos()
}

/// Every rule, in the order of the documentation.
pub fn rules() -> Vec<RuleInfo> {
    detect_rules::all().iter().map(|rule| rule_info(rule)).collect()
}

/// JSON Schema of `report.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(AuditReport).to_value()
}

/// Which vendor a captured request belongs to, and the events in it.
pub fn decode(request: &Request) -> Decoded {
    pixelproof_detect::decode(catalogue(), request)
}

/// A rule as shown to people.
pub(crate) fn rule_info(rule: &detect_rules::Rule) -> RuleInfo {
    RuleInfo {
        id: rule.id.to_owned(),
        severity: rule.severity,
        area: rule.area,
        actor: rule.actor,
        what: rule.what.to_owned(),
        why: rule.why.to_owned(),
        fix: rule.fix.to_owned(),
        needs_browser: rule.needs_browser,
    }
}
