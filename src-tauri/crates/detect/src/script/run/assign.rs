//! Assignments and destructuring.

use std::rc::Rc;

use oxc_ast::ast::{self, AssignmentOperator, AssignmentTarget, BindingPattern, Expression};
use oxc_span::{GetSpan, Span};

use super::Walk;
use crate::script::{
    record::Record,
    value::{Truth, Val, truth},
};

/// Whether a target is the markup of an element.
fn is_markup(target: &AssignmentTarget<'_>) -> bool {
    let name = target.as_member_expression().and_then(ast::MemberExpression::static_property_name);
    matches!(name, Some("innerHTML" | "outerHTML"))
}

impl<'a> Walk<'a, '_> {
    /// Binds a declaration's pattern.
    pub(super) fn bind(&mut self, pattern: &'a BindingPattern<'a>, value: Val, at: Span) {
        match pattern {
            BindingPattern::BindingIdentifier(id) => self.declare(id, value, at),
            BindingPattern::AssignmentPattern(p) => {
                let value = if matches!(value, Val::Undefined) { self.eval(&p.right) } else { value };
                self.bind(&p.left, value, at);
            }
            BindingPattern::ObjectPattern(p) => {
                for property in &p.properties {
                    let key = self.property_key(&property.key);
                    let part = match key {
                        Some(key) => self.member(&value, &key, property.span),
                        None => Val::unknown(property.span),
                    };
                    self.bind(&property.value, part, property.span);
                }
                if let Some(rest) = &p.rest {
                    let open = self.store.record(Record::unbounded());
                    self.bind(&rest.argument, open, rest.span);
                }
            }
            BindingPattern::ArrayPattern(p) => {
                for (index, element) in p.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let part = self.member(&value, &index.to_string(), element.span());
                        self.bind(element, part, element.span());
                    }
                }
                if let Some(rest) = &p.rest {
                    let items = self.known_items(&value);
                    let rest_value = match items {
                        Some(items) => {
                            let items = items.into_iter().skip(p.elements.len()).collect();
                            self.store.list(items, false)
                        }
                        None => Val::unknown(rest.span),
                    };
                    self.bind(&rest.argument, rest_value, rest.span);
                }
            }
        }
    }

    pub(super) fn assignment(&mut self, a: &'a ast::AssignmentExpression<'a>) -> Val {
        match a.operator {
            AssignmentOperator::Assign => {
                let value = self.eval(&a.right);
                let value = self.unless_same(value, a);
                self.assign_to(&a.left, value, a.span)
            }
            AssignmentOperator::LogicalOr | AssignmentOperator::LogicalAnd | AssignmentOperator::LogicalNullish => {
                let old = self.read_target(&a.left);
                if matches!((truth(&old), a.operator), (Truth::Guard, _) | (Truth::Yes, AssignmentOperator::LogicalOr))
                {
                    return old;
                }
                let value = self.eval(&a.right);
                self.assign_to(&a.left, value, a.span)
            }
            operator => {
                let old = self.read_target(&a.left);
                let right = self.eval(&a.right);
                let value = match operator.to_binary_operator() {
                    // What is added to markup that isn't known is written all the same.
                    _ if operator == AssignmentOperator::Addition && is_markup(&a.left) && !old.is_primitive() => right,
                    Some(operator) => self.binary(operator, &old, &right, a.span),
                    None => Val::unknown(a.span),
                };
                self.assign_to(&a.left, value, a.span)
            }
        }
    }

    /// `x = x || []`: the value is the second, where nothing is known of the first.
    fn unless_same(&mut self, value: Val, a: &'a ast::AssignmentExpression<'a>) -> Val {
        if let (Val::Unknown { .. }, Expression::LogicalExpression(l)) = (&value, &a.right)
            && self.text(l.left.span()).trim_start_matches("window.")
                == self.text(a.left.span()).trim_start_matches("window.")
        {
            return self.fresh(&l.right).unwrap_or(value);
        }
        value
    }

    /// The value of a container literal: reading it again has no effects.
    pub(super) fn fresh(&mut self, e: &'a Expression<'a>) -> Option<Val> {
        matches!(e, Expression::ArrayExpression(_) | Expression::ObjectExpression(_)).then(|| self.eval(e))
    }

    fn read_target(&mut self, target: &'a AssignmentTarget<'a>) -> Val {
        match target {
            AssignmentTarget::AssignmentTargetIdentifier(id) => self.identifier(id),
            target => match target.as_member_expression() {
                Some(m) => self.member_expression(m),
                None => Val::unknown(target.span()),
            },
        }
    }

    /// Assigns, and gives the value that the assignment has as an expression.
    pub(super) fn assign_to(&mut self, target: &'a AssignmentTarget<'a>, value: Val, at: Span) -> Val {
        match target {
            AssignmentTarget::AssignmentTargetIdentifier(id) => {
                match self.symbol(id) {
                    Some(symbol) if !self.is_global(symbol) => {
                        self.name_function(&value, &id.name);
                        self.set_local(symbol, value.clone());
                    }
                    _ => {
                        self.set_global(&id.name, value.clone(), at);
                        return self.assigned(&id.name, value);
                    }
                }
                value
            }
            AssignmentTarget::ArrayAssignmentTarget(_) | AssignmentTarget::ObjectAssignmentTarget(_) => {
                self.assign_pattern(target, &value);
                value
            }
            target => match target.as_member_expression() {
                Some(m) => self.assign_member(m, value, at),
                None => value,
            },
        }
    }

    /// A global of interest stands for itself, whatever was assigned; but a text or number is that.
    fn assigned(&mut self, name: &str, value: Val) -> Val {
        if self.interests.is_root(name) && !value.is_primitive() { self.path(name) } else { value }
    }

    fn assign_member(&mut self, m: &'a ast::MemberExpression<'a>, value: Val, at: Span) -> Val {
        if self.set_data(m, &value) {
            return value;
        }
        let object = self.eval(m.object());
        let key = match m {
            ast::MemberExpression::ComputedMemberExpression(c) => self.eval(&c.expression).text(),
            m => m.static_property_name().map(Rc::from),
        };
        let Some(key) = key else { return value };
        self.name_function(&value, &key);
        self.set_member(&object, &key, value.clone(), at);
        match &object {
            Val::Window => self.assigned(&key, value),
            Val::Path(_) if !value.is_primitive() && !matches!(value, Val::List(_) | Val::Record(_)) => {
                self.member(&object, &key, at)
            }
            _ => value,
        }
    }

    fn assign_pattern(&mut self, target: &'a AssignmentTarget<'a>, value: &Val) {
        match target {
            AssignmentTarget::ArrayAssignmentTarget(p) => {
                for (index, element) in p.elements.iter().enumerate() {
                    if let Some(target) = element.as_ref().and_then(|e| e.as_assignment_target()) {
                        let part = self.member(value, &index.to_string(), target.span());
                        self.assign_to(target, part, target.span());
                    }
                }
            }
            AssignmentTarget::ObjectAssignmentTarget(p) => {
                for property in &p.properties {
                    if let ast::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(p) = property {
                        let part = self.member(value, &p.binding.name, p.span);
                        match self.symbol(&p.binding) {
                            Some(symbol) if !self.is_global(symbol) => self.set_local(symbol, part),
                            _ => self.set_global(&p.binding.name, part, p.span),
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
