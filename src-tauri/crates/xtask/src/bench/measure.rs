//! What a program costs while it runs: time, processor, peak memory. Read from the system's process files, so that no
//! tool needs to be installed; elsewhere than on Linux only the time is known.

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// Clock ticks a second in the system's process files; fixed in the kernel's interface.
const TICKS: f64 = 100.0;

/// Cost of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// From start to end.
    pub(crate) seconds: f64,
    /// Processor time, all threads; zero where it isn't known.
    pub(crate) cpu: f64,
    /// Peak of resident memory in bytes; zero where it isn't known.
    pub(crate) peak: u64,
}

/// Runs a program to its end and says what it cost. It fails when the program does and `must_succeed`.
pub(crate) fn measure(command: &mut Command, must_succeed: bool) -> Result<Cost> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| format!("could not start {name}"))?;
    let mut cost = Cost::default();
    while look(&child, &mut cost) {
        thread::sleep(LOOK);
    }
    let status = child.wait()?;
    cost.seconds = started.elapsed().as_secs_f64();
    if must_succeed && !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(cost)
}

/// Takes what can be seen; false when the program has ended, or nothing can be seen.
fn look(child: &Child, cost: &mut Cost) -> bool {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).ok();
    let Some(stat) = read("stat") else { return false };
    // The name in brackets may hold anything; the fields begin after it.
    let Some((_, fields)) = stat.rsplit_once(')') else { return false };
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<u32>().ok()).map_or(0.0, f64::from);
    // User and system time, its own and that of children that ended.
    cost.cpu = (11..=14).map(ticks).sum::<f64>() / TICKS;
    let peak = read("status").and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?;
        line.trim().parse::<u64>().ok()
    });
    cost.peak = cost.peak.max(peak.unwrap_or(0) * 1024);
    // A program that ended stays visible until it is waited for.
    fields.first().is_some_and(|state| *state != "Z")
}
