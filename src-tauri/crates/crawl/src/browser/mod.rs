//! A browser over the DevTools protocol: loads a page in a context of its own and records what leaves it, every frame,
//! worker and farewell included. Which requests are held is decided by who asks for the visit: nothing here knows a vendor.

mod act;
mod answer;
mod banner;
mod cdp;
mod consent;
mod console;
mod fields;
mod find;
mod initiator;
mod launch;
mod pages;
mod picture;
mod pump;
mod record;
mod sent;
mod tab;
mod targets;
mod watch;

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::json;
use url::Url;

pub use act::{Act as Exercised, ActError, ActKind, Held, Plan};
pub use consent::{Answered, Choice, ConsentState, Tcf, has_rules};
pub use initiator::Initiator;
pub use picture::{MAX_PICTURE, Picture};
pub use record::{MAX_ADDRESS, MAX_BODIES, MAX_BODY, MAX_REQUESTS};
pub use sent::{Answer, ConsoleMessage, Sent};
pub use tab::{Cookie, Loaded, Tab, Visited};
pub use watch::{Act, Area, Noticed, Technique};

use cdp::Cdp;
use launch::Process;
use targets::Hub;

use crate::resolve::Mappings;

/// Time that a browser gets to end by itself.
const FAREWELL: Duration = Duration::from_secs(3);

/// How to run the browser.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BrowserOptions {
    /// Program to run, rather than the first one found.
    pub program: Option<PathBuf>,
    /// `User-Agent` to send, rather than the browser's own.
    pub user_agent: Option<String>,
    /// Proxy address.
    pub proxy: Option<String>,
    /// Accept any certificate.
    pub insecure: bool,
    /// `HOST:PORT:ADDR[:PORT]`, as curl's; `*` as host matches every host.
    pub resolve: Vec<String>,
}

/// How to look at one page.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Time in all, from the navigation to the page's farewell.
    pub budget: Duration,
    /// Time after the load during which requests are still waited for.
    pub settle: Duration,
    /// Tell the page that the visitor opts out (Global Privacy Control).
    pub gpc: bool,
    /// Header fields for requests to the host of the page itself.
    pub headers: Vec<(String, String)>,
    /// Watch for a consent banner, so that it can be answered.
    pub banner: bool,
    /// Notice what the page stores, and where it looks for what tells visitors apart.
    pub watch: bool,
    /// Take a picture of the banner before it is answered.
    pub picture: bool,
    /// Scripts that run in every document before its own.
    pub scripts: Vec<String>,
}

impl Default for Visit {
    fn default() -> Visit {
        Visit {
            budget: Duration::from_secs(30),
            settle: Duration::from_millis(1500),
            gpc: false,
            banner: false,
            watch: true,
            picture: false,
            headers: Vec::new(),
            scripts: Vec::new(),
        }
    }
}

/// Says which requests don't leave the machine.
pub trait Judge: Send + Sync + 'static {
    /// Whether the request is recorded and answered here. Asked for every hop of a redirect; must be quick.
    fn holds(&self, request: &Sent) -> bool;

    /// Whether a request that it doesn't hold may leave although a page is only being exercised and it changes something.
    fn lets(&self, _request: &Sent) -> bool {
        false
    }
}

/// Why the browser can't be used.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum BrowserError {
    /// No browser on this machine.
    #[error("No browser to look with: {0}.")]
    NotFound(String),
    /// It did not come up.
    #[error("The browser could not be started: {0}.")]
    NotStarted(String),
    /// It ended.
    #[error("The browser ended unexpectedly.")]
    Gone,
    /// It did not answer in time.
    #[error("The browser did not answer to {0} in time.")]
    NoAnswer(String),
    /// It refused a command.
    #[error("The browser refused {method}: {message}")]
    Refused {
        /// The protocol's command.
        method: String,
        /// The browser's words.
        message: String,
    },
    /// An option can't be used.
    #[error("{0}")]
    BadOption(String),
}

/// A running browser. Dropping it ends the browser and removes its profile.
#[derive(Debug)]
pub struct Browser {
    cdp: Cdp,
    hub: Arc<Hub>,
    process: Process,
    /// Product and version as the browser says it.
    product: String,
}

impl Browser {
    /// The program that [`Browser::launch`] would run.
    pub fn find(options: &BrowserOptions) -> Result<PathBuf, BrowserError> {
        find::find(options.program.as_deref(), &find::Places::of_machine())
    }

    /// Starts a browser with a profile of its own.
    pub async fn launch(options: &BrowserOptions) -> Result<Browser, BrowserError> {
        let program = Browser::find(options)?;
        let mappings = Mappings::parse(&options.resolve).map_err(BrowserError::BadOption)?;
        let rules = mappings.all().iter().map(resolver_rule).collect();
        let mut options = BrowserOptions { resolve: rules, ..options.clone() };
        let process = Process::start(&program, &options).await?;
        options.program = Some(program);
        let hub = Arc::new(Hub::default());
        let cdp = Cdp::connect(&process.address, hub.clone()).await?;
        let version = cdp.send(None, "Browser.getVersion", json!({})).await?;
        cdp.send(None, "Target.setAutoAttach", targets::auto_attach()).await?;
        Ok(Browser { cdp, hub, process, product: targets::text(&version, "product").to_owned() })
    }

    /// Product and version: `HeadlessChrome/156.0.…`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Process id, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Whether it ended.
    pub fn is_gone(&self) -> bool {
        self.cdp.is_gone()
    }

    /// Opens an empty tab in a context of its own: no cookie, storage or cache of any other.
    pub async fn open(&self, visit: &Visit, judge: Arc<dyn Judge>) -> Result<Tab, BrowserError> {
        Tab::open(self.cdp.clone(), self.hub.clone(), visit, judge).await
    }

    /// Loads a page, waits for what it sends, leaves it and closes the tab. A page that fails is a result, too.
    pub async fn visit(&self, url: &Url, visit: &Visit, judge: Arc<dyn Judge>) -> Result<Visited, BrowserError> {
        let mut tab = self.open(visit, judge).await?;
        tab.goto(url).await?;
        tab.settle().await;
        tab.leave().await;
        tab.close().await
    }

    /// Ends the browser.
    pub async fn end(self) {
        self.cdp.tell(None, "Browser.close", json!({}));
        self.process.end(FAREWELL).await;
    }
}

/// A mapping in the browser's own spelling.
fn resolver_rule(mapping: &crate::resolve::Mapping) -> String {
    let (host, port) = mapping.source();
    let host = host.unwrap_or("*");
    format!("MAP {host}:{port} {}", mapping.target)
}
