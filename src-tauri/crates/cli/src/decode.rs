//! `pixelproof decode`: captured requests, one from the arguments or many from stdin.

use std::io::BufRead;

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use pixelproof_audit::{decode, words::visible};
use pixelproof_model::{Decoded, Request};

use crate::{DONE, args::DecodeArgs, out::Out};

/// Decodes one request or all of stdin. A line that is no request ends it: its answer could not be told from others.
pub(crate) fn run(args: &DecodeArgs, out: &Out) -> Result<u8> {
    if let Some(url) = &args.url {
        show(&decode(&request(url, args)?), args.ndjson, out)?;
        return Ok(DONE);
    }
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.context("stdin can't be read")?;
        if line.trim().is_empty() {
            continue;
        }
        let request: Request = serde_json::from_str(&line).with_context(|| {
            format!("line {} of stdin is no request: {{\"method\", \"url\", \"body\"}}", number + 1)
        })?;
        show(&decode(&request), args.ndjson, out)?;
    }
    Ok(DONE)
}

fn request(url: &str, args: &DecodeArgs) -> Result<Request> {
    let mut request = Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        body: None,
        body_base64: None,
        headers: Default::default(),
    };
    if let Some(path) = &args.body {
        let bytes = std::fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
        request.method = "POST".to_owned();
        match String::from_utf8(bytes) {
            Ok(text) => request.body = Some(text),
            Err(error) => request.body_base64 = Some(STANDARD.encode(error.as_bytes())),
        }
    }
    Ok(request)
}

fn show(decoded: &Decoded, ndjson: bool, out: &Out) -> Result<()> {
    if ndjson {
        return out.json_line(decoded);
    }
    let Some(vendor) = &decoded.vendor else { return out.line("No vendor known claims this request.") };
    let kind = serde_json::to_value(decoded.kind)?;
    out.line(&format!("{}  {}", out.bold(vendor), kind.as_str().unwrap_or_default()))?;
    for event in &decoded.events {
        let account = event.account.as_deref().unwrap_or("(no account)");
        out.line(&format!("  {}  {}", visible(&event.name), visible(account)))?;
        for (name, value) in &event.params {
            out.line(&format!("    {} = {}", visible(name), visible(&value.to_string())))?;
        }
        let more = [("event id", &event.event_id), ("page", &event.page), ("consent", &event.consent)];
        for (label, value) in more {
            if let Some(value) = value {
                out.line(&format!("    {label}: {}", visible(value)))?;
            }
        }
        for (field, form) in &event.user_data {
            out.line(&format!("    user data: {} ({})", visible(field), visible(form)))?;
        }
    }
    Ok(())
}
