//! One request, politely: the right client and machine, retries, limits on time and size. Redirects are not followed here.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, SystemTime},
};

use pixelproof_model::{AuditConfig, PageOutcome};
use reqwest::{
    Client, Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use crate::{
    client::{builder, mapped_address, own_headers},
    control::{Control, Stopped},
    failure::Failure,
    hosts::{Hosts, Permit, retry_after},
    jar::Jar,
    limits::Limits,
    resolve::{FixedResolver, Mappings, SystemResolver, check_literal},
    scope::Scope,
    sniff::{is_feed_type, is_html_type, looks_like_html},
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
    /// A feed, or a page that one names: its body is of interest if it is HTML or may be a feed.
    Feed,
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
                limits.slowing,
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
                    self.hosts.struggled(url);
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
        let begun = Instant::now();
        let deadline = begun + self.limits.total;
        let response = match timeout_at(deadline, self.request(url, want, ask).send()).await {
            Ok(sent) => sent.map_err(|error| Failure::of(&error, url))?,
            Err(_) => return Err(no_answer(url, self.limits.total).into()),
        };
        if !matches!(response.status().as_u16(), 429 | 503) {
            self.hosts.answered(url, begun.elapsed());
        }
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
            Want::Page | Want::Feed => "text/html,application/xhtml+xml,*/*;q=0.5",
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
            Want::Page | Want::Feed => self.limits.page_bytes,
            Want::Script(limit) | Want::File(limit) => limit,
        };
        let declared_type = headers.get(header::CONTENT_TYPE).map(|v| v.as_bytes().to_ascii_lowercase());
        let fits = |kind: &[u8]| match want {
            Want::Page => is_html_type(kind),
            Want::Feed => is_html_type(kind) || is_feed_type(kind),
            Want::Script(_) | Want::File(_) => true,
        };
        let wanted = status.is_success() && declared_type.as_deref().is_none_or(fits);
        if !wanted {
            self.drain(response, deadline).await;
            return Ok(Got { status, headers, body: None, cut: false });
        }
        let mut sniff = matches!(want, Want::Page | Want::Feed) && declared_type.is_none();
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

/// The network shared by all of a crawl.
pub(crate) type SharedNet = Arc<Net>;
