//! What a Next.js page hands its client in place of markup: scripts that `next/script` adds once the page runs, in the
//! payload of server components (`self.__next_f.push`) or in the list of `__NEXT_DATA__`.

use std::collections::BTreeMap;

use serde_json::Value;

/// Longest payload that is read, in bytes.
const MAX_PAYLOAD: usize = 4 << 20;
/// Depth to which a row is searched.
const MAX_DEPTH: usize = 64;
/// Most scripts and sets of properties of one page.
const MAX_FOUND: usize = 200;

/// A script that the client adds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Added {
    pub(super) code: Option<String>,
    pub(super) src: Option<String>,
}

/// What a payload holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) scripts: Vec<Added>,
    /// Properties of components that run in the browser.
    pub(super) props: Vec<Value>,
}

/// The piece of payload that a script hands over: `self.__next_f.push([1,"…"])`.
pub(super) fn piece(script: &str) -> Option<String> {
    let (_, call) = script.split_once("__next_f.push(")?;
    let list = call.trim_end().trim_end_matches(';').strip_suffix(')')?;
    match serde_json::from_str::<Value>(list).ok()? {
        Value::Array(items) => match items.into_iter().nth(1)? {
            Value::String(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Adds a piece to the payload; pieces beyond the limit are left out.
pub(super) fn append(payload: &mut String, piece: &str) {
    if payload.len() + piece.len() <= MAX_PAYLOAD {
        payload.push_str(piece);
    }
}

/// Reads a payload: rows `id:JSON`, and rows `id:Tlength,text` that others refer to as `$id`.
pub(super) fn read(payload: &str) -> Found {
    let mut rows = Vec::new();
    let mut texts: BTreeMap<&str, &str> = BTreeMap::new();
    let mut rest = payload;
    while let Some((id, row)) = rest.split_once(':') {
        let id = id.trim_start();
        if let Some((length, text)) = row.strip_prefix('T').and_then(|r| r.split_once(','))
            && let Ok(length) = usize::from_str_radix(length, 16)
            && let (Some(text), Some(after)) = (text.get(..length), text.get(length..))
        {
            texts.insert(id, text);
            rest = after;
            continue;
        }
        let (row, after) = row.split_once('\n').unwrap_or((row, ""));
        if row.starts_with(['[', '{'])
            && let Ok(row) = serde_json::from_str::<Value>(row)
        {
            rows.push(row);
        }
        rest = after;
    }
    let mut found = Found::default();
    rows.iter().for_each(|row| search(row, &texts, 0, &mut found));
    found
}

/// The scripts that `__NEXT_DATA__` lists.
pub(super) fn listed(data: &Value) -> Vec<Added> {
    let list = data.get("scriptLoader").and_then(Value::as_array);
    list.into_iter().flatten().take(MAX_FOUND).filter_map(|props| added(props, &BTreeMap::new())).collect()
}

fn search(value: &Value, texts: &BTreeMap<&str, &str>, depth: usize, found: &mut Found) {
    if depth > MAX_DEPTH || found.scripts.len() + found.props.len() >= MAX_FOUND {
        return;
    }
    match value {
        Value::Array(items) => {
            // An element: `["$", type, key, properties]`. Those of the document itself stand in its markup, too.
            if let [Value::String(mark), Value::String(kind), _, props @ Value::Object(_), ..] = items.as_slice()
                && mark == "$"
                && kind.starts_with("$L")
            {
                match added(props, texts) {
                    Some(script) if !found.scripts.contains(&script) => found.scripts.push(script),
                    Some(_) => {}
                    None => found.props.push(props.clone()),
                }
            }
            items.iter().for_each(|item| search(item, texts, depth + 1, found));
        }
        Value::Object(map) => map.values().for_each(|item| search(item, texts, depth + 1, found)),
        _ => {}
    }
}

/// The script that an element with these properties adds, if it is one.
fn added(props: &Value, texts: &BTreeMap<&str, &str>) -> Option<Added> {
    let text = |value: Option<&Value>| {
        let text = value?.as_str()?;
        let referred = text.strip_prefix('$').and_then(|id| texts.get(id).copied());
        Some(referred.unwrap_or(text).to_owned()).filter(|t| !t.trim().is_empty())
    };
    let is_script = props.get("strategy").is_some() || props.get("id").is_some();
    let html = props.get("dangerouslySetInnerHTML").and_then(|h| h.get("__html"));
    let code = text(html).or_else(|| text(props.get("children")));
    let src = text(props.get("src")).filter(|_| props.get("strategy").is_some());
    (is_script && (code.is_some() || src.is_some())).then_some(Added { code, src })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_client_components_are_found_in_rows_and_in_texts_that_rows_name() {
        let code = "fbq('init', '1'); // é:\n";
        let payload = format!(
            "0:[\"$\",\"html\",null,{{\"children\":[[\"$\",\"$L2\",null,{{\"id\":\"px\",\"dangerouslySetInnerHTML\":{{\"__html\":\"$1a\"}}}}],\
             [\"$\",\"$L3\",null,{{\"gaId\":\"G-ABC1234567\"}}],\
             [\"$\",\"$L2\",null,{{\"src\":\"/a.js\",\"strategy\":\"lazyOnload\"}}],\
             [\"$\",\"script\",null,{{\"id\":\"own\",\"children\":\"x()\"}}]]}}]\n1a:T{:x},{code}2:I[1,[],\"\"]\n",
            code.len()
        );
        let found = read(&payload);
        let script = |code: Option<&str>, src: Option<&str>| Added {
            code: code.map(str::to_owned),
            src: src.map(str::to_owned),
        };
        assert_eq!(found.scripts, [script(Some(code), None), script(None, Some("/a.js"))]);
        assert_eq!(found.props, [serde_json::json!({"gaId": "G-ABC1234567"})]);
    }

    #[test]
    fn damaged_payloads_give_what_can_be_read() {
        for payload in ["", "x", "0:[", "0:Tzz,a\n", "0:T5,ab", "0:T1,é", ":::\n\n:", "1:[\"$\",\"$L1\",null,{}]"] {
            assert!(read(payload).scripts.is_empty(), "{payload}");
        }
        assert_eq!(piece("self.__next_f.push([1,\"a\\u003c\"])"), Some("a<".to_owned()));
        assert_eq!(piece("self.__next_f.push([0])"), None);
        assert_eq!(piece("push([1,\"a\"])"), None);
    }
}
