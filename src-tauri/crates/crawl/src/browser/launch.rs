//! The browser's process: started with a throw-away profile, ended with everything it started.

use std::{path::Path, process::Stdio, time::Duration};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{BrowserError, BrowserOptions};

/// Time that the browser may take to open its debugging port.
const START: Duration = Duration::from_secs(30);
/// What the browser says when its port is open; the address follows.
const READY: &str = "DevTools listening on ";
/// Lines of its messages kept for the sentence that says why it did not start.
const LAST_LINES: usize = 3;
/// Longest line read of them.
const MAX_LINE: usize = 4096;

/// Always given: no window, nothing of the user's, no request of the browser's own, every frame of another site in a
/// process of its own, no throttling of what is not shown.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--disable-hang-monitor",
    "--mute-audio",
    // A desk's screen: the smaller one that it starts with gets many sites' pages for telephones.
    "--window-size=1366,900",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
    "--disable-popup-blocking",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--site-per-process",
    // What the browser would refuse to a tracker must not make the site look clean.
    "--disable-features=TrackingProtection3pcd,ThirdPartyStoragePartitioning,Translate,OptimizationHints,MediaRouter,\
     HttpsUpgrades,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--remote-debugging-port=0",
];

/// A running browser.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Where its DevTools answer.
    pub(super) address: String,
    /// Removed with this.
    _profile: TempDir,
}

impl Process {
    /// Starts a browser and waits until its port is open.
    pub(super) async fn start(program: &Path, options: &BrowserOptions) -> Result<Process, BrowserError> {
        let not_started = |why: String| BrowserError::NotStarted(why);
        let profile = tempfile::Builder::new()
            .prefix("pixelproof-browser-")
            .tempdir()
            .map_err(|error| not_started(format!("no folder for its profile could be made: {error}")))?;
        let mut command = Command::new(program);
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.path().display())).args(flags_of(options));
        // Pages are hostile: the sandbox stays on, save where the system grants none to its administrator.
        #[cfg(unix)]
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| not_started(format!("{} could not be run: {error}", program.display())))?;
        let stderr = child.stderr.take().ok_or_else(|| not_started("its messages can't be read".to_owned()))?;
        let mut lines = BufReader::new(stderr).split(b'\n');
        let address = timeout(START, async {
            let mut last: Vec<String> = Vec::new();
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(line.get(..MAX_LINE).unwrap_or(&line)).trim().to_owned();
                if let Some(address) = line.strip_prefix(READY) {
                    return Ok(address.trim().to_owned());
                }
                last.push(line);
                if last.len() > LAST_LINES {
                    last.remove(0);
                }
            }
            Err(not_started(format!("{} ended at once: {}", program.display(), last.join(" / "))))
        })
        .await
        .map_err(|_| not_started(format!("{} opened no debugging port", program.display())))??;
        // Read to the end, or the browser would wait for room in the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_segment().await {} });
        Ok(Process { child, address, _profile: profile })
    }

    /// Process id, while it runs.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end for a while, then ends it.
    pub(super) async fn end(mut self, grace: Duration) {
        if timeout(grace, self.child.wait()).await.is_err() {
            kill_group(&self.child);
            let _ = self.child.kill().await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        kill_group(&self.child);
    }
}

/// Ends the processes that the browser started, too.
fn kill_group(child: &Child) {
    #[cfg(unix)]
    if let Some(pid) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = child;
}

/// Flags that the options ask for.
fn flags_of(options: &BrowserOptions) -> Vec<String> {
    let mut flags = Vec::new();
    if let Some(agent) = &options.user_agent {
        flags.push(format!("--user-agent={agent}"));
    }
    if let Some(proxy) = &options.proxy {
        flags.push(format!("--proxy-server={proxy}"));
    }
    if options.insecure {
        flags.push("--ignore-certificate-errors".to_owned());
    }
    if !options.resolve.is_empty() {
        flags.push(format!("--host-resolver-rules={}", options.resolve.join(",")));
    }
    flags
}
