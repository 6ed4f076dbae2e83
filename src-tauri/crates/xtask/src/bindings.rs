//! TypeScript types of the model, committed under `ui/src/gen` and checked by the tests.

use anyhow::Result;

use crate::run;

/// Folder of the generated types.
pub(crate) const FOLDER: &str = "ui/src/gen";

/// Writes the types anew.
pub(crate) fn bindings() -> Result<()> {
    run::run(&mut run::cargo(&["run", "--quiet", "-p", "pixelproof-model", "--example", "bindings", "--", FOLDER]))?;
    println!("written: {FOLDER}");
    Ok(())
}
