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

#[test]
fn bodies_are_read_whatever_they_are_packed_in() {
    let form = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/b\"\nevent = [\"e\", \"json:e\"]\nparams = [\"v=v\", \"v=json:v\"]\n";
    let part = |name: &str, value: &str, end: &str| {
        format!("--WXYZ{end}Content-Disposition: form-data; name=\"{name}\"{end}{end}{value}{end}")
    };
    let doubled = format!("{}{}--WXYZ--", part("e", "Buy", "\r\r\n"), part("v", "1", "\r\r\n"));
    let bare = format!("{}{}--WXYZ--", part("e", "Buy", "\n"), part("v", "1", "\n"));
    let multipart = "multipart/form-data; boundary=WXYZ";
    let cases: [(String, &str); 8] = [
        (doubled.clone(), multipart),
        (doubled, ""),
        (bare, "multipart/form-data"),
        ("e=Buy&v=1\n".to_owned(), multipart),
        ("{\"e\":\"Buy\",\"v\":\"1\"}".to_owned(), multipart),
        ("%7B%22e%22%3A%22Buy%22%2C%22v%22%3A%221%22%7D".to_owned(), "text/plain"),
        ("  {\"e\":\"Buy\",\"v\":\"1\"".to_owned() + ",\"more\":[1,{\"x\":\"y", ""),
        ("e=Buy&v=1&e=See".to_owned(), "application/json"),
    ];
    for (body, kind) in cases {
        assert_eq!(ask(form, "https://own.example/b", Some(&body), kind), ["-/Buy {\"v\":\"1\"} {}"], "{kind} {body}");
    }
}

#[test]
fn a_cut_off_gzip_says_what_it_holds() {
    use std::io::Write;
    let form = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/b\"\nevent = [\"json:e\"]\n";
    let noise: String = (0..20_000_u32).map(|i| char::from(b'a' + (i.wrapping_mul(7919) >> 3) as u8 % 26)).collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(format!("{{\"e\":\"Buy\",\"more\":[\"{noise}\"]}}").as_bytes()).expect("room in memory");
    let packed = packer.finish().expect("room in memory");
    let request = |bytes: &[u8]| Request {
        method: "POST".to_owned(),
        url: "https://own.example/b".to_owned(),
        body: None,
        body_base64: Some(base64::engine::general_purpose::STANDARD.encode(bytes)),
        headers: BTreeMap::new(),
    };
    for end in [packed.len(), packed.len() * 9 / 10] {
        let decoded = decode(&catalogue(form), &request(packed.get(..end).expect("a beginning")));
        assert_eq!(decoded.events.first().map(|e| e.name.as_str()), Some("Buy"), "{end} bytes");
    }
}

#[test]
fn a_bomb_is_read_no_further_than_the_limit() {
    use std::io::Write;
    let form = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/b\"\neach = \"json:\"\nevent = [\"e\"]\n";
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(b"[{\"e\":\"Buy\"},").expect("room in memory");
    for _ in 0..8 {
        packer.write_all(&vec![b' '; 1 << 20]).expect("room in memory");
    }
    let packed = packer.finish().expect("room in memory");
    let request = Request {
        method: "POST".to_owned(),
        url: "https://own.example/b".to_owned(),
        body: None,
        body_base64: Some(base64::engine::general_purpose::STANDARD.encode(packed)),
        headers: BTreeMap::new(),
    };
    assert_eq!(decode(&catalogue(form), &request).events.len(), 1);
    let deep = "[".repeat(100_000);
    assert_eq!(ask(form, "https://own.example/b", Some(&deep), ""), [] as [&str; 0]);
    let many = format!("[{}{{}}]", "{\"e\":\"Buy\"},".repeat(20_000));
    assert_eq!(ask(form, "https://own.example/b", Some(&many), "").len(), MAX_EVENTS);
}

#[test]
fn addresses_are_read_as_logs_and_markup_write_them() {
    let form = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/t\"\nrequires = { id = \".+\" }\naccount = [\"id\"]\nevent = [\"ev\"]\n";
    let wrapped = base64::engine::general_purpose::STANDARD.encode("/t?id=1&ev=Buy&more=padding");
    let cases = [
        ("//own.example/t?id=1&ev=Buy", "1/Buy {} {}"),
        ("own.example/t?id=1&ev=Buy", "1/Buy {} {}"),
        (" HTTPS://OWN.example/t?id=1&amp;ev=Buy ", "1/Buy {} {}"),
        (&format!("https://own.example/x?q={wrapped}"), "1/Buy {} {}"),
        (&format!("https://own.example/x?{wrapped}"), "1/Buy {} {}"),
        ("https://own.example/x?q=Ly9ldmlsLmV4YW1wbGUvdD9pZD0xJmV2PUJ1eQ", "None"),
        ("", "None"),
        ("https://", "None"),
    ];
    for (url, expect) in cases {
        assert_eq!(ask(form, url, None, ""), [expect], "{url}");
    }
}

#[test]
fn what_no_entry_reads_is_a_parameter_where_a_table_says_so() {
    let form = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/r\"\naccount = [\"id\"]\nevent = [\"ev\"]\nparams = [\"n=num\", \"u#\", \"cd[*]\"]\nrest = \"fields\"\ntechnical = \"_.*|ts\"\npage = [\"pg:url\"]\nparts = [{ name = \"day\", from = \"at\", pattern = \"([0-9]+)T.*\" }]\n";
    let url = "https://own.example/r?id=1&ev=Buy&num=2&u1=a&cd[x]=b&pg={\"url\":\"p\"}&at=7T8&own=[1]&_x=1&ts=2&empty=";
    let expect = r#"1/Buy {"n":"2","u1":"a","x":"b","day":"7","own":[1]} {}"#;
    assert_eq!(ask(form, url, None, ""), [expect]);
    let json = "[[beacon]]\nhosts = [\"own.example\"]\npath = \"/r\"\neach = \"json:l\"\nevent = [\"t.e\"]\nrest = \"t\"\nuser_data = [\"em=t.em\"]\n";
    let body = r#"{"l":[{"t":{"e":"Buy","em":"x","own":1,"none":null}}]}"#;
    assert_eq!(ask(json, "https://own.example/r", Some(body), ""), [r#"-/Buy {"own":1} {"em": "plain"}"#]);
}

#[test]
fn many_slots_and_copies_are_read_up_to_a_limit() {
    let builtin = Catalogue::builtin();
    let many = |n: usize, one: &dyn Fn(usize) -> String| (0..n).map(one).collect::<Vec<_>>().join("&");
    let slot = "e%3Dvh%26m%3D".to_owned() + &"%2525".repeat(200);
    let cases = [
        ("https://sslwidget.criteo.com/event?a=1", many(1_500, &|n| format!("p{n}={slot}")), 50),
        ("https://stats.own.example/b/ss/s/1/H/1", many(1_500, &|n| format!("v{n}=D=v{}", n + 1)), 1),
    ];
    for (url, body, events) in cases {
        let request = Request {
            method: "POST".to_owned(),
            url: url.to_owned(),
            body: Some(body),
            body_base64: None,
            headers: BTreeMap::new(),
        };
        assert_eq!(decode(builtin, &request).events.len(), events, "{url}");
    }
}
