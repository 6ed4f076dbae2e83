//! Object literals of a script as data: what a tag manager's file assigns to the global of its configuration. Nothing is
//! run: functions and expressions stay the text that they are.

use oxc_ast::ast::{self, Expression, ObjectPropertyKind, UnaryOperator};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};
use serde_json::{Map, Value, json};

use crate::script::with_tree;

/// Objects and lists within one another that are followed.
const MAX_DEPTH: u32 = 60;
/// Longest code that is kept, in bytes.
const MAX_CODE: usize = 256 << 10;
/// Objects and cases that are kept.
const MAX_FOUND: usize = 2_000;

/// What a script assigns and decides, as far as anyone asked.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Values given to the globals asked for, in document order.
    pub(super) assigned: Vec<Value>,
    /// Cases of `switch` whose test is a text, with their code.
    pub(super) cases: Vec<(String, String)>,
}

/// Looks for assignments to any of `targets` (the end of a path as written) and for cases of switches.
pub(super) fn find(text: &str, targets: &[&str]) -> Found {
    with_tree(text, |program| {
        let mut finder = Finder { text, targets, found: Found::default() };
        finder.visit_program(program);
        finder.found
    })
    .unwrap_or_default()
}

struct Finder<'t> {
    text: &'t str,
    targets: &'t [&'t str],
    found: Found,
}

impl Finder<'_> {
    fn code(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn value(&self, expression: &Expression<'_>, depth: u32) -> Value {
        match expression {
            Expression::StringLiteral(text) => Value::from(text.value.as_str()),
            Expression::NumericLiteral(number) => serde_json::Number::from_f64(number.value).map_or(Value::Null, whole),
            Expression::BooleanLiteral(flag) => Value::Bool(flag.value),
            Expression::NullLiteral(_) => Value::Null,
            Expression::ParenthesizedExpression(inner) => self.value(&inner.expression, depth),
            // `!0` and `!1`, as minifiers have it
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::LogicalNot => {
                match self.value(&unary.argument, depth) {
                    Value::Number(number) => Value::Bool(number.as_f64() == Some(0.0)),
                    _ => self.kept(unary.span),
                }
            }
            Expression::TemplateLiteral(text) if text.expressions.is_empty() => match text.quasis.first() {
                Some(whole) => Value::from(whole.value.cooked.as_ref().map_or("", |cooked| cooked.as_str())),
                None => Value::from(""),
            },
            Expression::ArrayExpression(list) if depth < MAX_DEPTH => {
                list.elements.iter().filter_map(|e| e.as_expression()).map(|e| self.value(e, depth + 1)).collect()
            }
            Expression::ObjectExpression(object) if depth < MAX_DEPTH => Value::Object(self.object(object, depth)),
            other => self.kept(other.span()),
        }
    }

    fn object(&self, object: &ast::ObjectExpression<'_>, depth: u32) -> Map<String, Value> {
        let mut out = Map::new();
        for property in &object.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
            if let Some(name) = property.key.static_name() {
                out.insert(name.into_owned(), self.value(&property.value, depth + 1));
            }
        }
        out
    }

    /// Code, as the text that it is.
    fn kept(&self, span: Span) -> Value {
        let code = self.code(span);
        json!({ "code": if code.len() <= MAX_CODE { code } else { "" } })
    }
}

fn whole(number: serde_json::Number) -> Value {
    match number.as_f64() {
        Some(value) if value.fract() == 0.0 && value.abs() < 1e15 => Value::from(value as i64),
        _ => Value::Number(number),
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_assignment_expression(&mut self, assignment: &ast::AssignmentExpression<'a>) {
        let target = self.code(assignment.left.span());
        if self.found.assigned.len() < MAX_FOUND && self.targets.iter().any(|wanted| target.ends_with(wanted)) {
            let value = self.value(&assignment.right, 0);
            self.found.assigned.push(value);
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_switch_case(&mut self, case: &ast::SwitchCase<'a>) {
        if let (Some(Expression::StringLiteral(test)), Some(first), Some(last)) =
            (&case.test, case.consequent.first(), case.consequent.last())
            && self.found.cases.len() < MAX_FOUND
        {
            let code = self.code(Span::new(first.span().start, last.span().end)).to_owned();
            self.found.cases.push((test.value.to_string(), if code.len() <= MAX_CODE { code } else { String::new() }));
        }
        walk::walk_switch_case(self, case);
    }
}
