//! Work on scripts that mean harm grows no faster than they do: counted in steps, since time says more of the machine.

use super::{super::run::STEPS, facts};
use crate::deep_thread;

/// Steps that a script is walked in.
fn steps(script: String) -> u64 {
    let counted = move || {
        drop(facts(&script));
        STEPS.get()
    };
    deep_thread("test", counted).expect("a thread").join().expect("no panic")
}

/// A script of a size.
type Shape<'s> = &'s dyn Fn(usize) -> String;

#[test]
fn a_script_twice_as_long_takes_twice_as_many_steps() {
    let numbered = |count: usize, piece: fn(usize) -> String| -> String { (0..count).map(piece).collect() };
    let shapes: [(&str, usize, Shape<'_>); 10] = [
        ("tiny functions", 10_000, &|n| {
            format!("fbq('a');{}", numbered(n, |i| format!("function f{i}(){{fbq({i})}}")))
        }),
        ("tiny functions that say nothing", 10_000, &|n| {
            format!("fbq('a');{}", numbered(n, |i| format!("function f{i}(x){{return x+{i}}}")))
        }),
        ("one array", 10_000, &|n| format!("fbq('a',[{}])", numbered(n, |i| format!("{i},")))),
        ("one object", 4_000, &|n| format!("var o={{{}}};fbq(o.k1)", numbered(n, |i| format!("k{i}:{i},")))),
        ("wrappers of wrappers", 2_000, &|n| {
            let chain = numbered(n, |i| format!("function w{i}(x){{w{}(x)}}", i + 1));
            format!("{chain}function w{n}(x){{fbq(x)}}w0('a')")
        }),
        ("functions in functions", 1_000, &|n| {
            format!("{}fbq('a'){}", "(function(){var a=1;".repeat(n), "})();".repeat(n))
        }),
        ("branches", 2_000, &|n| format!("if(a)fbq('a');{}", numbered(n, |i| format!("else if(a=={i})x={i};")))),
        ("variables written under conditions", 2_000, &|n| {
            format!("var x;{}fbq(x)", numbered(n, |i| format!("if(c{i}){{x='{i}'}}")))
        }),
        ("listeners", 2_000, &|n| numbered(n, |i| format!("b.addEventListener('click',function(){{fbq({i})}});"))),
        ("a sum", 4_000, &|n| format!("fbq('a',{}1)", "b+".repeat(n))),
    ];
    for (name, size, shape) in shapes {
        let [once, twice] = [size, 2 * size].map(|size| steps(shape(size)));
        assert!(once > 0 && twice <= 2 * once + 1_000, "{name}: {once} steps, twice as long {twice}");
    }
}

#[test]
fn a_short_name_that_only_objects_of_the_script_have_makes_nothing_worth_following() {
    let library = |own: &str, more: &str| {
        // Longer than what is followed for the constants that it may give.
        let rest = "n=n+1;".repeat(80);
        let module = |number: usize| {
            format!(
                "m[{number}]=function(e){{function T(n){{this.{own}=n;this.b=[1,2,3].map(function(x){{return x+n}});{rest}}}\
                 T.prototype.say=function(){{return this.{own}+{number}}};return new T(e).say()}};m[{number}]('x');"
            )
        };
        format!("(function(){{var m=[];{}{more}}})()", (0..200).map(module).collect::<String>())
    };
    let [plain, own, global] =
        [library("other", "fbq('a')"), library("ga", "fbq('a')"), library("ga", "ga('send');fbq('a')")].map(steps);
    assert!(own <= plain + 10, "{own} steps instead of {plain}");
    assert!(global > 2 * own, "{global} steps, {own} where the name is not used");
}
