//! Analysis of a script beside what no reader of scripts can do without: a parse and the resolution of its names.

use std::fmt::Write as _;

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;
use pixelproof_detect::{
    Catalogue,
    script::{self, SourceKind},
};

use crate::{
    clock::{Pair, spread},
    docs::Doc,
};

/// Shortest inline script that counts as long, in bytes: below, starting and stopping is much of what there is to time.
const LONG: usize = 2_000;
/// Sizes of bundles, in bytes.
const BUNDLES: [usize; 3] = [100_000, 1_000_000, 5_000_000];

pub(crate) fn measure(sets: &[(&str, Vec<Doc>)]) {
    for size in BUNDLES {
        for (kind, text) in [("plain bundle", bundle(size, false)), ("bundle with a pixel", bundle(size, true))] {
            report(&format!("{kind}, {} kB", size / 1000), &[&text]);
        }
    }
    for (set, docs) in sets {
        let texts: Vec<&str> = docs.iter().flat_map(|doc| inline(&doc.html)).collect();
        let (sound, broken): (Vec<&str>, Vec<&str>) = texts.into_iter().partition(|text| is_sound(text));
        let (long, short): (Vec<&str>, Vec<&str>) = sound.into_iter().partition(|text| text.len() >= LONG);
        report(&format!("inline scripts of {} kB and more, {set}", LONG / 1000), &long);
        report(&format!("shorter inline scripts, {set}"), &short);
        // The parser gives up early on them, and they are searched for single calls.
        report(&format!("inline scripts with errors, {set}"), &broken);
    }
}

fn report(set: &str, texts: &[&str]) {
    if texts.is_empty() {
        return;
    }
    let interests = Catalogue::builtin().interests();
    let none = Default::default();
    let measured: Vec<Pair> = texts
        .iter()
        .map(|text| Pair::measure(|| parse(text), || script::read(text, interests, &none, SourceKind::Script)))
        .collect();
    let (low, high) = spread(&measured);
    let line = serde_json::json!({
        "measure": "scripts", "set": set, "scripts": texts.len(), "bytes": texts.iter().map(|t| t.len()).sum::<usize>(),
        "parse_s": measured.iter().map(Pair::base_best).sum::<f64>(),
        "analyse_s": measured.iter().map(Pair::work_best).sum::<f64>(),
        "worst": measured.iter().map(Pair::ratio).fold(0.0, f64::max), "low": low, "high": high,
    });
    println!("{line}");
}

/// Whether the parser reads it to its end.
fn is_sound(text: &str) -> bool {
    !Parser::new(&Allocator::default(), text, SourceType::cjs()).with_options(options()).parse().panicked
}

fn options() -> ParseOptions {
    ParseOptions { parse_regular_expression: false, ..ParseOptions::default() }
}

/// Names and symbols found, so that nothing of the work is left out.
fn parse(text: &str) -> usize {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::cjs()).with_options(options()).parse();
    let program = allocator.alloc(parsed.program);
    SemanticBuilder::new().build(program).semantic.into_scoping().symbols_len()
}

/// Scripts of a page that name something of interest, so that they are read at all.
fn inline(html: &str) -> Vec<&str> {
    let interests = Catalogue::builtin().interests();
    let scripts = html.split("<script").skip(1).filter_map(|rest| {
        let (tag, rest) = rest.split_once('>')?;
        let code = !tag.contains("src=") && !tag.contains("json");
        Some(rest.split_once("</script>")?.0).filter(|_| code)
    });
    scripts.filter(|text| interests.mentions(text)).collect()
}

/// A bundle as tools make them: a table of modules, minified; one of them may install a pixel.
fn bundle(size: usize, pixel: bool) -> String {
    let mut out = String::from(
        "!function(e){var t={};function n(r){if(t[r])return t[r].exports;var o=t[r]={i:r,l:!1,\
         exports:{}};return e[r].call(o.exports,o,o.exports,n),o.l=!0,o.exports}n.m=e,n.c=t,n(0)}([",
    );
    let mut number = 0;
    while out.len() < size {
        let _ = write!(
            out,
            "function(e,t,n){{\"use strict\";var r=n({}),o=n({}),i=function(e){{return e&&e.__esModule?e:{{default:e}}}};\
             t.create{number}=function(e,t){{var n=arguments.length>2&&void 0!==arguments[2]?arguments[2]:{{}};\
             if(!e||\"object\"!=typeof e)throw new TypeError(\"Expected an object, got \"+typeof e);\
             for(var a=Object.keys(e),s=0;s<a.length;s++){{var c=a[s];Object.prototype.hasOwnProperty.call(n,c)||\
             (n[c]=r.wrap(e[c],t?t.bind(null,c):void 0))}}return Object.assign({{}},o.defaults,n,{{id:{number},\
             label:\"module-{number}\",render:function(){{return this.children.map(function(e){{return e.render()}})\
             .join(\"\")}}}})}};t.state{number}=[{number},{number}+1,\"x\".concat({number})]}},",
            number / 2,
            number / 3
        );
        number += 1;
    }
    if pixel {
        out.push_str(
            "function(e,t,n){t.track=function(e,t){window.fbq&&window.fbq(\"track\",e,t)},\
             window.fbq(\"init\",\"1000000000001\"),t.track(\"PageView\")},",
        );
    }
    out.push_str("]);");
    out
}
