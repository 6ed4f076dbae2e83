//! `cargo xtask test`: everything that must hold, from a cold checkout, quick checks first.

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use anyhow::{Context, Result, bail};

use crate::{Options, bindings, run, system, ui};

/// Sets up and runs every check; the first failure ends it.
pub(crate) fn test(options: &Options) -> Result<()> {
    let started = Instant::now();
    system::ensure(&[system::ENGINE, system::WINDOW, system::TESTS], options.has("--yes"))?;
    run::step("format", || cargo(&["fmt", "--all", "--check"]))?;
    pages()?;
    rust()?;
    println!("All checks and tests passed in {:.1} minutes.", started.elapsed().as_secs_f64() / 60.0);
    Ok(())
}

fn pages() -> Result<()> {
    run::step("ui packages", ui::install)?;
    for script in ["lint", "check", "test"] {
        run::step(&format!("ui {script}"), || run::run(&mut ui::npm(&["run", script])))?;
    }
    run::step("ui build", ui::build)?;
    run::step("ui e2e", || run::run(&mut ui::npm(&["run", "e2e"])))
}

/// Every whole-workspace command names the same features, and the one-package commands are left out: cargo would
/// compile the dependencies once more for each other choice.
fn rust() -> Result<()> {
    let all = ["--workspace", "--all-targets", "--features", run::FEATURES];
    let workspace = ["--workspace", "--features", run::FEATURES];
    run::step("build", || cargo(&[&["build"], all.as_slice()].concat()))?;
    run::step("bindings up to date", bindings_up_to_date)?;
    run::step("clippy", || cargo(&[&["clippy"], all.as_slice(), &["--", "-D", "warnings"]].concat()))?;
    run::step("documentation", || {
        let mut doc = run::cargo(&[&["doc", "--no-deps"], workspace.as_slice()].concat());
        run::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    run::step("examples in the documentation", || cargo(&[&["test", "--doc"], workspace.as_slice()].concat()))?;
    let nextest = run::succeeds(&mut run::cargo(&["nextest", "--version"]));
    let runner: &[&str] = if nextest { &["nextest", "run"] } else { &["test", "--lib", "--bins", "--tests"] };
    run::step("tests", || cargo(&[runner, workspace.as_slice()].concat()))
}

fn cargo(args: &[&str]) -> Result<()> {
    run::run(&mut run::cargo(args))
}

/// Writes the types to a folder of their own and compares, so that a check changes no source.
fn bindings_up_to_date() -> Result<()> {
    let fresh = run::target().join("bindings");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    let example = run::built("debug/examples", "bindings");
    run::run(run::program(example, &[]).arg(&fresh))?;
    let (committed, fresh) = (files(&run::root().join(bindings::FOLDER))?, files(&fresh)?);
    let differs = |(name, text): &(&String, &String)| committed.get(*name) != Some(*text);
    let mut stale: Vec<&str> = fresh.iter().filter(differs).map(|(name, _)| name.as_str()).collect();
    stale.extend(committed.keys().filter(|name| !fresh.contains_key(*name)).map(String::as_str));
    if !stale.is_empty() {
        bail!("{} differs from the model ({}): run `cargo xtask bindings`", bindings::FOLDER, stale.join(", "));
    }
    Ok(())
}

/// Texts of a folder's files by path below it.
fn files(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?.into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            found.insert(name, fs::read_to_string(entry.path())?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_their_path_below_the_folder() {
        let found = files(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("this package can be read");
        assert!(found.contains_key("Cargo.toml") && found.contains_key("src/test.rs"), "{:?}", found.keys());
    }
}
