//! Reads a vendor's spec: the title, the prose for people, and the worked examples. It runs no example.
//!
//! An example is a fenced block `html`, `js` or `beacon`, and after it a block `expect` with one line for each thing
//! that must be found. Examples below a heading `Must not match` are the look-alikes.

/// A spec taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Spec {
    /// Text of the first heading.
    pub(crate) title: String,
    /// What stands between the first heading and the second, as Markdown.
    pub(crate) prose: String,
    /// Examples, in order.
    pub(crate) examples: Vec<Example>,
    /// What is wrong with the file, in words.
    pub(crate) problems: Vec<String>,
}

/// A worked example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    /// Line of the input's fence, from 1.
    pub(crate) line: usize,
    /// Kind of the input.
    pub(crate) input: InputKind,
    /// The input.
    pub(crate) text: String,
    /// Lines of the expectation.
    pub(crate) expect: Vec<String>,
    /// Stands below `Must not match`.
    pub(crate) must_not: bool,
}

/// Kind of an example's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputKind {
    /// A document, or part of one.
    Html,
    /// The text of one inline script.
    Js,
    /// A request: `[METHOD] URL`, header lines, an empty line, the body.
    Beacon,
}

/// Heading of the section with look-alikes.
const MUST_NOT: &str = "Must not match";

/// Takes a spec apart. What is not understood is in `problems`.
pub(crate) fn parse(text: &str) -> Spec {
    let mut spec = Spec::default();
    let mut headings = 0;
    let mut must_not = false;
    let mut waiting: Option<Example> = None;
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().map(|(_, l)| l).take_while(|l| *l != "```").collect();
            block(&mut spec, &mut waiting, language, at + 1, &body, must_not);
        } else if let Some(heading) = line.strip_prefix('#') {
            headings += 1;
            let heading = heading.trim_start_matches('#').trim();
            must_not = heading == MUST_NOT;
            if headings == 1 {
                spec.title = heading.to_owned();
            }
        } else if headings == 1 {
            spec.prose.push_str(line);
            spec.prose.push('\n');
        }
    }
    if let Some(example) = waiting {
        spec.problems.push(format!("line {}: no expectation follows", example.line));
    }
    spec.prose = spec.prose.trim().to_owned();
    spec
}

fn block(spec: &mut Spec, waiting: &mut Option<Example>, language: &str, line: usize, body: &[&str], must_not: bool) {
    let input = match language {
        "html" => InputKind::Html,
        "js" => InputKind::Js,
        "beacon" => InputKind::Beacon,
        "expect" => {
            match waiting.take() {
                Some(mut example) => {
                    example.expect = body.iter().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
                    spec.examples.push(example);
                }
                None => spec.problems.push(format!("line {line}: expectation without an example")),
            }
            return;
        }
        other => {
            spec.problems.push(format!("line {line}: unknown block {other:?}"));
            return;
        }
    };
    let example = Example { line, input, text: body.join("\n"), expect: Vec::new(), must_not };
    if let Some(before) = waiting.replace(example) {
        spec.problems.push(format!("line {}: no expectation follows", before.line));
    }
}
