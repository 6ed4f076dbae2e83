//! Journeys: a visitor's way through the site, made in one browser context, with every request decoded step by step. A form is
//! sent and a purchase made only where the journey says so.

mod click;
mod expect;
mod file;
mod record;

use std::{sync::Arc, time::Duration};

use pixelproof_crawl::browser::{ActError, Browser, BrowserError, Judge, Loaded, Tab, Visit};
use pixelproof_detect::probe;
use pixelproof_model::{Journey, JourneyAction, JourneyRun, JourneyStep, JourneyWait, Pass, StepOutcome, StepRun};
use url::Url;

pub use file::{MAX_PAUSE_S, MAX_STEPS, MAX_WAIT_S, parse_journey, read_journey};

use super::{
    claim::Reader,
    pass::{self, Consented, Looked, Marks},
    state,
};
use click::Click;
use record::Record;

/// Time that an element gets to show before it is clicked or typed into.
const SHOW: Duration = Duration::from_secs(10);
/// Between two looks at what has left.
const LOOK: Duration = Duration::from_millis(100);

/// Makes a journey in one pass; says first whether the browser ended under it.
pub(super) async fn make(
    browser: &Browser,
    journey: &Journey,
    pass: Pass,
    visit: &Visit,
    judge: Arc<dyn Judge>,
    reader: &Reader,
) -> Result<(bool, JourneyRun), BrowserError> {
    let choice = pass::choice_of(pass);
    let visit = Visit { gpc: pass == Pass::Gpc, banner: choice.is_some(), ..visit.clone() };
    let tab = browser.open(&visit, judge).await?;
    let click = journey.click_id.as_deref().map(|parameter| Click::new(parameter, &journey.name));
    let record = Record::new(reader.clone(), pass);
    let mut way = Way { tab, journey, click, record, steps: Vec::new(), stored: Vec::new(), consented: None, pass };
    way.go(choice).await;
    way.end().await
}

/// A journey that could not be begun.
pub(super) fn not_made(journey: &Journey, pass: Pass, why: &str) -> JourneyRun {
    let mut steps: Vec<StepRun> =
        (1..).zip(&journey.steps).map(|(number, step)| not_reached(number, step, 0)).collect();
    if let Some(first) = steps.first_mut() {
        first.outcome = StepOutcome::Failed;
        first.why = Some(why.trim_end_matches('.').to_owned());
    }
    JourneyRun {
        journey: journey.name.clone(),
        file: journey.file.clone(),
        pass,
        completed: false,
        problems: vec![why.to_owned()],
        consent: None,
        steps,
        events: Vec::new(),
        click_id: None,
        beacons: Vec::new(),
        typed: Vec::new(),
        cookies: Vec::new(),
    }
}

/// A step as it stands before it is made.
fn not_reached(number: u32, step: &JourneyStep, at_ms: i64) -> StepRun {
    StepRun {
        number,
        line: step.line,
        what: words(&step.action),
        outcome: StepOutcome::NotReached,
        why: None,
        at_ms,
        address: String::new(),
        instead: Vec::new(),
    }
}

/// A journey under way.
struct Way<'j> {
    tab: Tab,
    journey: &'j Journey,
    click: Option<Click>,
    record: Record,
    steps: Vec<StepRun>,
    stored: Vec<pixelproof_model::StoredClick>,
    consented: Option<Consented>,
    pass: Pass,
}

/// Why a step could not be made; the journey ends there.
struct Failed(String);

impl From<ActError> for Failed {
    fn from(error: ActError) -> Failed {
        Failed(error.to_string())
    }
}

impl Way<'_> {
    /// Makes the steps.
    async fn go(&mut self, choice: Option<pixelproof_crawl::browser::Choice>) {
        let mut planned = (1..).zip(&self.journey.steps);
        for (number, step) in planned.by_ref() {
            self.tab.renew_budget();
            let at_ms = self.tab.now_ms();
            if acts(&step.action) {
                self.record.begin(
                    number,
                    self.tab.sent_count(),
                    self.tab.address(),
                    matches!(step.action, JourneyAction::Goto { .. }),
                );
            }
            let done = self.step(step, number == 1).await;
            if number == 1
                && done.is_ok()
                && let Some(choice) = choice
            {
                self.tab.renew_budget();
                let consented = pass::choose(&mut self.tab, choice).await;
                self.record.answered = consented.at_ms();
                self.consented = Some(consented);
            }
            self.look_for_click_id(number).await;
            let (outcome, why) = match done {
                Ok(()) => (StepOutcome::Done, None),
                Err(Failed(why)) => (StepOutcome::Failed, Some(why)),
            };
            let address = self.tab.address();
            self.steps.push(StepRun { outcome, why, address, ..not_reached(number, step, at_ms) });
            if outcome == StepOutcome::Failed {
                break;
            }
        }
        let at_ms = self.tab.now_ms();
        self.steps.extend(planned.map(|(number, step)| not_reached(number, step, at_ms)));
    }

    async fn step(&mut self, step: &JourneyStep, first: bool) -> Result<(), Failed> {
        match &step.action {
            JourneyAction::Goto { to } => self.go_to(to, first).await,
            JourneyAction::Click { on } => Ok(self.tab.click(on, SHOW).await?),
            JourneyAction::Fill { value, into } => {
                let text = typed(value).map_err(Failed)?;
                Ok(self.tab.fill(into, &text, SHOW).await?)
            }
            JourneyAction::Select { value, from } => Ok(self.tab.select(from, value, SHOW).await?),
            JourneyAction::Wait { until, seconds } => self.wait(until, Duration::from_secs((*seconds).into())).await,
            JourneyAction::Expect { event, seconds, passes } if expect::is_for(passes, self.pass) => {
                self.until(Duration::from_secs((*seconds).into()), |way| way.record.fulfils(&way.tab, event)).await;
                // Judged again at the end, when also what was gathered for later has left.
                Ok(())
            }
            JourneyAction::Expect { .. } => Ok(()),
        }
    }

    async fn go_to(&mut self, to: &str, first: bool) -> Result<(), Failed> {
        let base = Url::parse(&self.tab.address()).ok().filter(|url| url.has_host()).or(self.journey.start.clone());
        let url = match base {
            Some(base) => base.join(to),
            None => Url::parse(to),
        };
        let mut url = url.map_err(|error| Failed(format!("“{to}” is no address: {error}")))?;
        if first && let Some(click) = &self.click {
            click.add_to(&mut url);
        }
        let loaded = self.tab.goto(&url).await.map_err(|error| Failed(error.to_string()))?.clone();
        match loaded {
            Loaded::Complete | Loaded::OutOfTime => {}
            Loaded::Failed(reason) => return Err(Failed(format!("the browser could not load {url}: {reason}"))),
            Loaded::Crashed => return Err(Failed("the page crashed the browser's tab".to_owned())),
        }
        self.tab.settle().await;
        Ok(())
    }

    async fn wait(&mut self, until: &JourneyWait, time: Duration) -> Result<(), Failed> {
        let met = match until {
            JourneyWait::Selector { selector } => return Ok(self.tab.await_element(selector, time).await?),
            JourneyWait::Time => {
                tokio::time::sleep(time).await;
                true
            }
            JourneyWait::Url { url } => self.until(time, |way| expect::address_fits(&way.tab.address(), url)).await,
            JourneyWait::Event { event } => self.until(time, |way| way.record.fulfils(&way.tab, event)).await,
        };
        let seconds = time.as_secs();
        match (met, until) {
            (true, _) => Ok(()),
            (false, JourneyWait::Url { url }) => {
                let address = self.tab.address();
                Err(Failed(format!("the address is not {url} within {seconds} s; it is {address}")))
            }
            (false, _) => Err(Failed(format!("{} within {seconds} s did not leave", expect::words_of_wait(until)))),
        }
    }

    /// Waits until something holds, or time is over.
    async fn until(&mut self, time: Duration, mut holds: impl FnMut(&mut Self) -> bool) -> bool {
        let end = tokio::time::Instant::now() + time;
        loop {
            if holds(self) {
                return true;
            }
            if tokio::time::Instant::now() >= end || self.tab.is_lost() {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look_for_click_id(&mut self, step: u32) {
        if let Some(click) = &self.click {
            click.look(&self.tab, step, &mut self.stored, self.record.catalogue()).await;
        }
    }

    /// Leaves the last page and sums up; says first whether the browser ended before.
    async fn end(mut self) -> Result<(bool, JourneyRun), BrowserError> {
        self.tab.renew_budget();
        let pass = self.pass;
        let consent = match self.consented.take() {
            Some(consented) => Some(pass::verdict(&mut self.tab, consented).await),
            None => None,
        };
        self.tab.leave().await;
        let sent = self.tab.sent_from(0);
        let landing = Url::parse(self.steps.first().map_or("", |step| step.address.as_str())).ok();
        let marks = Marks::answered(self.record.answered);
        let looked = Looked::plain(self.tab.close().await?, marks, consent);
        let click = self.click.as_ref();
        let (beacons, events) = self.record.finish(&sent, click.map(|click| click.value.as_str()));
        let typed = self.record.leaks(&sent, &self.steps, &self.journey.steps);
        expect::judge(&mut self.steps, &self.journey.steps, &events, pass);
        let stopped = |step: &StepRun| matches!(step.outcome, StepOutcome::Failed | StepOutcome::NotReached);
        let completed = !self.steps.iter().any(stopped);
        let catalogue = self.record.catalogue();
        let cut = looked.visited.cut;
        let run = JourneyRun {
            journey: self.journey.name.clone(),
            file: self.journey.file.clone(),
            pass,
            completed,
            cookies: landing.map(|page| state::cookies(pass, &looked, &page, catalogue)).unwrap_or_default(),
            problems: looked.visited.problems,
            consent: looked.consent,
            click_id: click.map(|click| click.trail(&self.steps, &events, &beacons, self.stored, catalogue)),
            steps: self.steps,
            events,
            beacons,
            typed,
        };
        Ok((cut, run))
    }
}

/// Whether a step does something to the page: what leaves from then on is its doing.
fn acts(action: &JourneyAction) -> bool {
    !matches!(action, JourneyAction::Wait { .. } | JourneyAction::Expect { .. })
}

/// The text that a value stands for.
fn typed(value: &str) -> Result<String, String> {
    if let Some(name) = value.strip_prefix("probe:") {
        return probe::value(name).map(str::to_owned).ok_or(format!("there is no probe:{name}"));
    }
    match value.strip_prefix("env:") {
        Some(name) => std::env::var(name).map_err(|_| format!("the environment has no {name}")),
        None => Ok(value.to_owned()),
    }
}

/// A step in words. What is typed stands there only where it is nobody's.
pub(crate) fn words(action: &JourneyAction) -> String {
    match action {
        JourneyAction::Goto { to } => format!("go to {to}"),
        JourneyAction::Click { on } => format!("click {on}"),
        JourneyAction::Fill { value, into } if value.starts_with("probe:") => format!("type {value} into {into}"),
        JourneyAction::Fill { into, .. } => format!("type into {into}"),
        JourneyAction::Select { value, from } => format!("choose {value} in {from}"),
        JourneyAction::Wait { until: JourneyWait::Time, seconds } => format!("wait {seconds} s"),
        JourneyAction::Wait { until, .. } => format!("wait for {}", expect::words_of_wait(until)),
        JourneyAction::Expect { event, .. } => format!("expect {}", expect::words(event)),
    }
}
