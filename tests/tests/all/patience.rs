//! Pages that send late: what their source says will leave is waited for.

use pixelproof_model::{Beacons, Pass};
use pixelproof_tests::{Hosts, Web};

use crate::browser::{audit, lines, page};

/// A library that waits for signals of its own, and sends without them after a while.
const SLOW: &str = "window.UET = function (o) { this.push = () => setTimeout(() => {\
    new Image().src = `https://bat.bing.com/action/0?ti=${o.ti}&Ver=2&evt=pageLoad`; }, 1900); };";

const UET: &str = "<script>(function(w,d,t,r,u){var f,n,i;w[u]=w[u]||[],f=function(){var o={ti:'5550001'};o.q=w[u],\
    w[u]=new UET(o),w[u].push('pageLoad')},n=d.createElement(t),n.src=r,n.async=1,n.onload=function(){f()},\
    i=d.getElementsByTagName(t)[0],i.parentNode.insertBefore(n,i)})(window,document,'script','//bat.bing.com/bat.js','uetq');</script>";

const X: &str = "<script>!function(e,t,n,s,u,a){e.twq||(s=e.twq=function(){s.exe?s.exe.apply(s,arguments):s.queue.push(arguments)},\
    s.version='1.1',s.queue=[],u=t.createElement(n),u.async=!0,u.src='https://static.ads-twitter.com/uwt.js',\
    a=t.getElementsByTagName(n)[0],a.parentNode.insertBefore(u,a))}(window,document,'script'); twq('config','o1abc');\
    setTimeout(function () { twq('event', 'tw-o1abc-o2def', {}); }, 2500);</script>";

#[test]
fn a_library_that_takes_its_time_and_a_timer_are_waited_for() {
    let head =
        |body: &str| format!("<!doctype html><html><head><title>Late</title>{body}</head><body>Words</body></html>");
    let web = Web::start(
        Hosts::new()
            .script("bat.bing.com/bat.js", SLOW)
            .script("static.ads-twitter.com/uwt.js", include_str!("../../standins/uwt.js"))
            .page("shop.test/", "<!doctype html><title>Start</title><a href='/library'>l</a> <a href='/timer'>t</a>")
            .page("shop.test/library", head(UET))
            .page("shop.test/timer", head(X)),
    )
    .unwrap();
    for beacons in [Beacons::Held, Beacons::Send] {
        let report = audit(&web, "https://shop.test/", beacons, &[Pass::None]);
        assert_eq!(lines(page(&report, "/library")), ["microsoft-uet pageLoad declared seen 1"]);
        let timer = ["x-pixel PageView declared seen 1", "x-pixel tw-o1abc-o2def declared seen 1"];
        assert_eq!(lines(page(&report, "/timer")), timer);
    }
}
