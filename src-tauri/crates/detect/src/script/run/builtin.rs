//! What the functions and methods that browsers provide make of constants.

use std::rc::Rc;

use oxc_span::Span;
use pixelproof_model::Trigger;

use super::{Undo, Walk, call::Made, expr::join_all, function::Invocation};
use crate::script::{
    LoadKind, Value,
    value::{self, Record, Val, parse_leading},
};

/// Most items that a list method walks.
const MAX_ITEMS: usize = 256;

impl<'a> Walk<'a, '_> {
    /// A call of something that browsers provide.
    pub(super) fn native(&mut self, name: &str, made: &Made) -> Val {
        let at = made.at;
        let first = made.args.first();
        match name {
            "setTimeout" | "setInterval" | "requestIdleCallback" | "requestAnimationFrame" | "queueMicrotask" => {
                self.timer(made);
            }
            "addEventListener" | "attachEvent" => {
                return self.unknown_method(&Val::Window, name, &Val::unknown(at), made.clone());
            }
            "eval" => {
                if let Some(code) = first {
                    self.report_code(code, at);
                }
            }
            "document.write" | "document.writeln" => {
                let markup = join_all(&made.args, "", at);
                self.report_written(&markup, at);
            }
            "document.createElement" => return self.created(first),
            "document.createElementNS" => return self.created(made.args.get(1)),
            "Image" => return self.store.element("img"),
            "fetch"
            | "navigator.sendBeacon"
            | "$.get"
            | "$.post"
            | "jQuery.get"
            | "jQuery.post"
            | "$.getJSON"
            | "jQuery.getJSON" => {
                self.request(first, at);
                self.continue_with(made);
            }
            "$.ajax" | "jQuery.ajax" => {
                let url = match first {
                    Some(options @ Val::Record(_)) => Some(self.member(options, "url", at)),
                    other => other.cloned(),
                };
                self.request(url.as_ref(), at);
            }
            "$.getScript" | "jQuery.getScript" | "importScripts" => {
                for url in &made.args {
                    self.report_load(url, LoadKind::Script, at);
                }
                self.continue_with(made);
            }
            "$" | "jQuery" | "$.ready" | "jQuery.ready" => {
                if let Some(markup @ Val::Str(_)) = first {
                    self.report_written(markup, at);
                }
                if let Some(func) = first {
                    let dollar = Val::Native(Rc::from("$"));
                    self.later(Trigger::Load, None, func, Val::unknown(at), vec![dollar]);
                }
            }
            "define" | "require" => self.continue_with(made),
            "$.each" | "jQuery.each" | "$.map" | "jQuery.map" => return self.each_pair(made),
            _ => return self.pure(name, made),
        }
        Val::unknown(at)
    }

    /// Functions that run as part of the same work, later.
    fn continue_with(&mut self, made: &Made) {
        for arg in &made.args {
            self.later(Trigger::Load, None, arg, Val::Undefined, Vec::new());
        }
    }

    fn timer(&mut self, made: &Made) {
        match made.args.first() {
            Some(func @ Val::Func(_)) => {
                let args = made.args.iter().skip(2).cloned().collect();
                self.later(Trigger::Timer, None, func, Val::Window, args);
            }
            Some(code @ Val::Str(_)) => {
                let outer = self.ctx.base;
                if outer == Trigger::Load {
                    self.ctx.base = Trigger::Timer;
                }
                self.report_code(code, made.at);
                self.ctx.base = outer;
            }
            _ => {}
        }
    }

    fn created(&mut self, tag: Option<&Val>) -> Val {
        let tag = tag.and_then(Val::text).unwrap_or_else(|| Rc::from(""));
        self.store.element(&tag.to_ascii_lowercase())
    }

    /// Functions without effects.
    fn pure(&mut self, name: &str, made: &Made) -> Val {
        let at = made.at;
        let first = made.args.first().cloned().unwrap_or(Val::Undefined);
        let of_text = |make: &dyn Fn(&str) -> Val| match first.text() {
            Some(text) => make(&text),
            None => Val::unknown(at),
        };
        match name {
            "String" => match (&first, first.text()) {
                (Val::Head(..), _) => first,
                (_, Some(text)) => Val::Str(text),
                _ => Val::unknown(at),
            },
            "Number" => first.number().map_or(Val::unknown(at), Val::Num),
            "Boolean" => Self::decided(&first).map_or(Val::unknown(at), Val::Bool),
            "parseFloat" => of_text(&|t| Val::Num(parse_leading(t, false))),
            "parseInt" => of_text(&|t| Val::Num(parse_leading(t, true))),
            "encodeURIComponent" => of_text(&|t| Val::computed(&encode(t, ""), at)),
            "encodeURI" => of_text(&|t| Val::computed(&encode(t, ";/?:@&=+$,#"), at)),
            "decodeURIComponent" | "unescape" => of_text(&|t| {
                percent_encoding::percent_decode_str(t).decode_utf8().map_or(Val::unknown(at), |t| Val::str(&t))
            }),
            "Math.round" => first.number().map_or(Val::unknown(at), |n| Val::Num((n + 0.5).floor())),
            "Math.floor" => first.number().map_or(Val::unknown(at), |n| Val::Num(n.floor())),
            "Math.ceil" => first.number().map_or(Val::unknown(at), |n| Val::Num(n.ceil())),
            "Array.isArray" => match first {
                Val::List(_) => Val::Bool(true),
                Val::Unknown { .. } | Val::Path(_) => Val::unknown(at),
                _ => Val::Bool(false),
            },
            "Array.from" | "Object.freeze" => first,
            "Object.keys" => self.keys(&first).map_or(Val::unknown(at), |keys| self.store.list(keys, false)),
            "Object.values" => self.values(&first).map_or(Val::unknown(at), |values| self.store.list(values, false)),
            "Object.entries" => self.pairs(&first).map_or(Val::unknown(at), |pairs| self.store.list(pairs, false)),
            "Object.assign" | "$.extend" | "jQuery.extend" => self.assign_all(made),
            "JSON.parse" => self.parsed(&first, at),
            "Array" => self.store.list(made.args.clone(), made.open),
            "Promise.resolve" => first,
            _ => {
                self.run_callbacks(made, Some(name));
                Val::unknown(at)
            }
        }
    }

    fn parsed(&mut self, text: &Val, at: Span) -> Val {
        let Val::Str(text) = text else { return Val::unknown(at) };
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(json) => {
                let value = Value::from(json);
                self.store.import(&value, at)
            }
            Err(_) => Val::unknown(at),
        }
    }

    fn values(&self, object: &Val) -> Option<Vec<Val>> {
        match object {
            Val::Record(id) => {
                let record = self.store.get_record(*id);
                (!record.open).then(|| record.entries.iter().map(|(_, v)| v.clone()).collect())
            }
            other => self.known_items(other),
        }
    }

    fn pairs(&mut self, object: &Val) -> Option<Vec<Val>> {
        let keys = self.keys(object)?;
        let values = self.values(object)?;
        Some(keys.into_iter().zip(values).map(|(k, v)| self.store.list(vec![k, v], false)).collect())
    }

    fn assign_all(&mut self, made: &Made) -> Val {
        let mut args = made.args.iter().filter(|a| !matches!(a, Val::Bool(_)));
        let Some(target) = args.next() else { return Val::Undefined };
        for source in args {
            let mut merged = Record::default();
            self.spread_into(&mut merged, source);
            for (key, value) in merged.entries {
                self.set_member(target, &key, value, made.at);
            }
            if let (Val::Record(id), true) = (target, merged.open) {
                self.store.records[*id as usize].open = true;
            }
        }
        target.clone()
    }

    /// `$.each(list, fn(index, item))`.
    fn each_pair(&mut self, made: &Made) -> Val {
        let items = made.args.first().and_then(|list| self.values(list));
        match (items, made.args.get(1)) {
            (Some(items), Some(Val::Func(id))) => {
                for (index, item) in items.into_iter().enumerate().take(MAX_ITEMS) {
                    let args = vec![Val::Num(index as f64), item.clone()];
                    self.invoke(*id, Invocation { this: item, args, open: false, site: None });
                }
            }
            _ => self.run_now(&made.args, made.at),
        }
        Val::unknown(made.at)
    }

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
            Val::Bool(_) if name == "toString" => object.text().map(Val::Str),
            Val::Element(id) if name == "setAttribute" => {
                let tag = self.store.elements[*id as usize].clone();
                self.set_attribute(&tag, made);
                Some(Val::Undefined)
            }
            _ if name == "createElement" => Some(self.created(made.args.first())),
            _ if name == "setAttribute" && made.args.len() == 2 => {
                self.set_attribute("", made);
                Some(Val::Undefined)
            }
            _ => None,
        }
    }

    fn set_attribute(&mut self, tag: &str, made: &Made) {
        let [name, value] = made.args.as_slice() else { return };
        match name.text().as_deref() {
            Some("src") => self.report_load(value, super::member::kind_of(tag), made.at),
            Some("href") if tag == "link" => self.report_load(value, LoadKind::Unknown, made.at),
            Some(handler) if handler.starts_with("on") => self.report_code(value, made.at),
            _ => {}
        }
    }

    fn list_method(&mut self, id: u32, name: &str, made: &Made) -> Option<Val> {
        let list = self.store.get_list(id).clone();
        let callback = made.args.iter().find_map(|a| if let Val::Func(f) = a { Some(*f) } else { None });
        match (name, callback) {
            ("push", _) => {
                self.log(Undo::List(id, list.items.len()));
                let target = &mut self.store.lists[id as usize];
                let room = value::MAX_ITEMS.saturating_sub(target.items.len());
                target.open |= made.open || made.args.len() > room;
                target.items.extend(made.args.iter().take(room).cloned());
                Some(Val::Num(target.items.len() as f64))
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
                        (_, Some(more)) if items.len() < value::MAX_ITEMS => items.extend(more),
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
            match crate::script::value::equal(item, wanted, false) {
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

    /// Calls of methods whose name alone tells what they do.
    pub(super) fn by_name(&mut self, name: &str, made: &Made) {
        match (name, made.args.as_slice()) {
            ("open", [Val::Str(method), url, ..])
                if matches!(&*method.to_ascii_uppercase(), "GET" | "POST" | "HEAD" | "PUT") =>
            {
                self.request(Some(url), made.at);
            }
            ("getScript", [url, ..]) => self.report_load(url, LoadKind::Script, made.at),
            ("sendBeacon", [url, ..]) => self.request(Some(url), made.at),
            ("insertAdjacentHTML", [_, markup]) => self.report_written(markup, made.at),
            ("html" | "append" | "prepend" | "after" | "before" | "write" | "writeln", [markup, ..]) => {
                self.report_written(markup, made.at);
            }
            ("attr" | "prop", [Val::Str(key), value]) if &**key == "src" => {
                self.report_load(value, LoadKind::Unknown, made.at);
            }
            _ => self.report_handed_url(name, &made.args, made.at),
        }
        self.run_callbacks(made, None);
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

/// Percent-encodes as `encodeURIComponent` does, leaving some further characters.
fn encode(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c) || keep.contains(c) {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}
