//! Where lists, objects, functions and scopes live: indices into one store, so that cycles cost nothing and dropping is
//! flat, however deeply a hostile script nests its data.

use std::{collections::HashMap, rc::Rc};

use oxc_ast::ast;
use oxc_span::Span;
use oxc_syntax::{scope::ScopeId, symbol::SymbolId};

use super::{Choice, Value, record::Record, run::Condition, text::collapse, value::Val};

/// Deepest nesting of a value that is handed out.
const MAX_VALUE_DEPTH: u32 = 24;
/// Most parts of a value that is handed out.
const MAX_VALUE_PARTS: u32 = 20_000;
/// Most bytes, about, of all values of a script that are handed out.
const MAX_EXPORTED: usize = 32 << 20;
/// Marks groups of alternatives of another script.
const ELSEWHERE: u32 = 1 << 31;
/// Most items of a list or keys of an object that are kept.
pub(super) const MAX_ITEMS: usize = 10_000;

/// An array or an `arguments` object.
#[derive(Debug, Default, Clone)]
pub(super) struct List {
    pub(super) items: Vec<Val>,
    /// More may come that the source doesn't show.
    pub(super) open: bool,
    /// It is the `arguments` of a call.
    pub(super) arguments: bool,
    /// What it holds got out of sight.
    pub(super) shared: bool,
}

/// A function's code.
#[derive(Debug, Clone, Copy)]
pub(super) enum Code<'a> {
    Function(&'a ast::Function<'a>),
    Arrow(&'a ast::ArrowFunctionExpression<'a>),
    Class(&'a ast::Class<'a>),
    /// Another function with `this` or arguments already given; see [`Func::bound`].
    Bound,
}

/// A function with the scope it was made in.
#[derive(Debug)]
pub(super) struct Func<'a> {
    pub(super) code: Code<'a>,
    pub(super) scope: u32,
    /// `this` of an arrow function.
    pub(super) this: Val,
    /// Target and leading arguments of a bound function.
    pub(super) bound: Option<(Val, Vec<Val>)>,
    /// Properties; `prototype` among them.
    pub(super) props: Record,
    /// Root of the global that this function is the definition of.
    pub(super) defines: Option<Rc<str>>,
    /// Name, where the source gives one.
    pub(super) name: Option<Rc<str>>,
}

/// What a value may be, and when it is.
#[derive(Debug, Clone)]
pub(super) struct Alternative {
    pub(super) value: Val,
    pub(super) branches: Vec<(u32, u32)>,
    pub(super) conditions: Vec<Condition>,
}

/// A value that is one of several.
#[derive(Debug, Clone)]
pub(super) struct OneOf {
    pub(super) options: Rc<[Alternative]>,
    pub(super) at: Span,
}

/// A global of interest or what hangs below it.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// `ttq.instance().track`
    pub(super) text: Rc<str>,
    /// `ttq`
    pub(super) root: Rc<str>,
    pub(super) receiver_args: Vec<Vec<Val>>,
}

/// Variables of one function call or loop turn.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) id: Option<ScopeId>,
    pub(super) parent: Option<u32>,
    pub(super) vars: Vars,
}

/// Scopes with more variables than this keep a map of them: a script may be one function with all of its variables.
const MANY_VARS: usize = 32;

/// Variables of one scope with their values, each once.
#[derive(Debug, Default, Clone)]
pub(super) struct Vars {
    values: Vec<(SymbolId, Val)>,
    /// Where each stands, once there are many.
    places: HashMap<SymbolId, usize>,
}

impl Vars {
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn position(&self, symbol: SymbolId) -> Option<usize> {
        if self.values.len() > MANY_VARS {
            return self.places.get(&symbol).copied();
        }
        self.values.iter().position(|(s, _)| *s == symbol)
    }

    pub(super) fn at(&self, index: usize) -> &Val {
        &self.values[index].1
    }

    /// Gives a variable a value; the one it had.
    pub(super) fn set(&mut self, symbol: SymbolId, value: Val) -> Option<Val> {
        if let Some(index) = self.position(symbol) {
            return Some(std::mem::replace(&mut self.values[index].1, value));
        }
        self.values.push((symbol, value));
        if self.values.len() > MANY_VARS {
            let known = self.places.len();
            self.places.extend(self.values.iter().enumerate().skip(known).map(|(index, (symbol, _))| (*symbol, index)));
        }
        None
    }

    pub(super) fn remove(&mut self, symbol: SymbolId) -> Option<Val> {
        let index = self.position(symbol)?;
        let (_, value) = self.values.swap_remove(index);
        self.places.remove(&symbol);
        if self.values.len() <= MANY_VARS {
            self.places.clear();
        } else if let Some((moved, _)) = self.values.get(index) {
            self.places.insert(*moved, index);
        }
        Some(value)
    }

    pub(super) fn get(&self, symbol: SymbolId) -> Option<&Val> {
        self.position(symbol).map(|index| self.at(index))
    }
}

/// Where all of it lives.
#[derive(Debug, Default)]
pub(super) struct Store<'a> {
    pub(super) lists: Vec<List>,
    pub(super) records: Vec<Record>,
    pub(super) funcs: Vec<Func<'a>>,
    pub(super) paths: Vec<Path>,
    pub(super) elements: Vec<Rc<str>>,
    pub(super) choices: Vec<OneOf>,
    pub(super) scopes: Vec<Scope>,
    /// Bytes handed out so far, about.
    exported: std::cell::Cell<usize>,
}

fn put<T>(items: &mut Vec<T>, item: T) -> u32 {
    items.push(item);
    u32::try_from(items.len() - 1).unwrap_or(u32::MAX)
}

impl<'a> Store<'a> {
    pub(super) fn list(&mut self, mut items: Vec<Val>, open: bool) -> Val {
        let open = open || items.len() > MAX_ITEMS;
        items.truncate(MAX_ITEMS);
        Val::List(put(&mut self.lists, List { items, open, ..List::default() }))
    }

    pub(super) fn arguments(&mut self, items: Vec<Val>, open: bool) -> Val {
        Val::List(put(&mut self.lists, List { items, open, arguments: true, shared: false }))
    }

    pub(super) fn record(&mut self, record: Record) -> Val {
        Val::Record(put(&mut self.records, record))
    }

    pub(super) fn func(&mut self, func: Func<'a>) -> Val {
        Val::Func(put(&mut self.funcs, func))
    }

    pub(super) fn path(&mut self, path: Path) -> Val {
        Val::Path(put(&mut self.paths, path))
    }

    pub(super) fn element(&mut self, tag: &str) -> Val {
        Val::Element(put(&mut self.elements, Rc::from(tag)))
    }

    pub(super) fn one_of(&mut self, options: Rc<[Alternative]>, at: Span) -> Val {
        Val::OneOf(put(&mut self.choices, OneOf { options, at }))
    }

    pub(super) fn scope(&mut self, id: Option<ScopeId>, parent: Option<u32>) -> u32 {
        put(&mut self.scopes, Scope { id, parent, vars: Vars::default() })
    }

    pub(super) fn get_list(&self, id: u32) -> &List {
        &self.lists[id as usize]
    }

    pub(super) fn get_record(&self, id: u32) -> &Record {
        &self.records[id as usize]
    }

    pub(super) fn get_func(&self, id: u32) -> &Func<'a> {
        &self.funcs[id as usize]
    }

    pub(super) fn get_choice(&self, id: u32) -> &OneOf {
        &self.choices[id as usize]
    }

    pub(super) fn get_path(&self, id: u32) -> &Path {
        &self.paths[id as usize]
    }

    /// The variable, if a scope on the way up holds it.
    pub(super) fn find(&self, scope: u32, symbol: SymbolId) -> Option<(u32, usize)> {
        let mut at = Some(scope);
        while let Some(id) = at {
            let scope = &self.scopes[id as usize];
            if let Some(i) = scope.vars.position(symbol) {
                return Some((id, i));
            }
            at = scope.parent;
        }
        None
    }

    /// Notes that a value may be written to by code that isn't seen.
    pub(super) fn share(&mut self, value: &Val) {
        let mut waiting = vec![value.clone()];
        while let Some(value) = waiting.pop() {
            match value {
                Val::Record(id) if !self.get_record(id).shared => {
                    let record = &mut self.records[id as usize];
                    record.shared = true;
                    waiting.extend(record.iter().map(|(_, v)| v).filter(|v| v.is_container()).cloned());
                }
                Val::List(id) if !self.get_list(id).shared => {
                    let list = &mut self.lists[id as usize];
                    list.shared = true;
                    waiting.extend(list.items.iter().filter(|v| v.is_container()).cloned());
                }
                _ => {}
            }
        }
    }

    /// The value as it is handed out.
    pub(super) fn export(&self, value: &Val, source: &str) -> Value {
        let mut parts = 0;
        self.export_part(value, source, 0, &mut parts)
    }

    fn export_part(&self, value: &Val, source: &str, depth: u32, parts: &mut u32) -> Value {
        *parts += 1;
        let text = if let Val::Str(s) = value { s.len() } else { 0 };
        let exported = self.exported.get().saturating_add(size_of::<Value>() + text);
        self.exported.set(exported);
        if depth > MAX_VALUE_DEPTH || *parts > MAX_VALUE_PARTS || exported > MAX_EXPORTED {
            return Value::Expr("…".into());
        }
        match value {
            Val::Undefined => Value::Undefined,
            Val::Null => Value::Null,
            Val::Bool(b) => Value::Bool(*b),
            Val::Num(n) => Value::Number(*n),
            Val::Str(s) => Value::String(s.to_string()),
            Val::Func(_) => Value::Function,
            Val::List(id) => {
                let list = self.get_list(*id);
                if list.open && list.items.is_empty() {
                    return Value::Expr(if list.arguments { "arguments".into() } else { "[…]".into() });
                }
                Value::Array(list.items.iter().map(|v| self.export_part(v, source, depth + 1, parts)).collect())
            }
            Val::Record(id) => {
                let record = self.get_record(*id);
                let entries = record
                    .iter()
                    .map(|(k, v)| (k.to_string(), self.export_part(v, source, depth + 1, parts)))
                    .collect();
                Value::Object { entries, open: record.open }
            }
            Val::Path(id) => Value::Expr(self.get_path(*id).text.to_string()),
            Val::Native(name) => Value::Expr(name.to_string()),
            Val::Window => Value::Expr("window".into()),
            Val::Element(id) => Value::Expr(format!("<{}>", self.elements[*id as usize])),
            Val::Guard => Value::Expr("typeof".into()),
            Val::Head(_, at) | Val::Unknown { at, .. } => Value::Expr(collapse(source, *at)),
            Val::OneOf(id) => {
                let one = self.get_choice(*id);
                let mut choice = |a: &Alternative| Choice {
                    value: self.export_part(&a.value, source, depth + 1, parts),
                    branches: a.branches.clone(),
                    conditions: a.conditions.iter().map(|c| c.text(source)).collect(),
                };
                let options = one.options.iter().map(&mut choice).collect();
                Value::OneOf { source: collapse(source, one.at), options }
            }
        }
    }

    /// A value that came from another script.
    pub(super) fn import(&mut self, value: &Value, at: Span) -> Val {
        match value {
            Value::Undefined => Val::Undefined,
            Value::Null => Val::Null,
            Value::Bool(b) => Val::Bool(*b),
            Value::Number(n) => Val::Num(*n),
            Value::String(s) => Val::str(s),
            Value::Array(items) => {
                let items = items.iter().map(|v| self.import(v, at)).collect();
                self.list(items, false)
            }
            Value::Object { entries, open } => {
                let mut record: Record =
                    entries.iter().map(|(k, v)| (Rc::from(k.as_str()), self.import(v, at))).collect();
                record.open |= *open;
                record.shared = true;
                self.record(record)
            }
            Value::OneOf { options, .. } => {
                let alternative = |o: &Choice| Alternative {
                    value: self.import(&o.value, at),
                    branches: o.branches.iter().map(|(group, branch)| (group | ELSEWHERE, *branch)).collect(),
                    conditions: o.conditions.iter().map(|c| Condition::Text(Rc::from(c.as_str()))).collect(),
                };
                let options: Vec<Alternative> = options.iter().map(alternative).collect();
                self.one_of(options.into(), at)
            }
            Value::Function | Value::Expr(_) => Val::unknown(at),
        }
    }
}
