//! Bodies of requests: from bytes to text or fields, whatever they are packed in.

use std::io::Read;

use base64::{Engine, alphabet, engine::DecodePaddingMode, engine::GeneralPurpose, engine::GeneralPurposeConfig};
use pixelproof_model::Request;

use super::message::Field;

/// Bytes of a body that are read, after decompression.
const MAX_BODY: u64 = 4 << 20;
/// Parts read of a multipart body.
const MAX_PARTS: usize = 2_000;

/// The bytes of a body.
pub(super) fn bytes_of(request: &Request) -> Option<Vec<u8>> {
    if let Some(text) = &request.body_base64 {
        return decode_base64(text);
    }
    request.body.as_ref().map(|text| text.clone().into_bytes())
}

/// Either alphabet, with or without padding.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(&text).ok())
}

/// Shortest text that is tried as base64, or as other digits that stand for bytes.
pub(crate) const MIN_PACKED: usize = 12;

/// The text that a value holds in base64, if that is what it is.
pub(crate) fn text_in_base64(text: &str) -> Option<String> {
    let shaped = text.len() >= MIN_PACKED
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=' | b' '));
    // A plus sign in a form is read as a space.
    readable(shaped.then(|| decode_base64(&text.replace(' ', "+"))).flatten()?)
}

/// Bytes as text, if they are any: noise decodes to noise.
pub(crate) fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(|c| c.is_control() && !c.is_whitespace())).then_some(text)
}

/// The text of a body: gunzipped, decoded from base64, or as it is.
pub(super) fn unpack(bytes: &[u8]) -> String {
    if let Some(plain) = gunzip(bytes) {
        return String::from_utf8_lossy(&plain).into_owned();
    }
    let text =
        String::from_utf8_lossy(bytes.get(..bytes.len().min(MAX_BODY as usize)).unwrap_or_default()).into_owned();
    if text.starts_with("%7B") || text.starts_with("%5B") {
        return percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
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
    // What a cut-off body still says counts.
    let end = flate2::read::GzDecoder::new(bytes).take(MAX_BODY).read_to_end(&mut plain);
    (end.is_ok() || !plain.is_empty()).then_some(plain)
}

/// Boundary of a multipart body: from its type, or from its first line.
pub(super) fn boundary(kind: &str, bytes: &[u8]) -> Option<String> {
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
pub(super) fn multipart(bytes: &[u8], boundary: &str) -> Vec<Field> {
    // Some logs double the carriage return.
    let text = String::from_utf8_lossy(bytes).replace("\r\r\n", "\r\n");
    let delimiter = format!("--{boundary}");
    let parts = text.split(delimiter.as_str()).skip(1).take(MAX_PARTS);
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
