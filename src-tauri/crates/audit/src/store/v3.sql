-- What an interrupted audit needs to go on.
ALTER TABLE audits ADD COLUMN judged INTEGER NOT NULL DEFAULT 1;     -- site findings and templates fit the pages
ALTER TABLE audits ADD COLUMN secrets TEXT NOT NULL DEFAULT '[]';    -- kinds of secrets that it needs; never the secrets
ALTER TABLE audits ADD COLUMN seed BLOB;                             -- where its crawl began, packed JSON
UPDATE audits SET judged = 0 WHERE running;

-- What a page led to, packed JSON, until the audit is complete.
CREATE TABLE trails (
    page INTEGER PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
    trail BLOB NOT NULL
) STRICT;
