//! `cargo xtask bench`: what detection costs beside the parse it builds on, and how fast a site is crawled. Ratios
//! taken in one run, since absolute times say more about the machine.

use anyhow::Result;

use crate::{Options, run};

/// Runs the benches in release.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let mut bench = run::cargo(&["bench", "-q", "-p", "pixelproof-detect"]);
    if let Some(corpus) = options.value("--corpus") {
        bench.arg("--").arg(corpus);
    }
    run::run(&mut bench)
}
