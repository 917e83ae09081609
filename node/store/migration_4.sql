-- Format 3 → 4: snapshots, and feeds of which one stands for the beginning.
ALTER TABLE feed ADD COLUMN condensed_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN condensed_hash BLOB NOT NULL DEFAULT x'';
ALTER TABLE feed ADD COLUMN condensed_stamp INTEGER NOT NULL DEFAULT 0;
CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  audience INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  made INTEGER NOT NULL,
  sets INTEGER NOT NULL,
  records INTEGER NOT NULL,
  ready INTEGER NOT NULL
);
CREATE TABLE snapshot_part (
  snapshot INTEGER NOT NULL,
  number INTEGER NOT NULL,
  signature BLOB NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (snapshot, number)
) WITHOUT ROWID;
CREATE TABLE snapshot_feed (
  snapshot INTEGER NOT NULL,
  feed INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (snapshot, feed)
) WITHOUT ROWID;
CREATE TABLE snapshot_opening (
  snapshot INTEGER NOT NULL,
  number INTEGER NOT NULL,
  commitment BLOB NOT NULL,
  arrival INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (snapshot, number, commitment)
) WITHOUT ROWID;
CREATE INDEX opening_of_part ON opening(arrival, commitment) WHERE ordinal >= 1048576;
