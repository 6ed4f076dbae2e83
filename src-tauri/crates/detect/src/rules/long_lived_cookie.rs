//! Cookies that outlive what they are for.

use pixelproof_model::{Actor, Area, Severity};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "long-lived-cookie",
    severity: Severity::Info,
    area: Area::Privacy,
    actor: Actor::Legal,
    what: "A tracker's cookie lives longer than thirteen months.",
    why: "Guidance of several authorities ends at thirteen months.",
    fix: "Shorten the cookie's life in the vendor's settings or where the site sets it.",
    needs_browser: true,
    check: Check::Browser(Need::Any, check),
    examples: &[],
};

/// Thirteen months, in days.
const LONGEST: f64 = 396.0;

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for cookie in &seen.page.cookies {
        let Some(vendor) = cookie.vendor.as_deref().filter(|vendor| seen.tracks(vendor)) else { continue };
        let Some(days) = cookie.days.filter(|days| *days > LONGEST) else { continue };
        if drafts.iter().any(|draft| draft.key == cookie.name) {
            continue;
        }
        let party = if cookie.first_party { "the site's own domain" } else { "another company's domain" };
        drafts.push(Draft {
            vendor: Some(vendor.to_owned()),
            key: cookie.name.clone(),
            message: format!("{} keeps the cookie {} for more than 13 months.", seen.name(vendor, None), cookie.name),
            evidence: vec![words::of_page(seen.page, format!("{} of {}, {party}: {days:.0} days", cookie.name, cookie.domain))],
            ..Draft::default()
        });
    }
    drafts
}

#[cfg(test)]
mod tests {
    use pixelproof_model::Pass::{Accept, None};

    use crate::rules::trial::Trial;

    #[test]
    fn trackers_cookies_are_measured() {
        let rule = super::RULE.id;
        let page = || Trial::new().looked(None).looked(Accept);
        page().cookie(None, "_ga", 400.0).cookie(Accept, "_ga", 400.0).check(
            rule,
            &["Google Analytics 4 keeps the cookie _ga for more than 13 months."],
        );
        page().cookie(None, "_fbp", 90.0).cookie(None, "_ga", 0.0).cookie(None, "basket", 400.0).check(rule, &[]);
    }
}
