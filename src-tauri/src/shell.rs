//! What the shell holds while the window is open: the store, the folders that exports wrote to, the demo shop.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use pixelproof_audit::{AuditError, Audits, demo};
use pixelproof_model::{AppError, ErrorCode, RunState};
use tokio::sync::OnceCell;

/// Result of a command.
pub(crate) type Answer<T> = Result<T, AppError>;

/// State shared by all commands.
pub(crate) struct Shell {
    audits: Audits,
    exported: Mutex<BTreeSet<PathBuf>>,
    shop: OnceCell<demo::Demo>,
}

impl Shell {
    /// A shell over an open store.
    pub(crate) fn new(audits: Audits) -> Shell {
        Shell { audits, exported: Mutex::default(), shop: OnceCell::new() }
    }

    /// The store, for what doesn't block.
    pub(crate) fn audits(&self) -> &Audits {
        &self.audits
    }

    /// Asks the store on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Audits) -> Result<T, AuditError> + Send + 'static,
    ) -> Answer<T> {
        let audits = self.audits.clone();
        match tauri::async_runtime::spawn_blocking(move || question(&audits)).await {
            Ok(answer) => answer.map_err(said),
            Err(error) => Err(internal(format!("A part of Pixelproof failed: {error}"))),
        }
    }

    /// Remembers a folder that an export wrote to.
    pub(crate) fn remember_folder(&self, folder: &Path) {
        // A path that can't be resolved can't be opened later either.
        if let Ok(folder) = folder.canonicalize() {
            self.exported.lock().unwrap_or_else(PoisonError::into_inner).insert(folder);
        }
    }

    /// The folder, if an export wrote to it: the window may open no other.
    pub(crate) fn known_folder(&self, folder: &Path) -> Answer<PathBuf> {
        let resolved = folder
            .canonicalize()
            .ok()
            .filter(|resolved| self.exported.lock().unwrap_or_else(PoisonError::into_inner).contains(resolved));
        resolved.ok_or_else(|| AppError {
            code: ErrorCode::NotFound,
            message: format!("No report was written to {} since Pixelproof was opened.", folder.display()),
        })
    }

    /// Address of the demo shop, started on the first call and served until the window closes.
    pub(crate) async fn shop(&self) -> Answer<String> {
        let shop = self.shop.get_or_try_init(|| demo::serve(0)).await.map_err(said)?;
        Ok(shop.url().to_owned())
    }

    /// Stops every audit that runs here and waits until each has kept what it has.
    pub(crate) async fn stop_all(&self) {
        let running = self.ask(|audits| {
            let rows = audits.list()?;
            let live = rows.iter().filter(|row| matches!(row.state, RunState::Running | RunState::Paused));
            Ok(live.filter_map(|row| audits.running(&row.id)).collect::<Vec<_>>())
        });
        let running = running.await.unwrap_or_default();
        running.iter().for_each(pixelproof_audit::Run::stop);
        for run in running {
            // How it ended is in the store.
            let _ = run.join().await;
        }
    }
}

/// An error of the audit crate, as the window gets it.
pub(crate) fn said(error: AuditError) -> AppError {
    AppError { code: error.code(), message: error.to_string() }
}

/// An error of the shell itself.
pub(crate) fn internal(message: String) -> AppError {
    AppError { code: ErrorCode::Internal, message }
}
