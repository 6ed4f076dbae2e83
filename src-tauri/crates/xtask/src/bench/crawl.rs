//! `cargo xtask bench crawl`: audits of generated sites of growing size on loopback, with the analysis on: pages a
//! second, processor, peak memory, size of the store; other crawlers beside it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{
    build, empty,
    measure::{Cost, measure},
    peers::{AT_ONCE, peers},
};
use crate::{Options, app, run, table::table};

/// Sizes of the sites when nothing else is said.
const PAGES: &str = "1000,10000";
/// Bytes of each page: about that of a real shop's page without its pictures.
const PAGE_BYTES: u64 = 74_000;
/// Where the server says how many pages were fetched since it was asked last.
const SERVED: &str = "/.served";

/// One crawler on one site.
struct Row {
    name: String,
    pages: u64,
    found: u64,
    cost: Cost,
    /// Bytes of the store.
    store: Option<u64>,
}

/// Runs all sizes and prints the table.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let sizes: Result<Vec<u64>, _> =
        options.value("--pages").unwrap_or(PAGES).split(',').map(|size| size.trim().parse()).collect();
    let sizes = sizes.context("--pages takes numbers, such as 1000,10000,100000")?;
    let bytes = options.value("--bytes").map_or(Ok(PAGE_BYTES), str::parse).context("--bytes takes a number")?;
    let profile = build(options, &["serve-site"])?;
    let peers = peers(options.has("--peers"));
    let mut rows = Vec::new();
    for pages in sizes {
        let mut server = Command::new(run::built(profile, "serve-site"));
        let (_site, address) = app::serve(server.args([pages.to_string(), bytes.to_string()]))?;
        rows.push(run::step(&format!("pixelproof, {pages} pages"), || ours(profile, &address, pages))?);
        for peer in &peers {
            let name = peer.name;
            let one = run::step(&format!("{name}, {pages} pages"), || {
                let folder = fresh(name)?;
                let mut command = peer.command(&address, pages, &folder);
                // How a peer ends is its own matter; what it fetched is counted by the server.
                let cost = measure(command.stdout(Stdio::null()).stderr(Stdio::null()), false)?;
                Ok(Row { name: name.to_owned(), pages, found: served(&address)?, cost, store: None })
            });
            match one {
                Ok(row) => rows.push(row),
                Err(error) => println!("   {error:#}"),
            }
        }
    }
    print(&rows, bytes);
    Ok(())
}

/// Our own audit, which must find every page.
fn ours(profile: &str, address: &str, pages: u64) -> Result<Row> {
    let folder = fresh("pixelproof")?;
    let store = folder.join("bench.db");
    let mut audit = Command::new(run::built(profile, "pixelproof"));
    audit.args(["audit", address, "--quiet", "--fail-on", "never", "--format", "json", "--concurrency", AT_ONCE]);
    audit.args(["--max-pages", &(pages * 2).to_string()]);
    audit.arg("--out").arg(&folder).arg("--store").arg(&store);
    let cost = measure(audit.stdout(Stdio::null()), true)?;
    let found = served(address)?;
    let text = std::fs::read_to_string(folder.join("report.json"))?;
    // The totals come first; a report of a large site is not read whole here.
    let read = text.split_once("\"read\": ").and_then(|(_, rest)| rest.split(',').next()?.trim().parse::<u64>().ok());
    let read = read.context("the report has no total of pages read")?;
    if read < pages || found < pages {
        bail!("only {read} of {pages} pages were read, and {found} fetched");
    }
    Ok(Row { name: "pixelproof".to_owned(), pages, found, cost, store: Some(store.metadata()?.len()) })
}

/// An empty folder of a crawler's own.
fn fresh(name: &str) -> Result<PathBuf> {
    empty(Path::new("bench-crawl").join(name))
}

/// Different pages fetched since this was asked last.
fn served(address: &str) -> Result<u64> {
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut line = TcpStream::connect(host)?;
    write!(line, "GET {SERVED} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    line.shutdown(std::net::Shutdown::Write)?;
    let mut answer = String::new();
    line.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    body.trim().parse().context("the server did not say how many pages it served")
}

fn print(rows: &[Row], bytes: u64) {
    println!(
        "\nCrawls of generated sites on this machine, {bytes} bytes a page; pixelproof reads and keeps every page"
    );
    #[allow(clippy::cast_precision_loss, reason = "counts for a table")]
    let line = |row: &Row| {
        let found = row.found as f64;
        let known = |value: f64, text: String| if value > 0.0 { text } else { "-".to_owned() };
        vec![
            row.name.clone(),
            row.pages.to_string(),
            row.found.to_string(),
            format!("{:.1}", row.cost.seconds),
            format!("{:.0}", found / row.cost.seconds),
            known(row.cost.cpu, format!("{:.1}", row.cost.cpu)),
            known(row.cost.cpu, format!("{:.0}", found / row.cost.cpu)),
            known(row.cost.peak as f64, format!("{:.0}", row.cost.peak as f64 / 1e6)),
            row.store.map_or_else(|| "-".to_owned(), |store| format!("{:.0}", store as f64 / found)),
        ]
    };
    let head = ["crawler", "pages", "found", "seconds", "pages/s", "CPU s", "pages/CPU s", "peak MB", "store B/page"];
    let lines: Vec<Vec<String>> = rows.iter().map(line).collect();
    print!("{}", table(&head, &lines));
    save(rows);
}

/// The same as JSON lines, for whoever publishes it.
fn save(rows: &[Row]) {
    let path: &Path = &run::target().join("bench-crawl.ndjson");
    let lines = rows.iter().map(|row| {
        let value: Value = serde_json::json!({
            "crawler": row.name, "pages": row.pages, "found": row.found, "seconds": row.cost.seconds,
            "cpu_s": row.cost.cpu, "peak_bytes": row.cost.peak, "store_bytes": row.store,
        });
        format!("{value}\n")
    });
    match std::fs::write(path, lines.collect::<String>()) {
        Ok(()) => println!("The numbers as JSON: {}", path.display()),
        Err(error) => println!("{} could not be written: {error}", path.display()),
    }
}
