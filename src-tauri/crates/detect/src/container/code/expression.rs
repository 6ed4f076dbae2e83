//! Expressions of a variable's code.

use std::collections::BTreeMap;

use oxc_ast::ast::{
    self, AssignmentOperator, AssignmentTarget, BinaryOperator as B, Expression, LogicalOperator, UnaryOperator,
};
use oxc_syntax::operator::UpdateOperator;

use super::value::{Js, MAX_ITEMS};
use super::{Code, OF_BROWSER, Out, Stop, methods};
use crate::container::value::PLACEHOLDER;

impl Code<'_> {
    pub(super) fn value(&mut self, e: &Expression<'_>) -> Out<Js> {
        self.step()?;
        self.depth += 1;
        let value = self.value_inner(e);
        self.depth -= 1;
        value
    }

    fn value_inner(&mut self, e: &Expression<'_>) -> Out<Js> {
        Ok(match e {
            Expression::StringLiteral(s) => Js::text(&s.value),
            Expression::NumericLiteral(n) => Js::Number(n.value),
            Expression::BooleanLiteral(b) => Js::Bool(b.value),
            Expression::NullLiteral(_) => Js::Null,
            Expression::RegExpLiteral(r) => {
                let flags = r.regex.flags.to_string();
                Js::Pattern(r.regex.pattern.text.to_string(), flags.contains('i'), flags.chars().all(|c| c == 'i'))
            }
            Expression::Identifier(id) => return self.name(&id.name),
            Expression::ParenthesizedExpression(p) => return self.value(&p.expression),
            Expression::SequenceExpression(s) => {
                let mut last = Js::Undefined;
                for e in &s.expressions {
                    last = self.value(e)?;
                }
                last
            }
            Expression::ArrayExpression(a) => {
                let items = a.elements.iter().map(|item| self.kept(item.as_expression().ok_or(Stop::Unclear)?));
                Js::List(items.collect::<Out<Vec<Js>>>()?)
            }
            Expression::ObjectExpression(o) => return self.object(o),
            Expression::TemplateLiteral(t) => return self.template(t),
            Expression::UnaryExpression(u) => return self.unary(u),
            Expression::BinaryExpression(b) => {
                let left = self.value(&b.left)?;
                let right = self.value(&b.right)?;
                binary(b.operator, &left, &right)
            }
            Expression::LogicalExpression(l) => return self.logical(l),
            Expression::ConditionalExpression(c) => {
                return if self.test(&c.test)? { self.value(&c.consequent) } else { self.value(&c.alternate) };
            }
            Expression::AssignmentExpression(a) => return self.assign(a),
            Expression::UpdateExpression(u) => return self.update(u),
            Expression::CallExpression(c) if !c.optional => return self.call(c),
            Expression::NewExpression(n) => return self.construct(n),
            e => match e.as_member_expression() {
                Some(m) if !m.optional() => {
                    let object = self.value(m.object())?;
                    let key = self.key(m)?;
                    return methods::member(&object, &key, self.url);
                }
                _ => return Err(Stop::Unclear),
            },
        })
    }

    fn name(&self, name: &str) -> Out<Js> {
        if let Some(known) = self.variables.get(name) {
            return Ok(known.clone());
        }
        match name {
            "undefined" => Ok(Js::Undefined),
            "NaN" => Ok(Js::Number(f64::NAN)),
            "location" => Ok(Js::Location),
            "document" => Ok(Js::Document),
            "window" | "self" => Ok(Js::Window),
            // another variable's value
            PLACEHOLDER => Ok(Js::Unknown),
            // it may be declared further down, or by the page, or nowhere
            _ => Err(Stop::Unclear),
        }
    }

    fn object(&mut self, o: &ast::ObjectExpression<'_>) -> Out<Js> {
        let mut fields = BTreeMap::new();
        for property in &o.properties {
            let ast::ObjectPropertyKind::ObjectProperty(property) = property else { return Err(Stop::Unclear) };
            let name = property.key.static_name().filter(|_| property.kind == ast::PropertyKind::Init);
            let name = name.filter(|name| name != "__proto__").ok_or(Stop::Unclear)?;
            fields.insert(name.into_owned(), self.kept(&property.value)?);
        }
        Ok(Js::Object(fields))
    }

    fn template(&mut self, t: &ast::TemplateLiteral<'_>) -> Out<Js> {
        let mut whole = Js::text("");
        let mut holes = t.expressions.iter();
        for quasi in &t.quasis {
            let text = quasi.value.cooked.as_ref().ok_or(Stop::Unclear)?;
            whole = binary(B::Addition, &whole, &Js::text(text));
            if let Some(hole) = holes.next() {
                let part = self.value(hole)?;
                whole = binary(B::Addition, &whole, &part);
            }
        }
        Ok(whole)
    }

    fn unary(&mut self, u: &ast::UnaryExpression<'_>) -> Out<Js> {
        let value = self.value(&u.argument)?;
        Ok(match (u.operator, &value) {
            (UnaryOperator::Void, _) => Js::Undefined,
            (UnaryOperator::LogicalNot, value) => value.truth().map_or(Js::Unknown, |truth| Js::Bool(!truth)),
            (UnaryOperator::UnaryNegation, value) => value.number().map_or(Js::Unknown, |number| Js::Number(-number)),
            (UnaryOperator::UnaryPlus, value) => value.number().map_or(Js::Unknown, Js::Number),
            (UnaryOperator::Typeof, value) => match value {
                Js::Unknown => Js::Unknown,
                Js::Undefined => Js::text("undefined"),
                Js::Bool(_) => Js::text("boolean"),
                Js::Number(_) => Js::text("number"),
                Js::Text(_) => Js::text("string"),
                _ => Js::text("object"),
            },
            _ => return Err(Stop::Unclear),
        })
    }

    fn logical(&mut self, l: &ast::LogicalExpression<'_>) -> Out<Js> {
        let left = self.value(&l.left)?;
        let goes_on = match l.operator {
            LogicalOperator::Coalesce if matches!(left, Js::Unknown) => None,
            LogicalOperator::Coalesce => Some(left.is_nothing()),
            LogicalOperator::And => left.truth(),
            LogicalOperator::Or => left.truth().map(|truth| !truth),
        };
        match goes_on {
            Some(true) => self.value(&l.right),
            Some(false) => Ok(left),
            // what stands behind may do something
            None => Err(Stop::Unclear),
        }
    }

    fn assign(&mut self, a: &ast::AssignmentExpression<'_>) -> Out<Js> {
        let AssignmentTarget::AssignmentTargetIdentifier(id) = &a.left else { return Err(Stop::Unclear) };
        let right = match a.operator {
            AssignmentOperator::Assign => self.kept(&a.right)?,
            AssignmentOperator::Addition => {
                let left = self.name(&id.name)?;
                let right = self.value(&a.right)?;
                binary(B::Addition, &left, &right)
            }
            _ => return Err(Stop::Unclear),
        };
        // a name that nobody declared is the page's from here on; those of the browser can't be given away
        if OF_BROWSER.contains(&id.name.as_str()) {
            return Err(Stop::Unclear);
        }
        self.variables.insert(id.name.to_string(), right.clone());
        Ok(right)
    }

    fn update(&mut self, u: &ast::UpdateExpression<'_>) -> Out<Js> {
        let ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = &u.argument else {
            return Err(Stop::Unclear);
        };
        let old = self.variables.get(id.name.as_str()).and_then(Js::number).ok_or(Stop::Unclear)?;
        let new = if u.operator == UpdateOperator::Increment { old + 1.0 } else { old - 1.0 };
        self.variables.insert(id.name.to_string(), Js::Number(new));
        Ok(Js::Number(if u.prefix { new } else { old }))
    }

    fn key(&mut self, m: &ast::MemberExpression<'_>) -> Out<String> {
        match m {
            ast::MemberExpression::StaticMemberExpression(s) => Ok(s.property.name.to_string()),
            ast::MemberExpression::ComputedMemberExpression(c) => {
                self.value(&c.expression)?.as_text().ok_or(Stop::Unclear)
            }
            ast::MemberExpression::PrivateFieldExpression(_) => Err(Stop::Unclear),
        }
    }

    fn arguments(&mut self, arguments: &[ast::Argument<'_>]) -> Out<Vec<Js>> {
        arguments.iter().map(|argument| self.value(argument.as_expression().ok_or(Stop::Unclear)?)).collect()
    }

    fn call(&mut self, call: &ast::CallExpression<'_>) -> Out<Js> {
        let callee = call.callee.get_inner_expression();
        if let Expression::Identifier(id) = callee {
            let arguments = self.arguments(&call.arguments)?;
            let own = self.variables.contains_key(id.name.as_str());
            return if own { Err(Stop::Unclear) } else { methods::function(&id.name, &arguments) };
        }
        let member = callee.as_member_expression().filter(|m| !m.optional()).ok_or(Stop::Unclear)?;
        // the one change that is followed: a list that has one name gets longer
        if let (Expression::Identifier(list), Some("push")) = (member.object(), member.static_property_name()) {
            return self.pushed(&list.name, &call.arguments);
        }
        let object = self.value(member.object())?;
        let name = self.key(member)?;
        let arguments = self.arguments(&call.arguments)?;
        methods::call(&object, &name, &arguments, self.url)
    }

    fn pushed(&mut self, name: &str, arguments: &[ast::Argument<'_>]) -> Out<Js> {
        let new = self.arguments(arguments)?;
        let clear = !self.shared && !new.iter().any(|item| matches!(item, Js::List(_)));
        match self.variables.get_mut(name) {
            Some(Js::List(items)) if clear && items.len() + new.len() <= MAX_ITEMS => {
                items.extend(new);
                Ok(Js::Number(items.len() as f64))
            }
            _ => Err(Stop::Unclear),
        }
    }

    fn construct(&mut self, n: &ast::NewExpression<'_>) -> Out<Js> {
        let Expression::Identifier(id) = &n.callee else { return Err(Stop::Unclear) };
        let arguments = self.arguments(&n.arguments)?;
        methods::construct(&id.name, &arguments, self.url)
    }
}

/// An operator with two sides. Of what isn't known nothing is known.
fn binary(operator: B, left: &Js, right: &Js) -> Js {
    let flag = |flag: Option<bool>| flag.map_or(Js::Unknown, Js::Bool);
    let plain = |side: &Js| !matches!(side, Js::Text(_) | Js::List(_) | Js::Object(_) | Js::Location | Js::Pattern(..));
    match operator {
        B::Equality => flag(left.equals(right, false)),
        B::Inequality => flag(left.equals(right, false).map(|same| !same)),
        B::StrictEquality => flag(left.equals(right, true)),
        B::StrictInequality => flag(left.equals(right, true).map(|same| !same)),
        B::Addition if plain(left) && plain(right) => arithmetic(operator, left, right),
        B::Addition => match (left.as_text(), right.as_text()) {
            (Some(left), Some(right)) => Js::text(&(left + &right)),
            _ => Js::Unknown,
        },
        B::LessThan | B::LessEqualThan | B::GreaterThan | B::GreaterEqualThan => match (left, right) {
            // texts are compared letter by letter, as a browser compares them only where they are plain
            (Js::Text(_), Js::Text(_)) => Js::Unknown,
            _ => arithmetic(operator, left, right),
        },
        _ => arithmetic(operator, left, right),
    }
}

fn arithmetic(operator: B, left: &Js, right: &Js) -> Js {
    let (Some(a), Some(b)) = (left.number(), right.number()) else { return Js::Unknown };
    match operator {
        B::Addition => Js::Number(a + b),
        B::Subtraction => Js::Number(a - b),
        B::Multiplication => Js::Number(a * b),
        B::Division => Js::Number(a / b),
        B::LessThan => Js::Bool(a < b),
        B::LessEqualThan => Js::Bool(a <= b),
        B::GreaterThan => Js::Bool(a > b),
        B::GreaterEqualThan => Js::Bool(a >= b),
        _ => Js::Unknown,
    }
}
