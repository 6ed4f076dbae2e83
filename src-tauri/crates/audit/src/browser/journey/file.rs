//! The file of a journey (TOML), read strictly: what isn't understood is an error that names its line.

use std::path::Path;

use pixelproof_crawl::parse_start;
use pixelproof_detect::probe;
use pixelproof_model::{EventPattern, Journey, JourneyAction, JourneyStep, JourneyWait, Params, Pass};
use serde::Deserialize;
use toml::Spanned;
use url::Url;

use crate::{AuditError, Result, vendors::catalogue};

/// Longest file of a journey, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Most steps of a journey.
pub const MAX_STEPS: usize = 200;
/// Most seconds that a step may wait for something.
pub const MAX_WAIT_S: u32 = 60;
/// Most seconds that a step may wait for nothing but time.
pub const MAX_PAUSE_S: u32 = 10;
/// Seconds that a step waits for something when the file doesn't say.
const WAIT_S: u32 = 15;
/// Seconds that an expected event may take when the file doesn't say: libraries gather events for up to five.
const EXPECT_S: u32 = 6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawJourney {
    name: Option<String>,
    start: Option<Spanned<String>>,
    click_id: Option<Spanned<String>>,
    #[serde(default)]
    consent: Vec<Pass>,
    #[serde(default)]
    step: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    goto: Option<String>,
    click: Option<String>,
    fill: Option<String>,
    select: Option<String>,
    #[serde(rename = "in")]
    place: Option<String>,
    wait: Option<RawWait>,
    expect: Option<RawEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWait {
    selector: Option<String>,
    url: Option<String>,
    event: Option<String>,
    vendor: Option<String>,
    account: Option<String>,
    within: Option<u32>,
    seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEvent {
    event: Option<String>,
    vendor: Option<String>,
    account: Option<String>,
    #[serde(default)]
    params: toml::Table,
    count: Option<u32>,
    within: Option<u32>,
    #[serde(default)]
    consent: Vec<Pass>,
}

/// What is wrong, and where in the file.
struct Wrong {
    at: usize,
    reason: String,
}

impl Wrong {
    fn new(at: usize, reason: impl Into<String>) -> Wrong {
        Wrong { at, reason: reason.into() }
    }
}

/// Reads the file of a journey.
///
/// # Errors
/// [`AuditError::BadInput`] with the file, the line and the reason.
pub fn read_journey(path: &Path) -> Result<Journey> {
    let bad = |reason: String| Err(AuditError::BadInput(format!("{} can't be read: {reason}", path.display())));
    match std::fs::metadata(path) {
        Ok(about) if about.len() > MAX_FILE => return bad("a journey takes less than a megabyte.".to_owned()),
        Ok(_) => {}
        Err(error) => return bad(error.to_string()),
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return bad(error.to_string()),
    };
    parse_journey(&text, &path.display().to_string())
}

/// Reads a journey from its text; `file` is what errors call it.
///
/// # Errors
/// As [`read_journey`].
pub fn parse_journey(text: &str, file: &str) -> Result<Journey> {
    let said = |wrong: Wrong| {
        let line = line_of(text, wrong.at);
        AuditError::BadInput(format!("{file}, line {line}: {}", crate::words::visible(&wrong.reason)))
    };
    let raw: RawJourney = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        said(Wrong::new(at, error.message().trim().to_owned()))
    })?;
    journey(raw, text, file).map_err(said)
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

fn journey(raw: RawJourney, text: &str, file: &str) -> Result<Journey, Wrong> {
    if raw.step.is_empty() {
        return Err(Wrong::new(0, "there is no step: a journey is a list of [[step]] tables"));
    }
    if let Some(first_too_many) = raw.step.get(MAX_STEPS) {
        return Err(Wrong::new(first_too_many.span().start, format!("a journey has at most {MAX_STEPS} steps")));
    }
    let start = raw.start.map(|start| address(&start)).transpose()?;
    let click_id = raw.click_id.map(|id| parameter(&id)).transpose()?;
    let mut steps = Vec::with_capacity(raw.step.len());
    for step in &raw.step {
        let at = step.span().start;
        let action = action(step.get_ref()).map_err(|reason| Wrong::new(at, reason))?;
        let line = u32::try_from(line_of(text, at)).unwrap_or(u32::MAX);
        steps.push(JourneyStep { line, action });
    }
    let first_at = raw.step.first().map_or(0, |step| step.span().start);
    match steps.first().map(|step| &step.action) {
        Some(JourneyAction::Goto { to }) if start.is_some() || Url::parse(to).is_ok() => {}
        Some(JourneyAction::Goto { to }) => {
            return Err(Wrong::new(
                first_at,
                format!("“{to}” hangs on another address: begin it with https://, or add a start"),
            ));
        }
        _ => return Err(Wrong::new(first_at, "the first step has to go to an address (goto)")),
    }
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = raw.name.filter(|name| !name.trim().is_empty()).or(stem).unwrap_or_default();
    let mut consent = raw.consent;
    consent.sort_unstable();
    consent.dedup();
    Ok(Journey { name, file: file.to_owned(), start, click_id, consent, steps })
}

fn address(start: &Spanned<String>) -> Result<Url, Wrong> {
    parse_start(start.get_ref()).map_err(|reason| Wrong::new(start.span().start, reason))
}

fn parameter(id: &Spanned<String>) -> Result<String, Wrong> {
    let text = id.get_ref();
    let fits = !text.is_empty() && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match fits {
        true => Ok(text.clone()),
        false => Err(Wrong::new(id.span().start, format!("“{text}” is no name of a query parameter, such as fbclid"))),
    }
}

/// The one thing that a step does.
fn action(step: &RawStep) -> Result<JourneyAction, String> {
    let given: Vec<&str> = [
        ("goto", step.goto.is_some()),
        ("click", step.click.is_some()),
        ("fill", step.fill.is_some()),
        ("select", step.select.is_some()),
        ("wait", step.wait.is_some()),
        ("expect", step.expect.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, given)| given.then_some(name))
    .collect();
    let [only] = given.as_slice() else {
        return Err(match given.as_slice() {
            [] => "a step does one of goto, click, fill, select, wait, expect; this one does nothing".to_owned(),
            many => format!("a step does one thing; this one has {}", many.join(" and ")),
        });
    };
    let place = || match step.place.as_deref().map(str::trim) {
        Some(place) if !place.is_empty() => selector(place),
        _ => Err(format!("{only} needs the field: in = \"#email\"")),
    };
    if step.place.is_some() && !matches!(*only, "fill" | "select") {
        return Err(format!("in says which field to fill or select in; {only} has none"));
    }
    if let Some(to) = &step.goto {
        return goto(to);
    }
    if let Some(on) = &step.click {
        return Ok(JourneyAction::Click { on: selector(on)? });
    }
    if let Some(value) = &step.fill {
        return Ok(JourneyAction::Fill { value: typed(value)?, into: place()? });
    }
    if let Some(value) = &step.select {
        return Ok(JourneyAction::Select { value: value.clone(), from: place()? });
    }
    if let Some(wait) = &step.wait {
        return self::wait(wait);
    }
    match &step.expect {
        Some(expect) => self::expect(expect),
        None => Err("a step has to do something".to_owned()),
    }
}

fn goto(to: &str) -> Result<JourneyAction, String> {
    if let Ok(url) = Url::parse(to)
        && !matches!(url.scheme(), "http" | "https")
    {
        return Err(format!("“{to}” is no address of a page: it has to be http or https"));
    }
    Ok(JourneyAction::Goto { to: to.to_owned() })
}

fn selector(text: &str) -> Result<String, String> {
    let text = text.trim();
    let empty = text.strip_prefix("text=").unwrap_or(text).trim().is_empty();
    match empty {
        true => Err("an element is named by a CSS selector (#buy) or by its text (text=Buy now)".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn typed(value: &str) -> Result<String, String> {
    if let Some(name) = value.strip_prefix("probe:")
        && probe::value(name).is_none()
    {
        let known: Vec<&str> = probe::names().collect();
        return Err(format!("there is no probe:{name}; there are {}", known.join(", ")));
    }
    if let Some(name) = value.strip_prefix("env:")
        && (name.is_empty() || std::env::var_os(name).is_none())
    {
        return Err(format!("the environment has no {name}, which env:{name} asks for"));
    }
    Ok(value.to_owned())
}

fn wait(wait: &RawWait) -> Result<JourneyAction, String> {
    let event = wait.event.is_some() || wait.vendor.is_some() || wait.account.is_some();
    let ways = [wait.selector.is_some(), wait.url.is_some(), event, wait.seconds.is_some()];
    if ways.iter().filter(|way| **way).count() != 1 {
        return Err("wait takes one of selector, url, event or seconds".to_owned());
    }
    if let Some(seconds) = wait.seconds {
        if seconds == 0 || seconds > MAX_PAUSE_S || wait.within.is_some() {
            return Err(format!(
                "waiting for nothing but time takes 1 to {MAX_PAUSE_S} seconds; name a selector, a url or an event instead"
            ));
        }
        return Ok(JourneyAction::Wait { until: JourneyWait::Time, seconds });
    }
    let seconds = within(wait.within, WAIT_S)?;
    let until = match (&wait.selector, &wait.url) {
        (Some(text), _) => JourneyWait::Selector { selector: selector(text)? },
        (_, Some(url)) => JourneyWait::Url { url: url.clone() },
        _ => JourneyWait::Event { event: pattern(&wait.event, &wait.vendor, &wait.account)? },
    };
    Ok(JourneyAction::Wait { until, seconds })
}

fn expect(raw: &RawEvent) -> Result<JourneyAction, String> {
    let mut event = pattern(&raw.event, &raw.vendor, &raw.account)?;
    event.count = raw.count;
    event.params = params(&raw.params)?;
    Ok(JourneyAction::Expect { event, seconds: within(raw.within, EXPECT_S)?, passes: raw.consent.clone() })
}

fn within(given: Option<u32>, usual: u32) -> Result<u32, String> {
    match given {
        None => Ok(usual),
        Some(seconds) if (1..=MAX_WAIT_S).contains(&seconds) => Ok(seconds),
        Some(_) => Err(format!("within takes 1 to {MAX_WAIT_S} seconds")),
    }
}

fn pattern(name: &Option<String>, vendor: &Option<String>, account: &Option<String>) -> Result<EventPattern, String> {
    if name.is_none() && vendor.is_none() && account.is_none() {
        return Err("say which event: event = \"Purchase\", vendor = \"meta-pixel\", or both".to_owned());
    }
    if let Some(id) = vendor
        && catalogue().get(id).is_none()
    {
        return Err(format!("there is no vendor “{id}”; `pixelproof vendors` lists them"));
    }
    Ok(EventPattern { vendor: vendor.clone(), name: name.clone(), account: account.clone(), ..EventPattern::default() })
}

fn params(table: &toml::Table) -> Result<Params, String> {
    let value = serde_json::to_value(table).map_err(|error| error.to_string())?;
    match value {
        serde_json::Value::Object(params) => Ok(params),
        _ => Err("params is a table of names and values".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "start = \"https://shop.example/\"\n";

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let error = parse_journey(text, "buy.toml").expect_err(text).to_string();
        assert!(error.contains(wanted), "{error}\n  lacks\n{wanted}");
    }

    #[test]
    fn everything_that_a_step_can_do_is_read() {
        let text = r##"
name = "Ad click to purchase"
start = "shop.example"
click_id = "fbclid"
consent = ["accept", "none"]
[[step]]
goto = "/kettle?utm_source=ad"
[[step]]
click = "text=Add to cart"
[[step]]
fill = "probe:email"
in = "#email"
[[step]]
select = "DE"
in = "[name=country]"
[[step]]
wait = { url = "/thanks*", within = 30 }
[[step]]
wait = { seconds = 2 }
[[step]]
wait = { event = "Lead", vendor = "meta-pixel" }
[[step]]
[step.expect]
event = "Purchase"
vendor = "meta-pixel"
account = "480011223344556"
count = 1
params = { value = 30.5, currency = "EUR" }
"##;
        let journey = parse_journey(text, "way/buy.toml").unwrap();
        insta::assert_json_snapshot!(journey);
    }

    #[test]
    fn a_journey_without_a_name_has_that_of_its_file() {
        let journey = parse_journey("[[step]]\ngoto = \"https://shop.example/\"\n", "way/buy.toml").unwrap();
        assert_eq!(journey.name, "buy");
    }

    #[test]
    fn errors_name_the_line_and_the_reason() {
        check("", "buy.toml, line 1: there is no step");
        check("[[step]]\ngoto = \"https://a.example/\"\n[[step]]\nclik = \"#x\"\n", "line 4: unknown field `clik`");
        check(&format!("{HEAD}[[step]]\ngoto = \"/\"\n\n[[step]]\n"), "line 5: a step does one of goto");
        check(
            &format!("{HEAD}[[step]]\ngoto = \"/\"\nclick = \"#x\"\n"),
            "line 2: a step does one thing; this one has goto and click",
        );
        check(&format!("{HEAD}[[step]]\nclick = \"#x\"\n"), "line 2: the first step has to go to an address");
        check("[[step]]\ngoto = \"/\"\n", "line 1: “/” hangs on another address");
        check("start = \"ftp://a.example\"\n[[step]]\ngoto = \"/\"\n", "line 1:");
        check(
            "click_id = \"a b\"\n[[step]]\ngoto = \"https://a.example/\"\n",
            "line 1: “a b” is no name of a query parameter",
        );
        let then = |step: &str| format!("{HEAD}[[step]]\ngoto = \"/\"\n[[step]]\n{step}\n");
        check(&then("fill = \"x\""), "line 4: fill needs the field");
        check(&then("fill = \"probe:shoe-size\"\nin = \"#x\""), "line 4: there is no probe:shoe-size; there are email");
        check(
            &then("fill = \"env:PIXELPROOF_NOT_SET\"\nin = \"#x\""),
            "line 4: the environment has no PIXELPROOF_NOT_SET",
        );
        check(&then("click = \"text= \""), "line 4: an element is named by");
        check(&then("click = \"#x\"\nin = \"#y\""), "line 4: in says which field");
        check(&then("wait = { seconds = 600 }"), "line 4: waiting for nothing but time takes 1 to 10 seconds");
        check(&then("wait = { url = \"/x\", selector = \"#y\" }"), "line 4: wait takes one of");
        check(&then("wait = { url = \"/x\", within = 900 }"), "line 4: within takes 1 to 60 seconds");
        check(&then("expect = { count = 1 }"), "line 4: say which event");
        check(&then("expect = { vendor = \"meta\" }"), "line 4: there is no vendor “meta”");
        check(&then("expect = { event = \"x\", count = -1 }"), "line 5:");
        check(&then("goto = \"file:///etc/passwd\""), "line 4: “file:///etc/passwd” is no address of a page");
        check("[[step]\n", "line 1:");
    }
}
