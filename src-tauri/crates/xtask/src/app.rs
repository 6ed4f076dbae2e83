//! `cargo xtask app`: from a bare checkout to the open window; without a display, to a report of the demo shop.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{Options, run, system, ui};

/// Where the report goes when there is no display.
const REPORT_FOLDER: &str = "target/demo-report";

/// Sets up, builds, launches.
pub(crate) fn app(options: &Options) -> Result<()> {
    let profile = if options.has("--debug") { "debug" } else { "release" };
    if has_display() { window(options, profile) } else { without_display(options, profile) }
}

fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn window(options: &Options, profile: &str) -> Result<()> {
    system::ensure(&[system::ENGINE, system::WINDOW], options.has("--yes"))?;
    run::step("build ui", ui::build)?;
    run::step("build the app", || build("pixelproof-desktop", &["--features", run::FEATURES], profile))?;
    let app = run::built(profile, "pixelproof-desktop");
    println!("Opening {}", app.display());
    run::run(&mut Command::new(&app))
}

fn build(package: &str, more: &[&str], profile: &str) -> Result<()> {
    let release: &[&str] = if profile == "release" { &["--release"] } else { &[] };
    run::run(&mut run::cargo(&[&["build", "--package", package], more, release].concat()))
}

/// The same job without a window: the built-in demo shop, audited by the command line.
fn without_display(options: &Options, profile: &str) -> Result<()> {
    println!("No display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.");
    println!("Doing the same job on the command line: an audit of the built-in demo shop.");
    system::ensure(&[system::ENGINE], options.has("--yes"))?;
    run::step("build the command line", || build("pixelproof-cli", &[], profile))?;
    let cli = run::built(profile, "pixelproof");
    let folder = run::root().join(REPORT_FOLDER);
    let (shop, address) = serve(Command::new(&cli).args(["demo", "--port", "0"]))?;
    let store = folder.join("demo.db");
    std::fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    let mut audit = Command::new(&cli);
    audit.args(["audit", &address, "--format", "html,csv,json", "--out"]).arg(&folder).arg("--store").arg(&store);
    let status = audit.stdin(Stdio::null()).status();
    drop(shop);
    // Exit code 1 says that findings were made, as they should be in a shop with planted faults.
    match status.context("could not start the audit")?.code() {
        Some(0 | 1) => {}
        code => bail!("the audit of the demo shop did not finish (exit code {code:?})"),
    }
    let report = file_in(&folder, "html")?;
    println!("The report: {}", report.display());
    println!("Open it in a browser. The next one: {} audit https://your.site --out reports", cli.display());
    Ok(())
}

/// A server that ends with its handle.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the server is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server that prints its address; gives both.
pub(crate) fn serve(command: &mut Command) -> Result<(Server, String)> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let name = command.get_program().to_string_lossy();
    let mut server = Server(child.with_context(|| format!("could not start {name}"))?);
    let lines = server.0.stdout.take().map(BufReader::new).context("the server has no output")?.lines();
    for line in lines {
        let line = line.with_context(|| format!("the output of {name} broke"))?;
        if let Some(address) = line.split_whitespace().find(|word| word.starts_with("http://")) {
            return Ok((server, address.to_owned()));
        }
    }
    bail!("{name} ended without saying its address")
}

/// The file with this ending in a folder that an export wrote to.
pub(crate) fn file_in(folder: &Path, ending: &str) -> Result<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == ending));
    found.sort();
    found.pop().with_context(|| format!("no .{ending} in {}", folder.display()))
}
