//! The writing thread: pages come through a bounded channel and are committed together; everything else that writes is
//! a job in the same queue, so that SQLite never meets two writers of one process.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use rusqlite::{Connection, TransactionBehavior};

use super::PageRecord;
use crate::{AuditError, Result};

/// Pages that may wait for the writer; then the crawl waits.
const QUEUE: usize = 256;
/// Pages committed together.
const BATCH: usize = 100;
/// Longest time that a page waits for its commit.
const DELAY: Duration = Duration::from_millis(250);

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

enum Message {
    Page(Box<PageRecord>, Arc<WriteFailure>),
    Job(Job),
}

/// The first thing that went wrong while a run's pages were written.
#[derive(Debug, Default)]
pub(crate) struct WriteFailure(Mutex<Option<String>>);

impl WriteFailure {
    /// What went wrong, if anything did.
    pub(crate) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, reason: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
    }
}

/// Handle to the writing thread. It ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: SyncSender<Message>,
}

impl Writer {
    pub(super) fn spawn(conn: Connection) -> Writer {
        let (queue, inbox) = sync_channel(QUEUE);
        // If the thread can't be started the inbox is gone, and every write says so.
        let _ = std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || work(conn, inbox));
        Writer { queue }
    }

    /// Queues a page; waits while the queue is full. What goes wrong later is said through `failure`.
    pub(crate) fn page(&self, page: PageRecord, failure: &Arc<WriteFailure>) {
        if self.queue.send(Message::Page(Box::new(page), failure.clone())).is_err() {
            failure.set("the store is closed".to_owned());
        }
    }

    /// Runs a job after everything queued before it, in one transaction, and waits for it.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, wait) = sync_channel(1);
        let job: Job = Box::new(move |conn| {
            let _ = answer.send(in_transaction(conn, job));
        });
        let gone = || AuditError::Internal("the store's writer is gone".to_owned());
        self.queue.send(Message::Job(job)).map_err(|_| gone())?;
        wait.recv().map_err(|_| gone())?
    }
}

fn in_transaction<T>(conn: &mut Connection, job: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answer = job(&transaction)?;
    transaction.commit()?;
    Ok(answer)
}

fn work(mut conn: Connection, inbox: Receiver<Message>) {
    let mut waiting: Vec<(Box<PageRecord>, Arc<WriteFailure>)> = Vec::with_capacity(BATCH);
    let mut since = Instant::now();
    loop {
        let next = if waiting.is_empty() {
            inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            inbox.recv_timeout(DELAY.saturating_sub(since.elapsed()))
        };
        match next {
            Ok(Message::Page(page, failure)) => {
                if waiting.is_empty() {
                    since = Instant::now();
                }
                waiting.push((page, failure));
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

fn commit(conn: &mut Connection, waiting: &mut Vec<(Box<PageRecord>, Arc<WriteFailure>)>) {
    if waiting.is_empty() {
        return;
    }
    let written = in_transaction(conn, |conn| waiting.iter().try_for_each(|(page, _)| page.insert(conn)));
    if let Err(error) = written {
        for (_, failure) in waiting.iter() {
            failure.set(error.to_string());
        }
    }
    waiting.clear();
}
