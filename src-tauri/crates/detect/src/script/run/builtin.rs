//! What the functions and methods that browsers provide make of constants.

use std::rc::Rc;

use oxc_span::Span;
use pixelproof_model::Trigger;

use super::{Walk, call::Made, function::Invocation, operator::join_all};
use crate::script::{
    LoadKind, Value,
    record::Record,
    value::{Val, parse_leading},
};

/// Most items that a list method walks.
pub(super) const MAX_ITEMS: usize = 256;

/// Names under which an element gives its text.
const ELEMENT_TEXTS: [&str; 4] = ["textContent", "innerHTML", "innerText", "text"];

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
            "eval" | "execScript" => {
                if let Some(code) = first {
                    self.report_code(code, at);
                }
            }
            "Function" => {
                if let Some(code) = made.args.last() {
                    self.report_code(code, at);
                }
            }
            "document.write" | "document.writeln" => {
                let markup = join_all(&made.args, "", at);
                self.report_written(&markup, at);
            }
            "document.getElementById" | "document.querySelector" => return self.element_of_data(name, made),
            "document.createTextNode" => return first.cloned().unwrap_or(Val::Undefined),
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

    /// An element that holds data which the page shows; of others nothing is known.
    fn element_of_data(&mut self, name: &str, made: &Made) -> Val {
        let Some(wanted) = made.args.first().and_then(Val::text) else { return Val::unknown(made.at) };
        let by_id = name.ends_with("getElementById");
        let id = if by_id { Some(&*wanted) } else { wanted.trim().trim_start_matches("script").strip_prefix('#') };
        match id.and_then(|id| self.env.get(format!("#{id}").as_str())) {
            Some(Value::String(text)) => {
                let mut element = Record::unbounded();
                let text = Val::str(text);
                ELEMENT_TEXTS.iter().for_each(|name| element.set(name, text.clone()));
                element.shared = true;
                self.store.record(element)
            }
            _ => Val::unknown(made.at),
        }
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

    pub(super) fn created(&mut self, tag: Option<&Val>) -> Val {
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
            "atob" => of_text(&|t| decode(t).map_or(Val::unknown(at), |t| Val::computed(&t, at))),
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
                (!record.open).then(|| record.iter().map(|(_, v)| v.clone()).collect())
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
            for (key, value) in merged.iter() {
                self.set_member(target, key, value.clone(), made.at);
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
            _ => self.report_handed_url(Some(name), &made.args, made.at),
        }
        self.run_callbacks(made, None);
    }
}

/// Text in base 64, as `atob` reads it; `None` for other bytes than text.
fn decode(text: &str) -> Option<String> {
    use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
    let packed: String = text.split_ascii_whitespace().collect();
    String::from_utf8(STANDARD_NO_PAD.decode(packed.trim_end_matches('=')).ok()?).ok()
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
