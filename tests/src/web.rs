//! A little internet on one loopback port: any host, plain or TLS as the first byte says. It serves pages and stand-ins of
//! vendors' libraries by host and path, answers everything else with nothing, and remembers what arrived.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    serve::Listener,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::server::{Certificate, TLS_HANDSHAKE, self_signed};

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Host that it was sent to.
    pub host: String,
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// Body as sent.
    pub body: Vec<u8>,
}

/// What stands at a path of a host.
#[derive(Debug, Clone)]
struct Thing {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// Hosts, their paths, and what stands there.
#[derive(Debug, Clone, Default)]
pub struct Hosts(BTreeMap<String, Thing>);

impl Hosts {
    /// No host serves anything.
    pub fn new() -> Hosts {
        Hosts::default()
    }

    /// A page: `host/path`.
    pub fn page(self, at: &str, html: impl Into<String>) -> Hosts {
        self.with(at, 200, &[("content-type", "text/html; charset=utf-8")], html.into())
    }

    /// A script: `host/path`.
    pub fn script(self, at: &str, source: impl Into<String>) -> Hosts {
        self.with(at, 200, &[("content-type", "text/javascript")], source.into())
    }

    /// A redirect: `host/path`, query kept out of the comparison.
    pub fn redirect(self, at: &str, to: &str) -> Hosts {
        self.with(at, 302, &[("location", to)], String::new())
    }

    /// Anything.
    pub fn with(mut self, at: &str, status: u16, headers: &[(&str, &str)], body: String) -> Hosts {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.0.insert(at.to_owned(), Thing { status, headers, body: body.into() });
        self
    }
}

/// The running internet. It ends when it is dropped.
#[derive(Debug)]
pub struct Web {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Shared {
    hosts: Hosts,
    arrived: Mutex<Vec<Arrived>>,
    more: Condvar,
}

impl Web {
    /// Serves these hosts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port or certificate can be had.
    pub fn start(hosts: Hosts) -> Result<Web> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { hosts, arrived: Mutex::default(), more: Condvar::new() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let (acceptor, _) = self_signed(&Certificate::default())?;
        let both = {
            let _inside = runtime.enter();
            Both::new(TcpListener::from_std(listener)?, acceptor)
        };
        runtime.spawn(async move { axum::serve(both, router).await });
        Ok(Web { address, shared, runtime: Some(runtime) })
    }

    /// Mappings that send every host's requests here, as `--resolve` takes them.
    pub fn resolve(&self) -> Vec<String> {
        [80, 443].map(|port| format!("*:{port}:{}", self.address)).into()
    }

    /// What arrived so far, in its order.
    pub fn arrived(&self) -> Vec<Arrived> {
        lock(&self.shared.arrived).clone()
    }

    /// What arrived at a host so far.
    pub fn arrived_at(&self, host: &str) -> Vec<Arrived> {
        lock(&self.shared.arrived).iter().filter(|arrived| arrived.host == host).cloned().collect()
    }
}

impl Web {
    /// Waits until something arrives at a host.
    pub fn await_at(&self, host: &str) {
        let arrived = lock(&self.shared.arrived);
        let none = |arrived: &mut Vec<Arrived>| !arrived.iter().any(|arrived| arrived.host == host);
        drop(self.shared.more.wait_while(arrived, none));
    }

    /// Waits until so many requests have arrived at a host; `false` when whoever makes them is gone before.
    pub fn await_count(&self, host: &str, wanted: usize, mut alive: impl FnMut() -> bool) -> bool {
        const LOOK: Duration = Duration::from_millis(20);
        let mut arrived = lock(&self.shared.arrived);
        while arrived.iter().filter(|arrived| arrived.host == host).count() < wanted {
            if !alive() {
                return false;
            }
            arrived = self.shared.more.wait_timeout(arrived, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Ends the browsers that were told to ask this for every host.
    #[cfg(target_os = "linux")]
    pub fn end_browsers(&self) {
        let address = self.address.to_string();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            if line.contains("--remote-debugging-port") && !line.contains("--type=") && line.contains(&address) {
                let _ = rustix::process::Pid::from_raw(pid)
                    .map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL));
            }
        }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            let end = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(5)));
            let _ = end.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = named.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let target = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    let fields = headers.iter();
    let fields = fields.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let found = shared.hosts.0.get(&format!("{host}{}", uri.path())).cloned();
    lock(&shared.arrived).push(Arrived {
        host,
        method: method.to_string(),
        target,
        headers: fields.collect(),
        body: body.to_vec(),
    });
    shared.more.notify_all();
    let thing = found.unwrap_or(Thing { status: 204, headers: Vec::new(), body: Bytes::new() });
    let mut answer = (StatusCode::from_u16(thing.status).unwrap_or_default(), thing.body).into_response();
    let out = answer.headers_mut();
    out.remove(header::CONTENT_TYPE);
    for (name, value) in thing.headers {
        if let (Ok(name), Ok(value)) = (header::HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value))
        {
            out.append(name, value);
        }
    }
    let origin = headers.get(header::ORIGIN).cloned().unwrap_or(HeaderValue::from_static("*"));
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    out.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    if let Some(asked) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    if let Some(asked) = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD) {
        out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, asked.clone());
    }
    answer
}

/// Accepts plain connections and TLS on one port.
struct Both {
    ready: mpsc::Receiver<(Either, SocketAddr)>,
    address: SocketAddr,
}

impl Both {
    fn new(listener: TcpListener, acceptor: TlsAcceptor) -> Both {
        let address = listener.local_addr().unwrap_or_else(|_| (Ipv4Addr::LOCALHOST, 0).into());
        let (done, ready) = mpsc::channel(64);
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let (acceptor, done) = (acceptor.clone(), done.clone());
                // Shaking hands takes its time; others are accepted meanwhile.
                tokio::spawn(async move {
                    if let Some(line) = shake_hands(stream, &acceptor).await {
                        let _ = done.send((line, from)).await;
                    }
                });
            }
        });
        Both { ready, address }
    }
}

async fn shake_hands(stream: TcpStream, acceptor: &TlsAcceptor) -> Option<Either> {
    let mut first = [0];
    stream.peek(&mut first).await.ok()?;
    match first[0] {
        TLS_HANDSHAKE => Some(Either::Tls(Box::new(acceptor.accept(stream).await.ok()?))),
        _ => Some(Either::Plain(stream)),
    }
}

impl Listener for Both {
    type Io = Either;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Either, SocketAddr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A connection of either kind.
enum Either {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Either {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Either::Plain(line) => Pin::new(line).poll_read(cx, buf),
            Either::Tls(line) => Pin::new(line).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Either {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Either::Plain(line) => Pin::new(line).poll_write(cx, buf),
            Either::Tls(line) => Pin::new(line).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Either::Plain(line) => Pin::new(line).poll_flush(cx),
            Either::Tls(line) => Pin::new(line).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Either::Plain(line) => Pin::new(line).poll_shutdown(cx),
            Either::Tls(line) => Pin::new(line).poll_shutdown(cx),
        }
    }
}
