//! Any bytes packed as libraries pack documents, and any bytes in place of something packed. The second byte picks.

#![no_main]

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use pixelproof_detect_fuzz::{PACKED, send};

fuzz_target!(|input: &[u8]| {
    send(PACKED, "text/plain", input, |body| {
        let Some((pick, body)) = body.split_first() else { return Vec::new() };
        match pick % 6 {
            0 => body.to_vec(),
            1 => zip(body),
            2 => STANDARD.encode(body).into_bytes(),
            3 => STANDARD.encode(zip(body)).into_bytes(),
            4 => [b"data=".as_slice(), STANDARD.encode(body).as_bytes()].concat(),
            _ => [b"data=".as_slice(), body].concat(),
        }
    });
});

fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("room in memory");
    packer.finish().expect("room in memory")
}
