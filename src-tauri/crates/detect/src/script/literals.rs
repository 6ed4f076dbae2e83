//! String literals that hold a text of interest.

use oxc_ast::ast;
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};

use super::interests::Mention;

/// Longest literal that is handed out, in bytes.
const MAX_LITERAL: usize = 4_096;
/// Most literals that are handed out.
const MAX_LITERALS: usize = 2_000;

/// All of them, in document order.
pub(super) fn collect(program: &ast::Program<'_>, mentions: &[Mention]) -> Vec<(String, u32)> {
    let mentions: Vec<u32> = mentions.iter().filter(|m| m.literal).map(|m| m.at).collect();
    if mentions.is_empty() {
        return Vec::new();
    }
    let mut finder = Finder { mentions, found: Vec::new() };
    finder.visit_program(program);
    finder.found
}

struct Finder {
    mentions: Vec<u32>,
    found: Vec<(String, u32)>,
}

impl Finder {
    /// Whether a mention stands inside.
    fn holds(&self, at: Span) -> bool {
        let first = self.mentions.partition_point(|m| *m < at.start);
        self.mentions.get(first).is_some_and(|m| *m < at.end)
    }

    fn take(&mut self, value: &str, at: Span) {
        if self.holds(at) && value.len() <= MAX_LITERAL && self.found.len() < MAX_LITERALS {
            self.found.push((value.to_owned(), at.start));
        }
    }
}

impl<'a> Visit<'a> for Finder {
    fn visit_statement(&mut self, statement: &ast::Statement<'a>) {
        if self.holds(statement.span()) {
            walk::walk_statement(self, statement);
        }
    }

    fn visit_expression(&mut self, expression: &ast::Expression<'a>) {
        if self.holds(expression.span()) {
            walk::walk_expression(self, expression);
        }
    }

    fn visit_string_literal(&mut self, literal: &ast::StringLiteral<'a>) {
        self.take(&literal.value, literal.span);
    }

    fn visit_template_element(&mut self, element: &ast::TemplateElement<'a>) {
        let text = element.value.cooked.as_ref().unwrap_or(&element.value.raw);
        self.take(text, element.span);
        walk::walk_template_element(self, element);
    }
}
