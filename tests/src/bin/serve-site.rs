//! Serves a site on loopback until it is ended, and prints its address: `serve-site PAGES BYTES_PER_PAGE [PORT]` makes the
//! pages of a shop up, `serve-site --folder DIR [PORT]` takes them from a folder.

use anyhow::{Context, Result, bail};
use pixelproof_tests::{Site, TestServer};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (first, second, port) = match args.as_slice() {
        [first, second] => (first, second, "0"),
        [first, second, port] => (first, second, port.as_str()),
        _ => bail!("usage: serve-site PAGES BYTES_PER_PAGE [PORT]\n       serve-site --folder DIR [PORT]"),
    };
    let site = match first.as_str() {
        "--folder" => Site::folder(second),
        pages => Site::shop(
            pages.parse().context("PAGES is no number")?,
            second.parse().context("BYTES_PER_PAGE is no number")?,
        ),
    };
    let server = TestServer::without_log(site, port.parse().context("PORT is no number")?)?;
    println!("{}", server.url("/"));
    loop {
        std::thread::park();
    }
}
