//! The vendors' own snippets, as they ask for them to be pasted.

use super::{check, check_loads, facts};

/// All of them, for tests that need a script as vendors write them.
pub(super) const ALL: [&str; 13] =
    [META, GTM, TIKTOK, UET, X, LINKEDIN, PINTEREST, SNAP, QUORA, REDDIT, HOTJAR, CLARITY, ANALYTICS];

const META: &str = "!function(f,b,e,v,n,t,s)
{if(f.fbq)return;n=f.fbq=function(){n.callMethod?
n.callMethod.apply(n,arguments):n.queue.push(arguments)};
if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;n.version='2.0';
n.queue=[];t=b.createElement(e);t.async=!0;
t.src=v;s=b.getElementsByTagName(e)[0];
s.parentNode.insertBefore(t,s)}(window, document,'script',
'https://connect.facebook.net/en_US/fbevents.js');
fbq('init', '123456789012345');
fbq('track', 'PageView');";

#[test]
fn meta() {
    check(META, &["fbq('init','123456789012345')", "fbq('track','PageView')"]);
    check_loads(META, &["Script https://connect.facebook.net/en_US/fbevents.js"]);
}

const GTM: &str = "(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':
new Date().getTime(),event:'gtm.js'});var f=d.getElementsByTagName(s)[0],
j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;j.src=
'https://www.googletagmanager.com/gtm.js?id='+i+dl;f.parentNode.insertBefore(j,f);
})(window,document,'script','dataLayer','GTM-ABC123');";

#[test]
fn google_tag_manager() {
    check(GTM, &["dataLayer.push({gtm.start:<new Date().getTime()>,event:'gtm.js'})"]);
    check_loads(GTM, &["Script https://www.googletagmanager.com/gtm.js?id=GTM-ABC123"]);
    assert!(facts(GTM).literals.contains(&("GTM-ABC123".into(), GTM.find("'GTM-ABC").unwrap_or(0) as u32)));
}

#[test]
fn google_tag() {
    check(
        "window.dataLayer = window.dataLayer || [];
         function gtag(){dataLayer.push(arguments);}
         gtag('js', new Date());
         gtag('config', 'G-ABC123', {send_page_view: false});",
        &["gtag('js',<new Date()>)", "gtag('config','G-ABC123',{send_page_view:false})"],
    );
}

const TIKTOK: &str = r#"!function (w, d, t) {
  w.TiktokAnalyticsObject=t;var ttq=w[t]=w[t]||[];ttq.methods=["page","track","identify","instances","debug","on","off","once","ready","alias","group","enableCookie","disableCookie","holdConsent","revokeConsent","grantConsent"],ttq.setAndDefer=function(t,e){t[e]=function(){t.push([e].concat(Array.prototype.slice.call(arguments,0)))}};for(var i=0;i<ttq.methods.length;i++)ttq.setAndDefer(ttq,ttq.methods[i]);ttq.instance=function(t){for(
var e=ttq._i[t]||[],n=0;n<ttq.methods.length;n++)ttq.setAndDefer(e,ttq.methods[n]);return e},ttq.load=function(e,n){var r="https://analytics.tiktok.com/i18n/pixel/events.js",o=n&&n.partner;ttq._i=ttq._i||{},ttq._i[e]=[],ttq._i[e]._u=r,ttq._t=ttq._t||{},ttq._t[e]=+new Date,ttq._o=ttq._o||{},ttq._o[e]=n||{};n=document.createElement("script")
;n.type="text/javascript",n.async=!0,n.src=r+"?sdkid="+e+"&lib="+t;e=document.getElementsByTagName("script")[0];e.parentNode.insertBefore(n,e)};
  ttq.load('C4A1B2C3D4E5F6G7H8I9');
  ttq.page();
}(window, document, 'ttq');"#;

#[test]
fn tiktok() {
    check(TIKTOK, &["ttq.load('C4A1B2C3D4E5F6G7H8I9')", "ttq.page()"]);
    check_loads(
        TIKTOK,
        &["Script https://analytics.tiktok.com/i18n/pixel/events.js?sdkid=C4A1B2C3D4E5F6G7H8I9&lib=ttq"],
    );
}

const UET: &str = r#"(function(w,d,t,r,u){var f,n,i;w[u]=w[u]||[],f=function(){var o={ti:"187000001", enableAutoSpaTracking: true};o.q=w[u],w[u]=new UET(o),w[u].push("pageLoad")},n=d.createElement(t),n.src=r,n.async=1,n.onload=n.onreadystatechange=function(){var s=this.readyState;s&&s!=="loaded"&&s!=="complete"||(f(),n.onload=n.onreadystatechange=null)},i=d.getElementsByTagName(t)[0],i.parentNode.insertBefore(n,i)})(window,document,"script","//bat.bing.com/bat.js","uetq");"#;

#[test]
fn microsoft_uet() {
    check(UET, &["new UET({ti:'187000001',enableAutoSpaTracking:true,q:<uetq>})", "uetq.push('pageLoad')"]);
    check_loads(UET, &["Script //bat.bing.com/bat.js"]);
}

const X: &str =
    "!function(e,t,n,s,u,a){e.twq||(s=e.twq=function(){s.exe?s.exe.apply(s,arguments):s.queue.push(arguments);
},s.version='1.1',s.queue=[],u=t.createElement(n),u.async=!0,u.src='https://static.ads-twitter.com/uwt.js',
a=t.getElementsByTagName(n)[0],a.parentNode.insertBefore(u,a))}(window,document,'script');
twq('config','o1abc');";

#[test]
fn x() {
    check(X, &["twq('config','o1abc')"]);
    check_loads(X, &["Script https://static.ads-twitter.com/uwt.js"]);
}

const LINKEDIN: &str = r#"_linkedin_partner_id = "1234567";
window._linkedin_data_partner_ids = window._linkedin_data_partner_ids || [];
window._linkedin_data_partner_ids.push(_linkedin_partner_id);
(function(l) {
if (!l){window.lintrk = function(a,b){window.lintrk.q.push([a,b])};
window.lintrk.q=[]}
var s = document.getElementsByTagName("script")[0];
var b = document.createElement("script");
b.type = "text/javascript";b.async = true;
b.src = "https://snap.licdn.com/li.lms-analytics/insight.min.js";
s.parentNode.insertBefore(b, s);})(window.lintrk);
lintrk('track', { conversion_id: 99 });"#;

#[test]
fn linkedin() {
    check(LINKEDIN, &["_linkedin_data_partner_ids.push('1234567')", "lintrk('track',{conversion_id:99})"]);
    check_loads(LINKEDIN, &["Script https://snap.licdn.com/li.lms-analytics/insight.min.js"]);
    assert_eq!(
        facts(LINKEDIN).assigns.first().map(|a| (a.target.as_str(), super::show(&a.value))),
        Some(("_linkedin_partner_id", "'1234567'".into()))
    );
}

const PINTEREST: &str = r#"!function(e){if(!window.pintrk){window.pintrk = function () {
window.pintrk.queue.push(Array.prototype.slice.call(arguments))};var
  n=window.pintrk;n.queue=[],n.version="3.0";var
  t=document.createElement("script");t.async=!0,t.src=e;var
  r=document.getElementsByTagName("script")[0];
  r.parentNode.insertBefore(t,r)}}("https://s.pinimg.com/ct/core.js");
pintrk('load', '2612345678901', {em: '<user_email_address>'});
pintrk('page');"#;

#[test]
fn pinterest() {
    check(PINTEREST, &["pintrk('load','2612345678901',{em:'<user_email_address>'})", "pintrk('page')"]);
    check_loads(PINTEREST, &["Script https://s.pinimg.com/ct/core.js"]);
}

const SNAP: &str = "(function(e,t,n){if(e.snaptr)return;var a=e.snaptr=function()
{a.handleRequest?a.handleRequest.apply(a,arguments):a.queue.push(arguments)};
a.queue=[];var s='script';r=t.createElement(s);r.async=!0;
r.src=n;var u=t.getElementsByTagName(s)[0];
u.parentNode.insertBefore(r,u);})(window,document,
'https://sc-static.net/scevent.min.js');
snaptr('init', '11111111-2222-3333-4444-555555555555', {'user_email': '__INSERT_USER_EMAIL__'});
snaptr('track', 'PAGE_VIEW');";

#[test]
fn snap() {
    check(
        SNAP,
        &[
            "snaptr('init','11111111-2222-3333-4444-555555555555',{user_email:'__INSERT_USER_EMAIL__'})",
            "snaptr('track','PAGE_VIEW')",
        ],
    );
    check_loads(SNAP, &["Script https://sc-static.net/scevent.min.js"]);
}

const QUORA: &str = "!function(q,e,v,n,t,s){if(q.qp) return; n=q.qp=function(){n.qp?n.qp.apply(n,arguments):n.queue.push(arguments);}; n.queue=[];t=document.createElement(e);t.async=!0;t.src=v; s=document.getElementsByTagName(e)[0]; s.parentNode.insertBefore(t,s);}(window, 'script', 'https://a.quora.com/qevents.js');
qp('init', 'abcdef0123456789');
qp('track', 'ViewContent');";

#[test]
fn quora() {
    check(QUORA, &["qp('init','abcdef0123456789')", "qp('track','ViewContent')"]);
    check_loads(QUORA, &["Script https://a.quora.com/qevents.js"]);
}

const REDDIT: &str = r#"!function(w,d){if(!w.rdt){var p=w.rdt=function(){p.sendEvent?p.sendEvent.apply(p,arguments):p.callQueue.push(arguments)};p.callQueue=[];var t=d.createElement("script");t.src="https://www.redditstatic.com/ads/pixel.js",t.async=!0;var s=d.getElementsByTagName("script")[0];s.parentNode.insertBefore(t,s)}}(window,document);rdt('init','t2_abcde');rdt('track', 'PageVisit');"#;

#[test]
fn reddit() {
    check(REDDIT, &["rdt('init','t2_abcde')", "rdt('track','PageVisit')"]);
    check_loads(REDDIT, &["Script https://www.redditstatic.com/ads/pixel.js"]);
}

const HOTJAR: &str = "(function(h,o,t,j,a,r){
h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};
h._hjSettings={hjid:123456,hjsv:6};
a=o.getElementsByTagName('head')[0];
r=o.createElement('script');r.async=1;
r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;
a.appendChild(r);
})(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');";

#[test]
fn hotjar() {
    check(HOTJAR, &[]);
    check_loads(HOTJAR, &["Script https://static.hotjar.com/c/hotjar-123456.js?sv=6"]);
    let assigned = facts(HOTJAR);
    let settings = assigned.assigns.iter().find(|a| a.target == "_hjSettings").map(|a| super::show(&a.value));
    assert_eq!(settings.as_deref(), Some("{hjid:123456,hjsv:6}"));
}

const CLARITY: &str = r#"(function(c,l,a,r,i,t,y){
c[a]=c[a]||function(){(c[a].q=c[a].q||[]).push(arguments)};
t=l.createElement(r);t.async=1;t.src="https://www.clarity.ms/tag/"+i;
y=l.getElementsByTagName(r)[0];y.parentNode.insertBefore(t,y);
})(window, document, "clarity", "script", "abcdefghij");"#;

#[test]
fn clarity() {
    check(CLARITY, &[]);
    check_loads(CLARITY, &["Script https://www.clarity.ms/tag/abcdefghij"]);
}

const ANALYTICS: &str = "(function(i,s,o,g,r,a,m){i['GoogleAnalyticsObject']=r;i[r]=i[r]||function(){
(i[r].q=i[r].q||[]).push(arguments)},i[r].l=1*new Date();a=s.createElement(o),
m=s.getElementsByTagName(o)[0];a.async=1;a.src=g;m.parentNode.insertBefore(a,m)
})(window,document,'script','https://www.google-analytics.com/analytics.js','ga');
ga('create', 'UA-12345-1', 'auto');
ga('send', 'pageview');";

#[test]
fn universal_analytics() {
    check(ANALYTICS, &["ga('create','UA-12345-1','auto')", "ga('send','pageview')"]);
    check_loads(ANALYTICS, &["Script https://www.google-analytics.com/analytics.js"]);
}

const CLASSIC: &str = "var _gaq = _gaq || [];
_gaq.push(['_setAccount', 'UA-1-1']);
_gaq.push(['_trackPageview']);
(function() {
  var ga = document.createElement('script'); ga.type = 'text/javascript'; ga.async = true;
  ga.src = ('https:' == document.location.protocol ? 'https://ssl' : 'http://www') + '.google-analytics.com/ga.js';
  var s = document.getElementsByTagName('script')[0]; s.parentNode.insertBefore(ga, s);
})();";

#[test]
fn classic_analytics() {
    check(CLASSIC, &["_gaq.push(['_setAccount','UA-1-1'])", "_gaq.push(['_trackPageview'])"]);
    check_loads(CLASSIC, &["Script https://ssl.google-analytics.com/ga.js"]);
}
