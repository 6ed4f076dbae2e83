//! Variables: reading and writing locals and globals, and taking back what was written under a condition.

use std::rc::Rc;

use oxc_ast::ast;
use oxc_span::Span;
use oxc_syntax::symbol::SymbolId;

use super::{MAX_FACTS, Undo, Walk, expr::ITEMS_A_STEP, native};
use crate::script::{
    record::Record,
    store::{Code, Path},
    value::Val,
};

/// Names of the global object.
const WINDOWS: [&str; 6] = ["window", "self", "globalThis", "top", "parent", "frames"];
/// Longest text among the constants that later scripts get.
const MAX_GLOBAL_TEXT: usize = 4_096;
/// Most names of globals that are noted as defined elsewhere.
const MAX_MISSING: usize = 500;
/// Depth of objects in which functions for other scripts are looked for.
const OFFER_DEPTH: u32 = 3;
/// Most values that are looked at for that.
const MAX_OFFER_STEPS: u32 = 20_000;

impl<'a> Walk<'a, '_> {
    pub(super) fn symbol(&self, id: &ast::IdentifierReference<'_>) -> Option<SymbolId> {
        id.reference_id.get().and_then(|r| self.scoping.get_reference(r).symbol_id())
    }

    /// Whether a variable of the script is a property of the global object (or as good as one).
    pub(super) fn is_global(&self, symbol: SymbolId) -> bool {
        !self.module && self.scoping.symbol_scope_id(symbol) == self.scoping.root_scope_id()
    }

    pub(super) fn identifier(&mut self, id: &'a ast::IdentifierReference<'a>) -> Val {
        match self.symbol(id) {
            Some(symbol) if !self.is_global(symbol) => self.local(symbol, id.span),
            symbol => {
                if self.deferred && symbol.is_some_and(|s| self.is_unsettled(s)) && !self.interests.is_root(&id.name) {
                    return Val::unknown(id.span);
                }
                self.global(&id.name, id.span)
            }
        }
    }

    fn local(&mut self, symbol: SymbolId, at: Span) -> Val {
        let Some((scope, index)) = self.store.find(self.scope, symbol) else { return Val::unknown(at) };
        let value = self.store.scopes[scope as usize].vars.at(index).clone();
        let own = self.frames.last().and_then(|f| f.function_scope);
        let foreign = self.store.scopes[scope as usize].id != own;
        if self.deferred && foreign && self.is_unsettled(symbol) && !matches!(value, Val::Path(_)) {
            return Val::unknown(at);
        }
        self.read_at(value, at)
    }

    /// A value that isn't decided, as what is read here.
    pub(super) fn read_at(&mut self, value: Val, at: Span) -> Val {
        match value {
            Val::Unknown { bound: false, .. } => Val::unknown(at),
            Val::OneOf(id) => {
                let options = self.store.get_choice(id).options.clone();
                self.store.one_of(options, at)
            }
            value => value,
        }
    }

    /// Whether the variable is written in more than one place, so that its value depends on what ran before.
    fn is_unsettled(&mut self, symbol: SymbolId) -> bool {
        let scoping = self.scoping;
        let writes = *self.write_counts.entry(symbol).or_insert_with(|| {
            u32::try_from(scoping.get_resolved_references(symbol).filter(|r| r.is_write()).count()).unwrap_or(u32::MAX)
        });
        let declared = u32::from(self.initialised.contains(&symbol));
        writes.saturating_add(declared) > 1
            || (writes == 1
                && self
                    .store
                    .find(self.scope, symbol)
                    .is_some_and(|(scope, i)| matches!(self.store.scopes[scope as usize].vars.at(i), Val::Undefined)))
    }

    pub(super) fn global(&mut self, name: &str, at: Span) -> Val {
        match name {
            "undefined" => return Val::Undefined,
            "NaN" => return Val::Num(f64::NAN),
            "Infinity" => return Val::Num(f64::INFINITY),
            "arguments" => {
                if let Some(frame) = self.frames.last() {
                    return frame.arguments.clone();
                }
            }
            _ if WINDOWS.contains(&name) => return Val::Window,
            _ => {}
        }
        let root = self.interests.is_root(name);
        match self.globals.get(name) {
            Some(value @ (Val::Str(_) | Val::Num(_))) if root => return value.clone(),
            Some(value @ Val::OneOf(_)) => return self.read_at(value.clone(), at),
            Some(Val::Unknown { bound: false, .. }) if !root => return Val::unknown(at),
            Some(value) if !root => return value.clone(),
            _ => {}
        }
        if let Some(value) = self.env.get(name)
            && (!root
                || matches!(
                    value,
                    crate::script::Value::String(_)
                        | crate::script::Value::Number(_)
                        | crate::script::Value::OneOf { .. }
                ))
        {
            return self.imported(name, value, at);
        }
        if root {
            return self.path(name);
        }
        if native::is_native(name) {
            return Val::Native(Rc::from(name));
        }
        if self.facts.missing.len() < MAX_MISSING && !self.facts.missing.contains(name) {
            self.facts.missing.insert(name.to_owned());
        }
        let borrowed = self.interests.is_borrowed(name) && !self.globals.contains_key(name);
        if borrowed { self.path(name) } else { Val::unknown(at) }
    }

    /// A constant of an earlier script. Lists and objects are brought in once, however often they are read.
    pub(super) fn imported(&mut self, name: &str, value: &crate::script::Value, at: Span) -> Val {
        if let Some(known) = self.imported.get(name) {
            return known.clone();
        }
        let brought = self.store.import(value, at);
        if brought.is_container() {
            self.imported.insert(Rc::from(name), brought.clone());
        }
        brought
    }

    pub(super) fn path(&mut self, name: &str) -> Val {
        self.store.path(Path { text: Rc::from(name), root: Rc::from(name), receiver_args: Vec::new() })
    }

    /// Binds a declared variable.
    pub(super) fn declare(&mut self, id: &ast::BindingIdentifier<'_>, value: Val, at: Span) {
        let Some(symbol) = id.symbol_id.get() else { return };
        self.name_function(&value, &id.name);
        if self.is_global(symbol) {
            self.set_global(&id.name, value, at);
        } else {
            self.set_local(symbol, value);
        }
    }

    pub(super) fn name_function(&mut self, value: &Val, name: &str) {
        if let Val::Func(id) = value {
            let func = &mut self.store.funcs[*id as usize];
            if func.name.is_none() && !matches!(func.code, Code::Bound) {
                func.name = Some(Rc::from(name));
            }
        }
    }

    pub(super) fn set_local(&mut self, symbol: SymbolId, value: Val) {
        let scope = self.store.find(self.scope, symbol).map_or_else(|| self.home(symbol), |(scope, _)| scope);
        let old = self.store.scopes[scope as usize].vars.set(symbol, value);
        if let Some(journal) = self.journal.last_mut() {
            journal.push(Undo::Local(scope, symbol, old));
        }
    }

    /// The scope on the way up in which a variable lives.
    fn home(&self, symbol: SymbolId) -> u32 {
        let mut wanted = Some(self.scoping.symbol_scope_id(symbol));
        while let Some(id) = wanted {
            let mut at = Some(self.scope);
            while let Some(scope) = at {
                let here = &self.store.scopes[scope as usize];
                if here.id == Some(id) {
                    return scope;
                }
                at = here.parent;
            }
            wanted = self.scoping.scope_parent_id(id);
        }
        self.scope
    }

    /// Binds in the innermost scope, whatever is bound further out: parameters.
    pub(super) fn set_own(&mut self, symbol: SymbolId, value: Val) {
        self.store.scopes[self.scope as usize].vars.set(symbol, value);
    }

    pub(super) fn set_global(&mut self, name: &str, value: Val, at: Span) {
        let name: Rc<str> = Rc::from(name);
        if self.interests.is_root(&name) {
            if let Val::Path(id) = value {
                // `window.x = window.x || []` changes nothing; another name for a known one is kept.
                if self.store.get_path(id).text == name {
                    return;
                }
            }
            self.own_stub(&value, &name);
            self.report_assign(&name, &value, at);
        }
        if let (Val::Str(chosen), Some(function)) = (&value, self.interests.named_by(&name))
            && !self.interests.is_root(chosen)
        {
            let (chosen, function) = (chosen.clone(), self.path(function));
            self.globals.insert(chosen, function);
        }
        self.name_function(&value, &name);
        self.store.share(&value);
        let old = self.globals.insert(name.clone(), value);
        if let Some(journal) = self.journal.last_mut() {
            journal.push(Undo::Global(name, old));
        }
    }

    /// Marks a function as the definition of a global of interest.
    pub(super) fn own_stub(&mut self, value: &Val, root: &Rc<str>) {
        if let Val::Func(id) = value {
            self.store.funcs[*id as usize].defines = Some(root.clone());
        }
    }

    /// Begins code that may or may not run.
    pub(super) fn open_journal(&mut self) {
        self.journal.push(Vec::new());
    }

    /// Ends it, and takes back what it wrote; the result says what that was.
    pub(super) fn roll_back(&mut self) -> Vec<Undo> {
        let mut undone = self.journal.pop().unwrap_or_default();
        for undo in undone.iter_mut().rev() {
            match undo {
                Undo::Local(scope, symbol, value) => {
                    let vars = &mut self.store.scopes[*scope as usize].vars;
                    *value = match value.take() {
                        Some(old) => vars.set(*symbol, old),
                        None => vars.remove(*symbol),
                    };
                }
                Undo::Global(name, value) => {
                    *value = match value.take() {
                        Some(old) => self.globals.insert(name.clone(), old),
                        None => self.globals.remove(name),
                    };
                }
                Undo::Prop(record, key, value) => {
                    let record = &mut self.store.records[*record as usize];
                    let new = record.get(key).cloned();
                    match value.take() {
                        Some(old) => record.set(key, old),
                        None => self.steps += (record.remove(key) / ITEMS_A_STEP) as u64,
                    }
                    *value = new;
                }
                Undo::List(list, length) => self.store.lists[*list as usize].items.truncate(*length),
            }
        }
        undone
    }

    /// Makes everything that was written in one of several alternatives unknown.
    pub(super) fn forget(&mut self, undone: Vec<Undo>, at: Span) {
        undone.into_iter().for_each(|undo| self.restore(undo, Val::unknown(at)));
    }

    /// Gives what was taken back a value again; a list may have more than is known.
    pub(super) fn restore(&mut self, undone: Undo, value: Val) {
        match undone {
            Undo::Local(scope, symbol, _) => {
                let old = self.store.scopes[scope as usize].vars.set(symbol, value);
                self.log(Undo::Local(scope, symbol, old));
            }
            Undo::Global(name, _) => {
                let old = self.globals.insert(name.clone(), value);
                self.log(Undo::Global(name, old));
            }
            Undo::Prop(record, key, _) => {
                let old = self.store.get_record(record).get(&key).cloned();
                self.store.records[record as usize].set(&key, value);
                self.log(Undo::Prop(record, key, old));
            }
            Undo::List(list, length) => {
                self.store.lists[list as usize].open = true;
                self.log(Undo::List(list, length));
            }
        }
    }

    pub(super) fn log(&mut self, undo: Undo) {
        if let Some(journal) = self.journal.last_mut() {
            journal.push(undo);
        }
    }

    /// The constants that later scripts may name.
    pub(super) fn export_globals(&mut self) {
        let mut names: Vec<Rc<str>> = self.globals.keys().cloned().collect();
        names.sort_unstable();
        for name in names.into_iter().take(MAX_FACTS) {
            let Some(value) = self.globals.get(&name) else { continue };
            let keep = match value {
                Val::Str(s) => s.len() <= MAX_GLOBAL_TEXT,
                Val::Null | Val::Bool(_) | Val::Num(_) => true,
                Val::Record(_) | Val::List(_) | Val::OneOf(_) => true,
                _ => false,
            };
            if keep {
                let value = self.store.export(value, self.source);
                self.facts.globals.insert(name.to_string(), value);
            }
        }
    }

    /// Names the globals through which others reach functions that said something.
    pub(super) fn export_offers(&mut self) {
        let names_something = || self.globals.values().any(|value| matches!(value, Val::Path(_)));
        if self.telling.is_empty() && !names_something() {
            return;
        }
        let free = |name: &str| {
            !self.interests.is_root(name) && !native::is_native(name) && !name.starts_with("on") && name.len() > 1
        };
        let mut named: Vec<(&Rc<str>, &Val)> = self.globals.iter().filter(|(name, _)| free(name)).collect();
        named.sort_unstable_by_key(|(name, _)| *name);
        let mut left = MAX_OFFER_STEPS;
        let found = named.into_iter().filter(|(_, value)| self.leads_to_telling(value, 0, &mut left));
        let offers = found.map(|(name, _)| name.to_string()).collect();
        self.facts.offers = offers;
    }

    fn leads_to_telling(&self, value: &Val, depth: u32, left: &mut u32) -> bool {
        if depth > OFFER_DEPTH || *left == 0 {
            return false;
        }
        *left -= 1;
        let mut inside = |record: &Record| record.iter().any(|(_, v)| self.leads_to_telling(v, depth + 1, left));
        match value {
            Val::Func(id) => {
                let func = self.store.get_func(*id);
                let tells = super::function::code_key(func.code).is_some_and(|key| self.telling.contains(&key));
                tells
                    || inside(&func.props)
                    || func.bound.as_ref().is_some_and(|(target, _)| self.leads_to_telling(target, depth + 1, left))
            }
            Val::Record(id) => inside(self.store.get_record(*id)),
            // Another name of a global of interest, or what one gave: a tracker.
            Val::Path(id) => self.interests.is_root(&self.store.get_path(*id).root),
            _ => false,
        }
    }
}
