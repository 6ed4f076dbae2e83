//! Other crawlers, side by side with ours on the same site in the same run. Each is told to do what ours does without
//! the analysis: fetch every page once, eight at a time where it can be told so, follow links without a limit of depth,
//! fetch no images or styles, wait between no two requests, keep no copy.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::run;

/// Requests under way at once.
pub(crate) const AT_ONCE: &str = "8";

/// Version of spider_cli that is installed.
const SPIDER: &str = "2.53.9";
/// Version of siteone-crawler that is installed.
const SITEONE: &str = "2.5.1";
/// Version of scrapy that is installed.
const SCRAPY: &str = "2.19.0";

/// A spider that follows all links of the site.
const SCRAPY_SPIDER: &str = "\
import scrapy
from scrapy.linkextractors import LinkExtractor


class Links(scrapy.Spider):
    name = 'links'

    def start_requests(self):
        yield scrapy.Request(self.address)

    async def start(self):
        yield scrapy.Request(self.address)

    def parse(self, response):
        for link in LinkExtractor().extract_links(response):
            yield response.follow(link)
";

/// A crawler to compare with.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    program: PathBuf,
    args: fn(&str, u64, &Path) -> Vec<String>,
}

impl Peer {
    /// The command that crawls a site of so many pages; what it writes goes to a folder.
    pub(crate) fn command(&self, address: &str, pages: u64, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args((self.args)(address, pages, folder)).current_dir(folder);
        command
    }
}

fn folder() -> PathBuf {
    run::target().join("peers")
}

/// The peers that are there. With `install` what is missing is fetched first, into the target folder; what can't be
/// had is named and left out.
pub(crate) fn peers(install: bool) -> Vec<Peer> {
    let bin = folder().join("bin");
    let all = [
        Peer { name: "wget2", program: PathBuf::from("wget2"), args: wget2 },
        Peer { name: "scrapy", program: folder().join("python/bin/scrapy"), args: scrapy },
        Peer { name: "spider_cli", program: bin.join("spider"), args: spider },
        Peer { name: "siteone-crawler", program: bin.join("siteone-crawler"), args: siteone },
    ];
    let mut there = Vec::new();
    for mut peer in all {
        let name = peer.name;
        if install
            && find(&peer.program).is_none()
            && let Err(error) = run::step(&format!("install {name}"), || fetch(name))
        {
            println!("   {error:#}");
        }
        match find(&peer.program) {
            Some(program) => {
                peer.program = program;
                there.push(peer);
            }
            None => println!("   {name} is not there and left out (cargo xtask bench crawl --peers installs it)"),
        }
    }
    there
}

/// In the target folder or on the search path.
fn find(program: &Path) -> Option<PathBuf> {
    if program.is_file() {
        return Some(program.to_owned());
    }
    run::which(&program.file_name()?.to_string_lossy())
}

fn fetch(name: &str) -> Result<()> {
    let root = folder();
    std::fs::create_dir_all(&root)?;
    let install = |package: &str, version: &str| {
        let mut cargo = run::cargo(&["install", "--locked", "--no-default-features", package, "--version", version]);
        cargo.arg("--root").arg(&root).env("CARGO_TARGET_DIR", root.join("build"));
        run::run(&mut cargo)
    };
    match name {
        "spider_cli" => install("spider_cli", SPIDER),
        "siteone-crawler" => install("siteone-crawler", SITEONE),
        "scrapy" => {
            let python = root.join("python");
            run::run(run::program("python3", &["-m", "venv"]).arg(&python))?;
            let scrapy = format!("scrapy=={SCRAPY}");
            run::run(run::program(python.join("bin/pip"), &["install", "--quiet"]).arg(scrapy))
        }
        _ => run::run(&mut run::program("apt-get", &["install", "--yes", "--quiet", name])),
    }
}

fn words(args: &[&str]) -> Vec<String> {
    args.iter().map(|&arg| arg.to_owned()).collect()
}

fn wget2(address: &str, _pages: u64, _folder: &Path) -> Vec<String> {
    let threads = format!("--max-threads={AT_ONCE}");
    let mut args = words(&["--recursive", "--level=inf", "--follow-tags=a", &threads, "--quiet", "--delete-after"]);
    args.extend(words(&["--directory-prefix=wget2", address]));
    args
}

fn scrapy(address: &str, _pages: u64, folder: &Path) -> Vec<String> {
    let file = folder.join("links.py");
    // If it can't be written scrapy says so.
    let _ = std::fs::write(&file, SCRAPY_SPIDER);
    let mut args = words(&["runspider", &file.to_string_lossy(), "-a", &format!("address={address}")]);
    for setting in ["CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN"] {
        args.extend(["-s".to_owned(), format!("{setting}={AT_ONCE}")]);
    }
    for setting in
        ["LOG_LEVEL=ERROR", "ROBOTSTXT_OBEY=True", "DEPTH_LIMIT=0", "DOWNLOAD_DELAY=0", "TELNETCONSOLE_ENABLED=False"]
    {
        args.extend(["-s".to_owned(), setting.to_owned()]);
    }
    args
}

fn spider(address: &str, pages: u64, _folder: &Path) -> Vec<String> {
    // It has no option for requests at once.
    words(&[
        "--url",
        address,
        "--http",
        "--respect-robots-txt",
        "--limit",
        &(pages * 2).to_string(),
        "--depth",
        "64",
        "crawl",
    ])
}

fn siteone(address: &str, pages: u64, _folder: &Path) -> Vec<String> {
    let most = pages * 2;
    let mut args =
        words(&["--disable-all-assets", "--output=json", "--hide-progress-bar", "--no-color", "--max-depth=0"]);
    args.push(format!("--url={address}"));
    args.push(format!("--workers={AT_ONCE}"));
    args.push("--max-reqs-per-sec=1000000".to_owned());
    args.push(format!("--max-queue-length={most}"));
    args.push(format!("--max-visited-urls={most}"));
    args
}
