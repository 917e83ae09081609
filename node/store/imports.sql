-- imports.db: imports that were cut off, so that the same file goes on from where it was. Numbers and
-- hashes only, never what stands in a file. Local to the node, in no backup; may be deleted.

CREATE TABLE import (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- Never used again: another run may still write under it.
  what BLOB NOT NULL UNIQUE,     -- Hash of the file's bytes and of how it is to be read.
  begun INTEGER NOT NULL,        -- µs
  checked INTEGER NOT NULL DEFAULT 0,      -- So many records from the beginning were checked.
  all_checked INTEGER NOT NULL DEFAULT 0,
  written INTEGER NOT NULL DEFAULT 0       -- And so many are durable, or were refused.
);

CREATE TABLE seen (              -- Which record a row of the file is, to find the second row of one.
  import INTEGER NOT NULL,
  record INTEGER NOT NULL,       -- 64 bits of a hash of scope and id.
  at INTEGER NOT NULL,           -- The row.
  content INTEGER NOT NULL,      -- 64 bits of a hash.
  PRIMARY KEY (import, record)
) WITHOUT ROWID;

CREATE TABLE refused (           -- What has to be named again by a run that goes on.
  import INTEGER NOT NULL,
  number INTEGER NOT NULL,       -- From 1, in the file's order.
  PRIMARY KEY (import, number)
) WITHOUT ROWID;
