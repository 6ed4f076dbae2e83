//! Any bytes as a form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof_detect_fuzz::{FORM, send};

fuzz_target!(|input: &[u8]| send(FORM, "application/x-www-form-urlencoded", input, <[u8]>::to_vec));
