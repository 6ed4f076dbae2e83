//! Parameter groups of the tables, read from a request or from one element of it.

use pixelproof_model::Params;
use serde_json::Value;

use super::{
    fields::{Element, Scope, bracket_key, is_numbered},
    json::{decoded, entries, from_text, held, is_empty, number_of, text},
};
use crate::{catalogue::BeaconForm, value};

/// Keys taken from one group of parameters.
const MAX_PARAMS: usize = 500;

impl Scope<'_> {
    /// Parameters of a form.
    pub(super) fn params_of(&self, form: &BeaconForm) -> Params {
        let mut out = self.params(&form.params);
        for part in &form.parts {
            let found = self.text(&part.from).and_then(|sent| value::group(Some(&part.pattern), &sent));
            if let Some(found) = found.filter(|text| !text.is_empty()) {
                put_into(&mut out, &part.name, Value::String(found));
            }
        }
        if let Some(place) = &form.rest {
            self.rest(place, form, &mut out);
        }
        if let Some(technical) = &form.technical {
            out.retain(|name, _| !technical.is_match(name));
        }
        out
    }

    /// Parameters of these groups, in the order of the groups. The first value of a key stands.
    pub(super) fn params(&self, groups: &[String]) -> Params {
        let mut out = Params::new();
        for group in groups {
            self.group(group, &mut out);
        }
        out
    }

    fn group(&self, group: &str, out: &mut Params) {
        let mut put = |key: &str, value: Value| put_into(out, key, value);
        if let Some((name, path)) = group.split_once('=') {
            if let Some(value) = self.find(path).filter(|v| !is_empty(v)) {
                put(name, decoded(&value));
            }
        } else if let Some(name) = group.strip_suffix('#') {
            self.named(|field| is_numbered(field, name).then_some(field), &mut |key, value| put(key, decoded(value)));
        } else if let Some(name) = group.strip_suffix("[*]") {
            self.named(|field| bracket_key(field, name), &mut |key, value| put(key, decoded(value)));
        } else if let Some(path) = group.strip_suffix(":*") {
            self.object(path, &mut put);
        } else if let Some(prefix) = group.strip_suffix('*') {
            // `epn.` beside `ep.`: the vendor itself says that these are numbers.
            let number = prefix.ends_with("n.");
            self.named(|field| field.strip_prefix(prefix), &mut |key, value| {
                put(key, if number { number_of(&text(value)) } else { decoded(value) })
            });
        } else if let Some(value) = self.find(group) {
            entries(&value).for_each(|(key, value)| put(key, value.clone()));
        }
    }

    /// Fields of the element and of the request whose name `key` takes.
    fn named(&self, key: impl for<'f> Fn(&'f str) -> Option<&'f str>, put: &mut dyn FnMut(&str, &Value)) {
        if let Some(Element::Json(value, _)) = self.element() {
            entries(value).filter_map(|(name, v)| Some((key(name)?, v))).for_each(|(name, v)| put(name, v));
        }
        for (name, value) in self.fields().into_iter().flatten() {
            if let Some(key) = key(name) {
                put(key, &Value::String(value.clone()));
            }
        }
    }

    /// Keys of the object that stands at a path: in the element, in a field, or as a bracket group.
    fn object(&self, path: &str, put: &mut dyn FnMut(&str, Value)) {
        match self.find(path).as_deref() {
            Some(Value::String(text)) => {
                if let Some(value) = held(text) {
                    entries(&value).for_each(|(key, value)| put(key, value.clone()));
                }
            }
            Some(value) => entries(value).for_each(|(key, value)| put(key, value.clone())),
            None => {
                for (field, value) in self.fields().into_iter().flatten() {
                    if let Some(key) = bracket_key(field, path) {
                        put(key, from_text(value));
                    }
                }
            }
        }
    }

    /// What no entry of the form reads: fields, those that begin so, or keys of the object at a place.
    fn rest(&self, place: &str, form: &BeaconForm, out: &mut Params) {
        let beginning = place.strip_prefix("fields:").or_else(|| (place == "fields").then_some(""));
        let Some(beginning) = beginning else { return self.rest_of_object(place, form, out) };
        let used: Vec<&str> = read_by(form).collect();
        let fields = match self.element() {
            Some(Element::Fields(fields)) => fields.as_slice(),
            _ => &self.message().fields,
        };
        for (name, value) in fields.iter().filter(|(name, value)| name.starts_with(beginning) && !value.is_empty()) {
            if !used.iter().any(|path| covers(path, name)) {
                put_into(out, name, from_text(value));
            }
        }
    }

    fn rest_of_object(&self, place: &str, form: &BeaconForm, out: &mut Params) {
        let prefix = if place.ends_with(':') { place.to_owned() } else { format!("{place}.") };
        let used: Vec<&str> = read_by(form).filter_map(|path| path.strip_prefix(&prefix)).collect();
        let found = self.find(place);
        for (name, value) in found.iter().flat_map(|v| entries(v)).filter(|(_, value)| !is_empty(value)) {
            if !used.iter().any(|path| covers(path, name)) {
                put_into(out, name, decoded(value));
            }
        }
    }
}

fn put_into(out: &mut Params, key: &str, value: Value) {
    if out.len() < MAX_PARAMS && !key.is_empty() && !out.contains_key(key) {
        out.insert(key.to_owned(), value);
    }
}

/// Every path that a form reads.
fn read_by(form: &BeaconForm) -> impl Iterator<Item = &str> {
    let lists = [&form.account, &form.event, &form.event_id, &form.page, &form.consent, &form.params, &form.user_data];
    let groups = lists.into_iter().flatten();
    let groups = groups.map(|group| group.split_once('=').map_or(group.as_str(), |(_, path)| path));
    let named = form.names.iter().flat_map(|n| n.when.keys()).chain(form.requires.keys());
    groups.chain(named.map(String::as_str)).chain(form.parts.iter().map(|part| part.from.as_str()))
}

/// Whether a path of a table reads the field of this name.
fn covers(path: &str, name: &str) -> bool {
    if let Some(prefix) = path.strip_suffix("[*]") {
        return bracket_key(name, prefix).is_some();
    }
    if let Some(prefix) = path.strip_suffix('#') {
        return is_numbered(name, prefix);
    }
    if let Some(prefix) = path.strip_suffix('*').filter(|p| !p.ends_with(':')) {
        return name.starts_with(prefix);
    }
    path == name
        || path.split_once(':').is_some_and(|(field, _)| field == name || bracket_key(name, field).is_some())
        || path.strip_prefix(name).is_some_and(|tail| tail.starts_with('.'))
}
