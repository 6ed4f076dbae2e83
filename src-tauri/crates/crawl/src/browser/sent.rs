//! What left a page, and what its console said: as it is handed out.

use std::collections::BTreeMap;

use super::initiator::Initiator;

/// One request that a page made, redirects followed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sent {
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// HTTP method; `WEBSOCKET` for a socket.
    pub method: String,
    /// Address first asked for.
    pub url: String,
    /// Header fields by lower-case name. Cookies are not among them.
    pub headers: BTreeMap<String, String>,
    /// Body as sent.
    pub body: Option<Vec<u8>>,
    /// The body, or part of it, could not be kept or read.
    pub body_cut: bool,
    /// What the browser says it is for: `Document`, `Script`, `Image`, `Ping`, `Fetch`, `XHR` …
    pub kind: String,
    /// Document that it belongs to.
    pub document: String,
    /// What made the page send it.
    pub initiator: Initiator,
    /// Redirects: the addresses after the first.
    pub hops: Vec<String>,
    /// Status of the answer that each of these came with, where it was seen.
    pub hop_status: Vec<u16>,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// What else is known of the last answer.
    pub answer: Option<Answer>,
    /// Recorded and answered here; it never left the machine.
    pub held: bool,
    /// Why no answer came.
    pub error: Option<String>,
    /// Sent while the page was left.
    pub leaving: bool,
    /// Number of the page that sent it, in the order in which the tab went to them, from 1.
    pub page: u32,
}

impl Sent {
    /// Every address that it went to: the first, and those of its redirects.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.url).chain(&self.hops).map(String::as_str)
    }

    /// The last of them: where it is now.
    pub fn now_at(&self) -> &str {
        self.hops.last().unwrap_or(&self.url)
    }
}

/// The answer to a request. Of its body only the size is kept, of the cookies that it sets nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// What stands behind the status.
    pub reason: String,
    /// `http/1.1`, `h2` …
    pub protocol: String,
    /// Header fields by lower-case name, without cookies.
    pub headers: BTreeMap<String, String>,
    /// Media type.
    pub media_type: String,
    /// Milliseconds after the navigation began at which it began.
    pub at_ms: i64,
    /// The same at which it was complete.
    pub done_ms: Option<i64>,
    /// Bytes that came over the line.
    pub bytes: Option<u64>,
}

/// A message in the page's console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleMessage {
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// `log`, `warning`, `error`, `exception`, or the browser's own source: `security`, `network` …
    pub level: String,
    /// What it says.
    pub text: String,
    /// Script or document that said it.
    pub source: Option<String>,
}
