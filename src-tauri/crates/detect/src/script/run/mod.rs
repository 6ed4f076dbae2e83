//! The walk over a parsed script: statements in order of execution, functions where they are called, listeners and timers
//! afterwards, and functions that nobody calls at the end.

mod assign;
mod builtin;
mod call;
mod choose;
mod element;
mod expr;
mod function;
mod listen;
mod loops;
mod member;
mod methods;
mod native;
mod operator;
mod report;
mod scope;
mod stmt;
mod test;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Range,
    rc::Rc,
};

use oxc_ast::ast;
use oxc_semantic::Scoping;
use oxc_span::Span;
use oxc_syntax::{scope::ScopeId, symbol::SymbolId};
use pixelproof_model::Trigger;

use crate::consent::calls_function;

use super::{
    Interests, ScriptFacts, SourceKind,
    store::Store,
    value::{Env, Val},
};

/// Deepest recursion of the walk, in expressions and statements together.
const MAX_DEPTH: u32 = 3_000;
/// Most expressions and statements walked in one script. Tests of scripts without end need not wait for all of them.
const MAX_STEPS: u64 = if cfg!(test) { 1_000_000 } else { 3_000_000 };
/// Most calls of the script's own functions that are followed.
const MAX_FOLLOWED: u32 = 20_000;
/// Deepest stack of followed calls.
const MAX_STACK: usize = 40;
/// Most turns of one loop that are walked.
const MAX_TURNS: u32 = 256;
/// Most facts of one kind that are handed out.
pub(super) const MAX_FACTS: usize = 10_000;

#[cfg(test)]
thread_local! {
    /// Steps of the walks that this thread has made.
    pub(super) static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// A condition, as text only where somebody asks for it.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Is(Span),
    Not(Span),
    Text(Rc<str>),
}

impl Condition {
    pub(super) fn text(&self, source: &str) -> String {
        match self {
            Condition::Is(at) => super::text::collapse(source, *at),
            Condition::Not(at) => negate(&super::text::collapse(source, *at)),
            Condition::Text(text) => text.to_string(),
        }
    }
}

/// The text of the opposite condition.
pub(crate) fn negate(text: &str) -> String {
    let is_simple =
        |t: &str| t.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.' | b'(' | b')'));
    match text.strip_prefix('!').map(str::trim_start) {
        Some(rest) if is_simple(rest) => rest.to_owned(),
        _ if is_simple(text) => format!("!{text}"),
        _ => format!("!({text})"),
    }
}

/// When the code being walked runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Ctx {
    pub(super) base: Trigger,
    pub(super) conditions: Vec<Condition>,
    pub(super) branches: Vec<(u32, u32)>,
    pub(super) function: Option<Rc<str>>,
}

/// Where the arguments of a wrapper come from: its parameters and the call that gives them.
#[derive(Debug)]
struct Wrapper {
    params: Vec<SymbolId>,
    site: Span,
    parent: Option<Rc<Wrapper>>,
}

/// One followed call.
#[derive(Debug)]
struct Frame {
    key: u64,
    this: Val,
    arguments: Val,
    function_scope: Option<ScopeId>,
    wrapper: Option<Rc<Wrapper>>,
    returned: Option<Val>,
    /// Conditions that held at the call.
    conditions: usize,
}

/// A function that runs later.
#[derive(Debug)]
struct Job {
    func: Val,
    this: Val,
    args: Vec<Val>,
    ctx: Ctx,
    wrapper: Option<Rc<Wrapper>>,
    /// Functions that were running when it was put off: a retry of one of them is no second run.
    running: Vec<u64>,
    stub: Option<Rc<str>>,
}

/// What a statement does to the ones behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
    Return,
}

/// Something that was written under a condition, with what it was before.
#[derive(Debug)]
enum Undo {
    Local(u32, SymbolId, Option<Val>),
    Global(Rc<str>, Option<Val>),
    Prop(u32, Rc<str>, Option<Val>),
    List(u32, usize),
}

/// What a function said, by place.
#[derive(Debug)]
struct Said {
    calls: Range<usize>,
    assigns: Range<usize>,
    loads: Range<usize>,
}

/// A piece of code in a string that is run (`eval`, `setTimeout("…")`).
#[derive(Debug)]
pub(super) struct Nested {
    pub(super) code: String,
    pub(super) at: Span,
    pub(super) ctx: Ctx,
}

/// The state of a walk.
pub(super) struct Walk<'a, 's> {
    source: &'a str,
    interests: &'s Interests,
    env: &'s Env,
    scoping: &'s Scoping,
    /// What makes code relevant, in a large script.
    marks: Option<Vec<u32>>,
    module: bool,
    store: Store<'a>,
    globals: HashMap<Rc<str>, Val>,
    /// Lists and objects of earlier scripts that were read.
    imported: HashMap<Rc<str>, Val>,
    /// What was assigned below globals of interest, by path.
    defined: HashMap<Rc<str>, Val>,
    frames: Vec<Frame>,
    scope: u32,
    ctx: Ctx,
    journal: Vec<Vec<Undo>>,
    /// Jobs by rank: load, timers, everything else.
    jobs: [std::collections::VecDeque<Job>; 3],
    listened: HashSet<(u64, u32, Trigger)>,
    /// Elements of which something is known.
    elements: HashMap<u32, element::Element>,
    /// Functions made so far that may never be called, in order.
    made: Vec<u32>,
    ran: HashSet<u64>,
    /// Functions in which something was reported.
    telling: HashSet<u64>,
    blocked: Vec<u64>,
    /// What functions that nobody had called said, by function: it falls away once one of them is called after all.
    swept: HashMap<u64, Said>,
    fallen: Vec<Said>,
    stub: Option<Rc<str>>,
    /// The main program has run; variables that are written more than once are not known any more.
    deferred: bool,
    initialised: HashSet<SymbolId>,
    write_counts: HashMap<SymbolId, u32>,
    depth: u32,
    steps: u64,
    followed: u32,
    groups: u32,
    listeners: u32,
    order: u32,
    problems: BTreeSet<&'static str>,
    facts: ScriptFacts,
    nested: Vec<Nested>,
}

impl Ctx {
    /// All conditions in one text.
    pub(super) fn condition(&self, source: &str) -> Option<String> {
        let texts: Vec<String> = self.conditions.iter().map(|c| c.text(source)).collect();
        (!texts.is_empty()).then(|| texts.join(" && "))
    }
}

impl<'a, 's> Walk<'a, 's> {
    pub(super) fn new(
        source: &'a str,
        interests: &'s Interests,
        env: &'s Env,
        scoping: &'s Scoping,
        kind: SourceKind,
        marks: Option<Vec<u32>>,
    ) -> Self {
        let mut store = Store::default();
        let scope = store.scope(Some(scoping.root_scope_id()), None);
        let base = if let SourceKind::Handler(trigger) = kind { trigger } else { Trigger::Load };
        Walk {
            source,
            interests,
            env,
            scoping,
            marks,
            module: kind == SourceKind::Module,
            store,
            globals: HashMap::new(),
            imported: HashMap::new(),
            defined: HashMap::new(),
            frames: Vec::new(),
            scope,
            ctx: Ctx { base, ..Ctx::default() },
            journal: Vec::new(),
            jobs: Default::default(),
            listened: HashSet::new(),
            elements: HashMap::new(),
            made: Vec::new(),
            ran: HashSet::new(),
            telling: HashSet::new(),
            blocked: Vec::new(),
            swept: HashMap::new(),
            fallen: Vec::new(),
            stub: None,
            deferred: false,
            initialised: HashSet::new(),
            write_counts: HashMap::new(),
            depth: 0,
            steps: 0,
            followed: 0,
            groups: 0,
            listeners: 0,
            order: 0,
            problems: BTreeSet::new(),
            facts: ScriptFacts::default(),
            nested: Vec::new(),
        }
    }

    /// Walks the whole program.
    pub(super) fn program(&mut self, program: &'a ast::Program<'a>) {
        for (name, function) in self.interests.chosen(self.env) {
            let function = self.path(function);
            self.globals.insert(Rc::from(name), function);
        }
        self.statements(&program.body);
        self.deferred = true;
        self.ctx.conditions.clear();
        self.ctx.branches.clear();
        let outer = self.ctx.clone();
        self.run_jobs();
        // What is known to be called goes first: a function that it calls then isn't taken for one that anybody may call.
        for id in self.made.clone() {
            if self.store.get_func(id).name.as_deref().is_some_and(calls_function) {
                self.ctx = outer.clone();
                self.sweep(id);
                self.run_jobs();
            }
        }
        let mut next = 0;
        while let Some(id) = self.made.get(next).copied() {
            next += 1;
            self.ctx = outer.clone();
            self.sweep(id);
            self.run_jobs();
        }
        self.export_globals();
        self.export_offers();
        self.facts.problems.extend(self.problems.iter().map(|p| (*p).to_owned()));
    }

    /// What was found, and the code in strings that is still to be read.
    pub(super) fn into_facts(mut self) -> (ScriptFacts, Vec<Nested>) {
        #[cfg(test)]
        STEPS.set(STEPS.get() + self.steps);
        if !self.fallen.is_empty() {
            drop_at(&mut self.facts.calls, self.fallen.iter().map(|said| &said.calls));
            drop_at(&mut self.facts.assigns, self.fallen.iter().map(|said| &said.assigns));
            drop_at(&mut self.facts.loads, self.fallen.iter().map(|said| &said.loads));
        }
        (self.facts, self.nested)
    }

    /// How much was said so far.
    fn said(&self) -> [usize; 3] {
        [self.facts.calls.len(), self.facts.assigns.len(), self.facts.loads.len()]
    }

    /// Counts one step of work; false once the budget is spent or the walk is too deep.
    fn enter(&mut self) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.problems.insert("script takes too long to read; the rest of it was left out");
            return false;
        }
        if self.depth >= MAX_DEPTH {
            self.problems.insert("script is nested too deeply; parts of it were left out");
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn text(&self, at: Span) -> Rc<str> {
        Rc::from(super::text::collapse(self.source, at).as_str())
    }

    fn next_group(&mut self) -> u32 {
        self.groups += 1;
        self.groups
    }
}

/// Drops the items at these places, which don't overlap.
fn drop_at<'r, T>(items: &mut Vec<T>, places: impl Iterator<Item = &'r Range<usize>>) {
    let mut kept = vec![true; items.len()];
    for place in places {
        kept.get_mut(place.clone()).unwrap_or_default().fill(false);
    }
    let mut kept = kept.into_iter();
    items.retain(|_| kept.next().unwrap_or(true));
}

/// Identity of a piece of code.
fn key(at: Span) -> u64 {
    u64::from(at.start) << 32 | u64::from(at.end)
}
