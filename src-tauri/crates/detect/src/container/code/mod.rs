//! Custom JavaScript variables that only look at the page's address and at other variables: walked over their syntax tree
//! with values that are known. Whatever isn't known for sure, or may end in an error that nobody foresees, decides nothing.

mod expression;
mod methods;
#[cfg(test)]
mod tests;
mod value;

use std::{cell::RefCell, collections::BTreeMap};

use oxc_ast::ast::{self, Expression, Statement};
use url::Url;

use self::value::Js;
use super::value::Val;
use crate::script::with_tree;

/// Longest code that is read, in bytes.
const MAX_CODE: usize = 6 << 10;
/// Steps that one variable may take, and expressions within one another.
const MAX_STEPS: u32 = 20_000;
const MAX_DEPTH: u32 = 80;
/// Results kept per thread: a variable is asked for on every event of a page.
const KEPT: usize = 512;
/// What a code that names it looks at changes while the page runs, or hangs on the visitor.
const BEYOND: [&str; 9] =
    ["querySelector", "getElement", "cookie", "Storage", "Math.random", "Date", "navigator", "jQuery", "$("];

/// Names that the browser gives.
const OF_BROWSER: [&str; 8] =
    ["location", "document", "window", "self", "undefined", "NaN", "Infinity", super::value::PLACEHOLDER];

thread_local! {
    static RESULTS: RefCell<BTreeMap<(String, String), Option<Val>>> = const { RefCell::new(BTreeMap::new()) };
}

/// What the code of a variable gives on a page; `None` where that isn't decided.
pub(super) fn result(text: &str, url: Option<&Url>) -> Option<Val> {
    if text.len() > MAX_CODE || BEYOND.iter().any(|word| text.contains(word)) {
        return None;
    }
    let looks = text.contains("location") || text.contains("document");
    let address = url.filter(|_| looks).map(Url::to_string).unwrap_or_default();
    let key = (text.to_owned(), address);
    if let Some(known) = RESULTS.with_borrow(|kept| kept.get(&key).cloned()) {
        return known;
    }
    let found = with_tree(text, |program| run(program, url)).flatten();
    RESULTS.with_borrow_mut(|kept| {
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, found.clone());
    });
    found
}

/// `(function(){…})()`.
fn run(program: &ast::Program<'_>, url: Option<&Url>) -> Option<Val> {
    let [Statement::ExpressionStatement(only)] = program.body.as_slice() else { return None };
    let Expression::CallExpression(call) = only.expression.get_inner_expression() else { return None };
    let Expression::FunctionExpression(function) = call.callee.get_inner_expression() else { return None };
    let plain = !function.r#async && !function.generator && function.params.items.is_empty();
    let body =
        function.body.as_ref().filter(|body| plain && body.directives.is_empty() && call.arguments.is_empty())?;
    let mut code = Code { url, variables: BTreeMap::new(), shared: false, steps: 0, depth: 0 };
    match code.statements(&body.statements) {
        Ok(Flow::Return(value)) => value.into_val(),
        Ok(_) => Some(Val::Undefined),
        // the container catches it
        Err(Stop::Throws) => Some(Val::Undefined),
        Err(Stop::Unclear) => None,
    }
}

/// Why a walk ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// What happens isn't known.
    Unclear,
    /// An error is thrown.
    Throws,
}

type Out<T> = Result<T, Stop>;

/// What a statement does to the ones behind it.
#[derive(Debug)]
enum Flow {
    Next,
    Break,
    Continue,
    Return(Js),
}

/// A function's run.
struct Code<'u> {
    url: Option<&'u Url>,
    variables: BTreeMap<String, Js>,
    /// Two names may hold one list: what is done to it by one of them would show in the other.
    shared: bool,
    steps: u32,
    depth: u32,
}

impl Code<'_> {
    fn step(&mut self) -> Out<()> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH { Err(Stop::Unclear) } else { Ok(()) }
    }

    fn statements(&mut self, statements: &[Statement<'_>]) -> Out<Flow> {
        for statement in statements {
            match self.statement(statement)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement<'_>) -> Out<Flow> {
        self.step()?;
        self.depth += 1;
        let flow = self.statement_inner(statement);
        self.depth -= 1;
        flow
    }

    fn statement_inner(&mut self, statement: &Statement<'_>) -> Out<Flow> {
        match statement {
            Statement::EmptyStatement(_) => Ok(Flow::Next),
            Statement::ExpressionStatement(s) => self.value(&s.expression).map(|_| Flow::Next),
            Statement::VariableDeclaration(d) => self.declare(d).map(|()| Flow::Next),
            Statement::BlockStatement(b) => self.statements(&b.body),
            Statement::ReturnStatement(s) => match &s.argument {
                Some(value) => self.value(value).map(Flow::Return),
                None => Ok(Flow::Return(Js::Undefined)),
            },
            Statement::IfStatement(s) => match (self.test(&s.test)?, &s.alternate) {
                (true, _) => self.statement(&s.consequent),
                (false, Some(otherwise)) => self.statement(otherwise),
                (false, None) => Ok(Flow::Next),
            },
            Statement::BreakStatement(s) if s.label.is_none() => Ok(Flow::Break),
            Statement::ContinueStatement(s) if s.label.is_none() => Ok(Flow::Continue),
            Statement::ForStatement(s) => self.turns(s),
            Statement::SwitchStatement(s) => self.switch(s),
            Statement::TryStatement(s) => self.attempt(s),
            _ => Err(Stop::Unclear),
        }
    }

    /// Names of the function; a block that has a name of its own isn't followed.
    fn declare(&mut self, declaration: &ast::VariableDeclaration<'_>) -> Out<()> {
        for one in &declaration.declarations {
            let ast::BindingPattern::BindingIdentifier(name) = &one.id else { return Err(Stop::Unclear) };
            let known = self.variables.contains_key(name.name.as_str());
            // a name of a block ends with it
            let of_block = declaration.kind != ast::VariableDeclarationKind::Var && (known || self.depth > 1);
            if of_block || OF_BROWSER.contains(&name.name.as_str()) {
                return Err(Stop::Unclear);
            }
            match &one.init {
                Some(init) => {
                    let value = self.kept(init)?;
                    self.variables.insert(name.name.to_string(), value);
                }
                None if !known => {
                    self.variables.insert(name.name.to_string(), Js::Undefined);
                }
                None => {}
            }
        }
        Ok(())
    }

    /// A value that gets a name or a place of its own.
    fn kept(&mut self, e: &Expression<'_>) -> Out<Js> {
        let value = self.value(e)?;
        let made = matches!(e.get_inner_expression(), Expression::ArrayExpression(_) | Expression::CallExpression(_));
        self.shared |= matches!(value, Js::List(_)) && !made;
        Ok(value)
    }

    fn test(&mut self, test: &Expression<'_>) -> Out<bool> {
        self.value(test)?.truth().ok_or(Stop::Unclear)
    }

    fn turns(&mut self, s: &ast::ForStatement<'_>) -> Out<Flow> {
        match &s.init {
            Some(ast::ForStatementInit::VariableDeclaration(d)) if d.kind == ast::VariableDeclarationKind::Var => {
                self.declare(d)?;
            }
            Some(init) => {
                self.value(init.as_expression().ok_or(Stop::Unclear)?)?;
            }
            None => {}
        }
        loop {
            self.step()?;
            if let Some(test) = &s.test
                && !self.test(test)?
            {
                return Ok(Flow::Next);
            }
            match self.statement(&s.body)? {
                Flow::Break => return Ok(Flow::Next),
                flow @ Flow::Return(_) => return Ok(flow),
                Flow::Next | Flow::Continue => {}
            }
            if let Some(update) = &s.update {
                self.value(update)?;
            }
        }
    }

    fn switch(&mut self, s: &ast::SwitchStatement<'_>) -> Out<Flow> {
        let asked = self.value(&s.discriminant)?;
        let mut start = None;
        for (number, case) in s.cases.iter().enumerate() {
            let Some(test) = &case.test else { continue };
            let value = self.value(test)?;
            if asked.equals(&value, true).ok_or(Stop::Unclear)? {
                start = Some(number);
                break;
            }
        }
        let start = start.or_else(|| s.cases.iter().position(|case| case.test.is_none()));
        for case in s.cases.iter().skip(start.unwrap_or(s.cases.len())) {
            match self.statements(&case.consequent)? {
                Flow::Next => {}
                Flow::Break => return Ok(Flow::Next),
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn attempt(&mut self, s: &ast::TryStatement<'_>) -> Out<Flow> {
        if s.finalizer.is_some() {
            return Err(Stop::Unclear);
        }
        match (self.statements(&s.block.body), &s.handler) {
            (Err(Stop::Throws), Some(handler)) => {
                if let Some(ast::BindingPattern::BindingIdentifier(name)) =
                    handler.param.as_ref().map(|param| &param.pattern)
                {
                    self.variables.insert(name.name.to_string(), Js::Unknown);
                }
                self.statements(&handler.body.body)
            }
            (flow, _) => flow,
        }
    }
}
