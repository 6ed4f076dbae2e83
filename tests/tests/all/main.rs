//! The tests over the whole, in one binary: each module looks at one part through the front doors of the crates.

mod bans;
mod crawl;
mod demo;
mod lines;
mod sites;
#[cfg(target_os = "linux")]
mod window;
