//! `cargo xtask accuracy`: the command line's `inspect` over labelled pages of real sites, compared with the labels.

mod labels;
mod score;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{Options, run, table::table};
use labels::{Labels, Seen};
use score::{Difference, Score};

/// Compares and prints; differences are no error, since a label can be wrong.
pub(crate) fn accuracy(options: &Options) -> Result<()> {
    let corpus = PathBuf::from(options.value("--corpus").context("--corpus DIR says where the labelled pages are")?);
    let corpus = std::path::absolute(&corpus)?;
    let labels = fs::read_to_string(corpus.join("labels.jsonl"))
        .with_context(|| format!("could not read {}", corpus.join("labels.jsonl").display()))?;
    let labels = labels::read(&labels)?;
    run::step("build the command line", || {
        run::run(&mut run::cargo(&["build", "--release", "--package", "pixelproof-cli"]))
    })?;
    let cli = run::built("release", "pixelproof");
    let known = vendors(&cli)?;
    let found = inspect(&cli, &pages(&corpus.join("pages"))?)?;
    report(&labels, &found, &known);
    Ok(())
}

/// Pages of the corpus, in the order of their names.
pub(crate) fn pages(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    let mut pages = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    pages.retain(|path| {
        let name = path.to_string_lossy();
        name.ends_with(".html") || name.ends_with(".html.gz")
    });
    pages.sort();
    if pages.is_empty() {
        bail!("no .html or .html.gz in {}", folder.display());
    }
    Ok(pages)
}

/// Vendors of the catalogue.
fn vendors(cli: &Path) -> Result<BTreeSet<String>> {
    let list = run::output(Command::new(cli).args(["vendors", "--json"]).stdin(Stdio::null()))?;
    let list: Value = serde_json::from_str(&list).context("`pixelproof vendors --json` printed no JSON")?;
    let ids = list.as_array().into_iter().flatten().filter_map(|vendor| vendor["id"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

/// What `inspect` sees, by page.
fn inspect(cli: &Path, pages: &[PathBuf]) -> Result<BTreeMap<String, Seen>> {
    let mut child = Command::new(cli)
        .args(["inspect", "--ndjson", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {}", cli.display()))?;
    let list: String = pages.iter().map(|page| format!("{}\n", page.display())).collect();
    let mut stdin = child.stdin.take().context("inspect has no input")?;
    // On a thread of its own: inspect answers before it has read the whole list.
    let writer = std::thread::spawn(move || stdin.write_all(list.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().ok().context("the list of pages could not be sent")??;
    if !output.status.success() && output.status.code() != Some(1) {
        bail!("inspect failed ({})", output.status);
    }
    let mut found = BTreeMap::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let page: Value = serde_json::from_str(line).context("inspect printed a line that is no JSON")?;
        found.insert(labels::page_name(page["file"].as_str().unwrap_or_default()), Seen::from_page(&page));
    }
    if found.len() != pages.len() {
        bail!("inspect was given {} pages and answered for {}", pages.len(), found.len());
    }
    Ok(found)
}

fn report(labels: &Labels, found: &BTreeMap<String, Seen>, known: &BTreeSet<String>) {
    let (scores, differences) = score::compare(labels, found, known);
    for kind in score::KINDS {
        println!("\n{}", kind.title());
        let of_kind = scores.iter().filter(|((k, _), _)| *k == kind);
        let mut sum = Score::default();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for ((_, vendor), score) in of_kind {
            sum += *score;
            rows.push(score.row(vendor));
        }
        rows.push(sum.row("all"));
        print!("{}", table(&["vendor", "labelled", "found", "right", "precision", "recall"], &rows));
    }
    println!("\n{} differences", differences.len());
    for Difference { page, kind, text, missed } in &differences {
        println!("{} {} {text}  [{page}]", if *missed { "missed  " } else { "unlabelled" }, kind.noun());
    }
    let others: BTreeSet<&str> = labels.vendors().filter(|vendor| !known.contains(*vendor)).collect();
    if !others.is_empty() {
        println!("\nnot in the catalogue, not scored: {}", others.into_iter().collect::<Vec<_>>().join(", "));
    }
    let unlabelled: BTreeSet<&str> = found.values().flat_map(Seen::vendors).filter(|v| !labels.knows(v)).collect();
    if !unlabelled.is_empty() {
        println!("never named by a label, not scored: {}", unlabelled.into_iter().collect::<Vec<_>>().join(", "));
    }
}
