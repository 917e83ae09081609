-- Format 2 → 3: change sets that are held back stand in their feed; a number may have several rulings
-- or receipts; what an upstream refused is remembered.
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
CREATE TABLE bundle_out (
  id BLOB PRIMARY KEY,
  author INTEGER NOT NULL,
  certificate BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  after INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX bundle_out_author ON bundle_out(author, created);
CREATE TABLE bundle_in (
  author INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  certificate BLOB NOT NULL,
  after INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (author, epoch, certificate, after, upto)
) WITHOUT ROWID;
CREATE TABLE bundle_confirmed (
  author INTEGER PRIMARY KEY,
  certificate BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  upto INTEGER NOT NULL
);
