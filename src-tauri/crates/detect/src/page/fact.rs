//! What one piece of a page says that a vendor's table may know: the raw material of installs and events.

use std::{borrow::Cow, sync::Arc};

use pixelproof_model::{Position, State, Trigger, Via};

use super::{choices, layer};
use crate::{
    catalogue::{Catalogue, index_root},
    script::{Assign, Call, Context, Load, LoadKind, ScriptFacts, Value, numbered},
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
        /// Attributes of the element, where a script makes it.
        attributes: Vec<(String, String)>,
    },
    /// A literal that may be an account.
    Literal(String),
    /// A message for the data layer.
    Message(Value),
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
    // a script with an error doesn't run, though its calls are named
    let broken = !script.problems.is_empty();
    let mut push = |span: (u32, u32), mut context: Context, what: What| {
        if broken && matches!(what, What::Message(_)) {
            context.trigger = Trigger::Unknown;
        }
        if facts.len() < MAX_FACTS {
            let code = places.code(span.0, span.1);
            facts.push(Fact { at: places.at(span.0), code, offset: span.0, context, what });
        }
    };
    let mut calls: Vec<Call> = Vec::new();
    for call in script.calls.iter().filter_map(|call| known(catalogue, call)) {
        let call = call.as_ref();
        if calls.iter().any(|seen| is_same_run(seen, call)) {
            continue;
        }
        calls.push(call.clone());
        for call in apart(catalogue, call).into_iter().flat_map(|call| choices::calls(catalogue, call)) {
            push(call.span, call.context.clone(), What::Call(call));
        }
    }
    let queued = script.assigns.iter().flat_map(|assign| queued(catalogue, assign));
    for call in queued.flat_map(|call| choices::calls(catalogue, call)) {
        push(call.span, call.context.clone(), What::Call(call));
    }
    for assign in script.assigns.iter().filter(|a| is_known(catalogue, a)) {
        for (value, context) in choices::values(catalogue, assign) {
            push(assign.span, context, What::Assign { target: assign.target.clone(), value });
        }
    }
    for call in script.calls.iter().filter(|call| call.callee.strip_suffix(".push") == Some(layer::NAME)) {
        for value in &call.args {
            push(call.span, call.context.clone(), What::Message(value.clone()));
        }
    }
    for call in &script.calls {
        if let Some(value) = layer::set_by(call).or_else(|| layer::meddled(call)) {
            push(call.span, call.context.clone(), What::Message(value));
        }
    }
    for assign in &script.assigns {
        if let Some(value) = layer::replaced(assign) {
            push(assign.span, assign.context.clone(), What::Message(value));
        }
    }
    for assign in script.assigns.iter().filter(|assign| assign.target == layer::NAME) {
        let Value::Array(messages) = &assign.value else { continue };
        for value in messages {
            push(assign.span, assign.context.clone(), What::Message(value.clone()));
        }
    }
    for load in script.loads.iter().enumerate().filter(|(i, load)| !is_other_way(&script.loads, *i, load)).map(|l| l.1)
    {
        let what = What::Address {
            src: load.url.clone(),
            partial: load.partial,
            kind: load.kind,
            attributes: load.attributes.clone(),
        };
        push(load.span, load.context.clone(), what);
    }
    for (text, at) in &script.literals {
        push((*at, *at), Context::default(), What::Literal(text.clone()));
    }
    facts
}

/// A call that some table has a form of. A number at the end of a global's name is an argument that comes first:
/// `yaCounter123.hit()` has the form `yaCounter#.hit`.
fn known<'s>(catalogue: &Catalogue, call: &'s Call) -> Option<Cow<'s, Call>> {
    if !catalogue.index().calls(&call.callee).is_empty() {
        return Some(Cow::Borrowed(call));
    }
    if let Some((callee, instance)) = catalogue.index().of_instance(&call.callee) {
        let receiver_args = vec![vec![Value::String(instance.to_owned())]];
        return Some(Cow::Owned(Call { callee, receiver_args, ..call.clone() }));
    }
    let root = index_root(&call.callee);
    let (form, number) = numbered(root)?;
    let callee = format!("{form}{}", call.callee.get(root.len()..)?);
    if catalogue.index().calls(&callee).is_empty() {
        return None;
    }
    let receiver_args = vec![vec![Value::String(number.to_owned())]];
    Some(Cow::Owned(Call { callee, receiver_args, ..call.clone() }))
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

/// Whether two readings of one place of the source stand for one run: in branches of which only one runs, or in a function
/// that nobody is seen to call.
fn is_same_run(seen: &Call, call: &Call) -> bool {
    let nobody = |c: &Call| c.context.trigger == Trigger::Unknown;
    seen.span == call.span
        && seen.inner == call.inner
        && (seen.context.excludes(&call.context) || nobody(seen) && nobody(call))
        && seen.callee == call.callee
        && seen.args == call.args
}

/// Whether a load is another way to an address that the script loads anyway: a request beside a script element, or one
/// that hangs on something after one before it.
fn is_other_way(loads: &[Load], at: usize, load: &Load) -> bool {
    let same = |other: &Load| other.url == load.url && other.partial == load.partial;
    let is_script = |other: &Load| other.kind == LoadKind::Script;
    let before = || loads.iter().take(at).filter(|other| same(other));
    match load.kind {
        LoadKind::Request | LoadKind::Unknown => {
            loads.iter().any(|other| is_script(other) && same(other))
                || before().any(|other| matches!(other.kind, LoadKind::Request | LoadKind::Unknown))
        }
        LoadKind::Script => load.context.trigger != Trigger::Load && before().any(is_script),
        LoadKind::Image | LoadKind::Frame => false,
    }
}

/// A queue that is created with entries in it: calls of its `push`.
fn queued(catalogue: &Catalogue, assign: &Assign) -> Vec<Call> {
    let Value::Array(entries) = &assign.value else { return Vec::new() };
    let callee = format!("{}.push", assign.target);
    if entries.is_empty() || catalogue.index().calls(&callee).is_empty() {
        return Vec::new();
    }
    let call = |entry: &Value| Call {
        callee: callee.clone(),
        args: vec![entry.clone()],
        receiver_args: Vec::new(),
        span: assign.span,
        inner: None,
        context: assign.context.clone(),
    };
    entries.iter().map(call).collect()
}

fn is_known(catalogue: &Catalogue, assign: &Assign) -> bool {
    let index = catalogue.index();
    !index.assigns(&assign.target).is_empty()
        || index.holds_switch(&assign.target)
        || !index.configs(index_root(&assign.target)).is_empty()
        || index.is_switch(&assign.target)
}
