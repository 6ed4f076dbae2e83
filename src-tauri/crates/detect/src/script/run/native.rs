//! What browsers provide, as far as a script's constants depend on it.

use std::rc::Rc;

use oxc_span::Span;

use crate::script::value::Val;

/// Longest path of a native thing that is kept.
const MAX_PATH: usize = 60;

const NAMES: [&str; 48] = [
    "$",
    "Array",
    "Boolean",
    "Date",
    "Error",
    "Event",
    "Function",
    "Image",
    "IntersectionObserver",
    "JSON",
    "Map",
    "Math",
    "MutationObserver",
    "Number",
    "Object",
    "Promise",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "URL",
    "URLSearchParams",
    "XMLHttpRequest",
    "addEventListener",
    "atob",
    "console",
    "decodeURIComponent",
    "define",
    "document",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "eval",
    "fetch",
    "history",
    "importScripts",
    "jQuery",
    "localStorage",
    "location",
    "navigator",
    "parseFloat",
    "parseInt",
    "performance",
    "queueMicrotask",
    "requestAnimationFrame",
    "requestIdleCallback",
    "setInterval",
    "setTimeout",
];

/// Whether a global is provided by browsers (or, like jQuery, known by everybody).
pub(super) fn is_native(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
        || matches!(name, "require" | "sessionStorage" | "attachEvent" | "execScript" | "unescape")
}

/// A property of something native.
pub(super) fn member(object: &str, key: &str, at: Span) -> Val {
    match (object, key) {
        // Read as on a page that has loaded, over https.
        ("document", "readyState") => return Val::str("complete"),
        ("location", "protocol") => return Val::str("https:"),
        ("document", "location") => return Val::Native(Rc::from("location")),
        ("document", "defaultView") => return Val::Window,
        _ => {}
    }
    if object.starts_with("location") || object.len() + key.len() > MAX_PATH {
        return Val::unknown(at);
    }
    match object {
        "document"
        | "navigator"
        | "history"
        | "Object"
        | "Array"
        | "String"
        | "Number"
        | "JSON"
        | "Math"
        | "Date"
        | "Promise"
        | "console"
        | "$"
        | "jQuery"
        | "$.fn"
        | "jQuery.fn"
        | "document.body"
        | "document.head"
        | "document.documentElement"
        | "Array.prototype"
        | "Array.prototype.slice" => {
            let known = matches!(
                key,
                "body"
                    | "getElementById"
                    | "querySelector"
                    | "head"
                    | "documentElement"
                    | "prototype"
                    | "slice"
                    | "createElement"
                    | "createElementNS"
                    | "createTextNode"
                    | "write"
                    | "writeln"
                    | "sendBeacon"
                    | "assign"
                    | "keys"
                    | "values"
                    | "entries"
                    | "freeze"
                    | "isArray"
                    | "from"
                    | "parse"
                    | "stringify"
                    | "fn"
                    | "getScript"
                    | "get"
                    | "post"
                    | "ajax"
                    | "extend"
                    | "each"
                    | "map"
                    | "ready"
                    | "concat"
                    | "String"
                    | "round"
                    | "floor"
                    | "ceil"
                    | "pushState"
                    | "replaceState"
                    | "when"
                    | "Deferred"
                    | "getJSON"
                    | "all"
                    | "resolve"
                    | "race"
                    | "log"
            );
            if known { Val::Native(Rc::from(format!("{object}.{key}").as_str())) } else { Val::unknown(at) }
        }
        _ => Val::unknown(at),
    }
}

/// A property of an element that the script made.
pub(super) fn element_member(key: &str) -> Option<Val> {
    (key == "readyState").then(|| Val::str("complete"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(super::NAMES.is_sorted());
    }
}
