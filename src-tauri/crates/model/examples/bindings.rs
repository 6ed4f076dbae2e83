//! Writes the vocabulary as TypeScript, one file, into the folder given as argument. The same types always give the
//! same bytes, so that a check can compare the committed file with a fresh one.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::{any::TypeId, env, fs, io, process};

use pixelproof_model as model;
use ts_rs::{Config, TS, TypeVisitor};

/// Name of the file inside the folder.
const FILE: &str = "model.ts";
/// First line of the file.
const NOTE: &str = "// Generated from the Rust types by `cargo xtask bindings`. Don't edit.\n";

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: bindings FOLDER");
        process::exit(2);
    };
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(FILE), render())
}

/// The whole file.
fn render() -> String {
    let mut all = Declarations { config: Config::default().with_large_int("number"), ..Default::default() };
    // Roots: what commands take and give, and what files hold. Everything they name comes along.
    all.add::<model::AppError>();
    all.add::<model::AuditDiff>();
    all.add::<model::AuditReport>();
    all.add::<model::AuditRow>();
    all.add::<model::AuditState>();
    all.add::<model::Decoded>();
    all.add::<model::EventRow>();
    all.add::<model::EventsQuery>();
    all.add::<model::ExportRequest>();
    all.add::<model::ExportedFile>();
    all.add::<model::FindingsView>();
    all.add::<model::JourneyView>();
    all.add::<model::Overview>();
    all.add::<model::PageDetail>();
    all.add::<model::PagesQuery>();
    all.add::<model::PagesWindow>();
    all.add::<model::Progress>();
    all.add::<model::Request>();
    all.add::<model::Secrets>();
    all.add::<model::StartRequest>();
    all.add::<model::VendorInfo>();
    let mut out = NOTE.to_owned();
    for text in all.by_name.values() {
        out.push('\n');
        out.push_str(text);
    }
    out
}

/// Declarations by name, so that their order doesn't hang on who names whom.
#[derive(Default)]
struct Declarations {
    config: Config,
    seen: HashSet<TypeId>,
    by_name: BTreeMap<String, String>,
}

impl Declarations {
    fn add<T: TS + ?Sized + 'static>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let text = format!("{docs}export {}", T::decl(&self.config));
        self.by_name.insert(T::ident(&self.config), tidy(&text));
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only declared types have a place of their own; `string` and `Array` have none.
        if T::output_path().is_some() {
            self.add::<T>();
        }
    }
}

/// One member a line, indented, comments on one line.
fn tidy(text: &str) -> String {
    let mut out = Tidy::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((comment, after)) = rest.strip_prefix("/**").and_then(|r| r.split_once("*/")) {
            out.comment(comment);
            rest = after;
            continue;
        }
        out.code(c);
        rest = &rest[c.len_utf8()..];
    }
    out.finish()
}

/// State of [`tidy`].
#[derive(Default)]
struct Tidy {
    out: String,
    line: String,
    depth: usize,
    inside: usize,
    quoted: bool,
}

impl Tidy {
    fn comment(&mut self, text: &str) {
        let words = text.lines().map(|l| l.trim().trim_start_matches('*').trim()).filter(|l| !l.is_empty());
        let words = words.collect::<Vec<_>>().join(" ");
        self.flush();
        self.line = format!("/** {words} */");
        self.flush();
    }

    fn code(&mut self, c: char) {
        match c {
            '"' => {
                self.quoted = !self.quoted;
                self.line.push(c);
            }
            _ if self.quoted => self.line.push(c),
            '{' => {
                self.line.push(c);
                self.flush();
                self.depth += 1;
            }
            '}' => {
                self.flush();
                self.depth = self.depth.saturating_sub(1);
                self.line.push(c);
            }
            ',' if self.inside == 0 && self.depth > 0 => {
                self.line.push(';');
                self.flush();
            }
            '<' | '>' | '[' | ']' => {
                self.inside = if matches!(c, '<' | '[') { self.inside + 1 } else { self.inside.saturating_sub(1) };
                self.line.push(c);
            }
            '\n' => self.line.push(' '),
            _ => self.line.push(c),
        }
    }

    fn flush(&mut self) {
        let line = self.line.trim();
        if !line.is_empty() {
            self.out.push_str(&"  ".repeat(self.depth));
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.line.clear();
    }

    fn finish(mut self) -> String {
        self.flush();
        self.out
    }
}
