//! `pixelproof inspect`: what pages declare, without a crawl. Several pages are read at once; answers keep the order of
//! the inputs.

use std::{io::BufRead, path::Path};

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use pixelproof_audit::{
    inspect::{UNREADABLE, inspect_file, inspect_url},
    words::visible,
};
use pixelproof_model::{AuditConfig, Event, Install, Page, State, Text};

use crate::{DONE, WRONG_USE, args::InspectArgs, audit::request_config, out::Out};

/// Pages under way at once for each processor: reading a file and parsing another overlap.
const PER_CORE: usize = 2;

/// Inspects each input. The exit code is 2 only when none of them could be read.
pub(crate) async fn run(args: InspectArgs, out: &Out) -> Result<u8> {
    let config = request_config(&args.request);
    let at_once = std::thread::available_parallelism().map_or(2, |n| n.get()) * PER_CORE;
    let inputs = inputs(&args.inputs);
    let mut pages = stream::iter(inputs)
        .map(|input| {
            let (config, base) = (&config, args.base.as_ref());
            async move { one(input?, base, config).await }
        })
        .buffered(at_once);
    let (mut any, mut read) = (false, false);
    while let Some(page) = pages.next().await {
        let page = page?;
        any = true;
        read |= is_read(&page);
        if args.ndjson { out.json_line(&page)? } else { out.text(&describe(&page, out))? }
    }
    Ok(if any && !read { WRONG_USE } else { DONE })
}

/// The inputs one by one; `-` stands for the lines of stdin, taken as they are needed.
fn inputs(args: &[String]) -> impl Iterator<Item = Result<String>> {
    args.iter().flat_map(|arg| -> Box<dyn Iterator<Item = Result<String>> + Send> {
        if arg != "-" {
            return Box::new(std::iter::once(Ok(arg.clone())));
        }
        let lines = std::io::BufReader::new(std::io::stdin()).lines();
        let lines = lines.map(|line| line.context("the list on stdin can't be read"));
        Box::new(lines.filter(|line| !line.as_ref().is_ok_and(|l| l.trim().is_empty())))
    })
}

async fn one(input: String, base: Option<&url::Url>, config: &AuditConfig) -> Result<Page> {
    let is_url =
        ["http://", "https://"].iter().any(|s| input.get(..s.len()).is_some_and(|h| h.eq_ignore_ascii_case(s)));
    if is_url { Ok(inspect_url(&input, config).await?) } else { Ok(inspect_file(Path::new(&input), base).await) }
}

fn is_read(page: &Page) -> bool {
    match &page.fetch {
        Some(fetch) => fetch.outcome.was_read(),
        None => !page.problems.iter().any(|p| p.starts_with(UNREADABLE)),
    }
}

/// A page in words.
fn describe(page: &Page, out: &Out) -> String {
    let name = page.file.clone().unwrap_or_else(|| page.url.to_string());
    let mut text = format!("{}\n", out.bold(visible(&name)));
    if let Some(title) = &page.title {
        text.push_str(&format!("  {}\n", out.dim(visible(title))));
    }
    if page.installs.is_empty() && page.events.is_empty() {
        text.push_str("  No pixel declared.\n");
    }
    page.installs.iter().for_each(|i| text.push_str(&install_line(i, out)));
    page.events.iter().for_each(|e| text.push_str(&event_line(e, out)));
    for finding in &page.findings {
        text.push_str(&format!("  {}: {}\n", out.severity(finding.severity), visible(&finding.message)));
    }
    for problem in &page.problems {
        text.push_str(&format!("  {} {}\n", out.dim("note:"), visible(problem)));
    }
    text.push('\n');
    text
}

fn install_line(install: &Install, out: &Out) -> String {
    let account = visible(install.account.as_deref().unwrap_or("(no account)"));
    let place = format!("line {}, column {}", install.at.line, install.at.column);
    let how = format!("{}{}", state(install.state), word(&install.via));
    format!("  {} {account}  {how}  {}\n", install.vendor, out.dim(place))
}

fn event_line(event: &Event, out: &Out) -> String {
    let name = match &event.name {
        Text::Known(name) => visible(name),
        Text::Expr { expr } => format!("{{{}}}", visible(expr)),
    };
    let params = if event.params.is_empty() {
        String::new()
    } else {
        format!(" {}", visible(&serde_json::to_string(&event.params).unwrap_or_default()))
    };
    let place = format!("line {}, column {}", event.at.line, event.at.column);
    let trigger = word(&event.trigger);
    format!("    {} {name}{params}  {}on {trigger}  {}\n", event.vendor, state(event.state), out.dim(place))
}

fn state(state: State) -> &'static str {
    match state {
        State::Active => "",
        State::Gated => "waits for consent, ",
        State::Inert => "never runs, ",
    }
}

/// The JSON name of a value, for people good enough.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
