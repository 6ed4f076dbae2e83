//! `cargo xtask screenshots`: the pictures of the README, from the real window.

use anyhow::Result;

use crate::{Options, run, system, ui};

/// Builds the app and drives it through its main views.
pub(crate) fn screenshots(options: &Options) -> Result<()> {
    system::ensure(&[system::ENGINE, system::WINDOW, system::TESTS], options.has("--yes"))?;
    run::step("ui build", ui::build)?;
    run::step("build", || {
        run::run(&mut run::cargo(&["build", "--workspace", "--all-targets", "--features", run::FEATURES]))
    })?;
    run::step("screenshots", || run::run(&mut run::program(run::built("debug", "screenshots"), &[])))
}
