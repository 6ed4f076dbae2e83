//! Conditions and callbacks of a page's own code that wait for a consent platform's answer.

use pixelproof_model::Trigger;

use super::{PLATFORMS, Platform};
use crate::script::Context;

/// Longest condition that is taken apart, in bytes.
const MAX_CONDITION: usize = 2_000;
/// Deepest nesting of brackets and negations in a condition that is followed.
const MAX_DEPTH: u32 = 8;
/// Longest name of a category.
const MAX_CATEGORY: usize = 60;

/// What code waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeGate {
    /// Platform, and category where the code names one.
    pub(crate) gate: String,
    /// The platform calls the code back, rather than being asked while the page loads.
    pub(crate) called_back: bool,
}

/// The consent that a piece of code waits for, if any of what it hangs on asks for it.
pub(crate) fn gate_of_code(context: &Context) -> Option<CodeGate> {
    let condition = context.condition.as_deref().filter(|text| text.len() <= MAX_CONDITION);
    let asked = condition.and_then(|text| given(text, MAX_DEPTH));
    let called = condition.and_then(|text| split(text, "&&").into_iter().find_map(callback));
    let named = || function(context.function.as_deref()?);
    let called = called.or_else(|| if context.trigger == Trigger::Unknown { named() } else { None });
    let gate = asked.or_else(|| called.map(|p| p.id.clone()))?;
    Some(CodeGate { gate, called_back: called.is_some() })
}

/// The platform that reads a global of this name, and installs what it says once it may.
pub(crate) fn gate_of_setting(target: &str) -> Option<String> {
    let reads = |p: &&Platform| p.settings.iter().any(|head| target.starts_with(head.as_str()));
    PLATFORMS.iter().find(reads).map(|p| p.id.clone())
}

/// The platform that calls what a listener or a queue of this name holds.
fn callback(name: &str) -> Option<&'static Platform> {
    let name = plain(name);
    PLATFORMS.iter().find(|p| p.on.contains(&name))
}

/// Whether a condition asks a consent platform, either way.
pub(crate) fn asks_consent(condition: &str) -> bool {
    condition.len() <= MAX_CONDITION
        && (given(condition, MAX_DEPTH).is_some() || refused(condition, MAX_DEPTH).is_some())
}

fn function(name: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|p| p.functions.iter().any(|function| function == name))
}

/// Whether a consent platform calls a page's function of this name.
pub(crate) fn calls_function(name: &str) -> bool {
    function(name).is_some()
}

/// Whether a consent platform calls the functions that this method is given.
pub(crate) fn calls_back(method: &str) -> bool {
    callback(method).is_some()
}

/// The gate of a condition that holds only once consent is given.
fn given(text: &str, depth: u32) -> Option<String> {
    let text = bare(text);
    let depth = depth.checked_sub(1)?;
    let parts = split(text, "&&");
    if parts.len() > 1 {
        return parts.into_iter().find_map(|part| given(part, depth));
    }
    let parts = split(text, "||");
    if parts.len() > 1 {
        return every(&parts, |part| given(part, depth));
    }
    if let Some(rest) = text.strip_prefix('!') {
        return refused(rest, depth);
    }
    let (subject, holds) = compared(text);
    if holds { asked(subject) } else { None }
}

/// The gate of a condition that holds as long as consent isn't given.
fn refused(text: &str, depth: u32) -> Option<String> {
    let text = bare(text);
    let depth = depth.checked_sub(1)?;
    let parts = split(text, "||");
    if parts.len() > 1 {
        return parts.into_iter().find_map(|part| refused(part, depth));
    }
    let parts = split(text, "&&");
    if parts.len() > 1 {
        return every(&parts, |part| refused(part, depth));
    }
    if let Some(rest) = text.strip_prefix('!') {
        return given(rest, depth);
    }
    let (subject, holds) = compared(text);
    if holds { None } else { asked(subject) }
}

/// The first gate of alternatives that all are gates, but for those that say that the platform isn't there.
fn every(parts: &[&str], gate: impl Fn(&str) -> Option<String>) -> Option<String> {
    let absent = |part: &str| {
        let name = bare(part).strip_prefix('!').map(plain);
        name.is_some_and(|name| PLATFORMS.iter().flat_map(|p| &p.asks).any(|ask| ask.starts_with(&format!("{name}."))))
    };
    let gates: Vec<Option<String>> = parts.iter().map(|part| gate(part)).collect();
    let all = parts.iter().zip(&gates).all(|(part, gate)| gate.is_some() || absent(part));
    if all { gates.into_iter().flatten().next() } else { None }
}

/// What is compared, and whether the comparison holds for consent that is given.
fn compared(text: &str) -> (&str, bool) {
    for (sign, equal) in [("!==", false), ("===", true), ("!=", false), ("==", true)] {
        let [left, right] = split(text, sign)[..] else { continue };
        let (subject, value) = if is_constant(left) { (right, left) } else { (left, right) };
        let value = bare(value).trim_matches(['"', '\'', '`']).to_ascii_lowercase();
        return (subject, equal != is_refusal(&value));
    }
    for (sign, more) in [(">=", true), ("<=", false), (">", true), ("<", false)] {
        let [left, right] = split(text, sign)[..] else { continue };
        return if is_constant(left) { (right, !more) } else { (left, more) };
    }
    (text, true)
}

fn is_constant(text: &str) -> bool {
    let text = bare(text);
    text.starts_with(['"', '\'', '-', '!'])
        || text.starts_with(|c: char| c.is_ascii_digit())
        || is_refusal(text)
        || text == "true"
}

/// Whether a value stands for consent that isn't given, or that nobody gave yet.
fn is_refusal(value: &str) -> bool {
    matches!(value, "false" | "-1" | "0" | "null" | "undefined" | "void 0" | "!1" | "deny" | "denied" | "no" | "")
}

/// The gate that an expression without negation asks for.
fn asked(text: &str) -> Option<String> {
    let text = plain(bare(text).trim_start_matches('~'));
    let (subject, pattern) = match text.strip_prefix('/').and_then(|rest| rest.split_once(".test(")) {
        Some((pattern, subject)) => (plain(subject), Some(pattern.to_owned())),
        None => (text.clone(), None),
    };
    let (platform, rest) =
        PLATFORMS.iter().find_map(|p| Some((p, p.asks.iter().find_map(|ask| after(&subject, ask))?)))?;
    let category = pattern.as_deref().and_then(word).or_else(|| category(rest));
    Some(match category {
        Some(category) => format!("{}: {category}", platform.id),
        None => platform.id.clone(),
    })
}

/// What follows a text that the expression begins with, as whole words.
fn after<'t>(text: &'t str, ask: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(ask)?;
    let joins = ask.ends_with(is_word) && rest.starts_with(is_word);
    (!joins).then_some(rest)
}

/// The category that the rest of a question names: a property, or a constant in brackets.
fn category(rest: &str) -> Option<String> {
    if rest.starts_with(is_word) {
        return word(rest);
    }
    let quoted = rest.split(['"', '\'', '`', '/']).skip(1).step_by(2);
    quoted.filter_map(word).next()
}

/// The first word of a text, with the dashes, colons and dots inside.
fn word(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| !is_word(c));
    let name: String =
        text.chars().take_while(|c| is_word(*c) || matches!(c, '-' | ':' | '.' | ' ')).take(MAX_CATEGORY).collect();
    (!name.is_empty()).then_some(name)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// An expression without white space, optional chaining and the name of the global object.
fn plain(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    let text = text.replace("?.", ".").replace(".[", "[").replace(".(", "(");
    let rest = ["window.", "self.", "globalThis.", "top.", "parent."].iter().find_map(|name| text.strip_prefix(name));
    let named = |quote: char| {
        let inner = text.strip_prefix("window[")?.strip_prefix(quote)?;
        let (name, rest) = inner.split_once(quote)?;
        Some(format!("{name}{}", rest.strip_prefix(']')?))
    };
    if let Some(text) = named('\'').or_else(|| named('"')) {
        return text;
    }
    rest.unwrap_or(&text).to_owned()
}

/// A text without white space and brackets around the whole of it.
fn bare(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).filter(|inner| is_whole(inner)) {
        text = inner.trim();
    }
    text
}

/// Whether the brackets in a text close what they open.
fn is_whole(text: &str) -> bool {
    let mut depth = 0i32;
    let mut whole = true;
    outside_quotes(text, |_, c| {
        depth += i32::from(matches!(c, '(' | '[' | '{')) - i32::from(matches!(c, ')' | ']' | '}'));
        whole &= depth >= 0;
    });
    whole && depth == 0
}

/// The parts of a text between an operator that stands outside of brackets and quotes.
fn split<'t>(text: &'t str, operator: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0i32, 0);
    outside_quotes(text, |at, c| {
        depth += i32::from(matches!(c, '(' | '[' | '{')) - i32::from(matches!(c, ')' | ']' | '}'));
        let tail = text.get(at..).unwrap_or_default();
        // `=>` is no comparison, and the sign of one isn't part of a longer one.
        let arrow = operator == ">" && text.get(..at).is_some_and(|t| t.ends_with('='));
        if depth == 0 && at >= start && tail.starts_with(operator) && !arrow {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at + operator.len();
        }
    });
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Visits the characters of a text that aren't in quotes, with their offsets.
fn outside_quotes(text: &str, mut visit: impl FnMut(usize, char)) {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None => visit(at, c),
        }
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::Trigger;

    use super::gate_of_code;
    use crate::script::Context;

    fn gate(condition: &str) -> Option<String> {
        let context = Context { condition: Some(condition.to_owned()), ..Context::default() };
        gate_of_code(&context).map(|gate| gate.gate)
    }

    #[test]
    fn conditions_that_ask_a_platform_are_gates() {
        let cases = [
            ("Cookiebot.consent.marketing", "cookiebot: marketing"),
            ("window.Cookiebot?.consent?.statistics === true", "cookiebot: statistics"),
            ("!(!Cookiebot.consent.marketing)", "cookiebot: marketing"),
            ("typeof Cookiebot !== 'undefined' && Cookiebot.consent.marketing", "cookiebot: marketing"),
            ("!window.Cookiebot || Cookiebot.consent.marketing", "cookiebot: marketing"),
            ("!(!window.Cookiebot || !Cookiebot.consent.marketing)", "cookiebot: marketing"),
            ("page === 'x' && !!Cookiebot.consent['marketing']", "cookiebot: marketing"),
            ("OptanonActiveGroups.indexOf(',C0004,') > -1", "onetrust: C0004"),
            ("-1 !== OnetrustActiveGroups.indexOf('C0002')", "onetrust: C0002"),
            ("!(OnetrustActiveGroups.indexOf('C0004') === -1)", "onetrust: C0004"),
            ("window.OnetrustActiveGroups.split(',').includes('C0004')", "onetrust: C0004"),
            ("OptanonActiveGroups.match(/,C0004,/)", "onetrust: C0004"),
            ("~OnetrustActiveGroups.indexOf('C0004')", "onetrust: C0004"),
            ("/C0004/.test(OnetrustActiveGroups)", "onetrust: C0004"),
            ("Didomi.getUserConsentStatusForPurpose('cookies')", "didomi: cookies"),
            ("cmplz_has_consent('marketing')", "complianz: marketing"),
            ("BorlabsCookie.checkCookieConsent('facebook-pixel')", "borlabs-cookie: facebook-pixel"),
            ("window.BorlabsCookie.Consents.hasConsent(\"meta\")", "borlabs-cookie: meta"),
            ("getCkyConsent().categories.advertisement", "cookieyes: advertisement"),
            ("wp_has_consent('marketing')", "wp-consent-api: marketing"),
            ("window.Shopify.customerPrivacy.userCanBeTracked()", "shopify-privacy-banner"),
            ("Osano.cm.getConsent().MARKETING === 'ACCEPT'", "osano: MARKETING"),
            ("CookieConsent.acceptedCategory('ads')", "vanilla-cookieconsent: ads"),
            ("CookieFirst.consent.advertising && x", "cookiefirst: advertising"),
            ("CookiebotOnAccept", "cookiebot"),
            ("CookiebotOnConsentReady && Cookiebot.consent.marketing", "cookiebot: marketing"),
            ("window.didomiOnReady.push", "didomi"),
            ("window[\"_axcb\"].push", "axeptio"),
            ("__tcfapi", "tcf"),
        ];
        for (condition, expect) in cases {
            assert_eq!(gate(condition).as_deref(), Some(expect), "{condition}");
        }
    }

    #[test]
    fn other_conditions_are_none() {
        let cases = [
            "!Cookiebot.consent.marketing",
            "Cookiebot.consent.marketing === false",
            "Cookiebot.consent.marketing || isStaff",
            "!(Cookiebot.consent.marketing && ready)",
            "OptanonActiveGroups.indexOf('C0004') == -1",
            "OnetrustActiveGroups.indexOf('C0004') < 0",
            "typeof Cookiebot !== 'undefined'",
            "window.Cookiebot",
            "MyCookiebot.consent.marketing",
            "shop.Cookiebot.consent.marketing",
            "label === 'Cookiebot.consent.marketing'",
            "OptanonActiveGroupsOld.includes('C0004')",
            "consent.marketing",
            "location.search.indexOf('C0004') > -1",
            "scroll",
            "",
            "((((((((((((Cookiebot.consent.marketing",
        ];
        for condition in cases {
            assert_eq!(gate(condition), None, "{condition}");
        }
    }

    #[test]
    fn functions_that_a_platform_calls_are_gates_where_nobody_else_is_seen_to_call_them() {
        let at = |function: &str, trigger| {
            gate_of_code(&Context { function: Some(function.to_owned()), trigger, ..Context::default() })
        };
        let gate = at("OptanonWrapper", Trigger::Unknown).map(|gate| (gate.gate, gate.called_back));
        assert_eq!(gate, Some(("onetrust".to_owned(), true)));
        assert_eq!(at("OptanonWrapper", Trigger::Click), None);
        assert_eq!(at("track", Trigger::Unknown), None);
    }
}
