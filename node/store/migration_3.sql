-- Format 2 → 3: change sets that are held back stand in their feed; a number may have several rulings
-- or receipts; what an upstream refused is remembered; attachments.
ALTER TABLE log ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;
DROP INDEX log_place;
CREATE UNIQUE INDEX log_place ON log(feed, seq, kind, hash);
CREATE INDEX log_standing ON log(standing) WHERE standing > 0;
CREATE TABLE refusal (
  arrival INTEGER NOT NULL,
  peer INTEGER NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (arrival, peer)
) WITHOUT ROWID;
ALTER TABLE peer ADD COLUMN pulled_mark BLOB NOT NULL DEFAULT x'';
ALTER TABLE peer ADD COLUMN regive INTEGER NOT NULL DEFAULT 0;
CREATE TABLE blob (
  hash BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  arrived INTEGER NOT NULL,
  used INTEGER NOT NULL,
  safe INTEGER NOT NULL,
  idle INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX blob_unsafe ON blob(hash) WHERE safe = 0;
CREATE TABLE blob_from (
  hash BLOB NOT NULL,
  author INTEGER NOT NULL,
  PRIMARY KEY (hash, author)
) WITHOUT ROWID;
CREATE TABLE blob_part (
  hash BLOB NOT NULL,
  author INTEGER NOT NULL,
  size INTEGER NOT NULL,
  held INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (hash, author)
) WITHOUT ROWID;
