//! Elements that a script makes: what is written to them, and the loads that come of it.

use oxc_ast::ast;
use oxc_span::Span;
use pixelproof_model::Trigger;

use super::{Walk, call::Made};
use crate::script::{LoadKind, value::Val};

/// Most attributes of one element that are kept.
const MAX_ATTRIBUTES: usize = 20;

/// What is known of an element.
#[derive(Debug, Default)]
pub(super) struct Element {
    attributes: Vec<(String, String)>,
    /// Its loads, by place.
    loads: Vec<usize>,
}

impl<'a> Walk<'a, '_> {
    /// Writes a property of an element, or of something that may be one.
    pub(super) fn set_element(&mut self, tag: &str, object: &Val, key: &str, value: Val, at: Span) {
        match key {
            "src" => self.load_of(object, &value, kind_of(tag), at),
            "href" if tag == "link" => self.report_load(&value, LoadKind::Unknown, at),
            "text" | "textContent" | "innerText" | "innerHTML" if tag == "script" => self.report_code(&value, at),
            "innerHTML" | "outerHTML" | "srcdoc" => self.report_written(&value, at),
            "pushState" | "replaceState" => self.later(Trigger::Route, None, &value, object.clone(), Vec::new()),
            _ if key.starts_with("on") => self.handler(key, &value, object.clone()),
            _ => {}
        }
    }

    /// `element.setAttribute(name, value)`.
    pub(super) fn set_attribute(&mut self, tag: &str, object: &Val, made: &Made) {
        let [name, value] = made.args.as_slice() else { return };
        match name.text().as_deref() {
            Some("src") => self.load_of(object, value, kind_of(tag), made.at),
            Some("href") if tag == "link" => self.report_load(value, LoadKind::Unknown, made.at),
            Some(handler) if handler.starts_with("on") => self.report_code(value, made.at),
            Some(name) => self.note_attribute(object, name, value),
            None => {}
        }
    }

    /// `element.dataset.name = value`; whether it was that.
    pub(super) fn set_data(&mut self, target: &'a ast::MemberExpression<'a>, value: &Val) -> bool {
        let Some(dataset) = target.object().as_member_expression() else { return false };
        if dataset.static_property_name() != Some("dataset") {
            return false;
        }
        let ast::Expression::Identifier(id) = dataset.object() else { return false };
        let object = self.identifier(id);
        let (Val::Element(_), Some(key)) = (&object, target.static_property_name()) else { return false };
        let mut name = "data-".to_owned();
        for c in key.chars() {
            if c.is_ascii_uppercase() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        self.note_attribute(&object, &name, value);
        true
    }

    /// A load of an element, which has whatever attributes the element has, now or later.
    fn load_of(&mut self, object: &Val, url: &Val, kind: LoadKind, at: Span) {
        let before = self.facts.loads.len();
        self.report_load(url, kind, at);
        let Val::Element(id) = object else { return };
        let element = self.elements.entry(*id).or_default();
        for (place, load) in self.facts.loads.iter_mut().enumerate().skip(before) {
            load.attributes.clone_from(&element.attributes);
            element.loads.push(place);
        }
    }

    fn note_attribute(&mut self, object: &Val, name: &str, value: &Val) {
        let (Val::Element(id), Some(value)) = (object, value.text()) else { return };
        let element = self.elements.entry(*id).or_default();
        if element.attributes.len() >= MAX_ATTRIBUTES {
            return;
        }
        let attribute = (name.to_ascii_lowercase(), value.to_string());
        for place in &element.loads {
            if let Some(load) = self.facts.loads.get_mut(*place) {
                load.attributes.push(attribute.clone());
            }
        }
        element.attributes.push(attribute);
    }
}

pub(super) fn kind_of(tag: &str) -> LoadKind {
    match tag {
        "script" => LoadKind::Script,
        "img" => LoadKind::Image,
        "iframe" | "frame" => LoadKind::Frame,
        _ => LoadKind::Unknown,
    }
}
