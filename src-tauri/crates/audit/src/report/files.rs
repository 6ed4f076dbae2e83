//! Writing reports: into the chosen folder only, each file whole or not at all.

use std::{
    fs::{self, OpenOptions},
    io::{BufWriter, Write},
    path::Path,
};

use pixelproof_model::{ExportRequest, ExportedFile, ReportFormat};

use super::{csv, har, html, json, source::Source};
use crate::{AuditError, Result};

/// Writes reports for a person: `pixelproof-<host>-<audit>.html` and so on. Such a file of the same audit is replaced.
pub fn export(source: &dyn Source, request: &ExportRequest) -> Result<Vec<ExportedFile>> {
    let audit = &source.outline().audit;
    let host = safe(audit.start_url.host_str().unwrap_or("site"));
    let stem = format!("pixelproof-{host}-{}", safe(&audit.id));
    let named = |name: &str| match name {
        "report.json" | "report.html" | "report.har" => name.replacen("report", &stem, 1),
        _ => format!("{stem}-{name}"),
    };
    write_all(source, Path::new(&request.folder), &request.formats, request.client.as_deref(), &named)
}

/// Writes reports for scripts, under names that don't change: `report.json`, `report.html`, `report.har`, `pages.csv`, `events.csv`,
/// `findings.csv`, and `beacons.csv`, `cookies.csv`, `storage.csv` where a browser looked; `journeys.csv`,
/// `journey_events.csv`, `journey_clicks.csv` where journeys were made; `exercise.csv` and `typed.csv`.
pub fn write(source: &dyn Source, folder: &Path, formats: &[ReportFormat]) -> Result<Vec<ExportedFile>> {
    write_all(source, folder, formats, None, &str::to_owned)
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

fn write_all(
    source: &dyn Source,
    folder: &Path,
    formats: &[ReportFormat],
    client: Option<&str>,
    named: &dyn Fn(&str) -> String,
) -> Result<Vec<ExportedFile>> {
    fs::create_dir_all(folder).map_err(|error| AuditError::CannotWrite { path: folder.to_owned(), source: error })?;
    let mut formats = formats.to_vec();
    formats.sort();
    formats.dedup();
    let mut files = Vec::new();
    for format in formats {
        match format {
            ReportFormat::Json => {
                files.push(write_whole(folder, &named("report.json"), &|out| json::write(source, out))?);
            }
            ReportFormat::Html => {
                files.push(write_whole(folder, &named("report.html"), &|out| html::write(source, client, out))?);
            }
            ReportFormat::Har => {
                files.push(write_whole(folder, &named("report.har"), &|out| har::write(source, out))?);
            }
            ReportFormat::Csv => {
                for (name, write) in csv::tables(source.outline()) {
                    files.push(write_whole(folder, &named(&format!("{name}.csv")), &|out| write(source, out))?);
                }
            }
        }
    }
    Ok(files)
}

/// Beside its place first, then renamed over it: a reader never sees half a file, and a link in its place is replaced
/// rather than followed.
fn write_whole(folder: &Path, name: &str, write: &dyn Fn(&mut dyn Write) -> Result<()>) -> Result<ExportedFile> {
    let path = folder.join(name);
    let failed = |source: std::io::Error| AuditError::CannotWrite { path: path.clone(), source };
    let beside = folder.join(format!(".{name}.{}.part", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).open(&beside).or_else(|e| {
        // Left by a process of the same number that died.
        if e.kind() != std::io::ErrorKind::AlreadyExists {
            return Err(e);
        }
        fs::remove_file(&beside)?;
        OpenOptions::new().write(true).create_new(true).open(&beside)
    });
    let mut out = BufWriter::new(file.map_err(failed)?);
    let written = write(&mut out).and_then(|()| {
        let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_all().map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        fs::rename(&beside, &path).map_err(failed)?;
        Ok(ExportedFile { path: path.display().to_string(), bytes })
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        match error {
            AuditError::Output(source) => failed(source),
            other => other,
        }
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
