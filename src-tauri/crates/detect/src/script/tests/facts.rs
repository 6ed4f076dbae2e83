//! Everything but calls: loads, assignments, constants for later scripts, written markup, literals, positions.

use std::collections::BTreeMap;

use pixelproof_model::Trigger;

use super::{
    super::{SourceKind, Value, read},
    check_loads, facts, interests, line, show, table,
};

#[test]
fn loads() {
    for (script, expected) in [
        (
            "var s=document.createElement('script');s.src='https://connect.facebook.net/x.js'",
            "Script https://connect.facebook.net/x.js",
        ),
        ("s=d.createElement('script');s.setAttribute('src','//bat.bing.com/bat.js')", "Script //bat.bing.com/bat.js"),
        (
            "new Image().src='https://www.google-analytics.com/t?id='+id",
            "Image https://www.google-analytics.com/t?id=…",
        ),
        ("(new Image).src='https://bat.bing.com/a'", "Image https://bat.bing.com/a"),
        ("var i=new Image(1,1);i.src='https://bat.bing.com/a'", "Image https://bat.bing.com/a"),
        (
            "var f=document.createElement('iframe');f.src='https://www.googletagmanager.com/ns.html'",
            "Frame https://www.googletagmanager.com/ns.html",
        ),
        ("fetch('https://bat.bing.com/a')", "Request https://bat.bing.com/a"),
        ("navigator.sendBeacon('https://bat.bing.com/a',d)", "Request https://bat.bing.com/a"),
        ("var x=new XMLHttpRequest();x.open('GET','https://bat.bing.com/a')", "Request https://bat.bing.com/a"),
        ("$.getScript('https://bat.bing.com/a.js')", "Script https://bat.bing.com/a.js"),
        ("import('https://bat.bing.com/a.js')", "Script https://bat.bing.com/a.js"),
        ("importScripts('https://bat.bing.com/a.js')", "Script https://bat.bing.com/a.js"),
        ("loadScript('https://bat.bing.com/a.js')", "Script https://bat.bing.com/a.js"),
        ("util.load('https://bat.bing.com/a.js',cb)", "Script https://bat.bing.com/a.js"),
        (
            "function load(u){var s=document.createElement('script');s.src=u} load('https://bat.bing.com/a.js')",
            "Script https://bat.bing.com/a.js",
        ),
        ("img.src='//bat.bing.com/a'", "Unknown //bat.bing.com/a"),
        ("b.onclick=function(){new Image().src='//bat.bing.com/a'}", "click Image //bat.bing.com/a"),
        ("setTimeout(function(){fetch('//bat.bing.com/a')},1)", "timer Request //bat.bing.com/a"),
        ("if(ok)fetch('//bat.bing.com/a')", "conditional[ok] Request //bat.bing.com/a"),
        ("Object.assign(document.createElement('script'),{src:'//bat.bing.com/a.js'})", "Script //bat.bing.com/a.js"),
    ] {
        check_loads(script, &[expected]);
    }
    check_loads("var a='https://bat.bing.com/a.js'; // s.src='https://bat.bing.com/b.js'", &[]);
}

#[test]
fn assignments_to_globals_of_interest() {
    let rows: [(&str, &[&str]); 9] = [
        ("_linkedin_partner_id='1'", &["_linkedin_partner_id = '1'"]),
        ("var _linkedin_partner_id='1'", &["_linkedin_partner_id = '1'"]),
        ("window._linkedin_partner_id='1'", &["_linkedin_partner_id = '1'"]),
        (
            "var pysOptions={facebook:{pixelIds:['1','2']},a:!0};",
            &["pysOptions = {facebook:{pixelIds:['1','2']},a:true}"],
        ),
        ("window.dataLayer=[{event:'x'}]", &["dataLayer = [{event:'x'}]"]),
        ("fbq.disablePushState=true", &["fbq.disablePushState = true"]),
        ("window.dataLayer=window.dataLayer||[]", &[]),
        ("(function(){var _linkedin_partner_id='1'})()", &[]),
        ("other='1'; x._linkedin_partner_id='2'", &[]),
    ];
    for (script, expected) in rows {
        let got = facts(script).assigns.iter().map(|a| format!("{} = {}", a.target, show(&a.value))).collect();
        super::same(script, got, expected);
    }
}

#[test]
fn constants_go_from_script_to_script() {
    let first = facts("var ID='5'; window.CFG={a:{b:'6'}}; let n=7; var f=function(){}; fbq");
    assert_eq!(first.globals.get("ID"), Some(&Value::String("5".into())));
    let second = read("fbq(ID,window.CFG.a.b,n)", &interests(), &first.globals, SourceKind::Script);
    assert_eq!(second.calls.iter().map(line).collect::<Vec<_>>(), ["fbq('5','6',7)"]);
    let module =
        read("var fbq=function(){}; fbq('x'); window.fbq('y')", &interests(), &BTreeMap::new(), SourceKind::Module);
    assert_eq!(module.calls.iter().map(line).collect::<Vec<_>>(), ["fbq('y')"]);
}

#[test]
fn a_handler_runs_by_its_trigger() {
    let handler = |code: &str| read(code, &interests(), &BTreeMap::new(), SourceKind::Handler(Trigger::Click));
    let lines = |code: &str| handler(code).calls.iter().map(line).collect::<Vec<_>>();
    assert_eq!(lines("fbq('track','Lead'); return false;"), ["click fbq('track','Lead')"]);
    assert_eq!(lines("if(ok){fbq('x')}"), ["click[ok] fbq('x')"]);
    assert_eq!(lines("setTimeout(function(){fbq('x')},1)"), ["click fbq('x')"]);
}

#[test]
fn code_in_strings_is_read_where_it_is_run() {
    table(&[
        ("eval(\"fbq('x')\")", &["fbq('x')"]),
        ("new Function(\"fbq('x')\")()", &["fbq('x')"]),
        ("b.onclick=function(){eval(\"fbq('x')\")}", &["click fbq('x')"]),
        ("var s=document.createElement('script');s.text=\"fbq('x')\"", &["fbq('x')"]),
        ("var s=document.createElement('script');s.innerHTML=`fbq('x')`", &["fbq('x')"]),
    ]);
    let script = "a(); eval(\"fbq('x')\")";
    let call = facts(script).calls.first().map(|c| c.span);
    assert_eq!(call, Some((5, script.len() as u32)));
}

#[test]
fn written_markup_is_handed_out() {
    for (script, expected) in [
        (
            "document.write('<script src=\"//bat.bing.com/a.js\"><\\/script>')",
            "<script src=\"//bat.bing.com/a.js\"></script>",
        ),
        ("document.writeln('<img ', 'src=//bat.bing.com/a>')", "<img src=//bat.bing.com/a>"),
        ("el.innerHTML='<img src=//bat.bing.com/a>'", "<img src=//bat.bing.com/a>"),
        ("el.insertAdjacentHTML('beforeend','<img src=//bat.bing.com/a>')", "<img src=//bat.bing.com/a>"),
        ("$('body').append('<img src=//bat.bing.com/a>')", "<img src=//bat.bing.com/a>"),
    ] {
        let written: Vec<String> = facts(script).written.into_iter().map(|w| w.text).collect();
        assert_eq!(written, [expected], "{script}");
    }
}

#[test]
fn literals_of_interest() {
    let script = "x('GTM-ABC','nothing'); /* 'GTM-NO' */ y(`G-ABC123`); z={a:'https://bat.bing.com/x'}";
    let literals: Vec<String> = facts(script).literals.into_iter().map(|l| l.0).collect();
    assert_eq!(literals, ["GTM-ABC", "G-ABC123", "https://bat.bing.com/x"]);
}

/// The text that a call's position covers, and the text of the call inside the wrapper.
fn spans(script: &str) -> Vec<(&str, Option<&str>)> {
    let slice = |span: (u32, u32)| script.get(span.0 as usize..span.1 as usize).unwrap_or("?");
    facts(script).calls.into_iter().map(|c| (slice(c.span), c.inner.map(slice))).collect()
}

#[test]
fn a_call_stands_where_its_arguments_are_given() {
    assert_eq!(spans("a(); fbq('x');"), [("fbq('x')", None)]);
    assert_eq!(spans("function go(){fbq('x')} go()"), [("fbq('x')", None)]);
    assert_eq!(spans("function t(n){fbq('track',n)} t('A')"), [("t('A')", Some("fbq('track',n)"))]);
    assert_eq!(spans("function u(n){t(n)} function t(n){fbq('track',n)} u('A')"), [("u('A')", Some("fbq('track',n)"))]);
    assert_eq!(spans("(function(n){fbq('track',n)})('A')"), [("fbq('track',n)", None)]);
    assert_eq!(spans("['A'].forEach(function(n){fbq('track',n)})"), [("fbq('track',n)", None)]);
    assert_eq!(
        spans("function t(n){setTimeout(function(){fbq('track',n)},1)} t('A')"),
        [("t('A')", Some("fbq('track',n)"))]
    );
    assert_eq!(spans("é; fbq('x')"), [("fbq('x')", None)]);
    assert_eq!(spans("var a = ; é\nfbq('x')"), [("fbq('x')", None)]);
}

#[test]
fn alternatives_exclude_each_other() {
    let excludes = |script: &str| {
        let calls = facts(script).calls;
        assert_eq!(calls.len(), 2, "{script}: {calls:?}");
        calls[0].context.excludes(&calls[1].context)
    };
    assert!(excludes("if(a){fbq(1)}else{fbq(2)}"));
    assert!(excludes("if(a){if(b){fbq(1)}}else{fbq(2)}"));
    assert!(excludes("a?fbq(1):fbq(2)"));
    assert!(excludes("switch(a){case 1:fbq(1);break;case 2:fbq(2)}"));
    assert!(excludes("b.onclick=function(){fbq(1)};c.onclick=function(){fbq(2)}"));
    assert!(excludes("(function(){if(a){fbq(1);return} fbq(2)})()"));
    assert!(excludes("if(window.fbq){fbq(1)}else{setTimeout(function(){fbq(2)},9)}"));
    assert!(!excludes("if(a){fbq(1)} if(a){fbq(2)}"));
    assert!(!excludes("fbq(1);b.onclick=function(){fbq(2)}"));
    assert!(!excludes("fbq(1);fbq(2)"));
}

#[test]
fn the_function_that_nobody_calls_is_named() {
    let name = |script: &str| facts(script).calls.first().and_then(|c| c.context.function.clone());
    assert_eq!(name("function buy(){fbq('x')}").as_deref(), Some("buy"));
    assert_eq!(name("window.buy=function(){fbq('x')}").as_deref(), Some("buy"));
    assert_eq!(name("var api={buy(){fbq('x')}}").as_deref(), Some("buy"));
    assert_eq!(name("function buy(){fbq('x')} buy()"), None);
}

#[test]
fn a_script_that_names_nothing_is_not_read() {
    assert_eq!(facts("var a = 1; function("), super::ScriptFacts::default());
}

#[test]
fn a_large_script_is_followed_only_where_it_matters_and_says_the_same() {
    let filler: String =
        (0..400).map(|i| format!("function unrelated{i}(a,b){{return a?b+{i}:other(a,b,{i})}}\n")).collect();
    let rows: [(&str, &[&str]); 5] = [
        ("function f(){fbq('a')} f()", &["fbq('a')"]),
        ("function t(n){fbq('track',n)} function u(n){t(n)} b.onclick=function(){u('X')}", &["click fbq('track','X')"]),
        ("var api={send:function(n){fbq('track',n)}}; function never(){api.send('X')}", &["unknown fbq('track','X')"]),
        ("(function(f){function g(x){f('track',x)} g('X')})(window.fbq)", &["fbq('track','X')"]),
        ("function id(){return '9'} fbq('init',id())", &["fbq('init','9')"]),
    ];
    for (script, expected) in rows {
        let large = format!("{filler}{script}");
        super::same(script, facts(&large).calls.iter().map(line).collect(), expected);
    }
}
