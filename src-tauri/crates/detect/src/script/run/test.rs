//! What a test of a branch asks: a variable stands for the expression that it holds, and a function of the script for what
//! it returns.

use oxc_ast::ast::{self, Expression};
use oxc_span::{GetSpan, Span};

use super::{Condition, Walk};
use crate::{
    consent::asks_consent,
    script::{
        store::Code,
        value::{Truth, Val},
    },
};

impl<'a> Walk<'a, '_> {
    /// A test as the condition that it holds, and as the one that it fails.
    pub(super) fn conditions(&mut self, test: &'a Expression<'a>) -> (Condition, Condition) {
        let (mut inner, mut negated) = (test.get_inner_expression(), false);
        while let Expression::UnaryExpression(u) = inner
            && u.operator == ast::UnaryOperator::LogicalNot
        {
            (inner, negated) = (u.argument.get_inner_expression(), !negated);
        }
        let asked = match inner {
            Expression::Identifier(id) => self.held(id),
            Expression::CallExpression(call) => self.answered(call),
            _ => None,
        };
        match (asked, negated) {
            (None, _) => (Condition::Is(test.span()), Condition::Not(test.span())),
            (Some(at), false) => (Condition::Is(at), Condition::Not(at)),
            (Some(at), true) => (Condition::Not(at), Condition::Is(at)),
        }
    }

    /// Whether a test holds. What asks for consent is no question of whether something exists.
    pub(super) fn verdict(&self, test: &Expression<'a>, value: &Val) -> Truth {
        let decided = self.truth_of(value);
        let asks = || matches!(value, Val::Path(_) | Val::Guard) && asks_consent(&self.text(test.span()));
        if decided == Truth::Guard && asks() { Truth::Open } else { decided }
    }

    /// The expression that a variable was given, where its value isn't known.
    fn held(&mut self, id: &'a ast::IdentifierReference<'a>) -> Option<Span> {
        let value = match self.symbol(id) {
            Some(symbol) if !self.is_global(symbol) => {
                let (scope, index) = self.store.find(self.scope, symbol)?;
                self.store.scopes.get(scope as usize)?.vars.at(index)
            }
            _ => self.globals.get(&*id.name)?,
        };
        match value {
            Val::Unknown { at, .. } if !at.is_empty() => Some(*at),
            Val::OneOf(id) => Some(self.store.get_choice(*id).at),
            _ => None,
        }
    }

    /// The expression that a function of the script returns, where it does nothing else.
    fn answered(&mut self, call: &'a ast::CallExpression<'a>) -> Option<Span> {
        let Expression::Identifier(id) = &call.callee else { return None };
        let Val::Func(id) = self.identifier(id) else { return None };
        match self.store.get_func(id).code {
            Code::Function(f) => returned(&f.body.as_ref()?.statements),
            Code::Arrow(f) => match &f.body {
                ast::ArrowFunctionBody::FunctionBody(body) => returned(&body.statements),
                body => Some(body.as_expression()?.span()),
            },
            _ => None,
        }
    }
}

fn returned(body: &[ast::Statement<'_>]) -> Option<Span> {
    match body {
        [ast::Statement::ReturnStatement(only)] => Some(only.argument.as_ref()?.span()),
        _ => None,
    }
}
