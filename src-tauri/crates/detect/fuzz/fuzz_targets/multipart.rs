//! Any bytes as the parts of a form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof_detect_fuzz::{MULTIPART, send};

fuzz_target!(|input: &[u8]| send(MULTIPART, "multipart/form-data; boundary=WXYZ", input, <[u8]>::to_vec));
