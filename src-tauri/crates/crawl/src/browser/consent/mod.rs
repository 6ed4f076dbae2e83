//! Answers a consent banner as a visitor does: by the maintained rules of autoconsent where one knows the banner, else by
//! the words on its buttons. What the rules say of themselves is never believed; what became of the choice is read back.

mod book;

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::picture::Picture;

pub(super) use book::{Book, ContextId, Popup, Reply};

/// World of its own in which these scripts run: pages can neither see nor change them.
pub(super) const WORLD: &str = "pixelproof";
/// Function through which they speak to us.
pub(super) const BINDING: &str = "pixelproofTell";

/// The content script of autoconsent, as its package holds it; empty in a build without the package.
const RULES_ENGINE: &str = include_str!(concat!(env!("OUT_DIR"), "/autoconsent.js"));
/// Its rules. Their compact form would be a third of the size, but says only how to refuse.
const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/autoconsent-rules.json"));

/// What the visitor chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Agrees to everything.
    Accept,
    /// Refuses what can be refused.
    Reject,
}

impl Choice {
    /// The engine's message for it.
    pub(super) fn message(self) -> &'static str {
        match self {
            Choice::Accept => "optIn",
            Choice::Reject => "optOut",
        }
    }

    /// Its key among the words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Choice::Accept => "accept",
            Choice::Reject => "reject",
        }
    }
}

/// How the banner was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// Banner that the rules know, by their name for it.
    pub platform: Option<String>,
    /// A banner was there.
    pub shown: bool,
    /// Its buttons could be read.
    pub readable: bool,
    /// Its first layer offers to refuse.
    pub reject_offered: bool,
    /// Something was pressed.
    pub pressed: bool,
    /// By the words on its buttons rather than by a rule.
    pub by_words: bool,
    /// Milliseconds after the navigation began.
    pub at_ms: i64,
    /// What went wrong, in words.
    pub problem: Option<String>,
    /// The banner before it was answered, where a picture was wanted: the banner alone where its place is known.
    pub picture: Option<Picture>,
}

/// What the page's own interfaces say of the visitor's choice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ConsentState {
    /// The framework of the advertising industry (TCF), where the page has it.
    pub tcf: Option<Tcf>,
    /// The string of the Global Privacy Platform, where the page has it.
    pub gpp: Option<String>,
}

/// A choice as TCF says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Tcf {
    /// The visitor has answered.
    pub answered: bool,
    /// The page asks for consent at all.
    pub applies: bool,
    /// Purposes agreed to.
    pub purposes: u32,
}

/// Asks the page for [`ConsentState`].
pub(super) const STATE: &str = include_str!("state.js");

/// Whether this build has the rules.
pub fn has_rules() -> bool {
    !RULES_ENGINE.is_empty() && !RULES.is_empty()
}

/// Scripts for every document, for [`WORLD`].
pub(super) fn scripts() -> Vec<String> {
    let words: &str = include_str!("words.json");
    let banner = include_str!("banner.js").replace("/*WORDS*/", words.trim());
    let mut scripts = vec![banner];
    if has_rules() {
        let bridge = include_str!("bridge.js").replace("/*TELL*/", BINDING);
        scripts.push(bridge.replace("/*ENGINE*/", RULES_ENGINE));
    }
    scripts
}

/// Parameters of `Runtime.evaluate` that set the engine of a world up. The rules are hundreds of kilobytes, and the same for
/// every frame: they are written once.
pub(super) fn set_up(context: i64) -> String {
    static EXPRESSION: LazyLock<String> =
        LazyLock::new(|| Value::String(format!("autoconsentReceiveMessage({})", message())).to_string());
    format!(r#"{{"contextId":{context},"expression":{}}}"#, *EXPRESSION)
}

/// The engine's set-up: it waits for our word before it answers a banner, hides nothing and prints nothing.
fn message() -> String {
    let config = json!({
        "enabled": true,
        "autoAction": Value::Null,
        "disabledCmps": [],
        "enablePrehide": false,
        "enableCosmeticRules": false,
        "enableGeneratedRules": true,
        "enableHeuristicDetection": false,
        "enableFilterList": false,
        "detectRetries": 20,
        "isMainWorld": false,
        "prehideTimeout": 2000,
        "visualTest": false,
        "logs": {
            "lifecycle": false, "rulesteps": false, "detectionsteps": false, "evals": false, "errors": false,
            "messages": false, "waits": false,
        },
    });
    format!(r#"{{"type":"initResp","config":{config},"rules":{}}}"#, RULES.trim())
}
