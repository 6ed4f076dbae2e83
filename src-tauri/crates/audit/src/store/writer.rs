//! The writing thread: whatever pages wait are committed together; everything else that writes is a job in the same queue,
//! so that SQLite never meets two writers of one process. A page's sender hears when it is durable, or why it isn't.

use std::{
    collections::VecDeque,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel},
    time::{Duration, Instant},
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::PageRecord;
use crate::{AuditError, Result};

/// Pages committed together.
const BATCH: usize = 64;
/// Longest time that a page waits for others to be committed with it.
const DELAY: Duration = Duration::from_millis(15);

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A page that waits for its commit.
struct Waiting {
    page: Box<PageRecord>,
    answer: oneshot::Sender<Result<(), Unkept>>,
}

enum Message {
    Page(Waiting),
    Job(Job),
}

/// A page that could not be written, and why. It may be tried again.
#[derive(Debug)]
pub(crate) struct Unkept {
    /// `None`: it is lost.
    pub(crate) page: Option<Box<PageRecord>>,
    /// One sentence.
    pub(crate) reason: String,
}

/// Handle to the writing thread. It ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: Sender<Message>,
}

impl Writer {
    pub(super) fn spawn(conn: Connection) -> Writer {
        let (queue, inbox) = channel();
        // If the thread can't be started the inbox is gone, and every write says so.
        let _ = std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || work(conn, inbox));
        Writer { queue }
    }

    /// Writes a page and waits until it is durable. The queue is as long as there are callers.
    pub(crate) async fn page(&self, page: Box<PageRecord>) -> Result<(), Unkept> {
        let (answer, kept) = oneshot::channel();
        match self.queue.send(Message::Page(Waiting { page, answer })) {
            Ok(()) => kept.await.unwrap_or_else(|_| Err(Unkept { page: None, reason: CLOSED.to_owned() })),
            Err(error) => match error.0 {
                Message::Page(Waiting { page, .. }) => Err(Unkept { page: Some(page), reason: CLOSED.to_owned() }),
                Message::Job(_) => Ok(()),
            },
        }
    }

    /// Runs a job after everything queued before it, in one transaction, and waits for it.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, wait) = sync_channel(1);
        self.post(move |conn| {
            let _ = answer.send(in_transaction(conn, job));
        })?;
        wait.recv().map_err(|_| AuditError::Internal(CLOSED.to_owned()))?
    }

    /// Runs a job in its turn without waiting for it.
    pub(crate) fn post(&self, job: impl FnOnce(&mut Connection) + Send + 'static) -> Result<()> {
        let sent = self.queue.send(Message::Job(Box::new(job)));
        sent.map_err(|_| AuditError::Internal(CLOSED.to_owned()))
    }
}

const CLOSED: &str = "The store's writer is gone.";

/// Runs a job in a transaction of its own.
pub(crate) fn in_transaction<T>(conn: &mut Connection, job: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answer = job(&transaction)?;
    transaction.commit()?;
    Ok(answer)
}

fn work(mut conn: Connection, inbox: Receiver<Message>) {
    let mut waiting: VecDeque<Waiting> = VecDeque::with_capacity(BATCH);
    let mut since = Instant::now();
    loop {
        let next = if waiting.is_empty() {
            inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            inbox.recv_timeout(DELAY.saturating_sub(since.elapsed()))
        };
        match next {
            Ok(Message::Page(page)) => {
                if waiting.is_empty() {
                    since = Instant::now();
                }
                waiting.push_back(page);
                if waiting.len() >= BATCH {
                    commit(&mut conn, &mut waiting);
                }
            }
            Ok(Message::Job(job)) => {
                commit(&mut conn, &mut waiting);
                job(&mut conn);
            }
            Err(RecvTimeoutError::Timeout) => commit(&mut conn, &mut waiting),
            Err(RecvTimeoutError::Disconnected) => {
                commit(&mut conn, &mut waiting);
                return;
            }
        }
    }
}

fn commit(conn: &mut Connection, waiting: &mut VecDeque<Waiting>) {
    if waiting.is_empty() {
        return;
    }
    let written = in_transaction(conn, |conn| waiting.iter().try_for_each(|w| w.page.insert(conn)));
    let failed = written.err().map(|error| error.trouble());
    for Waiting { page, answer } in waiting.drain(..) {
        // Who doesn't listen any more has given the page up.
        let _ = answer.send(match &failed {
            None => Ok(()),
            Some(reason) => Err(Unkept { page: Some(page), reason: reason.clone() }),
        });
    }
}
