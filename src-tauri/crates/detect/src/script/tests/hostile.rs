//! Scripts that mean harm, scripts that are broken, and scripts that chance made.

use super::{check, facts, line, same, table};

/// More of anything than nests as deeply as is read.
const TOO_MANY: usize = 21_000;

/// Reads a script, and gives the names of the events found in it and the problems named.
fn survive(script: &str) -> (usize, Vec<String>) {
    let facts = facts(script);
    (facts.calls.len(), facts.problems)
}

#[test]
fn nesting_of_any_kind_and_depth_is_survived() {
    let pieces = [
        "(",
        "[",
        "{",
        "!",
        "-",
        "a+",
        "a.",
        "if(a)",
        "function(){",
        "function a(){",
        "a=>",
        "a?b:",
        "f(",
        "new ",
        "a=",
        "`${",
        "else if(a){}",
        "if(a){}else ",
        "for(;;)",
        "while(1)",
        "do ",
        "x:",
        "try{",
        "class A{m(){",
        "async()=>",
        "[...",
        "({a:",
        "a?.",
        "a[",
        "typeof ",
        "await ",
        "yield ",
        "a**",
        "a,",
        "switch(a){case ",
        "with(a)",
        "label:{",
        "/",
        "'",
        "`",
        "/*",
        "<!--",
        "()",
        "[]",
        "{}",
        "${",
        "a=>{",
        "return ",
        "throw ",
        "import(",
        "static{",
        "#",
        "@",
        "\\",
        "\u{2028}",
        "0,",
    ];
    for piece in pieces {
        for times in [3, 2_000, TOO_MANY] {
            survive(&format!("fbq('a');{}fbq('b')", piece.repeat(times)));
        }
    }
}

#[test]
fn closed_nesting_is_survived() {
    let pairs = [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("function a(){", "}"),
        ("(function(){", "})()"),
        ("if(a){", "}"),
        ("f(", ")"),
        ("x={a:", "}"),
        ("a=>(", ")"),
    ];
    for (open, close) in pairs {
        for times in [500, 5_000, TOO_MANY] {
            let script = format!("fbq('a');{}1{}", open.repeat(times), close.repeat(times));
            let (calls, problems) = survive(&script);
            assert!(calls >= 1, "{open} x {times}: {problems:?}");
            assert!(times < TOO_MANY || !problems.is_empty(), "{open} x {times}");
        }
    }
}

#[test]
fn long_chains_are_survived() {
    let sum = format!("fbq('x', {}1)", "a+".repeat(500_000));
    let (_, problems) = survive(&sum);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let (calls, problems) = survive(&format!("fbq('a'); x = {}1", "a+".repeat(500_000)));
    assert_eq!((calls, problems.len()), (1, 1), "{problems:?}");
    check(&format!("fbq({}1)", "1+".repeat(1_000)), &["fbq(1001)"]);
    let (calls, _) = survive(&"fbq('a');".repeat(100_000));
    assert_eq!(calls, super::super::run::MAX_FACTS);
}

#[test]
fn work_without_end_ends() {
    let fan_out: String = (0..60).map(|i| format!("function f{i}(x){{f{}(x+'a');f{}(x+'b')}}", i + 1, i + 1)).collect();
    survive(&format!("{fan_out} function f60(x){{fbq('track',x)}} f0('')"));
    survive("function f(x){f(x+'a');g(x)} function g(x){f(x);fbq('track',x)} f('')");
    survive("var s='a'; for(var i=0;i<1000;i++){s+=s} fbq(s)");
    survive("var s='%'; for(var i=0;i<1000;i++){s=encodeURIComponent(s);s=s.replace('%',s)} fbq(s)");
    survive("var a=[1]; for(var i=0;i<200;i++){a=a.concat(a);a=[...a,...a];a.push(...a)} fbq(a);fbq(...a)");
    survive(
        "var a=[1],l=[]; for(var i=0;i<99;i++){a=a.concat(a)} for(var i=0;i<200;i++)for(var j=0;j<200;j++){l.push(a.slice());fbq(a)}",
    );
    survive("var o={}; for(var i=0;i<200;i++)for(var j=0;j<200;j++){o[i+'-'+j]=o} o={...o,...o};o={...o,...o}; fbq(o)");
    survive("for(var i=0;;i++){fbq(i)}");
    survive("while(true){fbq('a')}");
    survive("for(var a=0;a<99;a++)for(var b=0;b<99;b++)for(var c=0;c<99;c++)for(var d=0;d<99;d++)fbq(a+b+c+d)");
    survive("var a=[1];a.push(a);fbq(a);var o={};o.o=o;fbq(o)");
    survive("function go(){setTimeout(go,1);fbq('x')} go()");
    survive("function go(n){setTimeout(function(){go(n+1)},1);fbq(n)} go(1)");
    survive("(function f(){[1,2,3].forEach(function(){f();fbq('x')})})()");
    let variables: String = (0..30_000).map(|i| format!("var v{i}=v{}||{i};", i / 2)).collect();
    survive(&format!("(function(){{{variables}fbq(v1)}})()"));
    let same = "x=function(){fbq(x)};".repeat(20_000);
    survive(&format!("(function(){{var x;{same}}})()"));
    let nested = format!("var x=fbq;{}fbq(x)", "x=[x,x];".repeat(100_000));
    survive(&nested);
    survive(&format!("eval({:?})", format!("eval({:?})", format!("eval({:?})", "fbq('x')"))));
}

#[test]
fn a_large_bundle_is_read_in_one_pass() {
    let module = |n: usize| {
        format!(
            "{n}:function(e,t,n){{\"use strict\";t.a=function(r){{return r+n({n}).b({n})}};t.b='{}'}},",
            "x".repeat(1_000)
        )
    };
    let modules: String = (0..5_500).map(module).collect();
    let bundle = format!(
        "(function(){{var m={{{modules}9e6:function(){{fbq('init','7');track('Lead')}}}};function track(n){{fbq('track',n)}}m[9e6]()}})();"
    );
    assert!(bundle.len() > 5 << 20, "{}", bundle.len());
    let facts = super::facts(&bundle);
    let calls: Vec<String> = facts.calls.iter().map(super::line).collect();
    assert_eq!(calls, ["fbq('init','7')", "fbq('track','Lead')"]);
    assert!(facts.problems.is_empty(), "{:?}", facts.problems);
}

#[test]
fn size_is_capped() {
    let script = format!("fbq('a');/*{}*/", " ".repeat(9 << 20));
    let (calls, problems) = survive(&script);
    assert_eq!(calls, 1);
    assert!(problems.iter().any(|p| p.contains("larger than 8 MB")), "{problems:?}");
}

#[test]
fn what_browsers_accept_is_no_problem() {
    for script in [
        "<!--\nfbq('x')\n//-->",
        "<!-- comment\nfbq('x')\n-->",
        "//<![CDATA[\nfbq('x')\n//]]>",
        "/* <![CDATA[ */\nfbq('x')\n/* ]]> */",
        "<![CDATA[\nfbq('x')\n]]>",
        "\u{feff}fbq('x')",
        "fbq('x')\n</script>",
        "<script>fbq('x')</script>",
        "<script type=\"text/javascript\">\nfbq('x')\n</script>",
        "\r\nfbq('x')\r\n",
        "'use strict';fbq('x')",
        "#!/usr/bin/env node\nfbq('x')",
        "return fbq('x')",
        "var a=010;fbq('x')",
        "with(a){fbq('x')}",
        "let a;let a;fbq('x')",
    ] {
        same(script, facts(script).calls.iter().map(line).collect(), &["fbq('x')"]);
        assert_eq!(facts(script).problems, Vec::<String>::new(), "{script}");
    }
}

#[test]
fn calls_are_recovered_from_broken_scripts() {
    table(&[
        ("fbq('init','1'); function(", &["fbq('init','1')"]),
        ("if(a){ fbq('init','1'); fbq('track','A',{value:1})", &["fbq('init','1')", "fbq('track','A',{value:1})"]),
        ("var a = 'unclosed\nfbq('init','1');", &["fbq('init','1')"]),
        ("var a = ;\nwindow.fbq('init','1')", &["fbq('init','1')"]),
        ("// fbq('no')\nvar a = ;\nfbq('yes')", &["fbq('yes')"]),
        ("var a = \"fbq('no')\", b = ;\nfbq('yes')", &["fbq('yes')"]),
        ("/* fbq('no') */ var a = ;\nfbq('yes')", &["fbq('yes')"]),
        ("var a = ;\nttq.instance('A').track('B')", &["ttq.instance('A')", "ttq.instance('A').track('B')"]),
        ("var a = ;\ndataLayer.push({a:1}); dataLayer = [{b:2}]", &["dataLayer.push({a:1})"]),
        ("var id = {{ shop.id }};\nfbq('init', id)", &["fbq('init',<id>)"]),
        (
            "fbq('init', '{{ shop.id }}');\n{% if x %}fbq('track','A');{% endif %}",
            &["fbq('init','{{ shop.id }}')", "fbq('track','A')"],
        ),
        ("fbq('init', <?php echo $id; ?>);", &["fbq('init',<__>)"]),
        ("fbq('init', <%= id %>);", &["fbq('init',<__>)"]),
        ("fbq('track','A', fbq('broken", &[]),
    ]);
    let problems = facts("var a = ;\nfbq('a');fbq('b')").problems;
    assert_eq!(problems, ["script has a syntax error; 2 calls recovered"]);
}

/// A small generator (xorshift), so that every run tests the same.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}

#[test]
fn mutated_snippets_are_survived() {
    let pieces = [
        "(", ")", "{", "}", "[", "]", "'", "\"", "`", "${", "/", "*", "//", "\\", "=>", "...", "\n", "é", "\u{2028}",
        "fbq(", "0", ";", ",", "?.", "function", "class", "if(", "<!--", "{{", "}}", "<?",
    ];
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for snippet in super::snippets::ALL {
        for _ in 0..60 {
            let mut chars: Vec<char> = snippet.chars().collect();
            for _ in 0..=chance.below(4) {
                let at = chance.below(chars.len());
                match chance.below(4) {
                    0 => {
                        chars.remove(at);
                    }
                    1 => {
                        let piece = pieces[chance.below(pieces.len())];
                        chars.splice(at..at, piece.chars());
                    }
                    2 => chars.truncate(at.max(1)),
                    _ => {
                        let to = (at + chance.below(30)).min(chars.len());
                        let copy = chars[at..to].to_vec();
                        let target = chance.below(chars.len());
                        chars.splice(target..target, copy);
                    }
                }
            }
            let script: String = chars.into_iter().collect();
            let facts = facts(&script);
            let length = script.len() as u32;
            assert!(facts.calls.iter().all(|c| c.span.0 <= c.span.1 && c.span.1 <= length), "{script}");
            assert!(!facts.problems.iter().any(|p| p.contains("crashed")), "{script}");
        }
    }
}
