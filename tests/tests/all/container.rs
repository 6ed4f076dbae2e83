//! Tag-manager containers: the command that reads one, and audits of pages that load them.

use std::{io::Write, path::Path, process::Stdio};

use pixelproof_model::{AuditReport, ContainerReport, Fires, Via};
use pixelproof_tests::{Act, Site, TestServer};

use crate::{
    audits::page,
    cli::{check, folder, pixelproof},
};

/// A container: the Google tag and a Meta pixel everywhere, a Meta purchase on thank-you pages, UET where a cookie says so.
pub(crate) const CONTAINER: &str = r#"
(function(){ var data = {"resource":{"version":"7",
"macros":[{"function":"__e"},{"function":"__u","vtp_component":"PATH"},{"function":"__k","vtp_name":"ads_ok"}],
"tags":[
 {"function":"__googtag","tag_id":3,"vtp_tagId":"G-KETTLE0001"},
 {"function":"__html","tag_id":4,"vtp_html":"\u003Cscript type=\"text/gtmscript\"\u003Efbq('init','480011223344556');fbq('track','PageView');\u003C/script\u003E"},
 {"function":"__html","tag_id":5,"vtp_html":"\u003Cscript type=\"text/gtmscript\"\u003Efbq('init','590022334455667');fbq('track','Purchase',{value:9,currency:'EUR'});\u003C/script\u003E"},
 {"function":"__baut","tag_id":6,"vtp_tagId":"5550001","vtp_eventType":"PAGE_LOAD"},
 {"function":"__zone","tag_id":7,"vtp_childContainers":["list",["map","publicId","GTM-KETTLE2"]]}
],
"predicates":[
 {"function":"_eq","arg0":["macro",0],"arg1":"gtm.js"},
 {"function":"_cn","arg0":["macro",1],"arg1":"/thanks"},
 {"function":"_eq","arg0":["macro",2],"arg1":"1"}
],
"rules":[[["if",0],["add",0,1,4]],[["if",0,1],["add",2]],[["if",0,2],["add",3]]]}};
var lib={ctid:"GTM-KETTLE1",x:1}; })();"#;

/// The TLS server that stands for the container's host, and the arguments that lead there.
fn google(site: Site) -> (TestServer, [String; 3]) {
    let server = TestServer::start_tls(site).unwrap();
    let mapping = format!("www.googletagmanager.com:443:127.0.0.1:{}", server.address().port());
    (server, ["--resolve".to_owned(), mapping, "--insecure".to_owned()])
}

fn script(text: &str) -> Act {
    Act::typed("application/javascript; charset=UTF-8", text)
}

fn json(args: &[&str], at: &Path) -> ContainerReport {
    let output = check(args, at, 0, "", "");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn verdicts(report: &ContainerReport, url: &str) -> Vec<Fires> {
    report.tags.iter().map(|tag| tag.fires[url]).collect()
}

#[test]
fn a_saved_container_is_judged_on_each_address() {
    let (_keep, at) = folder();
    std::fs::write(at.join("saved.js"), CONTAINER).unwrap();
    let (home, thanks) = ("https://shop.test/", "https://shop.test/thanks?o=1");
    let report = json(&["container", "saved.js", "--url", home, "--url", thanks, "--json"], &at);
    assert_eq!(report.container.as_deref(), Some("GTM-KETTLE1"));
    assert_eq!(report.version.as_deref(), Some("7"));
    assert_eq!(report.links, ["G-KETTLE0001", "GTM-KETTLE2"]);
    use Fires::{No, Unknown, Yes};
    assert_eq!(verdicts(&report, home), [Yes, Yes, No, Unknown, Yes]);
    assert_eq!(verdicts(&report, thanks), [Yes, Yes, Yes, Unknown, Yes]);
    check(&["container", "saved.js", "--url", thanks], &at, 0, "meta-pixel", "");
    check(&["container", "saved.js"], &at, 0, "page path contains /thanks", "");
}

/// One tag for orders, which the page's data layer tells, and one that an event of the page fires.
const BY_DATA: &str = r#"{"resource":{"version":"3",
"macros":[{"function":"__e"},{"function":"__v","vtp_name":"page.kind","vtp_dataLayerVersion":2}],
"tags":[{"function":"__bzi","tag_id":1,"vtp_id":"7654321"},{"function":"__baut","tag_id":2,"vtp_tagId":"5550001"}],
"predicates":[{"function":"_eq","arg0":["macro",0],"arg1":"gtm.js"},{"function":"_eq","arg0":["macro",1],"arg1":"order"},
 {"function":"_eq","arg0":["macro",0],"arg1":"order_seen"}],
"rules":[[["if",0,1],["add",0]],[["if",2],["add",1]]]}}"#;

fn with_data(kind: &str) -> String {
    let before =
        format!("<script>window.dataLayer=window.dataLayer||[];dataLayer.push({{page:{{kind:'{kind}'}}}});</script>");
    let after = "<script>dataLayer.push({event:'order_seen'});</script>";
    let container = snippet("GTM-KETTLE1");
    format!(
        "<!doctype html><title>Page</title>{before}{container}{after}<p>Words enough for a page.</p><a href='/blog'>b</a>"
    )
}

#[test]
fn a_saved_page_tells_what_its_data_layer_holds() {
    let (_keep, at) = folder();
    std::fs::write(at.join("saved.js"), BY_DATA).unwrap();
    let url = "https://shop.test/";
    for (kind, expected) in [("order", [Fires::Yes, Fires::Yes]), ("blog", [Fires::No, Fires::Yes])] {
        std::fs::write(at.join("page.html"), with_data(kind)).unwrap();
        let report = json(&["container", "saved.js", "--url", url, "--page", "page.html", "--json"], &at);
        assert_eq!(verdicts(&report, url), expected, "{kind}");
    }
    let report = json(&["container", "saved.js", "--url", url, "--json"], &at);
    assert_eq!(verdicts(&report, url), [Fires::Unknown, Fires::Unknown]);
    check(&["container", "saved.js", "--page", "missing.html"], &at, 2, "", "can't be read");
}

#[test]
fn the_data_layer_of_an_audited_page_decides_what_its_container_brings() {
    let (_keep, at) = folder();
    let shop =
        TestServer::start(Site::new().on("/", Act::html(with_data("order"))).on("/blog", Act::html(with_data("blog"))))
            .unwrap();
    let (_google, [a, b, c]) = google(Site::new().on("/gtm.js?id=GTM-KETTLE1", script(BY_DATA)));
    let report = audit(&shop, &[&a, &b, &c], &at);
    let uet = "microsoft-uet 5550001 Load GTM-KETTLE1 tag 2";
    assert_eq!(brought(&report, "/"), ["linkedin-insight 7654321 Load GTM-KETTLE1 tag 1", uet]);
    assert_eq!(brought(&report, "/blog"), [uet]);
}

#[test]
fn a_packed_container_and_one_on_stdin_read_the_same() {
    let (_keep, at) = folder();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(CONTAINER.as_bytes()).unwrap();
    std::fs::write(at.join("saved.js.gz"), packed.finish().unwrap()).unwrap();
    let from_file = json(&["container", "saved.js.gz", "--json"], &at);
    let mut command = pixelproof();
    let mut child =
        command.args(["container", "-", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(CONTAINER.as_bytes()).unwrap();
    let from_stdin: ContainerReport = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(from_file, from_stdin);
}

#[test]
fn an_id_is_fetched() {
    let (_keep, at) = folder();
    let site =
        Site::new().on("/gtm.js?id=GTM-KETTLE1", script(CONTAINER)).on("/gtag/js?id=G-KETTLE0001", script(CONTAINER));
    let (server, [a, b, c]) = google(site);
    let report = json(&["container", "gtm-kettle1", "--json", &a, &b, &c], &at);
    assert_eq!(report.container.as_deref(), Some("GTM-KETTLE1"));
    let report = json(&["container", "G-KETTLE0001", "--json", &a, &b, &c], &at);
    assert_eq!(report.container.as_deref(), Some("G-KETTLE0001"));
    assert_eq!(server.targets(), ["/gtm.js?id=GTM-KETTLE1", "/gtag/js?id=G-KETTLE0001"]);
    check(&["container", "GTM-NOWHERE", &a, &b, &c], &at, 2, "", "No published container has this id");
}

#[test]
fn what_is_no_container_is_said_in_words() {
    let (_keep, at) = folder();
    std::fs::write(at.join("notes.js"), "alert(1)").unwrap();
    check(&["container", "notes.js"], &at, 2, "", "not a tag-manager container");
    check(&["container", "missing.js"], &at, 2, "", "can't be read");
    check(&["container", "notes.js", "--url", "nonsense"], &at, 2, "", "nonsense");
}

fn snippet(id: &str) -> String {
    format!(
        "<script>(function(w,d,s,l,i){{w[l]=w[l]||[];w[l].push({{'gtm.start':new Date().getTime(),event:'gtm.js'}});\
         var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.async=true;\
         j.src='https://www.googletagmanager.com/gtm.js?id='+i;f.parentNode.insertBefore(j,f);\
         }})(window,document,'script','dataLayer','{id}');</script>"
    )
}

/// A shop whose pages load the container; the article also has one of its pixels in its own code.
fn shop() -> Site {
    let with = |title: &str, more: &str| {
        page(title, &format!("{}{more}", snippet("GTM-KETTLE1")), "<a href='/thanks'>t</a><a href='/article'>a</a>")
    };
    let own = "<script>fbq('init','480011223344556');fbq('track','PageView');</script>";
    Site::new().on("/", with("Home", "")).on("/thanks", with("Thanks", "")).on("/article", with("Article", own))
}

/// The container within the first one's zone: one tag that a click fires, and a zone that leads back.
const CHILD: &str = r#"{"resource":{"version":"2","macros":[{"function":"__e"}],
"tags":[{"function":"__bzi","tag_id":1,"vtp_id":"7654321"},
        {"function":"__zone","tag_id":2,"vtp_childContainers":["list",["map","publicId","GTM-KETTLE1"]]}],
"predicates":[{"function":"_eq","arg0":["macro",0],"arg1":"gtm.click"},{"function":"_eq","arg0":["macro",0],"arg1":"gtm.js"}],
"rules":[[["if",0],["add",0]],[["if",1],["add",1]]]}}"#;

fn audit(shop: &TestServer, more: &[&str], at: &Path) -> AuditReport {
    let url = shop.url("/").to_string();
    let mut args = vec!["audit", &url, "--store", "a.db", "--format", "json", "--fail-on", "never"];
    args.extend(more);
    serde_json::from_slice(&check(&args, at, 0, "", "").stdout).unwrap()
}

/// The configuration of the first one's Google tag: one more destination, and what is measured by itself.
const TAG: &str = r#"var data={"resource":{"version":"1","macros":[{"function":"__e"}],
"tags":[{"function":"__gct","tag_id":1,"vtp_trackingId":"G-KETTLE0001"},{"function":"__rep","tag_id":2,"vtp_containerId":"AW-700800900"},
        {"function":"__ccd_em_scroll","tag_id":3,"vtp_instanceDestinationId":"G-KETTLE0001"}],
"predicates":[{"function":"_eq","arg0":["macro",0],"arg1":"gtm.js"}],"rules":[[["if",0],["add",0,1,2]]]}}"#;

/// Installs of a page that came from a container, a line each.
fn brought(report: &AuditReport, path: &str) -> Vec<String> {
    let page = &report.pages.iter().find(|p| p.page.url.path() == path).unwrap().page;
    let by_container = page.installs.iter().filter(|i| i.via == Via::Container);
    let line = |i: &pixelproof_model::Install| {
        let installer = i.installer.as_deref().unwrap_or_default();
        format!("{} {} {:?} {installer}", i.vendor, i.account.as_deref().unwrap_or("-"), i.trigger)
    };
    let mut lines: Vec<String> = by_container.map(line).collect();
    lines.sort();
    lines
}

#[test]
fn an_audit_reads_the_containers_that_pages_load() {
    let (_keep, at) = folder();
    let shop = TestServer::start(shop()).unwrap();
    let site = Site::new()
        .on("/gtm.js?id=GTM-KETTLE1", script(CONTAINER))
        .on("/gtm.js?id=GTM-KETTLE2", script(CHILD))
        .on("/gtag/js?id=G-KETTLE0001", script(TAG))
        .on("/gtag/js?id=AW-700800900", script(r#"{"resource":{"version":"1","tags":[]}}"#));
    let (google, [a, b, c]) = google(site);
    let report = audit(&shop, &[&a, &b, &c], &at);
    let mut everywhere = vec![
        "google-ads AW-700800900 Load G-KETTLE0001 tag 2",
        "google-analytics-4 G-KETTLE0001 Load GTM-KETTLE1 tag 3",
        "google-tag-manager GTM-KETTLE1 Load GTM-KETTLE2 tag 2",
        "google-tag-manager GTM-KETTLE2 Load GTM-KETTLE1 tag 7",
        "linkedin-insight 7654321 Click GTM-KETTLE2 tag 1",
        "meta-pixel 480011223344556 Load GTM-KETTLE1 tag 4",
        "microsoft-uet 5550001 Conditional GTM-KETTLE1 tag 6",
    ];
    assert_eq!(brought(&report, "/"), everywhere);
    everywhere.insert(6, "meta-pixel 590022334455667 Load GTM-KETTLE1 tag 5");
    assert_eq!(brought(&report, "/thanks"), everywhere);
    let mut asked = google.targets();
    asked.sort();
    let tags = ["/gtag/js?id=AW-700800900", "/gtag/js?id=G-KETTLE0001"];
    assert_eq!(asked, [&tags[..], &["/gtm.js?id=GTM-KETTLE1", "/gtm.js?id=GTM-KETTLE2"]].concat(), "each once");
    let home = report.pages.iter().find(|p| p.page.url.path() == "/").unwrap();
    let scroll = home.page.events.iter().find(|e| e.trigger == pixelproof_model::Trigger::Scroll).unwrap();
    assert_eq!(scroll.installer.as_deref(), Some("G-KETTLE0001 tag 3"));
    assert_eq!(report.audit.notices, [""; 0]);
    assert!(report.findings.iter().all(|f| f.rule != "untracked-page"), "{:#?}", report.findings);
}

#[test]
fn a_snippet_and_a_container_with_the_same_pixel_are_a_duplicate() {
    let (_keep, at) = folder();
    let shop = TestServer::start(shop()).unwrap();
    let site = Site::new().on("/gtm.js?id=GTM-KETTLE1", script(CONTAINER)).on("/gtag/js?id=G-KETTLE0001", script(TAG));
    let (_google, [a, b, c]) = google(site.on("/gtag/js?id=AW-700800900", script(TAG)));
    let report = audit(&shop, &[&a, &b, &c], &at);
    let twice = report.findings.iter().find(|f| f.rule == "duplicate-init").unwrap();
    assert_eq!(
        twice.message,
        "Meta Pixel 480011223344556 is initialised twice. A hard-coded snippet and GTM-KETTLE1 tag 4 each bring it."
    );
    assert!(twice.pages.iter().all(|page| page.ends_with("/article")), "{:?}", twice.pages);
    assert!(report.findings.iter().any(|f| f.rule == "duplicate-event" && f.vendor.as_deref() == Some("meta-pixel")));
    let notices = &report.audit.notices;
    assert!(notices.len() == 1 && notices[0].contains("GTM-KETTLE2") && notices[0].contains("404"), "{notices:?}");
}

#[test]
fn an_audit_of_a_local_site_asks_nobody_outside() {
    let (_keep, at) = folder();
    let shop = TestServer::start(shop()).unwrap();
    let report = audit(&shop, &[], &at);
    assert_eq!(brought(&report, "/"), [""; 0]);
    assert_eq!(report.audit.notices, [""; 0]);
    let (google, [a, b, c]) = google(Site::new().on("/gtm.js?id=GTM-KETTLE1", script(CONTAINER)));
    let report = audit(&shop, &[&a, &b, &c, "--no-containers"], &at);
    assert_eq!(brought(&report, "/"), [""; 0]);
    assert_eq!(google.targets(), [""; 0]);
}

/// A container of the site's own host, under a name and a key that tell no id.
#[test]
fn a_container_behind_a_loader_of_the_site_is_read() {
    let (_keep, at) = folder();
    let load = "<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});\
        var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.src='/kettle/'+i;f.parentNode.insertBefore(j,f);\
        })(window,document,'script','dataLayer','pot.js?key=F1kVQzQ7UxYoPDFd');</script>";
    let site = Site::new().on("/", page("Home", load, "")).on("/kettle/pot.js?key=F1kVQzQ7UxYoPDFd", script(CONTAINER));
    let shop = TestServer::start(site).unwrap();
    let report = audit(&shop, &[], &at);
    let brought = brought(&report, "/");
    assert!(
        brought.contains(&"meta-pixel 480011223344556 Load 127.0.0.1/kettle/pot.js tag 4".to_owned()),
        "{brought:?}"
    );
    assert!(report.findings.iter().all(|f| f.rule != "untracked-page"), "{:#?}", report.findings);
}

#[test]
fn an_inspected_address_shows_what_its_containers_bring() {
    let (_keep, at) = folder();
    let shop = TestServer::start(shop()).unwrap();
    let site = Site::new().on("/gtm.js?id=GTM-KETTLE1", script(CONTAINER)).on("/gtag/js?id=G-KETTLE0001", script(TAG));
    let (_google, [a, b, c]) = google(site);
    let url = shop.url("/thanks").to_string();
    let output = check(&["inspect", &url, "--ndjson", &a, &b, &c], &at, 0, "", "");
    let page: pixelproof_model::Page = serde_json::from_slice(&output.stdout).unwrap();
    let bought = page.events.iter().find(|e| e.name.known() == Some("Purchase")).unwrap();
    assert_eq!(bought.installer.as_deref(), Some("GTM-KETTLE1 tag 5"));
    assert!(page.installs.iter().any(|i| i.account.as_deref() == Some("AW-700800900")));
    assert!(page.problems.iter().any(|problem| problem.contains("GTM-KETTLE2")), "{:?}", page.problems);
    // a saved page says what wasn't looked at
    std::fs::write(at.join("page.html"), snippet("GTM-KETTLE1")).unwrap();
    check(&["inspect", "page.html", "--base", "https://shop.test/"], &at, 0, "pixelproof container GTM-KETTLE1", "");
}

#[test]
fn a_pixel_that_a_trigger_keeps_from_a_page_is_missing_with_its_tag_named() {
    let (_keep, at) = folder();
    let shop = TestServer::start(shop()).unwrap();
    let kept_off = CONTAINER.replace(r#"[["if",0,2],["add",3]]"#, r#"[["if",0,1],["block",1]]"#);
    let (_google, [a, b, c]) = google(Site::new().on("/gtm.js?id=GTM-KETTLE1", script(&kept_off)));
    let report = audit(&shop, &[&a, &b, &c], &at);
    let missing = report.findings.iter().find(|f| f.rule == "missing-pixel").unwrap();
    assert_eq!(missing.account.as_deref(), Some("480011223344556"));
    assert!(missing.pages.iter().all(|page| page.ends_with("/thanks")), "{:?}", missing.pages);
    // the example is the page whose address comes first, which has it from the container
    assert!(missing.cause.as_deref().is_some_and(|cause| cause.contains("GTM-KETTLE1 tag 4")), "{:?}", missing.cause);
}

#[test]
fn a_page_whose_container_fires_nothing_there_is_untracked() {
    let (_keep, at) = folder();
    let shop = TestServer::start(Site::new().on("/", page("Home", &snippet("GTM-KETTLE1"), ""))).unwrap();
    let nothing = CONTAINER.replace(r#"[["if",0],["add",0,1,4]],"#, "").replace(r#",[["if",0,2],["add",3]]"#, "");
    let (_google, [a, b, c]) = google(Site::new().on("/gtm.js?id=GTM-KETTLE1", script(&nothing)));
    let report = audit(&shop, &[&a, &b, &c], &at);
    let untracked = report.findings.iter().find(|f| f.rule == "untracked-page").unwrap();
    assert_eq!(untracked.message, "No advertising or analytics pixel runs on this page.");
    assert!(
        untracked.evidence.iter().any(|e| e.note.contains("none of whose pixels fires")),
        "{:?}",
        untracked.evidence
    );
}
