//! What the walk hands out: calls, assignments, loads, written markup.

use std::rc::Rc;

use oxc_ast::ast;
use oxc_span::Span;
use pixelproof_model::Trigger;

use super::{MAX_FACTS, Nested, Walk, Wrapper, call::callee_text};
use crate::script::{Assign, Call, Context, Load, LoadKind, Written, store::Path, value::Val};

/// Name that a queue filled with whole `arguments` objects is known by: the wrapper's own name is the page's choice.
const ARGUMENTS_QUEUE: &str = "gtag";
/// Most pieces of written markup that are handed out.
const MAX_WRITTEN: usize = 500;
/// Longest address that is handed out, in bytes.
const MAX_ADDRESS: usize = 4_096;
/// Most pieces of code in strings that are read.
const MAX_NESTED: usize = 50;
/// Deepest search for a parameter in the arguments of a call.
const PARAM_SEARCH: u32 = 4;

impl<'a> Walk<'a, '_> {
    pub(super) fn context(&mut self) -> Context {
        let conditional = !self.ctx.conditions.is_empty();
        let trigger = if self.ctx.base == Trigger::Load && conditional { Trigger::Conditional } else { self.ctx.base };
        self.order += 1;
        self.telling.extend(self.frames.iter().map(|frame| frame.key));
        Context {
            trigger,
            condition: self.ctx.condition(self.source),
            branch: self.ctx.branches.last().copied(),
            branches: self.ctx.branches.clone(),
            function: self.ctx.function.as_deref().map(str::to_owned),
            order: self.order - 1,
            later: self.deferred,
        }
    }

    fn is_full(&mut self, length: usize) -> bool {
        if length >= MAX_FACTS {
            self.problems.insert("script says more than is kept; the rest was left out");
        }
        length >= MAX_FACTS
    }

    /// Reports a call through a global of interest.
    pub(super) fn report_call(&mut self, path: u32, args: &[Val], site: Site, new: bool) {
        let Path { text, root, receiver_args } = self.store.get_path(path).clone();
        if self.is_plumbing(&root, args) || self.is_full(self.facts.calls.len()) {
            return;
        }
        let forwarded = match args {
            [Val::List(id)] if self.store.get_list(*id).arguments => Some(*id),
            _ => None,
        };
        let is_queue = text.strip_suffix(".push").is_some_and(|queue| *queue == *root);
        let (callee, args): (String, Vec<Val>) = match forwarded {
            Some(list) if is_queue => (ARGUMENTS_QUEUE.into(), self.store.get_list(list).items.clone()),
            _ if new => (format!("new {text}"), args.to_vec()),
            _ => (text.to_string(), args.to_vec()),
        };
        let call = Call {
            callee,
            args: args.iter().map(|v| self.store.export(v, self.source)).collect(),
            receiver_args: receiver_args
                .iter()
                .map(|args| args.iter().map(|v| self.store.export(v, self.source)).collect())
                .collect(),
            span: (site.at.start, site.at.end),
            inner: site.inner.map(|s| (s.start, s.end)),
            context: self.context(),
        };
        self.facts.calls.push(call);
    }

    /// What a stub does for itself: it hands on its `arguments`, or itself.
    fn is_plumbing(&self, root: &Rc<str>, args: &[Val]) -> bool {
        if self.stub.as_ref() == Some(root) {
            return true;
        }
        args.iter().any(|arg| match arg {
            Val::List(id) => {
                let list = self.store.get_list(*id);
                list.arguments && (list.open || self.stub.is_some())
            }
            Val::Path(id) => self.store.get_path(*id).text == *root,
            _ => false,
        })
    }

    pub(super) fn report_assign(&mut self, target: &str, value: &Val, at: Span) {
        if self.stub.is_some() || self.is_full(self.facts.assigns.len()) {
            return;
        }
        let value = self.store.export(value, self.source);
        let context = self.context();
        self.facts.assigns.push(Assign { target: target.to_owned(), value, span: (at.start, at.end), context });
    }

    pub(super) fn report_load(&mut self, url: &Val, kind: LoadKind, at: Span) {
        let (url, partial) = match url {
            Val::Str(s) => (s.clone(), false),
            Val::Head(s, _) => (s.clone(), true),
            Val::OneOf(id) => return self.in_each(*id, |w, url| w.report_load(url, kind, at)),
            _ => return,
        };
        let looks_like_address = url.len() <= MAX_ADDRESS
            && url.contains(['/', '.'])
            && !url.starts_with("data:")
            && !url.contains(['<', '\n']);
        if !looks_like_address || self.is_full(self.facts.loads.len()) {
            return;
        }
        let context = self.context();
        let (url, span) = (url.to_string(), (at.start, at.end));
        self.facts.loads.push(Load { url, partial, kind, attributes: Vec::new(), span, context });
    }

    /// A string handed to a helper that the script doesn't show, where it is an address of interest.
    pub(super) fn report_handed_url(&mut self, callee: Option<&str>, args: &[Val], at: Span) {
        for arg in args {
            let (Val::Str(url) | Val::Head(url, _)) = arg else { continue };
            let is_address = url.starts_with("http://") || url.starts_with("https://") || url.starts_with("//");
            if is_address && self.interests.in_literal(url) {
                let callee = callee.map_or_else(|| callee_text(&self.text(at)), str::to_owned).to_ascii_lowercase();
                let script = ["script", "load", "inject"].iter().any(|word| callee.contains(word));
                self.report_load(arg, if script { LoadKind::Script } else { LoadKind::Unknown }, at);
            }
        }
    }

    pub(super) fn report_written(&mut self, markup: &Val, at: Span) {
        if let Val::Str(text) | Val::Head(text, _) = markup
            && text.contains('<')
            && self.facts.written.len() < MAX_WRITTEN
        {
            let context = self.context();
            self.facts.written.push(Written { text: text.to_string(), at: at.start, context });
        }
    }

    /// Code in a string that is run: read afterwards.
    pub(super) fn report_code(&mut self, code: &Val, at: Span) {
        if let Val::Str(code) = code
            && self.nested.len() < MAX_NESTED
            && self.interests.mentions(code)
        {
            self.nested.push(Nested { code: code.to_string(), at, ctx: self.ctx.clone() });
        }
    }

    /// Where a call stands for the reader: the wrapper's call, if the arguments come from it.
    pub(super) fn site(&self, args: &[ast::Argument<'a>], at: Span) -> Site {
        let mut wrapper = self.frames.last().and_then(|f| f.wrapper.clone());
        let mut innermost = true;
        while let Some(info) = wrapper {
            if args.iter().any(|arg| match arg {
                ast::Argument::SpreadElement(spread) => self.names(&spread.argument, &info, innermost, 0),
                arg => arg.as_expression().is_some_and(|e| self.names(e, &info, innermost, 0)),
            }) {
                return Site { at: info.site, inner: Some(at) };
            }
            wrapper = info.parent.clone();
            innermost = false;
        }
        Site { at, inner: None }
    }

    /// Whether an expression names a parameter of the wrapper.
    fn names(&self, e: &ast::Expression<'a>, wrapper: &Wrapper, own: bool, depth: u32) -> bool {
        use ast::Expression as E;
        if depth > PARAM_SEARCH {
            return false;
        }
        let inner = |e| self.names(e, wrapper, own, depth + 1);
        match e {
            E::Identifier(id) => match self.symbol(id) {
                Some(symbol) => wrapper.params.contains(&symbol),
                None => own && id.name == "arguments",
            },
            E::StaticMemberExpression(m) => inner(&m.object),
            E::ComputedMemberExpression(m) => inner(&m.object) || inner(&m.expression),
            E::BinaryExpression(b) => inner(&b.left) || inner(&b.right),
            E::LogicalExpression(l) => inner(&l.left) || inner(&l.right),
            E::ConditionalExpression(c) => inner(&c.consequent) || inner(&c.alternate),
            E::TemplateLiteral(t) => t.expressions.iter().any(inner),
            E::CallExpression(c) => {
                c.arguments.iter().any(|a| a.as_expression().is_some_and(inner)) || inner(&c.callee)
            }
            E::ArrayExpression(a) => a.elements.iter().any(|x| match x {
                ast::ArrayExpressionElement::SpreadElement(s) => inner(&s.argument),
                x => x.as_expression().is_some_and(inner),
            }),
            E::ObjectExpression(o) => o.properties.iter().any(|p| match p {
                ast::ObjectPropertyKind::ObjectProperty(p) => inner(&p.value),
                ast::ObjectPropertyKind::SpreadProperty(s) => inner(&s.argument),
            }),
            _ => false,
        }
    }
}

/// Where a call stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) at: Span,
    pub(super) inner: Option<Span>,
}
