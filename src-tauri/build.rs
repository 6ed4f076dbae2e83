//! Builds the window's pages where they are missing or older than their sources, then what Tauri needs.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::SystemTime,
};

/// What the pages are made from, below `ui`.
const SOURCES: &[&str] = &["src", "public", "index.html", "package-lock.json", "svelte.config.js", "vite.config.ts"];

fn main() {
    if let Err(message) = pages(Path::new("../ui")) {
        println!("cargo::error={message}");
        return;
    }
    tauri_build::build();
}

fn pages(ui: &Path) -> Result<(), String> {
    let built = ui.join("dist/index.html");
    let sources: Vec<_> = SOURCES.iter().map(|name| ui.join(name)).filter(|path| path.exists()).collect();
    for path in sources.iter().chain([&built]) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let newest = sources.iter().filter_map(|path| newest(path)).max();
    if modified(&built) >= newest && built.exists() {
        return Ok(());
    }
    if modified(&ui.join("node_modules/.package-lock.json")) < modified(&ui.join("package-lock.json")) {
        npm(ui, &["ci", "--no-fund", "--no-audit"])?;
    }
    npm(ui, &["run", "build"])
}

/// The latest change of a file, or of anything below a folder.
fn newest(path: &Path) -> Option<SystemTime> {
    let below = fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| newest(&entry.path()));
    below.chain(modified(path)).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|m| m.modified()).ok()
}

fn npm(ui: &Path, args: &[&str]) -> Result<(), String> {
    let line = args.join(" ");
    let status = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
        .args(args)
        .current_dir(ui)
        .stdin(Stdio::null())
        // Cargo reads our standard output: npm's lines must not look like instructions.
        .stdout(std::io::stderr())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`npm {line}` failed in ui ({status}); run it there to see why")),
        Err(_) => Err("Node 20.19 or newer is needed to build the window's pages, and npm was not found: \
                       install it from https://nodejs.org"
            .to_owned()),
    }
}
