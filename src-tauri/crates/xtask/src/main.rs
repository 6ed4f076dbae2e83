//! Set-up and chores of the project. What each command does stands in [`USAGE`]; one module a command.
//!
//! Depends on almost nothing, so that the first command typed on a bare machine starts within seconds.

mod accuracy;
mod app;
mod bench;
mod bindings;
mod fuzz;
mod run;
mod screenshots;
mod system;
mod table;
mod test;
mod ui;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask app [--yes] [--debug]      set up, build and open the desktop app
                                       (without a display: audit the demo shop on the command line)
cargo xtask test [--yes]               set up and run every check and test
cargo xtask accuracy --corpus DIR      precision and recall on labelled pages, with every difference
cargo xtask bench [detect|crawl] [--corpus DIR] [--pages]
                                       cost of detection (of each page, too) and speed of the crawl, as ratios
cargo xtask bench crawl [--pages 1000,10000] [--bytes N] [--peers] [--debug]
                                       audits of generated sites: pages a second, processor, memory; other
                                       crawlers beside it where they are there, or can be installed (--peers);
                                       numbers of a debug build only show that it works
cargo xtask bench browser [--pages 100] [--peers] [--debug]
                                       browser mode beside bare loads of the same pages: time, processor, memory,
                                       beacons recorded; another collector beside it (--peers)
cargo xtask fuzz [--seconds N] [--target NAME]
                                       every reader of hostile input, fed at random (needs nightly Rust)
cargo xtask bindings                   write the TypeScript types of the model
cargo xtask screenshots                take the pictures of the README from the real window

--yes installs missing system packages without asking (so does being root)";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = dispatch(&args) {
        eprintln!("error: {error:#}");
        // What the machine lacks is told from what went wrong.
        std::process::exit(if error.is::<fuzz::NoNightly>() { 2 } else { 1 });
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let Some((command, rest)) = args.split_first() else { bail!("no command given\n\n{USAGE}") };
    match command.as_str() {
        "app" => app::app(&Options::parse(rest, &["--yes", "--debug"], &[])?),
        "test" => test::test(&Options::parse(rest, &["--yes"], &[])?),
        "accuracy" => accuracy::accuracy(&Options::parse(rest, &[], &["--corpus"])?),
        "bench" if rest.first().is_some_and(|first| first == "crawl") => {
            bench::crawl::bench(&Options::parse(&rest[1..], &["--peers", "--debug"], &["--pages", "--bytes"])?)
        }
        "bench" if rest.first().is_some_and(|first| first == "browser") => {
            bench::browser::bench(&Options::parse(&rest[1..], &["--peers", "--debug"], &["--pages"])?)
        }
        "bench" => bench::bench(&Options::parse(rest, &["detect", "crawl", "--pages"], &["--corpus"])?),
        "fuzz" => fuzz::fuzz(&Options::parse(rest, &[], &["--seconds", "--target"])?),
        "bindings" => Options::parse(rest, &[], &[]).and_then(|_| bindings::bindings()),
        "screenshots" => screenshots::screenshots(&Options::parse(rest, &["--yes"], &[])?),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("unknown command `{other}`\n\n{USAGE}"),
    }
}

/// Switches and values of a command line, checked against what the command knows.
struct Options {
    switches: Vec<String>,
    values: Vec<(String, String)>,
}

impl Options {
    fn parse(args: &[String], switches: &[&str], values: &[&str]) -> Result<Options> {
        let mut options = Options { switches: Vec::new(), values: Vec::new() };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if switches.contains(&arg.as_str()) {
                options.switches.push(arg.clone());
            } else if values.contains(&arg.as_str()) {
                let Some(value) = args.next() else { bail!("{arg} needs a value\n\n{USAGE}") };
                options.values.push((arg.clone(), value.clone()));
            } else {
                bail!("unknown argument `{arg}`\n\n{USAGE}");
            }
        }
        Ok(options)
    }

    fn has(&self, switch: &str) -> bool {
        self.switches.iter().any(|s| s == switch)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let options = Options::parse(&args("--yes --corpus pages"), &["--yes"], &["--corpus"]).expect("known options");
        assert!(options.has("--yes"));
        assert_eq!(options.value("--corpus"), Some("pages"));
        assert!(Options::parse(&args("--no"), &["--yes"], &[]).is_err());
        assert!(Options::parse(&args("--corpus"), &[], &["--corpus"]).is_err());
    }
}
