//! What a page's console says.

use serde_json::Value;

use super::{
    cdp::ProtocolEvent,
    record::{MAX_ADDRESS, cut},
    sent::ConsoleMessage,
    targets::text,
};

/// Console messages kept of a visit, and the longest.
const MAX_MESSAGES: usize = 200;
const MAX_MESSAGE: usize = 2000;

/// Collects the messages of a visit.
#[derive(Debug, Default)]
pub(super) struct Console {
    pub(super) messages: Vec<ConsoleMessage>,
}

impl Console {
    /// Takes an event, if it is a message and there is room for it.
    pub(super) fn take(&mut self, event: &ProtocolEvent, now: i64) {
        if self.messages.len() >= MAX_MESSAGES {
            return;
        }
        let params = &event.params;
        match event.method.as_str() {
            "Runtime.consoleAPICalled" => self.said(params, now),
            "Runtime.exceptionThrown" => self.exception(params, now),
            "Log.entryAdded" => self.log_entry(params, now),
            _ => {}
        }
    }

    fn said(&mut self, params: &Value, now: i64) {
        let words = params["args"].as_array().into_iter().flatten().map(|argument| match &argument["value"] {
            Value::Null => text(argument, "description").to_owned(),
            Value::String(words) => words.clone(),
            other => other.to_string(),
        });
        let words: Vec<String> = words.collect();
        let source = params["stackTrace"]["callFrames"][0]["url"].as_str();
        self.message(now, text(params, "type"), &words.join(" "), source);
    }

    fn exception(&mut self, params: &Value, now: i64) {
        let details = &params["exceptionDetails"];
        let words = details["exception"]["description"].as_str().unwrap_or_else(|| text(details, "text"));
        let source = details["url"].as_str().or_else(|| details["stackTrace"]["callFrames"][0]["url"].as_str());
        self.message(now, "exception", words, source);
    }

    fn log_entry(&mut self, params: &Value, now: i64) {
        let entry = &params["entry"];
        self.message(now, text(entry, "source"), text(entry, "text"), entry["url"].as_str());
    }

    fn message(&mut self, at_ms: i64, level: &str, words: &str, source: Option<&str>) {
        if !words.is_empty() {
            self.messages.push(ConsoleMessage {
                at_ms,
                level: level.to_owned(),
                text: cut(words, MAX_MESSAGE),
                source: source.filter(|source| !source.is_empty()).map(|source| cut(source, MAX_ADDRESS)),
            });
        }
    }
}
