//! What the scripts in the page say of its banner: a state machine over protocol events.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{BINDING, WORLD};
use crate::browser::{cdp::ProtocolEvent, targets::text};

/// Execution contexts kept; a page that makes more loses the oldest.
const MAX_CONTEXTS: usize = 1000;
/// Longest message taken from a page.
const MAX_PAYLOAD: usize = 1 << 20;

/// A world of a frame, in a session.
pub(in crate::browser) type ContextId = (String, i64);

/// What is to be done about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::browser) enum Reply {
    /// Give the engine its set-up.
    SetUp(ContextId),
    /// Evaluate a rule's expression in the page's own world and give the result to the engine.
    Evaluate { engine: ContextId, page: ContextId, id: String, code: String },
}

/// A banner that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::browser) struct Popup {
    pub(in crate::browser) platform: String,
    pub(in crate::browser) engine: ContextId,
}

/// The state.
#[derive(Debug, Default)]
pub(in crate::browser) struct Book {
    /// Our worlds and the pages' own, with the frame of each.
    ours: BTreeMap<ContextId, String>,
    pages: BTreeMap<(String, String), i64>,
    pub(in crate::browser) popup: Option<Popup>,
    /// A rule knows the site's platform, whether or not its banner is shown.
    pub(in crate::browser) detected: Option<String>,
    /// The engine's own word that it pressed something.
    pub(in crate::browser) result: Option<bool>,
    /// The engine is done.
    pub(in crate::browser) done: bool,
    pub(in crate::browser) failed: Option<String>,
}

impl Book {
    /// Takes an event; `true` where something changed that a visit may wait for.
    pub(in crate::browser) fn take(&mut self, event: &ProtocolEvent) -> (Option<Reply>, bool) {
        let session = event.session.clone().unwrap_or_default();
        match event.method.as_str() {
            "Runtime.executionContextCreated" => self.created(session, &event.params["context"]),
            "Runtime.executionContextDestroyed" => {
                if let Some(id) = event.params["executionContextId"].as_i64() {
                    self.ours.remove(&(session, id));
                }
            }
            "Runtime.executionContextsCleared" => self.ours.retain(|(of, _), _| *of != session),
            "Runtime.bindingCalled" if text(&event.params, "name") == BINDING => {
                return self.called(session, &event.params);
            }
            _ => {}
        }
        (None, false)
    }

    /// Every world of ours.
    pub(in crate::browser) fn worlds(&self) -> Vec<ContextId> {
        self.ours.keys().cloned().collect()
    }

    /// Forgets the banner of the page before.
    pub(in crate::browser) fn next_page(&mut self) {
        let (ours, pages) = (std::mem::take(&mut self.ours), std::mem::take(&mut self.pages));
        *self = Book { ours, pages, ..Book::default() };
    }

    fn created(&mut self, session: String, context: &Value) {
        let Some(id) = context["id"].as_i64() else { return };
        let frame = text(&context["auxData"], "frameId").to_owned();
        if text(context, "name") == WORLD {
            if self.ours.len() >= MAX_CONTEXTS {
                self.ours.pop_first();
            }
            self.ours.insert((session, id), frame);
        } else if context["auxData"]["isDefault"] == true {
            if self.pages.len() >= MAX_CONTEXTS {
                self.pages.pop_first();
            }
            self.pages.insert((session, frame), id);
        }
    }

    fn called(&mut self, session: String, params: &Value) -> (Option<Reply>, bool) {
        let payload = text(params, "payload");
        let engine = (session.clone(), params["executionContextId"].as_i64().unwrap_or_default());
        // Our world only: a page that learns the function's name can't speak for the engine.
        let Some(frame) = self.ours.get(&engine).filter(|_| payload.len() <= MAX_PAYLOAD) else { return (None, false) };
        let Ok(message) = serde_json::from_str::<Value>(payload) else { return (None, false) };
        match text(&message, "type") {
            "init" => return (Some(Reply::SetUp(engine)), false),
            "eval" => {
                let page = self.pages.get(&(session.clone(), frame.clone())).map(|id| (session, *id));
                let reply = page.map(|page| Reply::Evaluate {
                    engine,
                    page,
                    id: text(&message, "id").to_owned(),
                    code: text(&message, "code").to_owned(),
                });
                return (reply, false);
            }
            "cmpDetected" => self.detected = Some(text(&message, "cmp").to_owned()),
            "popupFound" => {
                self.popup.get_or_insert(Popup { platform: text(&message, "cmp").to_owned(), engine });
            }
            "optInResult" | "optOutResult" => {
                let pressed = message["result"] == true;
                self.result = Some(self.result.unwrap_or(false) || pressed);
                self.done |= !pressed;
            }
            "autoconsentDone" => self.done = true,
            "autoconsentError" => self.failed = Some(message["details"].to_string().chars().take(300).collect()),
            _ => return (None, false),
        }
        (None, true)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(method: &str, params: Value) -> ProtocolEvent {
        ProtocolEvent { session: Some("s".to_owned()), method: method.to_owned(), params }
    }

    fn context(id: i64, name: &str, frame: &str, default: bool) -> ProtocolEvent {
        let context = json!({"id": id, "name": name, "auxData": {"frameId": frame, "isDefault": default}});
        event("Runtime.executionContextCreated", json!({"context": context}))
    }

    fn says(context: i64, message: Value) -> ProtocolEvent {
        let params = json!({"name": BINDING, "payload": message.to_string(), "executionContextId": context});
        event("Runtime.bindingCalled", params)
    }

    #[test]
    fn the_engine_is_set_up_and_its_expressions_go_to_its_own_frame() {
        let mut book = Book::default();
        for made in [context(1, "", "main", true), context(2, WORLD, "main", false), context(3, "", "child", true)] {
            assert_eq!(book.take(&made), (None, false));
        }
        let ours = ("s".to_owned(), 2);
        assert_eq!(
            book.take(&says(2, json!({"type": "init", "url": "https://shop.test/"}))).0,
            Some(Reply::SetUp(ours.clone()))
        );
        let asked = book.take(&says(2, json!({"type": "eval", "id": "e1", "code": "1+1"}))).0;
        let page = ("s".to_owned(), 1);
        assert_eq!(asked, Some(Reply::Evaluate { engine: ours, page, id: "e1".to_owned(), code: "1+1".to_owned() }));
    }

    #[test]
    fn a_page_that_knows_the_name_is_not_believed() {
        let mut book = Book::default();
        book.take(&context(1, "", "main", true));
        assert_eq!(book.take(&says(1, json!({"type": "popupFound", "cmp": "onetrust"}))), (None, false));
        assert_eq!(book.popup, None);
    }

    #[test]
    fn a_banner_is_found_answered_and_forgotten_with_its_page() {
        let mut book = Book::default();
        book.take(&context(2, WORLD, "main", false));
        assert!(book.take(&says(2, json!({"type": "popupFound", "cmp": "onetrust"}))).1);
        assert_eq!(book.popup.as_ref().map(|popup| popup.platform.as_str()), Some("onetrust"));
        book.take(&says(2, json!({"type": "optOutResult", "cmp": "onetrust", "result": true})));
        assert_eq!((book.result, book.done), (Some(true), false));
        book.take(&says(2, json!({"type": "autoconsentDone", "cmp": "onetrust"})));
        assert!(book.done);
        book.next_page();
        assert_eq!((book.popup.clone(), book.result, book.done), (None, None, false));
        assert_eq!(book.worlds().len(), 1);
    }
}
