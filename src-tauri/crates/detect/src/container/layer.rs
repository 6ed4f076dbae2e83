//! What a page puts into the data layer while it loads, as far as its markup shows: the input of a container's conditions.
//! A value counts as known only where nothing that the page shows could change it before the event.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::value::Val;

/// Messages followed; a page with more leaves the rest open.
const MAX_MESSAGES: usize = 500;
/// Objects within objects that are merged.
const MAX_DEPTH: usize = 20;
/// Switches by which a page keeps tags of a container from running.
const SWITCHES: [&str; 5] = ["gtm.allowlist", "gtm.blocklist", "gtm.whitelist", "gtm.blacklist", "tagTypeBlacklist"];

/// A key of a message by which its other keys replace what was there, rather than being merged into it.
pub(crate) const CLEAR: &str = "_clear";

/// One message that a page pushes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// Keys and values; parts that aren't constant are `{"expr": …}`.
    pub(crate) fields: Map<String, Value>,
    /// More keys may come that the source doesn't show.
    pub(crate) open: bool,
    /// It is pushed whenever the page loads.
    pub(crate) sure: bool,
    /// It comes at another time than its place in the order says.
    pub(crate) late: bool,
}

/// The data layer of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    messages: Vec<Message>,
    /// How many of the messages come before anything that the document itself doesn't show may say something.
    alone: usize,
    /// Consent that the page grants by default, while no consent platform of it may take it away.
    granted: Vec<String>,
    /// Consent that it denies by default.
    denied: Vec<String>,
}

impl Layer {
    /// `alone` says that nothing else can have said anything by then.
    pub(crate) fn push(&mut self, message: Message, alone: bool) {
        if self.messages.len() < MAX_MESSAGES {
            self.messages.push(message);
            self.alone = if alone { self.messages.len() } else { self.alone };
        }
    }

    /// Takes the page's defaults of consent.
    #[must_use]
    pub fn with_consent(mut self, consent: &pixelproof_model::Consent) -> Self {
        let platform = !consent.platforms.is_empty();
        for (signal, value) in &consent.google_consent_mode {
            match value.as_str() {
                "granted" if !platform => self.granted.push(signal.clone()),
                "denied" => self.denied.push(signal.clone()),
                _ => {}
            }
        }
        self
    }

    pub(crate) fn grants(&self, signal: &str) -> bool {
        self.granted.iter().any(|granted| granted == signal)
    }

    pub(crate) fn denies(&self, signal: &str) -> bool {
        self.denied.iter().any(|denied| denied == signal)
    }

    /// Whether the page may keep tags from running, whatever their triggers.
    pub(crate) fn restricts(&self) -> bool {
        let names =
            |m: &Message| m.fields.keys().any(|key| SWITCHES.contains(&key.as_str())) || m.fields.contains_key("gtm");
        self.messages.iter().any(names)
    }

    /// Where the container starts; a page whose start isn't seen has nothing that is known.
    fn start(&self) -> Option<usize> {
        let start = self.messages.iter().position(|message| message.fields.contains_key("gtm.start"))?;
        (!self.messages[start].late).then_some(start)
    }

    /// What the layer holds while the container starts: at its first events, and at its own.
    pub(crate) fn at_start(&self) -> Option<(State, State)> {
        let start = self.start()?;
        // the first events come before the first message that is an event
        let first = self.messages[..start].iter().position(|m| m.fields.contains_key("event")).unwrap_or(start);
        Some((self.state(first), self.state(start)))
    }

    /// What it holds once the page is read: what comes after the start may have come or not.
    pub(crate) fn after(&self) -> Option<State> {
        let start = self.start()?;
        let mut state = self.state(start);
        state.whole = false;
        self.messages[start..].iter().for_each(|message| state.doubt(message));
        Some(state)
    }

    /// The events that the page surely pushes, with what the layer holds at each.
    pub(crate) fn events(&self) -> Vec<(String, State)> {
        if self.start().is_none() {
            return Vec::new();
        }
        let sure = |(at, message): (usize, &Message)| {
            let name = message.fields.get("event").and_then(Value::as_str).filter(|_| message.sure)?;
            let state = || if message.late { self.state_with(at) } else { self.state(at + 1) };
            (!name.starts_with("gtm.")).then(|| (name.to_owned(), state()))
        };
        self.messages.iter().enumerate().filter_map(sure).collect()
    }

    /// What it holds after the first `count` messages.
    fn state(&self, count: usize) -> State {
        let mut state = State::default();
        for message in &self.messages[..count] {
            if message.sure && !message.late { state.take(message) } else { state.doubt(message) }
        }
        // what may be pushed at any time may be pushed before
        self.messages.iter().skip(count).filter(|m| !m.sure || m.late).for_each(|message| state.doubt(message));
        state.whole = self.start().is_some_and(|start| start < self.alone && count <= start + 1);
        state
    }

    /// What it holds right after a message that comes nobody knows when.
    fn state_with(&self, number: usize) -> State {
        let mut state = State::default();
        let others = self.messages.iter().enumerate().filter(|(at, _)| *at != number);
        others.for_each(|(_, message)| state.doubt(message));
        self.messages.get(number).into_iter().for_each(|message| state.take(message));
        state
    }
}

/// The data layer at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// By key as pushed, and nested. A key without a value may have any.
    flat: BTreeMap<String, Option<Value>>,
    nested: Map<String, Value>,
    doubtful: Vec<String>,
    open: bool,
    /// What isn't in it is nowhere.
    whole: bool,
}

impl State {
    fn take(&mut self, message: &Message) {
        self.open |= message.open;
        let clears = message.fields.get(CLEAR).is_some_and(|value| value.as_bool() != Some(false));
        for (key, value) in message.fields.iter().filter(|(key, _)| *key != CLEAR) {
            if clears && !key.contains('.') {
                self.nested.remove(key);
            }
            self.flat.insert(key.clone(), Some(value.clone()));
            let root = root(key);
            // what is merged into something unknown leaves it so
            if root == key && (clears || !(value.is_object() || value.is_array())) {
                self.doubtful.retain(|name| name != root);
            }
            let mut parts = key.split('.').rev();
            let last = parts.next().unwrap_or_default().to_owned();
            let wrapped = parts.fold((last, value.clone()), |(name, value), outer| {
                (outer.to_owned(), Value::Object(Map::from_iter([(name, value)])))
            });
            merge(&mut self.nested, wrapped.0, wrapped.1, 0);
        }
    }

    fn doubt(&mut self, message: &Message) {
        self.open |= message.open;
        for key in message.fields.keys() {
            self.flat.insert(key.clone(), None);
            self.doubtful.push(root(key).to_owned());
        }
    }

    /// The value of a variable of this name; `None` where the page doesn't show it.
    pub(crate) fn value(&self, name: &str, nested: bool) -> Option<Val> {
        if self.open {
            return None;
        }
        let nowhere = || (self.whole && !of_container(name)).then_some(Val::Undefined);
        if !nested {
            return match self.flat.get(name) {
                Some(known) => known.as_ref().map(Val::from_part),
                None => nowhere(),
            };
        }
        let root = root(name);
        if self.doubtful.iter().any(|doubtful| doubtful == root) {
            return None;
        }
        let Some(mut at) = self.nested.get(root) else { return nowhere() };
        for part in name.split('.').skip(1) {
            at = match at {
                Value::Null => return Some(Val::Known(Value::Bool(false))),
                at if at.get("expr").is_some() => return None,
                Value::Object(fields) => match fields.get(part) {
                    Some(inner) => inner,
                    None => return Some(Val::Undefined),
                },
                Value::Array(items) => part.parse::<usize>().ok().and_then(|index| items.get(index))?,
                _ => return None,
            };
        }
        Some(Val::from_part(at))
    }
}

/// What a container puts there itself.
fn of_container(name: &str) -> bool {
    ["event", "eventModel", "eventCallback", "eventTimeout", "gtm"].contains(&root(name))
}

fn root(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

/// Objects are merged key by key and lists place by place; everything else is replaced.
fn merge(into: &mut Map<String, Value>, key: String, value: Value, depth: usize) {
    match into.get_mut(&key) {
        Some(known) => merge_into(known, value, depth),
        None => {
            into.insert(key, value);
        }
    }
}

fn merge_into(known: &mut Value, new: Value, depth: usize) {
    match (&mut *known, new) {
        // it may hold more than what is merged into it
        (Value::Object(known), Value::Object(_) | Value::Array(_)) if known.contains_key("expr") => {}
        (Value::Object(known), Value::Object(new)) if depth < MAX_DEPTH => {
            new.into_iter().for_each(|(key, value)| merge(known, key, value, depth + 1));
        }
        (Value::Array(known), Value::Array(new)) if depth < MAX_DEPTH => {
            for (at, value) in new.into_iter().enumerate() {
                match known.get_mut(at) {
                    Some(known) => merge_into(known, value, depth + 1),
                    None => known.push(value),
                }
            }
        }
        (_, new) => *known = new,
    }
}
