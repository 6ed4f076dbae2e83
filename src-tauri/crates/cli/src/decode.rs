//! `pixelproof decode`: captured requests, one from the arguments or many from stdin.

use std::io::{BufRead, Read};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use pixelproof_audit::{decode, words::visible};
use pixelproof_model::{Decoded, Request};
use serde_json::json;

use crate::{DONE, WRONG_USE, args::DecodeArgs, out::Out};

/// Longest line of stdin that is taken for a request.
const MAX_LINE: u64 = 64 << 20;

/// Decodes one request or all of stdin. A line that is no request gives an answer that says so, so that there is one for
/// every line that holds something; the exit code is 2 only when no line held a request.
pub(crate) fn run(args: &DecodeArgs, out: &Out) -> Result<u8> {
    if let Some(url) = &args.url {
        show(&decode(&request(url, args)?), args.ndjson, out)?;
        return Ok(DONE);
    }
    let (mut any, mut decoded) = (false, false);
    let mut stdin = std::io::stdin().lock();
    let mut line = Vec::new();
    for number in 1_u64.. {
        if !next_line(&mut stdin, &mut line).context("stdin can't be read")? {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        any = true;
        match read_line(&line) {
            Ok(request) => {
                decoded = true;
                show(&decode(&request), args.ndjson, out)?;
            }
            Err(reason) if args.ndjson => out.json_line(&json!({"line": number, "error": reason}))?,
            Err(reason) => out.error(&format!("line {number} of stdin is no request: {reason}")),
        }
    }
    Ok(if any && !decoded { WRONG_USE } else { DONE })
}

/// Reads a line, of which no more than one byte above the limit is kept. `false` at the end.
fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    if from.by_ref().take(MAX_LINE + 1).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if !line.ends_with(b"\n") && too_long(line) {
        from.skip_until(b'\n')?;
    }
    Ok(true)
}

fn too_long(line: &[u8]) -> bool {
    u64::try_from(line.len()).is_ok_and(|length| length > MAX_LINE)
}

fn read_line(line: &[u8]) -> Result<Request, String> {
    if too_long(line) {
        return Err(format!("it is longer than {} MB", MAX_LINE >> 20));
    }
    serde_json::from_slice(line).map_err(|error| error.to_string())
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
