//! Journeys in a real browser: from an ad click to a purchase, step by step, with what each platform would have recorded.

use std::path::PathBuf;

use pixelproof_audit::{input_of_journeys, read_journey};
use pixelproof_model::{
    AuditConfig, AuditReport, Beacons, Finding, Journey, JourneyRun, Mode, Pass, StepOutcome, StepRun,
};
use pixelproof_tests::{Hosts, Web};

use crate::{
    browser::{META, audited, config, libraries, report},
    cli::{check, folder},
};

/// Sends the order as a form does, without a library's help.
const CHECKOUT: &str = "<form action=/thanks method=post><label>E-mail <input id=email name=email type=email></label>\
    <label for=land>Country</label><select id=land name=land><option value=''>-</option><option value=DE>Germany</option></select>\
    <label><input type=checkbox name=agb id=agb> Terms</label><button>Order now</button></form>";

/// A shop from the landing page to the order.
pub(crate) fn shop(landing: &str) -> Hosts {
    libraries(Hosts::new())
        .page("shop.test/", format!("<!doctype html><title>Home</title>{landing}<h1>Shop</h1><a href='/kettle'>Our kettle</a>"))
        .page(
            "shop.test/kettle",
            format!("<!doctype html><title>Kettle</title>{META}<script>fbq('track', 'ViewContent', {{content_ids: ['k1']}})</script>\
                     <div id=late></div><button onclick=\"fbq('track', 'AddToCart', {{value: 30.5, currency: 'EUR'}})\">Add to cart</button>\
                     <a href='/checkout'>To the checkout</a>"),
        )
        .page("shop.test/checkout", format!("<!doctype html><title>Checkout</title>{META}{CHECKOUT}"))
        .page(
            "shop.test/thanks",
            format!("<!doctype html><title>Thanks</title>{META}<script>setTimeout(() => \
                     fbq('track', 'Purchase', {{value: 30.5, currency: 'EUR'}}, {{eventID: 'o-1'}}), 300)</script><p id=done>Thank you</p>"),
        )
}

const WAY: &str = r##"
name = "Ad click to purchase"
start = "https://shop.test/"
click_id = "fbclid"
consent = ["none"]

[[step]]
goto = "/?utm_source=ad"
[[step]]
expect = { event = "PageView", vendor = "meta-pixel", count = 1 }
[[step]]
click = "text=our kettle"
[[step]]
wait = { url = "/kettle" }
[[step]]
expect = { event = "ViewContent", params = { content_ids = ["k1"] } }
[[step]]
click = "text=Add to cart"
[[step]]
expect = { event = "AddToCart", params = { value = 30.5, currency = "EUR" }, count = 1 }
[[step]]
click = "a[href='/checkout']"
[[step]]
fill = "probe:email"
in = "text=E-mail"
[[step]]
select = "Germany"
in = "#land"
[[step]]
fill = "on"
in = "#agb"
[[step]]
click = "text=Order now"
[[step]]
wait = { selector = "#done" }
[[step]]
expect = { event = "Purchase", vendor = "meta-pixel", account = "480011223344556", params = { value = 30.5 }, count = 1 }
"##;

/// A journey from its text, as from a file.
pub(crate) fn journey(text: &str) -> Journey {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("way.toml");
    std::fs::write(&path, text).unwrap();
    let journey = read_journey(&path).unwrap_or_else(|error| panic!("{error}"));
    Journey { file: "way.toml".to_owned(), ..journey }
}

pub(crate) fn make(web: &Web, text: &str, beacons: Beacons) -> AuditReport {
    let config = AuditConfig { mode: Mode::Source, beacons, journeys: vec![journey(text)], ..config(web) };
    audited(input_of_journeys(config).unwrap(), report)
}

fn step(step: &StepRun) -> String {
    let outcome = match step.outcome {
        StepOutcome::Done => "done",
        StepOutcome::NotMeant => "not meant",
        StepOutcome::NotMet => "not met",
        StepOutcome::Failed => "failed",
        StepOutcome::NotReached => "not reached",
    };
    let why = step.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{} {} {outcome}{why}", step.number, step.what)
}

fn steps(run: &JourneyRun) -> Vec<String> {
    run.steps.iter().map(step).collect()
}

/// `6 AddToCart 30.5 EUR fbc`: step, event, amount, fields with the click id.
fn recorded(run: &JourneyRun) -> Vec<String> {
    let line = |event: &pixelproof_model::RecordedEvent| {
        let parts = [
            event.value.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            event.currency.clone(),
            event.event_id.clone(),
            Some(event.click_id.join("+")).filter(|fields| !fields.is_empty()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("{} {} {}", event.step, event.name, parts.join(" ")).trim_end().to_owned()
    };
    run.events.iter().map(line).collect()
}

fn of_rule<'r>(report: &'r AuditReport, rule: &str) -> Vec<&'r Finding> {
    report.findings.iter().filter(|finding| finding.rule == rule).collect()
}

fn order(web: &Web) -> Vec<String> {
    let posts = web.arrived_at("shop.test").into_iter().filter(|arrived| arrived.method == "POST");
    posts.map(|arrived| String::from_utf8(arrived.body).unwrap()).collect()
}

#[test]
fn an_ad_click_is_followed_to_the_purchase() {
    let web = Web::start(shop(META)).unwrap();
    let report = make(&web, WAY, Beacons::Held);
    let [run] = report.journeys.as_slice() else { panic!("{:?}", report.journeys) };
    let failed: Vec<String> = run.steps.iter().filter(|s| s.outcome != StepOutcome::Done).map(step).collect();
    assert!(run.completed && failed.is_empty(), "{failed:#?}\n{:#?}", recorded(run));
    assert_eq!(
        recorded(run),
        [
            "1 PageView dl.fbclid+fbc",
            "3 PageView fbc",
            "3 ViewContent fbc",
            "6 AddToCart 30.5 EUR fbc",
            "8 PageView fbc",
            "12 PageView fbc",
            "12 Purchase 30.5 EUR o-1 fbc"
        ]
    );
    let trail = run.click_id.as_ref().unwrap();
    let kept: Vec<String> = trail
        .stored
        .iter()
        .map(|s| {
            format!("{} {} {} {}-{}", s.place, s.name, s.vendor.as_deref().unwrap_or("?"), s.first_step, s.last_step)
        })
        .collect();
    assert_eq!(kept, ["cookie _fbc meta-pixel 1-14"]);
    let [meta] = trail.vendors.as_slice() else { panic!("{:?}", trail.vendors) };
    assert_eq!((meta.vendor.as_str(), meta.kept), ("meta-pixel", Some(true)));
    assert_eq!(meta.why, "Purchase in step 12 carries it in the field fbc");
    assert_eq!(order(&web), ["email=Pixelina.Proofrun%40example.com&land=DE&agb=on"], "the form was sent once");
    assert_eq!(web.arrived_at("www.facebook.com"), [], "held beacons stay held");
    for rule in ["journey-failed", "click-id-lost"] {
        assert!(of_rule(&report, rule).is_empty(), "{:?}", of_rule(&report, rule));
        assert!(!report.not_checked.iter().any(|not| not.rule.id == rule));
    }
    let pages: Vec<&str> = report.pages.iter().map(|page| page.page.url.path()).collect();
    assert_eq!(pages, ["/"], "the pages that the journey goes to by address are audited");
}

#[test]
fn a_click_id_that_nothing_keeps_is_lost_where_it_is_lost() {
    let web = Web::start(shop("<!-- no pixel on the landing page -->")).unwrap();
    let way = WAY.replace("[[step]]\nexpect = { event = \"PageView\", vendor = \"meta-pixel\", count = 1 }\n", "");
    let report = make(&web, &way, Beacons::Send);
    let run = &report.journeys[0];
    assert_eq!(recorded(run).last().unwrap(), "11 Purchase 30.5 EUR o-1");
    let lost = of_rule(&report, "click-id-lost");
    let [lost] = lost.as_slice() else { panic!("{lost:?}") };
    assert_eq!(
        lost.message,
        "On the journey “Ad click to purchase” the click id fbclid is lost for Meta Pixel 480011223344556: nothing on the \
         landing page kept it, and Purchase in step 11 goes without it."
    );
    let sent = web.arrived_at("www.facebook.com").len();
    assert_eq!(sent, run.beacons.len(), "what is let go arrives as it was recorded");
}

#[test]
fn what_is_not_as_expected_is_said_with_what_was_seen_instead() {
    let web = Web::start(shop(META)).unwrap();
    let way = r##"
start = "https://shop.test/"
consent = ["none", "gpc"]
[[step]]
goto = "/kettle"
[[step]]
expect = { event = "ViewContent", params = { content_ids = ["k2"] }, within = 1 }
[[step]]
expect = { event = "Purchase", within = 1, consent = ["accept"] }
[[step]]
expect = { event = "Lead", count = 0, within = 1 }
[[step]]
click = "text=Add to cart"
[[step]]
expect = { event = "AddToCart", vendor = "tiktok-pixel", within = 1 }
[[step]]
wait = { selector = "#never", within = 1 }
[[step]]
click = "#late"
"##;
    let report = make(&web, way, Beacons::Held);
    let passes: Vec<Pass> = report.journeys.iter().map(|run| run.pass).collect();
    assert_eq!(passes, [Pass::None, Pass::Gpc]);
    let run = &report.journeys[0];
    assert!(!run.completed);
    assert_eq!(
        steps(run),
        [
            "1 go to /kettle done",
            "2 expect ViewContent with content_ids [\"k2\"] not met: it left after step 1, but content_ids is [\"k1\"]",
            "3 expect Purchase not meant",
            "4 expect no Lead done",
            "5 click text=Add to cart done",
            "6 expect AddToCart of tiktok-pixel not met: it did not leave after step 5",
            "7 wait for #never failed: no element fits “#never”",
            "8 click #late not reached",
        ]
    );
    let pixel = "meta-pixel 480011223344556";
    assert_eq!(run.steps[5].instead, [format!("{pixel} AddToCart 30.5 EUR")]);
    let messages: Vec<&str> =
        of_rule(&report, "journey-failed").iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages.len(), 3, "{messages:#?}");
    let found = of_rule(&report, "journey-failed");
    let expected = found.iter().find(|f| f.message.contains("step 6")).unwrap();
    assert_eq!(expected.evidence.len(), 2, "one for each pass: {:?}", expected.evidence);
    assert_eq!(expected.evidence[0].at.as_ref().unwrap().line, 14);
    assert_eq!(expected.evidence[0].page, "https://shop.test/kettle");
}

const FORM: &str = r#"<input id=mail><button id=send type=button>Send</button><script>
const mail = document.getElementById('mail');
mail.addEventListener('input', () => {
  if (mail.value.endsWith('.com')) navigator.sendBeacon('https://keys.test/k', JSON.stringify({u: {m: mail.value}}));
});
document.getElementById('send').onclick = async () => {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(mail.value)));
  const hex = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  new Image().src = `https://www.facebook.com/tr/?id=480011223344556&ev=Lead&dl=${encodeURIComponent(location.href)}&ud[em]=${hex}`;
};
addEventListener('pagehide', () => navigator.sendBeacon('https://bye.test/b', 'v=' + btoa(mail.value)));
</script>"#;

/// `keys.test email body.u.m plain BeforeSubmit`.
fn leaks(run: &JourneyRun) -> Vec<String> {
    let line = |leak: &pixelproof_model::TypedLeak| {
        format!("{} {} {} {} {:?} {:?}", leak.host, leak.what, leak.field, leak.form, leak.packing, leak.when)
    };
    run.typed.iter().map(line).collect()
}

#[test]
fn what_is_typed_is_found_with_whoever_gets_it() {
    let web = Web::start(
        Hosts::new()
            .page("shop.test/", "<!doctype html><title>Home</title>")
            .page("shop.test/form", format!("<!doctype html><title>Form</title>{FORM}")),
    )
    .unwrap();
    let way = r##"
name = "Form"
start = "https://shop.test/"
[[step]]
goto = "/form?mail=jane%40shop.example"
[[step]]
fill = "probe:email"
in = "#mail"
[[step]]
click = "text=Send"
[[step]]
expect = { event = "Lead", count = 1 }
[[step]]
goto = "/"
"##;
    let report = make(&web, way, Beacons::Held);
    assert_eq!(
        leaks(&report.journeys[0]),
        [
            "keys.test email body.u.m as plain text [] BeforeSubmit",
            "www.facebook.com email ud[em] as sha256 of the value as typed [] AfterClick",
            "bye.test email body.v as plain text [\"base64\"] AfterClick",
        ]
    );
    let messages = |rule| of_rule(&report, rule).iter().map(|finding| finding.message.clone()).collect::<Vec<_>>();
    const ON: &str = "On the journey \u{201c}Form\u{201d}:";
    assert_eq!(
        messages("personal-data-in-url"),
        [format!(
            "{ON} The page's address holds an e-mail address in the parameter mail, and it is sent to Meta Pixel."
        )]
    );
    let hashed = messages("hashed-personal-data");
    let useless = format!(
        "{ON} Meta Pixel gets an e-mail address that is typed into a form, as sha256 of the value as typed, which matches nobody, after the visitor's click."
    );
    assert!(hashed.contains(&useless), "{hashed:#?}");
    let mut plain = messages("personal-data-in-event");
    plain.sort();
    assert_eq!(
        plain,
        [
            format!(
                "{ON} bye.test gets an e-mail address that is typed into a form, as plain text, after the visitor's click."
            ),
            format!(
                "{ON} keys.test gets an e-mail address that is typed into a form, as plain text, while it is typed, before the form is sent."
            ),
        ]
    );
    // A form that is given up gives its values away when the page is left.
    let given_up =
        way.replace("[[step]]\nclick = \"text=Send\"\n[[step]]\nexpect = { event = \"Lead\", count = 1 }\n", "");
    let report = make(&web, &given_up, Beacons::Held);
    assert_eq!(
        leaks(&report.journeys[0]),
        [
            "keys.test email body.u.m as plain text [] BeforeSubmit",
            "bye.test email body.v as plain text [\"base64\"] OnLeaving",
        ]
    );
}

#[test]
fn the_command_line_makes_journeys_and_fails_the_build_where_they_fail() {
    let (_keep, at) = folder();
    let web = Web::start(shop(META)).unwrap();
    let way = |wanted: &str| {
        format!(
            "name = 'Look at the kettle'\nconsent = ['none']\n[[step]]\ngoto = 'https://shop.test/kettle'\n\
             [[step]]\nexpect = {{ event = '{wanted}', within = 1 }}\n"
        )
    };
    std::fs::write(at.join("good.toml"), way("ViewContent")).unwrap();
    std::fs::write(at.join("bad.toml"), way("Purchase")).unwrap();
    let resolve = web.resolve();
    let common = ["--insecure", "--store", "a.db", "--resolve", &resolve[0], "--resolve", &resolve[1]];
    let args = |journey: &'static str| [&["audit", "--journey", journey][..], &common[..]].concat();
    check(
        &args("good.toml"),
        &at,
        0,
        "Journey \u{201c}Look at the kettle\u{201d}, pass none: as expected, 2 events recorded.",
        "",
    );
    check(&args("bad.toml"), &at, 1, "step 2 (expect Purchase): it did not leave after step 1", "");
    let html = check(&["report", "last", "--store", "a.db", "--format", "html"], &at, 0, "id=\"journeys\"", "");
    let html = String::from_utf8(html.stdout).unwrap();
    for part in [
        "expect Purchase",
        "not met",
        "meta-pixel 480011223344556 ViewContent",
        "What each platform would have recorded",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let tables = ["report", "last", "--store", "a.db", "--format", "csv", "--out", "csv"];
    check(&tables, &at, 0, "", "journeys.csv");
    let row = |table: &str, part: &str| {
        let text = std::fs::read_to_string(at.join("csv").join(table)).unwrap();
        assert!(text.lines().any(|line| line.contains(part)), "{part}\n{text}");
    };
    row(
        "journeys.csv",
        "Look at the kettle,bad.toml,none,true,2,5,expect Purchase,not-met,it did not leave after step 1",
    );
    row(
        "journey_events.csv",
        "Look at the kettle,bad.toml,none,1,meta-pixel,480011223344556,ViewContent,standard,content-view",
    );
    row("journey_clicks.csv", "journey,file,pass,parameter,vendor,kept");
    row("typed.csv", "page,journey,pass,step,when,what");
}

#[cfg(target_os = "linux")]
#[test]
fn a_journey_that_the_browser_ends_under_begins_anew() {
    let text = "name = \"Short\"\nstart = \"https://shop.test/\"\n[[step]]\ngoto = \"/\"\n[[step]]\nclick = \"text=kettle\"\n\
                [[step]]\nwait = { url = \"/kettle\" }\n[[step]]\nexpect = { event = \"ViewContent\", count = 1 }\n";
    let web = Web::start(shop("<img src='https://begun.test/'>")).unwrap();
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            web.await_at("begun.test");
            web.end_browsers();
        });
        make(&web, text, Beacons::Held)
    });
    let [made] = report.journeys.as_slice() else { panic!("{:?}", report.journeys) };
    assert!(made.completed && made.problems.is_empty(), "{:?} {:?}", made.problems, made.steps);
    let begun = web.arrived_at("begun.test").len();
    assert_eq!(begun, 2, "the landing page was loaded again");
}
