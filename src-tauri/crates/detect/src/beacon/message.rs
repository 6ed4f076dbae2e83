//! A request taken apart: address, query, and a body of any of the forms that browsers send.

use std::io::Read;

use base64::{Engine, alphabet, engine::DecodePaddingMode, engine::GeneralPurpose, engine::GeneralPurposeConfig};
use pixelproof_model::Request;
use serde_json::Value;
use url::Url;

/// Bytes of a body that are read, after decompression.
const MAX_BODY: u64 = 4 << 20;
/// Fields read of a query or form.
const MAX_FIELDS: usize = 2_000;

/// Name and value of a query parameter or form field.
pub(crate) type Field = (String, String);

/// A request taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    url: Url,
    /// Fields of the query, then of a form in the body.
    pub(crate) fields: Vec<Field>,
    /// The body as JSON, if it is.
    pub(crate) json: Option<Value>,
    /// The body as text; empty when there is none.
    pub(crate) body: String,
}

impl Message {
    /// Takes a request apart. `None` when its address is none.
    pub(crate) fn new(request: &Request) -> Option<Message> {
        let url = Url::parse(request.url.trim()).ok()?;
        let mut message = Message::from_url(url);
        if let Some(bytes) = bytes_of(request) {
            let kind = request.headers.get("content-type").map(String::as_str).unwrap_or_default();
            message.read_body(&bytes, kind);
        }
        if message.json.is_none() {
            message.json = message.document_in_field();
        }
        Some(message)
    }

    /// A request without a body.
    pub(crate) fn from_url(url: Url) -> Message {
        let mut fields = parse_fields(url.query().unwrap_or_default());
        fields.extend(path_fields(url.path()));
        // A query whose parameters are parted by semicolons alone.
        fields.extend(url.query().filter(|q| !q.contains('&')).into_iter().flat_map(path_fields));
        Message { url, fields, json: None, body: String::new() }
    }

    /// The address.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Host name in lower case; empty when there is none.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Path of the address, as sent.
    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    /// First field of a name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    /// The JSON document that a field named `data` holds, plain or as base64; a plus that wasn't encoded came as a space.
    fn document_in_field(&self) -> Option<Value> {
        let sent = self.field("data")?;
        let text =
            if sent.starts_with(['{', '[']) { sent.to_owned() } else { unpack(sent.replace(' ', "+").as_bytes()) };
        serde_json::from_str(&text).ok().filter(|json: &Value| json.is_object() || json.is_array())
    }

    fn read_body(&mut self, bytes: &[u8], kind: &str) {
        if let Some(boundary) = boundary(kind, bytes) {
            self.fields.extend(multipart(bytes, &boundary));
            return;
        }
        let text = unpack(bytes);
        let start = text.trim_start();
        if start.starts_with(['{', '[']) {
            self.json = serde_json::from_str(start).ok();
        }
        if self.json.is_none() && start.contains('=') && !start.contains('\n') {
            self.fields.extend(parse_fields(start.trim_end()));
            self.fields.truncate(MAX_FIELDS * 2);
        }
        self.body = text;
    }
}

/// Parameters that stand in the path, parted by semicolons (`/activity;src=1;cat=x`, `/activity/src=1;cat=x`).
fn path_fields(path: &str) -> impl Iterator<Item = Field> {
    let parts = path.split(';').filter(|_| path.contains(';')).take(MAX_FIELDS);
    parts.filter_map(|part| {
        let (name, value) =
            part.rsplit('/').next().filter(|tail| tail.contains('=')).unwrap_or(part).split_once('=')?;
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        Some((name.to_owned(), decode(value)))
    })
}

/// First field of a name.
pub(super) fn field<'f>(fields: &'f [Field], name: &str) -> Option<&'f str> {
    fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// Fields of a query string or form.
pub(super) fn parse_fields(text: &str) -> Vec<Field> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().take(MAX_FIELDS).collect()
}

fn bytes_of(request: &Request) -> Option<Vec<u8>> {
    if let Some(text) = &request.body_base64 {
        return decode_base64(text);
    }
    request.body.as_ref().map(|text| text.clone().into_bytes())
}

/// Either alphabet, with or without padding.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(&text).ok())
}

/// The text of a body: gunzipped, decoded from base64, or as it is.
fn unpack(bytes: &[u8]) -> String {
    if let Some(plain) = gunzip(bytes) {
        return String::from_utf8_lossy(&plain).into_owned();
    }
    let text =
        String::from_utf8_lossy(bytes.get(..bytes.len().min(MAX_BODY as usize)).unwrap_or_default()).into_owned();
    encoded_document(&text).unwrap_or(text)
}

/// The JSON text that a text holds in base64.
pub(super) fn encoded_document(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let looks_encoded = trimmed.len() >= 16
        && trimmed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'='))
        && !trimmed.trim_end_matches('=').contains('=');
    if !looks_encoded {
        return None;
    }
    let inner = decode_base64(trimmed)?;
    let inner = String::from_utf8(gunzip(&inner).unwrap_or(inner)).ok()?;
    // Only what then is a document: any word is base64 of something.
    inner.trim_start().starts_with(['{', '[']).then_some(inner)
}

fn gunzip(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).take(MAX_BODY).read_to_end(&mut plain).ok()?;
    Some(plain)
}

/// Boundary of a multipart body: from its type, or from its first line.
fn boundary(kind: &str, bytes: &[u8]) -> Option<String> {
    if kind.to_ascii_lowercase().contains("multipart/form-data")
        && let Some((_, rest)) = kind.split_once("boundary=")
    {
        return Some(rest.split(';').next().unwrap_or(rest).trim_matches('"').to_owned());
    }
    let head = bytes.get(..bytes.len().min(200)).unwrap_or_default();
    let line = head.split(|b| *b == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let boundary = line.strip_prefix("--").filter(|b| b.len() >= 4)?;
    memchr::memmem::find(bytes, b"form-data; name=").map(|_| boundary.to_owned())
}

/// Fields of a multipart body; files are left out.
fn multipart(bytes: &[u8], boundary: &str) -> Vec<Field> {
    let text = String::from_utf8_lossy(bytes);
    let delimiter = format!("--{boundary}");
    let parts = text.split(delimiter.as_str()).skip(1).take(MAX_FIELDS);
    parts
        .filter_map(|part| {
            let part = part.strip_prefix("\r\n").or_else(|| part.strip_prefix('\n')).unwrap_or(part);
            let (head, value) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n"))?;
            if head.contains("filename=") {
                return None;
            }
            let (_, rest) = head.split_once("name=\"")?;
            let (name, _) = rest.split_once('"')?;
            let value = value.strip_suffix("\r\n").or_else(|| value.strip_suffix('\n')).unwrap_or(value);
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}
