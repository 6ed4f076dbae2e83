//! Loops: every turn that the source decides, else one.

use oxc_ast::ast::{self, Statement};
use oxc_span::{GetSpan, Span};

use super::{Flow, MAX_TURNS, Walk};
use crate::script::value::{Truth, Val, truth};

impl<'a> Walk<'a, '_> {
    pub(super) fn for_statement(&mut self, s: &'a ast::ForStatement<'a>) -> Flow {
        let outer = self.scope;
        self.scope = self.store.scope(s.scope_id.get(), Some(outer));
        match &s.init {
            Some(ast::ForStatementInit::VariableDeclaration(d)) => self.variables(d),
            Some(init) => {
                if let Some(e) = init.as_expression() {
                    self.eval(e);
                }
            }
            None => {}
        }
        let flow = self.turns(s.test.as_ref(), s.update.as_ref(), &s.body, true);
        self.scope = outer;
        flow
    }

    /// Turns of a loop: all of them while the source decides its test, else one.
    pub(super) fn turns(
        &mut self,
        test: Option<&'a ast::Expression<'a>>,
        update: Option<&'a ast::Expression<'a>>,
        body: &'a Statement<'a>,
        test_first: bool,
    ) -> Flow {
        for turn in 0..MAX_TURNS {
            let decided = match test {
                Some(test) if test_first || turn > 0 => {
                    let value = self.eval(test);
                    truth(&value)
                }
                Some(_) => Truth::Yes,
                None => Truth::Open,
            };
            match decided {
                Truth::No => return Flow::Next,
                Truth::Yes => {}
                _ if turn > 0 => return Flow::Next,
                _ => {
                    self.open_turn(body);
                    if let Some(update) = update {
                        self.eval(update);
                    }
                    return Flow::Next;
                }
            }
            let conditions = self.ctx.conditions.len();
            let flow = self.statement(body);
            self.ctx.conditions.truncate(conditions);
            match flow {
                Flow::Break => return Flow::Next,
                Flow::Return => return flow,
                Flow::Next | Flow::Continue => {}
            }
            if let Some(update) = update {
                self.next_turn_scope();
                self.eval(update);
            }
        }
        Flow::Next
    }

    /// Every turn has its own `let` variables, for functions made in it.
    fn next_turn_scope(&mut self) {
        let here = &self.store.scopes[self.scope as usize];
        if here.vars.is_empty() {
            return;
        }
        let (id, parent, vars) = (here.id, here.parent, here.vars.clone());
        if self.frames.last().is_some_and(|f| f.function_scope == id) {
            return;
        }
        self.scope = self.store.scope(id, parent);
        self.store.scopes[self.scope as usize].vars = vars;
    }

    /// One turn of a loop that nobody knows how often runs.
    fn open_turn(&mut self, body: &'a Statement<'a>) {
        let conditions = self.ctx.conditions.len();
        let branches = self.ctx.branches.len();
        self.open_journal();
        self.statement(body);
        let undone = self.roll_back();
        self.ctx.conditions.truncate(conditions);
        self.ctx.branches.truncate(branches);
        self.forget(undone, body.span());
    }

    pub(super) fn each_turn(
        &mut self,
        left: &'a ast::ForStatementLeft<'a>,
        values: Option<Vec<Val>>,
        body: &'a Statement<'a>,
        scope: Option<oxc_syntax::scope::ScopeId>,
        at: Span,
    ) -> Flow {
        let outer = self.scope;
        let Some(values) = values else {
            self.scope = self.store.scope(scope, Some(outer));
            self.open_journal();
            self.bind_left(left, Val::unknown(at));
            self.statement(body);
            let undone = self.roll_back();
            self.scope = outer;
            self.forget(undone, at);
            return Flow::Next;
        };
        let mut result = Flow::Next;
        for value in values.into_iter().take(MAX_TURNS as usize) {
            self.scope = self.store.scope(scope, Some(outer));
            self.bind_left(left, value);
            let conditions = self.ctx.conditions.len();
            let flow = self.statement(body);
            self.ctx.conditions.truncate(conditions);
            self.scope = outer;
            match flow {
                Flow::Break => break,
                Flow::Return => {
                    result = flow;
                    break;
                }
                Flow::Next | Flow::Continue => {}
            }
        }
        result
    }

    fn bind_left(&mut self, left: &'a ast::ForStatementLeft<'a>, value: Val) {
        match left {
            ast::ForStatementLeft::VariableDeclaration(d) => {
                if let Some(declarator) = d.declarations.first() {
                    self.bind(&declarator.id, value, declarator.span);
                }
            }
            left => {
                if let Some(target) = left.as_assignment_target() {
                    self.assign_to(target, value, left.span());
                }
            }
        }
    }
}
