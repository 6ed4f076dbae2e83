//! Whether a script or an element of the markup runs, waits for consent, is only put off by an optimiser, or never runs.

use pixelproof_model::State;

use super::{MARKS, PLATFORMS, Platform, has};
use crate::markup::Item;

/// How an element runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Whether it runs.
    pub(crate) state: State,
    /// An optimiser runs it later.
    pub(crate) delayed: bool,
    /// What it waits for: platform and category.
    pub(crate) gate: Option<String>,
    /// The element holds data, not code.
    pub(crate) data: bool,
    /// Its text is a module.
    pub(crate) module: bool,
    /// The attribute that holds its address.
    pub(crate) src: Option<String>,
}

impl Run {
    fn new(state: State, src: Option<&str>) -> Run {
        Run { state, delayed: false, gate: None, data: false, module: false, src: src.map(str::to_owned) }
    }
}

/// Script types that browsers run as classic scripts.
const JAVASCRIPT: [&str; 16] = [
    "text/javascript",
    "application/javascript",
    "application/ecmascript",
    "application/x-ecmascript",
    "application/x-javascript",
    "text/ecmascript",
    "text/javascript1.0",
    "text/javascript1.1",
    "text/javascript1.2",
    "text/javascript1.3",
    "text/javascript1.4",
    "text/javascript1.5",
    "text/jscript",
    "text/livescript",
    "text/x-ecmascript",
    "text/x-javascript",
];

/// Types by which optimisers put a script off until the page is shown or used, and Partytown into a worker.
const DELAYED: [&str; 22] = [
    "rocketlazyloadscript",
    "text/rocketlazyloadscript",
    "litespeed/javascript",
    "pmdelayedscript",
    "flying-press/javascript",
    "flyingpress/javascript",
    "text/partytown",
    "text/psajs",
    "text/phastjs",
    "text/lazyload",
    "lazyload_int",
    "nitropack/inlinescript",
    "nitro-script",
    "wphb-delay-type",
    "o/js-lzl",
    "o/js-inactive",
    "text/ez-screx",
    "swift/lazyscript",
    "swift/javascript",
    "swift/module",
    "text/debloat-script",
    "bv_inline_delayed_js",
];

/// Attributes in which optimisers keep a script's address.
const DELAYED_SRC: [&str; 12] = [
    "data-rocket-src",
    "data-litespeed-src",
    "data-wpmeteor-src",
    "data-pmdelayedscript",
    "data-flying-press-src",
    "data-phast-src",
    "data-pagespeed-orig-src",
    "data-lzl-src",
    "nitro-src",
    "data-two_delay_src",
    "data-twodelayedjs",
    "data-src",
];

/// Types of scripts that wait for consent whatever else marks them.
const WAITING: [&str; 6] =
    ["text/plain", "javascript/blocked", "text/blocked", "text/plain+consent", "application/consent", "blocked"];

/// Types of scripts that hold data, beside those that say JSON.
const DATA: [&str; 3] = ["importmap", "speculationrules", "text/x-magento-init"];

/// How a script element runs.
pub(crate) fn run_of_script(item: &Item) -> Run {
    let kind = item.attr("type").map(|t| t.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let kind = kind.as_deref().unwrap_or_default();
    if let Some(run) = optimised(item, kind) {
        return run;
    }
    if kind.is_empty() && is_foreign(item) || is_for_something(item) {
        return Run::new(State::Inert, item.attr("src"));
    }
    if kind.is_empty() || kind == "module" || JAVASCRIPT.contains(&kind) {
        let mut run = running(item);
        run.module = kind == "module";
        return run;
    }
    if kind == "text/plain" && is_shown(item) {
        return Run::new(State::Inert, None);
    }
    let platform = PLATFORMS.iter().find(|p| p.types.iter().any(|t| t == kind));
    if platform.is_some() || WAITING.contains(&kind) {
        return waiting(item, platform);
    }
    // Some platforms give what waits the type of a template.
    if telling_platform(item).is_some() {
        return waiting(item, None);
    }
    let json = kind.ends_with("/json") || kind.ends_with("+json") || DATA.contains(&kind);
    Run { data: json, ..Run::new(State::Inert, item.attr("src")) }
}

/// Whether a script that waits for nobody holds text to be shown or edited: highlighters name its language in a class,
/// editors give it the name of a field.
fn is_shown(item: &Item) -> bool {
    let names =
        |class: &str| class.split_ascii_whitespace().any(|c| c.starts_with("language-") || c.starts_with("lang-"));
    (item.attr("class").is_some_and(names) || item.attr("name").is_some()) && marked(item).is_none()
}

/// Whether an element of no type names another language, as pages of Internet Explorer's time do.
fn is_foreign(item: &Item) -> bool {
    let language = item.attr("language").map(|l| l.trim().to_ascii_lowercase()).filter(|l| !l.is_empty());
    language.is_some_and(|language| !JAVASCRIPT.contains(&format!("text/{language}").as_str()))
}

/// Whether a script is the handler of something else than the window's load, which browsers don't run any more.
fn is_for_something(item: &Item) -> bool {
    let (Some(target), Some(event)) = (item.attr("for"), item.attr("event")) else { return false };
    let is_load = matches!(event.trim().to_ascii_lowercase().as_str(), "onload" | "onload()");
    !(target.trim().eq_ignore_ascii_case("window") && is_load)
}

/// How an image or frame runs.
pub(crate) fn run_of_element(item: &Item) -> Run {
    if let Some(src) = item.attr("src").filter(|s| is_address(s)) {
        return match marked(item).filter(|_| blocked_src(item).is_some()) {
            Some(_) => waiting(item, None),
            None => Run::new(State::Active, Some(src)),
        };
    }
    if blocked_src(item).is_some() || marked(item).is_some() {
        return waiting(item, None);
    }
    let lazy = ["data-src", "data-lazy-src", "data-litespeed-src", "data-original"];
    match lazy.iter().find_map(|name| item.attr(name)) {
        Some(src) => Run { delayed: true, ..Run::new(State::Active, Some(src)) },
        None => Run::new(State::Active, item.attr("src")),
    }
}

/// A placeholder image in place of a lazy one is no address.
fn is_address(src: &str) -> bool {
    let src = src.trim();
    !src.is_empty() && !src.starts_with("data:") && src != "about:blank"
}

/// A script of a type that browsers run: unless a platform or an optimiser took its address away.
fn running(item: &Item) -> Run {
    if item.attr("src").is_some() {
        return Run::new(State::Active, item.attr("src"));
    }
    if let Some((platform, _)) = blocked_src(item) {
        return waiting(item, Some(platform));
    }
    match DELAYED_SRC.iter().find_map(|name| item.attr(name)) {
        Some(src) if marked(item).is_some() => waiting(item, None).with_src(src),
        Some(src) => Run { delayed: true, ..Run::new(State::Active, Some(src)) },
        None => Run::new(State::Active, None),
    }
}

impl Run {
    fn with_src(mut self, src: &str) -> Run {
        self.src.get_or_insert_with(|| src.to_owned());
        self
    }
}

/// A script that an optimiser holds back.
fn optimised(item: &Item, kind: &str) -> Option<Run> {
    let rocket_loader = kind.split_once('-').is_some_and(|(hash, rest)| {
        hash.len() >= 16
            && hash.bytes().all(|b| b.is_ascii_hexdigit())
            && (rest == "module" || JAVASCRIPT.contains(&rest))
    });
    let named = DELAYED.contains(&kind)
        || item.attr("data-wpmeteor-type").is_some()
        || item.attr("data-pmdelayedscript").is_some()
        || (item.attr("data-type") == Some("lazy") && item.attr("data-src").is_some())
        || (kind.contains("nitro") && kind.contains("script"));
    if !rocket_loader && !named {
        return None;
    }
    // Both at once: the optimiser takes over a script that waits for consent; consent decides.
    if let Some(waits) = marked(item).filter(|_| item.attr("data-rocket-type") == Some("text/plain")) {
        return Some(Run { gate: Some(waits), ..Run::new(State::Gated, address(item)) });
    }
    Some(Run { delayed: true, ..Run::new(State::Active, address(item)) })
}

fn address(item: &Item) -> Option<&str> {
    let kept = DELAYED_SRC.iter().filter_map(|name| item.attr(name)).find(|src| !src.trim().is_empty());
    kept.or_else(|| item.attr("src"))
}

/// An element that waits for consent.
fn waiting(item: &Item, platform: Option<&Platform>) -> Run {
    let gate = marked(item).or_else(|| platform.map(|p| p.id.clone()));
    let src = blocked_src(item).map(|(_, src)| src).or_else(|| address(item));
    let gate = gate.or_else(|| blocked_src(item).map(|(p, _)| p.id.clone()));
    Run { gate: gate.or_else(|| Some("unknown platform".to_owned())), ..Run::new(State::Gated, src) }
}

/// The address that a platform keeps back.
fn blocked_src(item: &Item) -> Option<(&'static Platform, &str)> {
    if !has(item, &MARKS.src) {
        return None;
    }
    PLATFORMS.iter().find_map(|p| {
        let src = p.src.iter().find_map(|name| item.attr(name)).filter(|s| !s.trim().is_empty())?;
        Some((p, src))
    })
}

/// Attributes by which several tools mark elements, so that they don't tell a platform by themselves.
const AMBIGUOUS: [&str; 7] =
    ["data-category", "data-name", "data-purposes", "data-vendor", "data-consent", "data-categories", "consent-id"];

/// The platform that alone marks elements like this one.
pub(crate) fn telling_platform(item: &Item) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|p| {
        let attrs = p.gates.iter().filter(|mark| mark.attr.as_deref().is_some_and(|a| !AMBIGUOUS.contains(&a)));
        let mut names = attrs.filter_map(|mark| mark.attr.as_ref()).chain(&p.src);
        names.any(|name| item.attr(name).is_some())
    })
}

/// Platform and category that mark the element as waiting.
fn marked(item: &Item) -> Option<String> {
    if !has(item, &MARKS.gates) {
        return None;
    }
    PLATFORMS.iter().find_map(|platform| {
        let category = platform.gates.iter().find_map(|mark| {
            if let Some(name) = &mark.attr {
                let value = item.attr(name)?.trim();
                let counts = mark.unless.as_deref() != Some(value)
                    && (mark.only.is_empty() || mark.only.iter().any(|v| v == value))
                    && mark.with.as_ref().is_none_or(|name| item.attr(name).is_some());
                return counts.then(|| value.to_owned());
            }
            let prefix = mark.class.as_deref()?;
            let class = item.attr("class")?.split_ascii_whitespace().find(|c| c.starts_with(prefix))?;
            // What goes on with a dash says how the element waits, not for what.
            let rest = class.strip_prefix(prefix).filter(|rest| !rest.starts_with(['-', '_'])).unwrap_or_default();
            let named = ["data-category", "data-service"].iter().find_map(|a| item.attr(a));
            Some(if rest.is_empty() { named.unwrap_or_default() } else { rest }.to_owned())
        })?;
        Some(if category.is_empty() { platform.id.clone() } else { format!("{}: {category}", platform.id) })
    })
}
