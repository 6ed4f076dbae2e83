//! The store: one SQLite file for many audits. One thread writes, in batches; readers have connections of their own and
//! never wait for it. Nothing secret is kept: the configuration leaves its secrets out when it is written.

pub(crate) mod answers;
pub(crate) mod journeys;
mod live;
pub(crate) mod progress;
mod record;
mod schema;
mod writer;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc::sync_channel},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use live::{LiveLock, is_live};
pub(crate) use record::{
    DraftRow, FindingBody, PageFlags, PageRecord, event_records, finding_id, insert_draft, pixel_rows,
};
#[cfg(test)]
pub(crate) use schema::prepare;
pub(crate) use writer::{Unkept, Writer};

use crate::{AuditError, Result, names::to_json};

/// How long a connection waits for another process's write when nothing else is said.
pub(crate) const BUSY: Duration = Duration::from_secs(20);
/// How long the end of an audit waits for readers of the log.
const SETTLE: Duration = Duration::from_millis(500);
/// Reading connections kept open between queries.
const KEPT_READERS: usize = 4;

/// Pages of the log, of 4 kB, before it is taken into the file: every row touches the same pages of the indexes, so the
/// longer the log, the fewer writes.
const CHECKPOINT: u32 = 8_000;

/// An open store.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    busy: Duration,
}

impl Store {
    /// Opens or creates the file.
    pub(crate) fn open(path: &Path, busy: Duration) -> Result<Arc<Store>> {
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|e| AuditError::CannotOpen { path: path.to_owned(), reason: e.to_string() })?;
        }
        let path = std::path::absolute(path)
            .map_err(|e| AuditError::CannotOpen { path: path.to_owned(), reason: e.to_string() })?;
        if std::fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            let reason = "it is no file that could hold a store".to_owned();
            return Err(AuditError::CannotOpen { path, reason });
        }
        let mut conn = connect(&path, busy)?;
        schema::prepare(&mut conn, &path)?;
        conn.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = {CHECKPOINT};"
        ))
        .map_err(|e| schema::refuse(&e, &path))?;
        let writer = Writer::spawn(conn);
        Ok(Arc::new(Store { path, writer, readers: Mutex::new(Vec::new()), busy }))
    }

    /// Its file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The thread that writes.
    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Takes the log into the file, so that the file alone is the whole store. Where others read or write just then it
    /// stays beside the file, as it does while audits run: nothing is lost by that.
    pub(crate) fn settle(&self) {
        let (done, wait) = sync_channel::<()>(1);
        let busy = self.busy;
        let posted = self.writer.post(move |conn| {
            let _ = conn.busy_timeout(SETTLE.min(busy));
            let _ = conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
            let _ = conn.busy_timeout(busy);
            drop(done);
        });
        if posted.is_ok() {
            let _ = wait.recv();
        }
    }

    /// Runs a query on a connection of its own, in one snapshot.
    pub(crate) fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut conn = match kept {
            Some(conn) => conn,
            None => connect(&self.path, self.busy)?,
        };
        let snapshot = conn.transaction()?;
        let answer = query(&snapshot);
        snapshot.finish()?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < KEPT_READERS {
            readers.push(conn);
        }
        answer
    }
}

fn connect(path: &Path, busy: Duration) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)
        .map_err(|e| AuditError::CannotOpen { path: path.to_owned(), reason: e.to_string() })?;
    conn.busy_timeout(busy)?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.execute_batch("PRAGMA foreign_keys = ON;")?;
    Ok(conn)
}

/// zstd level of everything kept: twice as quick as the usual one, for 6 % more of HTML.
const LEVEL: i32 = 1;

thread_local! {
    /// Making a compressor costs more than a small text takes to compress.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> =
        RefCell::new(zstd::bulk::Compressor::new(LEVEL).ok());
    static DECOMPRESSOR: RefCell<zstd::zstd_safe::DCtx<'static>> = RefCell::new(zstd::zstd_safe::DCtx::create());
}

/// Compresses for the store.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        let packed = compressor.as_mut().map(|compressor| compressor.compress(bytes));
        // Without memory for it nothing can be kept either way.
        packed.and_then(Result::ok).unwrap_or_default()
    })
}

/// Packs a value of our own types as JSON.
pub(crate) fn pack_json<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    pack(to_json(value).as_bytes())
}

/// Largest row unpacked: a damaged one must not fill the memory.
const MAX_UNPACKED: u64 = 1 << 30;

/// What [`pack`] packed.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut out = Vec::new();
    let read = DECOMPRESSOR.with_borrow_mut(|context| {
        // What a damaged row left behind.
        let _ = context.reset(zstd::zstd_safe::ResetDirective::SessionOnly);
        zstd::Decoder::with_context(bytes, context).take(MAX_UNPACKED).read_to_end(&mut out)
    });
    read.map_err(|e| AuditError::Damaged(e.to_string()))?;
    Ok(out)
}

/// What [`pack_json`] packed.
pub(crate) fn unpack_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(&unpack(bytes)?).map_err(|e| AuditError::Damaged(e.to_string()))
}

#[cfg(test)]
mod tests;
