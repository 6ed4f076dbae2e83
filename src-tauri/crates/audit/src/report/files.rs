//! Writing reports: into the chosen folder only, each file whole or not at all.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use pixelproof_model::{AuditReport, ExportRequest, ExportedFile, ReportFormat};

use super::{csv, html, json};
use crate::{AuditError, Result};

/// Files of a report by name, without a folder: `.json`, `.html`, `-pages.csv` …
type Rendered = Vec<(String, String)>;

/// Writes reports for a person: `pixelproof-<host>-<audit>.html` and so on. Such a file of the same audit is replaced.
pub fn export(report: &AuditReport, request: &ExportRequest) -> Result<Vec<ExportedFile>> {
    let host = safe(report.audit.start_url.host_str().unwrap_or("site"));
    let stem = format!("pixelproof-{host}-{}", safe(&report.audit.id));
    let files = render(report, &request.formats, request.client.as_deref())?;
    let named = files.into_iter().map(|(name, text)| match name.as_str() {
        "report.json" | "report.html" => (name.replacen("report", &stem, 1), text),
        _ => (format!("{stem}-{name}"), text),
    });
    write_all(Path::new(&request.folder), named.collect())
}

/// Writes reports for scripts, under names that don't change: `report.json`, `report.html`, `pages.csv`, `events.csv`,
/// `findings.csv`.
pub fn write(report: &AuditReport, folder: &Path, formats: &[ReportFormat]) -> Result<Vec<ExportedFile>> {
    write_all(folder, render(report, formats, None)?)
}

fn render(report: &AuditReport, formats: &[ReportFormat], client: Option<&str>) -> Result<Rendered> {
    let mut formats = formats.to_vec();
    formats.sort();
    formats.dedup();
    let mut files = Rendered::new();
    for format in formats {
        match format {
            ReportFormat::Json => files.push(("report.json".to_owned(), json::render(report)?)),
            ReportFormat::Html => files.push(("report.html".to_owned(), html::render(report, client)?)),
            ReportFormat::Csv => {
                files.extend(csv::render(report)?.into_iter().map(|(name, text)| (format!("{name}.csv"), text)));
            }
        }
    }
    Ok(files)
}

/// Makes the folder where it isn't there, and sees that files can be written into it.
///
/// # Errors
/// [`AuditError::CannotWrite`] when they can't.
pub fn check_folder(folder: &Path) -> Result<()> {
    let probe = folder.join(format!(".pixelproof.{}.part", std::process::id()));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&probe, b""));
    let checked = written.and_then(|()| fs::remove_file(&probe));
    checked.map_err(|source| AuditError::CannotWrite { path: folder.to_owned(), source })
}

fn write_all(folder: &Path, files: Rendered) -> Result<Vec<ExportedFile>> {
    fs::create_dir_all(folder).map_err(|source| AuditError::CannotWrite { path: folder.to_owned(), source })?;
    files
        .into_iter()
        .map(|(name, text)| {
            let path = folder.join(&name);
            write_whole(folder, &path, text.as_bytes())
                .map_err(|source| AuditError::CannotWrite { path: path.clone(), source })?;
            let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
            Ok(ExportedFile { path: path.display().to_string(), bytes })
        })
        .collect()
}

/// Beside its place first, then renamed over it: a reader never sees half a file, and a link in its place is replaced
/// rather than followed.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}.part", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&beside).or_else(|e| {
        // Left by a process of the same number that died.
        if e.kind() != std::io::ErrorKind::AlreadyExists {
            return Err(e);
        }
        fs::remove_file(&beside)?;
        OpenOptions::new().write(true).create_new(true).open(&beside)
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}

/// A name that is a file name everywhere: letters, digits, dots within, hyphens.
fn safe(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' })
        .take(100)
        .collect();
    let trimmed = kept.trim_matches(['.', '-']);
    if trimmed.is_empty() { "site".to_owned() } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn names_stay_in_their_folder() {
        for (text, want) in [
            ("shop.example", "shop.example"),
            ("../../etc/passwd", "etc-passwd"),
            ("[::1]", "1"),
            ("a\\b:c*d", "a-b-c-d"),
            ("..", "site"),
            ("", "site"),
        ] {
            assert_eq!(safe(text), want);
        }
    }
}
