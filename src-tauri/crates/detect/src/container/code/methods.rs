//! What browsers provide to a variable's code: the address, texts, lists and patterns.

use url::Url;

use super::value::{Js, MAX_ITEMS};
use super::{Out, Stop};
use crate::container::pattern::{self, Pattern, compiled, replace_first};
use crate::container::variable::{decode_component, location};

/// What every object has.
const INHERITED: [&str; 7] =
    ["constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"];

/// A property that is read.
pub(super) fn member(object: &Js, key: &str, url: Option<&Url>) -> Out<Js> {
    let of_page = |part: &str| url.and_then(|url| location(url, part)).map(|text| Js::text(&text)).ok_or(Stop::Unclear);
    match (object, key) {
        (Js::Undefined | Js::Null, _) => Err(Stop::Throws),
        (Js::Window, "location") | (Js::Document, "location") => Ok(Js::Location),
        (Js::Window, "document") => Ok(Js::Document),
        (Js::Window, "window" | "self") => Ok(Js::Window),
        (Js::Document, "URL" | "documentURI") => of_page("href"),
        (Js::Document, "domain") => of_page("hostname"),
        // the page's own
        (Js::Window | Js::Document, _) => Ok(Js::Unknown),
        (Js::Location, part) => of_page(part),
        (Js::Text(text), "length") if text.is_ascii() => Ok(Js::Number(text.len() as f64)),
        (Js::Text(text), key) if text.is_ascii() => match key.parse::<usize>() {
            Ok(at) => Ok(text.get(at..at + 1).map_or(Js::Undefined, Js::text)),
            Err(_) => Err(Stop::Unclear),
        },
        (Js::List(items), "length") => Ok(Js::Number(items.len() as f64)),
        (Js::List(items), key) => match key.parse::<usize>() {
            Ok(at) => Ok(items.get(at).cloned().unwrap_or(Js::Undefined)),
            Err(_) => Err(Stop::Unclear),
        },
        (Js::Object(fields), key) => match fields.get(key) {
            Some(value) => Ok(value.clone()),
            None if INHERITED.contains(&key) || key == "__proto__" => Err(Stop::Unclear),
            None => Ok(Js::Undefined),
        },
        _ => Err(Stop::Unclear),
    }
}

/// A method that is called.
pub(super) fn call(object: &Js, name: &str, arguments: &[Js], url: Option<&Url>) -> Out<Js> {
    if arguments.iter().any(|argument| matches!(argument, Js::Unknown)) {
        return Err(Stop::Unclear);
    }
    match object {
        Js::Undefined | Js::Null => Err(Stop::Throws),
        Js::Text(text) => of_text(text, name, arguments),
        Js::List(items) => of_list(items, name, arguments),
        Js::Pattern(source, ignores, _) => match (name, arguments.first().and_then(Js::as_text)) {
            ("test", Some(text)) => pattern::search(source, &text, *ignores).map(Js::Bool).ok_or(Stop::Unclear),
            ("exec", Some(text)) => of_text(&text, "match", std::slice::from_ref(object)),
            _ => Err(Stop::Unclear),
        },
        Js::Location if name == "toString" => member(object, "href", url),
        Js::Number(_) | Js::Bool(_) if name == "toString" && arguments.is_empty() => {
            object.as_text().map(|text| Js::text(&text)).ok_or(Stop::Unclear)
        }
        Js::Query(pairs) => {
            let key = arguments.first().and_then(Js::as_text).ok_or(Stop::Unclear)?;
            let found = pairs.iter().find(|(name, _)| *name == key);
            match name {
                "get" => Ok(found.map_or(Js::Null, |(_, value)| Js::text(value))),
                "has" if arguments.len() == 1 => Ok(Js::Bool(found.is_some())),
                _ => Err(Stop::Unclear),
            }
        }
        _ => Err(Stop::Unclear),
    }
}

/// A function that is called by its name.
pub(super) fn function(name: &str, arguments: &[Js]) -> Out<Js> {
    let first = arguments.first().ok_or(Stop::Unclear)?;
    let text = || first.as_text().ok_or(Stop::Unclear);
    match name {
        "String" => text().map(|text| Js::text(&text)),
        "Number" => first.number().map(Js::Number).ok_or(Stop::Unclear),
        "Boolean" => first.truth().map(Js::Bool).ok_or(Stop::Unclear),
        "isNaN" => first.number().map(|number| Js::Bool(number.is_nan())).ok_or(Stop::Unclear),
        "decodeURIComponent" => decode_component(&text()?).map(|text| Js::text(&text)).ok_or(Stop::Throws),
        "parseInt" => {
            let base = arguments.get(1).is_none_or(|base| matches!(base, Js::Number(ten) if *ten == 10.0));
            let text = text()?;
            let digits = text.trim_start();
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let plain = base && end > 0 && end < 16 && !digits.starts_with("0x") && !digits.starts_with("0X");
            let number = digits.get(..end).filter(|_| plain).and_then(|digits| digits.parse().ok());
            number.map(Js::Number).ok_or(Stop::Unclear)
        }
        _ => Err(Stop::Unclear),
    }
}

/// An object that is made.
pub(super) fn construct(name: &str, arguments: &[Js], url: Option<&Url>) -> Out<Js> {
    let text = |value: &Js| match value {
        Js::Location => url.map(Url::to_string),
        other => other.as_text(),
    };
    match (name, arguments) {
        ("URLSearchParams", [query]) => {
            let query = text(query).filter(|_| !matches!(query, Js::Object(_) | Js::List(_))).ok_or(Stop::Unclear)?;
            let query = query.strip_prefix('?').unwrap_or(&query);
            Ok(Js::Query(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
        }
        ("RegExp", [Js::Text(source)]) => Ok(Js::Pattern(source.clone(), false, true)),
        ("RegExp", [Js::Text(source), Js::Text(flags)]) if flags == "i" => Ok(Js::Pattern(source.clone(), true, true)),
        _ => Err(Stop::Unclear),
    }
}

fn of_text(text: &str, name: &str, arguments: &[Js]) -> Out<Js> {
    let first = arguments.first();
    let wanted = || first.and_then(Js::as_text).ok_or(Stop::Unclear);
    let number = |at: usize| arguments.get(at).map(|value| value.number().ok_or(Stop::Unclear)).transpose();
    // places in a text are counted in other units there
    let ascii = || if text.is_ascii() { Ok(()) } else { Err(Stop::Unclear) };
    let place = |found: Option<usize>| Js::Number(found.map_or(-1.0, |at| at as f64));
    Ok(match (name, arguments.len()) {
        ("toString" | "valueOf", 0) => Js::text(text),
        ("trim", 0) => Js::text(text.trim()),
        ("toLowerCase" | "toLocaleLowerCase", 0) if text.is_ascii() => Js::text(&text.to_ascii_lowercase()),
        ("toUpperCase" | "toLocaleUpperCase", 0) if text.is_ascii() => Js::text(&text.to_ascii_uppercase()),
        ("indexOf", 1) => {
            ascii()?;
            place(text.find(&wanted()?))
        }
        ("lastIndexOf", 1) => {
            ascii()?;
            place(text.rfind(&wanted()?))
        }
        ("includes", 1) if !matches!(first, Some(Js::Pattern(..))) => Js::Bool(text.contains(&wanted()?)),
        ("startsWith", 1) if !matches!(first, Some(Js::Pattern(..))) => Js::Bool(text.starts_with(&wanted()?)),
        ("endsWith", 1) if !matches!(first, Some(Js::Pattern(..))) => Js::Bool(text.ends_with(&wanted()?)),
        ("concat", _) => {
            let parts: Option<Vec<String>> = arguments.iter().map(Js::as_text).collect();
            Js::text(&(text.to_owned() + &parts.ok_or(Stop::Unclear)?.concat()))
        }
        ("charAt", 1) => {
            ascii()?;
            let at = number(0)?.unwrap_or(0.0).trunc();
            Js::text(if at >= 0.0 { text.get(at as usize..at as usize + 1).unwrap_or_default() } else { "" })
        }
        ("substring" | "slice" | "substr", 1 | 2) => {
            ascii()?;
            Js::text(part(text, name, number(0)?.unwrap_or(0.0), number(1)?))
        }
        ("split", 1) => match first {
            Some(Js::Text(separator)) if !separator.is_empty() && text.split(&**separator).count() <= MAX_ITEMS => {
                Js::List(text.split(&**separator).map(Js::text).collect())
            }
            _ => return Err(Stop::Unclear),
        },
        ("replace", 2) => replaced(text, first, &arguments[1])?,
        ("match" | "search", 1) => matched(text, name, first)?,
        _ => return Err(Stop::Unclear),
    })
}

/// A part of an ASCII text.
fn part<'t>(text: &'t str, name: &str, from: f64, second: Option<f64>) -> &'t str {
    let length = text.len() as f64;
    let whole = |n: f64| if n.is_nan() { 0.0 } else { n.trunc() };
    let from_end = |n: f64| if n < 0.0 { (length + n).max(0.0) } else { n.min(length) };
    let (from, second) = (whole(from), second.map(whole));
    let (start, end) = match name {
        "slice" => (from_end(from), from_end(second.unwrap_or(length))),
        "substr" => {
            let start = from_end(from);
            (start, (start + second.unwrap_or(length).max(0.0)).min(length))
        }
        _ => {
            let (a, b) = (from.clamp(0.0, length), second.unwrap_or(length).clamp(0.0, length));
            (a.min(b), a.max(b))
        }
    };
    text.get(start as usize..end as usize).unwrap_or_default()
}

fn replaced(text: &str, what: Option<&Js>, by: &Js) -> Out<Js> {
    let Js::Text(by) = by else { return Err(Stop::Unclear) };
    match what {
        Some(Js::Text(what)) if !by.contains('$') => Ok(Js::text(&text.replacen(&**what, by, 1))),
        Some(Js::Pattern(source, ignores, true)) => match compiled(source, *ignores) {
            Pattern::Ready(regex) => replace_first(&regex, text, by).map(|text| Js::text(&text)).ok_or(Stop::Unclear),
            _ => Err(Stop::Unclear),
        },
        _ => Err(Stop::Unclear),
    }
}

/// The first match with its groups, or where it stands.
fn matched(text: &str, name: &str, what: Option<&Js>) -> Out<Js> {
    let (source, ignores) = match what {
        Some(Js::Pattern(source, ignores, true)) => (source, *ignores),
        Some(Js::Text(source)) => (source, false),
        _ => return Err(Stop::Unclear),
    };
    let Pattern::Ready(regex) = compiled(source, ignores) else { return Err(Stop::Unclear) };
    let Some(found) = regex.captures(text).map_err(|_| Stop::Unclear)? else {
        return Ok(if name == "match" { Js::Null } else { Js::Number(-1.0) });
    };
    if name == "search" {
        let at = found.get(0).map(|whole| whole.start()).filter(|_| text.is_ascii()).ok_or(Stop::Unclear)?;
        return Ok(Js::Number(at as f64));
    }
    let group = |at: usize| found.get(at).map_or(Js::Undefined, |group| Js::text(group.as_str()));
    Ok(Js::List((0..found.len()).map(group).collect()))
}

fn of_list(items: &[Js], name: &str, arguments: &[Js]) -> Out<Js> {
    let first = arguments.first();
    match (name, arguments.len()) {
        ("indexOf" | "includes", 1) => {
            let wanted = first.ok_or(Stop::Unclear)?;
            let mut found = None;
            for (at, item) in items.iter().enumerate() {
                if item.equals(wanted, true).ok_or(Stop::Unclear)? {
                    found = Some(at);
                    break;
                }
            }
            Ok(match name {
                "includes" => Js::Bool(found.is_some()),
                _ => Js::Number(found.map_or(-1.0, |at| at as f64)),
            })
        }
        ("join", 0 | 1) => {
            let separator = first.map_or(Some(",".to_owned()), Js::as_text).ok_or(Stop::Unclear)?;
            let texts = items.iter().map(|item| if item.is_nothing() { Some(String::new()) } else { item.as_text() });
            let texts: Option<Vec<String>> = texts.collect();
            Ok(Js::text(&texts.ok_or(Stop::Unclear)?.join(&separator)))
        }
        ("slice", 1) => match first.and_then(Js::number) {
            Some(from) if from.fract() == 0.0 && from.abs() <= MAX_ITEMS as f64 => {
                let length = items.len() as f64;
                let start = if from < 0.0 { (length + from).max(0.0) } else { from.min(length) };
                Ok(Js::List(items.get(start as usize..).unwrap_or_default().to_vec()))
            }
            _ => Err(Stop::Unclear),
        },
        _ => Err(Stop::Unclear),
    }
}
