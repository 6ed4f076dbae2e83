//! The real desktop window, driven through WebDriver on a screen of its own. Linux only: the driver is WebKitGTK's.
//!
//! Every process is started in its own group and the whole group ends with its handle, also when a test panics.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use fantoccini::{Client, ClientBuilder, Locator, elements::Element, key::Key};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

/// Longest wait for something that the window must show.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between two looks.
const GLANCE: Duration = Duration::from_millis(50);

/// A process and all that it starts.
pub struct Group(Child);

impl Group {
    /// Starts a program as the head of a new group.
    pub fn start(command: &mut Command) -> Result<Group> {
        let child = command.process_group(0).spawn();
        let name = command.get_program().to_string_lossy();
        child.map(Group).with_context(|| format!("could not start {name}; `cargo xtask test` sets up what tests need"))
    }

    /// The first line on standard output that `wanted` turns into something.
    pub fn first_line<T>(&mut self, wanted: impl Fn(&str) -> Option<T>) -> Result<T> {
        let output = self.0.stdout.take().context("standard output is not piped")?;
        let found = BufReader::new(output).lines().map_while(Result::ok).find_map(|line| wanted(&line));
        found.context("the program ended without the line waited for")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Both fail only when the process is gone already.
        if let Ok(id) = i32::try_from(self.0.id()).map(Pid::from_raw) {
            let _ = id.map(|id| kill_process_group(id, Signal::KILL));
        }
        let _ = self.0.wait();
    }
}

/// A program of this workspace, built beside the running one.
///
/// # Errors
/// When it was not built.
pub fn built(name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let path = here.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    path.with_context(|| {
        format!(
            "{name} is not built: cargo build --workspace --all-targets --features pixelproof-desktop/custom-protocol"
        )
    })
}

/// The demo shop, served by the command line on a free port.
pub struct Shop {
    _server: Group,
    /// Address of its first page.
    pub url: String,
}

impl Shop {
    /// Starts it.
    pub fn open() -> Result<Shop> {
        let mut command = Command::new(built("pixelproof")?);
        command.args(["demo", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut server = Group::start(&mut command)?;
        let address = |line: &str| line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
        let url = server.first_line(address)?;
        Ok(Shop { _server: server, url })
    }
}

/// The open window. Fields drop in order: the app and its driver before the screen.
pub struct Desktop {
    client: Client,
    _driver: Group,
    _screen: Group,
}

impl Desktop {
    /// Opens the app over a store, on a screen of the given size.
    pub async fn open(store: &Path, size: &str) -> Result<Desktop> {
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", &format!("{size}x24"), "-nolisten", "tcp"]);
        let mut screen = Group::start(screen.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
        let display = screen.first_line(|line| line.trim().parse::<u32>().ok())?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut driver = Command::new("WebKitWebDriver");
        driver
            .args([&format!("--port={port}"), "--host=127.0.0.1"])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("DISPLAY", format!(":{display}"))
            .env("GDK_BACKEND", "x11")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // The app's processes get it too, and the last of them may outlive the test by a moment.
            .stderr(Stdio::null());
        let driver = Group::start(&mut driver)?;
        let client = connect(port, store).await?;
        Ok(Desktop { client, _driver: driver, _screen: screen })
    }

    /// Ends the session; the app closes with it.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.clone().close().await?)
    }

    /// The element that a selector names, as soon as it is there.
    pub async fn find(&self, css: &str) -> Result<Element> {
        let wait = self.client.wait().at_most(PATIENCE).every(GLANCE);
        wait.for_element(Locator::Css(css)).await.with_context(|| format!("never there: {css}"))
    }

    /// Clicks it, once it is there.
    pub async fn click(&self, css: &str) -> Result<()> {
        self.find(css).await?.click().await.with_context(|| format!("could not click {css}"))
    }

    /// Puts a text into a field in place of what it holds.
    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let field = self.find(css).await?;
        field.clear().await?;
        field.send_keys(text).await.with_context(|| format!("could not type into {css}"))
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, args).await?)
    }

    /// Runs a script that answers later, through its last argument.
    pub async fn ask(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute_async(script, Vec::new()).await?)
    }

    /// Presses Escape wherever the focus is.
    pub async fn press_escape(&self) -> Result<()> {
        let focused = self.client.active_element().await?;
        Ok(focused.send_keys(&char::from(Key::Escape).to_string()).await?)
    }

    /// Addresses of all rows of the page table, also of those that only exist once scrolled to.
    pub async fn listed_pages(&self) -> Result<BTreeSet<String>> {
        let mut listed = BTreeSet::new();
        let scroll = "const row = [...document.querySelectorAll('[data-testid=page-row]')].pop();
            row?.scrollIntoView(); return row?.dataset.url ?? null";
        let mut last = Value::Null;
        loop {
            self.find("[data-testid=page-row]").await?;
            listed.extend(self.attributes("[data-testid=page-row]", "data-url").await?);
            let reached = self.run(scroll, Vec::new()).await?;
            if reached == last {
                return Ok(listed);
            }
            last = reached;
        }
    }

    /// An attribute of every element that a selector names, in order.
    pub async fn attributes(&self, css: &str, name: &str) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.getAttribute(arguments[1]) ?? '')";
        let found = self.run(script, vec![json!(css), json!(name)]).await?;
        Ok(serde_json::from_value(found)?)
    }

    /// The visible text of an element.
    pub async fn text(&self, css: &str) -> Result<String> {
        Ok(self.find(css).await?.text().await?)
    }

    /// Looks until what the script returns is accepted; gives it.
    pub async fn until(&self, what: &str, script: &str, accepted: impl Fn(&Value) -> bool) -> Result<Value> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut glances = tokio::time::interval(GLANCE);
        loop {
            glances.tick().await;
            let seen = self.run(script, Vec::new()).await?;
            if accepted(&seen) {
                return Ok(seen);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("waited in vain for {what}; last seen: {seen}");
            }
        }
    }

    /// Types an address on the start page and starts the audit.
    pub async fn audit(&self, url: &str) -> Result<()> {
        self.fill("#start-url", url).await?;
        self.click("#start-audit").await
    }

    /// Waits until the open audit is complete.
    pub async fn complete(&self) -> Result<()> {
        let state = "return document.querySelector('[data-testid=run-state]')?.dataset.state ?? ''";
        self.until("the end of the audit", state, |seen| seen == "complete").await.map(drop)
    }

    /// Lists pages one by one rather than by template.
    pub async fn ungroup(&self) -> Result<()> {
        let group = "[data-testid=group]";
        self.find(group).await?;
        if self.attributes(group, "aria-pressed").await? == ["true"] { self.click(group).await } else { Ok(()) }
    }

    /// Waits until slides and fades have ended: no animation runs.
    async fn still(&self) -> Result<()> {
        let still = "return document.getAnimations().every(animation => animation.playState !== 'running')";
        self.until("stillness", still, |seen| seen == true).await.map(drop)
    }

    /// A picture of the page at rest, as PNG.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        self.still().await?;
        Ok(self.client.screenshot().await?)
    }

    /// What axe-core calls serious or critical on the page at rest: rule and elements.
    pub async fn inaccessible(&self) -> Result<Vec<String>> {
        self.still().await?;
        let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).context("axe-core is missing: run `npm ci` in ui")?;
        self.run(&axe, Vec::new()).await?;
        let script = "const done = arguments[arguments.length - 1];
            axe.run().then(r => done(r.violations.filter(v => ['serious', 'critical'].includes(v.impact))
                .map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)), e => done([`axe failed: ${e}`]))";
        Ok(serde_json::from_value(self.ask(script).await?)?)
    }
}

/// A session, as soon as the driver answers.
async fn connect(port: u16, store: &Path) -> Result<Client> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut glances = tokio::time::interval(GLANCE);
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if tokio::time::Instant::now() > deadline {
            bail!("WebKitWebDriver does not answer on port {port}");
        }
        glances.tick().await;
    }
    let mut capabilities = serde_json::Map::new();
    let options = json!({"binary": built("pixelproof-desktop")?, "args": ["--store", store]});
    capabilities.insert("webkitgtk:browserOptions".into(), options);
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let address = format!("http://127.0.0.1:{port}");
    builder.capabilities(capabilities).connect(&address).await.context("the app's window did not open")
}
