//! How quickly a store with an audit of many pages answers what the window and the reports ask:
//! `cargo bench -p pixelproof-audit --bench scale -- [PAGES]`. The store is made up by SQL, in the shape that a crawl of a
//! shop leaves it in; the times are of this machine and say how they grow, not what they must be.

use std::{path::Path, time::Instant};

use pixelproof_audit::{Audits, report};
use pixelproof_model::{AuditConfig, EventsQuery, PagesQuery, PagesSort};
use rusqlite::{Connection, params};

/// Pages of the made-up audit.
const PAGES: i64 = 100_000;

/// A page as it is kept, without events: what is timed is the store, not the reading of JSON.
const PAGE: &str = r#"{"url": "http://shop.test/", "installs": [], "events": [], "libraries": [], "containers": [],
    "consent": {"platforms": []}, "findings": [], "problems": [], "title": "Page", "canonical": null, "noindex": false,
    "kinds": [], "needs_browser": false, "fetch": {"outcome": "ok", "reason": null, "status": 200,
    "final_url": "http://shop.test/", "redirects": [], "depth": 1, "referrer": null, "found_by": "anchor",
    "content_type": "text/html", "bytes": 1000, "elapsed_ms": 5}}"#;

/// A site of folders with products: pixels of three vendors, events, page findings; a tenth lacks one pixel.
const FILL: &str = "
    CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i + 1 < ?1) SELECT i FROM c;
";
const ROWS: &[&str] = &[
    "INSERT INTO pages (id, audit, ord, url, path, title, template, status, outcome, read, judged, due, active, untracked,
                        failed, duplicates, installs, events, findings, worst)
     SELECT i + 1, 1, i, 'http://shop.test/shop-' || (i % 37) || '/item-' || i, '/shop-' || (i % 37) || '/item-' || i,
            'Item ' || i, '/shop-' || (i % 37) || '/*', 200, 'ok', 1, 1, 1, i % 50 <> 0, i % 50 = 0, 0, i % 20 = 0, 3, 4,
            1, 1 FROM n",
    "INSERT INTO installs (page, audit, vendor, account, cell, count, evidence)
     SELECT i + 1, 1, v.vendor, v.account, CASE WHEN i % 20 = 0 THEN 'duplicate' ELSE 'active' END, 1,
            '{\"page\": \"http://shop.test/\", \"at\": null, \"excerpt\": null, \"note\": \"here\"}'
     FROM n, (SELECT 'meta-pixel' AS vendor, '123' AS account UNION SELECT 'google-analytics-4', 'G-1'
              UNION SELECT 'google-tag-manager', 'GTM-1') v
     WHERE i % 50 <> 0 AND (v.vendor <> 'meta-pixel' OR i % 10 <> 3)",
    "INSERT INTO events (page, audit, vendor, accounts, name, expr, class, stage, caused_by, params)
     SELECT i + 1, 1, v.vendor, '123', v.name, 0, 'standard', 'page-view', 'load', '[\"value\"]'
     FROM n, (SELECT 'meta-pixel' AS vendor, 'PageView' AS name UNION SELECT 'meta-pixel', 'ViewContent'
              UNION SELECT 'google-analytics-4', 'page_view' UNION SELECT 'google-analytics-4', 'view_item') v
     WHERE i % 50 <> 0",
    "INSERT INTO findings (key, audit, id, rule, severity, area, vendor, account, body, evidence, first_url)
     SELECT i + 1, 1, 'rule-' || i, 'duplicate-init', 1 + i % 3, 'duplicates', 'meta-pixel', '123',
            '{\"message\": \"m\", \"why\": \"w\", \"fix\": \"f\", \"snippet\": null, \"cause\": null, \"actor\": \"developer\"}',
            '[]', 'http://shop.test/' FROM n WHERE i < 40",
    // A few findings on every page, the others on one in forty.
    "INSERT INTO finding_pages (finding, page, evidence) SELECT f.key, i + 1, '[]' FROM n, findings f
     WHERE f.key <= 4 OR i % 40 = f.key - 1",
];

fn main() {
    let pages = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(PAGES);
    let folder = std::env::temp_dir().join(format!("pixelproof-scale-{}", std::process::id()));
    let store = folder.join("a.db");
    let audits = Audits::open(&store).expect("a store");
    time("make the store", || fill(&store, pages));
    time("judge the site", || audits.overview("big").map(drop));
    time("overview", || audits.overview("big").map(drop));
    time("findings", || audits.findings("big").map(drop));
    time("events", || audits.events("big", &EventsQuery::default()).map(drop));
    let window = PagesQuery { limit: 100, ..PagesQuery::default() };
    time("pages, first", || audits.pages("big", &window).map(drop));
    let far = PagesQuery { offset: pages.unsigned_abs().saturating_sub(200), ..window.clone() };
    time("pages, far down", || audits.pages("big", &far).map(drop));
    let sorted = PagesQuery { sort: PagesSort::Findings, descending: true, ..window.clone() };
    time("pages, by findings", || audits.pages("big", &sorted).map(drop));
    let searched = PagesQuery { search: "item-99".to_owned(), ..window.clone() };
    time("pages, searched", || audits.pages("big", &searched).map(drop));
    let untracked = PagesQuery { untracked: true, ..window };
    time("pages, untracked", || audits.pages("big", &untracked).map(drop));
    time("list of audits", || audits.list().map(drop));
    let mut sink = std::io::sink();
    time("report.json", || audits.reporting("big", |source| report::json::write(source, &mut sink)));
    time("report.html", || audits.reporting("big", |source| report::html::write(source, None, &mut sink)));
    if let Some(peak) = peak() {
        println!("{:<22} {peak:>9} kB", "peak memory");
    }
    let _ = std::fs::remove_dir_all(folder);
}

fn fill(store: &Path, pages: i64) -> rusqlite::Result<()> {
    let mut conn = Connection::open(store)?;
    let body = zstd::encode_all(PAGE.as_bytes(), 3).unwrap_or_default();
    let config = serde_json::to_string(&AuditConfig::default()).unwrap_or_default();
    let fill = conn.transaction()?;
    fill.execute(
        "INSERT INTO audits (key, id, start_url, host, mode, started, running, complete, tool, config, judged)
         VALUES (1, 'big', 'http://shop.test/', 'shop.test', 'source', '2026-01-01T00:00:00Z', 0, 1, 'x', ?1, 0)",
        [config],
    )?;
    fill.execute(FILL.trim().trim_end_matches(';'), [pages])?;
    for rows in ROWS {
        fill.execute(rows, [])?;
    }
    fill.execute("INSERT INTO bodies (page, body) SELECT i + 1, ?1 FROM n", params![body])?;
    fill.commit()
}

fn time<E: std::fmt::Debug>(what: &str, work: impl FnOnce() -> Result<(), E>) {
    let started = Instant::now();
    work().expect("the store answers");
    println!("{what:<22} {:>9.1} ms", started.elapsed().as_secs_f64() * 1000.0);
}

/// Peak of resident memory in kB, where the system says it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}
