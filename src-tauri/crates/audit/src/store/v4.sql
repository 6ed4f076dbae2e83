-- Answers that take long to compute over many pages and stay the same until something of the audit changes.
ALTER TABLE audits ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;   -- counts changes that answers hang on
CREATE TABLE answers (
    audit INTEGER NOT NULL REFERENCES audits (key) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    tool TEXT NOT NULL,             -- another version may word and count differently
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,             -- packed JSON
    PRIMARY KEY (audit, kind)
) STRICT;
