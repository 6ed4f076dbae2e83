//! What a held request gets to hear: the emptiest answer that its sender takes for success.

use serde_json::{Value, json};

use super::record::Paused;

/// A transparent image of one pixel, as GIF, in base64.
const PIXEL: &str = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
/// An object that says nothing, as JSON, in base64. A library that reads its answer and finds nothing takes it for a
/// failure, and may keep back what it had to send.
const NOTHING: &str = "e30=";

/// Parameters of `Fetch.fulfillRequest` for a request that is held here.
pub(super) fn held(paused: &Paused) -> Value {
    if let Some((method, fields)) = &paused.preflight {
        return fulfil(
            paused,
            204,
            None,
            "",
            &[("Access-Control-Allow-Methods", method), ("Access-Control-Allow-Headers", fields)],
        );
    }
    match paused.request.kind.as_str() {
        "Image" => fulfil(paused, 200, Some("image/gif"), PIXEL, &[]),
        "Script" => fulfil(paused, 200, Some("text/javascript"), "", &[]),
        "Document" => fulfil(paused, 200, Some("text/html"), "", &[]),
        "XHR" | "Fetch" => fulfil(paused, 200, Some("application/json"), NOTHING, &[]),
        _ => fulfil(paused, 204, None, "", &[]),
    }
}

fn fulfil(paused: &Paused, status: u16, kind: Option<&str>, body: &str, more: &[(&str, &str)]) -> Value {
    let mut headers = vec![
        field("Cache-Control", "no-store"),
        field("Cross-Origin-Resource-Policy", "cross-origin"),
        field("Timing-Allow-Origin", "*"),
    ];
    // With credentials, which beacons send, “*” would be refused.
    match paused.origin.as_deref() {
        Some(origin) => headers
            .extend([field("Access-Control-Allow-Origin", origin), field("Access-Control-Allow-Credentials", "true")]),
        None => headers.push(field("Access-Control-Allow-Origin", "*")),
    }
    headers.extend(kind.map(|kind| field("Content-Type", kind)));
    headers.extend(more.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| field(name, value)));
    json!({"requestId": paused.id, "responseCode": status, "responseHeaders": headers, "body": body})
}

fn field(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::sent::Sent;

    fn paused(kind: &str, origin: Option<&str>, preflight: Option<(&str, &str)>) -> Paused {
        Paused {
            session: None,
            id: "interception-1".to_owned(),
            record: Some(0),
            request: Sent { kind: kind.to_owned(), ..Sent::default() },
            origin: origin.map(str::to_owned),
            frame: String::new(),
            preflight: preflight.map(|(method, fields)| (method.to_owned(), fields.to_owned())),
            body_of: None,
        }
    }

    fn header<'v>(answer: &'v Value, name: &str) -> Option<&'v str> {
        let headers = answer["responseHeaders"].as_array().unwrap();
        headers.iter().find(|h| h["name"] == name).and_then(|h| h["value"].as_str())
    }

    #[test]
    fn each_kind_of_sender_gets_what_it_takes_for_success() {
        for (kind, status, wanted) in [
            ("Image", 200, Some("image/gif")),
            ("Script", 200, Some("text/javascript")),
            ("Document", 200, Some("text/html")),
            ("Ping", 204, None),
            ("Fetch", 200, Some("application/json")),
            ("XHR", 200, Some("application/json")),
        ] {
            let answer = held(&paused(kind, None, None));
            assert_eq!(answer["responseCode"], status, "{kind}");
            assert_eq!(header(&answer, "Content-Type"), wanted, "{kind}");
            assert_eq!(header(&answer, "Access-Control-Allow-Origin"), Some("*"), "{kind}");
        }
    }

    #[test]
    fn an_origin_is_allowed_by_name_and_a_preflight_gets_what_it_asks_for() {
        let answer = held(&paused("Preflight", Some("https://shop.test"), Some(("POST", "content-type"))));
        assert_eq!(header(&answer, "Access-Control-Allow-Origin"), Some("https://shop.test"));
        assert_eq!(header(&answer, "Access-Control-Allow-Credentials"), Some("true"));
        assert_eq!(header(&answer, "Access-Control-Allow-Headers"), Some("content-type"));
        assert_eq!(header(&answer, "Access-Control-Allow-Methods"), Some("POST"));
        assert_eq!(answer["responseCode"], 204);
    }
}
