//! `cargo xtask bench browser`: browser mode beside the browser's own cost of loading the same pages, with the same tabs
//! and the same settle window, and beside another collector. Each is told to look at every page once.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{
    build, empty,
    measure::{Cost, measure_tree},
};
use crate::{Options, run, table::table};

/// Pages when nothing else is said.
const PAGES: &str = "100";
/// Beacons that each page sends, one of them when it is left.
const BEACONS: u64 = 12;
/// The settle window of an audit.
const SETTLE_MS: &str = "1500";
/// Most that looking may take, as a multiple of the bare loads.
const AIM: f64 = 1.15;
/// Pages that the other collector looks at: it needs half a minute for some.
const COLLECTED: usize = 5;
/// The other collector's package and version.
const COLLECTOR: &str = "@themarkup/blacklight-collector@3.11.0";
/// Browsers, the first that is there.
const BROWSERS: &[&str] = &["chromium-headless-shell", "chromium", "google-chrome", "microsoft-edge"];
/// Looks at addresses, one after the other, with all its tests and no further page of the site.
const COLLECT: &str = "\
import { collect } from '@themarkup/blacklight-collector';
import { mkdirSync, readFileSync } from 'node:fs';

const [browser, rules, list, folder] = process.argv.slice(2);
for (const [i, address] of readFileSync(list, 'utf8').trim().split('\\n').entries()) {
    const outDir = `${folder}/${i}`;
    mkdirSync(outDir, { recursive: true });
    await collect(address, {
        outDir,
        numPages: 0,
        puppeteerExecutablePath: browser,
        extraChromiumArgs: [`--host-resolver-rules=${rules}`, '--ignore-certificate-errors', '--no-sandbox'],
    });
}
process.exit(0);
";

struct Row {
    name: String,
    pages: u64,
    cost: Cost,
    /// Beacons recorded, and those that arrived at their hosts.
    recorded: Option<u64>,
    arrived: u64,
}

/// Runs all and prints the table.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let pages: usize = options.value("--pages").unwrap_or(PAGES).parse().context("--pages takes a number")?;
    let profile = build(options, &["serve-trackers", "bare-loads"])?;
    let browser = BROWSERS.iter().find_map(|name| run::which(name));
    let browser = browser.with_context(|| format!("no browser to measure with: none of {}", BROWSERS.join(", ")))?;
    let folder = empty("bench-browser")?;
    let tabs = std::thread::available_parallelism().map_or(4, |cores| cores.get() * 2);
    let mut bench = Bench { shop: Shop::serve(profile, pages)?, folder, browser, profile, tabs, pages };
    let mut rows = Vec::new();
    for tabs in [1, tabs] {
        rows.push(run::step(&format!("bare loads, {tabs} at once"), || bench.bare(tabs))?);
    }
    for beacons in ["held", "send"] {
        rows.push(run::step(&format!("pixelproof, beacons {beacons}"), || bench.ours(beacons))?);
    }
    if options.has("--peers") {
        match run::step("blacklight-collector", || bench.peer()) {
            Ok(row) => rows.push(row),
            Err(error) => println!("   {error:#}"),
        }
    }
    print(&rows, tabs);
    Ok(())
}

struct Bench {
    shop: Shop,
    folder: PathBuf,
    browser: PathBuf,
    profile: &'static str,
    tabs: usize,
    pages: usize,
}

impl Bench {
    /// Addresses, one a line, in a file.
    fn list(&self, pages: usize) -> Result<PathBuf> {
        let path = self.folder.join(format!("{pages}.txt"));
        let lines: String = (1..=pages).map(|page| format!("http://shop.test/{page}\n")).collect();
        std::fs::write(&path, lines)?;
        Ok(path)
    }

    fn bare(&mut self, tabs: usize) -> Result<Row> {
        let pages = self.pages.min(self.pages * tabs / self.tabs);
        let list = File::open(self.list(pages)?)?;
        let mut loads = Command::new(run::built(self.profile, "bare-loads"));
        loads.arg(&self.browser).args([&tabs.to_string(), SETTLE_MS, &self.shop.rules()]).stdin(list);
        let cost = measure_tree(&mut loads)?;
        let arrived = self.shop.arrived()?;
        Ok(Row { name: format!("bare loads, {tabs} at once"), pages: pages as u64, cost, recorded: None, arrived })
    }

    /// Our own audit, which must record every beacon.
    fn ours(&mut self, beacons: &str) -> Result<Row> {
        let folder = self.folder.join(beacons);
        let mut audit = Command::new(run::built(self.profile, "pixelproof"));
        audit.args(["audit", "--quiet", "--fail-on", "never", "--format", "json", "--mode", "browser"]);
        audit.args(["--consent", "none", "--beacons", beacons, "--insecure", "--no-containers"]);
        audit.args(["--resolve", &format!("*:80:{}", self.shop.at), "--resolve", &format!("*:443:{}", self.shop.at)]);
        audit.arg("--list").arg(self.list(self.pages)?).arg("--browser").arg(&self.browser);
        audit.arg("--out").arg(&folder).arg("--store").arg(folder.with_extension("db"));
        let cost = measure_tree(audit.stdin(Stdio::null()).stdout(Stdio::null()))?;
        let arrived = self.shop.arrived()?;
        let report: Value = serde_json::from_slice(&std::fs::read(folder.join("report.json"))?)?;
        let pages = report["pages"].as_array().context("the report has no pages")?;
        let beacons_of = |page: &Value| page["beacons"].as_array().cloned().unwrap_or_default();
        let events = pages.iter().flat_map(beacons_of).filter(|beacon| beacon["kind"] == "event").count() as u64;
        let wanted = self.pages as u64 * BEACONS;
        if events != wanted {
            println!("   {events} of {wanted} beacons were recorded");
        }
        Ok(Row {
            name: format!("pixelproof, beacons {beacons}"),
            pages: pages.len() as u64,
            cost,
            recorded: Some(events),
            arrived,
        })
    }

    fn peer(&mut self) -> Result<Row> {
        let home = run::target().join("peers").join("collector");
        if !home.join("node_modules").exists() {
            std::fs::create_dir_all(&home)?;
            std::fs::write(home.join("package.json"), "{\"private\": true, \"type\": \"module\"}")?;
            let mut npm = Command::new("npm");
            npm.args(["install", "--silent", "--no-audit", "--no-fund", COLLECTOR]).current_dir(&home);
            run::run(npm.env("PUPPETEER_SKIP_DOWNLOAD", "1").stdin(Stdio::null()))?;
        }
        std::fs::write(home.join("collect.js"), COLLECT)?;
        let pages = COLLECTED.min(self.pages);
        let mut node = Command::new("node");
        node.arg("collect.js").arg(&self.browser).arg(self.shop.rules()).arg(self.list(pages)?);
        node.arg(self.folder.join("collector")).current_dir(&home);
        let cost = measure_tree(node.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
        let arrived = self.shop.arrived()?;
        Ok(Row { name: "blacklight-collector".to_owned(), pages: pages as u64, cost, recorded: None, arrived })
    }
}

/// The shop and the hosts that take its beacons.
struct Shop {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Address and port.
    at: String,
}

impl Shop {
    fn serve(profile: &str, pages: usize) -> Result<Shop> {
        let mut command = Command::new(run::built(profile, "serve-trackers"));
        let mut process =
            command.arg(pages.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("the shop")?;
        let questions = process.stdin.take().context("the shop takes no questions")?;
        let mut answers = BufReader::new(process.stdout.take().context("the shop gives no answers")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let at = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Ok(Shop { process, questions, answers, at })
    }

    /// Every host is the shop's, in the browser's own spelling.
    fn rules(&self) -> String {
        format!("MAP * {}", self.at)
    }

    /// Beacons that arrived since this was asked last.
    fn arrived(&mut self) -> Result<u64> {
        writeln!(self.questions)?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line).context("the shop gave no answer")?;
        answer["beacons"].as_u64().with_context(|| format!("the shop said {line}"))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts for a table")]
fn print(rows: &[Row], tabs: usize) {
    println!(
        "\nPages of a shop that send {BEACONS} beacons each, one when they are left; settle window {SETTLE_MS} ms"
    );
    let bare = rows.iter().find(|row| row.name == format!("bare loads, {tabs} at once"));
    let bare = bare.map(|row| row.cost.seconds / row.pages as f64);
    let line = |row: &Row| {
        let pages = row.pages as f64;
        vec![
            row.name.clone(),
            row.pages.to_string(),
            format!("{:.0}", pages * 60.0 / row.cost.seconds),
            format!("{:.2}", row.cost.cpu / pages),
            format!("{:.0}", row.cost.peak as f64 / 1e6),
            row.recorded.map_or_else(|| "-".to_owned(), |count| format!("{:.2}", count as f64 / pages)),
            format!("{:.2}", row.arrived as f64 / pages),
            bare.map_or_else(|| "-".to_owned(), |bare| format!("{:.2}", row.cost.seconds / pages / bare)),
        ]
    };
    let head =
        ["", "pages", "pages/min", "CPU s/page", "peak MB", "recorded/page", "arrived/page", "time beside bare loads"];
    print!("{}", table(&head, &rows.iter().map(line).collect::<Vec<_>>()));
    println!("Aim of both audits: at most {AIM} of the bare loads with as many tabs, and {BEACONS} recorded a page.");
}
