//! The registry of built-in vendors: one line each. A vendor is the pair `<stem>.toml` (its table, read by
//! [`crate::catalogue`]) and `<stem>.md` (prose for the reader with worked examples, which are its test).

/// A vendor's pair of files.
pub(crate) struct Source {
    /// File name of the table.
    pub(crate) file: &'static str,
    /// The table.
    pub(crate) table: &'static str,
    /// The prose.
    pub(crate) text: &'static str,
}

macro_rules! vendors {
    ($($stem:ident)*) => {
        /// Every built-in vendor.
        pub(crate) static BUILTIN: &[Source] = &[$(Source {
            file: concat!(stringify!($stem), ".toml"),
            table: include_str!(concat!(stringify!($stem), ".toml")),
            text: include_str!(concat!(stringify!($stem), ".md")),
        }),*];
    };
}

vendors! {
    activecampaign
    adform
    adobe_analytics
    adobe_launch
    adobe_web_sdk
    adroll
    amazon_ads
    amplitude
    comscore
    crazy_egg
    criteo
    floodlight
    fullstory
    google_ads
    google_analytics_4
    google_tag
    google_tag_manager
    heap
    hotjar
    hubspot
    intercom
    klaviyo
    linkedin_insight
    logrocket
    lucky_orange
    marketo
    matomo
    meta_pixel
    microsoft_clarity
    microsoft_uet
    mixpanel
    mouseflow
    nextdoor_pixel
    optimizely
    outbrain
    pinterest_tag
    piwik_pro
    plausible
    posthog
    quantcast
    quora_pixel
    reddit_pixel
    salesforce_pardot
    segment
    shopify_web_pixels
    smartlook
    snapchat_pixel
    spotify_pixel
    taboola
    tealium_iq
    the_trade_desk
    tiktok_pixel
    universal_analytics
    vk_pixel
    vwo
    x_pixel
    yahoo_dot
    yandex_metrica
}

#[cfg(test)]
mod tests {
    use super::BUILTIN;
    use crate::catalogue::Vendor;

    #[test]
    fn an_id_is_its_file_s_stem() {
        for source in BUILTIN {
            let vendor: Vendor = toml::from_str(source.table).expect(source.file);
            assert_eq!(format!("{}.toml", vendor.id.replace('-', "_")), source.file);
        }
    }
}
