//! Exercise in the HTML report: what was done on a page, what it set off, and what of the typed values left.

use pixelproof_model::{ExerciseAct, Page, TypedLeak};
use serde::Serialize;

use super::html_findings::Names;
use crate::words;

/// Acts and typed values shown of a page or a journey.
const MAX_ROWS: usize = 60;

#[derive(Serialize)]
pub(super) struct ActRow {
    pass: &'static str,
    number: u32,
    what: String,
    fired: String,
    held: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct TypedRow {
    what: String,
    who: String,
    form: String,
    hashed: bool,
    when: &'static str,
    field: String,
    pass: &'static str,
    step: Option<u32>,
}

/// The first acts on a page.
pub(super) fn acts(page: &Page, names: &Names) -> Vec<ActRow> {
    let row = |act: &ExerciseAct| ActRow {
        pass: act.pass.name(),
        number: act.number,
        what: words::act(act),
        fired: fired(page, act, names).join(", "),
        held: act.held.clone(),
    };
    page.exercise.iter().take(MAX_ROWS).map(row).collect()
}

/// Events that left in an act, each once.
fn fired(page: &Page, act: &ExerciseAct, names: &Names) -> Vec<String> {
    let in_act = |id: &u32| page.beacons.iter().any(|beacon| beacon.id == *id && act.set_off(beacon));
    let mut fired = Vec::new();
    for event in page.events.iter().filter(|event| event.beacons.iter().any(in_act)) {
        let line = format!("{} {}", names.vendor(&event.vendor), event.name.known().unwrap_or("?"));
        if !fired.contains(&line) {
            fired.push(line);
        }
    }
    fired
}

/// The first typed values that left.
pub(super) fn typed(leaks: &[TypedLeak], names: &Names) -> Vec<TypedRow> {
    let row = |leak: &TypedLeak| TypedRow {
        what: leak.what.clone(),
        who: match &leak.vendor {
            Some(vendor) => format!("{} ({})", names.vendor(vendor), leak.host),
            None => leak.host.clone(),
        },
        form: words::typed_form(leak),
        hashed: leak.hashed,
        when: words::typed_when(leak.when),
        field: leak.field.clone(),
        pass: leak.pass.name(),
        step: leak.step,
    };
    leaks.iter().take(MAX_ROWS).map(row).collect()
}
