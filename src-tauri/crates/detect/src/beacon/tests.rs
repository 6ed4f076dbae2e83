//! Requests against small tables of our own; the vendors' specs test the real ones.

use base64::Engine;
use pixelproof_model::Request;

use super::*;
use crate::catalogue::UserTable;

const HEAD: &str = r#"
id = "own-pixel"
name = "Own"
initials = "Ow"
owner = "Own"
country = "DE"
purpose = "advertising"
account = { pattern = "[0-9]+", separator = "," }
"#;

fn catalogue(forms: &str) -> Catalogue {
    let table = format!("{HEAD}{forms}\n[[event]]\nname = \"Buy\"\nstage = \"purchase\"\n");
    Catalogue::with_user(vec![UserTable { file: "own.toml".into(), table, text: String::new() }])
        .expect("a sound table")
}

fn ask(forms: &str, url: &str, body: Option<&str>, kind: &str) -> Vec<String> {
    let headers = [("content-type".to_owned(), kind.to_owned())].into_iter().filter(|(_, v)| !v.is_empty()).collect();
    let request = Request {
        method: if body.is_some() { "POST" } else { "GET" }.to_owned(),
        url: url.to_owned(),
        body: body.map(str::to_owned),
        body_base64: None,
        headers,
    };
    let decoded = decode(&catalogue(forms), &request);
    if decoded.vendor.as_deref() != Some("own-pixel") {
        return vec![format!("{:?}", decoded.vendor)];
    }
    let show = |e: &DecodedEvent| {
        let params = serde_json::Value::Object(e.params.clone());
        format!("{}/{} {params} {:?}", e.account.as_deref().unwrap_or("-"), e.name, e.user_data)
    };
    decoded.events.iter().map(show).collect()
}

const PLAIN: &str = r#"
[[beacon]]
hosts = ["*.own.example"]
path = "/(t|track)/?"
requires = { id = ".+" }
forbids = ["test"]
account = ["id"]
event = ["ev", "path:1"]
params = ["cd[*]", "ed:*", "n=num", "epn.*"]
user_data = ["ud[*]"]
"#;

#[test]
fn queries_and_forms() {
    let hash = "a".repeat(64);
    let url = format!(
        "https://x.own.example/t?id=1,2&ev=Buy&cd[v]=1&cd[l]=[1]&ed={{\"k\":2}}&epn.x=3&ud[em]={hash}&ud[ph]=1&ud[z]="
    );
    let expect = r#"{"v":"1","l":[1],"k":2,"x":3} {"em": "sha256", "ph": "plain"}"#;
    assert_eq!(ask(PLAIN, &url, None, ""), [format!("1/Buy {expect}"), format!("2/Buy {expect}")]);
    let cases: [(&str, Option<&str>, &str, &[&str]); 9] = [
        ("https://own.example/track?id=1", None, "", &["1/track {} {}"]),
        ("https://own.example/t", Some("id=1&ev=Buy&num=7"), "", &["1/Buy {\"n\":\"7\"} {}"]),
        ("https://own.example/t?id=1&ev=Buy&ed[a]=b", None, "", &["1/Buy {\"a\":\"b\"} {}"]),
        (
            "https://own.example/t",
            Some(
                "--XYZ\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n5\r\n--XYZ\r\nContent-Disposition: form-data; name=\"cd[a]\"\r\n\r\nb c\r\n--XYZ--",
            ),
            "multipart/form-data; boundary=XYZ",
            &["5/t {\"a\":\"b c\"} {}"],
        ),
        ("https://own.example/t?id=", None, "", &["None"]),
        ("https://own.example/t?id=1&test=1", None, "", &["None"]),
        ("https://own.example/other?id=1", None, "", &["None"]),
        ("https://notown.example/t?id=1", None, "", &["None"]),
        ("not an address", None, "", &["None"]),
    ];
    for (url, body, kind, expect) in cases {
        assert_eq!(ask(PLAIN, url, body, kind), expect, "{url} {body:?}");
    }
}

#[test]
fn lists_lines_and_packed_bodies() {
    let json = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/j\"\neach = \"json:req\"\naccount = [\"t.p\"]\nevent = [\"t.e\"]\nparams = [\"v=t.v\"]\npage = [\"json:u\"]\n";
    let body = r#"{"u":"https://p/","req":[{"t":{"p":1,"e":"Buy","v":2.5}},{"log":1},{"t":{"p":1,"e":"See"}}]}"#;
    let expect = ["1/Buy {\"v\":2.5} {}", "1/See {} {}"];
    assert_eq!(ask(json, "https://own.example/j", Some(body), ""), expect);
    let packed = base64::engine::general_purpose::STANDARD.encode(body);
    assert_eq!(ask(json, "https://own.example/j", Some(&packed), "text/plain"), expect);
    assert_eq!(ask(json, "https://own.example/j", Some("{\"req\":"), ""), [] as [&str; 0]);

    let lines = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/g\"\neach = \"lines\"\naccount = [\"tid\"]\nevent = [\"en\"]\nparams = [\"ep.*\"]\nhook = \"google-items\"\n";
    let body = "en=scroll&ep.a=1\r\nen=Buy&pr1=idA~nmB~pr2.5~qt3&pr2=idC\r\n";
    assert_eq!(
        ask(lines, "https://own.example/g?tid=9", Some(body), ""),
        [
            "9/scroll {\"a\":\"1\"} {}",
            "9/Buy {\"items\":[{\"item_id\":\"A\",\"item_name\":\"B\",\"price\":2.5,\"quantity\":3},{\"item_id\":\"C\"}]} {}"
        ]
    );
    assert_eq!(ask(lines, "https://own.example/g?tid=9&en=Buy", None, ""), ["9/Buy {} {}"]);

    let field = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/e\"\neach = \"events\"\nevent = [\"0\"]\nparams = [\"1:*\"]\nrename = { buy = \"Buy\" }\n";
    assert_eq!(
        ask(field, "https://own.example/e?events=[[\"buy\",{\"v\":1}],[\"see\",null]]", None, ""),
        ["-/Buy {\"v\":1} {}", "-/see {} {}"]
    );
}

#[test]
fn any_bytes_are_read_without_panic() {
    let seeds =
        ["{\"req\":[{\"t\":", "--a\r\n\r\n", "id=%F0%9F&%&=&&cd[=1&cd[]=2", "\u{1f}\u{8b}\u{8}", "AAAA", "é=[["];
    for seed in seeds {
        for end in 0..=seed.len() {
            let Some(head) = seed.get(..end) else { continue };
            ask(PLAIN, &format!("https://own.example/t?{head}"), Some(head), "multipart/form-data; boundary=a");
            ask(PLAIN, "https://own.example/t", Some(head), "");
        }
    }
}

#[test]
fn lists_in_lists_and_documents_in_a_field() {
    let nested = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/n\"\neach = \"json:a.*.b.*.c\"\nevent = [\"e\"]\n";
    let root = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/n\"\neach = \"json:\"\nevent = [\"e\"]\nparams = [\"page=d.page.url\"]\n";
    let deep =
        r#"{"a":[{"b":[{"c":[{"e":"1"}]},{"x":0},{"c":[{"e":"2"},{"e":"3"}]}]},{"b":[]},{"b":[{"c":[{"e":"4"}]}]}]}"#;
    let list = r#"[{"e":"1","d":{"page.url":"u"}}]"#;
    let packed = base64::engine::general_purpose::STANDARD.encode(list);
    let cases: [(&str, &str, String, &[&str]); 5] = [
        (nested, "", deep.to_owned(), &["-/1 {} {}", "-/2 {} {}", "-/3 {} {}", "-/4 {} {}"]),
        (root, "", list.to_owned(), &["-/1 {\"page\":\"u\"} {}"]),
        (root, "", format!("data={list}"), &["-/1 {\"page\":\"u\"} {}"]),
        (root, &format!("?data={packed}"), String::new(), &["-/1 {\"page\":\"u\"} {}"]),
        (root, "?data=word", String::new(), &[]),
    ];
    for (form, query, body, expect) in cases {
        let url = format!("https://own.example/n{query}");
        assert_eq!(ask(form, &url, Some(body.as_str()).filter(|b| !b.is_empty()), ""), expect, "{query} {body}");
    }
}
