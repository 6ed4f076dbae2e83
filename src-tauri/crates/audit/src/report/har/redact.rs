//! Takes secrets out of what is handed on: whatever opens an account or a session, and payment data. What personal data a
//! beacon carries stays: it is the evidence.

use std::borrow::Cow;

use serde_json::Value;
use url::{Url, form_urlencoded};

/// What stands for a secret.
const REDACTED: &str = "REDACTED";
/// Names of secrets, without separators and case.
const NAMES: [&str; 27] = [
    "password",
    "passwd",
    "passwort",
    "pwd",
    "passphrase",
    "secret",
    "clientsecret",
    "token",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "csrftoken",
    "xsrftoken",
    "auth",
    "authorization",
    "apikey",
    "session",
    "sessionid",
    "phpsessid",
    "jsessionid",
    "otp",
    "cardnumber",
    "ccnumber",
    "cvv",
    "cvc",
    "iban",
];
/// Header fields that are secret as a whole.
const FIELDS: [&str; 6] = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-csrf-token"];
/// Deepest JSON looked into.
const MAX_DEPTH: usize = 32;

fn is_secret(name: &str) -> bool {
    // `user[password]` and `user.password` are named by their last part.
    let last = name.rsplit(['[', '.']).next().unwrap_or(name);
    let plain: String = last.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    NAMES.contains(&plain.as_str())
}

/// The value of a parameter.
pub(super) fn value<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    match is_secret(name) && !value.is_empty() {
        true => Cow::Borrowed(REDACTED),
        false if value.contains("://") => Cow::Owned(address(value)),
        false => Cow::Borrowed(value),
    }
}

/// The value of a header field.
pub(super) fn header(name: &str, value: &str) -> String {
    match FIELDS.contains(&name) {
        true => REDACTED.to_owned(),
        false if value.contains("://") => address(value),
        false => value.to_owned(),
    }
}

/// An address without user and password, and without the values of secret parameters; addresses within it likewise. One
/// that holds no secret stays as it is, byte for byte.
pub(super) fn address(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else { return text.to_owned() };
    if url.cannot_be_a_base() {
        return text.to_owned();
    }
    let mut changed = false;
    if !url.username().is_empty() || url.password().is_some() {
        changed = url.set_username("").is_ok() && url.set_password(None).is_ok();
    }
    if let Some(query) = url.query().and_then(form) {
        url.set_query(Some(&query));
        changed = true;
    }
    if let Some(fragment) = url.fragment().and_then(form) {
        url.set_fragment(Some(&fragment));
        changed = true;
    }
    if changed { url.into() } else { text.to_owned() }
}

/// A body by its media type.
pub(super) fn body(text: &str, kind: &str) -> String {
    if kind.contains("json") || text.starts_with(['{', '[']) {
        if let Ok(mut value) = serde_json::from_str::<Value>(text)
            && json(&mut value, 0)
        {
            return value.to_string();
        }
        return text.to_owned();
    }
    form(text).unwrap_or_else(|| text.to_owned())
}

/// Pairs without secrets; `None` where there is none among them.
fn form(text: &str) -> Option<String> {
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(text.as_bytes()).collect();
    let shown = |(name, secret): &(Cow<'_, str>, Cow<'_, str>)| value(name, secret).into_owned();
    if pairs.iter().all(|pair| pair.1 == shown(pair)) {
        return None;
    }
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.extend_pairs(pairs.iter().map(|pair| (&pair.0, shown(pair))));
    Some(out.finish())
}

fn json(of: &mut Value, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match of {
        Value::Array(list) => {
            let mut changed = false;
            for item in list {
                changed |= json(item, depth + 1);
            }
            changed
        }
        Value::Object(fields) => fields.iter_mut().fold(false, |changed, (name, item)| {
            let secret = is_secret(name) && !item.is_object() && !item.is_array() && !item.is_null();
            if secret {
                *item = REDACTED.into();
            }
            secret || json(item, depth + 1) || changed
        }),
        Value::String(text) => {
            let shown = value("", text).into_owned();
            let changed = *text != shown;
            *text = shown;
            changed
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_and_the_rest_stays_as_it_is() {
        for (text, wanted) in [
            ("https://a.test/tr?id=1&ev=Page%20View", "https://a.test/tr?id=1&ev=Page%20View"),
            ("https://u:p@a.test/x", "https://a.test/x"),
            ("https://a.test/?access_token=abc&b=2", "https://a.test/?access_token=REDACTED&b=2"),
            ("https://a.test/?user[Password]=x", "https://a.test/?user%5BPassword%5D=REDACTED"),
            (
                "https://a.test/tr?dl=https%3A%2F%2Fs.test%2F%3Ftoken%3Dz",
                "https://a.test/tr?dl=https%3A%2F%2Fs.test%2F%3Ftoken%3DREDACTED",
            ),
            ("https://a.test/cb#id_token=x&state=1", "https://a.test/cb#id_token=REDACTED&state=1"),
            ("https://a.test/?token=", "https://a.test/?token="),
            ("data:text/plain,token=x", "data:text/plain,token=x"),
            ("no address", "no address"),
        ] {
            assert_eq!(address(text), wanted);
        }
        for (text, kind, wanted) in [
            (r#"{"a": [{"passwd": "x", "n": 1}]}"#, "application/json", r#"{"a":[{"passwd":"REDACTED","n":1}]}"#),
            (r#"{"a": 1}"#, "text/plain", r#"{"a": 1}"#),
            ("ev=Lead&card_number=4111", "", "ev=Lead&card_number=REDACTED"),
            ("plain words", "text/plain", "plain words"),
            ("{broken", "application/json", "{broken"),
        ] {
            assert_eq!(body(text, kind), wanted, "{text}");
        }
        assert_eq!(header("authorization", "Bearer x"), REDACTED);
        assert_eq!(header("referer", "https://a.test/?sessionid=1"), "https://a.test/?sessionid=REDACTED");
    }
}
