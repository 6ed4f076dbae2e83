//! Searches a text for many short texts at once, whatever their case. Each step of such a search waits for the one
//! before it; so a long text is searched in several places by turns, which takes hardly longer than one of them.

use std::ops::{ControlFlow, Range};

use aho_corasick::{
    Anchored, MatchKind, StartKind,
    automaton::{Automaton, StateID},
    dfa::{Builder, DFA},
};

/// Places that are searched by turns.
const LANES: usize = 4;
/// Shortest text for which that pays, in bytes.
const LONG: usize = 2_048;

/// What is searched for.
#[derive(Debug)]
pub(super) struct Search {
    automaton: DFA,
    start: StateID,
    longest: usize,
}

/// One of the places: how far it got, and what is left of it.
struct Lane<'t> {
    state: StateID,
    at: usize,
    rest: &'t [u8],
}

impl Search {
    /// `None` where there is more than an automaton can hold.
    pub(super) fn new<'p>(texts: impl Iterator<Item = &'p str> + Clone) -> Option<Search> {
        let longest = texts.clone().map(str::len).max().unwrap_or(0);
        let mut builder = Builder::new();
        builder.ascii_case_insensitive(true).match_kind(MatchKind::Standard).start_kind(StartKind::Unanchored);
        let automaton = builder.prefilter(false).build(texts).ok()?;
        let start = automaton.start_state(Anchored::No).ok()?;
        Some(Search { automaton, start, longest })
    }

    /// Hands over every place of every text, by the text's number, in no order, until told to stop.
    pub(super) fn each(&self, text: &str, mut found: impl FnMut(usize, Range<usize>) -> ControlFlow<()>) {
        let bytes = text.as_bytes();
        let length = bytes.len() / LANES;
        if bytes.len() < LONG {
            let _ = self.run(self.lane(bytes, 0, bytes.len()), &mut found);
            return;
        }
        let lanes: [Lane<'_>; LANES] = std::array::from_fn(|n| self.lane(bytes, n * length, (n + 1) * length));
        if self.by_turns(&lanes, &mut found).is_continue() {
            let _ = self.run(self.lane(bytes, LANES * length, bytes.len()), &mut found);
        }
    }

    /// A search of what ends in a range: it has seen what may begin before it.
    fn lane<'t>(&self, bytes: &'t [u8], from: usize, to: usize) -> Lane<'t> {
        let before = bytes.get(from.saturating_sub(self.longest)..from).unwrap_or_default();
        let state = before.iter().fold(self.start, |state, byte| self.step(state, *byte));
        Lane { state, at: from, rest: bytes.get(from..to).unwrap_or_default() }
    }

    fn step(&self, state: StateID, byte: u8) -> StateID {
        self.automaton.next_state(Anchored::No, state, byte)
    }

    fn run(&self, lane: Lane<'_>, found: &mut impl FnMut(usize, Range<usize>) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut state = lane.state;
        for (at, byte) in (lane.at..).zip(lane.rest) {
            state = self.step(state, *byte);
            if self.automaton.is_match(state) {
                self.report(state, at + 1, found)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// All of the same length.
    fn by_turns(
        &self,
        lanes: &[Lane<'_>; LANES],
        found: &mut impl FnMut(usize, Range<usize>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let [a, b, c, d] = lanes;
        let mut states = lanes.each_ref().map(|lane| lane.state);
        let bytes = a.rest.iter().zip(b.rest).zip(c.rest).zip(d.rest);
        for (passed, (((a, b), c), d)) in (1..).zip(bytes) {
            for (state, byte) in states.iter_mut().zip([a, b, c, d]) {
                *state = self.step(*state, *byte);
            }
            if states.iter().any(|state| self.automaton.is_match(*state)) {
                for (state, lane) in states.iter().zip(lanes).filter(|(state, _)| self.automaton.is_match(**state)) {
                    self.report(*state, lane.at + passed, found)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn report(
        &self,
        state: StateID,
        end: usize,
        found: &mut impl FnMut(usize, Range<usize>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        (0..self.automaton.match_len(state)).try_for_each(|index| {
            let pattern = self.automaton.match_pattern(state, index);
            found(pattern.as_usize(), end - self.automaton.pattern_len(pattern)..end)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::{LONG, Search};

    #[test]
    fn every_occurrence_is_found_wherever_a_long_text_is_divided() {
        let texts = ["ab", "abc", "b", "connect.example"];
        let search = Search::new(texts.iter().copied()).expect("a small automaton");
        for length in [0, 1, 7, LONG - 1, LONG, LONG + 3, 3 * LONG + 1] {
            for shift in 0..20 {
                let text: String = "xABc.Connect.Example-".chars().cycle().skip(shift).take(length).collect();
                let lower = text.to_ascii_lowercase();
                let mut found = Vec::new();
                search.each(&text, |number, at| {
                    found.push((at.start, at.end, number));
                    ControlFlow::Continue(())
                });
                found.sort_unstable();
                let mut expect: Vec<(usize, usize, usize)> = (0..)
                    .zip(texts)
                    .flat_map(|(n, t)| lower.match_indices(t).map(move |(at, _)| (at, at + t.len(), n)))
                    .collect();
                expect.sort_unstable();
                assert_eq!(found, expect, "{length} bytes from {shift}");
            }
        }
    }

    #[test]
    fn a_search_stops_when_told_to() {
        let search = Search::new(["a"].into_iter()).expect("a small automaton");
        let mut times = 0;
        search.each(&"a".repeat(3 * LONG), |_, _| {
            times += 1;
            ControlFlow::Break(())
        });
        assert_eq!(times, 1);
    }
}
