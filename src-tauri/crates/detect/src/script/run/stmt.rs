//! Statements in order of execution, and branches that the source doesn't decide.

use std::rc::Rc;

use oxc_ast::ast::{self, Statement};
use oxc_span::{GetSpan, Span};

use super::{Condition, Flow, Undo, Walk, choose::Way};
use crate::script::{
    LoadKind,
    interests::SHORTEST_TELLING,
    value::{Truth, Val, equal},
};

impl<'a> Walk<'a, '_> {
    /// Statements of one block. Function declarations come first.
    pub(super) fn statements(&mut self, statements: &'a [Statement<'a>]) -> Flow {
        for statement in statements {
            match statement {
                Statement::FunctionDeclaration(f) => self.hoist(f),
                Statement::ExportDeclaration(e) => {
                    if let ast::Declaration::FunctionDeclaration(f) = &e.declaration {
                        self.hoist(f);
                    }
                }
                _ => {}
            }
        }
        for statement in statements {
            let flow = self.statement(statement);
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    fn hoist(&mut self, function: &'a ast::Function<'a>) {
        let value = self.function(function);
        if let Some(id) = &function.id {
            self.declare(id, value, function.span);
        }
    }

    pub(super) fn statement(&mut self, statement: &'a Statement<'a>) -> Flow {
        if !self.enter() {
            return Flow::Next;
        }
        let flow = self.statement_inner(statement);
        self.leave();
        flow
    }

    fn statement_inner(&mut self, statement: &'a Statement<'a>) -> Flow {
        match statement {
            Statement::ExpressionStatement(s) => {
                self.eval(&s.expression);
            }
            Statement::VariableDeclaration(d) => self.variables(d),
            Statement::BlockStatement(b) => return self.statements(&b.body),
            Statement::IfStatement(s) => return self.if_statement(s),
            Statement::ReturnStatement(s) => {
                let value = s.argument.as_ref().map_or(Val::Undefined, |e| self.eval(e));
                self.return_value(value, s.span);
                return Flow::Return;
            }
            Statement::ThrowStatement(s) => {
                self.eval(&s.argument);
                return Flow::Return;
            }
            Statement::BreakStatement(_) => return Flow::Break,
            Statement::ContinueStatement(_) => return Flow::Continue,
            Statement::TryStatement(s) => return self.try_statement(s),
            Statement::SwitchStatement(s) => return self.switch_statement(s),
            Statement::LabeledStatement(s) => return self.statement(&s.body),
            Statement::WithStatement(s) => {
                self.eval(&s.object);
                return self.statement(&s.body);
            }
            Statement::ForStatement(s) => return self.for_statement(s),
            Statement::ForInStatement(s) => {
                let object = self.eval(&s.right);
                let keys = self.keys(&object);
                return self.each_turn(&s.left, keys, &s.body, s.scope_id.get(), s.right.span());
            }
            Statement::ForOfStatement(s) => {
                let object = self.eval(&s.right);
                let items = self.known_items(&object);
                return self.each_turn(&s.left, items, &s.body, s.scope_id.get(), s.right.span());
            }
            Statement::WhileStatement(s) => return self.turns(Some(&s.test), None, &s.body, true),
            Statement::DoWhileStatement(s) => return self.turns(Some(&s.test), None, &s.body, false),
            Statement::ClassDeclaration(c) => {
                let value = self.class(c);
                if let Some(id) = &c.id {
                    self.declare(id, value, c.span);
                }
            }
            _ => self.module_statement(statement),
        }
        Flow::Next
    }

    fn module_statement(&mut self, statement: &'a Statement<'a>) {
        match statement {
            Statement::ImportDeclaration(i) => {
                let url = Val::str(&i.source.value);
                self.report_load(&url, LoadKind::Script, i.span);
            }
            Statement::ExportDeclaration(e) => match &e.declaration {
                ast::Declaration::VariableDeclaration(d) => self.variables(d),
                ast::Declaration::ClassDeclaration(c) => {
                    let value = self.class(c);
                    if let Some(id) = &c.id {
                        self.declare(id, value, c.span);
                    }
                }
                _ => {}
            },
            Statement::ExportDefaultDeclaration(e) => match &e.declaration {
                ast::ExportDefaultDeclarationKind::FunctionDeclaration(f) => {
                    self.hoist(f);
                }
                ast::ExportDefaultDeclarationKind::ClassDeclaration(c) => {
                    self.class(c);
                }
                other => {
                    if let Some(e) = other.as_expression() {
                        self.eval(e);
                    }
                }
            },
            _ => {}
        }
    }

    pub(super) fn variables(&mut self, declaration: &'a ast::VariableDeclaration<'a>) {
        for declarator in &declaration.declarations {
            match &declarator.init {
                Some(init) => {
                    let value = self.eval(init);
                    let value = self.unless_itself(value, &declarator.id, init);
                    let value = self.unless_meant(value, &declarator.id, init);
                    if let ast::BindingPattern::BindingIdentifier(id) = &declarator.id
                        && let Some(symbol) = id.symbol_id.get()
                    {
                        self.initialised.insert(symbol);
                    }
                    self.bind(&declarator.id, value, declarator.span);
                }
                None => {
                    if let ast::BindingPattern::BindingIdentifier(id) = &declarator.id {
                        self.declare_empty(id, declarator.span);
                    }
                }
            }
        }
    }

    /// `var x = x || {}` (or `window.x || {}`): the value is the second, where nothing is known of the first.
    fn unless_itself(&mut self, value: Val, id: &ast::BindingPattern<'a>, init: &'a ast::Expression<'a>) -> Val {
        let ast::BindingPattern::BindingIdentifier(id) = id else { return value };
        let ast::Expression::LogicalExpression(l) = init else { return value };
        let left = self.text(l.left.span());
        let same = *left == *id.name || left.strip_prefix("window.") == Some(&*id.name);
        if same && matches!(value, Val::Unknown { .. }) && !self.interests.is_root(&id.name) {
            return self.fresh(&l.right).unwrap_or(value);
        }
        value
    }

    /// A snippet that was put into a function makes its queue a variable of that (`var _gaq = _gaq || []`), and whoever put
    /// it there means the global one.
    fn unless_meant(&mut self, value: Val, id: &ast::BindingPattern<'a>, init: &'a ast::Expression<'a>) -> Val {
        let (ast::BindingPattern::BindingIdentifier(id), ast::Expression::LogicalExpression(l)) = (id, init) else {
            return value;
        };
        let is_queue = matches!(&l.left, ast::Expression::Identifier(left) if left.name == id.name)
            && matches!(&l.right, ast::Expression::ArrayExpression(list) if list.elements.is_empty());
        let telling = id.name.len() >= SHORTEST_TELLING && self.interests.is_root(&id.name);
        if is_queue && telling && !id.symbol_id.get().is_some_and(|symbol| self.is_global(symbol)) {
            return self.path(&id.name);
        }
        value
    }

    /// `var x;` makes `x` undefined, unless it has a value already.
    fn declare_empty(&mut self, id: &ast::BindingIdentifier<'a>, at: Span) {
        let Some(symbol) = id.symbol_id.get() else { return };
        if self.is_global(symbol) {
            if !self.globals.contains_key(&*id.name)
                && !self.interests.is_root(&id.name)
                && !self.env.contains_key(&*id.name)
            {
                self.set_global(&id.name, Val::Undefined, at);
            }
        } else if self.store.find(self.scope, symbol).is_none() {
            self.set_local(symbol, Val::Undefined);
        }
    }

    fn if_statement(&mut self, s: &'a ast::IfStatement<'a>) -> Flow {
        let test = self.eval(&s.test);
        match self.verdict(&s.test, &test) {
            Truth::Yes => self.statement(&s.consequent),
            Truth::No => s.alternate.as_ref().map_or(Flow::Next, |alternate| self.statement(alternate)),
            Truth::Guard => {
                let group = s.alternate.is_some().then(|| self.next_group());
                self.guarded(group.map(|g| (g, 0)), &s.consequent);
                if let Some(alternate) = &s.alternate {
                    self.guarded(group.map(|g| (g, 1)), alternate);
                }
                Flow::Next
            }
            Truth::Open => self.open_if(s),
        }
    }

    /// A branch behind an existence test: taken for granted, whichever it is, and what it returns is not.
    fn guarded(&mut self, branch: Option<(u32, u32)>, statement: &'a Statement<'a>) {
        let branches = self.ctx.branches.len();
        let conditions = self.ctx.conditions.len();
        self.ctx.branches.extend(branch);
        self.statement(statement);
        self.ctx.branches.truncate(branches);
        self.ctx.conditions.truncate(conditions);
    }

    fn open_if(&mut self, s: &'a ast::IfStatement<'a>) -> Flow {
        let group = self.next_group();
        let (holds, fails) = self.conditions(&s.test);
        let (undone, first) = self.branch(holds.clone(), (group, 0), |w| w.statement(&s.consequent));
        let taken = Way { undone, branch: (group, 0), condition: Some(holds.clone()), flow: first };
        let (undone, second) = match &s.alternate {
            Some(alternate) => self.branch(fails.clone(), (group, 1), |w| w.statement(alternate)),
            None => (Vec::new(), Flow::Next),
        };
        let other = Way { undone, branch: (group, 1), condition: Some(fails.clone()), flow: second };
        self.merge(vec![taken, other], s.span);
        match (first, second) {
            (Flow::Next, Flow::Next) => Flow::Next,
            (Flow::Next, _) => {
                self.ctx.conditions.push(holds);
                Flow::Next
            }
            (_, Flow::Next) => {
                self.ctx.conditions.push(fails);
                self.ctx.branches.push((group, 1));
                Flow::Next
            }
            (first, _) => first,
        }
    }

    /// Walks one alternative; what it wrote is taken back.
    pub(super) fn branch<T>(
        &mut self,
        condition: Condition,
        branch: (u32, u32),
        walk: impl FnOnce(&mut Self) -> T,
    ) -> (Vec<Undo>, T) {
        let branches = self.ctx.branches.len();
        let conditions = self.ctx.conditions.len();
        self.ctx.branches.push(branch);
        self.ctx.conditions.push(condition);
        self.open_journal();
        let result = walk(self);
        let undone = self.roll_back();
        self.ctx.branches.truncate(branches);
        // A `return` under a further condition makes what follows depend on it too.
        if self.ctx.conditions.len() > conditions {
            self.ctx.conditions.remove(conditions);
        }
        (undone, result)
    }

    fn try_statement(&mut self, s: &'a ast::TryStatement<'a>) -> Flow {
        let mut flow = self.statements(&s.block.body);
        if let Some(handler) = &s.handler {
            let group = self.next_group();
            let (undone, _) =
                self.branch(Condition::Text(Rc::from("catch")), (group, 0), |w| w.statements(&handler.body.body));
            self.forget(undone, s.span);
        }
        if let Some(finalizer) = &s.finalizer {
            let last = self.statements(&finalizer.body);
            if last != Flow::Next {
                flow = last;
            }
        }
        flow
    }

    fn switch_statement(&mut self, s: &'a ast::SwitchStatement<'a>) -> Flow {
        let value = self.eval(&s.discriminant);
        let tests: Vec<Option<Val>> = s.cases.iter().map(|c| c.test.as_ref().map(|t| self.eval(t))).collect();
        let decided: Vec<Option<bool>> =
            tests.iter().map(|t| t.as_ref().map_or(Some(false), |t| equal(&value, t, false))).collect();
        if decided.iter().all(Option::is_some) {
            let start =
                decided.iter().position(|d| *d == Some(true)).or_else(|| tests.iter().position(Option::is_none));
            return self.known_switch(s, start);
        }
        let group = self.next_group();
        let subject = self.text(s.discriminant.span());
        let mut ways = Vec::new();
        let mut labels: Vec<String> = Vec::new();
        for (number, case) in s.cases.iter().enumerate() {
            labels.push(match &case.test {
                Some(test) => format!("{subject} === {}", self.text(test.span())),
                None => format!("{subject} is another"),
            });
            if case.consequent.is_empty() {
                continue;
            }
            let condition = Condition::Text(Rc::from(std::mem::take(&mut labels).join(" || ").as_str()));
            let branch = (group, u32::try_from(number).unwrap_or(u32::MAX));
            let (undone, flow) = self.branch(condition.clone(), branch, |w| w.statements(&case.consequent));
            // Leaving the case is going on behind the switch.
            let flow = if flow == Flow::Break { Flow::Next } else { flow };
            ways.push(Way { undone, branch, condition: Some(condition), flow });
        }
        if tests.iter().all(Option::is_some) {
            let condition = Some(Condition::Text(Rc::from(format!("{subject} is another").as_str())));
            ways.push(Way { undone: Vec::new(), branch: (group, u32::MAX), condition, flow: Flow::Next });
        }
        self.merge(ways, s.span);
        Flow::Next
    }

    fn known_switch(&mut self, s: &'a ast::SwitchStatement<'a>, start: Option<usize>) -> Flow {
        let Some(start) = start else { return Flow::Next };
        for case in s.cases.iter().skip(start) {
            match self.statements(&case.consequent) {
                Flow::Next => {}
                Flow::Break => return Flow::Next,
                flow => return flow,
            }
        }
        Flow::Next
    }
}
