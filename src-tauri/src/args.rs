//! What the shell takes from its command line and environment.

use std::{ffi::OsString, path::PathBuf};

/// Environment variable that names the store, where `--store` doesn't.
const STORE_VARIABLE: &str = "PIXELPROOF_STORE";

const USAGE: &str = "\
usage: pixelproof-desktop [--store FILE]

--store FILE   keep audits in this file instead of the user's data folder
               (so does the environment variable PIXELPROOF_STORE)";

/// Arguments, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    /// File of the store; the user's data folder when absent.
    pub(crate) store: Option<PathBuf>,
}

/// A text to print instead of opening the window, and the exit code that goes with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) code: i32,
}

impl Args {
    /// Reads the arguments after the program's name.
    pub(crate) fn read(args: impl Iterator<Item = OsString>) -> Result<Args, Said> {
        let mut read = Args { store: std::env::var_os(STORE_VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from) };
        let mut args = args;
        while let Some(arg) = args.next() {
            match arg.to_str() {
                Some("--store") => match args.next() {
                    Some(file) => read.store = Some(file.into()),
                    None => return Err(Said { text: format!("--store needs a file\n{USAGE}"), code: 2 }),
                },
                Some("--help" | "-h") => return Err(Said { text: USAGE.to_owned(), code: 0 }),
                Some("--version" | "-V") => {
                    return Err(Said { text: format!("Pixelproof {}", env!("CARGO_PKG_VERSION")), code: 0 });
                }
                _ => {
                    let text = format!("unknown argument {}\n{USAGE}", arg.to_string_lossy());
                    return Err(Said { text, code: 2 });
                }
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Args, i32> {
        Args::read(line.split_whitespace().map(OsString::from)).map_err(|said| said.code)
    }

    #[test]
    fn arguments() {
        assert_eq!(read("--store a.db"), Ok(Args { store: Some("a.db".into()) }));
        assert_eq!(read("--store"), Err(2));
        assert_eq!(read("--stor a.db"), Err(2));
        assert_eq!(read("--help"), Err(0));
        assert_eq!(read("--version"), Err(0));
    }
}
