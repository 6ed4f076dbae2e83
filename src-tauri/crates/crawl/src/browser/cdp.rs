//! One WebSocket to the browser, many flat sessions. Answers go to who asked; events go to the [`Hub`], in the order in
//! which the browser sent them and before the next message is read, so that a new target is armed before it runs.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tokio_tungstenite::{
    connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use super::{BrowserError, targets::Hub};

/// Time that the browser may take for one answer.
const ANSWER: Duration = Duration::from_secs(20);
/// Largest message taken. A page chooses how large its bodies are; they arrive as base64 inside a message.
const MAX_MESSAGE: usize = 256 << 20;

/// Handle to the connection. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Cdp(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    next: AtomicU64,
    pending: Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>,
    out: mpsc::UnboundedSender<Message>,
    gone: watch::Sender<bool>,
}

/// An event of the browser, or of one of its targets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProtocolEvent {
    pub(super) session: Option<String>,
    pub(super) method: String,
    pub(super) params: Value,
}

#[derive(Deserialize)]
struct Incoming {
    id: Option<u64>,
    method: Option<String>,
    #[serde(rename = "sessionId")]
    session: Option<String>,
    #[serde(default)]
    params: Value,
    result: Option<Value>,
    error: Option<ProtocolFault>,
}

#[derive(Deserialize)]
struct ProtocolFault {
    #[serde(default)]
    message: String,
}

impl Cdp {
    /// Connects to a browser's own address (`ws://127.0.0.1:PORT/devtools/browser/…`).
    pub(super) async fn connect(address: &str, hub: Arc<Hub>) -> Result<Cdp, BrowserError> {
        let limits = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
        let connected = timeout(ANSWER, connect_async_with_config(address, Some(limits), true)).await;
        let (socket, _) = connected
            .map_err(|_| BrowserError::NotStarted("it did not answer on its debugging port".to_owned()))?
            .map_err(|error| BrowserError::NotStarted(format!("its debugging port refused us: {error}")))?;
        let (mut sink, mut stream) = socket.split();
        let (out, mut queue) = mpsc::unbounded_channel::<Message>();
        let cdp = Cdp(Arc::new(Inner {
            next: AtomicU64::new(1),
            pending: Mutex::default(),
            out,
            gone: watch::channel(false).0,
        }));
        tokio::spawn(async move {
            while let Some(message) = queue.recv().await {
                if sink.send(message).await.is_err() {
                    break;
                }
            }
        });
        let reader = cdp.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                match message {
                    Message::Text(text) => reader.take(text.as_str(), &hub),
                    Message::Close(_) => break,
                    _ => {}
                }
            }
            reader.hang_up(&hub);
        });
        Ok(cdp)
    }

    /// Sends a command; it is on its way when this returns, before the answer is awaited. Dropping the future drops the
    /// answer only.
    pub(super) fn send(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> impl Future<Output = Result<Value, BrowserError>> + Send + 'static {
        let (answer, waiting) = oneshot::channel();
        let id = self.0.next.fetch_add(1, Relaxed);
        self.pending().insert(id, answer);
        if *self.0.gone.borrow() || !self.write(id, session, method, params) {
            self.pending().remove(&id);
        }
        let (inner, method) = (self.0.clone(), method.to_owned());
        async move {
            let answered = timeout(ANSWER, waiting).await;
            inner.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            match answered {
                Err(_) => Err(BrowserError::NoAnswer(method)),
                Ok(Err(_)) => Err(BrowserError::Gone),
                Ok(Ok(Err(message))) => Err(BrowserError::Refused { method, message }),
                Ok(Ok(Ok(value))) => Ok(value),
            }
        }
    }

    /// Sends a command whose answer nobody needs.
    pub(super) fn tell(&self, session: Option<&str>, method: &str, params: Value) {
        let id = self.0.next.fetch_add(1, Relaxed);
        // Fails only when the browser is gone, which everybody who waits for something learns.
        self.write(id, session, method, params);
    }

    /// The same with parameters that are JSON already.
    pub(super) fn tell_text(&self, session: Option<&str>, method: &str, params: &str) {
        let id = self.0.next.fetch_add(1, Relaxed);
        self.write_text(id, session, method, params);
    }

    /// Queues a command; `false` when nobody takes it any more.
    fn write(&self, id: u64, session: Option<&str>, method: &str, params: Value) -> bool {
        self.write_text(id, session, method, &params.to_string())
    }

    fn write_text(&self, id: u64, session: Option<&str>, method: &str, params: &str) -> bool {
        let session = session.map(|session| format!(r#","sessionId":{}"#, Value::from(session))).unwrap_or_default();
        let message = format!(r#"{{"id":{id},"method":{},"params":{params}{session}}}"#, Value::from(method));
        self.0.out.send(Message::text(message)).is_ok()
    }

    /// Whether the browser is gone.
    pub(super) fn is_gone(&self) -> bool {
        *self.0.gone.borrow()
    }

    fn take(&self, text: &str, hub: &Hub) {
        let Ok(message) = serde_json::from_str::<Incoming>(text) else { return };
        match (message.id, message.method) {
            (Some(id), _) => {
                let answer = match message.error {
                    Some(fault) => Err(fault.message),
                    None => Ok(message.result.unwrap_or(Value::Null)),
                };
                if let Some(waiting) = self.pending().remove(&id) {
                    let _ = waiting.send(answer);
                }
            }
            (None, Some(method)) => {
                hub.take(self, ProtocolEvent { session: message.session, method, params: message.params });
            }
            (None, None) => {}
        }
    }

    fn hang_up(&self, hub: &Hub) {
        self.0.gone.send_replace(true);
        self.pending().clear();
        hub.close();
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Result<Value, String>>>> {
        self.0.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
