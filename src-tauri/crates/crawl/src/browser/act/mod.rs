//! Acting on a page as a visitor does: clicking, typing, choosing, waiting for what comes of it. Elements are found in a world
//! of our own; what is done to them comes in as real input.

mod exercise;

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout, timeout_at};

pub use exercise::{Act, ActKind, Plan};

use super::{
    BrowserError, Cookie, Sent,
    tab::{Loaded, Tab},
};

/// The functions that find elements.
const ACT: &str = include_str!("act.js");
/// World that they run in.
const WORLD: &str = "pixelproofAct";
/// Between two looks for an element.
const LOOK: Duration = Duration::from_millis(100);
/// Time for one question to a page, or one piece of input.
const ASK: Duration = Duration::from_secs(5);
/// Keys typed one by one; the rest of a longer text comes at once.
const MAX_KEYS: usize = 200;
/// Pages that one act may lead through.
const MAX_PAGES: u32 = 10;

/// Why an act could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The page doesn't allow it, in a sentence's end: `no element fits “#buy”`.
    #[error("{0}")]
    Page(String),
    /// The browser doesn't.
    #[error(transparent)]
    Browser(#[from] BrowserError),
}

/// A place in a page's storage that holds a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// `local storage` or `session storage`.
    pub place: String,
    /// Key.
    pub key: String,
}

impl Tab {
    /// Clicks an element, given time to show, and waits for what comes of it.
    pub async fn click(&mut self, on: &str, within: Duration) -> Result<(), ActError> {
        let place = self.once_shown("place", on, within).await?;
        if place["disabled"] == true {
            return Err(ActError::Page(format!("“{on}” is disabled")));
        }
        let before = self.signals();
        match (place["hit"] == true, place["x"].as_f64(), place["y"].as_f64()) {
            (true, Some(x), Some(y)) => self.click_at(x, y).await?,
            // Something lies over it: a visitor would not reach it, but what it does can still be seen.
            _ => drop(self.ask("press", &[json!(on)]).await?),
        }
        self.quiet(&before).await;
        Ok(())
    }

    /// Types into a field, and leaves it.
    pub async fn fill(&mut self, into: &str, text: &str, within: Duration) -> Result<(), ActError> {
        let field = self.once_shown("focus", into, within).await?;
        if field["locked"] == true {
            return Err(ActError::Page(format!("“{into}” takes no input")));
        }
        if field["box"] == true {
            let on = !matches!(text, "" | "false" | "off" | "no");
            self.ask("check", &[json!(into), json!(on)]).await?;
            return Ok(());
        }
        if field["typed"] != true {
            return Err(ActError::Page(format!("“{into}” is no field to type into")));
        }
        for letter in text.chars().take(MAX_KEYS) {
            self.key(letter).await?;
        }
        let rest: String = text.chars().skip(MAX_KEYS).collect();
        if !rest.is_empty() {
            self.input("Input.insertText", json!({"text": rest})).await?;
        }
        self.ask("finish", &[json!(into), json!(text)]).await?;
        Ok(())
    }

    /// Chooses an option of a field by its value or its text.
    pub async fn select(&mut self, from: &str, value: &str, within: Duration) -> Result<(), ActError> {
        self.once_shown("focus", from, within).await?;
        let chosen = self.ask("choose", &[json!(from), json!(value)]).await?;
        match chosen["option"] == true {
            true => Ok(()),
            false => Err(ActError::Page(format!("“{from}” has no option “{value}”"))),
        }
    }

    /// Waits for an element to show.
    pub async fn await_element(&mut self, selector: &str, within: Duration) -> Result<(), ActError> {
        self.once_shown("place", selector, within).await.map(drop)
    }

    /// Address of the page now.
    pub fn address(&self) -> String {
        self.signals().address
    }

    /// Requests recorded so far, from the one of this number on, in the order in which they came.
    pub fn sent_from(&self, first: usize) -> Vec<Sent> {
        self.shared().recorder().since(first)
    }

    /// How many requests were recorded so far.
    pub fn sent_count(&self) -> usize {
        self.shared().recorder().count()
    }

    /// Places in the storage of the page that hold a text.
    pub async fn holding(&self, text: &str) -> Vec<Held> {
        let found: Vec<(String, String)> = self.list("holding", &[json!(text)]).await;
        found.into_iter().map(|(place, key)| Held { place, key }).collect()
    }

    /// Cookies of the context whose values hold a text.
    pub async fn cookies_holding(&self, text: &str) -> Vec<Cookie> {
        let cookies = self.cookies().await.unwrap_or_default();
        cookies.into_iter().filter(|cookie| cookie.value.contains(text)).collect()
    }

    /// Addresses that the links of the page lead to, as they are now, and whether the page says not to follow them.
    pub async fn links(&self) -> Vec<(String, bool)> {
        self.list("links", &[]).await
    }

    /// Waits until the page stays as it is: what an act leads to is loaded, and sent what it sends.
    async fn quiet(&mut self, before: &super::pump::Signals) {
        let mut known = before.clone();
        for _ in 0..MAX_PAGES {
            let until = (Instant::now() + self.settle_time()).min(self.deadline());
            let mut signals = self.shared().signals.subscribe();
            let begun = signals.wait_for(|now| now.starts > known.starts || now.crashed || now.ended);
            let begins = matches!(timeout_at(until.into(), begun).await, Ok(Ok(_)));
            if !begins || self.is_lost() {
                return;
            }
            let (loads, stops) = (known.loads, known.stops);
            let mut signals = self.shared().signals.subscribe();
            let loaded = signals.wait_for(|now| now.loads > loads || now.stops > stops || now.crashed || now.ended);
            if timeout_at(self.deadline().into(), loaded).await.is_err() {
                self.set_loaded(Loaded::OutOfTime);
                return;
            }
            known = self.signals();
        }
    }

    /// What a function of ours says of an element, once that shows.
    async fn once_shown(&self, function: &str, selector: &str, within: Duration) -> Result<Value, ActError> {
        let until = (Instant::now() + within).min(self.deadline());
        loop {
            let said = self.ask(function, &[json!(selector)]).await;
            match &said {
                Ok(said) if said["shown"] == true => return Ok(said.clone()),
                // The page is just changing; its next one may have it.
                Ok(_) | Err(ActError::Browser(BrowserError::Refused { .. } | BrowserError::NoAnswer(_))) => {}
                Err(_) => return said,
            }
            if self.is_lost() {
                return Err(ActError::Page("the page is gone".to_owned()));
            }
            if Instant::now() >= until {
                return match said {
                    Ok(said) if said["found"] == true => Err(ActError::Page(format!("“{selector}” is not shown"))),
                    Ok(_) => Err(ActError::Page(format!("no element fits “{selector}”"))),
                    Err(error) => Err(error),
                };
            }
            sleep(LOOK).await;
        }
    }

    async fn click_at(&self, x: f64, y: f64) -> Result<(), ActError> {
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let params = json!({"type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1});
            self.input("Input.dispatchMouseEvent", params).await?;
        }
        Ok(())
    }

    async fn key(&self, letter: char) -> Result<(), ActError> {
        let text = letter.to_string();
        for kind in ["keyDown", "keyUp"] {
            let mut params = json!({"type": kind, "key": text});
            if kind == "keyDown" {
                params["text"] = json!(text);
            }
            self.input("Input.dispatchKeyEvent", params).await?;
        }
        Ok(())
    }

    /// One piece of input. A page that is stuck in its own handler doesn't take it in; the next act will see.
    async fn input(&self, method: &str, params: Value) -> Result<(), ActError> {
        let sent = self.cdp().send(Some(self.session()), method, params);
        match timeout(ASK, sent).await {
            Ok(Err(error @ BrowserError::Gone)) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// What a function of ours lists; nothing where the page can't be asked.
    async fn list<T: DeserializeOwned>(&self, function: &str, arguments: &[Value]) -> Vec<T> {
        let found = self.ask(function, arguments).await.ok();
        found.and_then(|found| serde_json::from_value(found).ok()).unwrap_or_default()
    }

    /// Calls a function of ours in the page.
    async fn ask(&self, function: &str, arguments: &[Value]) -> Result<Value, ActError> {
        let no_answer = || BrowserError::NoAnswer("Runtime.evaluate".to_owned());
        let frame = self.shared().frame();
        let made = self.cdp().send(
            Some(self.session()),
            "Page.createIsolatedWorld",
            json!({"frameId": frame, "worldName": WORLD}),
        );
        let world = timeout(ASK, made).await.map_err(|_| no_answer())??;
        let arguments: Vec<String> = arguments.iter().map(Value::to_string).collect();
        let expression = format!("({ACT}).{function}({})", arguments.join(","));
        let params = json!({"expression": expression, "contextId": world["executionContextId"], "returnByValue": true});
        let asked = self.cdp().send(Some(self.session()), "Runtime.evaluate", params);
        let mut answer = timeout(ASK, asked).await.map_err(|_| no_answer())??;
        if let Some(thrown) = answer["exceptionDetails"].as_object() {
            let said = thrown.get("exception").and_then(|e| e["description"].as_str()).unwrap_or("it can't be read");
            let first = said.lines().next().unwrap_or_default();
            return Err(ActError::Page(format!("the selector can't be used: {first}")));
        }
        Ok(answer["result"]["value"].take())
    }
}
