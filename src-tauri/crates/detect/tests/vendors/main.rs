//! The vendors' specs run as tests, and the laws that hold for every vendor.
//!
//! An expectation has one line for each thing found, with defaults left out:
//!
//! ```text
//! install ACCOUNT|- [via=noscript] [state=gated] [delayed] [library-only] [trigger=click]
//! event NAME|expr:SOURCE CLASS STAGE [accounts=A,B] [via=…] [state=…] [trigger=…] [params={…}] [event_id=…]
//! library [ACCOUNT]
//! consent ACTION [values={…}]
//! request KIND
//! event NAME CLASS STAGE [account=…] [params={…}] [event_id=…] [page=…] [user_data=em:sha256] [consent=…]
//! nothing
//! ```
//!
//! What belongs to another vendor than the spec's has that vendor's id in brackets before it. `nothing` says that
//! nothing of the spec's own vendor is found.

mod spec;

use std::collections::BTreeMap;

use pixelproof_detect::{Catalogue, PageInput, catalogue::Vendor, decode, read_page};
use pixelproof_model::{Page, Params, Request, State, Text, Trigger, Via};
use serde::Serialize;
use serde_json::Value;

use crate::spec::{Example, InputKind, Spec};

/// Vendors whose browsers send nothing that can be decoded, with the reason.
const WITHOUT_BEACONS: &[(&str, &str)] = &[];

/// What stands in an expectation unless it says otherwise.
const DEFAULTS: &[&str] = &["via=script", "state=active", "trigger=load", "params={}"];

fn every(check: impl Fn(&Vendor, &Spec, &mut Vec<String>)) {
    let mut wrong = Vec::new();
    for vendor in Catalogue::builtin().vendors() {
        check(vendor, &spec_of(vendor), &mut wrong);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn spec_of(vendor: &Vendor) -> Spec {
    spec::parse(Catalogue::builtin().text(&vendor.id).unwrap_or_default())
}

fn page(html: &str) -> Page {
    let url = "https://shop.example/".parse().expect("a URL");
    let input = PageInput { source: "spec", url: &url, html };
    read_page(Catalogue::builtin(), &input).finish(Catalogue::builtin(), &|_| None)
}

fn request(text: &str) -> Request {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut head = head.lines();
    let first = head.next().unwrap_or_default();
    let (method, url) = match first.split_once(' ') {
        Some((method, url)) => (method, url),
        None => ("GET", first),
    };
    let headers: BTreeMap<String, String> =
        head.filter_map(|l| l.split_once(": ")).map(|(k, v)| (k.to_lowercase(), v.to_owned())).collect();
    let base64 = headers.contains_key("body-in-base64");
    let body = (!body.is_empty()).then(|| body.to_owned());
    let (body, body_base64) = if base64 { (None, body) } else { (body, None) };
    Request { method: method.to_owned(), url: url.to_owned(), body, body_base64, headers }
}

/// A serde name: `page-view`, `noscript`.
fn name(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(s)) => s,
        other => panic!("no name: {other:?}"),
    }
}

fn text(value: &Text) -> String {
    match value {
        Text::Known(s) => s.escape_debug().to_string(),
        Text::Expr { expr } => format!("expr:{expr}"),
    }
}

/// JSON with sorted keys, so that order is no matter of the spec.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            let inner: Vec<_> =
                sorted.into_iter().map(|(k, v)| format!("{}:{}", Value::from(k.as_str()), canonical(v))).collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Number(n) if n.as_f64().is_some_and(|f| f.fract() == 0.0 && f.abs() < 1e15) => {
            format!("{}", n.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

fn params(map: &Params) -> String {
    canonical(&Value::Object(map.clone()))
}

/// A line without what is default, and with its JSON in one spelling.
fn normal(line: &str) -> String {
    let mut rest = line;
    let mut words = Vec::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let json = ["params=", "values="].into_iter().find(|p| rest.starts_with(&format!("{p}{{")));
        if let Some(prefix) = json {
            let mut stream = serde_json::Deserializer::from_str(&rest[prefix.len()..]).into_iter::<Value>();
            let value = stream.next().and_then(Result::ok).unwrap_or_else(|| panic!("bad JSON in: {line}"));
            words.push(format!("{prefix}{}", canonical(&value)));
            rest = &rest[prefix.len() + stream.byte_offset()..];
        } else {
            let (word, tail) = rest.split_once(' ').unwrap_or((rest, ""));
            words.push(word.to_owned());
            rest = tail;
        }
    }
    words.retain(|w| !DEFAULTS.contains(&w.as_str()));
    // The order of attributes says nothing.
    let (mut attributes, mut words): (Vec<_>, Vec<_>) = words.into_iter().partition(|w| w.contains('='));
    attributes.sort();
    words.append(&mut attributes);
    words.join(" ")
}

fn flags(via: Via, state: State, delayed: bool, trigger: Trigger) -> String {
    let delayed = if delayed { " delayed" } else { "" };
    format!(" via={} state={}{delayed} trigger={}", name(via), name(state), name(trigger))
}

fn prefix(own: &str, vendor: &str) -> String {
    if own == vendor { String::new() } else { format!("[{vendor}] ") }
}

fn page_lines(own: &str, page: &Page) -> Vec<String> {
    let mut lines = Vec::new();
    for i in page.installs.iter().filter(|i| !i.by_events) {
        let only = if i.library_only { " library-only" } else { "" };
        let account = i.account.as_deref().unwrap_or("-");
        let flags = flags(i.via, i.state, i.delayed, i.trigger);
        lines.push(format!("{}install {account}{flags}{only}", prefix(own, &i.vendor)));
    }
    for e in &page.events {
        let accounts =
            if e.accounts.is_empty() { String::new() } else { format!(" accounts={}", e.accounts.join(",")) };
        let id = e.event_id.as_ref().map(|id| format!(" event_id={}", text(id))).unwrap_or_default();
        lines.push(format!(
            "{}event {} {} {}{accounts}{} params={}{id}",
            prefix(own, &e.vendor),
            text(&e.name),
            name(e.class),
            name(e.stage),
            flags(e.via, e.state, e.delayed, e.trigger),
            params(&e.params),
        ));
    }
    for l in &page.libraries {
        let account = l.account.as_ref().map(|a| format!(" {a}")).unwrap_or_default();
        lines.push(format!("{}library{account} state={}", prefix(own, &l.vendor), name(l.state)));
    }
    for c in &page.consent.calls {
        let values = if c.values.is_empty() { String::new() } else { format!(" values={}", params(&c.values)) };
        lines.push(format!("{}consent {}{values}", prefix(own, &c.vendor), c.action));
    }
    lines
}

fn request_lines(own: &str, request: &Request) -> Vec<String> {
    let decoded = decode(Catalogue::builtin(), request);
    let Some(vendor) = &decoded.vendor else { return Vec::new() };
    let prefix = prefix(own, vendor);
    let mut lines = vec![format!("{prefix}request {}", name(decoded.kind))];
    for e in &decoded.events {
        let optional =
            |key: &str, value: &Option<String>| value.as_ref().map(|v| format!(" {key}={v}")).unwrap_or_default();
        let user: Vec<_> = e.user_data.iter().map(|(k, v)| format!("{k}:{v}")).collect();
        let user = (!user.is_empty()).then(|| user.join(","));
        lines.push(format!(
            "{prefix}event {} {} {}{} params={}{}{}{}{}",
            e.name.escape_debug(),
            name(e.class),
            name(e.stage),
            optional("account", &e.account),
            params(&e.params),
            optional("event_id", &e.event_id),
            optional("page", &e.page),
            optional("user_data", &user),
            optional("consent", &e.consent),
        ));
    }
    lines
}

fn found(own: &str, example: &Example) -> Vec<String> {
    match example.input {
        InputKind::Html => page_lines(own, &page(&example.text)),
        InputKind::Js => page_lines(own, &page(&format!("<script>\n{}\n</script>", example.text))),
        InputKind::Beacon => request_lines(own, &request(&example.text)),
    }
}

#[test]
fn every_example_gives_what_its_spec_says() {
    every(|vendor, spec, wrong| {
        for example in &spec.examples {
            let mut found: Vec<_> = found(&vendor.id, example).iter().map(|l| normal(l)).collect();
            let mut expected: Vec<_> = example.expect.iter().map(|l| normal(l)).collect();
            if example.expect == ["nothing"] {
                found.retain(|l| !l.starts_with('['));
                expected.clear();
            }
            found.sort();
            expected.sort();
            if found != expected {
                let (found, expected) = (found.join("\n"), expected.join("\n"));
                wrong.push(format!(
                    "{}.md:{}\n---- expected\n{expected}\n---- found\n{found}\n----\n",
                    vendor.id, example.line
                ));
            }
        }
    });
}

#[test]
fn a_beacon_of_a_spec_is_claimed_by_that_vendor() {
    every(|vendor, spec, wrong| {
        for example in &spec.examples {
            if example.input == InputKind::Beacon && !example.must_not && example.expect != ["nothing"] {
                let claimed = decode(Catalogue::builtin(), &request(&example.text)).vendor;
                if claimed.as_deref() != Some(&vendor.id) {
                    wrong.push(format!("{}.md:{}: claimed by {claimed:?}", vendor.id, example.line));
                }
            }
        }
    });
}

#[test]
fn a_spec_has_the_name_as_title_prose_and_every_kind_of_example() {
    every(|vendor, spec, wrong| {
        wrong.extend(spec.problems.iter().map(|p| format!("{}.md: {p}", vendor.id)));
        let mut need = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{}.md: {what}", vendor.id));
            }
        };
        need(spec.title == vendor.name, "the title is not the name");
        need(spec.prose.lines().count() >= 3, "hardly any prose");
        let real = |e: &&Example| !e.must_not;
        need(spec.examples.iter().filter(real).any(|e| e.input != InputKind::Beacon), "no declared example");
        let silent = WITHOUT_BEACONS.iter().any(|(id, _)| *id == vendor.id);
        need(silent || spec.examples.iter().filter(real).any(|e| e.input == InputKind::Beacon), "no fired example");
        need(spec.examples.iter().any(|e| e.must_not), "no look-alike");
        need(spec.examples.iter().all(|e| !e.must_not || e.expect == ["nothing"]), "a look-alike expects something");
        need(spec.examples.iter().all(|e| !e.expect.is_empty()), "an example expects nothing without saying so");
    });
}

#[test]
fn tables_are_sound() {
    every(|vendor, _, wrong| {
        for call in &vendor.calls {
            let root = call.function.trim_start_matches("new ").split(['.', '(']).next().unwrap_or_default();
            if !vendor.globals.iter().chain(&vendor.borrowed_globals).any(|g| g == root) {
                wrong.push(format!("{}: {} runs through no listed global", vendor.id, call.function));
            }
        }
        let mut names: Vec<_> = vendor.events.iter().flat_map(|e| e.aliases.iter().chain([&e.name])).collect();
        names.sort();
        wrong.extend(names.windows(2).filter(|w| w[0] == w[1]).map(|w| format!("{}: {} twice", vendor.id, w[0])));
        if vendor.country.len() != 2 || vendor.owner.is_empty() || vendor.initials.chars().count() > 3 {
            wrong.push(format!("{}: owner, country or initials", vendor.id));
        }
    });
}

#[test]
fn a_snippet_to_paste_is_one_active_install() {
    every(|vendor, spec, wrong| {
        let Some(snippet) = &vendor.snippet else { return };
        let Some(account) = sample_account(vendor, spec) else {
            wrong.push(format!("{}: no account to try the snippet with", vendor.id));
            return;
        };
        let page = page(&snippet.replace("{{account}}", &account));
        let active: Vec<_> = page
            .installs
            .iter()
            .filter(|i| i.state == State::Active && matches!(i.via, Via::Script | Via::Config))
            .map(|i| (i.vendor.as_str(), i.account.as_deref()))
            .collect();
        if active != [(vendor.id.as_str(), Some(account.as_str()))] {
            wrong.push(format!("{}: installs of the snippet: {active:?}", vendor.id));
        }
        if page.installs.iter().any(|i| i.vendor != vendor.id || i.account.as_deref() != Some(&account)) {
            wrong.push(format!("{}: the snippet installs something else too", vendor.id));
        }
    });
}

/// First account that a spec's examples install by script.
fn sample_account(vendor: &Vendor, spec: &Spec) -> Option<String> {
    let installs = spec.examples.iter().flat_map(|e| &e.expect).filter_map(|l| l.strip_prefix("install "));
    let mut accounts = installs.filter_map(|l| l.split(' ').next());
    accounts.find(|a| vendor.account.pattern.is_match(a)).map(str::to_owned)
}

#[test]
fn a_spec_is_taken_apart() {
    let text = "# A

Prose.

## Fired
```beacon
https://a.example/
```
```expect
request event
```
\
                ## Must not match
```js
x()
```
```expect
nothing
```
";
    let spec = spec::parse(text);
    assert_eq!((spec.title.as_str(), spec.prose.as_str()), ("A", "Prose."));
    let seen: Vec<_> = spec.examples.iter().map(|e| (e.input, e.must_not, e.line, e.expect.join(";"))).collect();
    let beacon = (InputKind::Beacon, false, 6, "request event".to_owned());
    assert_eq!(seen, [beacon, (InputKind::Js, true, 13, "nothing".to_owned())]);
    assert_eq!(spec.problems, [] as [&str; 0]);
}

#[test]
fn loose_ends_of_a_spec_are_problems() {
    let spec = spec::parse(
        "# A
```js
x()
```
```expect
```
```expect
```
```yaml
```
```html
```
",
    );
    let problems =
        ["line 7: expectation without an example", "line 9: unknown block \"yaml\"", "line 11: no expectation follows"];
    assert_eq!(spec.problems, problems);
}
