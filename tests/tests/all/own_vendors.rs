//! Vendors of the user's own, over the command line: added, listed, used by every command, replaced, removed, and broken
//! ones left out without stopping anything.

use std::{fs, path::Path};

use pixelproof_model::Page;

use crate::cli::{check, folder};

/// A vendor that nobody else knows.
const ACME: &str = r#"id = "acme-beam"
name = "Acme Beam"
initials = "Ab"
owner = "Acme"
country = "AT"
purpose = "advertising"
globals = ["beam"]
account = { pattern = "BM-[0-9]{6}" }
event = [{ name = "Buy", stage = "purchase" }]

[[call]]
function = "beam"
verb = "start"
does = "init"
account = "1"

[[call]]
function = "beam"
verb = "send"
does = "event"
event = "1"
params = "2"

[[beacon]]
hosts = ["t.acme.example"]
path = "/b"
account = ["id"]
event = ["n"]
"#;

const PAGE: &str = "<title>Shop</title><script>beam('start', 'BM-204811'); beam('send', 'Buy', {value: 3});</script>";

fn acme(at: &Path) {
    fs::write(at.join("acme.toml"), ACME).unwrap();
    fs::write(at.join("acme.md"), "# Acme Beam\n\nTold by the Acme handbook.\n").unwrap();
    fs::write(at.join("page.html"), PAGE).unwrap();
}

fn inspect(at: &Path, stderr: &str) -> Page {
    let output = check(&["inspect", "page.html", "--ndjson", "--vendors-dir", "own"], at, 0, "", stderr);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_own_vendor_is_added_used_and_removed() {
    let (_keep, at) = folder();
    acme(&at);
    assert!(inspect(&at, "").installs.is_empty());
    check(&["vendors", "path", "--vendors-dir", "own"], &at, 0, "own\n", "");
    check(&["vendors", "add", "acme.toml", "--vendors-dir", "own"], &at, 0, "Added Acme Beam (acme-beam)", "");
    check(&["vendors", "--vendors-dir", "own"], &at, 0, "your own", "");
    check(&["vendors", "acme-beam", "--vendors-dir", "own"], &at, 0, "Told by the Acme handbook.", "");
    let page = inspect(&at, "");
    assert_eq!(page.installs.iter().map(|i| i.account.as_deref()).collect::<Vec<_>>(), [Some("BM-204811")]);
    assert_eq!(page.events.iter().map(|e| e.name.known()).collect::<Vec<_>>(), [Some("Buy")]);
    let beacon = "https://t.acme.example/b?id=BM-204811&n=Buy";
    check(&["decode", beacon, "--vendors-dir", "own"], &at, 0, "acme-beam", "");
    check(&["decode", beacon, "--vendors-dir", "none"], &at, 0, "No vendor known", "");
    check(&["vendors", "remove", "acme-beam", "--vendors-dir", "own"], &at, 0, "Removed acme-beam", "");
    assert_eq!(fs::read_dir(at.join("own")).unwrap().count(), 0, "the text beside the table goes with it");
    assert!(inspect(&at, "").installs.is_empty());
}

#[test]
fn a_table_added_again_replaces_the_first() {
    let (_keep, at) = folder();
    acme(&at);
    check(&["vendors", "add", "acme.toml", "--vendors-dir", "own"], &at, 0, "Added", "");
    fs::write(at.join("acme.toml"), ACME.replace("Acme Beam", "Acme Ray")).unwrap();
    check(&["vendors", "add", "acme.toml", "--vendors-dir", "own"], &at, 0, "Added Acme Ray", "");
    check(&["vendors", "acme-beam", "--vendors-dir", "own"], &at, 0, "Acme Ray", "");
}

#[test]
fn a_table_that_cannot_be_used_is_refused_with_line_and_reason() {
    let (_keep, at) = folder();
    let cases = [
        ("id = \"Acme Beam\"\n", "line 1: the id \"Acme Beam\" is not kebab-case"),
        ("id = \"meta-pixel\"\n", "line 1: the id \"meta-pixel\" is taken"),
        ("id = \"acme-beam\"\ncolour = \"red\"\n", "line 2: unknown field `colour`"),
    ];
    let rest = ACME.split_once('\n').unwrap().1;
    for (head, reason) in cases {
        fs::write(at.join("bad.toml"), format!("{head}{rest}")).unwrap();
        check(&["vendors", "add", "bad.toml", "--vendors-dir", "own"], &at, 2, "", reason);
    }
    check(&["vendors", "add", "absent.toml", "--vendors-dir", "own"], &at, 2, "", "absent.toml can't be read");
    check(&["vendors", "remove", "meta-pixel", "--vendors-dir", "own"], &at, 2, "", "meta-pixel is built in");
    check(&["vendors", "remove", "nobody", "--vendors-dir", "own"], &at, 2, "", "You have no vendor");
    assert!(!at.join("own").exists());
}

#[test]
fn a_broken_table_costs_only_itself() {
    let (_keep, at) = folder();
    acme(&at);
    check(&["vendors", "add", "acme.toml", "--vendors-dir", "own"], &at, 0, "Added", "");
    fs::write(at.join("own/aaa.toml"), "id = \"aaa\"\nname = 3\n").unwrap();
    fs::write(at.join("own/zzz.toml"), [0xff, 0xfe]).unwrap();
    let page = inspect(&at, "aaa.toml, line 2");
    assert_eq!(page.installs.len(), 1);
    check(&["vendors", "--vendors-dir", "own"], &at, 0, "acme-beam", "zzz.toml");
    check(&["vendors", "remove", "aaa", "--vendors-dir", "own"], &at, 0, "Removed aaa", "");
}
