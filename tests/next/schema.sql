-- The schema step after the newest, as tests of upgrades need one: a local table with a row in it, a column, and an index
-- over a column that the next registry adds.
CREATE TABLE next_local (name TEXT NOT NULL PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO next_local SELECT 'logs', count(*) FROM log;
ALTER TABLE peer ADD COLUMN next_word TEXT NOT NULL DEFAULT '';
CREATE INDEX next_recusal ON recusal (office, until);
