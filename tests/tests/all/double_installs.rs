//! Pixels installed twice, by every cause: what the browser counts, and what the audit says of it.

use pixelproof_model::{AuditReport, Beacons, Pass};
use pixelproof_tests::{Hosts, Web};
use url::Url;

use crate::browser::{META, audit, libraries, lines, page};

const PURCHASE: &str = "fbq('track', 'Purchase', {value: 9, currency: 'EUR'});";
const LIBRARY: &str = "https://connect.facebook.net/en_US/fbevents.js";

/// A way in which a pixel comes twice, the page that shows it, what is told of its events, and the findings.
struct Case {
    path: &'static str,
    body: String,
    events: &'static [&'static str],
    findings: &'static [&'static str],
}

fn calls(of: &str) -> String {
    META.replace("fbq('track', 'PageView');</script>", &format!("fbq('track', 'PageView');{of}</script>"))
}

fn cases() -> Vec<Case> {
    let case = |path, body, events, findings| Case { path, body, events, findings };
    let buy = calls(PURCHASE);
    let ga4 = "<script async src='https://www.googletagmanager.com/gtag/js?id=G-AB12CD34EF'></script><script>\
        window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());";
    let change = "addEventListener('load',()=>setTimeout(()=>{history.pushState({},'','/route-two');";
    vec![
        case(
            "/snippet-twice",
            buy.clone() + &buy,
            &[
                "meta-pixel PageView declared seen 1",
                "meta-pixel Purchase declared seen 1",
                "meta-pixel PageView declared never 0: the library sends it once and drops the repeat",
                "meta-pixel Purchase declared seen 1",
            ],
            &[
                "duplicate-event Error: Meta Pixel 480011223344556 gets Purchase twice on one page view, and counts it twice. Two whole snippets stand in the page's own code.",
                "duplicate-event Warning: Meta Pixel 480011223344556 is told PageView twice; its library sends the first and drops the repeat. Two whole snippets stand in the page's own code.",
                "duplicate-init Error: Meta Pixel 480011223344556 is initialised twice. Two whole snippets stand in the page's own code.",
            ],
        ),
        case(
            "/two-inits",
            calls("fbq('init', '480011223344556');"),
            &["meta-pixel PageView declared seen 1"],
            &[
                "duplicate-init Error: Meta Pixel 480011223344556 is initialised twice. The page's own code says it more than once.",
            ],
        ),
        case(
            "/container-and-page",
            format!("<script async src='https://www.googletagmanager.com/gtm.js?id=GTM-KETTLE1'></script>{buy}"),
            &["meta-pixel PageView declared seen 1", "meta-pixel Purchase declared seen 1", "meta-pixel PageView declared never 0: the library sends it once and drops the repeat", "meta-pixel Purchase declared seen 1"],
            &["duplicate-event Error: Meta Pixel 480011223344556 gets Purchase twice on one page view, and counts it twice. A hard-coded snippet and GTM-KETTLE1 tag 4 each bring it.", "duplicate-event Warning: Meta Pixel 480011223344556 is told PageView twice; its library sends the first and drops the repeat. A hard-coded snippet and GTM-KETTLE1 tag 4 each bring it.", "duplicate-init Error: Meta Pixel 480011223344556 is initialised twice. A hard-coded snippet and GTM-KETTLE1 tag 4 each bring it."],
        ),
        case(
            "/plugin-and-theme",
            "<script src='/wp-content/plugins/pixel/pixel.js'></script><script src='/wp-content/themes/shop/theme.js'></script>".to_owned(),
            &["meta-pixel PageView declared seen 1", "meta-pixel Purchase declared seen 1", "meta-pixel PageView declared never 0: the library sends it once and drops the repeat", "meta-pixel Purchase declared seen 1"],
            &["duplicate-event Error: Meta Pixel 480011223344556 gets Purchase twice on one page view, and counts it twice. The script https://shop.test/wp-content/plugins/pixel/pixel.js and the script https://shop.test/wp-content/themes/shop/theme.js each bring it.", "duplicate-event Warning: Meta Pixel 480011223344556 is told PageView twice; its library sends the first and drops the repeat. The script https://shop.test/wp-content/plugins/pixel/pixel.js and the script https://shop.test/wp-content/themes/shop/theme.js each bring it.", "duplicate-init Error: Meta Pixel 480011223344556 is initialised twice. The script https://shop.test/wp-content/plugins/pixel/pixel.js and the script https://shop.test/wp-content/themes/shop/theme.js each bring it."],
        ),
        case(
            "/route-and-call",
            calls(&format!("{change}fbq('track', 'PageView');}}, 200));")),
            &["meta-pixel PageView declared seen 1", "meta-pixel PageView declared seen 1"],
            &[
                "duplicate-event Warning: Meta Pixel 480011223344556 is told PageView twice; its library sends the first and drops the repeat. The page's own code says it more than once.",
            ],
        ),
        case(
            "/route-and-call-ga4",
            format!("{ga4}gtag('config','G-AB12CD34EF');{change}gtag('event','page_view');}}, 200));</script>"),
            &["google-analytics-4 page_view declared seen 1", "google-analytics-4 page_view declared seen 1"],
            &[],
        ),
        case(
            "/noscript-and-script",
            format!(
                "{META}<noscript><img src='https://www.facebook.com/tr?id=480011223344556&amp;ev=PageView&amp;noscript=1'></noscript>"
            ),
            &["meta-pixel PageView declared seen 1", "meta-pixel PageView declared never 0: it is for browsers without scripts"],
            &[],
        ),
        case(
            "/image-and-script",
            format!("{META}<img src='https://www.facebook.com/tr?id=480011223344556&amp;ev=PageView&amp;noscript=1'>"),
            &["meta-pixel PageView declared seen 1", "meta-pixel PageView declared seen 1"],
            &["duplicate-event Error: Meta Pixel 480011223344556 got PageView twice on one page view in the browser, and counts it twice. A hard-coded snippet and an image in the markup each bring it."],
        ),
        case(
            "/library-twice",
            format!("{buy}<script async src='{LIBRARY}'></script>"),
            &["meta-pixel PageView declared seen 1", "meta-pixel Purchase declared seen 1"],
            &["duplicate-library Warning: The library of Meta Pixel is loaded twice."],
        ),
        case(
            "/two-accounts",
            buy.clone() + &buy.replace("480011223344556", "590022334455667"),
            &[
                "meta-pixel PageView declared seen 1",
                "meta-pixel Purchase declared seen 1",
                "meta-pixel PageView declared seen 1",
                "meta-pixel Purchase declared seen 1",
            ],
            &[
                "duplicate-event Error: Meta Pixel 480011223344556 gets Purchase twice on one page view, and counts it twice. Two whole snippets stand in the page's own code.",
            ],
        ),
        case(
            "/config-twice",
            format!(
                "{ga4}gtag('config','G-AB12CD34EF');gtag('config','G-AB12CD34EF');gtag('event','purchase',{{value:9,currency:'EUR',transaction_id:'o-1'}});</script>"
            ),
            &["google-analytics-4 page_view declared seen 1", "google-analytics-4 page_view declared seen 1", "google-analytics-4 purchase declared seen 1"],
            &["duplicate-event Error: Google Analytics 4 G-AB12CD34EF gets page_view twice on one page view, and counts it twice. The library sends it at each initialisation. The page's own code says it more than once.", "duplicate-init Error: Google Analytics 4 G-AB12CD34EF is initialised twice. The page's own code says it more than once."],
        ),
        case(
            "/in-a-frame",
            format!("{buy}<iframe src='/framed'></iframe>"),
            &["meta-pixel PageView declared seen 2", "meta-pixel Purchase declared seen 2"],
            &[],
        ),
    ]
}

fn site() -> Web {
    let cases = cases();
    let links: String = cases.iter().map(|case| format!("<a href='{}'>{}</a> ", case.path, case.path)).collect();
    let stand_in = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/standins/gtm.js")).unwrap();
    let script = |text: &str| text.replace("<script>", "").replace("</script>", "");
    let mut hosts = libraries(Hosts::new())
        .page("shop.test/", format!("<!doctype html><title>Start</title>{links}"))
        .script("www.googletagmanager.com/gtm.js", stand_in)
        .script("shop.test/wp-content/plugins/pixel/pixel.js", script(&calls(PURCHASE)))
        .script("shop.test/wp-content/themes/shop/theme.js", script(&calls(PURCHASE)))
        .page("shop.test/framed", format!("<!doctype html><title>Framed</title>{}", calls(PURCHASE)));
    for case in cases {
        let html = format!(
            "<!doctype html><html><head><title>{0}</title>{1}</head><body><p>Words of {0}.</p></body></html>",
            case.path, case.body
        );
        hosts = hosts.page(&format!("shop.test{}", case.path), html);
    }
    Web::start(hosts).unwrap()
}

fn findings(report: &AuditReport, path: &str) -> Vec<String> {
    let on = |address: &String| Url::parse(address).is_ok_and(|url| url.path() == path);
    let told = report.findings.iter().filter(|f| f.rule.starts_with("duplicate") && f.pages.iter().any(on));
    let mut told: Vec<String> = told.map(|f| format!("{} {:?}: {}", f.rule, f.severity, f.message)).collect();
    told.sort();
    told
}

#[test]
fn each_cause_is_counted_as_it_happens_and_told_for_what_it_is() {
    let web = site();
    let report = audit(&web, "https://shop.test/", Beacons::Held, &[Pass::None]);
    for case in cases() {
        assert_eq!(lines(page(&report, case.path)), case.events, "{}", case.path);
        assert_eq!(findings(&report, case.path), case.findings, "{}", case.path);
    }
}
