//! `cargo xtask fuzz`: every fuzz target of the detect crate for a while, each from its seeds.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{Options, run};

/// Seconds for each target where nothing else is asked.
const SECONDS: u32 = 60;
/// Seconds after which one input counts as hanging.
const HANGING: u32 = 25;
/// Largest input, in bytes.
const MAX_INPUT: u32 = 16_384;
/// Memory of the fuzzer, in MiB.
const MAX_MEMORY: u32 = 4_096;
/// What is missing when the compiler can't fuzz.
const NO_NIGHTLY: &str = "fuzzing needs Rust's nightly toolchain, which could not be installed here; where rustup and a \
                          network are at hand, `rustup toolchain install nightly` does it";

/// The compiler that fuzzing needs is missing.
#[derive(Debug)]
pub(crate) struct NoNightly;

impl std::fmt::Display for NoNightly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(NO_NIGHTLY)
    }
}

impl std::error::Error for NoNightly {}

/// Runs every target, or the one named by `--target`, and stops at the first that finds something.
pub(crate) fn fuzz(options: &Options) -> Result<()> {
    let seconds: u32 = match options.value("--seconds") {
        Some(text) => text.parse().ok().filter(|s| *s > 0).context("--seconds needs a number of seconds")?,
        None => SECONDS,
    };
    nightly()?;
    if !run::succeeds(&mut run::program("cargo", &["+nightly", "fuzz", "--version"])) {
        run::step("install cargo-fuzz", || run::run(&mut run::cargo(&["install", "cargo-fuzz", "--locked"])))?;
    }
    let all = targets()?;
    let chosen: Vec<&String> = match options.value("--target") {
        Some(name) => all.iter().filter(|target| *target == name).collect(),
        None => all.iter().collect(),
    };
    if chosen.is_empty() {
        bail!("no such target; there are {}", all.join(", "));
    }
    chosen.into_iter().try_for_each(|target| one(target, seconds))
}

/// Installs the compiler where it is missing.
fn nightly() -> Result<()> {
    let there = || run::succeeds(&mut run::program("cargo", &["+nightly", "--version"]));
    if there() {
        return Ok(());
    }
    let mut install = run::program("rustup", &["toolchain", "install", "nightly", "--profile", "minimal"]);
    if run::step("install the nightly toolchain", || run::run(&mut install)).is_err() || !there() {
        return Err(NoNightly.into());
    }
    Ok(())
}

fn folder() -> PathBuf {
    run::root().join("src-tauri/crates/detect/fuzz")
}

/// Names of the targets.
fn targets() -> Result<Vec<String>> {
    let folder = folder().join("fuzz_targets");
    let entries = fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

fn one(target: &str, seconds: u32) -> Result<()> {
    let folder = folder();
    let (found, seeds) = (folder.join("corpus").join(target), folder.join("seeds").join(target));
    fs::create_dir_all(&found).with_context(|| format!("could not make {}", found.display()))?;
    let limits = [
        format!("-max_total_time={seconds}"),
        format!("-timeout={HANGING}"),
        format!("-max_len={MAX_INPUT}"),
        format!("-rss_limit_mb={MAX_MEMORY}"),
        "-print_final_stats=1".to_owned(),
    ];
    let mut command = run::program("cargo", &["+nightly", "fuzz", "run", "--fuzz-dir"]);
    command.arg(&folder).args([target]).arg(&found).arg(&seeds).arg("--").args(&limits);
    run::step(&format!("fuzz {target} for {seconds} seconds"), || run::run(&mut command))
}
