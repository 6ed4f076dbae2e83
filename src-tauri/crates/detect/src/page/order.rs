//! When the pieces of a page run, relative to each other, and which of them exclude each other.

use std::collections::BTreeMap;

use pixelproof_model::{State, Trigger};

use super::assemble::Located;

/// Place of a fact in the page's run.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// From 1; 0 where it isn't known.
    pub(super) order: u32,
    /// Group and branch.
    pub(super) branch: Option<(u32, u32)>,
}

/// Places of all facts.
pub(super) struct Places<'f> {
    facts: &'f [Located],
    places: BTreeMap<usize, Place>,
}

impl<'f> Places<'f> {
    pub(super) fn new(facts: &'f [Located]) -> Self {
        Places { facts, places: BTreeMap::new() }
    }

    /// Numbers the facts that are used.
    pub(super) fn number(&mut self, used: impl Iterator<Item = usize>) {
        let mut used: Vec<usize> = used.collect();
        used.sort_unstable();
        used.dedup();
        let mut groups: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let mut in_order = Vec::new();
        for &at in &used {
            let Some(located) = self.facts.get(at) else { continue };
            let context = &located.fact.context;
            let branch = context.branch.map(|(group, branch)| {
                let next = u32::try_from(groups.len()).unwrap_or(u32::MAX).saturating_add(1);
                (*groups.entry((located.unit, group)).or_insert(next), branch)
            });
            self.places.insert(at, Place { order: 0, branch });
            let known = located.setting.in_order
                && located.setting.state != State::Inert
                && !matches!(context.trigger, Trigger::Unknown);
            if known {
                // Listeners and timers run after everything that runs while the page loads.
                let later = !matches!(context.trigger, Trigger::Load | Trigger::Conditional);
                in_order.push((later, located.unit, context.order, at));
            }
        }
        in_order.sort_unstable();
        for (number, (_, _, _, at)) in (1..).zip(in_order) {
            if let Some(place) = self.places.get_mut(&at) {
                place.order = number;
            }
        }
    }

    pub(super) fn of(&self, at: usize) -> Place {
        self.places.get(&at).copied().unwrap_or_default()
    }
}
