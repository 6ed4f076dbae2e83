//! Methods of constants, lists and elements.

use std::rc::Rc;

use oxc_span::Span;

use super::{
    Undo, Walk,
    builtin::MAX_ITEMS,
    call::{Made, callee_text},
    function::Invocation,
    operator::join_all,
};
use crate::consent::calls_back;
use crate::script::{
    CURRENT,
    store::MAX_ITEMS as MAX_KEPT,
    value::{Val, equal},
};

impl<'a> Walk<'a, '_> {
    /// A method of a constant or list; `None` if it isn't one of them.
    pub(super) fn method(&mut self, object: &Val, name: &str, made: &Made) -> Option<Val> {
        match object {
            Val::List(id) => self.list_method(*id, name, made),
            Val::Str(text) if name == "split" => {
                let separator = made.args.first().and_then(Val::text)?;
                let parts = if separator.is_empty() {
                    text.chars().take(MAX_ITEMS).map(|c| Val::str(&c.to_string())).collect()
                } else {
                    text.split(&*separator).take(MAX_ITEMS).map(Val::str).collect()
                };
                Some(self.store.list(parts, false))
            }
            Val::Str(text) => text_method(&text.clone(), name, made),
            Val::Head(..) => match name {
                "toString" | "trim" | "concat" => Some(object.clone()),
                _ => None,
            },
            Val::Num(n) => match (name, made.args.first()) {
                ("toString", None) => object.text().map(Val::Str),
                ("toFixed", digits) => {
                    let digits = digits.and_then(Val::number).unwrap_or(0.0).clamp(0.0, 20.0);
                    Some(Val::str(&format!("{n:.*}", digits as usize)))
                }
                _ => None,
            },
            Val::Record(id) if name == "getAttribute" => {
                let own = self.store.get_record(*id);
                own.get(CURRENT)?;
                Some(own.get(&made.args.first()?.text()?.to_ascii_lowercase()).cloned().unwrap_or(Val::Null))
            }
            Val::OneOf(id) if name == "forEach" => {
                self.in_each(*id, |w, list| {
                    w.method(list, name, made);
                });
                Some(Val::Undefined)
            }
            Val::OneOf(_) => self.each_option(object, made.at, |_, option| match option {
                Val::Str(text) => text_method(text, name, made).unwrap_or(Val::unknown(made.at)),
                _ => Val::unknown(made.at),
            }),
            Val::Bool(_) if name == "toString" => object.text().map(Val::Str),
            Val::Element(id) if name == "setAttribute" => {
                let tag = self.store.elements[*id as usize].clone();
                self.set_attribute(&tag, object, made);
                Some(Val::Undefined)
            }
            Val::Element(id) if matches!(name, "appendChild" | "append" | "prepend" | "replaceChildren") => {
                if &*self.store.elements[*id as usize] == "script" {
                    made.args.iter().for_each(|code| self.report_code(code, made.at));
                }
                None
            }
            _ if name == "createElement" => Some(self.created(made.args.first())),
            _ if name == "setAttribute" && made.args.len() == 2 => {
                self.set_attribute("", object, made);
                Some(Val::Undefined)
            }
            _ => None,
        }
    }

    fn list_method(&mut self, id: u32, name: &str, made: &Made) -> Option<Val> {
        let list = self.store.get_list(id).clone();
        let callback = made.args.iter().find_map(|a| if let Val::Func(f) = a { Some(*f) } else { None });
        match (name, callback) {
            ("push", _) => {
                self.log(Undo::List(id, list.items.len()));
                let target = &mut self.store.lists[id as usize];
                let room = MAX_KEPT.saturating_sub(target.items.len());
                target.open |= made.open || made.args.len() > room;
                target.items.extend(made.args.iter().take(room).cloned());
                let length = target.items.len();
                // Whoever empties a platform's queue calls what is in it.
                if callback.is_some() && calls_back(&callee_text(&self.text(made.at))) {
                    self.run_callbacks(made, None);
                }
                Some(Val::Num(length as f64))
            }
            ("join", _) if !list.open => {
                let separator = made.args.first().and_then(Val::text).unwrap_or_else(|| Rc::from(","));
                Some(join_all(&list.items, &separator, made.at))
            }
            ("slice", _) => {
                let from = made.args.first().and_then(Val::number).unwrap_or(0.0);
                let end = made.args.get(1).and_then(Val::number).unwrap_or(list.items.len() as f64);
                let (from, end) = (index(from, list.items.len()), index(end, list.items.len()));
                let items = list.items.get(from..end.max(from)).unwrap_or_default().to_vec();
                Some(self.store.list(items, list.open))
            }
            ("concat", _) => {
                let mut items = list.items;
                let mut open = list.open;
                for arg in &made.args {
                    match (arg, self.known_items(arg)) {
                        (_, Some(more)) if items.len() < MAX_KEPT => items.extend(more),
                        (_, Some(_)) => open = true,
                        (Val::Unknown { .. } | Val::List(_), None) => open = true,
                        (other, None) => items.push(other.clone()),
                    }
                }
                Some(self.store.list(items, open))
            }
            ("includes" | "indexOf", None) => self.list_search(&list.items, list.open, name, made),
            ("unshift" | "splice" | "pop" | "shift" | "sort" | "reverse", None) => {
                self.store.lists[id as usize].open = true;
                None
            }
            ("forEach" | "map" | "filter" | "some" | "every" | "find", Some(callback)) if !list.open => {
                Some(self.iterate(&list.items, name, callback, made.at))
            }
            _ => None,
        }
    }

    fn list_search(&mut self, items: &[Val], open: bool, name: &str, made: &Made) -> Option<Val> {
        let wanted = made.args.first()?;
        let mut found = None;
        for (i, item) in items.iter().enumerate() {
            match equal(item, wanted, false) {
                Some(true) => {
                    found = Some(i);
                    break;
                }
                Some(false) => {}
                None => return Some(Val::unknown(made.at)),
            }
        }
        if found.is_none() && open {
            return Some(Val::unknown(made.at));
        }
        Some(match name {
            "includes" => Val::Bool(found.is_some()),
            _ => Val::Num(found.map_or(-1.0, |i| i as f64)),
        })
    }

    fn iterate(&mut self, items: &[Val], name: &str, callback: u32, at: Span) -> Val {
        let mut results = Vec::new();
        let mut undecided = false;
        for (index, item) in items.iter().enumerate().take(MAX_ITEMS) {
            let args = vec![item.clone(), Val::Num(index as f64)];
            let result = self.invoke(callback, Invocation { this: Val::Undefined, args, open: false, site: None });
            match name {
                "filter" => match Self::decided(&result) {
                    Some(true) => results.push(item.clone()),
                    Some(false) => {}
                    None => undecided = true,
                },
                _ => results.push(result),
            }
        }
        match name {
            "map" | "filter" => self.store.list(results, undecided),
            "forEach" => Val::Undefined,
            _ => Val::unknown(at),
        }
    }
}

fn index(n: f64, length: usize) -> usize {
    let length_f = length as f64;
    let at = if n < 0.0 { length_f + n } else { n };
    at.clamp(0.0, length_f) as usize
}

fn text_method(text: &Rc<str>, name: &str, made: &Made) -> Option<Val> {
    let first = made.args.first();
    let first_text = first.and_then(Val::text);
    let number = |i: usize| made.args.get(i).and_then(Val::number);
    let chars = || text.chars().count();
    Some(match name {
        "toString" | "valueOf" | "normalize" => Val::Str(text.clone()),
        "trim" => Val::str(text.trim()),
        "toUpperCase" | "toLocaleUpperCase" => Val::computed(&text.to_uppercase(), made.at),
        "toLowerCase" | "toLocaleLowerCase" => Val::computed(&text.to_lowercase(), made.at),
        "concat" => {
            let all: Vec<Val> = std::iter::once(Val::Str(text.clone())).chain(made.args.iter().cloned()).collect();
            join_all(&all, "", made.at)
        }
        "indexOf" => {
            let found = text.find(&*first_text?);
            Val::Num(found.map_or(-1.0, |i| text.get(..i).map_or(0, |s| s.chars().count()) as f64))
        }
        "includes" => Val::Bool(text.contains(&*first_text?)),
        "startsWith" => Val::Bool(text.starts_with(&*first_text?)),
        "endsWith" => Val::Bool(text.ends_with(&*first_text?)),
        "replace" if matches!(first, Some(Val::Str(_))) => {
            Val::computed(&text.replacen(&*first_text?, &made.args.get(1)?.text()?, 1), made.at)
        }
        "charAt" => text
            .chars()
            .nth(number(0).unwrap_or(0.0).max(0.0) as usize)
            .map_or(Val::str(""), |c| Val::str(&c.to_string())),
        "slice" | "substring" => {
            let from = index(number(0).unwrap_or(0.0), chars());
            let end = index(number(1).unwrap_or(chars() as f64), chars());
            Val::str(&text.chars().skip(from).take(end.saturating_sub(from)).collect::<String>())
        }
        "substr" => {
            let from = index(number(0).unwrap_or(0.0), chars());
            let length = number(1).unwrap_or(chars() as f64).max(0.0) as usize;
            Val::str(&text.chars().skip(from).take(length).collect::<String>())
        }
        _ => return None,
    })
}
