//! Any text as an external script.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use pixelproof_detect::{Catalogue, read_script};

fuzz_target!(|code: &str| {
    read_script(Catalogue::builtin(), Arc::from(code));
});
