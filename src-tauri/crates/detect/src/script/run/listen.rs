//! Functions that run later: listeners, timers, callbacks; and when that is.

use std::rc::Rc;

use pixelproof_model::Trigger;

use super::{Condition, Job, Walk, call::Made, function::Invocation, function::code_key};
use crate::script::{store::Code, value::Val};

/// Group of the alternatives that listeners are to each other.
const LISTENERS: u32 = 0;
/// Most functions that wait.
const MAX_JOBS: usize = 20_000;

/// What makes a DOM event (or a method named like one) run its listener; `None` for events of other kinds.
pub(super) fn trigger_of(event: &str) -> Option<Trigger> {
    let event = event.split('.').next().unwrap_or(event);
    Some(match event {
        "click" | "mousedown" | "mouseup" | "dblclick" | "auxclick" | "pointerdown" | "pointerup" | "touchend"
        | "tap" | "change" | "keydown" | "keyup" | "keypress" | "input" | "focus" | "blur" | "focusin" | "focusout"
        | "play" | "contextmenu" => Trigger::Click,
        "submit" => Trigger::Submit,
        "scroll" | "mousemove" | "mouseover" | "mouseenter" | "touchstart" | "touchmove" | "wheel" | "mousewheel"
        | "pointermove" => Trigger::Scroll,
        "load" | "DOMContentLoaded" | "ready" | "readystatechange" | "pageshow" => Trigger::Load,
        "popstate"
        | "hashchange"
        | "pushstate"
        | "replacestate"
        | "pushState"
        | "replaceState"
        | "locationchange"
        | "turbo:load"
        | "turbolinks:load"
        | "astro:page-load"
        | "inertia:navigate"
        | "routeChangeComplete"
        | "routeChangeStart"
        | "navigate"
        | "urlchange"
        | "page:load"
        | "pjax:end"
        | "swup:contentReplaced" => Trigger::Route,
        _ => return None,
    })
}

/// Methods that take a function to run on the spot for each item.
const ITERATORS: [&str; 12] =
    ["forEach", "map", "each", "filter", "some", "every", "find", "reduce", "flatMap", "findIndex", "sort", "replace"];
/// Methods that take a function to run in due course, as part of the same work.
const CONTINUATIONS: [&str; 7] = ["then", "catch", "finally", "done", "always", "define", "require"];
/// Methods that take a function to run on a change of route.
const ROUTES: [&str; 5] = ["afterEach", "beforeEach", "listen", "onRouteUpdate", "subscribeRoute"];

impl<'a> Walk<'a, '_> {
    /// Puts a function off.
    pub(super) fn later(&mut self, trigger: Trigger, what: Option<&str>, func: &Val, this: Val, args: Vec<Val>) {
        let Val::Func(id) = func else { return };
        if self.jobs.iter().map(std::collections::VecDeque::len).sum::<usize>() >= MAX_JOBS {
            self.problems.insert("script has too many listeners; some were left out");
            return;
        }
        let mut ctx = self.ctx.clone();
        ctx.base = nested_trigger(ctx.base, trigger);
        if !matches!(trigger, Trigger::Load | Trigger::Timer) {
            if self.is_registered(*id, ctx.base) {
                return;
            }
            self.listeners += 1;
            ctx.branches.retain(|(group, _)| *group != LISTENERS);
            ctx.branches.push((LISTENERS, self.listeners));
        }
        if let Some(what) = what {
            ctx.conditions.push(Condition::Text(Rc::from(what)));
        }
        let rank = match ctx.base {
            Trigger::Load => 0,
            Trigger::Timer => 1,
            _ => 2,
        };
        let job = Job {
            func: func.clone(),
            this,
            args,
            ctx,
            wrapper: self.frames.last().and_then(|f| f.wrapper.clone()),
            running: self.frames.iter().map(|f| f.key).chain(self.blocked.iter().copied()).collect(),
            stub: self.stub.clone(),
        };
        self.jobs[rank].push_back(job);
    }

    /// Notes a listener; whether the same function listens already. It is one listener on however many elements or
    /// events of a kind.
    fn is_registered(&mut self, id: u32, trigger: Trigger) -> bool {
        let func = self.store.get_func(id);
        let (scope, key) = (func.scope, code_key(func.code));
        key.is_some_and(|key| !self.listened.insert((key, scope, trigger)))
    }

    /// Runs what was put off: first what loading runs, then timers, then listeners.
    pub(super) fn run_jobs(&mut self) {
        while let Some(job) = self.jobs.iter_mut().find_map(std::collections::VecDeque::pop_front) {
            let outer = std::mem::replace(&mut self.ctx, job.ctx);
            self.stub = job.stub;
            self.blocked = job.running;
            self.deferred = true;
            self.run_job(&job.func, job.this, job.args, job.wrapper);
            self.blocked.clear();
            self.stub = None;
            self.ctx = outer;
        }
    }

    fn run_job(&mut self, func: &Val, this: Val, args: Vec<Val>, wrapper: Option<Rc<super::Wrapper>>) {
        let Val::Func(id) = func else { return };
        let func = self.store.get_func(*id);
        if let (Code::Bound, Some((target, leading))) = (func.code, &func.bound) {
            let (target, leading, this) = (target.clone(), leading.clone(), func.this.clone());
            let at = oxc_span::Span::default();
            let site = super::report::Site { at, inner: None };
            let made = Made { this, args: leading, open: true, site, at, immediate: true };
            self.apply(&target, made, 0);
            return;
        }
        // A stand-in for the frame that put it off, so that a wrapper's parameters still lead to its call.
        let arguments = self.store.arguments(Vec::new(), true);
        self.frames.push(super::Frame {
            key: u64::MAX,
            this: Val::Window,
            arguments,
            function_scope: None,
            wrapper,
            returned: None,
            conditions: self.ctx.conditions.len(),
        });
        self.invoke(*id, Invocation { this, args, open: true, site: None });
        self.frames.pop();
    }

    fn on_load(&mut self, func: &Val, this: Val) {
        if let Val::Func(id) = func
            && !self.is_registered(*id, Trigger::Load)
        {
            self.later(Trigger::Load, None, func, this, Vec::new());
        }
    }

    /// A handler property: `x.onclick = function …`.
    pub(super) fn handler(&mut self, name: &str, value: &Val, this: Val) {
        let event = name.strip_prefix("on").unwrap_or(name);
        // Elements have had no such event since Internet Explorer 10; snippets set it beside `onload`.
        if event == "readystatechange" && matches!(this, Val::Element(_)) {
            return self.never(value);
        }
        if !event.bytes().all(|b| b.is_ascii_lowercase()) {
            return;
        }
        match trigger_of(event) {
            Some(Trigger::Load) => self.on_load(value, this),
            Some(trigger) => self.later(trigger, None, value, this, Vec::new()),
            None => self.later(Trigger::Unknown, Some(event), value, this, Vec::new()),
        }
    }

    /// A function that no browser calls: not even as one that somebody may call is it read.
    fn never(&mut self, func: &Val) {
        let Val::Func(id) = func else { return };
        if let Some(key) = code_key(self.store.get_func(*id).code) {
            self.ran.insert(key);
        }
    }

    /// A method that nobody knows: what its name says about the functions it is given.
    pub(super) fn unknown_method(&mut self, object: &Val, name: &str, target: &Val, made: Made) -> Val {
        if let Val::Native(native) = target {
            return self.native(&native.clone(), &made);
        }
        let functions: Vec<Val> = made.args.iter().filter(|a| matches!(a, Val::Func(_))).cloned().collect();
        match name {
            "addEventListener" | "attachEvent" | "on" | "one" | "once" | "bind" | "live" | "delegate"
            | "addListener" | "addEvent" | "listen" | "observe" | "subscribe"
                if !functions.is_empty() =>
            {
                self.listener(&made, &functions);
            }
            "ready" => self.each_later(Trigger::Load, &functions, object),
            _ if ITERATORS.contains(&name) => self.run_now(&made.args, made.at),
            _ if CONTINUATIONS.contains(&name) => {
                for func in &functions {
                    self.later(Trigger::Load, None, func, Val::Undefined, Vec::new());
                }
            }
            _ if ROUTES.contains(&name) => self.each_later(Trigger::Route, &functions, object),
            _ => match trigger_of(name) {
                Some(trigger) if !functions.is_empty() => self.each_later(trigger, &functions, object),
                _ => self.by_name(name, &made),
            },
        }
        Val::unknown(made.at)
    }

    fn each_later(&mut self, trigger: Trigger, functions: &[Val], this: &Val) {
        for func in functions {
            self.later(trigger, None, func, this.clone(), Vec::new());
        }
    }

    fn listener(&mut self, made: &Made, functions: &[Val]) {
        let event = match made.args.iter().find(|a| matches!(a, Val::Str(_))) {
            Some(Val::Str(event)) => event.clone(),
            // `subscribe(fn)` and the like.
            _ => return self.run_callbacks(made, None),
        };
        // jQuery's `delegate(selector, type, fn)` has the type second.
        let words: Vec<&str> = made
            .args
            .iter()
            .filter_map(|a| if let Val::Str(s) = a { Some(&**s) } else { None })
            .flat_map(str::split_whitespace)
            .map(|w| w.strip_prefix("on").filter(|rest| trigger_of(rest).is_some()).unwrap_or(w))
            .collect();
        let trigger = words.iter().find_map(|w| trigger_of(w));
        for func in functions {
            match trigger {
                Some(Trigger::Load) => self.on_load(func, made.this.clone()),
                Some(trigger) => self.later(trigger, None, func, made.this.clone(), Vec::new()),
                None => self.later(Trigger::Unknown, Some(&event), func, made.this.clone(), Vec::new()),
            }
        }
    }
}

/// The innermost listener wins; timers, load callbacks and unknown callbacks inside a handler belong to it.
fn nested_trigger(outer: Trigger, new: Trigger) -> Trigger {
    match new {
        Trigger::Load => outer,
        Trigger::Timer | Trigger::Unknown if !matches!(outer, Trigger::Load | Trigger::Conditional) => outer,
        new => new,
    }
}
