//! Who put a script onto the page, where the markup says so: ids that plugins give their scripts, and the comment that
//! stands right before them.

use crate::markup::Item;

/// Bytes before a script in which its comment is looked for.
const BEFORE: usize = 400;

/// Beginnings of script ids.
const IDS: [(&str, &str); 14] = [
    ("google_gtagjs", "Site Kit by Google"),
    ("pys-js", "PixelYourSite"),
    ("monsterinsights-", "MonsterInsights"),
    ("exactmetrics-", "ExactMetrics"),
    ("wpm-js", "Pixel Manager for WooCommerce"),
    ("wc-facebook", "Meta for WooCommerce"),
    ("_next-ga", "Next.js"),
    ("_next-gtm", "Next.js"),
    ("web-pixels-manager", "Shopify"),
    ("trekkie", "Shopify"),
    ("hs-script-loader", "HubSpot"),
    ("hs-ads-pixel", "HubSpot"),
    ("leadin-", "HubSpot"),
    ("gtm4wp-", "GTM4WP"),
];

/// Texts of comments.
const COMMENTS: [(&str, &str); 9] = [
    ("snippet added by Site Kit", "Site Kit by Google"),
    ("by MonsterInsights plugin", "MonsterInsights"),
    ("by ExactMetrics plugin", "ExactMetrics"),
    ("WooCommerce Facebook Integration Begin", "Meta for WooCommerce"),
    ("Google Tag Manager for WordPress by gtm4wp.com", "GTM4WP"),
    ("START Pixel Manager for WooCommerce", "Pixel Manager for WooCommerce"),
    ("PixelYourSite plugin", "PixelYourSite"),
    ("HFCM by 99 Robots", "Header Footer Code Manager"),
    ("Google Analytics by Rank Math", "Rank Math"),
];

/// The installer of a script, if its markup names one.
pub(super) fn of(item: &Item, html: &str) -> Option<String> {
    let by_id = item.attr("id").and_then(|id| IDS.iter().find(|(start, _)| id.starts_with(start)));
    if let Some((_, name)) = by_id {
        return Some((*name).to_owned());
    }
    let start = (item.at.saturating_sub(BEFORE)..=item.at).find(|&i| html.is_char_boundary(i))?;
    let before = html.get(start..item.at)?;
    // Only a comment with nothing but scripts and white space between it and the script is about it.
    let comment = before.rfind("<!--").and_then(|i| before.get(i..))?;
    let (comment, between) = comment.split_once("-->")?;
    let between = between.trim();
    if !between.is_empty() && !between.starts_with("<script") {
        return None;
    }
    COMMENTS.iter().find(|(text, _)| comment.contains(text)).map(|(_, name)| (*name).to_owned())
}
