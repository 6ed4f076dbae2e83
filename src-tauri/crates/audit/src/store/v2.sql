-- What the lists filter and group by, so that they answer at once at a hundred thousand pages.
CREATE INDEX pages_untracked ON pages (audit, ord) WHERE untracked;
CREATE INDEX pages_failed ON pages (audit, ord) WHERE failed;
CREATE INDEX pages_duplicates ON pages (audit, ord) WHERE duplicates > 0;

-- Answers about groups without a look into the tables.
DROP INDEX installs_page;
CREATE INDEX installs_page ON installs (page, vendor, account, cell);
DROP INDEX events_group;
CREATE INDEX events_group ON events (audit, vendor, accounts, name, expr, class, stage, caused_by, params, page);
