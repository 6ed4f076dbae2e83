//! What a program costs while it runs: time, processor, peak memory. Read from the system's process files, so that no
//! tool needs to be installed; elsewhere than on Linux only the time is known.

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// The same at all processes that a program started, which takes longer.
const LOOK_AT_TREE: Duration = Duration::from_millis(100);
/// Of those, every so manieth looks at their memory, which takes longest.
const MEMORY_EVERY: u32 = 10;
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

/// Runs a program to its end and says what it cost together with everything it started: a browser's processes, too.
pub(crate) fn measure_tree(command: &mut Command) -> Result<Cost> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("could not start {name}"))?;
    let mut family = Family { root: child.id(), cpu: BTreeMap::new(), peak: 0 };
    let mut looks = 0;
    let status = loop {
        family.look(looks % MEMORY_EVERY == 0);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        looks += 1;
        thread::sleep(LOOK_AT_TREE);
    };
    let seconds = started.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(Cost { seconds, cpu: family.cpu.values().sum::<f64>() / TICKS, peak: family.peak })
}

/// A process and its descendants, as far as they were seen.
struct Family {
    root: u32,
    /// Ticks of each, those that ended included.
    cpu: BTreeMap<u32, f64>,
    /// Most memory of all at one time, in bytes.
    peak: u64,
}

impl Family {
    fn look(&mut self, memory_too: bool) {
        let Ok(processes) = std::fs::read_dir("/proc") else { return };
        let seen = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let seen: BTreeMap<u32, Vec<f64>> = seen.filter_map(|id| Some((id, fields(id)?))).collect();
        let parent = |id: u32| seen.get(&id).and_then(|fields| fields.first()).map(|parent| *parent as u32);
        let ours = |id: &u32| {
            // A chain of parents ends at the root of all.
            std::iter::successors(Some(*id), |id| parent(*id)).take(seen.len()).any(|id| id == self.root)
        };
        let mut memory = 0;
        for id in seen.keys().filter(|id| ours(id)) {
            let of = |i: usize| seen[id].get(i).copied().unwrap_or_default();
            // User and system time, then resident pages, counted from the parent's field.
            self.cpu.insert(*id, of(10) + of(11));
            if memory_too {
                memory += shared_out(*id);
            }
        }
        self.peak = self.peak.max(memory);
    }
}

/// The numbers of a process from its parent's on; negative ones count as none.
fn fields(id: u32) -> Option<Vec<f64>> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0.0)).collect())
}

/// Memory of a process in bytes, what it shares counted in parts.
fn shared_out(id: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
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
