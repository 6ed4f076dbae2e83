//! Pages that are out to hurt whoever looks at them: every visit comes to its end within its budget and says what became of
//! the page.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pixelproof_crawl::browser::{Browser, BrowserError, Loaded, MAX_BODY, MAX_REQUESTS, Visit, Visited};
use pixelproof_tests::{Hosts, Web};
use tokio::task::JoinSet;
use url::Url;

use crate::browser::{Held, kinds, options, run};

/// Time that a page may take in all, and what may come on top of it: leaving, closing, and a machine that is busy.
const BUDGET: Duration = Duration::from_secs(10);
const GRACE: Duration = Duration::from_secs(40);
/// Pages looked at at once.
const AT_ONCE: usize = 4;

/// How a page may end.
#[derive(Debug, Clone, Copy)]
enum End {
    /// It is loaded.
    Loaded,
    /// Its time is over.
    OutOfTime,
    /// Either, as the machine has it.
    Either,
    /// It is loaded, or ends its process.
    LoadedOrCrashed,
    /// It can't be loaded, for this reason.
    Failed(&'static str),
}

struct Row {
    name: &'static str,
    page: &'static str,
    end: End,
    /// Kinds of beacons that must have been recorded, each once.
    kinds: &'static [&'static str],
    /// Words of what must be said of it.
    says: &'static str,
}

const fn row(name: &'static str, page: &'static str, end: End, kinds: &'static [&'static str]) -> Row {
    Row { name, page, end, kinds, says: "" }
}

impl Row {
    const fn says(self, says: &'static str) -> Row {
        Row { says, ..self }
    }
}

/// A beacon by which a page shows that it was seen.
macro_rules! seen {
    ($script:literal) => {
        concat!(
            "<!doctype html><body><script>navigator.sendBeacon('https://collect.test/c?k=seen');",
            $script,
            "</script>"
        )
    };
}

const ROWS: &[Row] = &[
    row("redirects for ever", "", End::Failed("net::ERR_TOO_MANY_REDIRECTS"), &[]),
    row("navigates for ever", "<script>location.href='/navigates-for-ever?'+Math.random()</script>", End::Either, &[]),
    row("refreshes for ever", "<meta http-equiv=refresh content=0><body>x", End::Either, &[]),
    row("alerts again and again", seen!("setInterval(()=>{alert(1);confirm(2);prompt(3)},1)"), End::Either, &["seen"]),
    row("asks to stay", seen!("onbeforeunload=e=>{e.preventDefault();return 'stay'}"), End::Loaded, &["seen"]),
    row("hangs while it is left", seen!("onpagehide=()=>{while(true){}}"), End::Loaded, &["seen"])
        .says("did not let itself be left"),
    row(
        "floods with messages",
        seen!("setInterval(()=>{for(let i=0;i<500;i++)postMessage('x'.repeat(1000),'*')},1)"),
        End::Either,
        &["seen"],
    ),
    row(
        "floods the console",
        seen!("setInterval(()=>{for(let i=0;i<100;i++)console.log('x'.repeat(10000))},1)"),
        End::Either,
        &["seen"],
    ),
    row(
        "floods with sockets",
        seen!("for(let i=0;i<300;i++)new WebSocket('wss://hostile.test/socket')"),
        End::Either,
        &["seen"],
    ),
    row(
        "floods with downloads",
        seen!(
            "for(let i=0;i<50;i++){const a=document.createElement('a');a.href='/file.bin?'+i;a.download='x';document.body.append(a);a.click()}"
        ),
        End::Either,
        &["seen"],
    ),
    row("closes itself", seen!("window.close()"), End::Either, &[]),
    row("closes itself later", seen!("setTimeout(()=>window.close(),100)"), End::Either, &["seen"]),
    row(
        "forbids everything",
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; script-src 'unsafe-inline'; sandbox allow-scripts\"><script>new Image().src='https://collect.test/c?k=forbidden'</script>",
        End::Loaded,
        &[],
    ),
    row(
        "writes itself anew",
        seen!(
            "onload=()=>setTimeout(()=>{document.open();document.write(\"<img src='https://collect.test/c?k=written'>\");document.close()},50)"
        ),
        End::Either,
        &["seen", "written"],
    ),
    row(
        "breaks what scripts stand on",
        "<!doctype html><script>for(const of of [Array.prototype,Object.prototype,String.prototype,Promise.prototype,Function.prototype])for(const name of Object.getOwnPropertyNames(of))if(!/constructor|^__|caller|callee|arguments/.test(name))try{of[name]=()=>{throw 1}}catch{}\nJSON.stringify=JSON.parse=()=>{throw 1};fetch=XMLHttpRequest=undefined;const i=document.createElement('img');i.src='https://collect.test/c?k=broken';</script>",
        End::Loaded,
        &["broken"],
    ),
    row(
        "changes its address without rest",
        seen!("setInterval(()=>{for(let i=0;i<200;i++)try{history.pushState(0,'','/p'+i)}catch{}},1)"),
        End::Either,
        &["seen"],
    ),
    row(
        "goes back without rest",
        seen!("history.pushState(0,'','#a');setInterval(()=>history.back(),1)"),
        End::Either,
        &["seen"],
    ),
    row(
        "goes to data",
        seen!("location='data:text/html,<script>new Image().src=1</'+'script>'"),
        End::Either,
        &["seen"],
    ),
    row(
        "goes to a blob",
        seen!("location=URL.createObjectURL(new Blob(['<img src=https://collect.test/c?k=blob>'],{type:'text/html'}))"),
        End::Either,
        &["blob", "seen"],
    ),
    row("goes to a file", seen!("location='file:///etc/passwd'"), End::Either, &["seen"]),
    row("goes to the browser's own pages", seen!("location='chrome://settings'"), End::Either, &["seen"]),
    row("prints", seen!("print();setInterval(print,10)"), End::Either, &["seen"]),
    row(
        "asks for permissions",
        seen!(
            "Notification.requestPermission();navigator.geolocation.getCurrentPosition(()=>{});navigator.mediaDevices.getUserMedia({audio:true,video:true}).catch(()=>{});navigator.mediaDevices.getDisplayMedia().catch(()=>{})"
        ),
        End::Loaded,
        &["seen"],
    ),
    row(
        "asks for devices",
        seen!(
            "navigator.usb?.requestDevice({filters:[]}).catch(()=>{});navigator.bluetooth?.requestDevice({acceptAllDevices:true}).catch(()=>{});navigator.serial?.requestPort().catch(()=>{});showOpenFilePicker?.().catch(()=>{})"
        ),
        End::Loaded,
        &["seen"],
    ),
    row(
        "calls other programs",
        seen!(
            "for(const to of ['mailto:a@b.test','tel:1','odd-program://x','intent://x']){const f=document.createElement('iframe');f.src=to;document.body.append(f)}location='odd-program://y'"
        ),
        End::Either,
        &["seen"],
    ),
    row("stops in a debugger", seen!("setInterval(()=>{debugger},1);debugger"), End::Loaded, &["seen"]),
    row(
        "nests elements",
        seen!("let at=document.body;for(let i=0;i<50000;i++){const d=document.createElement('div');at.append(d);at=d}"),
        End::LoadedOrCrashed,
        &["seen"],
    ),
];

/// Pages that take all that the machine has: each gets a browser of its own, as an audit starts a new one where the old one
/// answers no more.
const STORMS: &[Row] = &[
    row("opens hundreds of windows", seen!("for(let i=0;i<300;i++)open('about:blank')"), End::Either, &[]),
    row(
        "opens hundreds of frames",
        seen!(
            "for(let i=0;i<300;i++){const f=document.createElement('iframe');f.src='https://f'+i+'.test/';document.body.append(f)}"
        ),
        End::Either,
        &[],
    ).says("more windows, frames or workers"),
    row(
        "nests frames without end",
        seen!(
            "const f=document.createElement('iframe');f.src='/nests-frames-without-end?'+Math.random();if(top===self)document.body.append(f)"
        ),
        End::Either,
        &[],
    ),
    row("alerts for ever", seen!("while(true)alert(1)"), End::OutOfTime, &[]).says("more than 50 dialogs"),
    row(
        "breeds workers",
        seen!(
            "const code='const u=URL.createObjectURL(new Blob([self.code=`'+'`]));';const s='onmessage=e=>{const u=URL.createObjectURL(new Blob([e.data]));for(let i=0;i<20;i++)new Worker(u).postMessage(e.data)}';const u=URL.createObjectURL(new Blob([s]));for(let i=0;i<20;i++)new Worker(u).postMessage(s)"
        ),
        End::Either,
        &[],
    ),
    row(
        "fills the memory",
        seen!("const all=[];setInterval(()=>all.push(new Array(1e6).fill(Math.random())),1)"),
        End::Either,
        &[],
    ),
];

fn path(name: &str) -> String {
    name.replace([' ', '\''], "-")
}

fn hosts() -> Hosts {
    let hosts = Hosts::new()
        .with("hostile.test/file.bin", 200, &[("content-type", "application/octet-stream")], "x".repeat(500))
        .page("hostile.test/fine", seen!(""));
    let hosts = ROWS
        .iter()
        .chain(STORMS)
        .fold(hosts, |hosts, row| hosts.page(&format!("hostile.test/{}", path(row.name)), row.page));
    hosts.redirect("hostile.test/redirects-for-ever", "/redirects-for-ever")
}

async fn look(browser: &Browser, path: &str, visit: &Visit) -> Result<(Visited, Duration), BrowserError> {
    let begun = Instant::now();
    let url = Url::parse(&format!("https://hostile.test/{path}")).unwrap();
    let visited = browser.visit(&url, visit, Arc::new(Held)).await?;
    Ok((visited, begun.elapsed()))
}

/// What is wrong with the end of a visit.
fn fault(row: &Row, looked: &Result<(Visited, Duration), BrowserError>) -> Option<String> {
    let name = row.name;
    let (visited, took) = match looked {
        Ok(looked) => looked,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let fits = match (row.end, &visited.loaded) {
        (End::Loaded | End::Either, Loaded::Complete) | (End::OutOfTime | End::Either, Loaded::OutOfTime) => true,
        (End::LoadedOrCrashed, Loaded::Complete | Loaded::Crashed) => true,
        (End::Failed(why), Loaded::Failed(reason)) => why == reason,
        _ => false,
    };
    let found = kinds(visited);
    let has_all = row.kinds.iter().all(|kind| found.iter().any(|of| of == kind));
    let says = |words: &str| visited.problems.iter().any(|problem| problem.contains(words));
    let said = row.says.is_empty() || says(row.says);
    let fine = fits && has_all && said && *took <= BUDGET + GRACE && !visited.cut;
    (!fine).then(|| format!("{name}: {:?} after {took:?}, {found:?}, {:?}", visited.loaded, visited.problems))
}

/// Looks at pages side by side in one browser, and says what is wrong with their ends.
async fn faults(web: &Web, rows: &'static [Row]) -> Vec<String> {
    let browser = Arc::new(Browser::launch(&options(web)).await.unwrap());
    let mut under_way = JoinSet::new();
    for row in rows {
        let browser = browser.clone();
        let visit = Visit { budget: BUDGET, settle: Duration::from_millis(500), ..Visit::default() };
        under_way.spawn(async move { fault(row, &look(&browser, &path(row.name), &visit).await) });
    }
    let faults = under_way.join_all().await.into_iter().flatten().collect();
    Arc::into_inner(browser).unwrap().end().await;
    faults
}

#[test]
fn every_hostile_page_comes_to_its_end() {
    let web = Web::start(hosts()).unwrap();
    run(async {
        let mut found = Vec::new();
        for rows in ROWS.chunks(AT_ONCE).chain(STORMS.chunks(1)) {
            found.extend(faults(&web, rows).await);
        }
        assert!(found.is_empty(), "{found:#?}");
    });
    assert_eq!(web.arrived_at("collect.test"), [], "nothing was sent");
}

#[test]
fn a_page_after_hostile_ones_is_looked_at_as_if_nothing_had_been() {
    let web = Web::start(hosts()).unwrap();
    run(async {
        let browser = Browser::launch(&options(&web)).await.unwrap();
        let visit = Visit { budget: BUDGET, settle: Duration::from_millis(500), ..Visit::default() };
        for name in ["breaks what scripts stand on", "alerts again and again", "goes to a blob", "fine"] {
            let (visited, _) = look(&browser, &path(name), &visit).await.unwrap();
            if name == "fine" {
                assert_eq!((visited.loaded.clone(), kinds(&visited)), (Loaded::Complete, vec!["seen".to_owned()]));
                assert_eq!((visited.dialogs, visited.problems.len()), (0, 0));
            }
        }
        browser.end().await;
    });
}

#[test]
fn a_page_that_sends_more_than_is_kept_is_held_and_says_so() {
    let many = "<script>for(let i=0;i<10000;i++)new Image().src='https://collect.test/c?k=many&n='+i</script>";
    // Waits for its answer before it goes on to be loaded.
    let large = |mb: u32| {
        format!(
            "<script>const x=new XMLHttpRequest();x.open('POST','https://collect.test/c?k=large',false);\
             x.send(new Uint8Array({mb}*1024*1024))</script>"
        )
    };
    let hosts = Hosts::new().page("hostile.test/many", many);
    let web = Web::start(hosts.page("hostile.test/large", large(20)).page("hostile.test/huge", large(50))).unwrap();
    run(async {
        let browser = Browser::launch(&options(&web)).await.unwrap();
        let visit = Visit { settle: Duration::from_secs(2), ..Visit::default() };
        let (many, _) = look(&browser, "many", &visit).await.unwrap();
        assert_eq!(many.requests.len(), MAX_REQUESTS);
        assert!(
            many.uncounted > 0 && many.problems.iter().any(|p| p.contains("more requests than are recorded")),
            "{:?}",
            many.problems
        );
        for (path, budget) in [("large", 60), ("huge", 8)] {
            let patient = Visit { budget: Duration::from_secs(budget), ..visit.clone() };
            let (visited, _) = look(&browser, path, &patient).await.unwrap();
            let sent = visited.requests.iter().find(|sent| sent.url.contains("k=large")).expect("the request");
            let kept = sent.body.as_ref().map(Vec::len);
            assert!(sent.body_cut && kept.is_none_or(|kept| kept <= MAX_BODY), "{path}: {kept:?}");
            // The browser may not hand out more than it can send in one piece: such a request never leaves.
            assert!(sent.held || path == "huge", "{path}: {:?}", visited.loaded);
        }
        browser.end().await;
    });
    assert_eq!(web.arrived_at("collect.test"), [], "nothing was sent, beyond what is recorded neither");
}
