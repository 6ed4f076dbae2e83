//! What one piece of a page says that a vendor's table may know: the raw material of installs and events.

use std::sync::Arc;

use pixelproof_model::{Position, State, Via};

use crate::{
    catalogue::{Catalogue, index_root},
    script::{Assign, Call, Context, LoadKind, ScriptFacts, Value},
};

/// Facts taken from one script.
const MAX_FACTS: usize = 2_000;

/// How the piece of the page runs that a fact comes from.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) via: Via,
    pub(super) state: State,
    pub(super) delayed: bool,
    pub(super) gate: Option<String>,
    pub(super) installer: Option<String>,
    /// Runs in the order of the document: not deferred, not asynchronous.
    pub(super) in_order: bool,
}

/// A fact with its place.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) at: Position,
    pub(super) code: String,
    /// Byte offset in its script: the order of the source.
    pub(super) offset: u32,
    pub(super) context: Context,
    pub(super) what: What,
}

/// What a fact is.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A call that some table has a form of.
    Call(Call),
    /// An assignment that some table has a form of.
    Assign {
        /// Path of the target.
        target: String,
        /// Value.
        value: Value,
    },
    /// An address that the page loads.
    Address {
        /// As written.
        src: String,
        /// Its end is an expression.
        partial: bool,
        /// What loads it.
        kind: LoadKind,
    },
    /// A literal that may be an account.
    Literal(String),
}

/// Facts of one script or tag, with how it runs.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) setting: Arc<Setting>,
    pub(super) facts: Vec<Fact>,
}

/// Gives places to byte offsets of a script.
pub(super) trait Places {
    fn at(&self, offset: u32) -> Position;
    fn code(&self, start: u32, end: u32) -> String;
}

/// The facts of a script that some table has a use for.
pub(super) fn facts_of(catalogue: &Catalogue, script: &ScriptFacts, places: &dyn Places) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut push = |span: (u32, u32), context: Context, what: What| {
        if facts.len() < MAX_FACTS {
            let code = places.code(span.0, span.1);
            facts.push(Fact { at: places.at(span.0), code, offset: span.0, context, what });
        }
    };
    for call in script.calls.iter().filter(|c| !catalogue.index().calls(&c.callee).is_empty()) {
        for call in apart(catalogue, call) {
            push(call.span, call.context.clone(), What::Call(call));
        }
    }
    for assign in script.assigns.iter().filter(|a| is_known(catalogue, a)) {
        let what = What::Assign { target: assign.target.clone(), value: assign.value.clone() };
        push(assign.span, assign.context.clone(), what);
    }
    for load in &script.loads {
        let what = What::Address { src: load.url.clone(), partial: load.partial, kind: load.kind };
        push(load.span, load.context.clone(), what);
    }
    for (text, at) in &script.literals {
        push((*at, *at), Context::default(), What::Literal(text.clone()));
    }
    facts
}

/// A call as its forms see it: one, or one for each argument.
fn apart(catalogue: &Catalogue, call: &Call) -> Vec<Call> {
    let form = |&(v, f): &(usize, usize)| catalogue.vendors().get(v).and_then(|vendor| vendor.calls.get(f));
    let spread = catalogue.index().calls(&call.callee).iter().filter_map(form).any(|form| form.spread);
    if !spread {
        return vec![call.clone()];
    }
    call.args.iter().map(|arg| Call { args: vec![arg.clone()], ..call.clone() }).collect()
}

fn is_known(catalogue: &Catalogue, assign: &Assign) -> bool {
    let index = catalogue.index();
    !index.assigns(&assign.target).is_empty()
        || index.holds_switch(&assign.target)
        || !index.configs(index_root(&assign.target)).is_empty()
        || index.is_switch(&assign.target)
}
