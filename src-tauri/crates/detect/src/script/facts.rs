//! What a script says, without knowing any vendor: calls, assignments, loads, constants.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_model::Trigger;

/// A value as far as the source decides it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `undefined`, a missing argument, `void 0`.
    Undefined,
    /// `null`.
    Null,
    /// `true`, `false`, `!0`, `!1`.
    Bool(bool),
    /// A number; joins strings as JavaScript prints it.
    Number(f64),
    /// A string.
    String(String),
    /// An array literal.
    Array(Vec<Value>),
    /// An object literal, in order of keys; spreads of unknown objects are left out and mark the object `open`.
    Object {
        /// Keys and values.
        entries: Vec<(String, Value)>,
        /// More keys may come that the source doesn't show.
        open: bool,
    },
    /// A function expression.
    Function,
    /// Not constant: the source text.
    Expr(String),
    /// One of several, and the source doesn't decide which.
    OneOf {
        /// The source text.
        source: String,
        /// What it may be.
        options: Vec<Choice>,
    },
}

/// What a value may be, and when it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The value.
    pub value: Value,
    /// Alternatives that it belongs to, as in [`Context::branches`].
    pub branches: Vec<(u32, u32)>,
    /// Conditions that make it this one, as source text.
    pub conditions: Vec<String>,
}

impl Value {
    /// The source text of what isn't constant.
    pub fn source(&self) -> Option<&str> {
        match self {
            Value::Expr(source) | Value::OneOf { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Value {
    /// Bytes of memory that it takes, about.
    pub(crate) fn weight(&self) -> usize {
        let inside = match self {
            Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Function => 0,
            Value::String(text) | Value::Expr(text) => text.len(),
            Value::Array(items) => weights(items),
            Value::OneOf { source, options } => {
                let conditions = |option: &Choice| option.conditions.iter().map(String::len).sum::<usize>();
                let options = options.iter().map(|option| option.value.weight() + conditions(option));
                source.len() + options.sum::<usize>()
            }
            Value::Object { entries, .. } => entries.iter().map(|(key, value)| key.len() + value.weight()).sum(),
        };
        size_of::<Value>() + inside
    }
}

fn weights(values: &[Value]) -> usize {
    values.iter().map(Value::weight).sum()
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(b) => Value::Bool(b),
            serde_json::Value::Number(n) => Value::Number(n.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(s) => Value::String(s),
            serde_json::Value::Array(items) => Value::Array(items.into_iter().map(Value::from).collect()),
            serde_json::Value::Object(map) => {
                Value::Object { entries: map.into_iter().map(|(k, v)| (k, Value::from(v))).collect(), open: false }
            }
        }
    }
}

/// A call (or `new`) that runs through a name of interest.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Path of the callee after aliases are resolved: `fbq`, `ttq.load`, `ttq.instance().track`, `uetq.push`, `new UET`.
    /// `window.`, `self.`, `globalThis.`, `.call`, `.apply` and bindings are gone.
    pub callee: String,
    /// Arguments; a spread of a known array is laid out, of an unknown one is a single [`Value::Expr`].
    pub args: Vec<Value>,
    /// Arguments of the calls inside the callee, innermost last (`ttq.instance('A').track()` has `[["A"]]`).
    pub receiver_args: Vec<Vec<Value>>,
    /// Byte range of the call in the script. Where a wrapper passes its arguments on, the call of the wrapper.
    pub span: (u32, u32),
    /// Byte range of the call inside the wrapper, where `span` is the wrapper's call.
    pub inner: Option<(u32, u32)>,
    /// When it runs.
    pub context: Context,
}

/// An assignment to a global (`window.x = …`, `x = …`, top-level `var x = …`) or to a property of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Assign {
    /// Path: `_linkedin_partner_id`, `pysOptions`, `fbq.disablePushState`.
    pub target: String,
    /// Value.
    pub value: Value,
    /// Byte range.
    pub span: (u32, u32),
    /// When it runs.
    pub context: Context,
}

/// A script, image or frame address that the code sets (`s.src = "…"`, `new Image().src`, `document.write('<script…')`,
/// `fetch`, `sendBeacon`).
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Address as far as it is constant; the constant head of a longer expression when `partial`.
    pub url: String,
    /// Whether the end is an expression.
    pub partial: bool,
    /// What kind of element, where the code shows it.
    pub kind: LoadKind,
    /// Further attributes of the element, as far as they are constant.
    pub attributes: Vec<(String, String)>,
    /// Byte range.
    pub span: (u32, u32),
    /// When it runs.
    pub context: Context,
}

/// Kind of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LoadKind {
    Script,
    Image,
    Frame,
    Request,
    Unknown,
}

/// When a piece of code runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Context {
    /// What makes it run.
    pub trigger: Trigger,
    /// The condition it hangs on, as source text, where the source doesn't decide it.
    pub condition: Option<String>,
    /// Alternative it belongs to: calls with the same group and different branches never both run (`if`/`else`,
    /// `switch`, `?:`), and calls of different listeners are alternatives too.
    pub branch: Option<(u32, u32)>,
    /// All alternatives it belongs to, outermost first; `branch` is the last of them.
    pub branches: Vec<(u32, u32)>,
    /// Name of the function whose caller is not known, where it has one: another script or a handler may call it.
    pub function: Option<String>,
    /// Order of execution within the script among calls that run at load; listeners and timers come after.
    pub order: u32,
    /// Put off until the script is done, though nothing but the page's load is waited for.
    pub later: bool,
}

impl Context {
    /// Puts code into the place of what made it run: it runs no sooner than that, and on its conditions.
    pub fn follow(&mut self, cause: &Context) {
        if self.trigger == Trigger::Load {
            self.trigger = cause.trigger;
        }
        if self.condition.is_none() {
            self.condition.clone_from(&cause.condition);
        }
        // Groups of alternatives are told apart within one script only.
        if self.branches.is_empty() {
            self.branches.clone_from(&cause.branches);
            self.branch = cause.branch;
        }
        if self.function.is_none() {
            self.function.clone_from(&cause.function);
        }
    }

    /// Whether this and the other never both run in one visit of the page.
    pub fn excludes(&self, other: &Context) -> bool {
        self.branches.iter().any(|(group, branch)| other.branches.iter().any(|(g, b)| g == group && b != branch))
    }
}

/// Markup that code writes into the page (`document.write`, `innerHTML`), as far as it is constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The markup.
    pub text: String,
    /// Byte offset of the call.
    pub at: u32,
    /// When it is written.
    pub context: Context,
}

/// Everything of interest in one script.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScriptFacts {
    /// Calls, in order of execution.
    pub calls: Vec<Call>,
    /// Assignments to globals of interest, and top-level constants that other scripts may use.
    pub assigns: Vec<Assign>,
    /// Loads.
    pub loads: Vec<Load>,
    /// Markup that the code writes into the page, to be read as part of it.
    pub written: Vec<Written>,
    /// String literals that hold an account-like or address-like text of interest, with their byte offset.
    pub literals: Vec<(String, u32)>,
    /// Constants that later scripts of the page may name.
    pub globals: BTreeMap<String, Value>,
    /// Globals through which other scripts reach functions that say any of this: `track`, or `shop` of `shop.track()`.
    pub offers: BTreeSet<String>,
    /// Globals that it reads and doesn't define: another script may.
    pub missing: BTreeSet<String>,
    /// What could not be read, in words.
    pub problems: Vec<String>,
}

impl ScriptFacts {
    /// Bytes of memory that they take, about.
    pub(crate) fn weight(&self) -> usize {
        let context = |context: &Context| {
            context.condition.as_ref().map_or(0, String::len) + size_of_val(context.branches.as_slice())
        };
        let call = |call: &Call| {
            let receivers: usize = call.receiver_args.iter().map(|args| weights(args)).sum();
            size_of::<Call>() + call.callee.len() + weights(&call.args) + receivers + context(&call.context)
        };
        let assign = |assign: &Assign| {
            size_of::<Assign>() + assign.target.len() + assign.value.weight() + context(&assign.context)
        };
        let load = |load: &Load| {
            let attributes = load.attributes.iter().map(|(name, value)| name.len() + value.len());
            size_of::<Load>() + load.url.len() + attributes.sum::<usize>() + context(&load.context)
        };
        let written = |written: &Written| size_of::<Written>() + written.text.len() + context(&written.context);
        let texts = self.literals.iter().map(|(text, _)| text);
        let texts = texts.chain(&self.offers).chain(&self.missing).chain(&self.problems);
        self.calls.iter().map(call).sum::<usize>()
            + self.assigns.iter().map(assign).sum::<usize>()
            + self.loads.iter().map(load).sum::<usize>()
            + self.written.iter().map(written).sum::<usize>()
            + texts.map(|text| size_of::<String>() + text.len()).sum::<usize>()
            + self.globals.iter().map(|(name, value)| name.len() + value.weight()).sum::<usize>()
    }
}
