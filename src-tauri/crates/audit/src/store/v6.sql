-- Evidence of what a browser saw: pictures (JPEG), once per content, and which page shows which.
CREATE TABLE pictures (
    key INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE page_pictures (
    page INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,             -- from 1
    shows TEXT NOT NULL,
    pass TEXT NOT NULL,
    picture BLOB NOT NULL,          -- hash
    PRIMARY KEY (page, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX page_pictures_picture ON page_pictures (picture);

-- Requests of all passes over a page, packed JSON.
CREATE TABLE traffic (
    page INTEGER PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
    body BLOB NOT NULL
) STRICT;
