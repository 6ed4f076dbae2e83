//! A container of our own making: each tag shows one way of deciding.

use pixelproof_model::{ContainerReport, ContainerTag, Fires};
use url::Url;

use super::layer::Layer;
use super::{read_container, read_container_on};
use crate::Catalogue;

const CONTAINER: &str = r#"
// a banner
(function(w,g){w[g]=w[g]||{};})(window,'google_tag_manager');
(function(){
var data = {"resource":{"version":"41",
"macros":[
 {"function":"__e"},
 {"function":"__u","vtp_component":"PATH"},
 {"function":"__c","vtp_value":"G-TEAPOT0001"},
 {"function":"__k","vtp_name":"newsletter_box"},
 {"function":"__v","vtp_name":"basket.total","vtp_dataLayerVersion":2,"vtp_setDefaultValue":false},
 {"function":"__v","vtp_name":"gtm.triggers","vtp_setDefaultValue":true,"vtp_defaultValue":""},
 {"function":"__remm","vtp_input":["macro",1],"vtp_fullMatch":false,"vtp_ignoreCase":true,"vtp_setDefaultValue":true,"vtp_defaultValue":"123456789012345",
  "vtp_map":["list",["map","key","^/de/","value","543210987654321"]]},
 {"function":"__u","vtp_component":"QUERY","vtp_queryKey":"ref"},
 {"function":"__jsm","vtp_javascript":"(function(){return 'EUR'})();"},
 {"function":"__u","vtp_component":"URL"},
 {"function":"__smm","vtp_input":["macro",11],"vtp_map":["list"]},
 {"function":"__smm","vtp_input":["macro",10],"vtp_map":["list"]},
 {"function":"__gtcs","vtp_configSettingsTable":["list",["map","parameter","send_page_view","parameterValue","false"]]},
 {"function":"__gas","vtp_trackingId":"UA-1234567-1"}
],
"tags":[
 {"function":"__googtag","tag_id":3,"vtp_tagId":["macro",2]},
 {"function":"__googtag","tag_id":4,"vtp_tagId":"AW-700800900","vtp_configSettingsVariable":["macro",12]},
 {"function":"__awct","tag_id":5,"vtp_conversionId":"700800900","vtp_conversionLabel":"oRdEr_1","vtp_conversionValue":["macro",4],"vtp_currencyCode":["macro",8],"consent":["list","ad_storage"]},
 {"function":"__html","tag_id":6,"vtp_html":["template","\u003Cscript type=\"text\/gtmscript\"\u003Efbq(\"init\",\"",["escape",["macro",6],7],"\");fbq(\"track\",\"PageView\");fbq(\"track\",\"Purchase\",{value:",["escape",["macro",4],8,16],",currency:\"EUR\"});\u003C\/script\u003E"]},
 {"function":"__baut","tag_id":7,"vtp_tagId":"5550001","vtp_eventType":"PAGE_LOAD"},
 {"function":"__paused","tag_id":8,"vtp_originalTagType":"baut"},
 {"function":"__cvt_9_77","tag_id":9,"vtp_pixelId":"C4TEAPOTTEAPOTTEAPOT","vtp_eventType":"standard","vtp_standardEventName":"ViewContent"},
 {"function":"__cl","tag_id":10},
 {"function":"__img","tag_id":11,"vtp_url":"https:\/\/www.facebook.com\/tr?id=111222333444555\u0026ev=Lead\u0026noscript=1"},
 {"function":"__html","tag_id":12,"vtp_html":"\u003Cp\u003Esetup\u003C\/p\u003E"},
 {"function":"__zone","tag_id":13,"vtp_childContainers":["list",["map","publicId","GTM-KETTLE1"]],"vtp_boundaries":["list",["zb","_sw",["macro",1],"/blog/",false,false]]},
 {"function":"__html","tag_id":14,"vtp_html":"\u003Cp\u003Eno trigger\u003C\/p\u003E"},
 {"function":"__awct","tag_id":15,"vtp_conversionId":"700800900"},
 {"function":"__bzi","tag_id":16,"vtp_id":"123456"},
 {"function":"__bzi","tag_id":17,"vtp_id":"123457"},
 {"function":"__html","tag_id":18,"vtp_html":"\u003Cscript type=\"text/gtmscript\" data-gtmsrc=\"//js.hs-scripts.com/1234567.js\"\u003E\u003C/script\u003E"},
 {"function":"__html","tag_id":19,"vtp_html":""},
 {"function":"__bzi","tag_id":20,"vtp_id":"123458","setup_tags":["list",["tag",18,1]]},
 {"function":"__html","tag_id":21,"vtp_html":"","consent":["list","ad_storage"]},
 {"function":"__html","tag_id":22,"vtp_html":"","setup_tags":["list",["tag",15,0]]},
 {"function":"__html","tag_id":23,"vtp_html":"","consent":["list","ad_storage"],"setup_tags":["list",["tag",16,0]]},
 {"function":"__tg","tag_id":24,"vtp_triggerIds":["list","9_90_1","9_90_2"],"vtp_uniqueTriggerId":"9_90"},
 {"function":"__tg","tag_id":25,"vtp_isListeningTag":true,"vtp_firingId":"9_90_1"},
 {"function":"__tg","tag_id":26,"vtp_isListeningTag":true,"vtp_firingId":"9_90_2"},
 {"function":"__ua","tag_id":27,"vtp_trackType":"TRACK_PAGEVIEW","vtp_gaSettings":["macro",13]},
 {"function":"__flc","tag_id":28,"vtp_advertiserId":"1234567","vtp_groupTag":"sales","vtp_activityTag":"thank0"},
 {"function":"__rep","tag_id":29,"vtp_containerId":"DC-1234567"},
 {"function":"__ccd_em_form","tag_id":30,"vtp_instanceDestinationId":"AW-700800900"}
],
"predicates":[
 {"function":"_eq","arg0":["macro",0],"arg1":"gtm.js"},
 {"function":"_cn","arg0":["macro",1],"arg1":"/thanks"},
 {"function":"_eq","arg0":["macro",0],"arg1":"order_done"},
 {"function":"_eq","arg0":["macro",3],"arg1":"open"},
 {"function":"_re","arg0":["macro",1],"arg1":"^/(?!intern)","ignore_case":true},
 {"function":"_eq","arg0":["macro",0],"arg1":"gtm.click"},
 {"function":"_re","arg0":["macro",5],"arg1":"(^$|((^|,)9_31($|,)))"},
 {"function":"_re","arg0":["macro",0],"arg1":".*"},
 {"function":"_sw","arg0":["macro",1],"arg1":"/intern"},
 {"function":"_eq","arg0":["macro",7],"arg1":"mail"},
 {"function":"_eq","arg0":["macro",10],"arg1":"x"},
 {"function":"_eq","arg0":["macro",0],"arg1":"gtm.triggerGroup"},
 {"function":"_re","arg0":["macro",5],"arg1":"(^$|((^|,)9_90($|,)))"}
],
"rules":[
 [["if",0],["add",0,1]],
 [["if",0,1],["add",2,3]],
 [["if",0,3],["add",4]],
 [["if",0,4],["add",6,10]],
 [["if",5,6],["add",8]],
 [["if",2],["add",5]],
 [["if",7,8],["block",0,1]],
 [["if",0,9],["add",4]],
 [["if",0,10],["add",4]],
 [["if",2],["add",12]],
 [["if",0],["add",13]],
 [["if",0],["unless",1],["block",13]],
 [["if",11,12],["add",14]],
 [["if",0],["add",17,19,20,22,24,25,26,27]],
 [["if",0,1],["add",23]]
]},
"runtime":[[50,"__cvt_9_77",[46,"a"]]],
"permissions":{"__cvt_9_77":{"inject_script":{"urls":["https://analytics.tiktok.com/i18n/pixel/*"]},"access_globals":{"keys":[{"key":"dataLayer"},{"key":"ttq"}]}}}
};
var productSettings = {};
})();
"#;

fn read(paths: &[&str]) -> ContainerReport {
    let pages: Vec<Url> = paths.iter().map(|p| Url::parse(&format!("https://pots.test{p}")).unwrap()).collect();
    read_container(Catalogue::builtin(), Some("GTM-POTS001"), CONTAINER, &pages)
}

#[track_caller]
fn check(path: &str, tag_id: u32, expected: Fires) {
    let report = read(&[path]);
    let tag = report.tags.iter().find(|t| t.tag_id == Some(tag_id)).unwrap_or_else(|| panic!("tag {tag_id}"));
    assert_eq!(tag.fires.values().next(), Some(&expected), "tag {tag_id} on {path}");
}

#[test]
fn conditions_on_the_address_are_decided_and_others_are_not() {
    for (path, tag, expected) in [
        ("/", 3, Fires::Yes),
        ("/intern/x", 3, Fires::No), // an exception on every event
        ("/", 5, Fires::No),
        ("/thanks?o=1", 5, Fires::Unknown), // additional consent
        ("/thanks?o=1", 6, Fires::Yes),
        ("/", 7, Fires::Unknown),      // a cookie decides
        ("/?ref=mail", 7, Fires::Yes), // another trigger of the same tag, on the query
        ("/", 8, Fires::No),           // paused, whatever its trigger
        ("/", 15, Fires::Unknown),     // a custom event may be pushed
        ("/", 16, Fires::No),          // an exception on the trigger's own event
        ("/", 17, Fires::No),          // one trigger of its group is for other pages
        ("/thanks", 17, Fires::Yes),   // both are met by the load
        ("/", 18, Fires::Yes),         // the setup of a tag that fires
        ("/", 19, Fires::Unknown),     // the setup of one that needs consent
        ("/", 20, Fires::Unknown),     // its setup, which must succeed, needs consent
        ("/", 9, Fires::Yes),          // negative look-ahead
        ("/intern", 9, Fires::No),
        ("/", 11, Fires::Unknown), // a click
        ("/", 13, Fires::No),
        ("/blog/a", 13, Fires::Yes),
        ("/", 14, Fires::No),
    ] {
        check(path, tag, expected);
    }
}

#[test]
fn listeners_are_no_tags_and_children_are_links() {
    let report = read(&["/"]);
    assert!(report.tags.iter().all(|t| t.function != "__cl"));
    assert_eq!(report.links, ["AW-700800900", "G-TEAPOT0001", "GTM-KETTLE1"]);
    assert_eq!(report.version.as_deref(), Some("41"));
}

#[track_caller]
fn pixels(path: &str, tag_id: u32) -> Vec<String> {
    let report = read(&[path]);
    let of_tag = report.tags.into_iter().filter(|t| t.tag_id == Some(tag_id));
    of_tag
        .map(|t| {
            format!("{} {} {:?}", t.vendor.as_deref().unwrap_or("-"), t.account.as_deref().unwrap_or("-"), t.events)
        })
        .collect()
}

#[test]
fn tags_name_their_vendor_account_and_events() {
    for (path, tag, expected) in [
        ("/", 3, "google-analytics-4 G-TEAPOT0001 [\"page_view\"]"),
        ("/", 4, "google-ads AW-700800900 []"),
        ("/", 5, "google-ads AW-700800900 [\"conversion\"]"),
        ("/", 6, "meta-pixel 123456789012345 [\"PageView\", \"Purchase\"]"),
        ("/de/", 6, "meta-pixel 543210987654321 [\"PageView\", \"Purchase\"]"),
        ("/", 7, "microsoft-uet 5550001 [\"pageLoad\"]"),
        ("/", 8, "microsoft-uet - []"),
        ("/", 9, "tiktok-pixel C4TEAPOTTEAPOTTEAPOT [\"ViewContent\"]"),
        ("/", 11, "meta-pixel 111222333444555 [\"Lead\"]"),
        ("/", 12, "- - []"),
        ("/", 18, "hubspot 1234567 [\"trackPageView\"]"),
        ("/", 27, "universal-analytics UA-1234567-1 [\"pageview\"]"),
        ("/", 28, "floodlight DC-1234567 [\"thank0\"]"),
        ("/", 29, "floodlight DC-1234567 []"),
        ("/", 30, "google-ads AW-700800900 []"),
    ] {
        assert_eq!(pixels(path, tag), [expected], "tag {tag} on {path}");
    }
}

#[test]
fn custom_templates_are_told_by_their_permissions() {
    let file = |permissions: &str, settings: &str| {
        format!(
            r#"{{"resource":{{"version":"1","tags":[{{"function":"__cvt_1_2","tag_id":1,{settings}}}]}},"permissions":{{"__cvt_1_2":{permissions}}}}}"#
        )
    };
    let google = r#"{"inject_script":{"urls":["https:\/\/www.googletagmanager.com\/gtag\/*"]}}"#;
    let meta = r#"{"access_globals":{"keys":[{"key":"fbq"},{"key":"_fbq_gtm"}]},"inject_script":{"urls":["https:\/\/connect.facebook.net\/en_US\/fbevents.js"]}}"#;
    for (permissions, settings, expected) in [
        (google, r#""vtp_regulation":"strict""#, "- - []"),
        (google, r#""vtp_tagId":"AW-700800900""#, "google-ads AW-700800900 []"),
        (
            meta,
            r#""vtp_pixelId":"111222333444555, 666777888999000","vtp_eventName":"standard","vtp_standardEventName":"Lead""#,
            "meta-pixel 111222333444555 [\"Lead\"]; meta-pixel 666777888999000 [\"Lead\"]",
        ),
        (meta, r#""vtp_pixelId":["macro",9],"vtp_eventName":"PageView""#, "meta-pixel - [\"PageView\"]"),
    ] {
        let report = read_container(Catalogue::builtin(), None, &file(permissions, settings), &[]);
        let lines: Vec<String> = report
            .tags
            .iter()
            .map(|t| {
                format!("{} {} {:?}", t.vendor.as_deref().unwrap_or("-"), t.account.as_deref().unwrap_or("-"), t.events)
            })
            .collect();
        assert_eq!(lines.join("; "), expected, "{settings}");
    }
}

#[test]
fn conversions_made_in_the_vendors_account_are_told_with_what_they_match() {
    let tag = r#"{"function":"FN","tag_id":1,"vtp_instanceDestinationId":"AW-700800900",SETTINGS}"#;
    let file = |function: &str, settings: &str| {
        let tag = tag.replace("FN", function).replace("SETTINGS", settings);
        let rules =
            r#""predicates":[{"function":"_eq","arg0":["macro",0],"arg1":"gtm.init"}],"rules":[[["if",0],["add",0]]]"#;
        format!(r#"{{"resource":{{"version":"1","macros":[{{"function":"__e"}}],"tags":[{tag}],{rules}}}}}"#)
    };
    for (function, settings, when) in [
        (
            "__ogt_conv_def",
            r#""vtp_conversionLabel":"Lbl1","vtp_matchingRules":"[\"contains\",[\"variable\",\"pageLocation\"],\"/thank-you\"]""#,
            "(/thank-you)",
        ),
        (
            "__ccd_ads_conv_marking",
            r#""vtp_conversionRules":["list",["map","matchingRules","{\"args\":[{\"stringValue\":\"/thank-you\"},{\"stringValue\":\"page_view\"}]}","conversionLabel","Lbl1"]]"#,
            "(/thank-you, page_view)",
        ),
    ] {
        let page = Url::parse("https://www.pots.test/en/thank-you?o=1").unwrap();
        let report = read_container(Catalogue::builtin(), None, &file(function, settings), &[page]);
        let tag = &report.tags[0];
        assert_eq!(
            (tag.vendor.as_deref(), tag.events.as_slice()),
            (Some("google-ads"), &["conversion".to_owned()][..])
        );
        assert_eq!(tag.details[0].params["label"], "Lbl1");
        assert!(tag.when.ends_with(when), "{}", tag.when);
        assert_eq!(tag.fires.values().next(), Some(&Fires::Unknown));
    }
}

#[test]
fn a_conversion_for_another_address_is_ruled_out() {
    let place = r#"[\"variable\",\"pageLocation\",[\"map\",\"stripProtocol\",true]]"#;
    let rule = |rule: &str| {
        let rule = rule.replace("PLACE", place).replace('\'', "\\\"");
        let tag = format!(
            r#"{{"function":"__ogt_conv_def","tag_id":1,"vtp_instanceDestinationId":"AW-700800900","vtp_matchingRules":"{rule}"}}"#
        );
        file(r#"{"function":"__uv"}"#, &tag, "0", r#"[["if",0],["add",0]]"#)
    };
    for (text, path, expected) in [
        ("['contains',PLACE,'/Thank-You']", "/thank-you?o=1", "unknown"),
        ("['contains',PLACE,'/thank-you']", "/", "no"),
        ("['startsWith',PLACE,'pots.test/tea']", "/tea/1", "unknown"),
        ("['startsWith',PLACE,'pots.test/tea']", "/coffee", "no"),
        ("['and',['contains',PLACE,'/tea'],['contains',PLACE,'o=1']]", "/tea?o=2", "no"),
        ("['or',['contains',PLACE,'/tea'],['contains',PLACE,'o=1']]", "/x?o=1", "unknown"),
        ("['not',['contains',PLACE,'/tea']]", "/tea", "no"),
        ("['not',['startsWith',PLACE,'pots.test']]", "/tea", "unknown"),
        ("['contains',['variable','eventName'],'x']", "/", "unknown"),
        ("['surprises',PLACE,'x']", "/", "unknown"),
    ] {
        assert_eq!(verdicts(&rule(text), path, &Layer::default()), format!("1:{expected}"), "{text} on {path}");
    }
}

#[test]
fn what_a_visitor_or_the_page_does_later_is_never_sure() {
    let triggers = r#"{"function":"__v","vtp_name":"gtm.triggers","vtp_dataLayerVersion":2,"vtp_setDefaultValue":true,"vtp_defaultValue":""}"#;
    let on = |event: &str| {
        format!(
            r#"{{"function":"_eq","arg0":["macro",0],"arg1":"{event}"}},{{"function":"_re","arg0":["macro",1],"arg1":"(^$|((^|,)9_31($|,)))"}}"#
        )
    };
    for (event, expected) in [
        ("gtm.init_consent", "yes"),
        ("gtm.init", "yes"),
        ("gtm.dom", "yes"),
        ("gtm.load", "yes"),
        ("gtm.historyChange", "unknown"),
        ("gtm.historyChange-v2", "unknown"),
        ("gtm.elementVisibility", "unknown"),
        ("gtm.scrollDepth", "unknown"),
        ("gtm.timer", "unknown"),
        ("gtm.video", "unknown"),
        ("gtm.pageError", "unknown"),
        ("gtm.formSubmit", "unknown"),
        ("order_done", "unknown"),
    ] {
        for options in ["", r#","once_per_load":true,"priority":99"#, r#","once_per_event":true,"live_only":true"#] {
            let tag = format!(r#"{{"function":"__html","tag_id":1,"vtp_html":""{options}}}"#);
            let text = file(triggers, &tag, &on(event), r#"[["if",1,2],["add",0]]"#);
            assert_eq!(verdicts(&text, "/", &Layer::default()), format!("1:{expected}"), "{event} {options}");
        }
    }
}

#[test]
fn what_a_google_tag_sets_is_said_in_words() {
    for (tag, expected) in [
        (
            r#""__ogt_cross_domain","vtp_rules":["list","pots.test","pans.test"]"#,
            "sets: links to pots.test, pans.test carry the visitor's id",
        ),
        (r#""__ogt_google_signals","vtp_googleSignals":"DISABLED""#, "sets: Google signals are off"),
        (
            r#""__ogt_1p_data_v2","vtp_isEnabled":true,"vtp_isAutoEnabled":true,"vtp_autoEmailEnabled":true,"vtp_autoPhoneEnabled":false"#,
            "sets: e-mail addresses typed on the page are collected without being asked for",
        ),
        (r#""__ogt_1p_data_v2","vtp_isEnabled":false"#, "sets: no contact data of visitors is collected"),
        (r#""__ccd_auto_redact","vtp_redactEmail":true"#, "sets: e-mail addresses are taken out of addresses"),
        (
            r#""__ogt_dma","vtp_delegationMode":"ON","vtp_dmaDefault":"DENIED""#,
            "sets: consent that nobody gave counts as denied in Europe",
        ),
        (r#""__ccd_ga_first","vtp_instanceDestinationId":"G-TEAPOT0001""#, ""),
    ] {
        let tag = format!(r#"{{"function":{tag},"tag_id":1}}"#);
        let text = file(r#"{"function":"__uv"}"#, &tag, "0", r#"[["if",0],["add",0]]"#);
        let report = read_container(Catalogue::builtin(), None, &text, &[]);
        assert_eq!(report.tags[0].when, expected, "{tag}");
    }
}

#[test]
fn a_layer_of_another_name_decides_nothing_for_a_container() {
    use std::sync::Arc;

    let tags = r#"{"function":"__bzi","tag_id":1,"vtp_id":"123456"}"#;
    let text = file(
        r#"{"function":"__v","vtp_name":"page.kind","vtp_dataLayerVersion":2}"#,
        tags,
        r#"{"function":"_eq","arg0":["macro",1],"arg1":"shop"}"#,
        r#"[["if",0,1],["add",0]]"#,
    );
    let url = Url::parse("https://pots.test/").unwrap();
    for (layer, expected) in [("", "Load"), ("&l=myLayer", "Conditional")] {
        let html = format!(
            "<!doctype html><head><script>dataLayer=[{{page:{{kind:'shop'}}}}];dataLayer.push({{'gtm.start':1,event:'gtm.js'}});\
             </script><script src='https://www.googletagmanager.com/gtm.js?id=GTM-POTS001{layer}'></script>"
        );
        let read = crate::read_page(Catalogue::builtin(), &crate::PageInput { source: "page", url: &url, html: &html });
        let data = read.layer();
        let mut page = read.finish(Catalogue::builtin(), &|_| None);
        let container = Arc::new(super::Container::parse("GTM-POTS001", &text).unwrap());
        super::add_containers(&mut page, Catalogue::builtin(), &url, &data, &[container]);
        let brought = page.installs.iter().find(|i| i.vendor == "linkedin-insight").unwrap();
        assert_eq!(format!("{:?}", brought.trigger), expected, "{layer}");
    }
}

#[test]
fn what_a_tag_hangs_on_is_said_in_words() {
    let report = read(&["/"]);
    let tag = |id| report.tags.iter().find(|t| t.tag_id == Some(id)).unwrap();
    assert_eq!(tag(6).on, "gtm.js");
    assert_eq!(tag(6).when, "page path contains /thanks");
    assert!(tag(7).when.starts_with("cookie: newsletter_box equals open"), "{}", tag(7).when);
    assert_eq!(tag(14).when, "no trigger");
    assert_eq!(tag(8).on, "order_done");
    assert!(tag(8).paused);
}

#[test]
fn hostile_containers_end() {
    let many: String = (0..3000)
        .map(|n| format!(r#"{{"function":"__smm","vtp_input":["macro",{}],"vtp_map":["list"]}},"#, n + 1))
        .collect();
    let chain = format!(
        r#"{{"resource":{{"version":"1","macros":[{many}{{"function":"__c","vtp_value":"x"}}],"tags":[{{"function":"__html","vtp_html":["macro",0]}}],
      "predicates":[{{"function":"_re","arg0":["macro",3000],"arg1":"(x+x+)+y"}},{{"function":"_re","arg0":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","arg1":"(x+x+)+y"}}],
      "rules":[[["if",0,99999,1],["add",0,77777]],["if"],7,[[]]]}}}}"#
    );
    let page = Url::parse("https://pots.test/").unwrap();
    let report = read_container(Catalogue::builtin(), None, &chain, std::slice::from_ref(&page));
    assert_eq!(report.tags.len(), 1);
    for text in [
        "",
        "{}",
        r#"{"resource":[]}"#,
        r#"{"resource":{"tags":{},"rules":3}}"#,
        r#"{"resource":{"tags":[1,null,"x",[]]}}"#,
    ] {
        read_container(Catalogue::builtin(), None, text, std::slice::from_ref(&page));
    }
}

/// A container of one's own making: macros, tags, predicates and rules as JSON lists without their brackets.
fn file(macros: &str, tags: &str, predicates: &str, rules: &str) -> String {
    format!(
        r#"{{"resource":{{"version":"1","macros":[{{"function":"__e"}},{macros}],"tags":[{tags}],
        "predicates":[{{"function":"_eq","arg0":["macro",0],"arg1":"gtm.js"}},{predicates}],"rules":[{rules}]}}}}"#
    )
}

/// Verdict of each entry at `path`, as `tag:verdict`.
fn verdicts(text: &str, path: &str, layer: &Layer) -> String {
    let page = Url::parse(&format!("https://pots.test{path}")).unwrap();
    let report = read_container_on(Catalogue::builtin(), None, text, std::slice::from_ref(&page), layer);
    let of = |t: &ContainerTag| format!("{}:{:?}", t.tag_id.unwrap_or_default(), t.fires[page.as_str()]).to_lowercase();
    report.tags.iter().map(of).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check_condition(variable: &str, predicate: &str, path: &str, expected: &str) {
    let tag = r#"{"function":"__html","tag_id":1,"vtp_html":""}"#;
    let text = file(variable, tag, predicate, r#"[["if",0,1],["add",0]]"#);
    assert_eq!(verdicts(&text, path, &Layer::default()), format!("1:{expected}"), "{variable} {predicate} on {path}");
}

#[test]
fn variables_and_conditions_come_out_as_in_a_browser() {
    let eq = |wanted: &str| format!(r#"{{"function":"_eq","arg0":["macro",1],"arg1":"{wanted}"}}"#);
    let query = |more: &str| format!(r#"{{"function":"__u","vtp_component":"QUERY","vtp_queryKey":"ref"{more}}}"#);
    for (variable, predicate, path, expected) in [
        (query(""), eq("a b&c"), "/?ref=a+b%26c", "yes"),
        (query(""), eq("undefined"), "/?other=1", "yes"),
        (query(r#","convert_undefined_to":"none""#), eq("none"), "/", "yes"),
        (query(r#","convert_undefined_to":true,"convert_true_to":"on""#), eq("on"), "/", "yes"),
        (query(r#","vtp_ignoreEmptyQueryParam":true"#), eq("undefined"), "/?ref=", "yes"),
        (r#"{"function":"__u","vtp_component":"QUERY","vtp_queryKey":"a, b","vtp_multiQueryKeys":true}"#.into(), eq("2"), "/?b=2", "yes"),
        (query(""), eq("false"), "/?ref=%zz", "yes"),
        (r#"{"function":"__u","vtp_component":"PATH","convert_case_to":1}"#.into(), eq("/tea"), "/TEA", "yes"),
        (r#"{"function":"__j","vtp_name":"document.location.pathname"}"#.into(), eq("/tea"), "/tea", "yes"),
        (r#"{"function":"__aev","vtp_varType":"CLASSES"}"#.into(), eq("button"), "/", "no"),
        (r#"{"function":"__aev","vtp_varType":"ELEMENT"}"#.into(), r#"{"function":"_css","arg0":["macro",1],"arg1":"a"}"#.into(), "/", "no"),
        (r#"{"function":"__c","vtp_value":["template","a",["macro",9],"b"]}"#.into(), eq("ab"), "/", "yes"),
        (r#"{"function":"__smm","vtp_input":"k","vtp_map":["list",["map","key","k","value",["macro",9]]],"vtp_defaultValue":"d"}"#.into(), eq("undefined"), "/", "yes"),
        (r#"{"function":"__smm","vtp_input":"k","vtp_map":["list",["map","key",["macro",2],"value","x"]],"vtp_defaultValue":"d"},{"function":"__k","vtp_name":"box"}"#.into(), eq("d"), "/", "unknown"),
        (r#"{"function":"__c","vtp_value":true}"#.into(), r#"{"function":"_gt","arg0":["macro",1],"arg1":"0"}"#.into(), "/", "yes"),
        (r#"{"function":"__c","vtp_value":"0x10"}"#.into(), r#"{"function":"_ge","arg0":["macro",1],"arg1":"16"}"#.into(), "/", "yes"),
        (r#"{"function":"__u"}"#.into(), r#"{"function":"_um","arg0":["macro",1],"arg1":"http://www.pots.test/TEA/"}"#.into(), "/tea", "yes"),
        (
            r#"{"function":"__uv"}"#.into(),
            r#"{"function":"_eq","arg0":["macro",1],"any_of":true,"arg1":["list","x",["macro",1]]}"#.into(),
            "/",
            "yes",
        ),
        (r#"{"function":"__u"}"#.into(), r#"{"function":"_re","arg0":["macro",1],"arg1":"(?i)TEA"}"#.into(), "/tea", "no"),
        (r#"{"function":"__u"}"#.into(), r#"{"function":"_re","arg0":["macro",1],"arg1":"TEA","ignore_case":true}"#.into(), "/tea", "yes"),
        (r#"{"function":"__u"}"#.into(), r#"{"function":"_sw","arg0":["macro",1],"any_of":true,"arg1":["list","x",["macro",2]]},"#.to_owned() + &eq("x"), "/", "no"),
    ] {
        check_condition(&variable, &predicate, path, expected);
    }
}

#[test]
fn a_table_replaces_what_its_pattern_finds() {
    let table = |value: &str, more: &str| {
        format!(
            r#"{{"function":"__remm","vtp_input":["macro",2],"vtp_replaceAfterMatch":true,"vtp_ignoreCase":true{more},
            "vtp_map":["list",["map","key",".*/(tea|coffee)/(\\d+)","value","{value}"]]}},{{"function":"__u","vtp_component":"PATH"}}"#
        )
    };
    let eq = |wanted: &str| format!(r#"{{"function":"_eq","arg0":["macro",1],"arg1":"{wanted}"}}"#);
    for (variable, wanted, path, expected) in [
        (table("G-TEA", r#","vtp_fullMatch":true"#), "G-TEA", "/de/TEA/12", "yes"),
        (table("$1 no. $2", ""), "coffee no. 7", "/de/coffee/7", "yes"),
        (table("$1-", ""), "tea-/pot", "/tea/7/pot", "yes"),
        (table("x", r#","vtp_fullMatch":true"#), "undefined", "/tea/7/pot", "yes"),
        (table("x", ""), "y", "/tea/7", "no"),
    ] {
        check_condition(&variable, &eq(wanted), path, expected);
    }
}

#[test]
fn case_that_is_said_not_to_matter_is_not_decided_by_it() {
    let path = r#"{"function":"__u","vtp_component":"PATH"}"#;
    for (wanted, expected) in [("/tea", "yes"), ("/TEA", "unknown"), ("/pots", "no")] {
        let predicate = format!(r#"{{"function":"_cn","arg0":["macro",1],"arg1":"{wanted}","ignore_case":true}}"#);
        check_condition(path, &predicate, "/tea", expected);
    }
}

#[test]
fn a_template_that_asks_for_consent_may_hold_back() {
    let reads = r#""access_consent":{"consentTypes":[{"consentType":"ad_storage","read":true,"write":false}]}"#;
    let writes = r#""access_consent":{"consentTypes":[{"consentType":"ad_storage","read":true,"write":true}]}"#;
    let granted = layer("gtag('consent','default',{ad_storage:'granted'});GTM;");
    let granted = granted.with_consent(&pixelproof_model::Consent {
        google_consent_mode: [("ad_storage".to_owned(), "granted".to_owned())].into(),
        ..Default::default()
    });
    for (permissions, settings, on, expected) in [
        ("", "", &Layer::default(), "yes"),
        (reads, "", &Layer::default(), "unknown"),
        (reads, "", &granted, "yes"),
        (writes, "", &granted, "unknown"),
        ("", r#","vtp_consent":true"#, &Layer::default(), "yes"),
        ("", r#","vtp_consent":"false""#, &Layer::default(), "unknown"),
        ("", r#","vtp_consent":["macro",1]"#, &Layer::default(), "unknown"),
    ] {
        let tag = format!(r#"{{"function":"__cvt_AB1CD","tag_id":1{settings}}}"#);
        let text = file(r#"{"function":"__k","vtp_name":"box"}"#, &tag, "0", r#"[["if",0],["add",0]]"#);
        let end = text.rfind('}').unwrap_or_default();
        let text = format!(r#"{},"permissions":{{"__cvt_AB1CD":{{{permissions}}}}}}}"#, &text[..end]);
        assert_eq!(verdicts(&text, "/", on), format!("1:{expected}"), "{permissions} {settings}");
    }
}

#[test]
fn a_sequence_waits_for_its_first_step() {
    let html = |id: u32, more: &str| format!(r#"{{"function":"__html","tag_id":{id},"vtp_html":""{more}}}"#);
    let before = |strict: u32| format!(r#","setup_tags":["list",["tag",1,{strict}]]"#);
    let after = |strict: u32| format!(r#","teardown_tags":["list",["tag",1,{strict}]]"#);
    let paused = r#"{"function":"__paused","tag_id":2,"vtp_originalTagType":"html"}"#;
    let template = r#"{"function":"__cvt_1_2","tag_id":2}"#;
    let off = r#","malware_disabled":true"#;
    for (main, step, expected) in [
        (html(1, &before(1)), html(2, ""), "1:yes 2:yes"),
        (html(1, &before(1)), paused.to_owned(), "1:no 2:no"),
        (html(1, &before(0)), paused.to_owned(), "1:yes 2:no"),
        (html(1, &before(0)), template.to_owned(), "1:unknown 2:yes"),
        (html(1, &format!("{}{off}", before(0))), html(2, ""), "1:no 2:yes"),
        (html(1, &format!("{}{off}", after(2))), html(2, ""), "1:no 2:no"),
        (html(1, &format!("{}{off}", after(0))), html(2, ""), "1:no 2:yes"),
        (html(1, &after(2)), html(2, ""), "1:yes 2:yes"),
    ] {
        let text = file(
            r#"{"function":"__uv"}"#,
            &format!("{main},{step}"),
            r#"{"function":"_eq","arg0":"a","arg1":"a"}"#,
            r#"[["if",0],["add",0]]"#,
        );
        assert_eq!(verdicts(&text, "/", &Layer::default()), expected, "{main} {step}");
    }
}

#[test]
fn a_pixel_fires_where_its_account_comes_out_and_its_code_runs() {
    let html = |id: u32, code: &str| {
        format!(r#"{{"function":"__html","tag_id":{id},"vtp_html":["template",{}]}}"#, code.replace('<', "\\u003C"))
    };
    let base = r#""<script>!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.queue.push(arguments)};n.queue=[];t=b.createElement(e);t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,document,'script','https://connect.facebook.net/en_US/fbevents.js');fbq('init','111222333444555');fbq('track','PageView');</script><noscript><img src='https://www.facebook.com/tr?id=111222333444555&ev=PageView&noscript=1'></noscript>""#;
    let lead = r#""<script>fbq('track','Lead');</script>""#;
    let click =
        r#""<script>document.getElementById('b').addEventListener('click',function(){fbq('track','Lead')});</script>""#;
    let broken = r#""<script>fbq('init','111222333444555');fbq('track','PageView');}</script>""#;
    let by_path = r#"{"function":"__smm","vtp_input":["macro",2],"vtp_map":["list",["map","key","/de/","value","5550002"]],"vtp_defaultValue":"5550001"},{"function":"__u","vtp_component":"PATH"}"#;
    let uet = r#"{"function":"__baut","tag_id":9,"vtp_tagId":["macro",1],"vtp_eventType":"PAGE_LOAD"}"#.to_owned();
    let all = r#"[["if",0],["add",0,1]]"#;
    for (tags, expected) in [
        (format!("{},{}", html(1, base), html(2, lead)), "1:yes 2:yes"),
        (format!("{},{}", html(2, lead), html(1, base)), "2:unknown 1:yes"),
        (format!("{},{}", html(1, base), html(2, click)), "1:yes 2:unknown"),
        (html(1, broken), "1:unknown"),
        (uet.clone(), "9:yes"),
    ] {
        let text = file(by_path, &tags, r#"{"function":"_eq","arg0":"a","arg1":"a"}"#, all);
        assert_eq!(verdicts(&text, "/", &Layer::default()), expected, "{tags}");
    }
    let text = file(by_path, &uet, r#"{"function":"_eq","arg0":"a","arg1":"a"}"#, all);
    let pages = ["https://pots.test/", "https://pots.test/de/"].map(|p| Url::parse(p).unwrap());
    let report = read_container(Catalogue::builtin(), None, &text, &pages);
    let fires = |account: &str| {
        let tag = report.tags.iter().find(|t| t.account.as_deref() == Some(account)).unwrap();
        tag.fires.values().copied().collect::<Vec<_>>()
    };
    assert_eq!(fires("5550001"), [Fires::Yes, Fires::No]);
    assert_eq!(fires("5550002"), [Fires::No, Fires::Yes]);
}

/// The data layer of a page with these scripts in its head, the container's snippet where it says `GTM`.
fn layer(scripts: &str) -> Layer {
    let snippet = "(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});\
        var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.src='https://www.googletagmanager.com/gtm.js?id='+i;\
        f.parentNode.insertBefore(j,f);})(window,document,'script','dataLayer','GTM-POTS001');";
    let html = format!("<!doctype html><head><script>{}</script>", scripts.replace("GTM;", snippet));
    let url = Url::parse("https://pots.test/").unwrap();
    let input = crate::PageInput { source: "page", url: &url, html: &html };
    crate::read_page(Catalogue::builtin(), &input).layer()
}

#[test]
fn what_the_page_puts_into_the_data_layer_decides_conditions() {
    let variables = r#"{"function":"__v","vtp_name":"page.kind","vtp_dataLayerVersion":2},
        {"function":"__v","vtp_name":"page","vtp_dataLayerVersion":1}"#;
    let tags = r#"{"function":"__html","tag_id":1,"vtp_html":""},{"function":"__html","tag_id":2,"vtp_html":""},
        {"function":"__html","tag_id":3,"vtp_html":""}"#;
    let predicates = r#"{"function":"_eq","arg0":["macro",1],"arg1":"shop"},
        {"function":"_eq","arg0":["macro",0],"arg1":"order"},{"function":"_eq","arg0":["macro",0],"arg1":"gtm.load"}"#;
    let rules = r#"[["if",0,1],["add",0]],[["if",2,1],["add",1]],[["if",3,1],["add",2]]"#;
    let text = file(variables, tags, predicates, rules);
    for (scripts, expected) in [
        ("GTM;", "1:no 2:unknown 3:unknown"),
        ("window.dataLayer=window.dataLayer||[];dataLayer.push({page:{kind:'shop'}});GTM;", "1:yes 2:unknown 3:yes"),
        ("dataLayer=[{'page':{'kind':'shop'}}];GTM;", "1:yes 2:unknown 3:yes"),
        ("dataLayer.push({page:{kind:'blog'}});GTM;", "1:no 2:unknown 3:no"),
        ("dataLayer.push({page:{lang:'en'}});GTM;", "1:no 2:unknown 3:no"),
        ("dataLayer.push({page:{kind:'shop'}});dataLayer.push({page:{lang:'en'}});GTM;", "1:yes 2:unknown 3:yes"),
        ("dataLayer.push({page:{kind:'blog'}});dataLayer.push({page:{kind:'shop'}});GTM;", "1:yes 2:unknown 3:yes"),
        ("dataLayer.push({page:{kind:k()}});GTM;", "1:unknown 2:unknown 3:unknown"),
        ("if(x())dataLayer.push({page:{kind:'shop'}});GTM;", "1:unknown 2:unknown 3:unknown"),
        ("dataLayer.push(all());dataLayer.push({page:{kind:'shop'}});GTM;", "1:unknown 2:unknown 3:unknown"),
        ("GTM;dataLayer.push({page:{kind:'shop'}});", "1:no 2:unknown 3:unknown"),
        ("dataLayer.push({page:{kind:'shop'}});GTM;dataLayer.push({page:{kind:'blog'}});", "1:yes 2:unknown 3:unknown"),
        ("dataLayer.push({page:{kind:'shop'}});GTM;dataLayer.push({event:'order'});", "1:yes 2:yes 3:yes"),
        (
            "dataLayer.push({page:{kind:'shop'}});GTM;b.onclick=function(){dataLayer.push({event:'order'})};",
            "1:yes 2:unknown 3:yes",
        ),
        ("dataLayer.push({page:{kind:'shop'},'gtm.blocklist':['html']});GTM;", "1:unknown 2:unknown 3:unknown"),
        ("dataLayer.push({page:{kind:'shop'}});", "1:unknown 2:unknown 3:unknown"),
    ] {
        assert_eq!(verdicts(&text, "/", &layer(scripts)), expected, "{scripts}");
    }
}

#[test]
fn later_messages_change_what_earlier_ones_left() {
    let text = file(
        r#"{"function":"__v","vtp_name":"kinds","vtp_dataLayerVersion":2},{"function":"__v","vtp_name":"page.kind","vtp_dataLayerVersion":2}"#,
        r#"{"function":"__html","tag_id":1,"vtp_html":""},{"function":"__html","tag_id":2,"vtp_html":""}"#,
        r#"{"function":"_eq","arg0":["macro",1],"arg1":"c,b"},{"function":"_eq","arg0":["macro",2],"arg1":"shop"}"#,
        r#"[["if",0,1],["add",0]],[["if",0,2],["add",1]]"#,
    );
    let gtag = "window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}";
    for (scripts, expected) in [
        // lists are merged place by place
        ("dataLayer.push({kinds:['a','b']});dataLayer.push({kinds:['c']});", "1:yes 2:no"),
        ("dataLayer.push({kinds:['c']});dataLayer.push({kinds:['a','b']});", "1:no 2:no"),
        // what a page sets replaces what was there
        ("dataLayer.push({page:{kind:'shop'}});gtag('set',{page:{lang:'en'}});", "1:no 2:no"),
        ("dataLayer.push({page:{kind:'shop'}});gtag('set','page',{kind:'blog'});", "1:no 2:no"),
        ("dataLayer.push({page:{lang:'en'}});gtag('set',{page:{kind:'shop'}});", "1:no 2:yes"),
        ("dataLayer.push({page:{kind:'shop'}});dataLayer.push({_clear:true,page:{lang:'en'}});", "1:no 2:no"),
        ("dataLayer.push({page:{kind:'shop'}});gtag('set',settings());", "1:unknown 2:unknown"),
        // functions and methods do what they want
        ("dataLayer.push({page:{kind:'shop'}});dataLayer.push(function(){this.reset()});", "1:unknown 2:unknown"),
        ("dataLayer.push({kinds:['c','b']});dataLayer.push(['kinds.push','d']);", "1:unknown 2:no"),
        ("dataLayer.push({page:{kind:'shop'}});dataLayer.push(['kinds.push','d']);", "1:unknown 2:yes"),
        // what is merged into something unknown tells nothing of its rest
        ("dataLayer.push({page:current()});dataLayer.push({page:{lang:'en'}});", "1:no 2:unknown"),
        ("if(x())dataLayer.push({page:{kind:'shop'}});dataLayer.push({page:{lang:'en'}});", "1:no 2:unknown"),
        ("if(x())dataLayer.push({page:{kind:'shop'}});dataLayer.push({page:'all'});", "1:no 2:unknown"),
    ] {
        assert_eq!(verdicts(&text, "/", &layer(&format!("{gtag}{scripts}GTM;"))), expected, "{scripts}");
    }
}

#[test]
fn messages_count_when_they_come_not_where_they_stand() {
    let text = file(
        r#"{"function":"__v","vtp_name":"kind","vtp_dataLayerVersion":2}"#,
        r#"{"function":"__html","tag_id":1,"vtp_html":""},{"function":"__html","tag_id":2,"vtp_html":""}"#,
        r#"{"function":"_eq","arg0":["macro",1],"arg1":"shop"},{"function":"_eq","arg0":["macro",0],"arg1":"order"}"#,
        r#"[["if",0,1],["add",0]],[["if",2,1],["add",1]]"#,
    );
    let next = "</script><script>";
    for (scripts, expected) in [
        ("function a(){dataLayer.push({kind:'shop'})}dataLayer.push({kind:'blog'});a();GTM;", "1:yes 2:unknown"),
        ("a();dataLayer.push({kind:'blog'});function a(){dataLayer.push({kind:'shop'})}GTM;", "1:no 2:unknown"),
        (
            "document.addEventListener('DOMContentLoaded',function(){dataLayer.push({kind:'shop'})});NEXTGTM;",
            "1:unknown 2:unknown",
        ),
        ("fetch('/me').then(function(){dataLayer.push({kind:'shop'})});NEXTGTM;", "1:unknown 2:unknown"),
        ("jQuery(function(){dataLayer.push({event:'order',kind:'shop'})});NEXTGTM;", "1:unknown 2:yes"),
        (
            "jQuery(function(){dataLayer.push({event:'order'})});dataLayer.push({kind:'shop'});NEXTGTM;",
            "1:yes 2:unknown",
        ),
        ("window.onload=function(){GTM;};dataLayer.push({kind:'shop'});", "1:unknown 2:unknown"),
    ] {
        let scripts = scripts.replace("NEXT", next);
        assert_eq!(verdicts(&text, "/", &layer(&scripts)), expected, "{scripts}");
    }
}

#[test]
fn what_nobody_can_have_said_by_the_start_is_nowhere() {
    let text = file(
        r#"{"function":"__v","vtp_name":"kind","vtp_dataLayerVersion":2},{"function":"__v","vtp_name":"kind","vtp_dataLayerVersion":1}"#,
        r#"{"function":"__html","tag_id":1,"vtp_html":""},{"function":"__html","tag_id":2,"vtp_html":""},
            {"function":"__html","tag_id":3,"vtp_html":""}"#,
        r#"{"function":"_eq","arg0":["macro",1],"arg1":"shop"},{"function":"_eq","arg0":["macro",2],"arg1":"shop"},
            {"function":"_eq","arg0":["macro",0],"arg1":"gtm.load"}"#,
        r#"[["if",0],["unless",1],["add",0]],[["if",0,2],["add",1]],[["if",3],["unless",1],["add",2]]"#,
    );
    let next = "</script><script>";
    for (scripts, expected) in [
        ("GTM;", "1:yes 2:no 3:unknown"),
        ("dataLayer.push({lang:'en'});NEXTGTM;dataLayer.push({kind:'shop'});", "1:yes 2:no 3:unknown"),
        ("dataLayer.push(settings());GTM;", "1:unknown 2:unknown 3:unknown"),
        ("b.onclick=function(){dataLayer.push({kind:'shop'})};NEXTGTM;", "1:unknown 2:unknown 3:unknown"),
        ("</script><script src=/a.js></script><script>GTM;", "1:unknown 2:unknown 3:unknown"),
        ("</script><script async src=https://cmp.test/a.js></script><script>GTM;", "1:unknown 2:unknown 3:unknown"),
        ("GTM;</script><script src=/a.js></script><script>", "1:yes 2:no 3:unknown"),
        (
            "var s=document.createElement('script');s.src='https://cmp.test/a.js';document.head.appendChild(s);NEXTGTM;",
            "1:unknown 2:unknown 3:unknown",
        ),
        ("dataLayer=all.concat(dataLayer);GTM;", "1:unknown 2:unknown 3:unknown"),
        ("dataLayer[dataLayer.length]={kind:'shop'};GTM;", "1:unknown 2:unknown 3:unknown"),
        ("dataLayer.splice(0,0,{kind:'shop'});GTM;", "1:unknown 2:unknown 3:unknown"),
        ("(;dataLayer.push({kind:'shop'});NEXTGTM;", "1:unknown 2:unknown 3:unknown"),
    ] {
        let scripts = scripts.replace("NEXT", next);
        assert_eq!(verdicts(&text, "/", &layer(&scripts)), expected, "{scripts}");
    }
}

#[test]
fn no_visitors_browser_has_the_name_of_a_crawler() {
    let text = file(
        r#"{"function":"__j","vtp_name":"navigator.userAgent"}"#,
        r#"{"function":"__html","tag_id":1,"vtp_html":""},{"function":"__html","tag_id":2,"vtp_html":""},
            {"function":"__html","tag_id":3,"vtp_html":""}"#,
        r#"{"function":"_cn","arg0":["macro",1],"arg1":"Googlebot"},{"function":"_cn","arg0":["macro",1],"arg1":"Mobile"},
            {"function":"_re","arg0":["macro",1],"arg1":"(bot|crawler|spider)","ignore_case":true}"#,
        r#"[["if",0],["unless",1],["add",0]],[["if",0],["unless",2],["add",1]],[["if",0],["unless",3],["add",2]]"#,
    );
    assert_eq!(verdicts(&text, "/", &Layer::default()), "1:yes 2:unknown 3:yes");
}

#[test]
fn consent_that_the_page_grants_or_denies_counts() {
    let tags = r#"{"function":"__html","tag_id":1,"vtp_html":"","consent":["list","ad_storage"]},
        {"function":"__sp","tag_id":2,"vtp_conversionId":"700800900"}"#;
    let text = file(
        r#"{"function":"__uv"}"#,
        tags,
        r#"{"function":"_eq","arg0":"a","arg1":"a"}"#,
        r#"[["if",0],["add",0,1]]"#,
    );
    let with = |value: &str, platforms: &[&str]| {
        let consent = pixelproof_model::Consent {
            platforms: platforms.iter().map(|p| (*p).to_owned()).collect(),
            google_consent_mode: [("ad_storage".to_owned(), value.to_owned())].into(),
            calls: Vec::new(),
        };
        Layer::default().with_consent(&consent)
    };
    assert_eq!(verdicts(&text, "/", &Layer::default()), "1:unknown 2:yes");
    assert_eq!(verdicts(&text, "/", &with("granted", &[])), "1:yes 2:yes");
    assert_eq!(verdicts(&text, "/", &with("granted", &["onetrust"])), "1:unknown 2:yes");
    assert_eq!(verdicts(&text, "/", &with("denied", &[])), "1:unknown 2:unknown");
}
