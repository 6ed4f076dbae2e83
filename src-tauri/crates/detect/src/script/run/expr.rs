//! Expressions.

use std::rc::Rc;

use oxc_ast::ast::{self, BinaryOperator, Expression, LogicalOperator, UnaryOperator};
use oxc_span::{GetSpan, Span};

use super::{Condition, Walk};
use crate::script::{
    LoadKind,
    value::{Record, Truth, Val, add, equal, truth},
};

/// Bytes of a computed string that cost as much as one step.
const BYTES_A_STEP: usize = 64;
/// Items of a container that cost as much as one step.
pub(super) const ITEMS_A_STEP: usize = 4;

impl<'a> Walk<'a, '_> {
    pub(super) fn eval(&mut self, e: &'a Expression<'a>) -> Val {
        match e {
            Expression::StringLiteral(s) => return Val::str(&s.value),
            Expression::NumericLiteral(n) => return Val::Num(n.value),
            Expression::BooleanLiteral(b) => return Val::Bool(b.value),
            Expression::NullLiteral(_) => return Val::Null,
            Expression::Identifier(id) => return self.identifier(id),
            _ => {}
        }
        if !self.enter() {
            return Val::unknown(e.span());
        }
        let value = self.eval_inner(e);
        self.leave();
        self.charge(&value);
        value
    }

    /// Counts what a large value costs, so that memory is bounded by the same budget as time.
    fn charge(&mut self, value: &Val) {
        let size = match value {
            Val::Str(text) | Val::Head(text, _) => text.len() / BYTES_A_STEP,
            Val::List(id) => self.store.get_list(*id).items.len() / ITEMS_A_STEP,
            Val::Record(id) => self.store.get_record(*id).entries.len() / ITEMS_A_STEP,
            _ => return,
        };
        self.steps += size as u64;
    }

    fn eval_inner(&mut self, e: &'a Expression<'a>) -> Val {
        if let Some(m) = e.as_member_expression() {
            return self.member_expression(m);
        }
        match e {
            Expression::CallExpression(c) => self.call(c),
            Expression::NewExpression(n) => self.construct(n),
            Expression::ChainExpression(c) => match &c.expression {
                ast::ChainElement::CallExpression(c) => self.call(c),
                element => match element.as_member_expression() {
                    Some(m) => self.member_expression(m),
                    None => Val::unknown(c.span),
                },
            },
            Expression::AssignmentExpression(a) => self.assignment(a),
            Expression::SequenceExpression(s) => {
                let mut last = Val::Undefined;
                for e in &s.expressions {
                    last = self.eval(e);
                }
                last
            }
            Expression::LogicalExpression(l) => self.logical(l),
            Expression::ConditionalExpression(c) => self.conditional(c),
            Expression::BinaryExpression(_) => self.binary_chain(e),
            Expression::UnaryExpression(u) => self.unary(u),
            Expression::UpdateExpression(u) => self.update(u),
            Expression::TemplateLiteral(t) => self.template(t),
            Expression::ArrayExpression(a) => self.array(a),
            Expression::ObjectExpression(o) => self.object(o),
            Expression::FunctionExpression(f) => self.function(f),
            Expression::ArrowFunctionExpression(f) => self.arrow(f),
            Expression::ClassExpression(c) => self.class(c),
            Expression::ThisExpression(t) => match self.frames.last() {
                Some(frame) => match &frame.this {
                    Val::Unknown { .. } => Val::unknown(t.span),
                    this => this.clone(),
                },
                None if self.module => Val::Undefined,
                None => Val::Window,
            },
            Expression::ParenthesizedExpression(p) => self.eval(&p.expression),
            _ => self.rare(e),
        }
    }

    fn rare(&mut self, e: &'a Expression<'a>) -> Val {
        match e {
            Expression::AwaitExpression(a) => {
                let value = self.eval(&a.argument);
                if matches!(value, Val::Unknown { .. }) { Val::unknown(a.span) } else { value }
            }
            Expression::YieldExpression(y) => {
                if let Some(argument) = &y.argument {
                    self.eval(argument);
                }
                Val::unknown(y.span)
            }
            Expression::ImportExpression(i) => {
                let url = self.eval(&i.source);
                self.report_load(&url, LoadKind::Script, i.span);
                Val::unknown(i.span)
            }
            Expression::TaggedTemplateExpression(t) => {
                self.eval(&t.tag);
                for e in &t.quasi.expressions {
                    self.eval(e);
                }
                Val::unknown(t.span)
            }
            Expression::PrivateInExpression(p) => {
                self.eval(&p.right);
                Val::unknown(p.span)
            }
            e => Val::unknown(e.span()),
        }
    }

    fn logical(&mut self, l: &'a ast::LogicalExpression<'a>) -> Val {
        let left = self.eval(&l.left);
        let certain = match (l.operator, truth(&left)) {
            (LogicalOperator::Coalesce, _) if left.is_primitive() => Some(matches!(left, Val::Undefined | Val::Null)),
            (LogicalOperator::Coalesce, Truth::Yes) => Some(false),
            (LogicalOperator::Coalesce, Truth::Open | Truth::No) => None,
            (LogicalOperator::And, Truth::Yes) | (LogicalOperator::Or, Truth::No) => Some(true),
            (LogicalOperator::And, Truth::No) | (LogicalOperator::Or, Truth::Yes) => Some(false),
            (_, Truth::Open) => None,
            (operator, Truth::Guard) => {
                let right = self.eval(&l.right);
                // An existence test stands for "it exists": `a && b` is `b`, `a || b` is `a`.
                return match (operator, &left) {
                    (LogicalOperator::And, _) => right,
                    (_, Val::Guard) => {
                        if matches!(truth(&right), Truth::Open) {
                            right
                        } else {
                            Val::Guard
                        }
                    }
                    _ => left,
                };
            }
        };
        match certain {
            Some(true) => self.eval(&l.right),
            Some(false) => left,
            None => {
                let test = l.left.span();
                let condition =
                    if l.operator == LogicalOperator::And { Condition::Is(test) } else { Condition::Not(test) };
                let group = self.next_group();
                let (undone, _) = self.branch(condition, (group, 0), |w| w.eval(&l.right));
                self.forget(undone, l.span);
                Val::unknown(l.span)
            }
        }
    }

    fn conditional(&mut self, c: &'a ast::ConditionalExpression<'a>) -> Val {
        let test = self.eval(&c.test);
        match truth(&test) {
            Truth::Yes => self.eval(&c.consequent),
            Truth::No => self.eval(&c.alternate),
            decided => {
                let group = self.next_group();
                let (first, second) = if decided == Truth::Guard {
                    let first = self.guarded_value((group, 0), &c.consequent);
                    (first, self.guarded_value((group, 1), &c.alternate))
                } else {
                    let test = c.test.span();
                    let (mut undone, first) = self.branch(Condition::Is(test), (group, 0), |w| w.eval(&c.consequent));
                    let (more, second) = self.branch(Condition::Not(test), (group, 1), |w| w.eval(&c.alternate));
                    undone.extend(more);
                    self.forget(undone, c.span);
                    (first, second)
                };
                match (&first, &second) {
                    (Val::Path(_), _) if decided == Truth::Guard => first,
                    (_, Val::Path(_)) if decided == Truth::Guard => second,
                    (a, b) if equal(a, b, false) == Some(true) => first,
                    _ => Val::unknown(c.span),
                }
            }
        }
    }

    fn guarded_value(&mut self, branch: (u32, u32), e: &'a Expression<'a>) -> Val {
        let branches = self.ctx.branches.len();
        self.ctx.branches.push(branch);
        let value = self.eval(e);
        self.ctx.branches.truncate(branches);
        value
    }

    /// `a + b + c + …` leans to the left as deep as it is long: walked without recursion.
    fn binary_chain(&mut self, e: &'a Expression<'a>) -> Val {
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
            B::Addition => return add(left, right, at),
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

    fn unary(&mut self, u: &'a ast::UnaryExpression<'a>) -> Val {
        let value = self.eval(&u.argument);
        match u.operator {
            UnaryOperator::LogicalNot => match truth(&value) {
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

    fn update(&mut self, u: &'a ast::UpdateExpression<'a>) -> Val {
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

    fn template(&mut self, t: &'a ast::TemplateLiteral<'a>) -> Val {
        let mut value = Val::str("");
        let mut holes = t.expressions.iter();
        for quasi in &t.quasis {
            let text = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            value = add(&value, &Val::str(text), t.span);
            if let Some(hole) = holes.next() {
                let part = self.eval(hole);
                value = add(&value, &part, t.span);
            }
        }
        value
    }

    fn array(&mut self, a: &'a ast::ArrayExpression<'a>) -> Val {
        let mut items = Vec::with_capacity(a.elements.len());
        let mut open = false;
        for element in &a.elements {
            match element {
                ast::ArrayExpressionElement::SpreadElement(s) => {
                    let value = self.eval(&s.argument);
                    match self.known_items(&value) {
                        Some(known) => items.extend(known),
                        None => {
                            open = true;
                            items.push(Val::unknown(s.span));
                        }
                    }
                }
                ast::ArrayExpressionElement::Elision(_) => items.push(Val::Undefined),
                element => {
                    if let Some(e) = element.as_expression() {
                        let value = self.eval(e);
                        items.push(value);
                    }
                }
            }
        }
        self.store.list(items, open)
    }

    fn object(&mut self, o: &'a ast::ObjectExpression<'a>) -> Val {
        let mut record = Record::default();
        for property in &o.properties {
            match property {
                ast::ObjectPropertyKind::ObjectProperty(p) => {
                    let key = self.property_key(&p.key);
                    let value = self.eval(&p.value);
                    let value = if p.kind == ast::PropertyKind::Init { value } else { Val::unknown(p.span) };
                    match key {
                        Some(key) => {
                            self.name_function(&value, &key);
                            record.set(&key, value);
                        }
                        None => record.open = true,
                    }
                }
                ast::ObjectPropertyKind::SpreadProperty(s) => {
                    let value = self.eval(&s.argument);
                    self.spread_into(&mut record, &value);
                }
            }
        }
        self.store.record(record)
    }

    /// Copies the keys of one object into another.
    pub(super) fn spread_into(&mut self, record: &mut Record, value: &Val) {
        match value {
            Val::Record(id) => {
                let from = self.store.get_record(*id).clone();
                record.open |= from.open;
                for (key, value) in from.entries {
                    record.set(&key, value);
                }
            }
            Val::Undefined | Val::Null | Val::Bool(_) | Val::Num(_) => {}
            _ => record.open = true,
        }
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
