//! Values that are one of several: what a branch that the source doesn't decide leaves behind.

use oxc_span::Span;

use super::{Condition, Flow, Undo, Walk};
use crate::script::{
    store::Alternative,
    value::{Truth, Val, add, equal, truth},
};

/// Most values that one may be; of more, nothing is kept.
const MAX_OPTIONS: usize = 8;

/// Most values that are compared after a branch; a branch that writes more is a program of its own.
const MAX_MERGED: usize = 64;

/// One of several ways that a script may take.
pub(super) struct Way {
    /// What it wrote, taken back.
    pub(super) undone: Vec<Undo>,
    pub(super) branch: (u32, u32),
    pub(super) condition: Option<Condition>,
    pub(super) flow: Flow,
}

impl Way {
    fn alternative(&self, value: Val) -> Alternative {
        Alternative { value, branches: vec![self.branch], conditions: self.condition.iter().cloned().collect() }
    }
}

impl<'a> Walk<'a, '_> {
    /// A value that is one of several; unknown where any of them is.
    pub(super) fn one_of(&mut self, alternatives: Vec<Alternative>, at: Span) -> Val {
        let mut options: Vec<Alternative> = Vec::new();
        for outer in alternatives {
            let Val::OneOf(id) = outer.value else {
                options.push(outer);
                continue;
            };
            options.extend(self.store.get_choice(id).options.iter().map(|inner| Alternative {
                value: inner.value.clone(),
                branches: outer.branches.iter().chain(&inner.branches).copied().collect(),
                conditions: outer.conditions.iter().chain(&inner.conditions).cloned().collect(),
            }));
        }
        let is_known = |o: &Alternative| o.value.is_primitive() || o.value.is_container();
        let [first, rest @ ..] = options.as_slice() else { return Val::unknown(at) };
        if options.len() > MAX_OPTIONS || !options.iter().all(is_known) {
            return Val::unknown(at);
        }
        if rest.iter().all(|o| equal(&o.value, &first.value, false) == Some(true)) {
            return first.value.clone();
        }
        // Of flags that aren't decided nothing more is to be known.
        let says = |o: &Alternative| matches!(o.value, Val::Str(_) | Val::Num(_)) || o.value.is_container();
        if !options.iter().any(says) {
            return Val::unknown(at);
        }
        self.store.one_of(options.into(), at)
    }

    /// What becomes of a value that is one of several; `None` for any other value.
    pub(super) fn each_option(
        &mut self,
        value: &Val,
        at: Span,
        mut map: impl FnMut(&mut Self, &Val) -> Val,
    ) -> Option<Val> {
        let Val::OneOf(id) = value else { return None };
        let options = self.store.get_choice(*id).options.clone();
        let mapped = options.iter().map(|o| Alternative { value: map(self, &o.value), ..o.clone() }).collect();
        Some(self.one_of(mapped, at))
    }

    /// Walks something once for each thing that a value may be, as the alternatives that they are.
    pub(super) fn in_each(&mut self, id: u32, mut walk: impl FnMut(&mut Self, &Val)) {
        let options = self.store.get_choice(id).options.clone();
        for option in options.iter() {
            let (branches, conditions) = (self.ctx.branches.len(), self.ctx.conditions.len());
            self.ctx.branches.extend(option.branches.iter().copied());
            self.ctx.conditions.extend(option.conditions.iter().cloned());
            walk(self, &option.value);
            self.ctx.branches.truncate(branches);
            self.ctx.conditions.truncate(conditions);
        }
    }

    /// `left + right`.
    pub(super) fn joined(&mut self, left: &Val, right: &Val, at: Span) -> Val {
        match (left, right) {
            (Val::OneOf(_), _) => {
                // Of several texts that go on in a way that isn't known, the beginning of one stands for all.
                let mut head = None;
                let joined = self.each_option(left, at, |w, left| {
                    let joined = w.joined(left, right, at);
                    head = head.take().or_else(|| matches!(joined, Val::Head(..)).then(|| joined.clone()));
                    joined
                });
                match joined {
                    Some(Val::Unknown { .. }) | None => head.unwrap_or(Val::unknown(at)),
                    Some(joined) => joined,
                }
            }
            (Val::Str(_) | Val::Num(_), Val::OneOf(_)) => {
                self.each_option(right, at, |_, right| add(left, right, at)).unwrap_or(Val::unknown(at))
            }
            _ => add(left, right, at),
        }
    }

    /// Whether a value counts as true, whichever it is.
    pub(super) fn truth_of(&self, value: &Val) -> Truth {
        let Val::OneOf(id) = value else { return truth(value) };
        let mut options = self.store.get_choice(*id).options.iter().map(|o| truth(&o.value));
        match options.next() {
            Some(first) if options.all(|next| next == first) => first,
            _ => Truth::Open,
        }
    }

    /// Gives everything that was written on one of several ways the values that it may have after them.
    pub(super) fn merge(&mut self, ways: Vec<Way>, at: Span) {
        let written: usize = ways.iter().map(|way| way.undone.len()).sum();
        let leaves = |way: &Way| matches!(way.flow, Flow::Break | Flow::Continue);
        if written > MAX_MERGED || ways.iter().any(leaves) {
            return ways.into_iter().for_each(|way| self.forget(way.undone, at));
        }
        let mut done: Vec<Undo> = Vec::new();
        for number in 0..ways.len() {
            for written in ways[number].undone.iter().map(Undo::place).collect::<Vec<_>>() {
                if done.iter().any(|seen| seen.is_same(&written)) {
                    continue;
                }
                let value = self.value_after(&ways, &written, at);
                self.restore(written.place(), value);
                done.push(written);
            }
        }
    }

    fn value_after(&mut self, ways: &[Way], place: &Undo, at: Span) -> Val {
        let before = match place {
            Undo::Local(scope, symbol, _) => self.store.scopes[*scope as usize].vars.get(*symbol).cloned(),
            Undo::Global(name, _) => self.globals.get(name).cloned(),
            Undo::Prop(record, key, _) => self.store.get_record(*record).get(key).cloned(),
            Undo::List(..) => None,
        };
        let going_on = ways.iter().filter(|way| way.flow == Flow::Next);
        let value = |way: &Way| match way.undone.iter().rev().find(|undo| undo.is_same(place)) {
            Some(undo) => undo.value().cloned(),
            None => before.clone(),
        };
        let alternatives: Option<Vec<Alternative>> = going_on.map(|way| Some(way.alternative(value(way)?))).collect();
        alternatives.map_or(Val::unknown(at), |alternatives| self.one_of(alternatives, at))
    }
}

impl Undo {
    /// The place alone.
    fn place(&self) -> Undo {
        match self {
            Undo::Local(scope, symbol, _) => Undo::Local(*scope, *symbol, None),
            Undo::Global(name, _) => Undo::Global(name.clone(), None),
            Undo::Prop(record, key, _) => Undo::Prop(*record, key.clone(), None),
            Undo::List(list, length) => Undo::List(*list, *length),
        }
    }

    fn is_same(&self, other: &Undo) -> bool {
        match (self, other) {
            (Undo::Local(a, b, _), Undo::Local(c, d, _)) => a == c && b == d,
            (Undo::Global(a, _), Undo::Global(b, _)) => a == b,
            (Undo::Prop(a, b, _), Undo::Prop(c, d, _)) => a == c && b == d,
            (Undo::List(a, _), Undo::List(b, _)) => a == b,
            _ => false,
        }
    }

    fn value(&self) -> Option<&Val> {
        match self {
            Undo::Local(_, _, value) | Undo::Global(_, value) | Undo::Prop(_, _, value) => value.as_ref(),
            Undo::List(..) => None,
        }
    }
}

/// The ways of a choice between two values.
pub(super) fn two(group: u32, first: (Val, Option<Condition>), second: (Val, Option<Condition>)) -> Vec<Alternative> {
    let alternative = |branch: u32, (value, condition): (Val, Option<Condition>)| Alternative {
        value,
        branches: vec![(group, branch)],
        conditions: condition.into_iter().collect(),
    };
    vec![alternative(0, first), alternative(1, second)]
}
