//! Journeys in the HTML report: the steps, and what each platform would have recorded.

use pixelproof_model::{AuditReport, JourneyRun, StepOutcome};
use serde::Serialize;

use super::{
    html_exercise::{TypedRow, typed},
    html_findings::Names,
};
use crate::words;

/// Journeys shown.
const MAX_RUNS: usize = 40;
/// Events shown of one journey.
const MAX_EVENTS: usize = 300;

#[derive(Serialize)]
pub(super) struct JourneyView<'a> {
    name: &'a str,
    file: &'a str,
    pass: &'static str,
    completed: bool,
    consent: Option<&'a str>,
    problems: &'a [String],
    steps: Vec<StepView<'a>>,
    events: Vec<EventView<'a>>,
    hidden_events: usize,
    click_id: Option<ClickView<'a>>,
    typed: Vec<TypedRow>,
    summary: String,
}

#[derive(Serialize)]
struct StepView<'a> {
    number: u32,
    what: &'a str,
    outcome: &'static str,
    tone: &'static str,
    why: Option<&'a str>,
    instead: &'a [String],
    address: &'a str,
}

#[derive(Serialize)]
struct EventView<'a> {
    step: u32,
    vendor: String,
    account: &'a str,
    name: &'a str,
    value: String,
    currency: &'a str,
    event_id: &'a str,
    click_id: String,
    consent: &'a str,
}

#[derive(Serialize)]
struct ClickView<'a> {
    parameter: &'a str,
    stored: Vec<String>,
    vendors: Vec<(String, &'a str)>,
}

pub(super) fn journeys<'a>(report: &'a AuditReport, names: &Names) -> Vec<JourneyView<'a>> {
    report.journeys.iter().take(MAX_RUNS).map(|run| view(run, names)).collect()
}

fn view<'a>(run: &'a JourneyRun, names: &Names) -> JourneyView<'a> {
    let steps = run.steps.iter().map(|step| StepView {
        number: step.number,
        what: &step.what,
        outcome: words::step(step.outcome),
        tone: match step.outcome {
            StepOutcome::NotMet | StepOutcome::Failed => "bad",
            StepOutcome::NotMeant | StepOutcome::NotReached => "quiet",
            StepOutcome::Done => "plain",
        },
        why: step.why.as_deref(),
        instead: &step.instead,
        address: &step.address,
    });
    let events = run.events.iter().take(MAX_EVENTS).map(|event| EventView {
        step: event.step,
        vendor: names.vendor(&event.vendor),
        account: event.account.as_deref().unwrap_or("not stated"),
        name: &event.name,
        value: event
            .value
            .as_ref()
            .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
            .unwrap_or_default(),
        currency: event.currency.as_deref().unwrap_or_default(),
        event_id: event.event_id.as_deref().unwrap_or_default(),
        click_id: event.click_id.join(", "),
        consent: event.consent.as_deref().unwrap_or_default(),
    });
    let click_id = run.click_id.as_ref().map(|trail| ClickView {
        parameter: &trail.parameter,
        stored: trail.stored.iter().map(words::stored_click).collect(),
        vendors: trail.vendors.iter().map(|v| (names.vendor(&v.vendor), v.why.as_str())).collect(),
    });
    JourneyView {
        name: &run.journey,
        file: &run.file,
        pass: run.pass.name(),
        completed: run.completed,
        consent: run.consent.as_ref().map(|consent| consent.why.as_str()),
        problems: &run.problems,
        steps: steps.collect(),
        events: events.collect(),
        hidden_events: run.events.len().saturating_sub(MAX_EVENTS),
        click_id,
        typed: typed(&run.typed, names),
        summary: words::journey(run),
    }
}
