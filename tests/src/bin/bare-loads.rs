//! Loads pages in a browser and does nothing else: what looking at them costs at the least.
//! `bare-loads BROWSER TABS SETTLE_MS RESOLVER_RULES` reads addresses from its standard input, loads each in a context of
//! its own, waits out the settle window and closes it.

use std::{
    collections::HashMap,
    io::BufRead,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

/// Time for a page to load.
const LOAD: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [program, tabs, settle, rules] = args.as_slice() else {
        bail!("usage: bare-loads BROWSER TABS SETTLE_MS RESOLVER_RULES < ADDRESSES");
    };
    let (tabs, settle): (usize, u64) = (tabs.parse()?, settle.parse()?);
    let addresses = std::io::stdin().lock().lines().collect::<Result<Vec<_>, _>>()?;
    let profile = tempfile::tempdir()?;
    let mut command = Command::new(program);
    command
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
        ])
        .args(["--disable-dev-shm-usage", "--mute-audio", "--site-per-process", "--disable-renderer-backgrounding"])
        .args(["--disable-background-timer-throttling", "--ignore-certificate-errors", "--remote-debugging-port=0"])
        .arg(format!("--host-resolver-rules={rules}"))
        .arg(format!("--user-data-dir={}", profile.path().display()));
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    let mut lines = BufReader::new(child.stderr.take().context("the browser has no messages")?).lines();
    let socket = loop {
        let line = lines.next_line().await?.context("the browser ended at once")?;
        if let Some(socket) = line.strip_prefix("DevTools listening on ") {
            break socket.to_owned();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let line = Line::open(&socket).await?;
    let queue = Arc::new(Mutex::new(addresses));
    let workers = (0..tabs).map(|_| {
        let (line, queue) = (line.clone(), Arc::clone(&queue));
        tokio::spawn(async move {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(address) = next else { return anyhow::Ok(()) };
                line.load(&address, Duration::from_millis(settle)).await?;
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await??;
    }
    let _ = timeout(Duration::from_secs(2), line.ask(None, "Browser.close", json!({}))).await;
    child.wait().await?;
    Ok(())
}

type Answers = Mutex<HashMap<u64, oneshot::Sender<Value>>>;
type Loads = Mutex<HashMap<String, oneshot::Sender<()>>>;

/// The connection to the browser.
#[derive(Clone)]
struct Line {
    out: mpsc::UnboundedSender<Message>,
    next: Arc<AtomicU64>,
    answers: Arc<Answers>,
    loads: Arc<Loads>,
}

impl Line {
    async fn open(socket: &str) -> Result<Line> {
        let (stream, _) = tokio_tungstenite::connect_async(socket).await?;
        let (mut sink, mut source) = stream.split();
        let (out, mut waiting) = mpsc::unbounded_channel();
        let line = Line { out, next: Arc::default(), answers: Arc::default(), loads: Arc::default() };
        tokio::spawn(async move {
            while let Some(message) = waiting.recv().await {
                let _ = sink.send(message).await;
            }
        });
        let (answers, loads) = (Arc::clone(&line.answers), Arc::clone(&line.loads));
        tokio::spawn(async move {
            while let Some(Ok(message)) = source.next().await {
                let Ok(text) = message.into_text() else { continue };
                let Ok(mut message) = serde_json::from_str::<Value>(&text) else { continue };
                if let Some(id) = message["id"].as_u64() {
                    let waiting = answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                    let _ = waiting.map(|waiting| waiting.send(message["result"].take()));
                } else if message["method"] == "Page.loadEventFired" {
                    let session = message["sessionId"].as_str().unwrap_or_default();
                    let waiting = loads.lock().unwrap_or_else(PoisonError::into_inner).remove(session);
                    let _ = waiting.map(|waiting| waiting.send(()));
                }
            }
        });
        Ok(line)
    }

    async fn ask(&self, session: Option<&str>, method: &str, params: Value) -> Result<Value> {
        let id = self.next.fetch_add(1, Relaxed);
        let (answer, waiting) = oneshot::channel();
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(id, answer);
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.out.send(Message::text(message.to_string()))?;
        Ok(timeout(LOAD, waiting).await.with_context(|| format!("no answer to {method}"))??)
    }

    async fn load(&self, address: &str, settle: Duration) -> Result<()> {
        let context = self.ask(None, "Target.createBrowserContext", json!({})).await?["browserContextId"].take();
        let blank = json!({"url": "about:blank", "browserContextId": context});
        let target = self.ask(None, "Target.createTarget", blank).await?["targetId"].take();
        let attach = json!({"targetId": target, "flatten": true});
        let session = self.ask(None, "Target.attachToTarget", attach).await?["sessionId"].take();
        let session = session.as_str().context("no session")?;
        self.ask(Some(session), "Page.enable", json!({})).await?;
        let (loaded, waiting) = oneshot::channel();
        self.loads.lock().unwrap_or_else(PoisonError::into_inner).insert(session.to_owned(), loaded);
        self.ask(Some(session), "Page.navigate", json!({"url": address})).await?;
        timeout(LOAD, waiting).await.with_context(|| format!("{address} did not load"))??;
        tokio::time::sleep(settle).await;
        self.ask(None, "Target.disposeBrowserContext", json!({"browserContextId": context})).await?;
        Ok(())
    }
}
