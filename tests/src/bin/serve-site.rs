//! Serves a generated site on loopback until it is ended: `serve-site PAGES BYTES_PER_PAGE [PORT]`. Prints the address.

use anyhow::{Context, Result, bail};
use pixelproof_tests::{Site, TestServer};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (pages, bytes, port) = match args.as_slice() {
        [pages, bytes] => (pages, bytes, "0"),
        [pages, bytes, port] => (pages, bytes, port.as_str()),
        _ => bail!("usage: serve-site PAGES BYTES_PER_PAGE [PORT]"),
    };
    let pages = pages.parse().context("PAGES is no number")?;
    let bytes = bytes.parse().context("BYTES_PER_PAGE is no number")?;
    let server = TestServer::without_log(Site::linked(pages, bytes), port.parse().context("PORT is no number")?)?;
    println!("{}", server.url("/"));
    loop {
        std::thread::park();
    }
}
