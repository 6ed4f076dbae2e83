use serde_json::{Value, json};
use url::Url;

use super::result;
use crate::container::value::Val;

#[track_caller]
fn check(body: &str, expected: Option<Value>) {
    let url = Url::parse("https://www.shop.test:8443/promo/Summer/?id=7&name=a%20b#top").unwrap();
    let found = result(&format!("(function(){{{body}}})();"), Some(&url));
    let expected = expected.map(|value| if value == json!("nothing") { Val::Undefined } else { Val::Known(value) });
    assert_eq!(found, expected, "{body}");
}

#[test]
fn code_that_only_looks_at_the_address_and_at_constants_is_decided() {
    for (body, expected) in [
        (r#"return location.pathname.split("/")[2]"#, json!("Summer")),
        (r#"return/^\/promo/i.test(window.location.pathname)?"yes":"no""#, json!("yes")),
        (r#"var a=document.location.href.toLowerCase();return-1<a.indexOf("summer")"#, json!(true)),
        (r#"var a=document.URL.match(/promo\/([^\/]+)/);return a?a[1]:null"#, json!("Summer")),
        (r#"var a=document.URL.match(/blog\/([^\/]+)/);return a?a[1]:null"#, json!(null)),
        (r#"return"b a promo".split(" ").indexOf("promo")"#, json!(2.0)),
        (
            r#"for(var a=["x","promo"],b=0;b<a.length;b++)if(-1<location.href.indexOf(a[b]))return a[b];return"none""#,
            json!("promo"),
        ),
        (r#"switch(location.hostname){case"www.shop.test":return"shop";default:return"other"}"#, json!("shop")),
        (r#"var a=[];a.push("x");a.push(location.hash);return a.join("|")"#, json!("x|#top")),
        (r#"return(new URLSearchParams(window.location.search)).get("name")"#, json!("a b")),
        (r#"return location.search.substr(1).split("&")[0].replace("id=","")"#, json!("7")),
        (r#"try{return"a".split("-")[1].trim()}catch(b){return"failed"}"#, json!("failed")),
        (r#"return{site:location.host,list:["a"]}.site"#, json!("www.shop.test:8443")),
        (r#"var a;return typeof a"#, json!("undefined")),
        (r#"var a="1"==1,b=null==void 0,c=""===0;return a&&b&&!c"#, json!(true)),
        (r#"return"x".substring(0,9)+parseInt("12px",10)"#, json!("x12")),
        ("return", json!("nothing")),
        (r#"return(void 0).length"#, json!("nothing")),
        (r#"return"a".b.c"#, json!("unclear")),
    ] {
        check(body, (expected != json!("unclear")).then_some(expected));
    }
}

#[test]
fn code_that_may_do_more_stays_undecided() {
    for body in [
        "return document.title",
        "return window.pageKind",
        "return pageKind",
        "return gtm_variable",
        r#"return gtm_variable.toLowerCase()||"x""#,
        r#"gtm_variable&&track();return"x""#,
        r#"if(gtm_variable)return"a";return"b""#,
        "return Math.random()",
        "return document.cookie",
        r#"track();return"x""#,
        r#"window.a=1;return"x""#,
        r#"var a=["x"],b=a;b.push("y");return a.length"#,
        r#"return location.assign("/x"),"x""#,
        r#"function a(){return"x"}return a()"#,
        "for(;;){}",
        r#""use strict";a="x";return a"#,
        r#"return"ä".length"#,
        r#"return this.x"#,
        r#"{let a="x"}return a"#,
        "return 0/0",
    ] {
        check(body, None);
    }
    let nested = format!("return {}1", "!".repeat(500));
    check(&nested, None);
    assert_eq!(result("(function(){return location.href", None), None);
    assert_eq!(result("(function(){return location.href})()", None), None);
}
