//! The tests over the whole, in one binary: each module looks at one part through the front doors of the crates.

mod audits;
mod bans;
mod browser;
mod browser_hostile;
mod browser_lists;
mod browser_passes;
#[cfg(target_os = "linux")]
mod browser_resume;
mod browser_rules;
mod cli;
mod consent;
mod container;
mod corpus;
mod crawl;
mod crawl_audits;
mod demo;
mod diff;
mod double_installs;
mod exercise;
mod journey;
mod libraries;
mod lines;
mod own_vendors;
mod patience;
mod reports;
mod resume;
mod sites;
mod state;
#[cfg(target_os = "linux")]
mod window;
