//! Any bytes as query strings, one a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof_detect_fuzz::{LINES, send};

fuzz_target!(|input: &[u8]| send(LINES, "text/plain", input, <[u8]>::to_vec));
