//! How requests are made up: the client by the user's options, the header fields that are the user's own, and the address
//! that reaches the machine of a mapping.

use std::time::Duration;

use pixelproof_model::AuditConfig;
use reqwest::{
    Certificate, Client, ClientBuilder, Proxy,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use url::{Host, Url};

use crate::{limits::Limits, resolve::Mapping};

/// A client by the user's options, still without name lookup. The error is a sentence.
pub(crate) fn builder(config: &AuditConfig, limits: &Limits) -> Result<ClientBuilder, String> {
    HeaderValue::from_str(&config.user_agent)
        .map_err(|_| "The user agent has a character that can't be sent.".to_owned())?;
    let builder = Client::builder()
        .user_agent(&config.user_agent)
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(limits.connect)
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(config.concurrency.max(1) as usize)
        .tcp_nodelay(true)
        .tls_danger_accept_invalid_certs(config.insecure);
    let builder = match &config.ca_file {
        None => builder,
        Some(path) => builder.tls_certs_merge(authorities(path)?),
    };
    match &config.proxy {
        None => Ok(builder.no_proxy()),
        // Its address may hold a password: it stays out of the message.
        Some(address) => match Proxy::all(address.as_str()) {
            Ok(proxy) => Ok(builder.proxy(proxy)),
            Err(_) => {
                Err("The proxy's address can't be read; write http://HOST:PORT or socks5://HOST:PORT.".to_owned())
            }
        },
    }
}

/// The certificates of a PEM file. The error is a sentence.
fn authorities(path: &str) -> Result<Vec<Certificate>, String> {
    let cannot = |why: String| format!("The certificates in {path} can't be used: {why}.");
    let pem = std::fs::read(path).map_err(|error| cannot(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| cannot(error.to_string()))?;
    if found.is_empty() { Err(cannot("it holds none".to_owned())) } else { Ok(found) }
}

/// The header fields and cookies that the user configured.
pub(crate) fn own_headers(config: &AuditConfig) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &config.headers {
        let key = HeaderName::from_bytes(name.trim().as_bytes());
        let value = HeaderValue::from_bytes(value.trim().as_bytes());
        match (key, value) {
            (Ok(key), Ok(mut value)) => {
                value.set_sensitive(true);
                headers.append(key, value);
            }
            _ => return Err(format!("The header field “{}” can't be sent.", name.escape_debug())),
        }
    }
    if !config.cookies.is_empty() {
        let pairs: Vec<String> = config.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut value = HeaderValue::from_bytes(pairs.join("; ").as_bytes())
            .map_err(|_| "One of the cookies has a character that can't be sent.".to_owned())?;
        value.set_sensitive(true);
        headers.insert(header::COOKIE, value);
    }
    Ok(headers)
}

/// The address that reaches the mapping's machine, and the `Host` to send where that differs.
///
/// The mapping's client looks every name up as the mapping's target, but an explicit port in the address beats the
/// target's, and an IP address is never looked up: these are written into the address.
pub(crate) fn mapped_address(url: &Url, mapping: &Mapping) -> (Url, Option<HeaderValue>) {
    let is_name = matches!(url.host(), Some(Host::Domain(_)));
    let port_fits = url.port().is_none_or(|port| port == mapping.target.port());
    if is_name && port_fits {
        return (url.clone(), None);
    }
    let authority = url.port().map_or_else(
        || url.host_str().unwrap_or_default().to_owned(),
        |port| format!("{}:{port}", url.host_str().unwrap_or_default()),
    );
    let mut to = url.clone();
    let _ = to.set_port(Some(mapping.target.port()));
    if !is_name {
        let _ = to.set_ip_host(mapping.target.ip());
    }
    (to, HeaderValue::from_str(&authority).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_request_keeps_its_host() {
        for (url, mapping, to, host) in [
            ("https://a.test/x", "a.test:443:127.0.0.1:8443", "https://a.test/x", None),
            ("http://a.test:80/x", "a.test:80:127.0.0.1:8080", "http://a.test/x", None),
            ("http://a.test:90/x", "a.test:90:127.0.0.1", "http://a.test:90/x", None),
            ("http://a.test:90/x", "*:90:127.0.0.1:91", "http://a.test:91/x", Some("a.test:90")),
            ("http://1.2.3.4/x", "*:80:127.0.0.1:91", "http://127.0.0.1:91/x", Some("1.2.3.4")),
        ] {
            let (got, sent) = mapped_address(&Url::parse(url).unwrap(), &mapping.parse().unwrap());
            assert_eq!(got.as_str(), to);
            assert_eq!(sent.as_ref().map(|h| h.to_str().unwrap()), host, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_named_without_its_value() {
        let config = |headers: &[(&str, &str)], cookies: &[(&str, &str)]| AuditConfig {
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            cookies: cookies.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            ..AuditConfig::default()
        };
        let error = own_headers(&config(&[("X-Key", "secret\n")], &[])).map(|h| h.len());
        assert_eq!(error, Ok(1), "white space around a value is taken off");
        for wrong in [
            config(&[("bad name", "secret")], &[]),
            config(&[("X", "sec\nret")], &[]),
            config(&[], &[("a", "sec\nret")]),
        ] {
            let error = own_headers(&wrong).unwrap_err();
            assert!(!error.contains("sec"), "{error}");
        }
        let sent = own_headers(&config(&[], &[("a", "1"), ("b", "2")])).unwrap();
        assert_eq!(sent.get("cookie").unwrap(), "a=1; b=2");
    }
}
