//! Who put a script onto the page, where the markup says so: ids that plugins give their scripts, attributes that tag
//! managers and frameworks leave, words of the script's own text, and the comments that stand right before it.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::markup::{Item, ItemKind};

/// Bytes before a script in which its comments are looked for.
const BEFORE: usize = 600;
/// Comments before a script that are looked at, from the nearest.
const MAX_COMMENTS: usize = 4;
/// Bytes of a script's text that are searched.
const MAX_TEXT: usize = 64 << 10;

/// Beginnings of script ids.
const IDS: [(&str, &str); 35] = [
    ("google_gtagjs-inline", "Rank Math"),
    ("google_gtagjs", "Site Kit by Google"),
    ("google_analytics-js", "Site Kit by Google"),
    ("pys-", "PixelYourSite"),
    ("monsterinsights-", "MonsterInsights"),
    ("exactmetrics-", "ExactMetrics"),
    ("wpm-js", "Pixel Manager for WooCommerce"),
    ("pmw-js", "Pixel Manager for WooCommerce"),
    ("wc-facebook", "Meta for WooCommerce"),
    ("facebook-for-woocommerce", "Meta for WooCommerce"),
    ("gla-gtag", "Google for WooCommerce"),
    ("woocommerce-google-analytics-integration", "Google Analytics for WooCommerce"),
    ("pinterest-for-woocommerce", "Pinterest for WooCommerce"),
    ("snapchat-for-woocommerce", "Snapchat for WooCommerce"),
    ("tiktok-pixel-tracking-handle", "TikTok for WooCommerce"),
    ("klaviyo-klaviyojs", "Klaviyo for WooCommerce"),
    ("kl-identify-browser", "Klaviyo for WooCommerce"),
    ("wck_viewed_product", "Klaviyo for WooCommerce"),
    ("site_tracking-js", "ActiveCampaign for WordPress"),
    ("plausible-analytics", "Plausible Analytics for WordPress"),
    ("jnews-google-tag-manager", "JNews"),
    ("mai-publisher-", "Mai Publisher"),
    ("_next-ga", "Next.js"),
    ("_next-gtm", "Next.js"),
    ("web-pixels-manager", "Shopify"),
    ("trekkie", "Shopify"),
    ("shopify-", "Shopify"),
    ("hs-script-loader", "HubSpot"),
    ("hs-ads-pixel", "HubSpot"),
    ("hs-analytics", "HubSpot"),
    ("hubspot-messages-loader", "HubSpot"),
    ("leadin-", "HubSpot"),
    ("gtm4wp-", "GTM4WP"),
    ("gtm4wp_", "GTM4WP"),
    ("conversios-", "Conversios"),
];

/// Attributes of script elements.
const ATTRS: [(&str, &str); 3] =
    [("data-gtmsrc", "Google Tag Manager"), ("data-nscript", "Next.js"), ("data-ads-portal-id", "HubSpot")];

/// Words of scripts that an installer writes.
const WORDS: [(&str, &str); 25] = [
    ("developer_id.dZTNiMT", "Site Kit by Google"),
    ("developer_id.dNDMyYj", "MonsterInsights"),
    ("developer_id.dOGY3NW", "Google for WooCommerce"),
    ("MonsterInsightsDefaultLocations", "MonsterInsights"),
    ("MonsterInsightsDualTracker", "MonsterInsights"),
    ("mi_track_user", "MonsterInsights"),
    ("ExactMetricsDefaultLocations", "ExactMetrics"),
    ("ExactMetricsDualTracker", "ExactMetrics"),
    ("em_track_user", "ExactMetrics"),
    ("gtm4wp_datalayer_name", "GTM4WP"),
    ("wpmDataLayer", "Pixel Manager for WooCommerce"),
    ("\"agent\":\"woocommerce-", "Meta for WooCommerce"),
    ("\"agent\": \"woocommerce-", "Meta for WooCommerce"),
    ("agent: 'woocommerce-", "Meta for WooCommerce"),
    ("agent: \"woocommerce-", "Meta for WooCommerce"),
    ("WooCommerce Facebook Integration Event Tracking", "Meta for WooCommerce"),
    ("exmagento-", "Meta for Magento"),
    ("plbigcommerce", "BigCommerce"),
    ("plshopify", "Shopify"),
    ("webPixelsManagerAPI", "Shopify"),
    ("trekkie.load", "Shopify"),
    ("Static.SQUARESPACE_CONTEXT", "Squarespace"),
    ("fb_integration_tracking", "Meta Pixel for WordPress"),
    ("window.gtagActive", "Shopware"),
    ("leadin_wordpress", "HubSpot"),
];

/// Texts of comments.
const COMMENTS: [(&str, &str); 22] = [
    ("snippet added by Site Kit", "Site Kit by Google"),
    ("by MonsterInsights plugin", "MonsterInsights"),
    ("by ExactMetrics plugin", "ExactMetrics"),
    ("WooCommerce Facebook Integration Begin", "Meta for WooCommerce"),
    ("Google Tag Manager for WordPress by gtm4wp.com", "GTM4WP"),
    ("GTM Container placement set to", "GTM4WP"),
    ("START Pixel Manager for WooCommerce", "Pixel Manager for WooCommerce"),
    ("PixelYourSite plugin", "PixelYourSite"),
    ("HFCM by 99 Robots", "Header Footer Code Manager"),
    ("Google Analytics by Rank Math", "Rank Math"),
    ("for HubSpot WordPress plugin", "HubSpot"),
    ("This site is running CAOS", "CAOS"),
    ("GA Google Analytics @", "GA Google Analytics"),
    ("is added by Analytify", "Analytify"),
    ("by Beehive Analytics", "Beehive Analytics"),
    ("Google Analytics Local by", "Local Google Analytics"),
    ("easily added by NK Google Analytics", "NK Google Analytics"),
    ("WooCommerce Google Analytics Integration", "Google Analytics for WooCommerce"),
    ("snippet added by Conversios", "Conversios"),
    ("added by Pixel Caffeine", "Pixel Caffeine"),
    ("BEGIN app block: shopify://apps/", "Shopify app"),
    ("Added by PixelYourSite", "PixelYourSite"),
];

static IN_TEXT: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = WORDS.iter().map(|(word, _)| word);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok()
});

/// The installer of a script, if its markup names one.
pub(super) fn of(item: &Item, html: &str) -> Option<String> {
    let id = item.attr("id").map(str::trim).filter(|id| !id.is_empty());
    // Site Kit's handle ends as those of WordPress do; Rank Math gives its loader the bare name.
    if id == Some("google_gtagjs") {
        return Some("Rank Math".to_owned());
    }
    let by_id = id.and_then(|id| IDS.iter().find(|(start, _)| id.starts_with(start)));
    let by_attr = || ATTRS.iter().find(|(name, _)| item.attr(name).is_some());
    let known = by_id.or_else(by_attr).or_else(|| by_word(item)).or_else(|| by_comment(html.get(..item.at)?));
    known.map(|(_, name)| (*name).to_owned())
}

fn by_word(item: &Item) -> Option<&'static (&'static str, &'static str)> {
    let ItemKind::Script { text, .. } = &item.kind else { return None };
    let found = IN_TEXT.as_ref()?.find(crate::markup::cut(text, MAX_TEXT))?;
    WORDS.get(found.pattern().as_usize())
}

/// By the comments right before a script. Nothing but scripts, other comments and white space may stand between; a comment
/// that closes something says nothing of what follows.
fn by_comment(before: &str) -> Option<&'static (&'static str, &'static str)> {
    let start = (before.len().saturating_sub(BEFORE)..=before.len()).find(|&i| before.is_char_boundary(i))?;
    let mut rest = before.get(start..)?;
    for _ in 0..MAX_COMMENTS {
        let open = rest.rfind("<!--")?;
        let (comment, between) = rest.get(open + "<!--".len()..)?.split_once("-->")?;
        let between = between.trim();
        if !between.is_empty() && !between.starts_with("<script") {
            return None;
        }
        let closes = comment.trim_start().to_ascii_lowercase();
        if closes.starts_with("end") || closes.starts_with('/') {
            return None;
        }
        if let Some(known) = COMMENTS.iter().find(|(text, _)| comment.contains(text)) {
            return Some(known);
        }
        rest = rest.get(..open)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::markup::fragment;

    #[test]
    fn ids_attributes_words_and_comments_name_the_installer() {
        let cases = [
            ("<script id='google_gtagjs-js' src='/g.js'></script>", Some("Site Kit by Google")),
            ("<script id='google_gtagjs' src='/g.js'></script>", Some("Rank Math")),
            ("<script data-gtmsrc='https://x.example/a.js' src='/a.js'></script>", Some("Google Tag Manager")),
            ("<script>gtag('set','developer_id.dZTNiMT',true)</script>", Some("Site Kit by Google")),
            ("<script>fbq('init','1',{},{\"agent\":\"woocommerce-8.1-3\"})</script>", Some("Meta for WooCommerce")),
            ("<!-- Google Tag Manager snippet added by Site Kit --> <script>x()</script>", Some("Site Kit by Google")),
            ("<!-- End Google Tag Manager snippet added by Site Kit --> <script>x()</script>", None),
            (
                "<!-- Google Tag Manager for WordPress by gtm4wp.com -->\n<!-- Google Tag Manager --><script>x()</script>",
                Some("GTM4WP"),
            ),
            ("<!-- GTM Container placement set to footer --><p>a</p><script>x()</script>", None),
            ("<script id=''>x()</script>", None),
            ("<script>x()</script>", None),
        ];
        for (html, expect) in cases {
            let item = fragment(html).into_iter().next().expect("a script");
            assert_eq!(of(&item, html).as_deref(), expect, "{html}");
        }
    }
}
