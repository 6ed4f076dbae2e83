//! An HTTP/1.1 server on loopback that can misbehave. On bare sockets, because a real HTTP library would not let it.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
    server::TlsStream,
};
use url::Url;

use crate::site::{Act, Answer, Site};

/// Longest request head that is read.
const MAX_HEAD: usize = 64 * 1024;

/// Asked for this, a server without a log says how many different pages it served since it was asked last.
const SERVED: &str = "/.served";

/// First byte of a TLS connection; servers of plain HTTP answer it with an error page.
pub(crate) const TLS_HANDSHAKE: u8 = 0x16;
const NOT_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Path and query.
    pub target: String,
    /// Header fields, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// When its head was complete.
    pub at: Instant,
}

/// A running server. It ends when it is dropped.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    /// Of a server that speaks TLS, as PEM.
    certificate: Option<String>,
    shared: Arc<Shared>,
    /// Holds the server's threads; taken when it ends.
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Shared {
    site: Site,
    seen: Mutex<Vec<Seen>>,
    /// How often each path was asked for, so that acts can change with time.
    hits: Mutex<BTreeMap<String, u32>>,
    now: AtomicUsize,
    most: AtomicUsize,
    keep_log: bool,
    /// Requests so far, and who waits for more.
    requests: Mutex<usize>,
    came: Condvar,
}

impl Shared {
    fn served(&self) -> usize {
        let hits = std::mem::take(&mut *lock(&self.hits));
        hits.keys().filter(|target| *target == "/" || target.starts_with("/page/")).count()
    }
}

impl TestServer {
    /// Serves a site on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(site: Site) -> Result<TestServer> {
        Self::listen(site, 0, None, true)
    }

    /// The same over TLS, with a certificate that it signed itself for `localhost`, `127.0.0.1` and `shop.test`.
    ///
    /// # Errors
    /// When no port or certificate can be had.
    pub fn start_tls(site: Site) -> Result<TestServer> {
        Self::listen(site, 0, Some(&Certificate::default()), true)
    }

    /// The same with a certificate of one's choice.
    ///
    /// # Errors
    /// When no port or certificate can be had.
    pub fn start_tls_with(site: Site, certificate: &Certificate) -> Result<TestServer> {
        Self::listen(site, 0, Some(certificate), true)
    }

    /// Serves on a chosen port (0: any) and remembers no requests: for long runs and benches.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn without_log(site: Site, port: u16) -> Result<TestServer> {
        Self::listen(site, port, None, false)
    }

    fn listen(site: Site, port: u16, tls: Option<&Certificate>, keep_log: bool) -> Result<TestServer> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("could not listen on port {port}"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (acceptor, certificate) = tls.map(self_signed).transpose()?.unzip();
        let shared = Arc::new(Shared {
            site,
            seen: Mutex::default(),
            hits: Mutex::default(),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            keep_log,
            requests: Mutex::new(0),
            came: Condvar::new(),
        });
        runtime.spawn(accept(listener, acceptor, Arc::clone(&shared)));
        Ok(TestServer { address, certificate, shared, runtime: Some(runtime) })
    }

    /// Its address and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of a server that speaks TLS, as PEM.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The address of a path.
    ///
    /// # Panics
    /// When the path can't stand in an address.
    pub fn url(&self, path: &str) -> Url {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        let base = Url::parse(&format!("{scheme}://{}/", self.address)).expect("an address and a port");
        base.join(path).expect("the path of a test")
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    /// Paths asked for so far, in their order.
    pub fn targets(&self) -> Vec<String> {
        lock(&self.shared.seen).iter().map(|seen| seen.target.clone()).collect()
    }

    /// How often a path (with its query) was asked for.
    pub fn hits(&self, target: &str) -> u32 {
        lock(&self.shared.hits).get(target).copied().unwrap_or(0)
    }

    /// Waits until so many requests came in all. False when `alive` says that nobody is left who would make them.
    pub fn wait_for_requests(&self, wanted: usize, mut alive: impl FnMut() -> bool) -> bool {
        const LOOK: Duration = Duration::from_millis(20);
        let mut came = lock(&self.shared.requests);
        while *came < wanted {
            if !alive() {
                return false;
            }
            came = self.shared.came.wait_timeout(came, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Requests so far.
    pub fn requests(&self) -> usize {
        *lock(&self.shared.requests)
    }

    /// Most requests that were under way at once.
    pub fn most_at_once(&self) -> usize {
        self.shared.most.load(SeqCst)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // On a thread of its own, because a test's runtime must not block; joined, so that the port is closed after it.
        if let Some(runtime) = self.runtime.take() {
            let end = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(5)));
            let _ = end.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a server's certificate, which it signed itself, says.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// Names that it is for.
    pub names: Vec<String>,
    /// Years from the first and to the first day of which it is valid.
    pub years: (i32, i32),
}

impl Default for Certificate {
    fn default() -> Certificate {
        Certificate { names: ["localhost", "127.0.0.1", "shop.test"].map(str::to_owned).into(), years: (1975, 4096) }
    }
}

pub(crate) fn self_signed(certificate: &Certificate) -> Result<(TlsAcceptor, String)> {
    let mut params = rcgen::CertificateParams::new(certificate.names.clone())?;
    params.not_before = rcgen::date_time_ymd(certificate.years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(certificate.years.1, 1, 1);
    let key = rcgen::KeyPair::generate()?;
    let made = params.self_signed(&key)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![made.der().clone()], key)?;
    Ok((TlsAcceptor::from(Arc::new(config)), made.pem()))
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            // A connection that breaks is what many tests are about.
            let _ = match tls {
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => serve(stream, &shared).await,
                    Err(_) => Ok(()),
                },
                None => serve(stream, &shared).await,
            };
        });
    }
}

/// A connection that can be made to end with a reset.
trait Line: AsyncRead + AsyncWrite + Unpin {
    fn reset_at_the_end(&self);
}

impl Line for TcpStream {
    fn reset_at_the_end(&self) {
        let _ = self.set_zero_linger();
    }
}

impl Line for TlsStream<TcpStream> {
    fn reset_at_the_end(&self) {
        self.get_ref().0.reset_at_the_end();
    }
}

/// Counts a request as under way.
struct Busy<'a>(&'a Shared);

impl<'a> Busy<'a> {
    fn new(shared: &'a Shared) -> Self {
        let now = shared.now.fetch_add(1, SeqCst) + 1;
        shared.most.fetch_max(now, SeqCst);
        Busy(shared)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}

async fn serve<L: Line>(mut line: L, shared: &Shared) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(seen) = read_head(&mut line, &mut buffer).await? {
        let busy = Busy::new(shared);
        let hit = {
            let mut hits = lock(&shared.hits);
            let hit = hits.entry(seen.target.clone()).or_default();
            *hit += 1;
            *hit
        };
        *lock(&shared.requests) += 1;
        shared.came.notify_all();
        let act = match !shared.keep_log && seen.target == SERVED {
            true => Act::typed("text/plain", shared.served().to_string()),
            false => shared.site.act(&seen.target).asked_with(&seen.headers),
        };
        if shared.keep_log {
            lock(&shared.seen).push(seen);
        }
        let go_on = perform(&mut line, act, hit, busy).await?;
        if !go_on {
            return Ok(());
        }
    }
    Ok(())
}

async fn read_head<L: Line>(line: &mut L, buffer: &mut Vec<u8>) -> io::Result<Option<Seen>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            buffer.drain(..end + 4);
            let mut lines = head.lines();
            let target = lines.next().and_then(|first| first.split(' ').nth(1)).unwrap_or("/").to_owned();
            let headers = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            return Ok(Some(Seen { target, headers, at: Instant::now() }));
        }
        if buffer.first() == Some(&TLS_HANDSHAKE) {
            line.write_all(NOT_TLS).await?;
            return Ok(None);
        }
        if buffer.len() > MAX_HEAD || line.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// Does it. True when the connection can be used again.
async fn perform<L: Line>(line: &mut L, mut act: Act, hit: u32, busy: Busy<'_>) -> io::Result<bool> {
    loop {
        match act {
            Act::Times(times, first, then) => act = if hit <= times { *first } else { *then },
            Act::After(pause, inner) => {
                tokio::time::sleep(pause).await;
                act = *inner;
            }
            Act::Answer(answer) => {
                let head = head_of(&answer);
                // Before the last byte leaves: whoever got the answer may ask again at once.
                let (body, last) = answer.body.split_at(answer.body.len().saturating_sub(1));
                line.write_all(head.as_bytes()).await?;
                line.write_all(body).await?;
                drop(busy);
                line.write_all(last).await?;
                line.flush().await?;
                return Ok(true);
            }
            wrong => return misbehave(line, wrong).await.map(|()| false),
        }
    }
}

fn head_of(answer: &Answer) -> String {
    let mut head = format!("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n";
const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n<p>That is all";
const LONG: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>hi and much more than that";

async fn misbehave<L: Line>(line: &mut L, act: Act) -> io::Result<()> {
    match act {
        Act::Stall => wait_for_the_end(line).await?,
        Act::Drip(pause) => {
            line.write_all(CHUNKED).await?;
            loop {
                line.write_all(b"1\r\nx\r\n").await?;
                line.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
        Act::Endless => {
            line.write_all(CHUNKED).await?;
            let chunk = format!("1000\r\n{}\r\n", "<p>more ".repeat(512));
            loop {
                line.write_all(chunk.as_bytes()).await?;
            }
        }
        Act::Short => line.write_all(SHORT).await?,
        Act::Long => line.write_all(LONG).await?,
        Act::Reset => {
            line.write_all(SHORT).await?;
            line.flush().await?;
            line.reset_at_the_end();
        }
        Act::BadChunk => {
            line.write_all(CHUNKED).await?;
            line.write_all(b"4\r\n<p>x\r\nmany\r\n<p>y\r\n0\r\n\r\n").await?;
            line.flush().await?;
            wait_for_the_end(line).await?;
        }
        Act::Raw(bytes) => line.write_all(&bytes).await?,
        Act::DripHeader(pause) => {
            line.write_all(b"HTTP/1.1 200 OK\r\nX-Slow: ").await?;
            loop {
                line.write_all(b"x").await?;
                line.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
        Act::FloodHeader => {
            line.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            let fields = "X-More: and more\r\n".repeat(100);
            loop {
                line.write_all(fields.as_bytes()).await?;
            }
        }
        Act::Interim => {
            let many = "HTTP/1.1 100 Continue\r\n\r\n".repeat(20);
            loop {
                line.write_all(many.as_bytes()).await?;
                // As a flood they would measure how fast an unoptimised client reads, not whether it gives up.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Act::Garbage => line.write_all(b"Good day. This is not HTTP.\r\n\r\n").await?,
        Act::Hangup | Act::Answer(_) | Act::Times(..) | Act::After(..) | Act::Tagged(..) | Act::Dated(..) => {}
    }
    line.flush().await
}

/// Until the other side closes.
async fn wait_for_the_end<L: Line>(line: &mut L) -> io::Result<()> {
    let mut sink = [0; 256];
    while line.read(&mut sink).await? > 0 {}
    Ok(())
}
