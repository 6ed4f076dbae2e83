//! How far an audit came: a bar on a terminal, a line now and then otherwise.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use pixelproof_audit::{
    Run,
    words::{thousands, visible},
};
use pixelproof_model::{Counts, Phase, Progress};

use crate::out::Out;

/// Time between two plain lines.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Shows messages until the run is done. The bar runs to the pages known, or to the limit where that is less. A run that
/// pauses itself is stopped: nobody is asked here whether the cause is gone, and it can be resumed.
pub(crate) async fn show(run: &Run, max_pages: u64, out: &Out) {
    let mut stream = run.progress();
    let mut view = View::new(max_pages, out);
    while let Some(message) = stream.next().await {
        match message {
            Progress::Counts(counts) => view.counts(&counts),
            Progress::Phase { phase: Phase::Paused } => run.stop(),
            Progress::Phase { phase } => view.phase(phase),
            Progress::Notice { message } => view.notice(&visible(&message)),
            Progress::Started { .. } | Progress::Done { .. } => {}
        }
    }
    view.end();
}

enum View<'a> {
    Quiet,
    Bar { bar: ProgressBar, max_pages: u64 },
    Lines { out: &'a Out, last: Instant },
}

impl View<'_> {
    fn new(max_pages: u64, out: &Out) -> View<'_> {
        if out.quiet {
            return View::Quiet;
        }
        if !std::io::stderr().is_terminal() {
            return View::Lines { out, last: Instant::now() };
        }
        let bar = ProgressBar::new(1);
        // The template is a constant; without it the bar has its usual look.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} pages  {msg}") {
            bar.set_style(style.progress_chars("##-"));
        }
        View::Bar { bar, max_pages }
    }

    fn counts(&mut self, counts: &Counts) {
        let done = counts.fetched + counts.failed;
        match self {
            View::Quiet => {}
            View::Bar { bar, max_pages } => {
                bar.set_length(counts.found.min(*max_pages).max(done).max(1));
                bar.set_position(done);
                bar.set_message(format!("{} failed, {:.0}/s", thousands(counts.failed), counts.rate));
            }
            View::Lines { out, last } => {
                if last.elapsed() >= BETWEEN_LINES {
                    *last = Instant::now();
                    out.note(&format!(
                        "{} of {} addresses read, {} failed, {:.0} pages/s",
                        thousands(counts.fetched),
                        thousands(counts.found),
                        thousands(counts.failed),
                        counts.rate
                    ));
                }
            }
        }
    }

    fn phase(&mut self, phase: Phase) {
        if phase == Phase::Finishing {
            match self {
                View::Quiet => {}
                View::Bar { bar, .. } => bar.set_message("judging the site"),
                View::Lines { out, .. } => out.note("All pages are in; judging the site."),
            }
        }
    }

    fn notice(&mut self, message: &str) {
        match self {
            View::Quiet => {}
            View::Bar { bar, .. } => bar.println(format!("note: {message}")),
            View::Lines { out, .. } => out.note(&format!("note: {message}")),
        }
    }

    fn end(self) {
        if let View::Bar { bar, .. } = self {
            bar.finish_and_clear();
        }
    }
}
