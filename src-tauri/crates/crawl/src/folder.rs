//! A folder of saved pages in place of a site: each HTML file is a page, its scripts are files beside it, and no network is
//! asked for anything.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use flate2::read::MultiGzDecoder;
use pixelproof_model::PageOutcome;
use url::Url;

use crate::{PageCapture, address::identity, charset::decode_html, failure::Failure};

/// Files looked at, and how deep folders may nest.
const MAX_FILES: usize = 1_000_000;
const MAX_DEPTH: usize = 64;
/// Files that are pages; each also packed, with `.gz`.
const PAGES: [&str; 3] = ["html", "htm", "xhtml"];

/// A folder and the addresses that its files stand for.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    base: Url,
    /// Files of pages by address.
    pages: BTreeMap<String, PathBuf>,
    /// Folders and files that could not be looked at, in words.
    pub(crate) problems: Vec<String>,
}

impl Folder {
    /// Whether the folder is there. The error is a sentence.
    pub(crate) fn check(path: &str) -> Result<(), String> {
        match std::fs::read_dir(path) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("The folder {path} can't be read: {error}.")),
        }
    }

    /// Looks through a folder that stands for `base`. Blocks.
    pub(crate) fn open(path: &str, base: &Url) -> Result<Folder, String> {
        Folder::check(path)?;
        let mut base = base.clone();
        base.set_query(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let mut folder = Folder { root: PathBuf::from(path), base, pages: BTreeMap::new(), problems: Vec::new() };
        folder.look(&folder.root.clone(), &mut Vec::new());
        Ok(folder)
    }

    /// Addresses of the pages, in order.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Url> {
        self.pages.keys().filter_map(|address| Url::parse(address).ok())
    }

    fn look(&mut self, at: &Path, names: &mut Vec<String>) {
        let entries = match std::fs::read_dir(at) {
            Ok(entries) => entries,
            Err(error) => return self.problems.push(format!("{} can't be read: {error}.", at.display())),
        };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            // A link is not followed: it may lead out of the folder, or round in it.
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && names.len() < MAX_DEPTH {
                names.push(name);
                self.look(&entry.path(), names);
                names.pop();
            } else if kind.is_file() && is_page(&name) && self.pages.len() < MAX_FILES {
                self.add(names, &name, entry.path());
            }
        }
    }

    fn add(&mut self, folders: &[String], name: &str, path: PathBuf) {
        let name = name.strip_suffix(".gz").unwrap_or(name);
        let is_index = name.rsplit_once('.').is_some_and(|(stem, _)| stem.eq_ignore_ascii_case("index"));
        for last in if is_index { ["", name] } else { [name, name] } {
            let mut url = self.base.clone();
            if let Ok(mut segments) = url.path_segments_mut() {
                segments.pop_if_empty().extend(folders).push(last);
            }
            let url = identity(&url);
            if !self.pages.contains_key(url.as_str()) {
                self.pages.insert(url.to_string(), path);
                return;
            }
        }
    }

    /// Reads a page. Blocks.
    pub(crate) fn read(&self, capture: &mut PageCapture, limit: u64) -> Result<(), Failure> {
        let unreadable = |why: &str| Failure::new(PageOutcome::BadResponse, format!("the file can't be read: {why}"));
        let path = self.pages.get(capture.url.as_str()).ok_or_else(|| unreadable("it is gone"))?;
        capture.file = Some(path.display().to_string());
        let (bytes, cut) = unpacked(path, limit).map_err(|error| unreadable(&error.to_string()))?;
        if cut {
            capture.outcome = PageOutcome::TooLarge;
            capture.reason = Some(format!("the page is larger than {limit} bytes; the rest was not read"));
        }
        capture.bytes = bytes.len() as u64;
        capture.body = Some(decode_html(bytes, None, capture.url.host_str()));
        Ok(())
    }

    /// Reads a file beside the pages by its address: what pages load. Blocks. The error is half a sentence.
    pub(crate) fn beside(&self, url: &Url, limit: u64) -> Result<Vec<u8>, String> {
        let outside = || "it is not in the folder".to_owned();
        let same = url.host() == self.base.host() && url.port_or_known_default() == self.base.port_or_known_default();
        let relative = url.path().strip_prefix(self.base.path()).filter(|_| same).ok_or_else(outside)?;
        let mut path = self.root.clone();
        for segment in relative.split('/').filter(|s| !s.is_empty()) {
            let name = crate::credentials::unescaped(segment);
            let harmless = !name.contains(['/', '\\', '\0', ':']) && name != "..";
            path.push(if harmless { name } else { return Err(outside()) });
        }
        let (root, path) = match (self.root.canonicalize(), path.canonicalize()) {
            (Ok(root), Ok(path)) => (root, path),
            _ => return Err(outside()),
        };
        if !path.starts_with(root) || !path.is_file() {
            return Err(outside());
        }
        match unpacked(&path, limit) {
            Ok((bytes, false)) => Ok(bytes),
            Ok((_, true)) => Err(format!("it is larger than {limit} bytes")),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The folder shared by all of a crawl.
pub(crate) type SharedFolder = Arc<Folder>;

fn is_page(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && PAGES.contains(&ending))
}

/// A file's bytes, unpacked where it is gzip; the flag says that the limit cut it.
fn unpacked(path: &Path, limit: u64) -> std::io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.starts_with(&[0x1F, 0x8B]) {
        let mut out = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).take(limit + 1).read_to_end(&mut out)?;
        bytes = out;
    }
    let cut = bytes.len() as u64 > limit;
    bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((bytes, cut))
}
