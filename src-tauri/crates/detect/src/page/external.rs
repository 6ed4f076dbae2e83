//! External scripts: which are worth fetching, and what one says once it was fetched.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use url::Url;

use super::{
    fact::{Fact, facts_of},
    joined::Joined,
    loaders,
    places::InFile,
};
use crate::{
    catalogue::Catalogue,
    container::standard_address,
    markup::LineIndex,
    script::{self, Context, Load, LoadKind, Reading, ScriptFacts, SourceKind},
    value::same_site,
};

/// External scripts that one page may ask for.
pub(super) const MAX_SCRIPTS: usize = 60;

/// An external script, read once however many pages load it.
#[derive(Debug)]
pub struct ExternalScript {
    /// What it says.
    pub facts: ScriptFacts,
    /// Its text, for excerpts.
    pub text: Arc<str>,
    /// What of it some table has a use for; positions lack the script's address.
    pub(super) found: Vec<Fact>,
    /// It names something of interest, and was read for that.
    pub(super) was_read: bool,
    /// Whether it can be parsed as a part of a larger text.
    sound: OnceLock<bool>,
    /// What it says together with other scripts.
    pub(super) joined: Joined,
}

impl ExternalScript {
    /// Bytes of memory that it takes, about, without what is read of it together with other scripts (which is bounded).
    pub fn weight(&self) -> usize {
        // What a table has a use for is a copy of some of the facts.
        self.text.len() + 2 * self.facts.weight()
    }

    /// Whether it can be parsed as a part of a larger text, found out once.
    pub(super) fn is_sound(&self, text: &str) -> bool {
        *self.sound.get_or_init(|| script::is_sound(text))
    }
}

/// Reads an external script. Cannot fail and cannot wait.
pub fn read_script(catalogue: &Catalogue, text: Arc<str>) -> ExternalScript {
    let lines = LineIndex::default();
    // Google's file under another name says nothing by its code, which knows every vendor
    let container = loaders::served(&text).and_then(|id| standard_address(&id));
    let (facts, was_read) = match container {
        Some(url) => (load_of(url), false),
        None => {
            let (interests, env) = (catalogue.interests(), BTreeMap::new());
            let reading = Reading::new(interests, &env, SourceKind::Script);
            let facts = interests.named_after(&text, &env).map(|mentions| reading.read(&text, &mentions));
            let was_read = facts.is_some();
            (facts.unwrap_or_default(), was_read)
        }
    };
    let found = facts_of(catalogue, &facts, &InFile { text: &text, lines: &lines });
    ExternalScript { facts, text, found, was_read, sound: OnceLock::new(), joined: Joined::default() }
}

/// A script that does nothing but load what is at an address.
fn load_of(url: Url) -> ScriptFacts {
    let (kind, context) = (LoadKind::Script, Context::default());
    let load = Load { url: url.into(), partial: false, kind, attributes: Vec::new(), span: (0, 0), context };
    ScriptFacts { loads: vec![load], ..ScriptFacts::default() }
}

/// Where scripts are looked for.
pub(super) struct Scope<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) page: &'a Url,
}

/// Libraries that say nothing of pixels and are large: names of files, looked for in the last part of the path.
const PLAIN_LIBRARIES: [&str; 14] = [
    "jquery",
    "bootstrap",
    "react",
    "vue.",
    "angular",
    "swiper",
    "slick",
    "lodash",
    "moment",
    "popper",
    "modernizr",
    "fontawesome",
    "polyfill",
    "wp-emoji",
];

/// Whether a script may hold the site's own tracking code: served by the site or by a host that no vendor owns.
pub(super) fn worth_reading(scope: &Scope<'_>, url: &Url) -> bool {
    if !matches!(url.scheme(), "http" | "https" | "file") {
        return false;
    }
    let host = url.host_str().unwrap_or_default();
    if scope.catalogue.index().is_vendor_host(host) || crate::consent::is_platform_host(host) {
        return false;
    }
    let file = url.path_segments().and_then(|mut s| s.next_back()).unwrap_or_default().to_ascii_lowercase();
    if PLAIN_LIBRARIES.iter().any(|name| file.starts_with(name)) {
        return false;
    }
    same_site(scope.page, url) || carries_site_code(host)
}

/// Hosts of shop and site builders that serve the site's own files.
fn carries_site_code(host: &str) -> bool {
    const HOSTS: [&str; 9] = [
        "cdn.shopify.com",
        "*.squarespace.com",
        "*.bigcommerce.com",
        "*.wixstatic.com",
        "*.website-files.com",
        "*.cloudfront.net",
        "*.azureedge.net",
        "*.b-cdn.net",
        "*.amazonaws.com",
    ];
    HOSTS.iter().any(|pattern| crate::consent::host_matches(pattern, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_under_another_name_is_a_load_of_it() {
        let container = |own: &str| {
            format!(
                "(function(){{var data = {{\n\"resource\": {{\"version\":\"3\",\"tags\":[{{\"function\":\"__html\",\"vtp_html\":\"fbq('init','1112223334445')\"}}]}}}};\
                {own}; window.google_tag_manager[m.ctid]=fbq;fbq('init','111222333444555');}})()"
            )
        };
        for (text, expected) in [
            (container("var m={ctid:\"GTM-ABC1234\",x:1}"), "https://www.googletagmanager.com/gtm.js?id=GTM-ABC1234"),
            (
                container("var b={\"1\":\"3\",\"5\":\"G-TEAPOT0001\"}"),
                "https://www.googletagmanager.com/gtag/js?id=G-TEAPOT0001",
            ),
        ] {
            let script = read_script(Catalogue::builtin(), text.as_str().into());
            let loads: Vec<&str> = script.facts.loads.iter().map(|load| load.url.as_str()).collect();
            assert_eq!((loads.as_slice(), script.facts.calls.len()), ([expected].as_slice(), 0));
        }
        let other = read_script(Catalogue::builtin(), "fbq('init','111222333444555')".into());
        assert_eq!(other.facts.calls.len(), 1);
    }

    #[test]
    fn the_sites_own_scripts_are_worth_reading() {
        let catalogue = Catalogue::builtin();
        let page: Url = "https://www.shop.co.uk/x".parse().expect("an address");
        let cases = [
            ("https://www.shop.co.uk/theme.js", true),
            ("https://static.shop.co.uk/a/b.js?v=1", true),
            ("https://other.co.uk/theme.js", false),
            ("https://cdn.shopify.com/s/files/theme.js", true),
            ("https://www.shop.co.uk/js/jquery.min.js", false),
            ("https://connect.facebook.net/sdk.js", false),
            ("data:text/javascript,fbq()", false),
            ("https://cdn.cookielaw.org/x.js", false),
        ];
        for (url, expect) in cases {
            let url: Url = url.parse().expect(url);
            assert_eq!(worth_reading(&Scope { catalogue, page: &page }, &url), expect, "{url}");
        }
    }
}
