//! Tag-manager containers: the command that reads one, and audits of pages that load them.

use std::{io::Write, path::Path, process::Stdio};

use pixelproof_model::{ContainerReport, Fires};
use pixelproof_tests::{Act, Site, TestServer};

use crate::cli::{check, folder, pixelproof};

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
