//! Takes autoconsent's content script and rules from its npm package, where the package is installed, so that the program
//! needs no file beside it. Without the package the program is built all the same and says that it can't answer banners.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PIXELPROOF_AUTOCONSENT");
    let ui = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui");
    println!("cargo::rerun-if-changed={}", ui.join("package-lock.json").display());
    let installed = ui.join("node_modules/@duckduckgo/autoconsent");
    let package = env::var_os("PIXELPROOF_AUTOCONSENT").map_or(installed, PathBuf::from);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for (from, to) in
        [("dist/autoconsent.playwright.js", "autoconsent.js"), ("rules/rules.json", "autoconsent-rules.json")]
    {
        let from = package.join(from);
        let text = fs::read_to_string(&from).unwrap_or_default();
        if !text.is_empty() {
            println!("cargo::rerun-if-changed={}", from.display());
        }
        fs::write(out.join(to), text).expect("OUT_DIR can be written");
    }
}
