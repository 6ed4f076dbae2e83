//! Which browser to drive: one that the user names, else the headless shell, else an installed Chromium, Chrome or Edge.

use std::path::{Path, PathBuf};

use super::BrowserError;

/// Names looked for on the search path, best first. The headless shell starts several times faster, needs half the memory
/// and tells its maker nothing.
const NAMES: &[&str] = &[
    "chromium-headless-shell",
    "chrome-headless-shell",
    "headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
];

/// Where macOS keeps them.
const MAC: &[&str] = &[
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

/// Below which of Windows' folders, and where in them.
const WINDOWS: &[&str] = &[
    r"Chromium\Application\chrome.exe",
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
];

/// What the search looks at; the machine's own by default.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Folders of the search path.
    pub(super) path: Vec<PathBuf>,
    /// Whole paths to try.
    pub(super) fixed: Vec<PathBuf>,
}

impl Places {
    /// This machine's.
    pub(super) fn of_machine() -> Places {
        let path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
        let mut fixed: Vec<PathBuf> = Vec::new();
        if cfg!(target_os = "macos") {
            fixed.extend(MAC.iter().map(PathBuf::from));
        }
        if cfg!(windows) {
            let folders = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"];
            for folder in folders.into_iter().filter_map(std::env::var_os) {
                fixed.extend(WINDOWS.iter().map(|tail| Path::new(&folder).join(tail)));
            }
        }
        Places { path, fixed }
    }
}

/// The browser to use: `named` if given, else the first that is there.
pub(super) fn find(named: Option<&Path>, places: &Places) -> Result<PathBuf, BrowserError> {
    if let Some(named) = named {
        return match named.is_file() {
            true => Ok(named.to_owned()),
            false => Err(BrowserError::NotFound(format!("there is no file {}", named.display()))),
        };
    }
    let on_path = NAMES.iter().flat_map(|name| {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        places.path.iter().map(move |folder| folder.join(&file))
    });
    on_path.chain(places.fixed.iter().cloned()).find(|file| file.is_file()).ok_or_else(|| {
        BrowserError::NotFound(
            "neither Chrome, Edge nor Chromium is installed where it usually is; name one with --browser".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_comes_before_whole_browsers_whatever_the_order_of_folders() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("a"), folder.path().join("b"));
        for (folder, name) in [(&first, "google-chrome"), (&second, "chromium-headless-shell"), (&second, "chromium")] {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)), "").unwrap();
        }
        let places = Places { path: vec![first.clone(), second.clone()], fixed: vec![] };
        let found = find(None, &places).unwrap();
        assert!(found.starts_with(&second) && found.file_stem().unwrap() == "chromium-headless-shell", "{found:?}");

        let fixed = first.join(format!("google-chrome{}", std::env::consts::EXE_SUFFIX));
        let only_fixed = Places { path: vec![], fixed: vec![folder.path().join("none"), fixed.clone()] };
        assert_eq!(find(None, &only_fixed).unwrap(), fixed);
        assert_eq!(find(Some(&fixed), &Places::default()).unwrap(), fixed);
    }

    #[test]
    fn none_is_a_sentence() {
        let none = find(None, &Places::default()).unwrap_err().to_string();
        assert!(none.contains("--browser"), "{none}");
        let wrong = find(Some(Path::new("/nowhere/chrome")), &Places::default()).unwrap_err().to_string();
        assert!(wrong.contains("/nowhere/chrome"), "{wrong}");
    }
}
