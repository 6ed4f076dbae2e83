//! Properties: reading and writing them.

use std::rc::Rc;

use oxc_ast::ast;
use oxc_span::Span;

use super::{Undo, Walk, native};
use crate::script::{
    CURRENT,
    record::Record,
    store::{MAX_ITEMS, Path},
    value::Val,
};

/// What every object has.
const INHERITED: [&str; 7] =
    ["constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"];
/// Longest path below a global of interest.
const MAX_PATH: usize = 200;

impl<'a> Walk<'a, '_> {
    pub(super) fn member_expression(&mut self, m: &'a ast::MemberExpression<'a>) -> Val {
        let object = self.eval(m.object());
        self.member_of(&object, m)
    }

    /// The property that an expression names of an object that was evaluated already.
    pub(super) fn member_of(&mut self, object: &Val, m: &'a ast::MemberExpression<'a>) -> Val {
        match m {
            ast::MemberExpression::ComputedMemberExpression(c) => {
                let key = self.eval(&c.expression);
                match key.text() {
                    Some(key) => self.member(object, &key, c.span),
                    None => match object {
                        _ if matches!(key, Val::OneOf(_)) => {
                            let member = |w: &mut Self, key: &Val| {
                                key.text().map_or(Val::unknown(c.span), |key| w.member(object, &key, c.span))
                            };
                            self.each_option(&key, c.span, member).unwrap_or(Val::unknown(c.span))
                        }
                        // `fbq[name](…)` still goes through `fbq`.
                        Val::Path(id) => {
                            let path = self.store.get_path(*id).clone();
                            self.below(path, "[]")
                        }
                        _ => Val::unknown(c.span),
                    },
                }
            }
            ast::MemberExpression::StaticMemberExpression(s) => self.member(object, &s.property.name, s.span),
            ast::MemberExpression::PrivateFieldExpression(p) => self.member(object, &p.field.name, p.span),
        }
    }

    fn below(&mut self, mut path: Path, key: &str) -> Val {
        if path.text.len() + key.len() > MAX_PATH {
            return Val::Path(self.path_id(path));
        }
        path.text = Rc::from(format!("{}.{key}", path.text).as_str());
        Val::Path(self.path_id(path))
    }

    /// A constant of an object that was assigned to a global of interest.
    fn settings(&self, path: &Path, key: &str) -> Option<Val> {
        let Some(Val::Record(id)) = self.globals.get(&path.text) else { return None };
        let value = self.store.get_record(*id).get(key)?;
        (value.is_primitive() || matches!(value, Val::List(_) | Val::Record(_))).then(|| value.clone())
    }

    fn path_id(&mut self, path: Path) -> u32 {
        match self.store.path(path) {
            Val::Path(id) => id,
            _ => 0,
        }
    }

    /// The value of a property.
    pub(super) fn member(&mut self, object: &Val, key: &str, at: Span) -> Val {
        match object {
            Val::Window => self.global(key, at),
            Val::Path(id) => {
                let path = self.store.get_path(*id).clone();
                let text = format!("{}.{key}", path.text);
                match self.defined.get(text.as_str()) {
                    Some(value) if value.is_primitive() || matches!(value, Val::List(_) | Val::Record(_)) => {
                        value.clone()
                    }
                    _ => match self.settings(&path, key) {
                        Some(value) => value,
                        None => self.below(path, key),
                    },
                }
            }
            Val::Record(id) => {
                let record = self.store.get_record(*id);
                match record.get(key) {
                    Some(value) => self.read_at(value.clone(), at),
                    None if record.open || record.shared || self.deferred || INHERITED.contains(&key) => {
                        Val::unknown(at)
                    }
                    None => Val::Undefined,
                }
            }
            Val::List(id) => {
                let list = self.store.get_list(*id);
                match key.parse::<usize>() {
                    Ok(index) => match list.items.get(index) {
                        Some(value) => value.clone(),
                        None if list.open => Val::unknown(at),
                        None => Val::Undefined,
                    },
                    Err(_) if key == "length" && !list.open => Val::Num(list.items.len() as f64),
                    Err(_) => Val::unknown(at),
                }
            }
            Val::Str(text) => match key.parse::<usize>() {
                Ok(index) => text.chars().nth(index).map_or(Val::Undefined, |c| Val::str(&c.to_string())),
                Err(_) if key == "length" => Val::Num(text.encode_utf16().count() as f64),
                Err(_) => Val::unknown(at),
            },
            Val::Func(id) => {
                if let Some(value) = self.store.get_func(*id).props.get(key) {
                    return value.clone();
                }
                if key != "prototype" {
                    return Val::unknown(at);
                }
                let prototype = self.store.record(Record::default());
                self.store.funcs[*id as usize].props.set(key, prototype.clone());
                prototype
            }
            Val::Element(_) => native::element_member(key).unwrap_or(Val::unknown(at)),
            Val::Native(name) if &**name == "document" && key == "currentScript" => match self.env.get(CURRENT) {
                Some(own) => self.imported(CURRENT, own, at),
                None => Val::unknown(at),
            },
            Val::Native(name) => native::member(name, key, at),
            one => self.each_option(one, at, |w, object| w.member(object, key, at)).unwrap_or(Val::unknown(at)),
        }
    }

    /// Writes a property.
    pub(super) fn set_member(&mut self, object: &Val, key: &str, value: Val, at: Span) {
        match object {
            Val::Window => {
                if key.starts_with("on") {
                    self.handler(key, &value, Val::Window);
                }
                self.set_global(key, value, at);
            }
            Val::Path(id) => {
                // A borrowed name may just as well be an element that another script made.
                if self.interests.is_borrowed(&self.store.get_path(*id).text) {
                    self.set_element("", object, key, value.clone(), at);
                }
                self.set_below(*id, key, value, at);
            }
            Val::Record(id) => {
                let old = self.store.get_record(*id).get(key).cloned();
                self.store.records[*id as usize].set(key, value);
                self.log(Undo::Prop(*id, Rc::from(key), old));
            }
            Val::List(id) => {
                let list = &mut self.store.lists[*id as usize];
                match key.parse::<usize>() {
                    Ok(index) if index < list.items.len() => list.items[index] = value,
                    Ok(index) if index == list.items.len() && index < MAX_ITEMS => {
                        list.items.push(value);
                        self.log(Undo::List(*id, index));
                    }
                    Err(_) if key == "length" => list.items.clear(),
                    _ => list.open = true,
                }
            }
            Val::Func(id) => self.store.funcs[*id as usize].props.set(key, value),
            Val::Element(id) => {
                let tag = self.store.elements[*id as usize].clone();
                self.set_element(&tag, object, key, value, at);
            }
            Val::Native(name) if &**name == "location" => {}
            // Which of them is written to isn't known.
            Val::OneOf(_) => {
                self.each_option(object, at, |w, option| {
                    w.set_member(option, key, Val::unknown(at), at);
                    Val::Undefined
                });
            }
            _ => {
                self.set_of_missing(object, key, &value);
                self.set_element("", object, key, value, at);
            }
        }
    }

    /// A property of a global that another script defines: what is written to it here is known from here on.
    fn set_of_missing(&mut self, object: &Val, key: &str, value: &Val) {
        let Val::Unknown { at, .. } = object else { return };
        if !(value.is_primitive() || value.is_container() || matches!(value, Val::Func(_))) || !self.journal.is_empty()
        {
            return;
        }
        let text = self.text(*at);
        let name = text.rsplit('.').next().unwrap_or_default();
        let whole = text.split('.').count() <= 2 && self.facts.missing.contains(name);
        if whole && !self.globals.contains_key(name) {
            let mut record = Record::unbounded();
            record.shared = true;
            record.set(key, value.clone());
            let record = self.store.record(record);
            self.globals.insert(Rc::from(name), record);
        }
    }

    fn set_below(&mut self, id: u32, key: &str, value: Val, at: Span) {
        let path = self.store.get_path(id).clone();
        let target: Rc<str> = Rc::from(format!("{}.{key}", path.text).as_str());
        if matches!(&value, Val::Path(id) if self.store.get_path(*id).text == target) || target.len() > MAX_PATH {
            return;
        }
        self.own_stub(&value, &path.root);
        if self.stub.as_ref() != Some(&path.root) {
            self.report_assign(&target, &value, at);
        }
        self.defined.insert(target, value);
    }

    /// Names of what can be looped over with `in`.
    pub(super) fn keys(&self, object: &Val) -> Option<Vec<Val>> {
        match object {
            Val::Record(id) => {
                let record = self.store.get_record(*id);
                (!record.open).then(|| record.iter().map(|(k, _)| Val::Str(k.clone())).collect())
            }
            Val::List(id) => {
                let list = self.store.get_list(*id);
                (!list.open).then(|| (0..list.items.len()).map(|i| Val::str(&i.to_string())).collect())
            }
            _ => None,
        }
    }

    /// The items of a list whose items are all known to be there.
    pub(super) fn known_items(&self, value: &Val) -> Option<Vec<Val>> {
        match value {
            Val::List(id) => {
                let list = self.store.get_list(*id);
                (!list.open).then(|| list.items.clone())
            }
            _ => None,
        }
    }

    /// The name of a property in a literal or pattern, where it is constant.
    pub(super) fn property_key(&mut self, key: &'a ast::PropertyKey<'a>) -> Option<Rc<str>> {
        match key {
            ast::PropertyKey::StaticIdentifier(id) => Some(Rc::from(id.name.as_str())),
            ast::PropertyKey::PrivateIdentifier(id) => Some(Rc::from(id.name.as_str())),
            ast::PropertyKey::StringLiteral(s) => Some(Rc::from(s.value.as_str())),
            key => {
                let value = self.eval(key.as_expression()?);
                value.text()
            }
        }
    }
}
