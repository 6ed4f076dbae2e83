//! A request taken apart: address, query, and a body of any of the forms that browsers send.

use pixelproof_model::Request;
use serde_json::Value;
use url::Url;

pub(super) use super::body::encoded_document;
use super::body::{boundary, bytes_of, decode_base64, multipart, unpack};
use super::{json, lz};

/// Fields read of a query or form.
const MAX_FIELDS: usize = 2_000;

/// Parameters of an address that may hold another one.
const MAX_WRAPPED: usize = 20;
/// Fields that hold a document instead of a body.
const DOCUMENT_FIELDS: [&str; 2] = ["data", "analytics_message"];

/// Name and value of a query parameter or form field.
pub(crate) type Field = (String, String);

/// A request taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    url: Url,
    /// Fields of the query, then of a form in the body.
    pub(crate) fields: Vec<Field>,
    /// How many of them stand in the address.
    in_address: usize,
    /// The body as JSON, if it is.
    pub(crate) json: Option<Value>,
    /// The body as text; empty when there is none.
    pub(crate) body: String,
}

impl Message {
    /// Takes a request apart. `None` when its address is none.
    pub(crate) fn new(request: &Request) -> Option<Message> {
        let mut message = Message::from_url(unwrapped(address(&request.url)?));
        if let Some(bytes) = bytes_of(request) {
            let kind = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            message.read_body(&bytes, kind.map(|(_, kind)| kind.as_str()).unwrap_or_default());
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
        let in_address = fields.len();
        Message { url, fields, in_address, json: None, body: String::new() }
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

    /// Fields of the body alone.
    pub(crate) fn body_fields(&self) -> &[Field] {
        self.fields.get(self.in_address..).unwrap_or_default()
    }

    /// Fields of the address alone.
    pub(super) fn address_fields(&self) -> &[Field] {
        self.fields.get(..self.in_address).unwrap_or(&self.fields)
    }

    /// The JSON document that a field holds, plain or packed; a plus that wasn't encoded came as a space.
    fn document_in_field(&self) -> Option<Value> {
        let sent = DOCUMENT_FIELDS.iter().find_map(|name| self.field(name))?;
        let packed = || sent.replace(' ', "+");
        let text = if self.field("compression") == Some("lz64") {
            lz::unpack(&packed())?
        } else if sent.starts_with(['{', '[']) {
            sent.to_owned()
        } else {
            unpack(packed().as_bytes())
        };
        serde_json::from_str(&text).ok().filter(|json: &Value| json.is_object() || json.is_array())
    }

    fn read_body(&mut self, bytes: &[u8], kind: &str) {
        if let Some(boundary) = boundary(kind, bytes) {
            let fields = multipart(bytes, &boundary);
            // The type may say what the body isn't.
            if !fields.is_empty() {
                self.fields.extend(fields);
                return;
            }
        }
        let text = unpack(bytes);
        let start = text.trim_start();
        if start.starts_with(['{', '[']) {
            self.json = serde_json::from_str(start).ok().or_else(|| json::salvage(start));
        }
        if self.json.is_none() && start.contains('=') && !start.trim_end().contains('\n') {
            self.fields.extend(parse_fields(start.trim_end()));
            self.fields.truncate(MAX_FIELDS * 2);
        }
        self.body = text;
    }
}

/// The address of a request, which logs and markup also write without a scheme or with entities.
fn address(text: &str) -> Option<Url> {
    let text = text.trim().replace("&amp;", "&");
    let text = if text.starts_with("//") { format!("https:{text}") } else { text };
    Url::parse(&text).ok().filter(Url::has_host).or_else(|| Url::parse(&format!("https://{text}")).ok())
}

/// A proxy may hide the path and query of a request as base64 in a parameter of its own.
fn unwrapped(url: Url) -> Url {
    let inner = url.query_pairs().take(MAX_WRAPPED).find_map(|(name, value)| {
        let packed = if value.is_empty() { name } else { value };
        // The base64 of a slash and a letter.
        let text =
            decode_base64(&packed.replace(' ', "+")).filter(|_| packed.starts_with('L') && packed.len() >= 24)?;
        String::from_utf8(text).ok().filter(|t| t.starts_with('/') && !t.starts_with("//") && t.contains("?"))
    });
    inner.and_then(|inner| url.join(&inner).ok()).filter(|inner| inner.host() == url.host()).unwrap_or(url)
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
