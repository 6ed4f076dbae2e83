//! In a large script: which of its functions can have to do with anything of interest, so that the rest need not be
//! followed.
//!
//! A function is relevant if its text names something of interest, or names a function that does. What a function's
//! callers hand it is not seen from here.

use std::collections::HashSet;

use oxc_ast::ast;
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, Span};
use oxc_syntax::symbol::SymbolId;

use super::{interests::Mention, scan::is_word};

/// Scripts up to this many bytes are followed everywhere.
const SMALL: usize = 24 << 10;
/// Functions longer than this are modules rather than wrappers: what calls them is not relevant for that.
const LONGEST_WRAPPER: u32 = 32 << 10;
/// Shortest property name that leads to a function; shorter ones, as minifiers make them, mean nothing.
const SHORTEST_NAME: usize = 4;
/// How many functions may stand between the caller and the one that names something.
const ROUNDS: usize = 4;

/// Offsets of what makes the code around it relevant, in order; `None`: all code is.
pub(super) fn marks(
    program: &ast::Program<'_>,
    text: &str,
    mentions: &[Mention],
    scoping: &Scoping,
) -> Option<Vec<u32>> {
    if text.len() <= SMALL {
        return None;
    }
    let short = mentions.iter().filter(|m| m.short).map(|m| m.at).collect();
    let references = vec![0; scoping.references_len()];
    let mut index = Index {
        scoping,
        functions: Vec::new(),
        references,
        names: Vec::new(),
        short,
        own: Vec::new(),
        parts: Vec::new(),
        depth: 0,
    };
    index.visit_program(program);
    let mut marks = index.telling(text, mentions);
    let mut done = vec![false; index.functions.len()];
    let (mut symbols, mut names) = (HashSet::new(), HashSet::new());
    for _ in 0..ROUNDS {
        let mut more: Vec<u32> = Vec::new();
        let mut named = false;
        for (function, done) in index.functions.iter().zip(&mut done).filter(|(_, done)| !**done) {
            if holds(&marks, function.at) {
                *done = true;
                let symbol = function.symbol.filter(|symbol| symbols.insert(*symbol));
                more.extend(symbol.into_iter().flat_map(|symbol| index.uses(symbol)));
                named |= function.name.is_some_and(|name| names.insert(name));
            }
        }
        if named {
            more.extend(index.names.iter().filter(|(name, _)| names.contains(name)).map(|(_, at)| *at));
        }
        if more.is_empty() {
            break;
        }
        marks.append(&mut more);
        marks.sort_unstable();
    }
    Some(marks)
}

/// Whether a mark stands inside.
pub(super) fn holds(marks: &[u32], at: Span) -> bool {
    marks.get(marks.partition_point(|mark| *mark < at.start)).is_some_and(|mark| *mark < at.end)
}

struct Named<'a> {
    at: Span,
    symbol: Option<SymbolId>,
    name: Option<&'a str>,
}

struct Index<'a, 's> {
    scoping: &'s Scoping,
    functions: Vec<Named<'a>>,
    /// Where each use of a variable stands, by its number.
    references: Vec<u32>,
    /// Where each property is used.
    names: Vec<(&'a str, u32)>,
    /// Where short names of globals stand.
    short: Vec<u32>,
    /// Those of them that are variables of functions, and no globals.
    own: Vec<u32>,
    /// Those that are properties of functions' own objects (`this.ga`).
    parts: Vec<u32>,
    /// Functions around.
    depth: u32,
}

impl<'a> Index<'a, '_> {
    /// The mentions that may stand for what is looked for, in order. A name as short as minifiers make them doesn't where it
    /// is a variable of a function, nor where all that the script has of that name are properties of its own objects.
    fn telling(&mut self, text: &str, mentions: &[Mention]) -> Vec<u32> {
        self.own.sort_unstable();
        self.parts.sort_unstable();
        let mut marks: Vec<u32> =
            mentions.iter().map(|m| m.at).filter(|at| self.own.binary_search(at).is_err()).collect();
        if self.parts.is_empty() {
            return marks;
        }
        let is_part = |at: &u32| self.parts.binary_search(at).is_ok();
        let name = |at: &u32| {
            let rest = text.get(*at as usize..).unwrap_or_default();
            rest.bytes().position(|byte| !is_word(byte)).and_then(|end| rest.get(..end)).unwrap_or(rest)
        };
        let is_short = |at: &&u32| self.short.binary_search(at).is_ok();
        let elsewhere: HashSet<&str> = marks.iter().filter(is_short).filter(|at| !is_part(at)).map(name).collect();
        marks.retain(|at| !is_part(at) || elsewhere.contains(name(at)));
        marks
    }

    /// Where a variable is used.
    fn uses(&self, symbol: SymbolId) -> impl Iterator<Item = u32> {
        let uses = self.scoping.get_resolved_reference_ids(symbol);
        uses.iter().filter_map(|number| self.references.get(number.index()).copied())
    }

    /// Notes where a name stands that belongs to a function, however it is called.
    fn note_own(&mut self, symbol: SymbolId, at: u32) {
        let global = self.scoping.symbol_scope_id(symbol) == self.scoping.root_scope_id();
        if !global && self.short.binary_search(&at).is_ok() {
            self.own.push(at);
        }
    }

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
        self.depth += 1;
        walk::walk_function(self, f, flags);
        self.depth -= 1;
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
            self.names.push((m.property.name.as_str(), m.property.span.start));
        } else if self.depth > 0
            && matches!(m.object, ast::Expression::ThisExpression(_))
            && self.short.binary_search(&m.property.span.start).is_ok()
        {
            self.parts.push(m.property.span.start);
        }
        walk::walk_static_member_expression(self, m);
    }

    fn visit_identifier_reference(&mut self, id: &ast::IdentifierReference<'a>) {
        let Some(number) = id.reference_id.get() else { return };
        if let Some(at) = self.references.get_mut(number.index()) {
            *at = id.span.start;
        }
        if !self.short.is_empty()
            && let Some(symbol) = self.scoping.get_reference(number).symbol_id()
        {
            self.note_own(symbol, id.span.start);
        }
    }

    fn visit_binding_identifier(&mut self, id: &ast::BindingIdentifier<'a>) {
        if !self.short.is_empty()
            && let Some(symbol) = id.symbol_id.get()
        {
            self.note_own(symbol, id.span.start);
        }
    }
}
