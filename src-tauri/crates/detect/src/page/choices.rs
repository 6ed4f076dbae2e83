//! Calls and assignments whose names or accounts are one of several, taken apart: one for each, as alternatives.

use pixelproof_model::Trigger;

use crate::{
    catalogue::{Catalogue, EVERY_ARGUMENT},
    script::{Assign, Call, Choice, Context, Value, negate},
};

/// Most calls that one may stand for.
const MAX_WAYS: usize = 8;

/// The calls that one stands for, by what decides whose it is and what it says. Elsewhere, a value that is one of several
/// stays an expression.
pub(super) fn calls(catalogue: &Catalogue, call: Call) -> Vec<Call> {
    if !call.args.iter().chain(call.receiver_args.iter().flatten()).any(is_open) {
        return vec![call];
    }
    let paths = deciding(catalogue, &call);
    let mut done = Vec::new();
    let mut waiting = vec![call];
    while let Some(mut call) = waiting.pop() {
        let room = MAX_WAYS.saturating_sub(done.len() + waiting.len());
        let path = paths.iter().find(|path| place(&mut call, path).is_some_and(|place| !options(place).is_empty()));
        let options = path.and_then(|path| place(&mut call, path)).map(|place| options(place)).unwrap_or_default();
        let Some(path) = path.filter(|_| options.len() <= room) else {
            call.args.iter_mut().chain(call.receiver_args.iter_mut().flatten()).for_each(settle);
            done.push(call);
            continue;
        };
        for option in options.into_iter().rev() {
            let Some(context) = within(&call.context, &option) else { continue };
            let mut way = Call { context, ..call.clone() };
            if let Some(place) = place(&mut way, path) {
                *place = option.value;
            }
            waiting.push(way);
        }
    }
    done
}

/// The values that one stands for in an assignment, each with when it is assigned.
pub(super) fn values(catalogue: &Catalogue, assign: &Assign) -> Vec<(Value, Context)> {
    if !is_open(&assign.value) {
        return vec![(assign.value.clone(), assign.context.clone())];
    }
    let form = |&(v, f): &(usize, usize)| catalogue.vendors().get(v).and_then(|vendor| vendor.assigns.get(f));
    let paths: Vec<&str> = catalogue
        .index()
        .assigns(&assign.target)
        .iter()
        .filter_map(form)
        .map(|form| form.account.as_deref().unwrap_or_default())
        .collect();
    let mut value = assign.value.clone();
    let path = paths.iter().find(|path| inside(&mut value, path).is_some());
    let options = path.and_then(|path| inside(&mut value, path)).map(|place| options(place)).unwrap_or_default();
    let way = |option: Choice| {
        let context = within(&assign.context, &option)?;
        let mut value = assign.value.clone();
        *inside(&mut value, path?)? = option.value;
        settle(&mut value);
        Some((value, context))
    };
    let ways: Vec<(Value, Context)> = options.into_iter().take(MAX_WAYS).filter_map(way).collect();
    if !ways.is_empty() {
        return ways;
    }
    settle(&mut value);
    vec![(value, assign.context.clone())]
}

/// Argument paths that decide whose a call is and what it says.
fn deciding<'c>(catalogue: &'c Catalogue, call: &Call) -> Vec<&'c str> {
    let mut paths = Vec::new();
    for &(v, number) in catalogue.index().calls(&call.callee) {
        let form = catalogue.vendors().get(v).and_then(|vendor| vendor.calls.get(number));
        let Some(form) = form else { continue };
        paths.extend(form.verb.as_ref().map(|_| "0"));
        paths.extend(form.when.keys().map(String::as_str));
        paths.extend(form.account.as_deref());
        paths.extend(form.event.as_deref());
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// The value that is one of several, at an argument path of a call or on the way to it.
fn place<'v>(call: &'v mut Call, path: &str) -> Option<&'v mut Value> {
    let (args, path) = match path.strip_prefix("instance.") {
        Some(rest) => (call.receiver_args.first_mut()?, rest),
        None => (&mut call.args, path),
    };
    if path == EVERY_ARGUMENT {
        return args.iter_mut().find_map(|arg| inside(arg, ""));
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    inside(args.get_mut(first.parse::<usize>().ok()?)?, rest)
}

fn inside<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    if matches!(value, Value::OneOf { .. }) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match value {
        Value::Array(list) => match first.parse::<usize>() {
            Ok(index) => inside(list.get_mut(index)?, rest),
            Err(_) => list.iter_mut().find(|item| matches!(item, Value::OneOf { .. })),
        },
        Value::Object { entries, .. } if !path.is_empty() => {
            inside(&mut entries.iter_mut().rev().find(|(key, _)| key == first)?.1, rest)
        }
        _ => None,
    }
}

/// What a value may be. Nothing is no option where it may be something.
fn options(value: &Value) -> Vec<Choice> {
    let Value::OneOf { options, .. } = value else { return Vec::new() };
    let says = |choice: &&Choice| match &choice.value {
        Value::Undefined | Value::Null | Value::Bool(_) => false,
        Value::String(text) => !text.is_empty(),
        _ => true,
    };
    options.iter().filter(says).cloned().collect()
}

/// When code runs that hangs on a value being this one; `None`: never.
fn within(context: &Context, choice: &Choice) -> Option<Context> {
    let mut inner = context.clone();
    inner.branches.extend(&choice.branches);
    let known: Vec<&str> = context.condition.iter().flat_map(|all| all.split(" && ")).collect();
    let denied = |condition: &String| {
        let opposite = negate(condition);
        known.iter().any(|known| *known == opposite || negate(known) == *condition)
    };
    let excluded = choice
        .branches
        .iter()
        .any(|(group, branch)| context.branches.iter().any(|(other, taken)| other == group && taken != branch));
    if excluded || choice.conditions.iter().any(denied) {
        return None;
    }
    inner.branch = inner.branches.last().copied();
    let new = choice.conditions.iter().map(String::as_str).filter(|condition| !known.contains(condition));
    let all: Vec<&str> = known.iter().copied().chain(new).collect();
    if inner.trigger == Trigger::Load && !choice.conditions.is_empty() {
        inner.trigger = Trigger::Conditional;
    }
    inner.condition = (!all.is_empty()).then(|| all.join(" && "));
    Some(inner)
}

fn is_open(value: &Value) -> bool {
    match value {
        Value::OneOf { .. } => true,
        Value::Array(list) => list.iter().any(is_open),
        Value::Object { entries, .. } => entries.iter().any(|(_, value)| is_open(value)),
        _ => false,
    }
}

/// Leaves the source text of what isn't decided.
fn settle(value: &mut Value) {
    match value {
        Value::OneOf { source, .. } => *value = Value::Expr(std::mem::take(source)),
        Value::Array(list) => list.iter_mut().for_each(settle),
        Value::Object { entries, .. } => entries.iter_mut().for_each(|(_, value)| settle(value)),
        _ => {}
    }
}
