//! Functions: making them, following calls of them, and walking those that nobody calls.

use std::rc::Rc;

use oxc_ast::ast;
use oxc_span::{GetSpan, Span};
use oxc_syntax::symbol::SymbolId;
use pixelproof_model::Trigger;

use super::{Frame, MAX_FOLLOWED, MAX_STACK, Said, Walk, Wrapper, expr::ITEMS_A_STEP, key};
use crate::script::{
    interests::SHORTEST_TELLING,
    record::Record,
    relevance,
    store::{Code, Func},
    value::{Val, equal},
};

/// Functions up to this many bytes are followed even where nothing in them is of interest: they may give a constant.
const SHORT: u32 = 400;

/// How often a function may be on the stack of followed calls.
const MAX_RECURSION: u32 = 8;

/// How a call was written.
pub(super) struct Invocation {
    pub(super) this: Val,
    pub(super) args: Vec<Val>,
    /// Further arguments may come.
    pub(super) open: bool,
    /// The call, where it names the function (so that it may be a wrapper).
    pub(super) site: Option<Span>,
}

impl<'a> Walk<'a, '_> {
    pub(super) fn function(&mut self, f: &'a ast::Function<'a>) -> Val {
        let name = f.id.as_ref().map(|id| Rc::from(id.name.as_str()));
        let value = self.make(Code::Function(f), Val::unknown(f.span), name);
        if let (Some(id), ast::FunctionType::FunctionExpression, Val::Func(func)) = (&f.id, f.r#type, &value)
            && let Some(symbol) = id.symbol_id.get()
        {
            // The function's own name is known inside it alone.
            let scope = self.store.scope(f.scope_id.get(), Some(self.scope));
            self.store.scopes[scope as usize].vars.set(symbol, value.clone());
            self.store.funcs[*func as usize].scope = scope;
        }
        value
    }

    pub(super) fn arrow(&mut self, f: &'a ast::ArrowFunctionExpression<'a>) -> Val {
        let this = self.frames.last().map_or(Val::Window, |frame| frame.this.clone());
        self.make(Code::Arrow(f), this, None)
    }

    fn make(&mut self, code: Code<'a>, this: Val, name: Option<Rc<str>>) -> Val {
        let func = Func {
            code,
            scope: self.scope,
            this,
            bound: None,
            props: Record::default(),
            defines: self.stub.clone(),
            name,
        };
        let value = self.store.func(func);
        if let Val::Func(id) = value {
            self.made.push(id);
        }
        value
    }

    pub(super) fn bound(&mut self, target: Val, this: Val, args: Vec<Val>) -> Val {
        self.store.func(Func {
            code: Code::Bound,
            scope: self.scope,
            this,
            bound: Some((target, args)),
            props: Record::default(),
            defines: None,
            name: None,
        })
    }

    /// A class: its methods are functions that somebody may call.
    pub(super) fn class(&mut self, c: &'a ast::Class<'a>) -> Val {
        if let Some(heritage) = &c.heritage {
            self.eval(&heritage.expression);
        }
        let name = c.id.as_ref().map(|id| Rc::from(id.name.as_str()));
        let value = self.make(Code::Class(c), Val::unknown(c.span), name);
        let Val::Func(id) = value else { return value };
        let mut prototype = Record::default();
        for element in &c.body.body {
            match element {
                ast::ClassElement::MethodDefinition(m) => {
                    let method = self.function(&m.value);
                    if let Some(name) = self.property_key(&m.key) {
                        self.name_function(&method, &name);
                        if m.r#static {
                            self.store.funcs[id as usize].props.set(&name, method);
                        } else if m.kind == ast::MethodDefinitionKind::Method {
                            prototype.set(&name, method);
                        }
                    }
                }
                ast::ClassElement::PropertyDefinition(p) => {
                    let value = p.value.as_ref().map_or(Val::Undefined, |e| self.eval(e));
                    if let Some(name) = self.property_key(&p.key) {
                        self.name_function(&value, &name);
                        if p.r#static {
                            self.store.funcs[id as usize].props.set(&name, value);
                        } else {
                            prototype.set(&name, value);
                        }
                    }
                }
                ast::ClassElement::StaticBlock(b) => {
                    self.statements(&b.body);
                }
                _ => {}
            }
        }
        let prototype = self.store.record(prototype);
        self.store.funcs[id as usize].props.set("prototype", prototype);
        value
    }

    /// `new F(…)` of a function of the script.
    pub(super) fn instance(&mut self, id: u32, args: Vec<Val>, site: Span) -> Val {
        let mut record = match self.store.get_func(id).props.get("prototype") {
            Some(Val::Record(prototype)) => self.store.get_record(*prototype).copy(),
            _ => Record::default(),
        };
        self.steps += (record.len() / ITEMS_A_STEP) as u64;
        record.open = true;
        let this = self.store.record(record);
        self.invoke(id, Invocation { this: this.clone(), args, open: false, site: Some(site) });
        this
    }

    /// Follows a call of one of the script's functions.
    pub(super) fn invoke(&mut self, id: u32, call: Invocation) -> Val {
        let func = self.store.get_func(id);
        let (code, scope) = (func.code, func.scope);
        let this = if matches!(code, Code::Arrow(_)) { func.this.clone() } else { call.this };
        let Some(body) = Body::of(code) else { return Val::Undefined };
        let at = body.at;
        let key = key(at);
        let running = self.is_running(key, call.args.first()) || self.blocked.contains(&key);
        if running || self.frames.len() >= MAX_STACK || self.followed >= MAX_FOLLOWED || !self.enter() {
            return Val::unknown(call.site.unwrap_or(at));
        }
        if !self.is_relevant(at) && at.size() > SHORT && !call.args.iter().any(|a| self.is_telling(a)) {
            self.leave();
            return Val::unknown(call.site.unwrap_or(at));
        }
        self.followed += 1;
        self.fallen.extend(self.swept.remove(&key));
        self.steps += (call.args.len() / ITEMS_A_STEP) as u64;
        self.ran.insert(key);
        let scope = self.store.scope(body.scope, Some(scope));
        let outer_scope = std::mem::replace(&mut self.scope, scope);
        let parent = self.frames.last().and_then(|f| f.wrapper.clone());
        let wrapper = match call.site {
            Some(site) => Some(Rc::new(Wrapper { params: body.params(), site, parent })),
            None => parent,
        };
        let arguments = self.store.arguments(call.args.clone(), call.open);
        let conditions = self.ctx.conditions.len();
        let branches = self.ctx.branches.len();
        self.frames.push(Frame {
            key,
            this,
            arguments,
            function_scope: body.scope,
            wrapper,
            returned: None,
            conditions,
        });
        self.bind_params(body.params, call.args, call.open);
        let result = self.run_body(&body);
        self.frames.pop();
        self.ctx.conditions.truncate(conditions);
        self.ctx.branches.truncate(branches);
        self.scope = outer_scope;
        self.leave();
        match result {
            Some(Val::Unknown { bound: false, .. }) => Val::unknown(call.site.unwrap_or(at)),
            Some(value) => value,
            None => Val::Undefined,
        }
    }

    /// Whether a call repeats one that is being walked. A function that is given another constant each time, as the
    /// loader of a bundle's modules is, does something else.
    fn is_running(&self, key: u64, first: Option<&Val>) -> bool {
        let mut running = self.frames.iter().filter(|f| f.key == key).peekable();
        if running.peek().is_none() {
            return false;
        }
        let Some(first) = first.filter(|v| matches!(v, Val::Str(_) | Val::Num(_))) else { return true };
        let same = |frame: &Frame| match &frame.arguments {
            Val::List(id) => {
                let given = self.store.get_list(*id).items.first();
                given.is_none_or(|given| equal(given, first, false) != Some(false))
            }
            _ => true,
        };
        let mut count = 0;
        running.any(|frame| {
            count += 1;
            count > MAX_RECURSION || same(frame)
        })
    }

    /// Whether walking this code can lead to anything of interest.
    fn is_relevant(&self, at: Span) -> bool {
        self.marks.as_ref().is_none_or(|marks| relevance::holds(marks, at))
    }

    /// Whether an argument makes the function that gets it relevant.
    fn is_telling(&self, argument: &Val) -> bool {
        match argument {
            Val::Path(_) | Val::Window => true,
            Val::Str(text) | Val::Head(text, _) => self.interests.in_literal(text),
            Val::Func(id) => Body::of(self.store.get_func(*id).code).is_some_and(|b| self.is_relevant(b.at)),
            _ => false,
        }
    }

    fn run_body(&mut self, body: &Body<'a>) -> Option<Val> {
        match body.code {
            BodyCode::Expression(e) => Some(self.eval(e)),
            BodyCode::Statements(statements) => {
                self.statements(statements);
                let value = self.frames.last_mut().and_then(|f| f.returned.take());
                if body.is_async { value.filter(Val::is_primitive).or(Some(Val::unknown(body.at))) } else { value }
            }
        }
    }

    fn bind_params(&mut self, params: &'a ast::FormalParameters<'a>, args: Vec<Val>, open: bool) {
        let mut args = args.into_iter();
        for param in &params.items {
            let given = match args.next() {
                Some(Val::Unknown { at, .. }) => Val::Unknown { at, bound: !open },
                Some(value) => value,
                None if open => Val::unknown(param.span),
                None => Val::Undefined,
            };
            let value = match (&given, &param.initializer) {
                (Val::Undefined, Some(initializer)) => self.eval(initializer),
                (Val::Unknown { .. }, None) if open => self.named_after(&param.pattern).unwrap_or(given),
                _ => given,
            };
            match &param.pattern {
                ast::BindingPattern::BindingIdentifier(id) => {
                    if let Some(symbol) = id.symbol_id.get() {
                        self.set_own(symbol, value);
                    }
                }
                pattern => self.bind(pattern, value, param.span),
            }
        }
        if let Some(rest) = &params.rest {
            let items: Vec<Val> = args.collect();
            let list = self.store.list(items, open);
            self.bind(&rest.rest.argument, list, rest.span);
        }
    }

    /// A library hands itself to the callbacks it is given; there a parameter that nobody passes is named after it.
    fn named_after(&mut self, pattern: &ast::BindingPattern<'a>) -> Option<Val> {
        let ast::BindingPattern::BindingIdentifier(id) = pattern else { return None };
        let telling = id.name.len() >= SHORTEST_TELLING && self.interests.is_root(&id.name);
        telling.then(|| self.path(&id.name))
    }

    pub(super) fn return_value(&mut self, value: Val, at: Span) {
        let conditional = self.frames.last().is_some_and(|f| self.ctx.conditions.len() > f.conditions);
        let Some(frame) = self.frames.last_mut() else { return };
        frame.returned = match frame.returned.take() {
            None if !conditional => Some(value),
            None if matches!(value, Val::Undefined) => None,
            _ => Some(Val::unknown(at)),
        };
    }

    /// Walks a function that nobody called: somebody else may.
    pub(super) fn sweep(&mut self, id: u32) {
        let func = self.store.get_func(id);
        let Some(body) = Body::of(func.code) else { return };
        if self.ran.contains(&key(body.at)) || !self.is_relevant(body.at) {
            return;
        }
        self.ctx.function = func.name.as_deref().map(Rc::from);
        if self.ctx.base == Trigger::Load {
            self.ctx.base = Trigger::Unknown;
        }
        let this = func.this.clone();
        self.stub = func.defines.clone();
        let [calls, assigns, loads] = self.said();
        self.invoke(id, Invocation { this, args: Vec::new(), open: true, site: None });
        self.stub = None;
        let [to_calls, to_assigns, to_loads] = self.said();
        if [calls, assigns, loads] != [to_calls, to_assigns, to_loads] {
            let said = Said { calls: calls..to_calls, assigns: assigns..to_assigns, loads: loads..to_loads };
            self.swept.insert(key(body.at), said);
        }
    }
}

/// The code of a function in one shape.
struct Body<'a> {
    at: Span,
    scope: Option<oxc_syntax::scope::ScopeId>,
    params: &'a ast::FormalParameters<'a>,
    code: BodyCode<'a>,
    is_async: bool,
}

enum BodyCode<'a> {
    Expression(&'a ast::Expression<'a>),
    Statements(&'a [ast::Statement<'a>]),
}

impl<'a> Body<'a> {
    fn of(code: Code<'a>) -> Option<Self> {
        match code {
            Code::Function(f) => Some(Body {
                at: f.span,
                scope: f.scope_id.get(),
                params: &f.params,
                code: BodyCode::Statements(&f.body.as_ref()?.statements),
                is_async: f.r#async,
            }),
            Code::Arrow(f) => Some(Body {
                at: f.span,
                scope: f.scope_id.get(),
                params: &f.params,
                code: match &f.body {
                    ast::ArrowFunctionBody::FunctionBody(b) => BodyCode::Statements(&b.statements),
                    body => BodyCode::Expression(body.as_expression()?),
                },
                is_async: f.r#async,
            }),
            Code::Class(c) => c.body.body.iter().find_map(|element| match element {
                ast::ClassElement::MethodDefinition(m) if m.kind == ast::MethodDefinitionKind::Constructor => {
                    Body::of(Code::Function(&m.value))
                }
                _ => None,
            }),
            Code::Bound => None,
        }
    }

    fn params(&self) -> Vec<SymbolId> {
        let rest = self.params.rest.as_ref().map(|r| &r.rest.argument);
        self.params.items.iter().map(|p| &p.pattern).chain(rest).flat_map(names).collect()
    }
}

/// The variables that a pattern binds, of the common shapes.
fn names(pattern: &ast::BindingPattern<'_>) -> Vec<SymbolId> {
    match pattern {
        ast::BindingPattern::BindingIdentifier(id) => id.symbol_id.get().into_iter().collect(),
        ast::BindingPattern::AssignmentPattern(p) => names(&p.left),
        ast::BindingPattern::ObjectPattern(p) => p.properties.iter().flat_map(|p| names(&p.value)).collect(),
        ast::BindingPattern::ArrayPattern(p) => p.elements.iter().flatten().flat_map(names).collect(),
    }
}

/// The code's place, for its identity.
pub(super) fn code_key(code: Code<'_>) -> Option<u64> {
    Body::of(code).map(|b| key(b.at.span()))
}
