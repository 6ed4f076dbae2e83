//! Tags that run before or after others: a step begins when its main tag's trigger is met, and a main tag waits for the
//! step before it. Only the first step on each side counts.

use serde_json::Value;

use super::trigger::Verdict;

/// Sequences within sequences that are followed.
const MAX_CHAIN: usize = 8;

/// A step of a sequence.
#[derive(Debug, Clone, Copy)]
struct Step {
    tag: usize,
    /// The main tag gives up when this one fails, or this one doesn't run when the main tag failed.
    strict: bool,
}

fn step(tag: &Value, key: &str, strict: u64) -> Option<Step> {
    let parts = tag[key].as_array()?.get(1)?.as_array()?;
    let number = parts.get(1)?.as_u64()? as usize;
    Some(Step { tag: number, strict: parts.get(2).and_then(Value::as_u64) == Some(strict) })
}

/// The sequences of a container.
pub(crate) struct Sequences<'a> {
    tags: &'a [Value],
    before: Vec<Option<Step>>,
    after: Vec<Option<Step>>,
}

impl<'a> Sequences<'a> {
    pub(crate) fn new(tags: &'a [Value]) -> Self {
        let before = tags.iter().map(|tag| step(tag, "setup_tags", 1)).collect();
        let after = tags.iter().map(|tag| step(tag, "teardown_tags", 2)).collect();
        Sequences { tags, before, after }
    }

    /// Pairs of (tag in a sequence, tag it belongs to).
    pub(crate) fn pairs(&self) -> Vec<(usize, usize)> {
        let steps = self.before.iter().zip(&self.after).enumerate();
        steps.flat_map(|(main, (before, after))| before.iter().chain(after).map(move |s| (s.tag, main))).collect()
    }

    /// From the verdicts of the triggers, those of the tags; `caps` is the most that may be said of each tag.
    pub(crate) fn verdicts(&self, triggers: Vec<Verdict>, caps: &[Verdict]) -> Vec<Verdict> {
        let mut begun = triggers;
        for _ in 0..MAX_CHAIN {
            let mut changed = false;
            for main in 0..self.tags.len() {
                for (step, verdict) in self.steps(main, begun[main], caps) {
                    if let Some(own) = begun.get_mut(step).filter(|own| **own < verdict) {
                        *own = verdict;
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        let ran = |(tag, begun): (usize, Verdict)| begun.min(self.gate(tag, caps, 0)).min(caps[tag]);
        begun.into_iter().enumerate().map(ran).collect()
    }

    /// The steps of a tag, each with the verdict that it begins.
    fn steps(&self, main: usize, begun: Verdict, caps: &[Verdict]) -> impl Iterator<Item = (usize, Verdict)> {
        // it waits for nothing; but that a main tag still waits for consent leaves open when any of it is begun
        let open = if caps[main] == Verdict::Unknown { Verdict::Unknown } else { Verdict::Yes };
        let before = self.before[main].map(|step| (step.tag, begun.min(open)));
        let after = self.after[main].map(|step| {
            let ran = begun.min(self.gate(main, caps, 0));
            let ended = if step.strict { caps[main].min(self.succeeds(main)) } else { self.ends(main) };
            (step.tag, ran.min(ended))
        });
        before.into_iter().chain(after)
    }

    /// Whether what must come before the tag lets it run.
    fn gate(&self, tag: usize, caps: &[Verdict], depth: usize) -> Verdict {
        let Some(step) = self.before[tag] else { return Verdict::Yes };
        let Some(cap) = caps.get(step.tag) else { return Verdict::Unknown };
        if depth >= MAX_CHAIN {
            return Verdict::Unknown;
        }
        let ran = self.gate(step.tag, caps, depth + 1);
        match step.strict {
            true => ran.min(*cap).min(self.succeeds(step.tag)),
            // where the step's own step gives up, everything does
            false => ran.min(self.ends(step.tag)),
        }
    }

    fn function(&self, tag: usize) -> &str {
        self.tags.get(tag).and_then(|tag| tag["function"].as_str()).unwrap_or_default()
    }

    /// Whether a tag that runs says that it succeeded. What waits for a script or a request may fail.
    fn succeeds(&self, tag: usize) -> Verdict {
        const AT_ONCE: [&str; 3] = ["__gclidw", "__googtag", "__zone"];
        let function = self.function(tag);
        let inline = || function == "__html" && !self.tags[tag].to_string().contains("gtmsrc");
        if AT_ONCE.contains(&function) || inline() { Verdict::Yes } else { Verdict::Unknown }
    }

    /// Whether a tag that runs says that it is done. A template may never say so.
    fn ends(&self, tag: usize) -> Verdict {
        if self.function(tag).starts_with("__cvt_") { Verdict::Unknown } else { Verdict::Yes }
    }
}
