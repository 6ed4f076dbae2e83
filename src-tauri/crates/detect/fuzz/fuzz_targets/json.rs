//! Any bytes as a document, whole or cut off.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof_detect_fuzz::{JSON, send};

fuzz_target!(|input: &[u8]| send(JSON, "text/plain", input, <[u8]>::to_vec));
