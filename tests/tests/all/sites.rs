//! Small sites on disk, read through `detect` and judged by the rules: what is found must be exactly what each site's
//! `expect.json` lists, no more and no less.
