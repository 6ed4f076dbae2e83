//! Who runs an audit: each run holds an advisory lock on a small file beside the store. The system lets go of it when
//! the process ends, however it ends, so that a lock that can be taken means nobody runs the audit.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{AuditError, Result};

/// Held while an audit runs; taken back and its file removed on drop.
#[derive(Debug)]
pub(crate) struct LiveLock {
    _file: File,
    path: PathBuf,
}

impl LiveLock {
    /// Takes the lock of a new audit.
    pub(crate) fn take(store: &Path, id: &str) -> Result<LiveLock> {
        let path = lock_path(store, id);
        let file = File::create(&path).map_err(|source| AuditError::CannotWrite { path: path.clone(), source })?;
        // A file system without locks is no reason not to audit: the row then counts as dead in other processes.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(AuditError::StillRunning);
        }
        Ok(LiveLock { _file: file, path })
    }
}

impl Drop for LiveLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether some process runs the audit. Removes the file of one that died.
pub(crate) fn is_live(store: &Path, id: &str) -> bool {
    let path = lock_path(store, id);
    let Ok(file) = File::open(&path) else { return false };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => true,
        _ => {
            let _ = std::fs::remove_file(&path);
            false
        }
    }
}

fn lock_path(store: &Path, id: &str) -> PathBuf {
    let mut name = store.file_name().unwrap_or_default().to_owned();
    name.push(format!("-{id}.live"));
    store.with_file_name(name)
}
