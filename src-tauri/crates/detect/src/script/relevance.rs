//! In a large script: which of its functions can have to do with anything of interest, so that the rest need not be
//! followed.
//!
//! A function is relevant if its text names something of interest, or names a function that does. What a function's
//! callers hand it is not seen from here.

use std::collections::{BTreeSet, HashMap, HashSet};

use oxc_ast::ast;
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, Span};
use oxc_syntax::symbol::SymbolId;

use super::interests::Mention;

/// Scripts up to this many bytes are followed everywhere.
const SMALL: usize = 24 << 10;
/// Functions longer than this are modules rather than wrappers: what calls them is not relevant for that.
const LONGEST_WRAPPER: u32 = 32 << 10;
/// Shortest property name that leads to a function; shorter ones, as minifiers make them, mean nothing.
const SHORTEST_NAME: usize = 4;
/// How many functions may stand between the caller and the one that names something.
const ROUNDS: usize = 4;

/// Offsets of everything that makes the code around it relevant; `None`: all of it is.
pub(super) fn marks(
    program: &ast::Program<'_>,
    text: &str,
    mentions: &[Mention],
    scoping: &Scoping,
) -> Option<BTreeSet<u32>> {
    if text.len() <= SMALL {
        return None;
    }
    let mut index = Index { scoping, functions: Vec::new(), symbols: HashMap::new(), names: HashMap::new() };
    index.visit_program(program);
    let mut marks: BTreeSet<u32> = mentions.iter().map(|m| m.at).collect();
    let mut done = HashSet::new();
    for _ in 0..ROUNDS {
        let mut more: Vec<u32> = Vec::new();
        for (number, function) in index.functions.iter().enumerate() {
            if holds(&marks, function.at) && done.insert(number) {
                more.extend(function.symbol.and_then(|s| index.symbols.get(&s)).into_iter().flatten());
                more.extend(function.name.and_then(|n| index.names.get(n)).into_iter().flatten());
            }
        }
        if more.is_empty() {
            break;
        }
        marks.extend(more);
    }
    Some(marks)
}

/// Whether a mark stands inside.
pub(super) fn holds(marks: &BTreeSet<u32>, at: Span) -> bool {
    marks.range(at.start..at.end).next().is_some()
}

struct Named<'a> {
    at: Span,
    symbol: Option<SymbolId>,
    name: Option<&'a str>,
}

struct Index<'a, 's> {
    scoping: &'s Scoping,
    functions: Vec<Named<'a>>,
    /// Where each variable is used.
    symbols: HashMap<SymbolId, Vec<u32>>,
    /// Where each property is used.
    names: HashMap<&'a str, Vec<u32>>,
}

impl<'a> Index<'a, '_> {
    fn add(&mut self, at: Span, symbol: Option<SymbolId>, name: Option<&'a str>) {
        let name = name.filter(|n| n.len() >= SHORTEST_NAME);
        if at.size() <= LONGEST_WRAPPER && (symbol.is_some() || name.is_some()) {
            self.functions.push(Named { at, symbol, name });
        }
    }

    fn add_value(&mut self, value: &ast::Expression<'a>, symbol: Option<SymbolId>, name: Option<&'a str>) {
        use ast::Expression as E;
        if matches!(value, E::FunctionExpression(_) | E::ArrowFunctionExpression(_) | E::ClassExpression(_)) {
            self.add(value.span(), symbol, name);
        }
    }
}

impl<'a> Visit<'a> for Index<'a, '_> {
    fn visit_function(&mut self, f: &ast::Function<'a>, flags: oxc_syntax::scope::ScopeFlags) {
        let id = f.id.as_ref();
        self.add(f.span, id.and_then(|id| id.symbol_id.get()), id.map(|id| id.name.as_str()));
        walk::walk_function(self, f, flags);
    }

    fn visit_class(&mut self, c: &ast::Class<'a>) {
        self.add(c.span, c.id.as_ref().and_then(|id| id.symbol_id.get()), None);
        walk::walk_class(self, c);
    }

    fn visit_method_definition(&mut self, m: &ast::MethodDefinition<'a>) {
        if let ast::PropertyKey::StaticIdentifier(key) = &m.key {
            self.add(m.value.span, None, Some(key.name.as_str()));
        }
        walk::walk_method_definition(self, m);
    }

    fn visit_variable_declarator(&mut self, d: &ast::VariableDeclarator<'a>) {
        if let (ast::BindingPattern::BindingIdentifier(id), Some(init)) = (&d.id, &d.init) {
            self.add_value(init, id.symbol_id.get(), Some(id.name.as_str()));
        }
        walk::walk_variable_declarator(self, d);
    }

    fn visit_assignment_expression(&mut self, a: &ast::AssignmentExpression<'a>) {
        match &a.left {
            ast::AssignmentTarget::AssignmentTargetIdentifier(id) => {
                let symbol = id.reference_id.get().and_then(|r| self.scoping.get_reference(r).symbol_id());
                self.add_value(&a.right, symbol, None);
            }
            ast::AssignmentTarget::StaticMemberExpression(m) => {
                self.add_value(&a.right, None, Some(m.property.name.as_str()));
            }
            _ => {}
        }
        walk::walk_assignment_expression(self, a);
    }

    fn visit_object_property(&mut self, p: &ast::ObjectProperty<'a>) {
        if let ast::PropertyKey::StaticIdentifier(key) = &p.key {
            self.add_value(&p.value, None, Some(key.name.as_str()));
        }
        walk::walk_object_property(self, p);
    }

    fn visit_static_member_expression(&mut self, m: &ast::StaticMemberExpression<'a>) {
        if m.property.name.len() >= SHORTEST_NAME {
            self.names.entry(m.property.name.as_str()).or_default().push(m.property.span.start);
        }
        walk::walk_static_member_expression(self, m);
    }

    fn visit_identifier_reference(&mut self, id: &ast::IdentifierReference<'a>) {
        if let Some(symbol) = id.reference_id.get().and_then(|r| self.scoping.get_reference(r).symbol_id()) {
            self.symbols.entry(symbol).or_default().push(id.span.start);
        }
    }
}
