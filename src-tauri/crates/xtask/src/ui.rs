//! The window's pages: npm's packages and the build under `ui/dist`, each made only when something changed.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result, bail};

use crate::run;

/// Oldest Node that the tools of `ui` accept.
const NODE: (u32, u32) = (20, 19);

/// npm in the ui's folder.
pub(crate) fn npm(args: &[&str]) -> std::process::Command {
    let mut command = run::program(if cfg!(windows) { "npm.cmd" } else { "npm" }, args);
    command.current_dir(folder()).env("npm_config_fund", "false").env("npm_config_audit", "false");
    command
}

/// Installs the packages named by the lock file, unless they are there.
pub(crate) fn install() -> Result<()> {
    check_node()?;
    let (lock, done) = (folder().join("package-lock.json"), folder().join("node_modules/.package-lock.json"));
    if is_newer(&done, modified(&lock)?) {
        return Ok(());
    }
    println!("Installing the packages of ui (npm ci)");
    run::run(&mut npm(&["ci", "--no-progress"]))?;
    // The crawler takes a package's files into the program when it is built. Built before they were there, it would go on
    // without them: nothing that cargo watches has changed.
    let script = run::root().join("src-tauri/crates/crawl/build.rs");
    let file = fs::File::options().append(true).open(&script);
    file.and_then(|file| file.set_modified(SystemTime::now()))
        .with_context(|| format!("could not touch {}", script.display()))
}

/// Builds the pages, unless they are newer than their sources.
pub(crate) fn build() -> Result<()> {
    install()?;
    if is_newer(&folder().join("dist/index.html"), newest(&folder())?) {
        return Ok(());
    }
    println!("Building ui (npm run build)");
    run::run(&mut npm(&["run", "build"]))
}

fn folder() -> PathBuf {
    run::root().join("ui")
}

fn check_node() -> Result<()> {
    let need = format!("Node {}.{} or newer is needed to build the window: see https://nodejs.org", NODE.0, NODE.1);
    let Ok(version) = run::output(&mut run::program("node", &["--version"])) else { bail!("{need}") };
    let mut parts = version.trim().trim_start_matches('v').split('.').map(|p| p.parse().unwrap_or(0u32));
    if (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) < NODE {
        bail!("{need} (found {})", version.trim());
    }
    Ok(())
}

/// The latest change below `dir`, of what the build reads.
fn newest(dir: &Path) -> Result<SystemTime> {
    let mut latest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(dir).with_context(|| format!("could not read {}", dir.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if ["node_modules", "dist", "test-results", "e2e"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        let changed = if entry.file_type()?.is_dir() { newest(&entry.path())? } else { modified(&entry.path())? };
        latest = latest.max(changed);
    }
    Ok(latest)
}

fn modified(path: &Path) -> Result<SystemTime> {
    fs::metadata(path).and_then(|m| m.modified()).with_context(|| format!("could not read {}", path.display()))
}

fn is_newer(made: &Path, source: SystemTime) -> bool {
    modified(made).is_ok_and(|made| made >= source)
}
