-- What a browser saw of a page, as far as rules ask for it: one bit a need.
ALTER TABLE pages ADD COLUMN met INTEGER NOT NULL DEFAULT 0;
