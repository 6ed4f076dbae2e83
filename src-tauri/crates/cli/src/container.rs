//! `pixelproof container`: what a tag-manager container would fire, and when.

use std::path::Path;

use anyhow::Result;
use pixelproof_audit::{
    container::{Pages, container_id, fetch_container, page_layer, read_container_file, read_container_from},
    words::visible,
};
use pixelproof_model::{ContainerReport, ContainerTag, Fires};

use crate::{
    DONE,
    args::ContainerArgs,
    audit::request_config,
    out::{Out, table},
};

/// Longest text of a cell, in characters; `--json` has it in full.
const CELL: usize = 60;

/// Reads a container from a file, stdin or its id. A file is taken before an id of the same name.
pub(crate) async fn run(args: &ContainerArgs, out: &Out) -> Result<u8> {
    let path = Path::new(&args.input);
    let layer = args.page.as_deref().map(|page| page_layer(page, args.url.first())).transpose()?;
    let on = Pages { urls: &args.url, layer: layer.unwrap_or_default() };
    let report = if args.input == "-" {
        read_container_from(&mut std::io::stdin().lock(), &on)?
    } else if !path.exists() && container_id(&args.input).is_some() {
        fetch_container(&args.input, &request_config(&args.request), &on).await?
    } else {
        read_container_file(path, &on)?
    };
    if args.json {
        out.json(&report)?;
    } else {
        out.text(&describe(&report, args, out))?;
    }
    Ok(DONE)
}

fn describe(report: &ContainerReport, args: &ContainerArgs, out: &Out) -> String {
    let name = visible(report.container.as_deref().unwrap_or("Container"));
    let version = report.version.as_deref().map(|v| format!(", version {}", visible(v))).unwrap_or_default();
    let mut text = format!("{}{version}\n", out.bold(name));
    for (number, url) in args.url.iter().enumerate() {
        text.push_str(&format!("  [{}] {}\n", number + 1, visible(url.as_str())));
    }
    if report.tags.is_empty() {
        text.push_str("  No tag.\n");
    } else {
        text.push_str(&table(&rows(report, args), &[]));
    }
    if !report.links.is_empty() {
        text.push_str(&format!("  Loads in turn: {}\n", visible(&report.links.join(", "))));
    }
    for problem in &report.problems {
        text.push_str(&format!("  {} {}\n", out.dim("note:"), visible(problem)));
    }
    text
}

fn rows(report: &ContainerReport, args: &ContainerArgs) -> Vec<Vec<String>> {
    let mut head: Vec<String> = ["tag", "vendor", "account", "events"].map(str::to_owned).into();
    head.extend((1..=args.url.len()).map(|number| format!("[{number}]")));
    head.extend(["on".to_owned(), "when".to_owned()]);
    std::iter::once(head).chain(report.tags.iter().map(|tag| row(tag, args))).collect()
}

fn row(tag: &ContainerTag, args: &ContainerArgs) -> Vec<String> {
    let id = tag.tag_id.map_or_else(|| format!("#{}", tag.index), |id| id.to_string());
    let vendor = match &tag.vendor {
        Some(vendor) => vendor.clone(),
        None => format!("({})", tag.function.trim_start_matches('_')),
    };
    let mut row = vec![id, cell(&vendor), cell(tag.account.as_deref().unwrap_or("-")), cell(&tag.events.join(", "))];
    row.extend(args.url.iter().map(|url| fires(tag, url).to_owned()));
    row.extend([cell(&tag.on), cell(&conditions(tag))]);
    row
}

fn fires(tag: &ContainerTag, url: &url::Url) -> &'static str {
    match tag.fires.get(url.as_str()) {
        Some(Fires::Yes) => "yes",
        Some(Fires::Unknown) => "unknown",
        Some(Fires::No) | None => "no",
    }
}

/// Everything that holds the tag back, in words.
fn conditions(tag: &ContainerTag) -> String {
    let mut parts = Vec::new();
    if tag.paused {
        parts.push("paused".to_owned());
    }
    if !tag.when.is_empty() {
        parts.push(tag.when.clone());
    }
    if !tag.consent.is_empty() {
        parts.push(format!("consent to {}", tag.consent.join(", ")));
    }
    parts.join("; ")
}

/// One line of harmless text, cut where it is too long for a table.
fn cell(text: &str) -> String {
    let text = visible(text);
    if text.chars().count() <= CELL { text } else { format!("{}…", text.chars().take(CELL).collect::<String>()) }
}
