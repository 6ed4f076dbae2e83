//! What must not be: dependencies that would break the split, effects in the pure core, doors beside the one door.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie below the root").to_owned()
}

/// Names of every crate that a package pulls in, itself included.
fn dependencies(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--package", package])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let names: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(names.contains(package), "cargo tree lists {package} itself: {names:?}");
    names
}

#[track_caller]
fn check_absent(package: &str, banned: &[&str]) {
    let found: Vec<String> = dependencies(package)
        .into_iter()
        .filter(|name| {
            banned.iter().any(|ban| name == ban || name.strip_prefix(ban).is_some_and(|r| r.starts_with('-')))
        })
        .collect();
    assert!(found.is_empty(), "{package} must not depend on {found:?}");
}

#[test]
fn nothing_below_crates_knows_tauri() {
    let crates = fs::read_dir(root().join("src-tauri/crates")).expect("the crates' folder");
    let mut seen = 0;
    for folder in crates {
        let manifest = fs::read_to_string(folder.expect("an entry").path().join("Cargo.toml")).expect("a manifest");
        let name = manifest.lines().find_map(|l| l.strip_prefix("name = \"")?.strip_suffix('"')).expect("a name");
        check_absent(name, &["tauri", "wry", "tao", "webkit2gtk", "gtk"]);
        seen += 1;
    }
    assert!(seen >= 6, "only {seen} crates looked at");
    assert!(dependencies("pixelproof-desktop").contains("tauri"), "the check would see it");
}

#[test]
fn detect_has_no_runtime_and_no_network() {
    check_absent("pixelproof-detect", &["tokio", "reqwest", "hyper", "async-std", "smol", "rusqlite", "ureq", "mio"]);
    check_absent("pixelproof-model", &["tokio", "reqwest", "hyper", "rusqlite", "pixelproof-detect"]);
}

#[test]
fn crawl_and_detect_do_not_know_each_other() {
    check_absent("pixelproof-crawl", &["pixelproof-detect", "pixelproof-audit", "scraper", "html5ever"]);
    check_absent("pixelproof-detect", &["pixelproof-crawl", "pixelproof-audit"]);
}

/// Our own crates that a package names in its manifest for normal use.
fn own(manifest: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(manifest)).expect("a manifest");
    let table: toml::Table = text.parse().expect("a manifest is TOML");
    let dependencies = table.get("dependencies").and_then(|d| d.as_table()).expect("dependencies");
    dependencies.keys().filter(|name| name.starts_with("pixelproof-")).cloned().collect()
}

#[test]
fn front_ends_know_only_audit_and_model() {
    let allowed = BTreeSet::from(["pixelproof-audit".to_owned(), "pixelproof-model".to_owned()]);
    for manifest in ["src-tauri/Cargo.toml", "src-tauri/crates/cli/Cargo.toml"] {
        assert_eq!(own(manifest), allowed, "{manifest}");
    }
}

/// Files below a folder with one of the endings.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Lines of the files that contain one of the texts, but for comments and tests.
fn mentions(files: &[PathBuf], banned: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).expect("source is UTF-8");
        // A file's tests come last, and may read fixtures.
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in product.lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && banned.iter().any(|ban| line.contains(ban)) {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn detect_reads_no_file_no_socket_and_no_clock() {
    let sources: Vec<PathBuf> = files(&root().join("src-tauri/crates/detect/src"), &[".rs"])
        .into_iter()
        // What only tests compile may read its fixtures.
        .filter(|path| !path.components().any(|part| part.as_os_str() == "tests") && !path.ends_with("tests.rs"))
        .collect();
    assert!(sources.len() > 5, "{sources:?}");
    let banned = [
        "std::fs",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "ToSocketAddrs",
        "std::env::var",
        "SystemTime",
        "Instant::now",
        "std::process",
        "thread::sleep",
    ];
    assert_eq!(mentions(&sources, &banned), [""; 0]);
}

#[test]
fn the_window_knows_its_host_by_one_door() {
    let ui = root().join("ui/src");
    let outside: Vec<PathBuf> = files(&ui, &[".ts", ".svelte"])
        .into_iter()
        .filter(|path| !path.strip_prefix(&ui).is_ok_and(|below| below.starts_with("host")))
        .collect();
    assert!(outside.len() > 2, "{outside:?}");
    assert_eq!(mentions(&outside, &["@tauri-apps", "__TAURI"]), [""; 0]);
    let host = files(&ui.join("host"), &[".ts"]);
    assert!(!mentions(&host, &["@tauri-apps"]).is_empty(), "the check would see it");
}

#[test]
fn the_top_level_holds_only_what_it_may() {
    let allowed = BTreeSet::from([
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "rustfmt.toml",
        "src-tauri",
        "target",
        "tests",
        "ui",
    ]);
    let found: Vec<String> = fs::read_dir(root())
        .expect("the root")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !allowed.contains(name.as_str()))
        .collect();
    assert_eq!(found, [""; 0]);
}
