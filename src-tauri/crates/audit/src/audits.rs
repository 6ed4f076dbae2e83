//! An open store and everything that can be asked of it.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pixelproof_detect::Catalogue;
use pixelproof_model::{
    AuditConfig, AuditReport, AuditRow, AuditState, EventRow, EventsQuery, ExportRequest, ExportedFile, FindingsView,
    JourneyView, Kept, Mode, Overview, PageDetail, PagesQuery, PagesWindow, Phase, RunState,
};
use rusqlite::{Connection, params};
use url::Url;

use crate::{
    AuditError, GoOn, Result, Run,
    browser::Looker,
    names::{name, to_json},
    query::{self, report::StoredReport, sums},
    report::{self, source::Source},
    run::{self, Job},
    secrets,
    store::{BUSY, LiveLock, Store, answers, is_live},
    vendors::catalogue,
};

/// Most page rows in one window.
pub const MAX_ROWS: u64 = 500;

/// Tool and version as reports name it.
pub(crate) const TOOL: &str = concat!("Pixelproof ", env!("CARGO_PKG_VERSION"));

/// An open store of audits. Cheap to clone; `Send + Sync`. All functions block on SQLite.
#[derive(Clone)]
pub struct Audits {
    pub(crate) store: Arc<Store>,
    pub(crate) catalogue: &'static Catalogue,
    running: Arc<Mutex<BTreeMap<String, Run>>>,
    secrets: Arc<Mutex<BTreeMap<String, GoOn>>>,
}

impl fmt::Debug for Audits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audits").field("path", &self.store.path()).finish_non_exhaustive()
    }
}

impl Audits {
    /// Opens or creates a store. Audits whose process died are marked incomplete.
    ///
    /// # Errors
    /// A file that is no store, or one of a newer version, is refused and left as it is.
    pub fn open(path: &Path) -> Result<Audits> {
        Audits::open_with(path, BUSY)
    }

    /// [`Audits::open`] with another patience with programs that hold the store locked.
    ///
    /// # Errors
    /// As [`Audits::open`].
    pub fn open_with(path: &Path, lock_wait: Duration) -> Result<Audits> {
        let audits = Audits {
            store: Store::open(path, lock_wait)?,
            catalogue: catalogue(),
            running: Arc::default(),
            secrets: Arc::default(),
        };
        audits.close_dead()?;
        Ok(audits)
    }

    /// The store in the user's data folder.
    pub fn default_path() -> PathBuf {
        let folder = directories::ProjectDirs::from("", "", "Pixelproof").map(|d| d.data_dir().to_owned());
        folder.unwrap_or_default().join("audits.db")
    }

    /// File of this store.
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    fn close_dead(&self) -> Result<()> {
        let path = self.store.path().to_owned();
        let dead = self.store.read(|conn| {
            let mut select = conn.prepare("SELECT key, id FROM audits WHERE running")?;
            let rows = select.query_map([], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
        })?;
        for (key, _) in dead.into_iter().filter(|(_, id)| !is_live(&path, id)) {
            self.store.writer().call(move |conn| {
                conn.execute(
                    "UPDATE audits SET running = 0, complete = 0,
                        reason = 'Pixelproof ended before the audit did; what was read until then is kept.'
                     WHERE key = ?1",
                    [key],
                )?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Writes the audit's row and starts it on the current tokio runtime (call from within one). The configuration's
    /// `start` must hold addresses as [`crate::parse_input`] gives them.
    pub fn start(&self, config: AuditConfig) -> Result<Run> {
        let Some(first) = config.start.first() else { return bad("Type the address of a site, such as example.com.") };
        let start = pixelproof_crawl::parse_start(first).map_err(AuditError::BadInput)?;
        pixelproof_crawl::check(&config)?;
        let looker = self.looker(&config)?;
        let started = run::now();
        let id = new_id(&started);
        let lock = LiveLock::take(self.store.path(), &id)?;
        let key = self.insert_row(&id, &start, &started, &config)?;
        self.spawn(id, key, config, looker, lock, None)
    }

    pub(crate) fn spawn(
        &self,
        id: String,
        key: i64,
        config: AuditConfig,
        looker: Option<Looker>,
        lock: LiveLock,
        goes_on: Option<Vec<String>>,
    ) -> Result<Run> {
        self.remember(&id, &config);
        let (running, ending) = (self.running.clone(), id.clone());
        let ended = Box::new(move || {
            lock_map(&running).remove(&ending);
        });
        // Held until the handle is in the map, so that an audit that ends at once can't be removed before it is there.
        let mut map = lock_map(&self.running);
        let (audits, of) = (self.clone(), id.clone());
        let judged = Box::new(move || audits.prepare(&of));
        let (store, catalogue) = (self.store.clone(), self.catalogue);
        let job = Job { store, catalogue, id: id.clone(), key, config, looker, lock, goes_on, judged, ended };
        let run = run::spawn(job)?;
        map.insert(id, run.clone());
        Ok(run)
    }

    /// What looks at the pages in a browser, where the mode asks for that.
    pub(crate) fn looker(&self, config: &AuditConfig) -> Result<Option<Looker>> {
        match config.mode {
            Mode::Source if config.journeys.is_empty() => Ok(None),
            _ => Ok(Some(Looker::new(config, self.catalogue)?)),
        }
    }

    fn insert_row(&self, id: &str, start: &Url, started: &str, config: &AuditConfig) -> Result<i64> {
        let (id, started, config) = (id.to_owned(), started.to_owned(), config.clone());
        let host = start.host_str().unwrap_or_default().to_owned();
        let start = start.to_string();
        self.store.writer().call(move |conn| {
            conn.execute(
                "INSERT INTO audits (id, start_url, host, mode, started, running, tool, config, judged, secrets)
                 VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, 0, ?8)",
                params![
                    id,
                    start,
                    host,
                    name(&config.mode),
                    started,
                    TOOL,
                    to_json(&config),
                    to_json(&secrets::options(&config))
                ],
            )?;
            Ok(conn.last_insert_rowid())
        })
    }

    /// Secrets of this program's runs, by audit.
    pub(crate) fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, GoOn>> {
        lock_map(&self.secrets)
    }

    /// The handle of an audit that runs in this process.
    pub fn running(&self, id: &str) -> Option<Run> {
        lock_map(&self.running).get(id).cloned()
    }

    /// Pauses an audit that runs in this process; one that has ended stays as it is.
    pub fn pause(&self, id: &str) -> Result<()> {
        self.with_run(id, Run::pause)
    }

    /// Goes on with an audit: one that is paused here, or one that was cut short, which may need secrets (call from
    /// within a tokio runtime).
    pub fn resume(&self, id: &str, given: GoOn) -> Result<()> {
        match self.running(id) {
            Some(run) => run.resume(),
            None => drop(self.go_on(id, given)?),
        }
        Ok(())
    }

    /// Stops an audit: it finishes the pages under way and is kept as incomplete.
    pub fn stop(&self, id: &str) -> Result<()> {
        self.with_run(id, Run::stop)
    }

    fn with_run(&self, id: &str, act: impl FnOnce(&Run)) -> Result<()> {
        match self.running(id) {
            Some(run) => act(&run),
            None => drop(self.store.read(|conn| query::key_of(conn, id))?),
        }
        Ok(())
    }

    /// All audits, newest first.
    pub fn list(&self) -> Result<Vec<AuditRow>> {
        self.store.read(|conn| query::audits::list(conn, &|id| self.live_state(id)))
    }

    fn live_state(&self, id: &str) -> RunState {
        match self.running(id).map(|run| run.phase()) {
            Some(Phase::Paused) => RunState::Paused,
            Some(_) => RunState::Running,
            None if is_live(self.store.path(), id) => RunState::Running,
            None => RunState::Incomplete,
        }
    }

    /// The full id of an audit: from a unique beginning of it, or `last` for the newest.
    pub fn resolve_id(&self, text: &str) -> Result<String> {
        self.store.read(|conn| query::audits::resolve(conn, text))
    }

    /// What the audit is and how far it came.
    pub fn state(&self, id: &str) -> Result<AuditState> {
        let run = self.running(id);
        self.store.read(|conn| {
            let stored = query::audits::stored(conn, id)?;
            let counts = match &run {
                Some(run) => run.counts(),
                None => query::audits::counts(conn, stored.key, stored.counts)?,
            };
            let state = query::audits::state(stored.running, stored.head.complete, || self.live_state(id));
            let goes_on = run.is_none() && state == RunState::Incomplete;
            let needs = if goes_on { self.missing(conn, id, &GoOn::default())? } else { Vec::new() };
            Ok(AuditState { state, phase: run.as_ref().map(Run::phase), counts, needs, head: stored.head })
        })
    }

    /// Deletes an audit with everything of it. Refuses one that runs.
    pub fn delete(&self, id: &str) -> Result<()> {
        if self.running(id).is_some() || is_live(self.store.path(), id) {
            return Err(AuditError::StillRunning);
        }
        self.secrets().remove(id);
        let id = id.to_owned();
        self.store.writer().call(move |conn| {
            let key = query::key_of(conn, &id)?;
            conn.execute("DELETE FROM audits WHERE key = ?1", [key])?;
            conn.execute(
                "DELETE FROM captures WHERE NOT EXISTS (SELECT 1 FROM pages p WHERE p.capture = captures.hash)",
                [],
            )?;
            conn.execute(
                "DELETE FROM pictures WHERE NOT EXISTS (SELECT 1 FROM page_pictures p WHERE p.picture = pictures.hash)",
                [],
            )?;
            Ok(())
        })
    }

    /// The first screen.
    pub fn overview(&self, id: &str) -> Result<Overview> {
        self.settle(id)?;
        let rows = self.findings(id)?.rows;
        let compute = |conn: &Connection| query::overview::overview(conn, id, self.catalogue, &rows);
        let mut overview = self.answer(id, "overview", compute)?;
        if let Some(run) = self.running(id) {
            overview.totals.found = overview.totals.found.max(run.counts().found);
        }
        Ok(overview)
    }

    /// A window of the page matrix. `limit` above [`MAX_ROWS`] counts as that.
    pub fn pages(&self, id: &str, query: &PagesQuery) -> Result<PagesWindow> {
        self.settle(id)?;
        let compute = |conn: &Connection| sums::coverage(conn, query::key_of(conn, id)?, self.catalogue);
        let pixels = self.answer(id, "coverage", compute)?;
        self.store.read(|conn| query::pages::window(conn, id, query, pixels))
    }

    /// One page, by its row id.
    pub fn page(&self, id: &str, row: i64) -> Result<PageDetail> {
        self.settle(id)?;
        self.store.read(|conn| query::page::detail(conn, id, row, self.catalogue))
    }

    /// Source of a page, where it was kept.
    pub fn page_source(&self, id: &str, row: i64) -> Result<Option<String>> {
        self.store.read(|conn| query::page::source(conn, id, row))
    }

    /// A picture of a page by its number, as `data:` address.
    pub fn page_picture(&self, id: &str, row: i64, n: u32) -> Result<Option<String>> {
        self.store.read(|conn| query::page::picture(conn, id, row, n))
    }

    /// Events of the site that run or wait for consent.
    pub fn events(&self, id: &str, query: &EventsQuery) -> Result<Vec<EventRow>> {
        self.settle(id)?;
        let compute = |conn: &Connection| query::events::rows(conn, query::key_of(conn, id)?, self.catalogue);
        let mut rows = self.answer(id, "events", compute)?;
        rows.retain(|row| query::events::matches(row, query));
        Ok(rows)
    }

    /// Journeys that the audit was asked to make, and how they went.
    pub fn journeys(&self, id: &str) -> Result<Vec<JourneyView>> {
        self.store.read(|conn| query::journeys::view(conn, id, self.catalogue))
    }

    /// Findings, worst first, and the rules not checked.
    pub fn findings(&self, id: &str) -> Result<FindingsView> {
        self.settle(id)?;
        self.answer(id, "findings", |conn| query::findings::view(conn, id, self.catalogue))
    }

    /// Ignores a finding with a reason, or stops ignoring it. Ignored findings are in no sum and no report.
    pub fn ignore_finding(&self, id: &str, finding: &str, reason: Option<&str>) -> Result<()> {
        let (id, finding, reason) = (id.to_owned(), finding.to_owned(), reason.map(str::to_owned));
        self.store.writer().call(move |conn| {
            let key = query::key_of(conn, &id)?;
            let done = conn.execute(
                "UPDATE findings SET ignored = ?3 WHERE audit = ?1 AND id = ?2",
                params![key, finding, reason],
            )?;
            if done == 0 {
                return Err(AuditError::NoFinding(finding));
            }
            answers::changed(conn, key)
        })
    }

    /// The whole audit as published. Holds every page in memory.
    pub fn report(&self, id: &str) -> Result<AuditReport> {
        self.settle(id)?;
        self.store.read(|conn| StoredReport::open(conn, id, self.catalogue)?.whole())
    }

    /// Gives the audit to what writes a report, page by page from one snapshot.
    pub fn reporting<T>(&self, id: &str, write: impl FnOnce(&dyn Source) -> Result<T>) -> Result<T> {
        self.settle(id)?;
        self.store.read(|conn| write(&StoredReport::open(conn, id, self.catalogue)?))
    }

    /// Writes reports into a folder, each under a name with the site's host and the audit's id.
    pub fn export(&self, id: &str, request: &ExportRequest) -> Result<Vec<ExportedFile>> {
        self.reporting(id, |source| report::files::export(source, request))
    }

    /// How much of the store the audit takes.
    pub fn kept(&self, id: &str) -> Result<Kept> {
        self.store.read(|conn| query::size::kept(conn, query::key_of(conn, id)?))
    }

    /// A few lines of text for an e-mail.
    pub fn summary_text(&self, id: &str) -> Result<String> {
        self.reporting(id, |source| Ok(report::text::summary(source.outline())))
    }
}

fn bad<T>(message: &str) -> Result<T> {
    Err(AuditError::BadInput(message.to_owned()))
}

fn lock_map<T>(map: &Mutex<BTreeMap<String, T>>) -> MutexGuard<'_, BTreeMap<String, T>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `20260131-142359-k3x9`: sorts by time, can be typed, doesn't repeat.
fn new_id(started: &str) -> String {
    use std::hash::{BuildHasher, Hasher};
    let digits: String = started.chars().filter(char::is_ascii_digit).collect();
    let (day, time) = digits.split_at_checked(8).unwrap_or((&digits, ""));
    // The standard library's own source of randomness; nothing here is secret.
    let mut random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    let mut tail = String::new();
    for _ in 0..4 {
        tail.extend(char::from_digit(u32::try_from(random % 36).unwrap_or(0), 36));
        random /= 36;
    }
    format!("{day}-{time}-{tail}")
}
