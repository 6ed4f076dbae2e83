//! Consent banners in the shapes of real platforms, answered in a real browser: what became of the choice is read back,
//! and what fires before, after and against it is told apart.

use pixelproof_model::{Beacons, Page, Pass, PassEnd, Verdict};
use pixelproof_tests::{Hosts, Web};

use crate::browser::{META, audit, libraries};

/// A banner: its markup, what its buttons do, and the shape in which it keeps the choice.
pub(crate) struct Banner {
    name: &'static str,
    /// Body of the page; `ACCEPT()` and `REJECT()` are its buttons' functions.
    body: &'static str,
    /// Script that defines `ACCEPT`, `REJECT` and `load` (runs the gated pixel).
    script: &'static str,
    reject: Verdict,
    accept: Verdict,
    offered: bool,
}

/// Keeps the choice in a cookie and shows the banner only without it.
const BY_COOKIE: &str = "const keep = (value) => { document.cookie = NAME + '=' + encodeURIComponent(value) + ';path=/;max-age=999999'; };\
    const kept = () => (document.cookie.split('; ').find((c) => c.startsWith(NAME + '=')) || '').slice(NAME.length + 1);\
    const hide = () => { const b = document.querySelector(BOX); if (b) b.remove(); };\
    window.ACCEPT = () => { keep(YES); hide(); load(); };\
    window.REJECT = () => { keep(NO); hide(); };\
    addEventListener('DOMContentLoaded', () => { const v = decodeURIComponent(kept()); if (v) hide(); if (v === YES) load(); });";

pub(crate) const BANNERS: &[Banner] = &[
    Banner {
        name: "onetrust",
        body: "<div id=onetrust-consent-sdk><div id=onetrust-banner-sdk class='otFlat' role=region style='position:fixed;bottom:0'>\
               <p id=onetrust-policy-text>We use cookies.</p><button id=onetrust-pc-btn-handler>Cookie Settings</button>\
               <button id=onetrust-reject-all-handler onclick=REJECT()>Reject All</button>\
               <button id=onetrust-accept-btn-handler onclick=ACCEPT()>Accept All Cookies</button></div></div>",
        script: "const NAME='OptanonConsent',BOX='#onetrust-consent-sdk',YES='groups=C0001:1,C0002:1,C0003:1,C0004:1',NO='groups=C0001:1,C0002:0,C0003:0,C0004:0';\
                 window.OneTrust={};window.Optanon={};",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "cookiebot",
        body: "<div id=CybotCookiebotDialog role=dialog style='position:fixed;top:0'><p>This website uses cookies</p>\
               <button id=CybotCookiebotDialogBodyButtonDecline onclick=REJECT()>Deny</button>\
               <button id=CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll onclick=ACCEPT()>Allow all</button></div>",
        script: "const NAME='CookieConsent',BOX='#CybotCookiebotDialog',YES=\"{stamp:'x',necessary:true,preferences:true,statistics:true,marketing:true}\",NO=\"{stamp:'x',necessary:true,preferences:false,statistics:false,marketing:false}\";",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "complianz",
        body: "<div id=cmplz-cookiebanner-container><div class='cmplz-cookiebanner banner-1 optin' role=dialog style='position:fixed;bottom:0'>\
               <div class=cmplz-message>We use cookies to optimise our website.</div><div class=cmplz-buttons>\
               <button class='cmplz-btn cmplz-accept' onclick=ACCEPT()>Accept</button>\
               <button class='cmplz-btn cmplz-deny' onclick=REJECT()>Deny</button></div></div></div>",
        script: "const NAME='cmplz_marketing',BOX='#cmplz-cookiebanner-container',YES='allow',NO='deny';",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "cookieyes",
        body: "<div class='cky-consent-container cky-box-bottom-left' style='position:fixed;bottom:0'><div class=cky-consent-bar>\
               <p class=cky-title>We value your privacy</p><p>We use cookies.</p><div class=cky-notice-btn-wrapper>\
               <button class='cky-btn cky-btn-reject' data-cky-tag=reject-button onclick=REJECT()>Reject All</button>\
               <button class='cky-btn cky-btn-accept' data-cky-tag=accept-button onclick=ACCEPT()>Accept All</button></div></div></div>",
        script: "const NAME='cookieyes-consent',BOX='.cky-consent-container',YES='consentid:x,consent:yes,action:yes,necessary:yes,analytics:yes,advertisement:yes',NO='consentid:x,consent:no,action:yes,necessary:yes,analytics:no,advertisement:no';",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "klaro",
        body: "<div id=klaro class=klaro><div role=dialog class='cookie-notice' style='position:fixed;bottom:0'><div class=cn-body>\
               <p>Hi! Could we please enable some additional cookies?</p><div class=cn-ok><div class=cn-buttons>\
               <button class='cm-btn cm-btn-danger cn-decline' onclick=REJECT()>I decline</button>\
               <button class='cm-btn cm-btn-success' onclick=ACCEPT()>That's ok</button></div></div></div></div></div>",
        script: "const NAME='klaro',BOX='#klaro',YES='{\"meta\":true}',NO='{\"meta\":false}';",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "tarteaucitron",
        body: "<div id=tarteaucitronRoot><div id=tarteaucitronAlertBig class=tarteaucitronAlertBigBottom role=alertdialog style='display:block;position:fixed;bottom:0'>\
               <span>Ce site utilise des cookies</span><button id=tarteaucitronPersonalize2 onclick=ACCEPT()>✓ Tout accepter</button>\
               <button id=tarteaucitronAllDenied2 onclick=REJECT()>✗ Tout refuser</button></div></div>",
        script: "const NAME='tarteaucitron',BOX='#tarteaucitronRoot',YES='!facebookpixel=true',NO='!facebookpixel=false';",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "moove-gdpr",
        body: "<aside id=moove_gdpr_cookie_info_bar class='moove-gdpr-info-bar-hidden' style='position:fixed;bottom:0'><p>We are using cookies.</p>\
               <button class='mgbutton moove-gdpr-infobar-allow-all' onclick=ACCEPT()>Accept</button>\
               <button class='mgbutton moove-gdpr-infobar-reject-btn' onclick=REJECT()>Reject</button></aside>",
        script: "const NAME='moove_gdpr_popup',BOX='#moove_gdpr_cookie_info_bar',YES='{\"strict\":\"1\",\"thirdparty\":\"1\",\"advanced\":\"1\"}',NO='{\"strict\":\"1\",\"thirdparty\":\"0\",\"advanced\":\"0\"}';",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "vanilla-cookieconsent",
        body: "<div id=cc-main><div class='cm-wrapper'><div class='cm cm--box' role=dialog style='position:fixed;bottom:0'><h2 class=cm__title>We use cookies</h2>\
               <div class=cm__btns><button class='cm__btn' data-role=all onclick=ACCEPT()>Accept all</button>\
               <button class='cm__btn' data-role=necessary onclick=REJECT()>Reject all</button></div></div></div></div>",
        script: "const NAME='cc_cookie',BOX='#cc-main',YES='{\"categories\":[\"necessary\",\"ads\"]}',NO='{\"categories\":[\"necessary\"]}';",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "a banner of the site's own, in German",
        body: "<div class=hinweis style='position:fixed;bottom:0'><p>Wir verwenden Cookies.</p><a href='#' onclick='REJECT();return false'>Nur notwendige</a>\
               <a href='#' onclick='ACCEPT();return false'>Alle akzeptieren</a></div>",
        script: "const NAME='hinweis',BOX='.hinweis',YES='ja',NO='nein';",
        reject: Verdict::NotEvaluable,
        accept: Verdict::NotEvaluable,
        offered: true,
    },
    Banner {
        name: "a banner that only agrees",
        body: "<div class=cookie-bar style='position:fixed;bottom:0'><p>This site uses cookies.</p><button onclick=ACCEPT()>Got it</button></div>",
        script: "const NAME='bar',BOX='.cookie-bar',YES='1',NO='0';",
        reject: Verdict::NotAnswered,
        accept: Verdict::NotEvaluable,
        offered: false,
    },
    Banner {
        name: "a banner that comes back",
        body: "<div class=cookie-wall style='position:fixed;bottom:0'><p>Cookies?</p><button onclick=\"this.parentNode.remove()\">Reject all</button>\
               <button onclick=\"this.parentNode.remove();load()\">Accept all</button></div>",
        script: "const NAME='none',BOX='.never',YES='1',NO='0';",
        reject: Verdict::NotKept,
        accept: Verdict::NotKept,
        offered: true,
    },
    Banner {
        name: "a banner in an open shadow root",
        body: "<div id=host></div><script>const root=document.getElementById('host').attachShadow({mode:'open'});\
               root.innerHTML='<div class=consent-box style=\"position:fixed;bottom:0\"><p>We use cookies</p><button id=n>Decline</button><button id=y>Accept all</button></div>';\
               root.getElementById('n').onclick=()=>REJECT();root.getElementById('y').onclick=()=>ACCEPT();</script>",
        script: "const NAME='cmplz_marketing',BOX='#host',YES='allow',NO='deny';",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "a banner in a frame of another site",
        body: "<div id=frame class=consent style='position:fixed;bottom:0'><iframe src='https://cmp.test/banner'></iframe></div>\
               <script>addEventListener('message',(m)=>{if(m.data==='yes')ACCEPT();if(m.data==='no')REJECT();});</script>",
        script: "const NAME='cmplz_marketing',BOX='#frame',YES='allow',NO='deny';",
        reject: Verdict::Taken,
        accept: Verdict::Taken,
        offered: true,
    },
    Banner {
        name: "no banner",
        body: "<p>Nothing here asks.</p>",
        script: "const NAME='none',BOX='.never',YES='1',NO='0';",
        reject: Verdict::NoBanner,
        accept: Verdict::NoBanner,
        offered: false,
    },
];

const FRAME: &str = "<div class=consent-banner role=dialog aria-modal=true><p>We use cookies</p>\
    <button onclick=\"parent.postMessage('no','*')\">Reject all</button><button onclick=\"parent.postMessage('yes','*')\">Accept all</button></div>";

/// A page with a pixel that waits for the visitor's agreement.
pub(crate) fn gated(banner: &Banner) -> String {
    let pixel = META.trim_start_matches("<script>").trim_end_matches("</script>");
    format!(
        "<!doctype html><html><head><title>{}</title></head><body><script>const load = () => {{ {pixel} }};{}{BY_COOKIE}</script>{}</body></html>",
        banner.name, banner.script, banner.body
    )
}

fn pass(page: &Page, pass: Pass) -> &PassEnd {
    page.passes.iter().find(|end| end.pass == pass).unwrap_or_else(|| panic!("no pass {pass:?}"))
}

fn times(page: &Page, pass: Pass) -> u32 {
    page.events.iter().filter_map(|event| event.count.get(pass.name())).copied().max().unwrap_or(0)
}

#[test]
fn banners_of_many_platforms_are_answered_and_the_choice_is_read_back() {
    let mut hosts = libraries(Hosts::new()).page("cmp.test/banner", FRAME);
    let mut starts = Vec::new();
    for (number, banner) in BANNERS.iter().enumerate() {
        let host = format!("b{number}.test");
        hosts = hosts.page(&format!("{host}/"), gated(banner));
        starts.push(format!("https://{host}/"));
    }
    let web = Web::start(hosts).unwrap();
    let report = audit(&web, &starts.join("\n"), Beacons::Held, &[Pass::None, Pass::Reject, Pass::Accept]);
    for (number, banner) in BANNERS.iter().enumerate() {
        let host = format!("b{number}.test");
        let page = report.pages.iter().map(|p| &p.page).find(|p| p.url.host_str() == Some(&host)).unwrap();
        let consent =
            |of| pass(page, of).consent.as_ref().unwrap_or_else(|| panic!("{}: {:?}", banner.name, page.passes));
        let (reject, accept) = (consent(Pass::Reject), consent(Pass::Accept));
        assert_eq!(reject.verdict, banner.reject, "{}, reject: {}", banner.name, reject.why);
        assert_eq!(accept.verdict, banner.accept, "{}, accept: {}", banner.name, accept.why);
        assert_eq!(reject.reject_offered, banner.offered, "{}", banner.name);
        assert_eq!(times(page, Pass::None), 0, "{}: nothing fires unasked", banner.name);
        assert_eq!(times(page, Pass::Reject), 0, "{}: nothing fires against a refusal", banner.name);
        let fires = u32::from(accept.verdict != Verdict::NoBanner);
        assert_eq!(times(page, Pass::Accept), fires, "{}: {:?}", banner.name, page.events);
    }
    assert_eq!(web.arrived_at("www.facebook.com"), []);
}

#[test]
fn a_page_that_fires_in_spite_of_a_refusal_is_told_from_one_that_fired_before_it() {
    let banner = &BANNERS[2];
    let before = gated(banner).replace("<body>", &format!("<body>{META}"));
    let against = gated(banner).replace("keep(NO); hide(); }", "keep(NO); hide(); load(); }");
    assert_ne!(against, gated(banner));
    let web = Web::start(libraries(Hosts::new()).page("before.test/", before).page("against.test/", against)).unwrap();
    let report = audit(&web, "https://before.test/\nhttps://against.test/", Beacons::Held, &[Pass::None, Pass::Reject]);
    let of = |host: &str| report.pages.iter().map(|p| &p.page).find(|p| p.url.host_str() == Some(host)).unwrap();
    assert_eq!(times(of("before.test"), Pass::None), 1);
    assert_eq!(times(of("against.test"), Pass::None), 0);
    assert_eq!(times(of("against.test"), Pass::Reject), 1);
}
