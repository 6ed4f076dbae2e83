//! `cargo xtask bench`: what detection costs beside the parses it builds on, and how fast a site is audited. Ratios taken
//! in one run, since absolute times say more about the machine.

pub(crate) mod browser;
pub(crate) mod crawl;
mod measure;
mod peers;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{Options, run, table::table};

/// Most that detection may take of all pages of a set, as a multiple of the parse of their markup alone.
const AIM_PAGES: f64 = 1.25;
/// Most that reading a script may take, as a multiple of parsing it and resolving its names.
const AIM_SCRIPTS: f64 = 1.2;

/// Runs what is asked for in release, both where nothing is, and prints tables.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let corpus = options.value("--corpus").map(|dir| std::path::absolute(Path::new(dir).join("pages")));
    let measures = run::step("detection", || detection(corpus.transpose()?.as_deref()))?;
    pages(&measures, options.has("--pages"));
    scripts(&measures);
    reuse(&measures);
    if options.has("detect") && !options.has("crawl") {
        return Ok(());
    }
    crawl::bench(&Options::parse(&[], &[], &[])?)
}

/// Builds our program and some of the tests', together, so that what they share is compiled once. Gives the profile.
fn build(options: &Options, of_tests: &[&str]) -> Result<&'static str> {
    let profile = if options.has("--debug") { "debug" } else { "release" };
    let mut build = run::cargo(&["build", "--package", "pixelproof-cli", "--package", "pixelproof-tests"]);
    build.args(["--bin", "pixelproof"]);
    for bin in of_tests {
        build.args(["--bin", bin]);
    }
    if profile == "release" {
        build.arg("--release");
    }
    run::run(&mut build)?;
    Ok(profile)
}

/// A folder under cargo's, with nothing in it.
fn empty(name: impl AsRef<Path>) -> Result<PathBuf> {
    let folder = run::target().join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What the bench of detection printed: a line a measure.
fn detection(corpus: Option<&Path>) -> Result<Vec<Value>> {
    let mut bench = run::cargo(&["bench", "--quiet", "--package", "pixelproof-detect", "--bench", "detect", "--"]);
    bench.args(corpus);
    let printed = run::output(&mut bench)?;
    let lines = printed.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).context("the bench printed a line that is no JSON")).collect()
}

fn of<'m>(measures: &'m [Value], name: &str) -> impl Iterator<Item = &'m Value> {
    measures.iter().filter(move |m| m["measure"] == name)
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_default()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// Smallest and largest ratio of whole rounds.
fn spread(value: &Value) -> String {
    format!("{:.2} to {:.2}", number(value, "low"), number(value, "high"))
}

fn pages(measures: &[Value], each: bool) {
    println!(
        "\nDetection beside scraper's parse of the same pages (one thread, best of several rounds; aim: at most \
         {AIM_PAGES} of all pages)"
    );
    let mut rows = Vec::new();
    let mut single = Vec::new();
    for set in of(measures, "pages") {
        let pages = set["pages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let sum = |name: &str| pages.iter().map(|page| number(page, name)).sum::<f64>();
        let count = pages.len() as f64;
        let mut ratios: Vec<(f64, &Value)> =
            pages.iter().map(|page| (number(page, "detect_s") / number(page, "parse_s"), page)).collect();
        ratios.sort_by(|a, b| b.0.total_cmp(&a.0));
        rows.push(vec![
            text(set, "set").to_owned(),
            count.to_string(),
            format!("{:.0}", sum("bytes") / count / 1000.0),
            format!("{:.3}", sum("parse_s") / count * 1000.0),
            format!("{:.3}", sum("detect_s") / count * 1000.0),
            format!("{:.2}", sum("detect_s") / sum("parse_s")),
            spread(set),
            format!("{:.2}", ratios.iter().map(|r| r.0).sum::<f64>() / count),
            format!("{:.2}", ratios.get(ratios.len() / 2).map_or(0.0, |r| r.0)),
            format!("{:.2}", ratios.first().map_or(0.0, |r| r.0)),
        ]);
        single.extend(ratios.iter().map(|(ratio, page)| {
            vec![
                text(page, "page").to_owned(),
                format!("{:.0}", number(page, "bytes") / 1000.0),
                format!("{:.3}", number(page, "parse_s") * 1000.0),
                format!("{:.3}", number(page, "detect_s") * 1000.0),
                format!("{ratio:.2}"),
            ]
        }));
    }
    let head = [
        "pages",
        "count",
        "kB a page",
        "parse ms",
        "detect ms",
        "ratio",
        "rounds",
        "mean of ratios",
        "median",
        "worst",
    ];
    print!("{}", table(&head, &rows));
    if each {
        print!("\n{}", table(&["page", "kB", "parse ms", "detect ms", "ratio"], &single));
    }
}

fn scripts(measures: &[Value]) {
    println!("\nReading scripts beside a parse that resolves names (aim: {AIM_SCRIPTS})");
    let rows = of(measures, "scripts").map(|set| {
        vec![
            text(set, "set").to_owned(),
            format!("{}", number(set, "scripts")),
            format!("{:.0}", number(set, "bytes") / 1000.0),
            format!("{:.2}", number(set, "parse_s") * 1000.0),
            format!("{:.2}", number(set, "analyse_s") * 1000.0),
            format!("{:.2}", number(set, "analyse_s") / number(set, "parse_s")),
            spread(set),
            format!("{:.2}", number(set, "worst")),
        ]
    });
    let head = ["scripts", "count", "kB", "parse ms", "read ms", "ratio", "rounds", "worst"];
    print!("{}", table(&head, &rows.collect::<Vec<_>>()));
}

fn reuse(measures: &[Value]) {
    println!("\nA script that every page of a site loads");
    let rows = of(measures, "reuse").map(|site| {
        vec![
            text(site, "site").to_owned(),
            format!("{}", number(site, "pages")),
            format!("{:.0}", number(site, "bytes") / 1000.0),
            format!("{}", number(site, "analysed")),
            format!("{:.1}", number(site, "once_s") * 1000.0),
            format!("{:.1}", number(site, "site_s") * 1000.0),
        ]
    });
    let head = ["script", "pages", "kB", "times read", "script ms", "whole site ms"];
    print!("{}", table(&head, &rows.collect::<Vec<_>>()));
}
