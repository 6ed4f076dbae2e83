//! Journeys as the window shows them: what was asked for, and how it went in each pass.

use pixelproof_detect::Catalogue;
use pixelproof_model::{Journey, JourneyLine, JourneyRun, JourneyRunView, JourneyView, StepOutcome};
use rusqlite::Connection;

use super::{audits::stored, page::said};
use crate::{Result, browser::journey::words as step, store::journeys::read, words};

/// The journeys that the audit was asked to make, in their order.
pub(crate) fn view(conn: &Connection, id: &str, catalogue: &Catalogue) -> Result<Vec<JourneyView>> {
    let audit = stored(conn, id)?;
    let mut made = read(conn, audit.key)?;
    let view = |journey: Journey| {
        let is_of = |run: &mut JourneyRun| (&run.journey, &run.file) == (&journey.name, &journey.file);
        let runs: Vec<JourneyRun> = made.extract_if(.., is_of).collect();
        JourneyView {
            steps: journey.steps.iter().map(|of| step(&of.action)).collect(),
            runs: runs.into_iter().map(|run| run_view(run, catalogue)).collect(),
            journey,
        }
    };
    Ok(audit.head.config.journeys.into_iter().map(view).collect())
}

/// A line for each that was made.
pub(super) fn lines(conn: &Connection, audit: i64) -> Result<Vec<JourneyLine>> {
    Ok(read(conn, audit)?.iter().map(line).collect())
}

fn run_view(run: JourneyRun, catalogue: &Catalogue) -> JourneyRunView {
    JourneyRunView {
        line: line(&run),
        said: run.beacons.iter().map(|beacon| said(beacon, catalogue)).collect(),
        kept: run.click_id.iter().flat_map(|trail| &trail.stored).map(words::stored_click).collect(),
        run,
    }
}

fn line(run: &JourneyRun) -> JourneyLine {
    let has = |outcome| run.steps.iter().any(|step| step.outcome == outcome);
    let worst = match () {
        () if has(StepOutcome::Failed) || !run.completed => StepOutcome::Failed,
        () if has(StepOutcome::NotMet) => StepOutcome::NotMet,
        () => StepOutcome::Done,
    };
    JourneyLine { journey: run.journey.clone(), pass: run.pass, worst, summary: words::journey(run) }
}
