//! The one window: opened with the store, held to the app's own pages, closed only after running audits have stopped.

use std::time::Duration;

use pixelproof_audit::Audits;
use tauri::{App, AppHandle, Manager, RunEvent, Url, WebviewWindowBuilder, WindowEvent, webview::NewWindowResponse};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};

use crate::{args::Args, shell::Shell};

/// Longest wait for running audits when the window closes. One that takes longer is marked incomplete the next time
/// its store is opened.
const LONGEST_GOODBYE: Duration = Duration::from_secs(10);

/// Opens the store and the window. A store that can't be opened is said in a dialog, and the app ends.
pub(crate) fn open(app: &mut App, args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let path = args.store.clone().unwrap_or_else(Audits::default_path);
    let vendors = pixelproof_audit::default_vendors_folder();
    pixelproof_audit::use_vendors(&vendors).iter().for_each(|notice| eprintln!("note: {notice}"));
    match Audits::open(&path) {
        Ok(audits) => {
            app.manage(Shell::new(audits));
            create(app)
        }
        Err(error) => {
            eprintln!("{error}");
            let handle = app.handle().clone();
            let dialog = app.dialog().message(error.to_string()).title("Pixelproof").kind(MessageDialogKind::Error);
            dialog.show(move |_| handle.exit(1));
            Ok(())
        }
    }
}

fn create(app: &App) -> Result<(), Box<dyn std::error::Error>> {
    let config = app.config().app.windows.first().ok_or("the configuration names no window")?;
    WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    Ok(())
}

/// The app's own pages: under the custom scheme, or its stand-in on Windows.
fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Holds the closing window until running audits have stopped.
pub(crate) fn on_event(app: &AppHandle, event: RunEvent) {
    let RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. } = event else { return };
    let (Some(window), Some(_)) = (app.get_webview_window(&label), app.try_state::<Shell>()) else { return };
    api.prevent_close();
    // A window that can't be hidden stays in sight a little longer.
    let _ = window.hide();
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let stopped = tokio::time::timeout(LONGEST_GOODBYE, app.state::<Shell>().stop_all()).await;
        if stopped.is_err() {
            eprintln!("An audit did not stop in time; what it has is kept, and it counts as incomplete.");
        }
        app.exit(0);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, own: bool) {
        assert_eq!(is_own_page(&Url::parse(url).expect("a URL")), own, "{url}");
    }

    #[test]
    fn the_window_stays_on_its_own_pages() {
        check("tauri://localhost/index.html", true);
        check("http://tauri.localhost/", true);
        check("https://example.com/", false);
        check("http://tauri.localhost.example.com/", false);
        check("http://localhost:5175/", false);
        check("tauri://example/", false);
        check("file:///etc/passwd", false);
        check("data:text/html,x", false);
    }
}
