//! What the loader accepts and refuses.

use super::*;

/// A small table with every required field.
const TABLE: &str = r#"
id = "own-endpoint"
name = "Own endpoint"
initials = "OE"
owner = "Shop"
country = "DE"
purpose = "analytics"
globals = ["own"]
account = { pattern = "[0-9]{3,6}" }

[[library]]
hosts = ["*.own.example"]
path = "/own.js"

[[call]]
function = "own"
verb = "send"
does = "event"
event = "1"

[[event]]
name = "Sale"
stage = "purchase"
"#;

fn load(table: &str) -> Result<Catalogue, TableError> {
    Catalogue::with_user(vec![UserTable {
        file: "own.toml".to_owned(),
        table: table.to_owned(),
        text: "# Own\n```html\n```\n".to_owned(),
    }])
}

#[test]
fn built_in_tables_can_be_read() {
    Catalogue::from_builtin().expect("every built-in table is sound");
}

#[test]
fn a_user_table_joins_the_built_in_ones() {
    let catalogue = load(TABLE).expect("the table is sound");
    let own = catalogue.get("own-endpoint").expect("it is there");
    assert!(own.user);
    assert_eq!(own.classify("Sale"), (EventClass::Standard, Stage::Purchase));
    assert_eq!(own.classify("Other"), (EventClass::Custom, Stage::Other));
    assert_eq!(catalogue.text("own-endpoint"), Some("# Own\n```html\n```\n"));
    let info = catalogue.vendor_infos().into_iter().find(|i| i.id == "own-endpoint").expect("listed");
    assert_eq!((info.standard_events, info.install_forms, info.examples, info.user), (1, 1, 1, true));
    assert_eq!(catalogue.index().calls("own").len(), 1);
    for host in ["own.example", "cdn.own.example"] {
        assert!(catalogue.index().is_vendor_host(host), "{host}");
    }
    for host in ["notown.example", "own.example.evil.test", "example"] {
        assert!(!catalogue.index().is_vendor_host(host), "{host}");
    }
}

#[test]
fn a_bad_table_is_refused_with_its_place() {
    let cases = [
        ("id = \"own-endpoint\"", "id = \"Own Endpoint\"", 2, "kebab-case"),
        ("country = \"DE\"", "country = \"Germany\"", 6, "ISO 3166"),
        ("[0-9]{3,6}", "[0-9", 9, "not a regular expression"),
        ("*.own.example", "https://own.example/", 12, "not a host name"),
        ("event = \"1\"", "params = \"1\"", 16, "has no name"),
        ("event = \"1\"", "event = \"first\"", 19, "not an argument path"),
        ("does = \"event\"", "does = \"fly\"", 18, "unknown variant"),
        ("initials = \"OE\"", "colour = \"red\"", 4, "unknown field"),
    ];
    for (from, to, line, reason) in cases {
        let error = load(&TABLE.replacen(from, to, 1)).expect_err(to);
        assert_eq!((error.file.as_str(), error.line), ("own.toml", line), "{to}: {error}");
        assert!(error.reason.contains(reason), "{to}: {error}");
    }
}

#[test]
fn an_id_can_be_taken_once() {
    let own = || UserTable { file: "own.toml".to_owned(), table: TABLE.to_owned(), text: String::new() };
    let error = Catalogue::with_user(vec![own(), own()]).expect_err("the second is refused");
    assert!(error.reason.contains("taken"), "{error}");
}

#[test]
fn conditions_on_values() {
    use crate::script::Value;
    #[derive(serde::Deserialize)]
    struct Holder {
        m: Matcher,
    }
    let check = |condition: &str, value: Option<Value>, expect: bool| {
        let holder: Holder = toml::from_str(&format!("m = {condition}")).expect(condition);
        assert_eq!(holder.m.holds(value.as_ref()), expect, "{condition} of {value:?}");
    };
    let text = |s: &str| Some(Value::String(s.to_owned()));
    check("\"init\"", text("init"), true);
    check("\"init\"", text("track"), false);
    check("\"init\"", None, false);
    check("false", Some(Value::Bool(false)), true);
    check("1", Some(Value::Number(1.0)), true);
    check("{ pattern = \"G-.*\" }", text("G-1"), true);
    check("{ pattern = \"G-.*\" }", text("xG-1"), false);
    check("{ pattern = \"[0-9]+\" }", Some(Value::Number(12.0)), true);
    check("{ type = \"absent\" }", None, true);
    check("{ type = \"absent\" }", text(""), false);
    check("{ type = \"object\" }", Some(Value::Object { entries: vec![], open: false }), true);
    check("{ not = \"x\" }", text("x"), false);
    check("{ not = \"x\" }", None, true);
    check("{ any = [\"a\", \"b\"] }", text("b"), true);
}

#[test]
fn a_name_that_a_vendor_uses_on_its_own_domain_says_nothing_elsewhere() {
    let catalogue = Catalogue::builtin();
    for (name, domain, wanted) in [
        ("uid", ".adform.net", Some("adform")),
        ("uid", "track.adform.net", Some("adform")),
        ("uid", "shop.example", None),
        ("uid", ".ads.test", None),
        ("uid", "net", None),
        ("_fbp", ".shop.example", Some("meta-pixel")),
        ("_ga_AB12CD34EF", ".shop.example", Some("google-analytics-4")),
        ("demdex", ".notdemdex.net", None),
    ] {
        assert_eq!(catalogue.vendor_of_cookie(name, domain), wanted, "{name} of {domain}");
    }
}
