//! What detection costs beside the parses it can't do without, in time of the processor and in one run, so that the
//! machine matters little. Prints one JSON line a measure; `cargo xtask bench detect` makes tables of them. Arguments
//! that name folders add the pages in them (`.html`, `.html.gz`).

mod clock;
mod docs;
mod pages;
mod reuse;
mod scripts;

use std::path::Path;

use docs::Doc;

fn main() {
    // Cargo passes switches of its own; what is left are folders.
    let folders = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let mut sets: Vec<(&str, Vec<Doc>)> = vec![("generated", docs::generated())];
    sets.extend(folders.map(|folder| ("corpus", docs::read_folder(Path::new(&folder)))));
    let work = move || {
        for (name, docs) in &sets {
            pages::measure(name, docs);
        }
        scripts::measure(&sets);
        reuse::measure();
    };
    // As in an audit, whose readers have deep stacks.
    let reader = pixelproof_detect::deep_thread("bench", work).expect("a thread with a deep stack");
    reader.join().expect("the benches don't crash");
}
