//! Addresses, as they stand in links, of which nothing new can be learned. Every page of a site names the same menus and
//! footers: what was known once stays known, and needs no second look.

use std::hash::{BuildHasher, RandomState};

/// Addresses remembered. One that is forgotten is looked at again, that is all.
const SLOTS: usize = 1 << 16;

/// A set of bounded size that may forget. What it says it has seen it has seen: its hashes are keyed anew in each run, so
/// that no site can make two addresses meet.
#[derive(Debug)]
pub(crate) struct Settled {
    keys: RandomState,
    slots: Box<[u64]>,
}

impl Default for Settled {
    fn default() -> Settled {
        Settled { keys: RandomState::new(), slots: vec![0; SLOTS].into() }
    }
}

impl Settled {
    /// Whether the address was noted, and has not been forgotten since.
    pub(crate) fn holds(&mut self, address: &str) -> bool {
        let (slot, hash) = self.slot(address);
        *slot == hash
    }

    /// Notes an address in the place of another.
    pub(crate) fn note(&mut self, address: &str) {
        let (slot, hash) = self.slot(address);
        *slot = hash;
    }

    #[allow(clippy::indexing_slicing, reason = "the remainder is smaller than the length, which is not zero")]
    fn slot(&mut self, address: &str) -> (&mut u64, u64) {
        // Zero is an empty slot.
        let hash = self.keys.hash_one(address).max(1);
        let at = hash as usize % self.slots.len();
        (&mut self.slots[at], hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_held_and_nothing_else() {
        let mut settled = Settled::default();
        let address = |n: usize| format!("https://shop.test/{n}");
        (0..SLOTS * 2).for_each(|n| settled.note(&address(n)));
        assert!(settled.holds(&address(SLOTS * 2 - 1)), "the last one took its slot");
        let held = (0..SLOTS * 4).filter(|n| settled.holds(&address(*n))).collect::<Vec<_>>();
        assert!(held.len() <= SLOTS && held.len() > SLOTS / 2, "{}", held.len());
        assert_eq!(held.iter().find(|n| **n >= SLOTS * 2), None, "never noted");
    }
}
