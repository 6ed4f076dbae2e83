//! Reads one table and refuses what could not work, saying where.

use super::{
    TableError,
    schema::{CallForm, Does, EVERY_ARGUMENT, Vendor},
};

/// Reads a table. `known` are the vendors already there: ids are unique.
pub(super) fn read_table(file: &str, table: &str, known: &[Vendor]) -> Result<Vendor, TableError> {
    let vendor: Vendor = toml::from_str(table).map_err(|e| TableError {
        file: file.to_owned(),
        line: e.span().map_or(1, |span| line_of(table, span.start)),
        reason: e.message().to_owned(),
    })?;
    let mut checks = Checks { file, table };
    checks.head(&vendor, known)?;
    checks.calls(&vendor)?;
    checks.addresses(&vendor)?;
    Ok(vendor)
}

struct Checks<'a> {
    file: &'a str,
    table: &'a str,
}

impl Checks<'_> {
    /// An error at the first line that holds `needle`.
    fn fail(&self, needle: &str, reason: impl Into<String>) -> TableError {
        let at = self.table.find(needle).unwrap_or(0);
        TableError { file: self.file.to_owned(), line: line_of(self.table, at), reason: reason.into() }
    }

    fn head(&mut self, vendor: &Vendor, known: &[Vendor]) -> Result<(), TableError> {
        let id = &vendor.id;
        if !is_kebab(id) {
            return Err(self.fail("id", format!("the id {id:?} is not kebab-case")));
        }
        if known.iter().any(|v| v.id == *id) {
            return Err(self.fail("id", format!("the id {id:?} is taken by another vendor")));
        }
        if vendor.country.len() != 2 || !vendor.country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(self.fail("country", "the country is not an ISO 3166 alpha-2 code"));
        }
        Ok(())
    }

    fn calls(&mut self, vendor: &Vendor) -> Result<(), TableError> {
        for call in &vendor.calls {
            let sends = matches!(call.does, Does::Event | Does::InitAndEvent);
            if sends && call.event.is_none() && call.name.is_none() {
                return Err(self.fail(
                    &format!("function = \"{}\"", call.function),
                    format!("{} sends an event that has no name", call.function),
                ));
            }
            for path in paths(call) {
                if !is_arg_path(path) {
                    return Err(self.fail(&format!("\"{path}\""), format!("{path:?} is not an argument path")));
                }
            }
        }
        Ok(())
    }

    fn addresses(&mut self, vendor: &Vendor) -> Result<(), TableError> {
        let hosts = vendor.libraries.iter().flat_map(|l| &l.hosts).chain(vendor.beacons.iter().flat_map(|b| &b.hosts));
        for host in hosts {
            if !is_host(host) {
                return Err(self.fail(&format!("\"{host}\""), format!("{host:?} is not a host name")));
            }
        }
        for beacon in vendor.beacons.iter().filter(|b| b.hosts.iter().any(|h| h == "*")) {
            if beacon.requires.is_empty() {
                return Err(self.fail("\"*\"", "a request on any host needs fields under `requires`"));
            }
        }
        for library in vendor.libraries.iter().filter(|l| l.hosts.iter().any(|h| h == "*")) {
            if library.path.is_match("/") {
                return Err(self.fail("\"*\"", "a library on any host needs a telling path"));
            }
        }
        Ok(())
    }
}

/// Every argument path of a call.
fn paths(call: &CallForm) -> impl Iterator<Item = &str> {
    let account = call.account.as_ref().filter(|path| *path != EVERY_ARGUMENT);
    let single = [account, call.event.as_ref(), call.params.as_ref(), call.user_data.as_ref()].into_iter().flatten();
    single.chain(&call.event_id).chain(call.when.keys()).map(String::as_str)
}

fn is_arg_path(path: &str) -> bool {
    let path = path.strip_prefix("instance.").unwrap_or(path);
    path.split('.').next().is_some_and(|first| !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit()))
        && path.split('.').all(|part| !part.is_empty())
}

fn is_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    name == "*" && host == "*"
        || name.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

fn is_kebab(id: &str) -> bool {
    !id.is_empty()
        && id
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// Line of a byte offset, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|&&b| b == b'\n').count()
}
