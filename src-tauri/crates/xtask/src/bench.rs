//! `cargo xtask bench`: what detection costs beside the parse it builds on, and how fast a site is audited. Ratios taken
//! in one run, since absolute times say more about the machine.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{Options, app, run, table::table};

/// Pages of the site that is crawled.
const PAGES: u64 = 2000;
/// Bytes of each of them.
const PAGE_BYTES: u64 = 40_000;
/// Most that detection may take, as a multiple of the parse alone.
const AIM: f64 = 1.5;

/// Runs both in release and prints their tables.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let corpus = options.value("--corpus").map(|dir| std::path::absolute(Path::new(dir).join("pages"))).transpose()?;
    let sets = run::step("detection", || detection(corpus.as_deref()))?;
    let crawl = run::step("crawl", crawl)?;
    println!(
        "\nDetection beside scraper's parse of the same pages (one thread, best of several rounds; aim: at most {AIM})"
    );
    print!("{}", table(&["pages", "count", "kB a page", "parse ms", "detect ms", "ratio", "worst"], &sets.rows()));
    for set in &sets.0 {
        println!(
            "worst of {}: {}",
            set["set"].as_str().unwrap_or_default(),
            set["worst_page"].as_str().unwrap_or_default()
        );
    }
    println!("\nAudit of a site of {PAGES} pages on this machine, from the start to the stored result");
    let parse = sets.parse_seconds_a_page().context("no pages were measured")?;
    let row = vec![
        crawl.pages.to_string(),
        format!("{:.2}", crawl.seconds),
        format!("{:.0}", crawl.pages as f64 / crawl.seconds),
        format!("{:.2}", crawl.seconds / crawl.pages as f64 / parse),
    ];
    print!("{}", table(&["pages", "seconds", "pages a second", "time a page / parse of a generated page"], &[row]));
    Ok(())
}

/// What the bench of detection printed: a line per set of pages.
struct Sets(Vec<Value>);

impl Sets {
    fn rows(&self) -> Vec<Vec<String>> {
        let row = |set: &Value| {
            let number = |name: &str| set[name].as_f64().unwrap_or_default();
            let pages = number("pages");
            vec![
                set["set"].as_str().unwrap_or_default().to_owned(),
                format!("{pages}"),
                format!("{:.0}", number("bytes") / pages / 1000.0),
                format!("{:.3}", number("parse_s") / pages * 1000.0),
                format!("{:.3}", number("detect_s") / pages * 1000.0),
                format!("{:.2}", number("detect_s") / number("parse_s")),
                format!("{:.2}", number("worst_ratio")),
            ]
        };
        self.0.iter().map(row).collect()
    }

    fn parse_seconds_a_page(&self) -> Option<f64> {
        let set = self.0.first()?;
        Some(set["parse_s"].as_f64()? / set["pages"].as_f64()?)
    }
}

fn detection(corpus: Option<&Path>) -> Result<Sets> {
    let mut bench = run::cargo(&["bench", "--quiet", "--package", "pixelproof-detect", "--bench", "pages", "--"]);
    bench.args(corpus);
    let printed = run::output(&mut bench)?;
    let sets: Result<Vec<Value>, _> =
        printed.lines().filter(|line| line.starts_with('{')).map(serde_json::from_str).collect();
    Ok(Sets(sets.context("the bench printed a line that is no JSON")?))
}

struct Crawl {
    pages: u64,
    seconds: f64,
}

fn crawl() -> Result<Crawl> {
    run::run(&mut run::cargo(&["build", "--release", "--package", "pixelproof-cli"]))?;
    run::run(&mut run::cargo(&["build", "--release", "--package", "pixelproof-tests", "--bin", "serve-site"]))?;
    let mut server = Command::new(run::built("release", "serve-site"));
    let (_site, address) = app::serve(server.args([PAGES.to_string(), PAGE_BYTES.to_string()]))?;
    let folder = run::target().join("bench");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let started = Instant::now();
    audit(&address, &folder)?;
    let seconds = started.elapsed().as_secs_f64();
    let report: Value = serde_json::from_slice(&std::fs::read(app::file_in(&folder, "json")?)?)?;
    let read = report["totals"]["read"].as_u64().context("the report has no total of pages read")?;
    if read < PAGES {
        bail!("only {read} of {PAGES} pages were read");
    }
    Ok(Crawl { pages: read, seconds })
}

fn audit(address: &str, folder: &Path) -> Result<()> {
    let mut audit = Command::new(run::built("release", "pixelproof"));
    audit.args(["audit", address, "--quiet", "--fail-on", "never", "--format", "json"]);
    audit.args(["--max-pages", &(PAGES * 2).to_string()]);
    audit.arg("--out").arg(folder).arg("--store").arg(folder.join("bench.db"));
    run::run(audit.stdin(Stdio::null()).stdout(Stdio::null()))
}
