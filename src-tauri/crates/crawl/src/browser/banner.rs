//! Answering the banner of a page that is open in a tab.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{
    cdp::Cdp,
    consent::{Answered, Choice, ConsentState, ContextId, Popup, Reply, STATE, set_up},
    picture::Frame,
    tab::Tab,
};

/// Time after the load in which a banner may come up, where something on the page is known to ask for consent.
const SHOW: Duration = Duration::from_secs(6);
/// The same where nothing is: most pages without a banner are told by it.
const SHOW_UNANNOUNCED: Duration = Duration::from_millis(2500);
/// The same after it was answered.
const SHOW_AGAIN: Duration = Duration::from_millis(2500);
/// Of this, time in which only the rules are asked: they know what they press.
const RULES_FIRST: Duration = Duration::from_millis(1500);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);
/// Time that the rules may take to answer a banner. Refusing may need the second layer.
const ANSWER: Duration = Duration::from_secs(15);
/// Time for the second layer to open.
const LAYER: Duration = Duration::from_millis(1200);
/// Time for one question to a page.
const ASK: Duration = Duration::from_secs(2);
/// Worlds asked for buttons: the page and its frames.
const MAX_WORLDS: usize = 40;

/// Buttons that a world of the page shows.
#[derive(Debug, Clone)]
struct Buttons {
    world: ContextId,
    accept: bool,
    reject: bool,
    settings: bool,
    /// Where the banner stands, in the page itself.
    place: Option<Frame>,
}

impl Tab {
    /// Answers the page's banner, if it shows one.
    pub async fn answer(&self, choice: Choice) -> Answered {
        let mut answered = Answered::default();
        let (popup, buttons) = self.banner(SHOW).await;
        let shared = self.shared();
        answered.platform = popup.as_ref().map(|popup| popup.platform.clone()).or(shared.book().detected.clone());
        answered.readable = buttons.iter().any(|found| found.accept || found.reject);
        answered.shown = popup.is_some() || answered.readable;
        answered.reject_offered = buttons.iter().any(|found| found.reject);
        answered.at_ms = shared.now();
        if !answered.shown {
            return answered;
        }
        if self.wants_picture() {
            let place = buttons.iter().find_map(|found| found.place);
            answered.picture = self.picture_of(place).await;
        }
        if let Some(popup) = &popup {
            match self.by_rules(popup, choice).await {
                Ok(()) => {
                    answered.pressed = true;
                    return answered;
                }
                Err(problem) => answered.problem = Some(problem),
            }
        }
        answered.by_words = true;
        answered.pressed = self.by_words(&buttons, choice).await;
        if answered.pressed {
            answered.problem = None;
        } else if answered.problem.is_none() {
            answered.problem = Some("no button of the banner says so".to_owned());
        }
        answered
    }

    /// Whether the banner that was answered is shown again, given time to come up. Where its buttons could be read, they
    /// decide: a rule may meet a banner that the page takes away at once.
    pub async fn shows_banner(&self, answered: &Answered) -> bool {
        let (popup, buttons) = self.banner(SHOW_AGAIN).await;
        let by_words = buttons.iter().any(|found| found.accept || found.reject);
        by_words || popup.is_some() && !answered.readable
    }

    /// What the page's own interfaces say of the visitor's choice.
    pub async fn consent_state(&self) -> ConsentState {
        let asked = timeout(ASK, self.evaluate(STATE)).await;
        let state = asked.ok().and_then(Result::ok).and_then(|state| serde_json::from_value(state).ok());
        state.unwrap_or_default()
    }

    /// Waits for a banner: one that a rule knows, or one whose buttons can be read.
    async fn banner(&self, time: Duration) -> (Option<Popup>, Vec<Buttons>) {
        let begun = Instant::now();
        loop {
            let popup = self.shared().book().popup.clone();
            let buttons = self.buttons().await;
            let by_words = buttons.iter().any(|found| found.accept || found.reject);
            let waited = begun.elapsed();
            let time = if self.shared().book().detected.is_some() { time } else { time.min(SHOW_UNANNOUNCED) };
            if popup.is_some() && waited >= LOOK
                || by_words && waited >= RULES_FIRST
                || waited >= time
                || self.is_over()
            {
                return (popup, buttons);
            }
            sleep(LOOK).await;
        }
    }

    async fn by_rules(&self, popup: &Popup, choice: Choice) -> Result<(), String> {
        let message = format!("autoconsentReceiveMessage({})", json!({"type": choice.message()}));
        let mut signals = self.shared().signals.subscribe();
        self.tell_world(&popup.engine, &message);
        let done = signals.wait_for(|signals| {
            let book = self.shared().book();
            signals.ended || signals.crashed || book.done
        });
        if timeout(ANSWER, done).await.is_err() {
            return Err(format!("the rules for {} did not come to an end", popup.platform));
        }
        let book = self.shared().book();
        match (book.result, &book.failed) {
            (Some(true), _) => Ok(()),
            (_, Some(why)) => Err(format!("the rules for {} failed: {why}", popup.platform)),
            _ => Err(format!("the rules for {} found nothing to press", popup.platform)),
        }
    }

    async fn by_words(&self, buttons: &[Buttons], choice: Choice) -> bool {
        let has = |found: &&Buttons| if choice == Choice::Accept { found.accept } else { found.reject };
        if let Some(found) = buttons.iter().find(has) {
            return self.press(&found.world, choice.words()).await;
        }
        // Refusing may stand on the second layer.
        let Some(first) = buttons.iter().find(|found| found.settings) else { return false };
        if !self.press(&first.world, "settings").await {
            return false;
        }
        sleep(LAYER).await;
        let buttons = self.buttons().await;
        match buttons.iter().find(has) {
            Some(found) => self.press(&found.world, choice.words()).await,
            None => false,
        }
    }

    async fn press(&self, world: &ContextId, which: &str) -> bool {
        let pressed = self.ask_world(world, &format!("pixelproofBanner.press({})", json!(which))).await;
        pressed == Some(Value::Bool(true))
    }

    async fn buttons(&self) -> Vec<Buttons> {
        let worlds = self.shared().book().worlds();
        let mut found = Vec::new();
        for world in worlds.into_iter().take(MAX_WORLDS) {
            let Some(seen) = self.ask_world(&world, "pixelproofBanner.look()").await else { continue };
            let is = |key: &str| seen[key] == true;
            let (accept, reject, settings) = (is("accept"), is("reject"), is("settings"));
            let place = serde_json::from_value(seen["place"].clone()).ok();
            found.push(Buttons { world, accept, reject, settings, place });
        }
        found
    }

    async fn ask_world(&self, (session, context): &ContextId, expression: &str) -> Option<Value> {
        let params = json!({"expression": expression, "contextId": context, "returnByValue": true});
        let asked = self.cdp().send(Some(session), "Runtime.evaluate", params);
        let mut answer = timeout(ASK, asked).await.ok()?.ok()?;
        Some(answer["result"]["value"].take())
    }

    fn tell_world(&self, (session, context): &ContextId, expression: &str) {
        self.cdp().tell(Some(session), "Runtime.evaluate", json!({"expression": expression, "contextId": context}));
    }
}

/// Does what the engine in the page asks for.
pub(super) fn reply(cdp: &Cdp, reply: Reply) {
    match reply {
        Reply::SetUp((session, context)) => {
            cdp.tell_text(Some(&session), "Runtime.evaluate", &set_up(context));
        }
        Reply::Evaluate { engine, page, id, code } => {
            let cdp = cdp.clone();
            tokio::spawn(async move {
                let params =
                    json!({"expression": code, "contextId": page.1, "returnByValue": true, "awaitPromise": true});
                let asked = timeout(ASK, cdp.send(Some(&page.0), "Runtime.evaluate", params)).await;
                let result = asked.ok().and_then(Result::ok).map_or(Value::Null, |mut a| a["result"]["value"].take());
                let message = json!({"type": "evalResp", "id": id, "result": result});
                let expression = format!("autoconsentReceiveMessage({message})");
                let params = json!({"expression": expression, "contextId": engine.1});
                cdp.tell(Some(&engine.0), "Runtime.evaluate", params);
            });
        }
    }
}
