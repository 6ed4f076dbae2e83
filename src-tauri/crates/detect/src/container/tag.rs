//! Tags of a container: which vendor a tag belongs to, for which account, with which events.

use pixelproof_model::{
    ContainerTag, Event, EventClass, Fired, Install, Params, Position, Stage, State, Text, Trigger, Via,
};
use serde_json::Value;
use url::Url;

use super::file::File;
use super::html;
use super::value::{Resolver, Val, js_text};
use crate::catalogue::{Catalogue, ContainerForm, Vendor};
use crate::value::{Prefix, accounts};

/// What a tag is to one vendor.
#[derive(Debug, Clone)]
pub(crate) struct Pixel {
    pub(crate) vendor: String,
    pub(crate) account: Option<String>,
    pub(crate) events: Vec<Event>,
    /// The installs of a tag's own code; `None` where the tag itself is the install.
    pub(crate) installs: Option<Vec<Install>>,
    /// It runs whenever its tag does; code of one's own may wait for more.
    pub(crate) starts: bool,
}

impl Pixel {
    pub(crate) fn new(vendor: &Vendor, account: Option<String>, events: Vec<Event>) -> Self {
        Pixel { vendor: vendor.id.clone(), account, events, installs: None, starts: true }
    }

    /// Whether both are of one account.
    pub(crate) fn is(&self, other: &Pixel) -> bool {
        self.vendor == other.vendor && self.account == other.account
    }

    /// Takes the events of the other that this one lacks.
    pub(crate) fn merge(&mut self, other: Pixel) {
        let new =
            other.events.into_iter().filter(|e| !self.events.iter().any(|k| k.name == e.name && k.params == e.params));
        let new: Vec<Event> = new.collect();
        self.events.extend(new);
        self.starts |= other.starts;
    }

    pub(crate) fn fill(self, mut tag: ContainerTag) -> ContainerTag {
        tag.events = self.events.iter().filter_map(|e| e.name.known()).map(str::to_owned).collect();
        tag.details = self.events;
        tag.vendor = Some(self.vendor);
        tag.account = self.account;
        tag
    }
}

/// Tags that only listen for a click, a timer, a scroll … and push a data-layer event.
pub(crate) fn is_listener(function: &str) -> bool {
    const LISTENERS: [&str; 12] =
        ["__cl", "__lcl", "__fsl", "__hl", "__tl", "__sdl", "__evl", "__ytl", "__jel", "__tg", "__ecl", "__ehl"];
    LISTENERS.contains(&function)
}

/// Containers and destinations that the tag loads.
pub(crate) fn links(at: &Resolver<'_>, definition: &Value) -> Vec<String> {
    match definition["function"].as_str() {
        Some("__zone") => match at.value(&definition["vtp_childContainers"]) {
            Val::Known(Value::Array(children)) => {
                children.iter().filter_map(|c| c["publicId"].as_str()).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        },
        Some("__googtag") => {
            at.value(&definition["vtp_tagId"]).text().into_iter().filter(|id| !id.is_empty()).collect()
        }
        _ => Vec::new(),
    }
}

/// Every pixel of a tag, with events and accounts as they come out on the page (or without one).
pub(crate) fn pixels(catalogue: &Catalogue, file: &File, definition: &Value, page: Option<&Url>) -> Vec<Pixel> {
    let at = Resolver::new(&file.macros, page, None);
    let mut found: Vec<Pixel> = Vec::new();
    for pixel in on_page(catalogue, file, definition, &at) {
        match found.iter_mut().find(|known| known.is(&pixel)) {
            Some(known) => known.merge(pixel),
            None => found.push(pixel),
        }
    }
    found
}

fn on_page(catalogue: &Catalogue, file: &File, definition: &Value, at: &Resolver<'_>) -> Vec<Pixel> {
    let function = definition["function"].as_str().unwrap_or_default();
    match function {
        "__html" => html::pixels(catalogue, file, definition, at),
        "__img" => html::image(catalogue, definition, at),
        "__paused" => {
            let original = format!("__{}", definition["vtp_originalTagType"].as_str().unwrap_or_default());
            let forms = forms(catalogue, &original).into_iter().take(1);
            forms.map(|(vendor, _)| Pixel::new(vendor, None, Vec::new())).collect()
        }
        _ => match forms(catalogue, function) {
            // custom templates, and built-in tags that the tables don't know but whose permissions do
            none if none.is_empty() => super::template::pixels(catalogue, file, definition, at),
            forms => by_forms(&forms, definition, at),
        },
    }
}

fn forms<'c>(catalogue: &'c Catalogue, function: &str) -> Vec<(&'c Vendor, &'c ContainerForm)> {
    let of_vendor = |vendor: &'c Vendor| vendor.containers.iter().map(move |form| (vendor, form));
    catalogue.vendors().iter().flat_map(of_vendor).filter(|(_, form)| form.function == function).collect()
}

/// The first of `keys` that the tag sets to something; a key may go into a settings list after a dot.
pub(crate) fn setting(definition: &Value, keys: &[String], at: &Resolver<'_>) -> Val {
    for key in keys {
        let (key, field) = key.split_once('.').map_or((key.as_str(), None), |(k, f)| (k, Some(f)));
        let Some(raw) = definition.get(key) else { continue };
        let value = match (field, at.value(raw)) {
            (None, value) => value,
            (Some(field), Val::Known(Value::Object(map))) => in_settings(&map, field),
            (Some(field), Val::Known(Value::Array(rows))) => row(&rows, field),
            (Some(_), other) => other,
        };
        if !matches!(&value, Val::Undefined) && value.text().as_deref() != Some("") {
            return value;
        }
    }
    Val::Undefined
}

/// The two columns of a settings list have different names from tag to tag.
const COLUMNS: [(&str, &str); 7] = [
    ("key", "value"),
    ("name", "value"),
    ("parameter", "parameterValue"),
    ("fieldName", "value"),
    ("index", "dimension"),
    ("index", "metric"),
    ("conversionParameter", "conversionValue"),
];

fn settings_rows(rows: &[Value]) -> Params {
    let mut out = Params::new();
    for row in rows {
        for (name, value) in COLUMNS {
            if let (Some(name), Some(value)) = (row.get(name), row.get(value)) {
                out.insert(js_text(name), value.clone());
                break;
            }
        }
    }
    out
}

/// A settings variable holds the field itself or in one of its lists.
fn in_settings(map: &Params, field: &str) -> Val {
    if let Some(value) = map.get(field) {
        return Val::Known(value.clone());
    }
    let lists = map.values().filter_map(Value::as_array);
    lists.map(|rows| row(rows, field)).find(|found| *found != Val::Undefined).unwrap_or(Val::Undefined)
}

fn row(rows: &[Value], field: &str) -> Val {
    settings_rows(rows).get(field).cloned().map_or(Val::Undefined, Val::Known)
}

/// A function of one vendor is that vendor's; a shared one goes by the account.
fn by_forms(forms: &[(&Vendor, &ContainerForm)], definition: &Value, at: &Resolver<'_>) -> Vec<Pixel> {
    let claims = |(vendor, form): &&(&Vendor, &ContainerForm)| {
        account(vendor, form, definition, at).is_some_and(|a| vendor.account.pattern.is_match(&a))
    };
    let chosen: Vec<_> = match forms {
        [_] => forms.iter().collect(),
        _ => match forms.iter().filter(claims).collect::<Vec<_>>() {
            claimed if claimed.is_empty() => forms.iter().filter(|(_, form)| form.fallback).collect(),
            claimed => claimed,
        },
    };
    chosen.into_iter().map(|(vendor, form)| by_form(vendor, form, definition, at)).collect()
}

fn account(vendor: &Vendor, form: &ContainerForm, definition: &Value, at: &Resolver<'_>) -> Option<String> {
    let text = setting(definition, &form.account, at).text()?;
    accounts(vendor, &text, Prefix::Always).into_iter().next()
}

fn by_form(vendor: &Vendor, form: &ContainerForm, definition: &Value, at: &Resolver<'_>) -> Pixel {
    let account = account(vendor, form, definition, at);
    let suppressed = form.unless.iter().any(|(key, value)| {
        setting(definition, std::slice::from_ref(key), at).text().is_some_and(|text| text == *value)
    });
    let params = params(form, definition, at);
    let event = match setting(definition, &form.event, at) {
        Val::Known(value) => {
            let text = js_text(&value);
            Some(Text::Known(form.rename.get(&text).cloned().unwrap_or(text)))
        }
        Val::Unknown(expr) => Some(Text::Expr { expr }),
        Val::Undefined => form.default_event.clone().map(Text::Known),
    };
    let Some(name) = event.filter(|_| !suppressed) else { return Pixel::new(vendor, account, Vec::new()) };
    let one = |params: Params| event_of(vendor, name.clone(), account.as_deref(), params, form.automatic);
    let labelled = |label: String| one(std::iter::once(("label".to_owned(), Value::String(label))).collect());
    let events: Vec<Event> = match super::own_rules::labels(definition, at) {
        none if none.is_empty() => vec![one(params)],
        labels => labels.into_iter().map(labelled).collect(),
    };
    Pixel::new(vendor, account, events)
}

fn params(form: &ContainerForm, definition: &Value, at: &Resolver<'_>) -> Params {
    let mut out = Params::new();
    for entry in &form.params {
        let Some((name, key)) = entry.split_once('=') else {
            if let Val::Known(Value::Array(rows)) = setting(definition, std::slice::from_ref(entry), at) {
                out.extend(settings_rows(&rows));
            }
            continue;
        };
        let value = setting(definition, &[key.to_owned()], at);
        if let Some(value) = value.into_json().filter(|v| v.as_str() != Some("")) {
            out.insert(name.to_owned(), value);
        }
    }
    out
}

pub(crate) fn event_of(vendor: &Vendor, name: Text, account: Option<&str>, params: Params, automatic: bool) -> Event {
    let (class, stage) = match name.known() {
        Some(name) => vendor.classify(name),
        None => (EventClass::Custom, Stage::Other),
    };
    Event {
        vendor: vendor.id.clone(),
        accounts: account.map(str::to_owned).into_iter().collect(),
        name,
        class: if automatic { EventClass::Automatic } else { class },
        stage,
        params,
        event_id: None,
        via: Via::Container,
        trigger: Trigger::Load,
        state: State::Active,
        delayed: false,
        installer: None,
        gate: None,
        at: Position::default(),
        code: String::new(),
        declared: true,
        fired: Fired::NotLooked,
        count: Default::default(),
        why: None,
        beacons: Vec::new(),
        second_page: None,
        branch: None,
        order: 0,
    }
}
