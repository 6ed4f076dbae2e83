//! Marks of waiting and delayed code, and platforms by their loaders.

use super::*;
use crate::markup::fragment;
use pixelproof_model::State;

fn first(html: &str) -> Item {
    fragment(html).into_iter().next().expect("one element")
}

#[test]
fn the_table_is_sound() {
    let mut ids: Vec<_> = PLATFORMS.iter().map(|p| p.id.as_str()).collect();
    ids.sort_unstable();
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before, "ids are unique");
    let empty = PLATFORMS.iter().find(|p| {
        p.hosts.is_empty()
            && p.paths.is_empty()
            && p.ids.is_empty()
            && p.attrs.is_empty()
            && p.types.is_empty()
            && p.on.is_empty()
    });
    assert!(empty.is_none(), "{empty:?} can't be recognised");
    let marks = PLATFORMS.iter().flat_map(|p| &p.gates);
    assert!(marks.into_iter().all(|m| m.attr.is_some() != m.class.is_some()), "a mark is an attribute or a class");
}

#[test]
fn scripts_run_wait_are_delayed_or_never_run() {
    let cases = [
        ("<script>", "active", None),
        ("<script type=''>", "active", None),
        ("<script type='text/javascript; charset=utf-8'>", "active", None),
        ("<script type=MODULE>", "active", None),
        ("<script type='rocketlazyloadscript' data-rocket-src='/a.js'>", "delayed /a.js", None),
        ("<script type='litespeed/javascript' data-src='/a.js'>", "delayed /a.js", None),
        ("<script type='pmdelayedscript' src='/a.js'>", "delayed /a.js", None),
        ("<script type='text/partytown'>", "delayed", None),
        ("<script type='a1b2c3d4e5f6a7b8c9d0a1b2-text/javascript'>", "delayed", None),
        ("<script type='text/psajs'>", "delayed", None),
        (
            "<script type='javascript/blocked' data-wpmeteor-type='text/javascript' data-wpmeteor-src='/a.js'>",
            "delayed /a.js",
            None,
        ),
        ("<script data-src='/a.js' data-type='lazy'>", "delayed /a.js", None),
        ("<script data-cfasync='false' src='/a.js'>", "active /a.js", None),
        ("<script type='text/plain' data-cookieconsent='marketing'>", "gated", Some("cookiebot: marketing")),
        (
            "<script type='text/plain' class='optanon-category-C0004' src='/a.js'>",
            "gated /a.js",
            Some("onetrust: C0004"),
        ),
        (
            "<script type='text/plain' class='cmplz-script' data-category='statistics'>",
            "gated",
            Some("complianz: statistics"),
        ),
        ("<script type='text/plain' data-category='analytics'>", "gated", Some("vanilla-cookieconsent: analytics")),
        (
            "<script type='text/plain' data-cmp-vendor='s26' data-cmp-src='/a.js'>",
            "gated /a.js",
            Some("consentmanager: s26"),
        ),
        ("<script type='didomi/javascript' data-vendor='x'>", "gated", Some("didomi: x")),
        ("<script type='text/plain'>", "gated", Some("unknown platform")),
        ("<script data-cookieconsent='ignore'>", "active", None),
        ("<script suppressedsrc='/a.js' class='_iub_cs_activate'>", "gated /a.js", Some("iubenda")),
        ("<script type='text/template'>", "inert", None),
        ("<script type='text/template' data-borlabs-script-blocker-id='ga'>", "gated", Some("borlabs-cookie: ga")),
        ("<script type='text/x-template' data-name='x'>", "inert", None),
        (
            "<script type='text/plain' data-service='hotjar' data-category='statistics'>",
            "gated",
            Some("complianz: statistics"),
        ),
        (
            "<script type='text/plain' data-service='x' data-category='marketing'>",
            "gated",
            Some("complianz: marketing"),
        ),
        ("<script type='text/plain' data-category='marketing'>", "gated", Some("vanilla-cookieconsent: marketing")),
        ("<script type='text/plain' class='_iub_cs_activate-inline'>", "gated", Some("iubenda")),
        ("<script type='opt-in' data-name='matomo'>", "gated", Some("klaro: matomo")),
        ("<script type='text/x-handlebars'>", "inert", None),
        ("<script type='application/ld+json'>", "data", None),
        ("<script type='application/json'>", "data", None),
    ];
    for (html, expect, gate) in cases {
        let run = run_of_script(&first(html));
        let state = match run.state {
            _ if run.data => "data",
            State::Active if run.delayed => "delayed",
            State::Active => "active",
            State::Gated => "gated",
            State::Inert => "inert",
        };
        let shown = [Some(state), run.src.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        assert_eq!((shown.as_str(), run.gate.as_deref()), (expect, gate), "{html}");
    }
}

#[test]
fn images_wait_or_load_lazily() {
    let cases = [
        ("<img src='/a.gif'>", State::Active, false, Some("/a.gif")),
        ("<img data-cookieblock-src='/a.gif'>", State::Gated, false, Some("/a.gif")),
        ("<img src='data:,' data-lazy-src='/a.gif'>", State::Active, true, Some("/a.gif")),
        ("<iframe data-src-cmplz='/f' class='cmplz-native'></iframe>", State::Gated, false, Some("/f")),
    ];
    for (html, state, delayed, src) in cases {
        let run = run_of_element(&first(html));
        assert_eq!((run.state, run.delayed, run.src.as_deref()), (state, delayed, src), "{html}");
    }
}

#[test]
fn platforms_by_their_loaders() {
    let cases = [
        ("<script src='https://cdn.cookielaw.org/scripttemplates/otSDKStub.js'>", Some("onetrust")),
        ("<script src='https://consent.cookiebot.com/uc.js'>", Some("cookiebot")),
        ("<script id='usercentrics-cmp' src='https://x.example/l.js'>", Some("usercentrics")),
        (
            "<script src='https://a.example/wp-content/plugins/complianz-gdpr/cookiebanner/js/complianz.min.js'>",
            Some("complianz"),
        ),
        ("<script src='https://notcookielaw.org/x.js'>", None),
        ("<script src='https://a.example/files/otSDKStub.js'>", Some("onetrust")),
        ("<script src='https://cdn.iubenda.com/cookie_solution/safemode/iubenda_cs.js'>", Some("iubenda")),
        ("<script src='https://cdn.iubenda.com/iubenda.js'>", None),
        ("<iframe src='https://privacyportal.onetrust.com/webform/x'></iframe>", None),
        ("<script id='borlabs-cookie-js-extra'>", Some("borlabs-cookie")),
        ("<script src='https://cdn.cookielaw.org.evil.test/x.js'>", None),
        ("<script>", None),
    ];
    for (html, expect) in cases {
        let item = first(html);
        let url = item.attr("src").and_then(|src| src.parse().ok());
        assert_eq!(platform_of(&item, url.as_ref()), expect, "{html}");
    }
}
