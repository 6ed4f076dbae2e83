//! What made a page send a request: the call stack, shortened to what a reader can follow.

use serde_json::Value;

use super::targets::text;

/// Scripts of a chain kept.
const MAX_CHAIN: usize = 16;
/// Stacks of one request followed, from the call to what scheduled it.
const MAX_STACKS: usize = 32;

/// What made a page send a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Initiator {
    /// `parser`, `script`, `preload`, `other` …
    pub kind: String,
    /// Document or script.
    pub url: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// Column in it, from 1.
    pub column: Option<u32>,
    /// The scripts on the stack, from the one that sent it to the one that began it, each once.
    pub chain: Vec<String>,
}

/// Reads the browser's account of it.
pub(super) fn initiator(value: &Value) -> Initiator {
    let mut chain: Vec<String> = Vec::new();
    let mut place = None;
    let mut stack = &value["stack"];
    for _ in 0..MAX_STACKS {
        for frame in stack["callFrames"].as_array().into_iter().flatten() {
            let url = text(frame, "url");
            if url.is_empty() {
                continue;
            }
            place.get_or_insert_with(|| {
                (url.to_owned(), from_one(&frame["lineNumber"]), from_one(&frame["columnNumber"]))
            });
            if chain.len() < MAX_CHAIN && !chain.iter().any(|known| known == url) {
                chain.push(url.to_owned());
            }
        }
        stack = &stack["parent"];
        if stack.is_null() {
            break;
        }
    }
    let (url, line, column) = match place {
        Some((url, line, column)) => (Some(url), line, column),
        None => {
            let url = value["url"].as_str().filter(|url| !url.is_empty()).map(str::to_owned);
            (url, from_one(&value["lineNumber"]), from_one(&value["columnNumber"]))
        }
    };
    Initiator { kind: text(value, "type").to_owned(), url, line, column, chain }
}

/// The browser counts from 0.
fn from_one(number: &Value) -> Option<u32> {
    number.as_f64().map(|n| n as u32).and_then(|n| n.checked_add(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_innermost_named_frame_is_the_place_and_each_script_stands_once() {
        let frame = |url: &str, line: u32| json!({"url": url, "lineNumber": line, "columnNumber": 4});
        let value = json!({"type": "script", "stack": {
            "callFrames": [frame("", 1), frame("https://v.test/lib.js", 9), frame("https://v.test/lib.js", 2)],
            "parent": {"callFrames": [frame("https://shop.test/gtm.js", 0), frame("https://shop.test/", 30)]},
        }});
        let got = initiator(&value);
        assert_eq!(got.url.as_deref(), Some("https://v.test/lib.js"));
        assert_eq!((got.line, got.column), (Some(10), Some(5)));
        assert_eq!(got.chain, ["https://v.test/lib.js", "https://shop.test/gtm.js", "https://shop.test/"]);
    }

    #[test]
    fn a_parser_names_the_document_and_its_line() {
        let got = initiator(&json!({"type": "parser", "url": "https://shop.test/", "lineNumber": 11}));
        assert_eq!((got.url.as_deref(), got.line, got.column), (Some("https://shop.test/"), Some(12), None));
        assert_eq!(
            initiator(&json!({"type": "other"})),
            Initiator { kind: "other".to_owned(), ..Initiator::default() }
        );
    }
}
