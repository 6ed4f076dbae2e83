//! From text to facts: guards, parsing on a thread with a deep stack, the walk, and what to do when parsing fails.

use std::{
    cell::Cell,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{SemanticBuilder, Stats};
use oxc_span::SourceType;
use pixelproof_model::Trigger;

use super::{
    Interests, ScriptFacts, SourceKind, Value, guard,
    interests::Mention,
    literals, relevance,
    run::{Ctx, Nested, Walk},
    salvage, text,
    value::Env,
};

/// Longest script that is parsed, in bytes.
const MAX_BYTES: usize = 8 << 20;
/// Longest beginning of a longer script that is searched for single calls, in bytes.
const MAX_SALVAGED_BYTES: usize = 8 << 20;
/// Deepest nesting that is parsed.
const MAX_NESTING: u32 = 20_000;
/// Stack for parsing and walking: enough for [`MAX_NESTING`]. Only pages touched count.
const STACK: usize = 256 << 20;
/// Deepest nesting of code in strings of code in strings.
const MAX_CODE_IN_CODE: u32 = 2;

/// Reads one script. `env` holds the constants of earlier scripts of the page. Cannot fail: what could not be read is
/// in the facts' `problems`.
pub fn read(text: &str, interests: &Interests, env: &BTreeMap<String, Value>, kind: SourceKind) -> ScriptFacts {
    let reading = Reading { interests, env, kind, level: 0 };
    interests.named_after(text, env).map(|mentions| reading.read(text, &mentions)).unwrap_or_default()
}

/// What a script is read for, and as what.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'r> {
    interests: &'r Interests,
    env: &'r Env,
    kind: SourceKind,
    /// Levels of code in strings around it.
    level: u32,
}

impl<'r> Reading<'r> {
    pub(crate) fn new(interests: &'r Interests, env: &'r Env, kind: SourceKind) -> Self {
        Reading { interests, env, kind, level: 0 }
    }

    /// Reads a script in which these are named.
    pub(crate) fn read(self, text: &str, mentions: &[Mention]) -> ScriptFacts {
        if text.len() > MAX_BYTES {
            let head = text.get(..text.floor_char_boundary(MAX_SALVAGED_BYTES)).unwrap_or_default();
            return deep(|| {
                let mut facts = ScriptFacts::default();
                let calls = self.salvaged(head, &mut facts);
                let problem = format!("script is larger than {} MB and was not parsed; {calls}", MAX_BYTES >> 20);
                facts.problems.push(problem);
                facts
            });
        }
        deep(|| self.read_here(text, mentions))
    }

    fn read_here(self, source: &str, mentions: &[Mention]) -> ScriptFacts {
        let cleaned = text::blank_markup(source);
        let found = cleaned.as_deref().map(|text| self.interests.all_mentions(text));
        let (text, mentions) = (cleaned.as_deref().unwrap_or(source), found.as_deref().unwrap_or(mentions));
        if is_too_deep(text) {
            let mut facts = ScriptFacts::default();
            let calls = self.salvaged(text, &mut facts);
            facts.problems.push(format!("script is nested too deeply and was not parsed; {calls}"));
            return facts;
        }
        if let Some(facts) = self.parsed(text, mentions) {
            return facts;
        }
        if let Some(filled) = text::blank_templates(text)
            && !is_too_deep(&filled)
            && let Some(mut facts) = self.parsed(&filled, &self.interests.all_mentions(&filled))
        {
            facts.problems.push("script holds marks of a template language that nobody filled in".into());
            return facts;
        }
        let mut facts = ScriptFacts::default();
        let calls = self.salvaged(text, &mut facts);
        facts.problems.push(format!("script has a syntax error; {calls}"));
        facts
    }

    /// Finds single calls in a text that can't be parsed as a whole; says how many.
    fn salvaged(self, text: &str, facts: &mut ScriptFacts) -> String {
        let reading = Reading { level: 0, ..self };
        for piece in salvage::pieces(text, self.interests) {
            let Some(code) = text.get(piece.clone()) else { continue };
            if is_too_deep(code) {
                continue;
            }
            let parsed = |code: &str| reading.parsed(code, &self.interests.all_mentions(code));
            if let Some(part) = parsed(code).or_else(|| salvage::shortened(code).iter().find_map(|code| parsed(code))) {
                salvage::merge(facts, part, u32::try_from(piece.start).unwrap_or(0));
            }
        }
        match facts.calls.len() {
            1 => "1 call recovered".into(),
            n => format!("{n} calls recovered"),
        }
    }

    /// Parses and walks; `None` if the parser gives up.
    fn parsed(self, text: &str, mentions: &[Mention]) -> Option<ScriptFacts> {
        let types = match self.kind {
            SourceKind::Module => [SourceType::mjs(), SourceType::cjs()],
            SourceKind::Script | SourceKind::Handler(_) => [SourceType::cjs(), SourceType::mjs()],
        };
        types.into_iter().find_map(|source_type| self.parsed_as(text, source_type, mentions))
    }

    fn parsed_as(self, text: &str, source_type: SourceType, mentions: &[Mention]) -> Option<ScriptFacts> {
        let arena = Arena::take();
        let allocator = &arena.0;
        let parsed = Parser::new(allocator, text, source_type).with_options(options()).parse();
        if parsed.panicked {
            return None;
        }
        let program = allocator.alloc(parsed.program);
        let scoping = SemanticBuilder::new().with_stats(likely(text)).build(program).semantic.into_scoping();
        let marks = relevance::marks(program, text, mentions, &scoping);
        let mut walk = Walk::new(text, self.interests, self.env, &scoping, self.kind, marks);
        walk.program(program);
        let (mut facts, nested) = walk.into_facts();
        facts.literals = literals::collect(program, mentions);
        if self.level < MAX_CODE_IN_CODE {
            for code in nested {
                self.read_nested(&mut facts, text, code);
            }
        }
        Some(facts)
    }

    /// Code in a string that the script runs stands where the string is run.
    fn read_nested(self, facts: &mut ScriptFacts, source: &str, nested: Nested) {
        let Nested { code, at, ctx } = nested;
        let env = facts.globals.clone();
        let reading = Reading { interests: self.interests, env: &env, kind: SourceKind::Script, level: self.level + 1 };
        let mut inner = reading.read_here(&code, &self.interests.all_mentions(&code));
        let span = (at.start, at.end);
        for call in &mut inner.calls {
            call.span = span;
            call.inner = None;
            within(&mut call.context, &ctx, source);
        }
        for assign in &mut inner.assigns {
            assign.span = span;
            within(&mut assign.context, &ctx, source);
        }
        for load in &mut inner.loads {
            load.span = span;
            within(&mut load.context, &ctx, source);
        }
        for written in &mut inner.written {
            written.at = at.start;
            within(&mut written.context, &ctx, source);
        }
        for literal in &mut inner.literals {
            literal.1 = at.start;
        }
        salvage::merge(facts, inner, 0);
    }
}

/// Reads several scripts of a page as one text. `None` where the whole of it can't be parsed.
pub(crate) fn read_together(text: &str, interests: &Interests, env: &Env) -> Option<ScriptFacts> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut whole = false;
    let facts = deep(|| {
        if is_too_deep(text) {
            return ScriptFacts::default();
        }
        let facts = Reading::new(interests, env, SourceKind::Script).parsed(text, &interests.all_mentions(text));
        whole = facts.is_some();
        facts.unwrap_or_default()
    });
    whole.then_some(facts)
}

/// Whether a script can be parsed as a part of a larger text.
pub(crate) fn is_sound(text: &str) -> bool {
    with_tree(text, |_| ()).is_some()
}

/// Works on a script's syntax tree, within the limits that hold for all scripts. `None` where it can't be parsed.
pub(crate) fn with_tree<T: Send>(text: &str, work: impl FnOnce(&oxc_ast::ast::Program<'_>) -> T + Send) -> Option<T> {
    if text.len() > MAX_BYTES || is_too_deep(text) {
        return None;
    }
    let read = || {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, SourceType::cjs()).with_options(options()).parse();
        (!parsed.panicked).then(|| work(&parsed.program))
    };
    on_deep_stack(read)?.ok().flatten()
}

thread_local! {
    /// This thread has a deep stack: whatever it reads needs no thread of its own.
    static IS_DEEP: Cell<bool> = const { Cell::new(false) };
}

/// Starts a thread with a deep stack, for whoever reads many pages or scripts: on it none of them needs a thread of its
/// own.
pub fn deep_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<std::thread::JoinHandle<T>> {
    let work = || {
        IS_DEEP.set(true);
        work()
    };
    std::thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(work)
}

/// Runs on a deep stack, on this thread where it has one: every script read in there shares it. `None` where no such
/// thread can be had.
pub(crate) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<std::thread::Result<T>> {
    if IS_DEEP.get() {
        return Some(catch_unwind(AssertUnwindSafe(work)));
    }
    std::thread::scope(|scope| {
        let work = || {
            IS_DEEP.set(true);
            work()
        };
        let thread = std::thread::Builder::new().name("script".into()).stack_size(STACK).spawn_scoped(scope, work);
        thread.ok().map(std::thread::ScopedJoinHandle::join)
    })
}

/// Runs on a deep stack. Where none can be had, or where reading crashes, that is what the facts say.
fn deep(work: impl FnOnce() -> ScriptFacts + Send) -> ScriptFacts {
    match on_deep_stack(work) {
        Some(Ok(facts)) => facts,
        Some(Err(_)) => failed("reading the script crashed"),
        None => failed("no memory to read the script"),
    }
}

fn failed(problem: &str) -> ScriptFacts {
    ScriptFacts { problems: vec![problem.into()], ..ScriptFacts::default() }
}

fn is_too_deep(text: &str) -> bool {
    guard::is_deeper(text, MAX_NESTING)
}

/// Memory for a syntax tree, handed from one script to the next: getting it anew costs as much as filling it.
struct Arena(Allocator);

/// Most bytes that are kept for the next script.
const MAX_KEPT: usize = 4 << 20;

thread_local! {
    static SPARE: Cell<Option<Allocator>> = const { Cell::new(None) };
}

impl Arena {
    /// What the script before left, or new. Code in strings is read while its script still needs its own.
    fn take() -> Arena {
        Arena(SPARE.take().unwrap_or_default())
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if self.0.capacity() <= MAX_KEPT {
            self.0.reset();
            SPARE.set(Some(std::mem::take(&mut self.0)));
        }
    }
}

fn options() -> ParseOptions {
    ParseOptions {
        allow_return_outside_function: true,
        parse_regular_expression: false,
        preserve_parens: false,
        ..ParseOptions::default()
    }
}

/// About as many names and scopes as code of this length has: room for them is made at once, where counting them would
/// take a walk of its own.
fn likely(text: &str) -> Stats {
    let one_in = |bytes: usize| u32::try_from(text.len() / bytes).unwrap_or(u32::MAX).saturating_add(1);
    Stats::new(0, one_in(48), one_in(32), one_in(8))
}

fn within(context: &mut super::Context, outer: &Ctx, source: &str) {
    if context.trigger == Trigger::Load {
        let conditional = outer.base == Trigger::Load && !outer.conditions.is_empty();
        context.trigger = if conditional { Trigger::Conditional } else { outer.base };
    }
    if context.condition.is_none() {
        context.condition = outer.condition(source);
    }
    context.branches.splice(0..0, outer.branches.iter().copied());
    context.branch = context.branches.last().copied();
    if context.function.is_none() {
        context.function = outer.function.as_deref().map(str::to_owned);
    }
}
