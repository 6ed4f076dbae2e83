//! Operators.

use std::rc::Rc;

use oxc_ast::ast::{self, BinaryOperator, Expression, UnaryOperator};
use oxc_span::Span;

use super::Walk;
use crate::script::value::{Truth, Val, add, equal};

impl<'a> Walk<'a, '_> {
    /// `a + b + c + …` leans to the left as deep as it is long: walked without recursion.
    pub(super) fn binary_chain(&mut self, e: &'a Expression<'a>) -> Val {
        let mut spine = Vec::new();
        let mut at = e;
        while let Expression::BinaryExpression(b) = at {
            spine.push(&**b);
            at = &b.left;
        }
        let mut value = self.eval(at);
        for b in spine.into_iter().rev() {
            let right = self.eval(&b.right);
            value = self.binary(b.operator, &value, &right, b.span);
        }
        value
    }

    pub(super) fn binary(&mut self, operator: BinaryOperator, left: &Val, right: &Val, at: Span) -> Val {
        use BinaryOperator as B;
        let asks = |v: &Val| matches!(v, Val::Guard | Val::Path(_));
        let outcome = match operator {
            B::Addition => return self.joined(left, right, at),
            B::In => return self.is_in(left, right, at),
            B::Equality | B::Inequality | B::StrictEquality | B::StrictInequality | B::Instanceof
                if asks(left) || asks(right) =>
            {
                return Val::Guard;
            }
            B::Equality => equal(left, right, true),
            B::Inequality => equal(left, right, true).map(|b| !b),
            B::StrictEquality => equal(left, right, false),
            B::StrictInequality => equal(left, right, false).map(|b| !b),
            _ => return arithmetic(operator, left, right).unwrap_or(Val::unknown(at)),
        };
        outcome.map_or(Val::unknown(at), Val::Bool)
    }

    fn is_in(&mut self, left: &Val, right: &Val, at: Span) -> Val {
        match (left, right) {
            (Val::Str(_), Val::Window | Val::Native(_) | Val::Path(_)) => Val::Guard,
            (Val::Str(key), Val::Record(id)) if self.store.get_record(*id).get(key).is_some() => Val::Bool(true),
            _ => Val::unknown(at),
        }
    }

    pub(super) fn unary(&mut self, u: &'a ast::UnaryExpression<'a>) -> Val {
        let value = self.eval(&u.argument);
        match u.operator {
            UnaryOperator::LogicalNot => match self.truth_of(&value) {
                Truth::Yes => Val::Bool(false),
                Truth::No => Val::Bool(true),
                Truth::Guard => Val::Guard,
                Truth::Open => Val::unknown(u.span),
            },
            UnaryOperator::Void => Val::Undefined,
            UnaryOperator::UnaryNegation => value.number().map_or(Val::unknown(u.span), |n| Val::Num(-n)),
            UnaryOperator::UnaryPlus => value.number().map_or(Val::unknown(u.span), Val::Num),
            UnaryOperator::Typeof => self.type_of(&value, u),
            _ => Val::unknown(u.span),
        }
    }

    fn type_of(&mut self, value: &Val, u: &'a ast::UnaryExpression<'a>) -> Val {
        let name = match value {
            Val::Undefined => "undefined",
            Val::Null | Val::List(_) | Val::Record(_) | Val::Element(_) | Val::Window => "object",
            Val::Bool(_) => "boolean",
            Val::Num(_) => "number",
            Val::Str(_) | Val::Head(..) => "string",
            Val::Func(_) => "function",
            Val::Path(_) | Val::Native(_) | Val::Guard => return Val::Guard,
            Val::OneOf(_) => return Val::unknown(u.span),
            Val::Unknown { .. } => {
                // What kind of thing an unknown global is asks whether it exists.
                let global = match &u.argument {
                    Expression::Identifier(id) => self.symbol(id).is_none_or(|s| self.is_global(s)),
                    e => e.as_member_expression().is_some_and(|m| match m.object() {
                        Expression::Identifier(id) => {
                            self.symbol(id).is_none() && matches!(self.global(&id.name, id.span), Val::Window)
                        }
                        _ => false,
                    }),
                };
                return if global { Val::Guard } else { Val::unknown(u.span) };
            }
        };
        Val::str(name)
    }

    pub(super) fn update(&mut self, u: &'a ast::UpdateExpression<'a>) -> Val {
        use ast::SimpleAssignmentTarget as T;
        let old = match &u.argument {
            T::AssignmentTargetIdentifier(id) => self.identifier(id),
            target => match target.as_member_expression() {
                Some(m) => self.member_expression(m),
                None => Val::unknown(u.span),
            },
        };
        let step = if u.operator == ast::UpdateOperator::Increment { 1.0 } else { -1.0 };
        let new = match &old {
            Val::Num(n) => Val::Num(n + step),
            _ => Val::unknown(u.span),
        };
        match &u.argument {
            T::AssignmentTargetIdentifier(id) => match self.symbol(id) {
                Some(symbol) if !self.is_global(symbol) => self.set_local(symbol, new.clone()),
                _ if self.interests.is_root(&id.name) => {}
                _ => self.set_global(&id.name, new.clone(), u.span),
            },
            target => {
                if let Some(m) = target.as_member_expression()
                    && let Some(key) = m.static_property_name()
                {
                    let object = self.eval(m.object());
                    if !matches!(object, Val::Path(_)) {
                        self.set_member(&object, key, new.clone(), u.span);
                    }
                }
            }
        }
        if u.prefix { new } else { old }
    }
}

fn arithmetic(operator: BinaryOperator, left: &Val, right: &Val) -> Option<Val> {
    use BinaryOperator as B;
    if let (Val::Str(a), Val::Str(b)) = (left, right) {
        let outcome = match operator {
            B::LessThan => Some(a < b),
            B::LessEqualThan => Some(a <= b),
            B::GreaterThan => Some(a > b),
            B::GreaterEqualThan => Some(a >= b),
            _ => None,
        };
        if let Some(outcome) = outcome {
            return Some(Val::Bool(outcome));
        }
    }
    let (a, b) = (left.number()?, right.number()?);
    Some(match operator {
        B::Subtraction => Val::Num(a - b),
        B::Multiplication => Val::Num(a * b),
        B::Division => Val::Num(a / b),
        B::Remainder => Val::Num(a % b),
        B::Exponential => Val::Num(a.powf(b)),
        B::LessThan => Val::Bool(a < b),
        B::LessEqualThan => Val::Bool(a <= b),
        B::GreaterThan => Val::Bool(a > b),
        B::GreaterEqualThan => Val::Bool(a >= b),
        B::BitwiseOR if b == 0.0 && a.abs() < 2_147_483_648.0 => Val::Num(a.trunc()),
        _ => return None,
    })
}

/// The texts of values joined, as `[…].join(separator)` and `concat` do.
pub(super) fn join_all(values: &[Val], separator: &str, at: Span) -> Val {
    let mut joined = Val::str("");
    let separator = Val::Str(Rc::from(separator));
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            joined = add(&joined, &separator, at);
        }
        let empty = matches!(value, Val::Undefined | Val::Null);
        joined = if empty { joined } else { add(&joined, value, at) };
    }
    joined
}
