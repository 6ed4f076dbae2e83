//! Tables of journeys and of exercise.

use std::io::Write;

use pixelproof_model::{JourneyRun, RecordedEvent, TypedLeak};

use super::Sheet;
use crate::{
    Result,
    names::{name, to_json},
    report::source::{Source, Which},
    words,
};

/// What stands before each row of a journey.
const RUN: [&str; 3] = ["journey", "file", "pass"];

fn run_cells(run: &JourneyRun) -> Vec<String> {
    vec![run.journey.clone(), run.file.clone(), run.pass.name().to_owned()]
}

fn head(first: &[&str], more: &[&str]) -> Vec<String> {
    first.iter().chain(more).map(|name| (*name).to_owned()).collect()
}

fn numbers(numbers: &[u32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// One row a step and pass.
pub(super) fn steps(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    table.row(head(&RUN, &["completed", "step", "line", "what", "outcome", "why", "instead", "at_ms", "address"]))?;
    for run in &source.outline().journeys {
        for step in &run.steps {
            let cells = vec![
                run.completed.to_string(),
                step.number.to_string(),
                step.line.to_string(),
                step.what.clone(),
                name(&step.outcome),
                step.why.clone().unwrap_or_default(),
                step.instead.join("\n"),
                step.at_ms.to_string(),
                step.address.clone(),
            ];
            table.row([run_cells(run), cells].concat())?;
        }
    }
    table.finish()
}

/// One row an event that a platform would have recorded.
pub(super) fn events(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    let columns = [
        "step",
        "vendor",
        "account",
        "event",
        "class",
        "stage",
        "value",
        "currency",
        "event_id",
        "click_id_in",
        "consent",
        "params",
    ];
    table.row(head(&RUN, &columns))?;
    for run in &source.outline().journeys {
        for event in &run.events {
            table.row([run_cells(run), event_cells(event)].concat())?;
        }
    }
    table.finish()
}

fn event_cells(event: &RecordedEvent) -> Vec<String> {
    let value = event.value.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    vec![
        event.step.to_string(),
        event.vendor.clone(),
        event.account.clone().unwrap_or_default(),
        event.name.clone(),
        name(&event.class),
        name(&event.stage),
        value.unwrap_or_default(),
        event.currency.clone().unwrap_or_default(),
        event.event_id.clone().unwrap_or_default(),
        event.click_id.join(", "),
        event.consent.clone().unwrap_or_default(),
        if event.params.is_empty() { String::new() } else { to_json(&event.params) },
    ]
}

/// One row a vendor and journey with a click id: what became of it.
pub(super) fn clicks(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    table.row(head(&RUN, &["parameter", "vendor", "kept", "sent_in_steps", "lost_in_step", "why", "kept_in"]))?;
    for run in &source.outline().journeys {
        let Some(trail) = &run.click_id else { continue };
        let places = trail.stored.iter().map(words::stored_click).collect::<Vec<_>>().join("\n");
        for verdict in &trail.vendors {
            let cells = vec![
                trail.parameter.clone(),
                verdict.vendor.clone(),
                verdict.kept.map(|kept| kept.to_string()).unwrap_or_default(),
                numbers(&verdict.sent_in),
                verdict.lost_in.map(|step| step.to_string()).unwrap_or_default(),
                verdict.why.clone(),
                places.clone(),
            ];
            table.row([run_cells(run), cells].concat())?;
        }
    }
    table.finish()
}

/// One row an act of exercise.
pub(super) fn exercise(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    table.row(head(&["page", "pass", "act"], &["kind", "on", "at_ms", "address", "beacons", "held"]))?;
    source.pages(Which::All, &mut |page, _| {
        page.page.exercise.iter().try_for_each(|act| {
            let sent = page.page.beacons.iter().filter(|beacon| act.set_off(beacon));
            table.row(vec![
                page.page.url.to_string(),
                act.pass.name().to_owned(),
                act.number.to_string(),
                name(&act.kind),
                act.on.clone(),
                act.at_ms.to_string(),
                act.address.clone(),
                numbers(&sent.map(|beacon| beacon.id).collect::<Vec<_>>()),
                act.held.join("\n"),
            ])
        })
    })?;
    table.finish()
}

/// One row a typed value and way in which it left: of exercise, then of journeys.
pub(super) fn typed(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    let more = [
        "step",
        "when",
        "what",
        "host",
        "vendor",
        "field",
        "form",
        "hashed",
        "normalised",
        "packing",
        "count",
        "request",
    ];
    table.row(head(&["page", "journey", "pass"], &more))?;
    source.pages(Which::All, &mut |page, _| {
        page.page.typed.iter().try_for_each(|leak| table.row(leak_cells(leak, "")))
    })?;
    for run in &source.outline().journeys {
        run.typed.iter().try_for_each(|leak| table.row(leak_cells(leak, &run.journey)))?;
    }
    table.finish()
}

fn leak_cells(leak: &TypedLeak, journey: &str) -> Vec<String> {
    vec![
        leak.page.clone(),
        journey.to_owned(),
        leak.pass.name().to_owned(),
        leak.step.map(|step| step.to_string()).unwrap_or_default(),
        name(&leak.when),
        leak.what.clone(),
        leak.host.clone(),
        leak.vendor.clone().unwrap_or_default(),
        leak.field.clone(),
        leak.form.clone(),
        leak.hashed.to_string(),
        leak.normalised.to_string(),
        leak.packing.join(", "),
        leak.count.to_string(),
        leak.request.clone(),
    ]
}
