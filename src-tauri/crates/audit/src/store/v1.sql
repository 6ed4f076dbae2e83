-- Audits.
CREATE TABLE audits (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    start_url TEXT NOT NULL,
    host TEXT NOT NULL,
    mode TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    running INTEGER NOT NULL,
    complete INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    tool TEXT NOT NULL,
    config TEXT NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}',
    notices TEXT NOT NULL DEFAULT '[]'
) STRICT;

-- One row a page: what lists, filters and sums ask for. The page itself is in `bodies`.
CREATE TABLE pages (
    id INTEGER PRIMARY KEY,
    audit INTEGER NOT NULL REFERENCES audits (key) ON DELETE CASCADE,
    ord INTEGER NOT NULL,
    url TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT,
    template TEXT NOT NULL,
    status INTEGER,
    outcome TEXT NOT NULL,
    reason TEXT,
    read INTEGER NOT NULL,          -- content was read
    judged INTEGER NOT NULL,        -- read, and absence means absence
    due INTEGER NOT NULL,           -- should be tracked
    active INTEGER NOT NULL,        -- an advertising or analytics pixel runs
    untracked INTEGER NOT NULL,     -- due, and nothing runs or would after consent
    failed INTEGER NOT NULL,        -- could not be read
    duplicates INTEGER NOT NULL,    -- findings about something done twice
    installs INTEGER NOT NULL,
    events INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    worst INTEGER NOT NULL,         -- 0 none, 1 info, 2 warning, 3 error
    capture BLOB
) STRICT;
CREATE UNIQUE INDEX pages_url ON pages (audit, url);
CREATE INDEX pages_order ON pages (audit, ord);
CREATE INDEX pages_title ON pages (audit, title);
CREATE INDEX pages_template ON pages (audit, template);
CREATE INDEX pages_status ON pages (audit, status);
CREATE INDEX pages_installs ON pages (audit, installs);
CREATE INDEX pages_events ON pages (audit, events);
CREATE INDEX pages_findings ON pages (audit, findings);
CREATE INDEX pages_capture ON pages (capture) WHERE capture IS NOT NULL;

-- The page as JSON, zstd: reopens whole.
CREATE TABLE bodies (
    page INTEGER PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
    body BLOB NOT NULL
) STRICT;

-- One row a page and pixel account, with the first place where it stands.
CREATE TABLE installs (
    page INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    audit INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    account TEXT,
    cell TEXT NOT NULL,
    count INTEGER NOT NULL,
    evidence TEXT NOT NULL
) STRICT;
CREATE INDEX installs_page ON installs (page);
CREATE INDEX installs_pixel ON installs (audit, vendor, account, cell, page);

-- One row an event that runs or waits for consent.
CREATE TABLE events (
    page INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    audit INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    accounts TEXT NOT NULL,
    name TEXT NOT NULL,
    expr INTEGER NOT NULL,
    class TEXT NOT NULL,
    stage TEXT NOT NULL,
    caused_by TEXT NOT NULL,
    params TEXT NOT NULL
) STRICT;
CREATE INDEX events_page ON events (page);
CREATE INDEX events_group ON events (audit, vendor, name);

-- Findings, grouped by cause. `body` holds the words of the page whose address sorts first.
CREATE TABLE findings (
    key INTEGER PRIMARY KEY,
    audit INTEGER NOT NULL REFERENCES audits (key) ON DELETE CASCADE,
    id TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity INTEGER NOT NULL,
    area TEXT NOT NULL,
    vendor TEXT,
    account TEXT,
    body TEXT NOT NULL,
    evidence TEXT NOT NULL,
    first_url TEXT NOT NULL,
    ignored TEXT
) STRICT;
CREATE UNIQUE INDEX findings_id ON findings (audit, id);

CREATE TABLE finding_pages (
    finding INTEGER NOT NULL REFERENCES findings (key) ON DELETE CASCADE,
    page INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    evidence TEXT NOT NULL,
    PRIMARY KEY (finding, page)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_pages_page ON finding_pages (page);

-- Page sources, zstd, once per content.
CREATE TABLE captures (
    key INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    body BLOB NOT NULL
) STRICT;
