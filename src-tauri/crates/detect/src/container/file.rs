//! The data inside a container's file: found, cut out and parsed, never run.

use serde_json::Value;

use super::html::Htmls;

/// Largest file read, in bytes.
pub const MAX_CONTAINER: usize = 8 << 20;

/// The parts of a container that matter.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) version: Option<String>,
    pub(crate) macros: Vec<Value>,
    pub(crate) tags: Vec<Value>,
    pub(crate) predicates: Vec<Value>,
    pub(crate) rules: Vec<Value>,
    pub(crate) permissions: Value,
    pub(crate) runtime: Vec<Value>,
    /// A template or code of the container sets the visitor's consent.
    pub(crate) sets_consent: bool,
    /// What its custom HTML was read as.
    pub(crate) htmls: Htmls,
}

impl File {
    /// Finds the container's data in `text` (a whole `gtm.js`, or the bare JSON).
    pub(crate) fn parse(text: &str) -> Result<File, String> {
        if text.len() > MAX_CONTAINER {
            return Err(format!("larger than {} MB", MAX_CONTAINER >> 20));
        }
        let data = candidates(text).find_map(|json| {
            let value: Value = serde_json::from_str(&json).ok()?;
            value.get("resource").is_some_and(Value::is_object).then_some(value)
        });
        let Some(mut data) = data else {
            return Err("no container data found in the file".to_owned());
        };
        let mut resource = data["resource"].take();
        let mut list = |key: &str| match resource.get_mut(key).map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let (macros, tags, predicates, rules) = (list("macros"), list("tags"), list("predicates"), list("rules"));
        let mut file = File {
            version: version(&resource["version"]).or_else(|| version(&data["blob"]["1"])),
            macros,
            tags,
            predicates,
            rules,
            permissions: data["permissions"].take(),
            runtime: match data["runtime"].take() {
                Value::Array(items) => items,
                _ => Vec::new(),
            },
            sets_consent: false,
            htmls: Htmls::default(),
        };
        file.sets_consent = file.writes_consent();
        Ok(file)
    }
}

impl File {
    /// Kinds of consent that a template may read (`read`) or set (`write`).
    pub(crate) fn consent_of<'f>(&'f self, template: &'f Value, access: &'f str) -> impl Iterator<Item = &'f Value> {
        let types = template["access_consent"]["consentTypes"].as_array();
        types
            .into_iter()
            .flatten()
            .filter(move |one| one[access].as_bool() == Some(true))
            .map(|one| &one["consentType"])
    }

    fn writes_consent(&self) -> bool {
        let writes = |template: &Value| self.consent_of(template, "write").next().is_some();
        let templates = self.permissions.as_object().into_iter().flat_map(|all| all.values()).any(writes);
        let code = |tag: &Value| {
            let text = tag["vtp_html"].to_string();
            tag["function"] == "__html" && text.contains("consent") && text.contains("default")
        };
        templates || self.tags.iter().any(code)
    }
}

fn version(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// How many places that look like the data are tried, and how far out from each: a hostile file may repeat both.
const MAX_CANDIDATES: usize = 4;
const MAX_BRACES: usize = 4;

/// Balanced JSON objects that hold a `"resource"` key, made lenient. The key needn't be the first.
fn candidates(text: &str) -> impl Iterator<Item = String> + '_ {
    memchr::memmem::find_iter(text.as_bytes(), b"\"resource\"").take(MAX_CANDIDATES).filter_map(|at| {
        let mut braces = text[..at].rmatch_indices('{').take(MAX_BRACES);
        braces
            .find_map(|(open, _)| balanced(&text[open..]).filter(|(_, length)| open + length > at))
            .map(|(json, _)| json)
    })
}

/// The balanced object at the start of `text`, with what JSON refuses but JavaScript accepts (raw control characters,
/// `\x3d` escapes) rewritten; and its length in `text`.
pub(super) fn balanced(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut depth = 0usize;
    let mut in_string = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if in_string {
            match c {
                '"' => {
                    in_string = false;
                    out.push(c);
                }
                '\\' => escape(&mut chars, &mut out)?,
                c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
                c => out.push(c),
            }
            continue;
        }
        out.push(c);
        match c {
            '"' => in_string = true,
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some((out, at + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// One escape sequence after its backslash.
fn escape(chars: &mut std::str::CharIndices<'_>, out: &mut String) -> Option<()> {
    match chars.next()?.1 {
        'x' => {
            let (high, low) = (chars.next()?.1, chars.next()?.1);
            out.push_str("\\u00");
            out.push(high);
            out.push(low);
        }
        c @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') => {
            out.push('\\');
            out.push(c);
        }
        'v' => out.push_str("\\u000b"),
        '0' => out.push_str("\\u0000"),
        '\n' => {}
        // any other escaped character stands for itself in JavaScript
        c => out.push(c),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::File;

    #[track_caller]
    fn check(text: &str, tags: usize, version: Option<&str>) {
        let file = File::parse(text).expect("parses");
        assert_eq!(file.tags.len(), tags);
        assert_eq!(file.version.as_deref(), version);
    }

    #[test]
    fn data_is_found_whatever_stands_around_it() {
        check(r#"{"resource":{"version":"3","tags":[{}]}}"#, 1, Some("3"));
        check(
            r#"// banner "resources"
            (function(){ var data = {"resource" : { "version":7, "tags":[{},{}]},"blob":{"1":"9"}}; var x={}; })()"#,
            2,
            Some("7"),
        );
        check(r#"var data={"blob":{"1":"9"},"resource":{"tags":[]}};"#, 0, Some("9"));
        check("var data = {\"resource\":{\"version\":\"1\",\"tags\":[{\"vtp_html\":\"a\\x3d\n}]b\"}]}};", 1, Some("1"));
        check(r#"var s = "{\"resource\""; var data = {"resource":{"tags":[{}],"version":"2"}};"#, 1, Some("2"));
    }

    #[test]
    fn what_is_no_container_says_so() {
        for text in ["", "404", r#"{"resource":"#, r#"}}}"resource"{{{"#, r#"{"a":{"resource":1}"#] {
            assert!(File::parse(text).is_err(), "{text}");
        }
        let deep = format!("{{\"resource\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(File::parse(&deep).is_err(), "nesting beyond the JSON reader's limit is refused, not overflowed");
    }
}
