//! Words that reports, the command line and the window share.

use pixelproof_model::{
    Cell, ExerciseAct, ExerciseKind, JourneyRun, PageOutcome, Severity, StepOutcome, StoredClick, TypedLeak, TypedWhen,
};

/// What became of a page, for people.
pub fn outcome(outcome: PageOutcome) -> &'static str {
    use PageOutcome::*;
    match outcome {
        Ok => "Read",
        HttpError => "The server answered with an error",
        RedirectedAway => "Leads to another site",
        Redirected => "Leads to another page of the site",
        RedirectLoop => "Redirects in a circle",
        TooManyRedirects => "Redirects too often",
        BlockedByRobots => "robots.txt asks not to fetch it",
        NotHtml => "Not an HTML page",
        TooLarge => "Read up to the size limit",
        TooDeep => "Read tag by tag: nested too deeply",
        TimedOut => "No complete answer in time",
        DnsFailed => "The host name is unknown",
        ConnectionFailed => "No connection",
        TlsFailed => "The certificate was not accepted",
        BadResponse => "The answer breaks HTTP",
        Refused => "Not an address to fetch",
        AnalysisTimedOut => "Reading it took too long",
        AnalysisFailed => "Reading it failed",
    }
}

/// Sign of a cell: shape and letter, never colour alone.
pub fn cell_sign(cell: Cell) -> &'static str {
    match cell {
        Cell::Active => "\u{25cf}",
        Cell::Duplicate => "\u{25cf}\u{25cf}",
        Cell::Gated => "\u{25d0}",
        Cell::ImageOnly => "\u{25cb}",
        Cell::Inert => "x",
        Cell::Missing => "\u{2013}",
        Cell::NotChecked => "\u{b7}",
        Cell::CouldNotLook => "!",
    }
}

/// Word of a cell.
pub fn cell(cell: Cell) -> &'static str {
    match cell {
        Cell::Active => "active",
        Cell::Duplicate => "active, something is done twice",
        Cell::Gated => "waits for consent",
        Cell::ImageOnly => "only noscript or image",
        Cell::Inert => "present, never runs",
        Cell::Missing => "missing",
        Cell::NotChecked => "not checked",
        Cell::CouldNotLook => "could not look",
    }
}

/// Word of a severity.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
        Severity::Info => "Info",
    }
}

/// How a step of a journey went.
pub fn step(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done => "done",
        StepOutcome::NotMeant => "not for this pass",
        StepOutcome::NotMet => "not met",
        StepOutcome::Failed => "failed",
        StepOutcome::NotReached => "not reached",
    }
}

/// How a journey went, in a sentence.
pub fn journey(run: &JourneyRun) -> String {
    let number = |outcome| run.steps.iter().filter(|step| step.outcome == outcome).count();
    let all = run.steps.len();
    match run.steps.iter().find(|step| step.outcome == StepOutcome::Failed) {
        Some(failed) => {
            let why = failed.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            format!("Failed in step {} of {all}, {}{why}", failed.number, failed.what)
        }
        None if !run.completed => format!("Not completed: {} of {all} steps done", number(StepOutcome::Done)),
        None => match number(StepOutcome::NotMet) {
            0 => format!("Completed: {all} steps, every expectation met"),
            1 => "Completed, but 1 expectation was not met".to_owned(),
            n => format!("Completed, but {n} expectations were not met"),
        },
    }
}

/// An act of exercise, as something that was done.
pub fn act(act: &ExerciseAct) -> String {
    let on = &act.on;
    match act.kind {
        ExerciseKind::Scroll => "scrolled the page to its end".to_owned(),
        ExerciseKind::Open => format!("opened {on}"),
        ExerciseKind::Type => format!("typed into {on}"),
        ExerciseKind::Route => format!("followed {on}, a change of route"),
        ExerciseKind::BareRoute => "changed the address alone".to_owned(),
        ExerciseKind::Click => format!("clicked {on}"),
        ExerciseKind::Submit => format!("sent {on}, as far as the page is concerned"),
    }
}

/// When a typed value left.
pub fn typed_when(when: TypedWhen) -> &'static str {
    match when {
        TypedWhen::BeforeSubmit => "before anything was sent",
        TypedWhen::OnLeaving => "when the page was left",
        TypedWhen::AfterClick => "after a click on something further",
    }
}

/// In which form a typed value left.
pub fn typed_form(leak: &TypedLeak) -> String {
    let packing =
        if leak.packing.is_empty() { String::new() } else { format!(", packed in {}", leak.packing.join(", ")) };
    let as_asked = if leak.normalised { "" } else { ", not as the platform asks for it" };
    format!("{}{packing}{as_asked}", leak.form)
}

/// Where a click id was kept, and how long.
pub fn stored_click(stored: &StoredClick) -> String {
    let StoredClick { place, name, host, first_step, last_step, .. } = stored;
    match first_step == last_step {
        true => format!("{place} {name} of {host}, in step {first_step}"),
        false => format!("{place} {name} of {host}, from step {first_step} to step {last_step}"),
    }
}

/// `1 page`, `2 pages`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

/// `14.2 kB`: so many bytes.
pub fn bytes(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
    let amount = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", amount / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", amount / 1e6),
        _ => format!("{:.1} GB", amount / 1e9),
    }
}

/// `12,345`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Share of a whole in percent, `all` for all of it. Never rounds to nothing or all: `99.9 %` for all but one of many.
pub fn percent(part: u64, whole: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "page counts are far below 2^52")]
    if whole == 0 { "\u{2013}".to_owned() } else { percent_of(part as f64 / whole as f64) }
}

/// [`percent`] of a share from 0 to 1.
pub fn percent_of(share: f64) -> String {
    if share >= 1.0 {
        return "all".to_owned();
    }
    let exact = share * 100.0;
    let rounded = exact.round();
    let honest = rounded == 100.0 || (rounded == 0.0 && share > 0.0);
    match honest {
        true if exact > 50.0 => format!("{:.1} %", exact.min(99.9)),
        true => format!("{:.1} %", exact.max(0.1)),
        false => format!("{rounded} %"),
    }
}

/// Text of a site made safe to show on a terminal or in a line: no control characters, no escapes, no marks that turn the
/// direction of writing.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The same for text in which tabs mean something.
pub(crate) fn visible_keeping_tabs(text: &str) -> String {
    text.chars().map(|c| if c != '\t' && is_hidden(c) { '\u{fffd}' } else { c }).collect()
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_round_to_a_lie() {
        assert_eq!(percent(0, 0), "\u{2013}");
        assert_eq!(percent(0, 10), "0 %");
        assert_eq!(percent(10, 10), "all");
        assert_eq!(percent(1, 3), "33 %");
        assert_eq!(percent(99_999, 100_000), "99.9 %");
        assert_eq!(percent(1, 100_000), "0.1 %");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(12), "12");
    }

    #[test]
    fn terminal_text_carries_no_escapes() {
        assert_eq!(visible("a\u{1b}[31mb\nc\u{202e}d"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d");
        assert_eq!(visible("Zo\u{eb} \u{65e5}"), "Zo\u{eb} \u{65e5}");
    }
}
