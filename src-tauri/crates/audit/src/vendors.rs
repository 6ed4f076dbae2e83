//! The user's own vendors: tables in a folder, checked when they are added and read at the start of a front end. A table
//! that can't be used costs nothing but itself.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use pixelproof_detect::{Catalogue, catalogue::UserTable};
use pixelproof_model::VendorInfo;

use crate::{AuditError, Audits, Result};

/// Largest table, and largest text beside one, that is read.
const MAX_BYTES: u64 = 1 << 20;
/// Most tables that are read from the folder.
const MAX_TABLES: usize = 500;

static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();

/// The catalogue that this process works with: the built-in vendors, and the user's once [`use_vendors`] has read them.
pub(crate) fn catalogue() -> &'static Catalogue {
    CATALOGUE.get().unwrap_or_else(|| Catalogue::builtin())
}

/// Folder of the user's own vendors, beside the store in the user's data folder.
pub fn default_vendors_folder() -> PathBuf {
    Audits::default_path().with_file_name("vendors")
}

/// Reads the user's vendors for everything that this process does from now on. To be called once, before anything else of
/// this crate; a later call changes nothing. Gives a sentence for each table that had to be left out.
pub fn use_vendors(folder: &Path) -> Vec<String> {
    let (tables, mut notices) = read_folder(folder);
    if tables.is_empty() {
        return notices;
    }
    let (catalogue, errors) = Catalogue::with_usable(tables);
    notices.extend(errors.iter().map(|e| format!("A vendor of your own was left out: {e}.")));
    // Whoever came first keeps its catalogue: what was read with one must not be judged with another.
    let _ = CATALOGUE.set(catalogue);
    notices
}

/// Checks a table and copies it, with the Markdown text of the same name beside it, into the folder. A vendor of the
/// user's with the same id is replaced.
///
/// # Errors
/// [`AuditError::BadInput`] with file, line and reason when the table can't be used.
pub fn add_vendor(folder: &Path, file: &Path) -> Result<VendorInfo> {
    let shown = file.display().to_string();
    let table = read_text(file).map_err(|reason| AuditError::BadInput(format!("{shown} can't be read: {reason}.")))?;
    let beside = file.with_extension("md");
    let text = if beside.is_file() {
        read_text(&beside)
            .map_err(|reason| AuditError::BadInput(format!("{} can't be read: {reason}.", beside.display())))?
    } else {
        String::new()
    };
    let source = UserTable { file: shown, table: table.clone(), text: text.clone() };
    let alone = Catalogue::with_user(vec![source]).map_err(|e| AuditError::BadInput(format!("{e}.")))?;
    let info = alone.vendor_infos().into_iter().find(|v| v.user);
    let info = info.ok_or_else(|| AuditError::Internal("the table gave no vendor".to_owned()))?;
    fs::create_dir_all(folder).map_err(|e| cannot_write(folder, e))?;
    for (old, _) in tables_of(folder, &info.id) {
        delete(&old)?;
    }
    let target = folder.join(format!("{}.toml", info.id));
    fs::write(&target, table).map_err(|e| cannot_write(&target, e))?;
    if !text.is_empty() {
        let target = target.with_extension("md");
        fs::write(&target, text).map_err(|e| cannot_write(&target, e))?;
    }
    Ok(info)
}

/// Deletes a vendor of the user's.
///
/// # Errors
/// [`AuditError::BadInput`] when the user has no such vendor.
pub fn remove_vendor(folder: &Path, id: &str) -> Result<()> {
    let files = tables_of(folder, id);
    if files.is_empty() {
        let reason = match Catalogue::builtin().get(id) {
            Some(_) => format!("{id} is built in and can't be removed."),
            None => format!("You have no vendor \u{201c}{id}\u{201d} in {}.", folder.display()),
        };
        return Err(AuditError::BadInput(reason));
    }
    files.iter().try_for_each(|(file, _)| delete(file))
}

/// Deletes a table and the text beside it.
fn delete(table: &Path) -> Result<()> {
    fs::remove_file(table).map_err(|e| cannot_write(table, e))?;
    let text = table.with_extension("md");
    if text.is_file() {
        fs::remove_file(&text).map_err(|e| cannot_write(&text, e))?;
    }
    Ok(())
}

/// Tables of the folder that are of this vendor: by their id, or by their name where they can't be read.
fn tables_of(folder: &Path, id: &str) -> Vec<(PathBuf, UserTable)> {
    let is_of = |path: &Path, table: &UserTable| match Catalogue::with_user(vec![table.clone()]) {
        Ok(catalogue) => catalogue.vendors().iter().any(|v| v.user && v.id == id),
        Err(_) => path.file_stem().is_some_and(|stem| stem == id),
    };
    let found = paths(folder).into_iter().filter_map(|path| table_at(&path).ok().map(|table| (path, table)));
    found.filter(|(path, table)| is_of(path, table)).collect()
}

fn read_folder(folder: &Path) -> (Vec<UserTable>, Vec<String>) {
    let (mut tables, mut notices) = (Vec::new(), Vec::new());
    let paths = paths(folder);
    if paths.len() > MAX_TABLES {
        notices.push(format!("{} holds more than {MAX_TABLES} vendors; the rest was left out.", folder.display()));
    }
    for path in paths.iter().take(MAX_TABLES) {
        match table_at(path) {
            Ok(table) => tables.push(table),
            Err(reason) => notices.push(format!("A vendor of your own was left out: {}: {reason}.", path.display())),
        }
    }
    (tables, notices)
}

/// Tables of the folder in the order of their names; none where there is no folder.
fn paths(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| entry.ok().map(|e| e.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    paths
}

fn table_at(path: &Path) -> std::result::Result<UserTable, String> {
    let table = read_text(path)?;
    let beside = path.with_extension("md");
    let text = if beside.is_file() { read_text(&beside)? } else { String::new() };
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(UserTable { file, table, text })
}

/// A text of bearable size.
fn read_text(path: &Path) -> std::result::Result<String, String> {
    let file = fs::File::open(path).map_err(|e| e.to_string())?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|e| e.to_string())?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(format!("it is larger than {} KiB", MAX_BYTES >> 10));
    }
    Ok(text)
}

fn cannot_write(path: &Path, source: std::io::Error) -> AuditError {
    AuditError::CannotWrite { path: path.to_owned(), source }
}
