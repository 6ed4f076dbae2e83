//! System packages: which are missing, and their installation where we may.

use std::io::{IsTerminal, Write};

use anyhow::{Result, bail};

use crate::run;

/// What the engine and the command line need: a C compiler for SQLite, zstd and the TLS library.
pub(crate) const ENGINE: &[&str] = &["build-essential"];
/// What the desktop window needs besides.
pub(crate) const WINDOW: &[&str] = &["libwebkit2gtk-4.1-dev", "pkg-config"];
/// What the tests need besides: a screen, a driver of the web view, a browser.
pub(crate) const TESTS: &[&str] = &["xvfb", "webkit2gtk-driver", "chromium-headless-shell"];

/// Sees to it that the packages are there. Asks before installing, unless `yes` or root.
pub(crate) fn ensure(groups: &[&[&str]], yes: bool) -> Result<()> {
    match std::env::consts::OS {
        "linux" if run::which("dpkg-query").is_some() => debian(&groups.concat(), yes),
        "linux" => other_linux(groups.contains(&WINDOW)),
        "macos" => macos(),
        "windows" => windows(groups.contains(&WINDOW)),
        other => {
            println!(
                "No check of system packages for {other}: https://v2.tauri.app/start/prerequisites/ says what it needs."
            );
            Ok(())
        }
    }
}

fn debian(wanted: &[&str], yes: bool) -> Result<()> {
    let missing: Vec<&str> = wanted.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing system packages: {}", missing.join(" "));
    let root = run::succeeds(run::program("sh", &["-c", "test \"$(id -u)\" = 0"]).env_remove("ENV"));
    if !root && !yes && !confirmed("Install them with apt-get (sudo)?")? {
        bail!("install them first: sudo apt-get install {}", missing.join(" "));
    }
    let apt = |args: &[&str]| {
        let mut command = if root { run::program("apt-get", &[]) } else { run::program("sudo", &["apt-get"]) };
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        if !root {
            command.stdin(std::process::Stdio::inherit());
        }
        run::run(&mut command)
    };
    if let Err(error) = apt(&["update", "-q"]) {
        println!("{error:#}; going on with the lists as they are");
    }
    apt(&[&["install", "-y", "-q", "--no-install-recommends"], missing.as_slice()].concat())
}

fn is_installed(package: &str) -> bool {
    let query = std::process::Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .stderr(std::process::Stdio::null())
        .output();
    query.is_ok_and(|answer| answer.status.success() && answer.stdout == b"installed")
}

fn confirmed(question: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        println!("{question} Nobody to ask; --yes says yes.");
        return Ok(false);
    }
    print!("{question} [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn other_linux(window: bool) -> Result<()> {
    if run::which("cc").is_none() {
        bail!("a C compiler is missing: install gcc or clang from your distribution");
    }
    if window && !run::succeeds(&mut run::program("pkg-config", &["--exists", "webkit2gtk-4.1"])) {
        bail!(
            "WebKitGTK 4.1 with its headers, or pkg-config, is missing: \
             webkit2gtk4.1-devel on Fedora, webkit2gtk-4.1 on Arch; see https://v2.tauri.app/start/prerequisites/"
        );
    }
    Ok(())
}

fn macos() -> Result<()> {
    if !run::succeeds(&mut run::program("xcode-select", &["--print-path"])) {
        bail!("the command line tools are missing: run `xcode-select --install`, then this again");
    }
    Ok(())
}

fn windows(window: bool) -> Result<()> {
    // The runtime's registry entry, per machine; Windows 11 and current Windows 10 bring it.
    const WEBVIEW2: &str =
        r"HKLM\SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    if window && !run::succeeds(&mut run::program("reg", &["query", WEBVIEW2])) {
        println!(
            "WebView2 was not found. Should the window stay empty: https://developer.microsoft.com/microsoft-edge/webview2/"
        );
    }
    println!("Needed besides Rust: Microsoft C++ Build Tools (workload \"Desktop development with C++\").");
    Ok(())
}
