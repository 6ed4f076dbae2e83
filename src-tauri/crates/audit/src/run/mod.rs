//! A running audit: the crawl on the current tokio runtime, the pages it reads on the parsing threads, their rows through
//! the store's writer, and what needs all pages at the end.

pub(crate) mod analyse;
pub(crate) mod containers;
mod earlier;
pub(crate) mod finish;
pub(crate) mod pool;
pub(crate) mod reader;
mod sample;
pub(crate) mod scripts;
mod stream;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use pixelproof_crawl::{Control, CrawlEnd, Reader};
use pixelproof_detect::Catalogue;
use pixelproof_model::{AuditConfig, Counts, JourneyRun, Mode, Phase, Progress};
use rusqlite::params;
use tokio::sync::{broadcast, watch};

pub use stream::ProgressStream;

use crate::{
    AuditError, Result,
    browser::Looker,
    names::to_json,
    store::{LiveLock, Store, journeys, progress},
};

/// Time between two messages with counts.
const TICK: Duration = Duration::from_millis(100);
/// Messages that a slow listener may fall behind; then it misses old ones.
const BACKLOG: usize = 256;

/// Handle to an audit that runs in this process. Cheap to clone; dropping it doesn't stop the audit.
#[derive(Debug, Clone)]
pub struct Run {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    id: String,
    control: Control,
    paused: AtomicBool,
    /// Why the run paused itself.
    trouble: Mutex<Option<String>>,
    phase: Mutex<Phase>,
    messages: broadcast::Sender<Progress>,
    end: watch::Sender<Option<RunEnd>>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    /// Every page in scope was looked at.
    pub complete: bool,
    /// Why not, where it wasn't.
    pub reason: Option<String>,
}

impl Run {
    /// Id of the audit.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// No new request until [`Run::resume`].
    pub fn pause(&self) {
        self.shared.control.pause();
        self.set_paused(true);
    }

    /// Goes on after [`Run::pause`].
    pub fn resume(&self) {
        *self.trouble_lock() = None;
        self.shared.control.resume();
        self.set_paused(false);
    }

    /// Finishes the pages under way and ends; the audit is kept as incomplete.
    pub fn stop(&self) {
        match self.trouble() {
            Some(why) => self.shared.control.stop_because(&why),
            None => self.shared.control.stop(),
        }
    }

    /// Why the run paused itself, in one sentence; it goes on with [`Run::resume`].
    pub fn trouble(&self) -> Option<String> {
        self.trouble_lock().clone()
    }

    fn trouble_lock(&self) -> MutexGuard<'_, Option<String>> {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of why the crawl is paused.
    fn hold(&self, why: String) {
        let first = self.trouble_lock().replace(why.clone()).is_none();
        if first {
            self.tell(Progress::Notice { message: why });
        }
        self.set_paused(true);
    }

    /// Counts so far.
    pub fn counts(&self) -> Counts {
        self.shared.control.counts()
    }

    /// Where it is.
    pub fn phase(&self) -> Phase {
        *self.shared.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Messages from now on. Any number of streams may listen.
    pub fn progress(&self) -> ProgressStream {
        // Subscribed before the end is looked at, so that the end can't fall between.
        let messages = self.shared.messages.subscribe();
        ProgressStream::new(self.shared.id.clone(), self.phase(), messages, self.shared.end.subscribe())
    }

    /// Waits for the end.
    pub async fn join(&self) -> Result<RunEnd> {
        let mut end = self.shared.end.subscribe();
        let end = end.wait_for(Option::is_some).await.map_err(|e| AuditError::Internal(e.to_string()))?;
        end.clone().ok_or_else(|| AuditError::Internal("the run left no result".to_owned()))
    }

    fn new(id: String) -> Run {
        let shared = Shared {
            id,
            control: Control::default(),
            paused: AtomicBool::new(false),
            trouble: Mutex::default(),
            phase: Mutex::new(Phase::Crawling),
            messages: broadcast::channel(BACKLOG).0,
            end: watch::channel(None).0,
        };
        Run { shared: Arc::new(shared) }
    }

    fn set_paused(&self, paused: bool) {
        if self.shared.paused.swap(paused, Ordering::AcqRel) != paused {
            let (from, to) = match paused {
                true => (Phase::Crawling, Phase::Paused),
                false => (Phase::Paused, Phase::Crawling),
            };
            if self.phase() == from {
                self.set_phase(to);
            }
        }
    }

    fn set_phase(&self, phase: Phase) {
        *self.shared.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
        self.tell(Progress::Phase { phase });
    }

    /// Nobody listening is no error.
    fn tell(&self, message: Progress) {
        let _ = self.shared.messages.send(message);
    }

    fn end(&self, end: RunEnd) {
        self.set_phase(Phase::Done);
        self.shared.end.send_replace(Some(end.clone()));
        self.tell(Progress::Done { complete: end.complete, reason: end.reason });
    }
}

/// What a run works on.
pub(crate) struct Job {
    pub(crate) store: Arc<Store>,
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) id: String,
    pub(crate) key: i64,
    pub(crate) config: AuditConfig,
    /// Makes the journeys in a browser, and looks at the pages, too, where the mode says so.
    pub(crate) looker: Option<Looker>,
    pub(crate) lock: LiveLock,
    /// What the user was told in an earlier part of this audit; `None` in its first.
    pub(crate) goes_on: Option<Vec<String>>,
    /// Called once, when the audit is judged; may take its time.
    pub(crate) judged: Box<dyn FnOnce() + Send>,
    /// Called once, when the audit is finished in the store.
    pub(crate) ended: Box<dyn FnOnce() + Send>,
}

/// Starts a run on the current tokio runtime.
pub(crate) fn spawn(job: Job) -> Result<Run> {
    let runtime = tokio::runtime::Handle::try_current()
        .map_err(|_| AuditError::Internal("an audit needs a tokio runtime to run on".to_owned()))?;
    let run = Run::new(job.id.clone());
    let handle = run.clone();
    runtime.spawn(async move { drive(&handle, job).await });
    Ok(run)
}

async fn drive(run: &Run, job: Job) {
    let Job { store, catalogue, id: _, key, config, looker, lock, goes_on, judged, ended } = job;
    let (teller, holder) = (run.clone(), run.clone());
    let looker = looker.map(Arc::new);
    let reader = Arc::new(reader::PageReader {
        audit: key,
        store: store.clone(),
        catalogue,
        config: config.clone(),
        goes_on: goes_on.is_some(),
        before: earlier_audit(&store, key, &config).await,
        control: run.shared.control.clone(),
        scripts: Default::default(),
        looker: looker.clone().filter(|_| config.mode != Mode::Source),
        containers: config.containers.then(Default::default),
        notices: Mutex::new(goes_on.unwrap_or_default()),
        tell: Box::new(move |message| teller.tell(Progress::Notice { message })),
        hold: Box::new(move |why| holder.hold(why)),
    });
    if let Some(why) = looker.as_ref().and_then(|looker| looker.absent()) {
        reader.notice(why);
    }
    let end = crawl_and_report(run, &config, &reader).await;
    let end = sample_pages(&reader, end).await;
    let mut journeys = Vec::new();
    if let Some(looker) = &looker {
        journeys = travel(run, &config, looker).await;
        looker.end().await;
    }
    run.set_phase(Phase::Finishing);
    let notices = std::mem::take(&mut *reader.notices.lock().unwrap_or_else(PoisonError::into_inner));
    let counts = run.counts();
    let finished = tokio::task::spawn_blocking(move || {
        let end = finish(&store, catalogue, key, End { crawl: end, counts, notices, journeys })?;
        judged();
        Ok::<_, AuditError>(end)
    })
    .await;
    let end = match finished {
        Ok(Ok(end)) => RunEnd { complete: end.complete, reason: end.reason },
        Ok(Err(error)) => RunEnd { complete: false, reason: Some(run.trouble().unwrap_or_else(|| error.trouble())) },
        Err(error) => RunEnd { complete: false, reason: Some(format!("The audit could not be finished: {error}")) },
    };
    drop(lock);
    ended();
    run.tell(Progress::Counts(counts));
    run.end(end);
}

/// The earlier audit whose pages need not be sent again where they are unchanged. Without one all are.
async fn earlier_audit(store: &Arc<Store>, key: i64, config: &AuditConfig) -> Option<i64> {
    let (store, config) = (store.clone(), config.clone());
    let found = tokio::task::spawn_blocking(move || store.read(|conn| earlier::audit(conn, key, &config))).await;
    found.ok().and_then(Result::ok).flatten()
}

/// Crawls, and says every [`TICK`] how far it came.
async fn crawl_and_report(run: &Run, config: &AuditConfig, reader: &Arc<reader::PageReader>) -> CrawlEnd {
    let (config, reader, control) = (config.clone(), reader.clone(), run.shared.control.clone());
    let mut crawl = tokio::spawn(async move { pixelproof_crawl::crawl(&config, reader, control).await });
    let mut tick = tokio::time::interval(TICK);
    let ended = loop {
        tokio::select! {
            ended = &mut crawl => break ended,
            _ = tick.tick() => run.tell(Progress::Counts(run.counts())),
        }
    };
    match ended {
        Ok(Ok(end)) => end,
        Ok(Err(error)) => CrawlEnd { complete: false, reason: Some(error.to_string()) },
        Err(error) => CrawlEnd { complete: false, reason: Some(format!("The crawl stopped unexpectedly: {error}")) },
    }
}

/// Has the browser look at its sample of the pages that it did not look at during the crawl.
async fn sample_pages(reader: &reader::PageReader, end: CrawlEnd) -> CrawlEnd {
    let cut_short = |reason: String| CrawlEnd { complete: false, reason: end.reason.clone().or(Some(reason)) };
    match sample::look(reader).await {
        Ok((told, finished)) => {
            told.into_iter().for_each(|told| reader.notice(told));
            if finished {
                end
            } else {
                cut_short("Not every page of the sample was looked at in the browser.".to_owned())
            }
        }
        Err(error) => cut_short(error.trouble()),
    }
}

/// Makes the journeys, each in its passes, in the order in which they were given. A run that was stopped makes none.
async fn travel(run: &Run, config: &AuditConfig, looker: &Looker) -> Vec<JourneyRun> {
    let mut made = Vec::new();
    for journey in &config.journeys {
        for pass in looker.passes_of(journey) {
            if !run.shared.control.resumed().await {
                return made;
            }
            run.tell(Progress::Notice {
                message: format!("Making the journey “{}”, pass {}.", journey.name, pass.name()),
            });
            made.push(looker.travel(journey, pass).await);
        }
    }
    made
}

/// What an audit came to.
struct End {
    crawl: CrawlEnd,
    counts: Counts,
    notices: Vec<String>,
    journeys: Vec<JourneyRun>,
}

/// Judges the site and closes the audit's row. Blocks.
fn finish(store: &Store, catalogue: &'static Catalogue, key: i64, end: End) -> Result<CrawlEnd> {
    let End { crawl: end, counts, mut notices, journeys: made } = end;
    // In whatever order pages were read, the same notices come out.
    notices.sort();
    let ended = store.writer().call(move |conn| {
        journeys::keep(conn, key, &made)?;
        finish::judge_site(conn, key, catalogue)?;
        let end = finish::verdict(conn, key, end)?;
        if end.complete {
            progress::forget(conn, key)?;
        }
        conn.execute(
            "UPDATE audits SET finished = ?2, running = 0, complete = ?3, reason = ?4, counts = ?5, notices = ?6
             WHERE key = ?1",
            params![key, now(), end.complete, end.reason, to_json(&counts), to_json(&notices)],
        )?;
        Ok(end)
    });
    store.settle();
    ended
}

/// RFC 3339, whole seconds, UTC.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| jiff::Timestamp::now()).to_string()
}
