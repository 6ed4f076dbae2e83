//! Calls: who is called, with what, and whether it is reported, followed, computed or only listened to.

use std::rc::Rc;

use oxc_ast::ast::{self, Expression};
use oxc_span::{GetSpan, Span};
use pixelproof_model::Trigger;

use super::{Walk, expr::ITEMS_A_STEP, function::Invocation, report::Site};
use crate::script::{
    LoadKind,
    store::{Code, MAX_ITEMS, Path},
    value::{Truth, Val, truth},
};

/// Deepest chain of bound functions.
const MAX_BOUND: u32 = 16;
/// Most lists of receiver arguments kept along a path.
const MAX_RECEIVERS: usize = 8;

/// A call with everything evaluated.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) this: Val,
    pub(super) args: Vec<Val>,
    /// The arguments end in something that isn't known.
    pub(super) open: bool,
    pub(super) site: Site,
    pub(super) at: Span,
    /// The function stands right there: `(function(){…})()`.
    pub(super) immediate: bool,
}

impl<'a> Walk<'a, '_> {
    pub(super) fn call(&mut self, c: &'a ast::CallExpression<'a>) -> Val {
        let (object, name, target) = self.callee(&c.callee);
        let (args, open) = self.arguments(&c.arguments);
        let site = self.site(&c.arguments, c.span);
        let immediate =
            is_function(&c.callee) || c.callee.as_member_expression().is_some_and(|m| is_function(m.object()));
        let made = Made { this: object.clone(), args, open, site, at: c.span, immediate };
        if name.as_deref() == Some("hasOwnProperty") && matches!(object, Val::Window | Val::Path(_)) {
            return Val::Guard;
        }
        if let Some(name) = name.as_deref()
            && matches!(object, Val::Path(_) | Val::Func(_) | Val::Native(_))
            && let Some(result) = self.through(&object, name, &made)
        {
            return result;
        }
        match &target {
            Val::Path(_) | Val::Func(_) => self.apply(&target, made, 0),
            _ => {
                if let Some(name) = name.as_deref() {
                    if let Some(result) = self.method(&object, name, &made) {
                        return result;
                    }
                    return self.unknown_method(&object, name, &target, made);
                }
                self.apply(&target, made, 0)
            }
        }
    }

    /// Receiver, property name and value of what is called.
    fn callee(&mut self, callee: &'a Expression<'a>) -> (Val, Option<Rc<str>>, Val) {
        let Some(m) = member_of_callee(callee) else {
            let value = self.eval(callee);
            return (Val::unknown(callee.span()), None, value);
        };
        let object = self.eval(m.object());
        let name = match m {
            ast::MemberExpression::ComputedMemberExpression(c) => self.eval(&c.expression).text(),
            m => m.static_property_name().map(Rc::from),
        };
        let target = match &name {
            Some(name) => self.member(&object, name, m.span()),
            None => self.member_of(&object, m),
        };
        (object, name, target)
    }

    pub(super) fn arguments(&mut self, arguments: &'a [ast::Argument<'a>]) -> (Vec<Val>, bool) {
        let mut args = Vec::with_capacity(arguments.len());
        let mut open = false;
        for argument in arguments {
            match argument {
                ast::Argument::SpreadElement(s) => {
                    let value = self.eval(&s.argument);
                    match self.known_items(&value) {
                        Some(items) if args.len() < MAX_ITEMS => args.extend(items),
                        _ => {
                            open = true;
                            args.push(Val::unknown(s.span));
                        }
                    }
                }
                argument => {
                    if let Some(e) = argument.as_expression() {
                        let value = self.eval(e);
                        args.push(value);
                    }
                }
            }
        }
        (args, open)
    }

    /// `f.call(…)`, `f.apply(…)`, `f.bind(…)`.
    fn through(&mut self, function: &Val, name: &str, made: &Made) -> Option<Val> {
        let this = made.args.first().cloned().unwrap_or(Val::Undefined);
        let mut made = made.clone();
        match name {
            "call" => {
                made.args = made.args.into_iter().skip(1).collect();
                made.this = this;
                Some(self.apply(function, made, 0))
            }
            "apply" => {
                let given = made.args.get(1).cloned().unwrap_or(Val::Undefined);
                made.this = this;
                match &given {
                    Val::List(id) => {
                        let list = self.store.get_list(*id).clone();
                        made.open = list.open;
                        made.args = if list.open && list.items.is_empty() { vec![given] } else { list.items };
                    }
                    Val::Undefined | Val::Null => made.args = Vec::new(),
                    _ => {
                        made.open = true;
                        made.args = vec![given];
                    }
                }
                Some(self.apply(function, made, 0))
            }
            "bind" => Some(self.bound(function.clone(), this, made.args.into_iter().skip(1).collect())),
            _ => None,
        }
    }

    /// Calls a value.
    pub(super) fn apply(&mut self, target: &Val, made: Made, depth: u32) -> Val {
        match target {
            Val::Path(id) => self.call_path(*id, &made),
            Val::Func(id) => {
                let func = self.store.get_func(*id);
                match (func.code, &func.bound) {
                    (Code::Bound, Some((target, leading))) if depth < MAX_BOUND => {
                        let (target, this) = (target.clone(), func.this.clone());
                        let args = leading.iter().cloned().chain(made.args).collect();
                        self.apply(&target, Made { this, args, ..made }, depth + 1)
                    }
                    (Code::Class(_) | Code::Bound, _) => Val::unknown(made.at),
                    _ => {
                        let site = (!made.immediate).then_some(made.site.at);
                        self.invoke(*id, Invocation { this: made.this, args: made.args, open: made.open, site })
                    }
                }
            }
            Val::Native(name) => self.native(&name.clone(), &made),
            _ => {
                self.report_handed_url(None, &made.args, made.at);
                self.run_callbacks(&made, None);
                Val::unknown(made.at)
            }
        }
    }

    /// A call through a global of interest.
    fn call_path(&mut self, id: u32, made: &Made) -> Val {
        // A borrowed name may just as well be an element that another script made.
        let path = self.store.get_path(id);
        if path.text.strip_suffix(".setAttribute").is_some_and(|name| self.interests.is_borrowed(name)) {
            self.set_attribute("", &Val::Undefined, made);
            return Val::Undefined;
        }
        let path = self.store.get_path(id).clone();
        self.steps += (made.args.len() / ITEMS_A_STEP) as u64;
        self.report_call(id, &made.args, made.site, false);
        for arg in &made.args {
            if let Val::Func(_) = arg {
                self.later(Trigger::Load, None, arg, Val::Window, Vec::new());
            }
        }
        self.run_stub(&path, made);
        let mut receiver_args = path.receiver_args;
        if receiver_args.len() < MAX_RECEIVERS {
            receiver_args.push(made.args.clone());
        }
        self.store.path(Path { text: Rc::from(format!("{}()", path.text).as_str()), root: path.root, receiver_args })
    }

    /// Walks the page's own definition of a global of interest for what it loads; the calls in it are plumbing.
    fn run_stub(&mut self, path: &Path, made: &Made) {
        let is_root = path.text == path.root;
        let defined = if is_root { self.globals.get(&path.root) } else { self.defined.get(&path.text) };
        let Some(Val::Func(id)) = defined.cloned() else { return };
        let func = self.store.get_func(id);
        let Some(key) = super::function::code_key(func.code) else { return };
        if self.stub.is_some() || (is_root && self.ran.contains(&key)) {
            return;
        }
        let outer = self.stub.replace(path.root.clone());
        let this = made.this.clone();
        self.invoke(id, Invocation { this, args: made.args.clone(), open: made.open, site: None });
        self.stub = outer;
    }

    pub(super) fn construct(&mut self, n: &'a ast::NewExpression<'a>) -> Val {
        let target = self.eval(&n.callee);
        let (args, open) = self.arguments(&n.arguments);
        let site = self.site(&n.arguments, n.span);
        let made = Made { this: Val::Undefined, args, open, site, at: n.span, immediate: false };
        match &target {
            Val::Path(id) => {
                self.report_call(*id, &made.args, site, true);
                let path = self.store.get_path(*id).clone();
                let mut receiver_args = path.receiver_args;
                if receiver_args.len() < MAX_RECEIVERS {
                    receiver_args.push(made.args);
                }
                let text = Rc::from(format!("new {}()", path.text).as_str());
                self.store.path(Path { text, root: path.root, receiver_args })
            }
            Val::Func(id) if !matches!(self.store.get_func(*id).code, Code::Bound | Code::Arrow(_)) => {
                self.instance(*id, made.args, site.at)
            }
            Val::Native(name) => match &**name {
                "Image" => self.store.element("img"),
                "Function" => {
                    if let Some(code) = made.args.last() {
                        self.report_code(code, n.span);
                    }
                    Val::unknown(n.span)
                }
                "Array" if made.args.is_empty() => self.store.list(Vec::new(), false),
                "Object" if made.args.is_empty() => self.store.record(Default::default()),
                "Promise" => {
                    self.run_now(&made.args, n.span);
                    Val::unknown(n.span)
                }
                _ => {
                    self.run_callbacks(&made, Some(name));
                    Val::unknown(n.span)
                }
            },
            _ => {
                self.run_callbacks(&made, None);
                Val::unknown(n.span)
            }
        }
    }

    /// Functions handed to code that the script doesn't show: somebody calls them, nobody knows when. Inside a handler
    /// they belong to it.
    pub(super) fn run_callbacks(&mut self, made: &Made, what: Option<&str>) {
        for arg in &made.args {
            self.store.share(arg);
        }
        if !made.args.iter().any(|a| matches!(a, Val::Func(_))) {
            return;
        }
        let what = what.map_or_else(|| callee_text(&self.text(made.at)), str::to_owned);
        for arg in &made.args {
            if matches!(arg, Val::Func(_)) {
                self.later(Trigger::Unknown, Some(&what), arg, Val::unknown(made.at), Vec::new());
            }
        }
    }

    /// Functions that are called on the spot, with arguments nobody knows.
    pub(super) fn run_now(&mut self, args: &[Val], at: Span) {
        for arg in args {
            if let Val::Func(id) = arg {
                self.open_journal();
                self.invoke(*id, Invocation { this: Val::unknown(at), args: Vec::new(), open: true, site: None });
                let undone = self.roll_back();
                self.forget(undone, at);
            }
        }
    }

    /// `fetch`, `sendBeacon` and the like.
    pub(super) fn request(&mut self, url: Option<&Val>, at: Span) {
        if let Some(url) = url {
            self.report_load(url, LoadKind::Request, at);
        }
    }

    /// Whether a list method's callback keeps an item: decided, or not.
    pub(super) fn decided(value: &Val) -> Option<bool> {
        match truth(value) {
            Truth::Yes => Some(true),
            Truth::No => Some(false),
            _ => None,
        }
    }
}

fn is_function(e: &Expression<'_>) -> bool {
    matches!(e.get_inner_expression(), Expression::FunctionExpression(_) | Expression::ArrowFunctionExpression(_))
}

fn member_of_callee<'a>(callee: &'a Expression<'a>) -> Option<&'a ast::MemberExpression<'a>> {
    match callee.get_inner_expression() {
        Expression::ChainExpression(c) => c.expression.as_member_expression(),
        e => e.as_member_expression(),
    }
}

/// What stands before the arguments in the text of a call.
pub(super) fn callee_text(call: &str) -> String {
    call.split('(').next().unwrap_or_default().trim().to_owned()
}
