//! Expressions.

use oxc_ast::ast::{self, Expression, LogicalOperator};
use oxc_span::GetSpan;

use super::{Walk, choose::two};
use crate::catalogue::ANY_OBJECT;
use crate::script::{
    LoadKind,
    record::Record,
    value::{Truth, Val, truth},
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
            Val::Record(id) => self.store.get_record(*id).len() / ITEMS_A_STEP,
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
        let certain = match (l.operator, self.verdict(&l.left, &left)) {
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
                let (holds, fails) = self.conditions(&l.left);
                let condition = if l.operator == LogicalOperator::And { holds } else { fails };
                let group = self.next_group();
                let (undone, _) = self.branch(condition, (group, 0), |w| w.eval(&l.right));
                self.forget(undone, l.span);
                Val::unknown(l.span)
            }
        }
    }

    fn conditional(&mut self, c: &'a ast::ConditionalExpression<'a>) -> Val {
        let test = self.eval(&c.test);
        match self.verdict(&c.test, &test) {
            Truth::Yes => self.eval(&c.consequent),
            Truth::No => self.eval(&c.alternate),
            decided => {
                let group = self.next_group();
                if decided == Truth::Guard {
                    let first = self.guarded_value((group, 0), &c.consequent);
                    let second = self.guarded_value((group, 1), &c.alternate);
                    return match (&first, &second) {
                        (Val::Path(_), _) => first,
                        (_, Val::Path(_)) => second,
                        _ => self.one_of(two(group, (first, None), (second, None)), c.span),
                    };
                }
                let (holds, fails) = self.conditions(&c.test);
                let (mut undone, first) = self.branch(holds.clone(), (group, 0), |w| w.eval(&c.consequent));
                let (more, second) = self.branch(fails.clone(), (group, 1), |w| w.eval(&c.alternate));
                undone.extend(more);
                self.forget(undone, c.span);
                self.one_of(two(group, (first, Some(holds)), (second, Some(fails))), c.span)
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

    fn template(&mut self, t: &'a ast::TemplateLiteral<'a>) -> Val {
        let mut value = Val::str("");
        let mut holes = t.expressions.iter();
        for quasi in &t.quasis {
            let text = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            value = self.joined(&value, &Val::str(text), t.span);
            if let Some(hole) = holes.next() {
                let part = self.eval(hole);
                value = self.joined(&value, &part, t.span);
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
                            if self.interests.is_key(&key) {
                                self.report_assign(&format!("{ANY_OBJECT}{key}"), &value, p.span);
                            }
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
                for (key, value) in from.iter() {
                    record.set(key, value.clone());
                }
            }
            Val::Undefined | Val::Null | Val::Bool(_) | Val::Num(_) => {}
            _ => record.open = true,
        }
    }
}
