//! One request, politely: the right client and machine, retries, limits on time and size. Redirects are not followed here.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, SystemTime},
};

use pixelproof_model::{AuditConfig, PageOutcome};
use reqwest::{
    Certificate, Client, ClientBuilder, Proxy, Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use tokio::time::{Instant, sleep, timeout_at};
use url::{Host, Url};

use crate::{
    control::{Control, Stopped},
    failure::Failure,
    hosts::{Hosts, Permit, retry_after},
    jar::Jar,
    limits::Limits,
    resolve::{FixedResolver, Mapping, Mappings, SystemResolver, check_literal},
    scope::Scope,
};

/// Unwanted bodies up to this size are read to the end, because that keeps the connection usable.
const DRAIN: u64 = 64 * 1024;
/// Bytes that a document without `Content-Type` is judged by.
const SNIFF: usize = 512;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// A page: its body is only of interest if it is HTML.
    Page,
    /// A script, robots.txt or sitemap, with the size limit. `Script` may be asked for while stopping.
    Script(u64),
    /// Robots.txt or a sitemap, with the size limit.
    File(u64),
}

/// What a request says besides its address.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ask<'a> {
    /// Cookies besides the configured ones.
    pub(crate) cookies: &'a str,
    /// Header fields of an earlier answer: only a change since then is wanted.
    pub(crate) unless: Option<&'a BTreeMap<String, String>>,
}

/// An answer with its body, where that was wanted.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// `None`: not wanted (a redirect, an error status, not HTML).
    pub(crate) body: Option<Vec<u8>>,
    /// The body was cut at the size limit.
    pub(crate) cut: bool,
}

impl Got {
    /// A header field as text.
    pub(crate) fn text(&self, name: HeaderName) -> Option<String> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    pub(crate) fn content_type(&self) -> Option<String> {
        self.text(header::CONTENT_TYPE)
    }

    /// Where a redirect leads, as written.
    pub(crate) fn location(&self) -> Option<String> {
        let redirects = matches!(self.status.as_u16(), 301 | 302 | 303 | 307 | 308);
        self.text(header::LOCATION).filter(|_| redirects)
    }
}

/// Why a request gave nothing.
#[derive(Debug)]
pub(crate) enum NetError {
    Failed(Failure),
    Stopped,
}

impl From<Failure> for NetError {
    fn from(failure: Failure) -> Self {
        NetError::Failed(failure)
    }
}

impl From<Stopped> for NetError {
    fn from(_: Stopped) -> Self {
        NetError::Stopped
    }
}

/// The network as the crawl uses it.
#[derive(Debug)]
pub(crate) struct Net {
    client: Client,
    /// One client for each mapping: the name lookup of a client knows no port, so it can't choose between mappings.
    mapped: Vec<Client>,
    mappings: Mappings,
    pub(crate) hosts: Hosts,
    pub(crate) limits: Limits,
    pub(crate) control: Control,
    scope: Scope,
    /// Sent to hosts of the audit and nowhere else.
    own_headers: HeaderMap,
    jar: Jar,
    basic_auth: Option<(String, String)>,
    allow_private: bool,
    by_proxy: bool,
    /// Pages under way whose host may be gone.
    pub(crate) doubts: AtomicUsize,
}

impl Net {
    /// Sets up the clients. The error is a sentence about the configuration.
    pub(crate) fn new(
        config: &AuditConfig,
        limits: Limits,
        mappings: Mappings,
        scope: Scope,
        allow_private: bool,
        control: Control,
    ) -> Result<Net, String> {
        let failed = |error: reqwest::Error| format!("The HTTP client can't be set up: {error}.");
        let ordinary = builder(config, &limits)?.dns_resolver(SystemResolver { allow_private });
        let mapped = mappings.all().iter().map(|mapping| {
            builder(config, &limits)?.no_proxy().dns_resolver(FixedResolver(mapping.target)).build().map_err(failed)
        });
        Ok(Net {
            client: ordinary.build().map_err(failed)?,
            mapped: mapped.collect::<Result<_, String>>()?,
            mappings,
            hosts: Hosts::new(
                control.clone(),
                config.concurrency,
                config.per_host.unwrap_or(config.concurrency),
                config.rate,
            ),
            limits,
            control,
            scope,
            own_headers: own_headers(config)?,
            jar: match &config.cookie_file {
                Some(path) => Jar::open(path, SystemTime::now())?,
                None => Jar::default(),
            },
            basic_auth: config.basic_auth.clone(),
            allow_private,
            by_proxy: config.proxy.is_some(),
            doubts: AtomicUsize::new(0),
        })
    }

    /// Refuses a private IP address that a public site leads to, unless it is mapped to some machine.
    pub(crate) fn refuse_private(&self, url: &Url) -> Result<(), Failure> {
        if self.mappings.find(url).is_some() {
            return Ok(());
        }
        check_literal(url, self.allow_private).map_err(|why| Failure::new(PageOutcome::Refused, why))
    }

    /// Whether requests leave through a proxy, so that hosts can't be tried from here.
    pub(crate) fn by_proxy(&self) -> bool {
        self.by_proxy
    }

    /// Which machine stands for which host.
    pub(crate) fn mappings(&self) -> &Mappings {
        &self.mappings
    }

    /// Whether a host that the audit isn't about may be asked.
    pub(crate) fn may_ask(&self, url: &Url) -> bool {
        !self.allow_private || self.mappings.find(url).is_some()
    }

    /// Fetches one address, with further tries where they may help. The status is not judged.
    pub(crate) async fn get(&self, url: &Url, want: Want) -> Result<Got, NetError> {
        self.get_with(url, want, &Ask::default()).await
    }

    /// Requests carry nothing that is the user's own: no header, no cookie, no password.
    pub(crate) fn asks_as_anybody(&self) -> bool {
        self.own_headers.is_empty() && self.jar.is_empty() && self.basic_auth.is_none()
    }

    /// [`Net::get`] with more to say.
    pub(crate) async fn get_with(&self, url: &Url, want: Want, ask: &Ask<'_>) -> Result<Got, NetError> {
        self.refuse_private(url)?;
        let mut tries = 0;
        loop {
            let last = tries >= self.limits.retries;
            let wait = self.limits.backoff * 2_u32.saturating_pow(tries.min(10));
            match self.once(url, want, ask).await {
                // A second timeout would be believed: each costs the user far more patience than a refused connection.
                Err(NetError::Failed(failure))
                    if failure.transient && !last && (tries == 0 || failure.outcome != PageOutcome::TimedOut) =>
                {
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = self.control.stopping() => return Err(NetError::Stopped),
                    }
                }
                Ok(got) if matches!(got.status.as_u16(), 429 | 503) => {
                    let asked = got.text(header::RETRY_AFTER).and_then(|v| retry_after(&v, SystemTime::now()));
                    self.hosts.back_off(url, asked.unwrap_or(wait).min(self.limits.retry_after));
                    if last {
                        return Ok(got);
                    }
                }
                other => return other,
            }
            tries += 1;
        }
    }

    async fn once(&self, url: &Url, want: Want, ask: &Ask<'_>) -> Result<Got, NetError> {
        let permit = self.hosts.enter(url, matches!(want, Want::Script(_))).await?;
        let deadline = Instant::now() + self.limits.total;
        let response = match timeout_at(deadline, self.request(url, want, ask).send()).await {
            Ok(sent) => sent.map_err(|error| Failure::of(&error, url))?,
            Err(_) => return Err(no_answer(url, self.limits.total).into()),
        };
        self.hosts.answered(url);
        self.take(response, url, want, deadline, permit).await
    }

    fn request(&self, url: &Url, want: Want, ask: &Ask<'_>) -> reqwest::RequestBuilder {
        let (client, to, host) = match self.mappings.find(url) {
            None => (Some(&self.client), url.clone(), None),
            Some((place, mapping)) => {
                let (to, host) = mapped_address(url, mapping);
                (self.mapped.get(place), to, host)
            }
        };
        let mut request = client.unwrap_or(&self.client).get(to);
        let accept = match want {
            Want::Page => "text/html,application/xhtml+xml,*/*;q=0.5",
            Want::Script(_) | Want::File(_) => "*/*",
        };
        request = request.header(header::ACCEPT, accept);
        if self.scope.is_site(url) {
            request = request.headers(self.own_headers(url, ask.cookies));
            if let Some((user, password)) = &self.basic_auth {
                request = request.basic_auth(user, Some(password));
            }
        }
        for (field, name) in [("etag", header::IF_NONE_MATCH), ("last-modified", header::IF_MODIFIED_SINCE)] {
            let value = ask.unless.and_then(|headers| headers.get(field));
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                request = request.header(name, value);
            }
        }
        match host {
            Some(host) => request.header(header::HOST, host),
            None => request,
        }
    }

    /// The configured header fields, with more cookies.
    fn own_headers(&self, url: &Url, cookies: &str) -> HeaderMap {
        let mut headers = self.own_headers.clone();
        let from_file = self.jar.line(url);
        let configured = headers.get(header::COOKIE).map_or(&b""[..], HeaderValue::as_bytes);
        let all = [configured, from_file.as_bytes(), cookies.as_bytes()];
        let all: Vec<&[u8]> = all.into_iter().filter(|part| !part.is_empty()).collect();
        if let Ok(mut value) = HeaderValue::from_bytes(&all.join(&b"; "[..]))
            && !value.is_empty()
        {
            value.set_sensitive(true);
            headers.insert(header::COOKIE, value);
        }
        headers
    }

    /// Reads what is wanted of the body, within the limits.
    async fn take(
        &self,
        mut response: Response,
        url: &Url,
        want: Want,
        deadline: Instant,
        permit: Permit,
    ) -> Result<Got, NetError> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let limit = match want {
            Want::Page => self.limits.page_bytes,
            Want::Script(limit) | Want::File(limit) => limit,
        };
        let declared_type = headers.get(header::CONTENT_TYPE).map(|v| v.as_bytes().to_ascii_lowercase());
        let wanted = status.is_success() && (want != Want::Page || declared_type.as_deref().is_none_or(is_html_type));
        if !wanted {
            self.drain(response, deadline).await;
            return Ok(Got { status, headers, body: None, cut: false });
        }
        let mut sniff = want == Want::Page && declared_type.is_none();
        let mut body = Vec::new();
        let mut cut = false;
        while let Some(chunk) = self.chunk(&mut response, url, deadline).await? {
            let room = usize::try_from(limit).unwrap_or(usize::MAX) - body.len();
            cut = chunk.len() > room;
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if sniff && body.len() >= SNIFF {
                sniff = false;
                if !looks_like_html(&body) {
                    return Ok(Got { status, headers, body: None, cut: false });
                }
            }
            if cut {
                break;
            }
        }
        drop(permit);
        let body = Some(body).filter(|body| !sniff || looks_like_html(body));
        Ok(Got { status, headers, body, cut })
    }

    async fn chunk(
        &self,
        response: &mut Response,
        url: &Url,
        deadline: Instant,
    ) -> Result<Option<bytes::Bytes>, Failure> {
        let idle = Instant::now() + self.limits.idle;
        let Ok(read) = timeout_at(deadline.min(idle), response.chunk()).await else {
            let host = url.host_str().unwrap_or_default();
            let reason = if Instant::now() >= deadline {
                format!("{host} had not sent the whole page after {}", words(self.limits.total))
            } else {
                format!("{host} stopped sending in the middle of the page")
            };
            return Err(Failure::new(PageOutcome::TimedOut, reason));
        };
        let chunk = read.map_err(|error| Failure::of(&error, url))?;
        self.control.add_bytes(chunk.as_ref().map_or(0, |c| c.len() as u64));
        Ok(chunk)
    }

    async fn drain(&self, mut response: Response, deadline: Instant) {
        if response.content_length().is_none_or(|length| length > DRAIN) {
            return;
        }
        let deadline = deadline.min(Instant::now() + self.limits.idle);
        let mut left = DRAIN;
        while let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await {
            self.control.add_bytes(chunk.len() as u64);
            left = left.saturating_sub(chunk.len() as u64);
            if left == 0 {
                return;
            }
        }
    }
}

fn no_answer(url: &Url, total: Duration) -> Failure {
    let host = url.host_str().unwrap_or_default();
    Failure {
        outcome: PageOutcome::TimedOut,
        reason: format!("{host} did not answer within {}", words(total)),
        transient: true,
    }
}

fn words(time: Duration) -> String {
    if time < Duration::from_secs(1) { format!("{} ms", time.as_millis()) } else { format!("{} s", time.as_secs()) }
}

fn builder(config: &AuditConfig, limits: &Limits) -> Result<ClientBuilder, String> {
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

fn own_headers(config: &AuditConfig) -> Result<HeaderMap, String> {
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
fn mapped_address(url: &Url, mapping: &Mapping) -> (Url, Option<HeaderValue>) {
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

/// Whether a `Content-Type` in lower case says HTML.
fn is_html_type(value: &[u8]) -> bool {
    let essence = value.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
    matches!(essence, b"text/html" | b"application/xhtml+xml" | b"")
}

/// The beginnings that browsers take for HTML where nothing is declared.
fn looks_like_html(body: &[u8]) -> bool {
    const BEGINNINGS: &[&[u8]] = &[
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<script",
        b"<iframe",
        b"<h1",
        b"<div",
        b"<font",
        b"<table",
        b"<a",
        b"<style",
        b"<title",
        b"<b",
        b"<body",
        b"<br",
        b"<p",
        b"<meta",
        b"<link",
        b"<main",
        b"<section",
        b"<!--",
    ];
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    BEGINNINGS.iter().any(|beginning| {
        let head = body.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning));
        let ends = body.get(beginning.len()).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
        head && (ends || beginning == b"<!--")
    })
}

/// The network shared by all of a crawl.
pub(crate) type SharedNet = Arc<Net>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_known_by_type_or_by_its_beginning() {
        for (value, wanted) in [
            ("text/html", true),
            ("text/html; charset=utf-8", true),
            ("application/xhtml+xml", true),
            ("", true),
            ("text/plain", false),
            ("application/pdf", false),
            ("text/html5", false),
        ] {
            assert_eq!(is_html_type(value.as_bytes()), wanted, "{value}");
        }
        for (body, wanted) in [
            ("<!DOCTYPE HTML><p>", true),
            ("\u{FEFF}\n <html lang=de>", true),
            ("<!-- x --><b>", true),
            ("<p>hi", true),
            ("<picture>", false),
            ("%PDF-1.7", false),
            ("{\"a\":1}", false),
            ("", false),
            ("<", false),
        ] {
            assert_eq!(looks_like_html(body.as_bytes()), wanted, "{body}");
        }
    }

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
