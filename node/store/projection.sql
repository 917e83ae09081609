-- What the log adds up to. Dropped and made again by `linli rebuild`. The typed tables (one a record
-- type, r_<name>) are generated from the schema: see table.cpp.

CREATE TABLE record_change (   -- Second and later changes of a record; the first stands in its row.
  rec INTEGER NOT NULL,
  arrival INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  PRIMARY KEY (rec, arrival, idx)
) WITHOUT ROWID;

CREATE TABLE record_state (    -- Merge state of records that more than one change has touched.
  rec INTEGER PRIMARY KEY,
  state BLOB NOT NULL
);

CREATE TABLE condensed (       -- Records that a snapshot speaks of: where, and when it was changed last by then.
  rec INTEGER PRIMARY KEY,
  arrival INTEGER NOT NULL,    -- Of the part.
  idx INTEGER NOT NULL,        -- Its place in it.
  changed INTEGER NOT NULL     -- µs
);

CREATE TABLE conflict (        -- Records with losing edits that a person should look at.
  rec INTEGER PRIMARY KEY,
  n INTEGER NOT NULL
);

CREATE TABLE rival (           -- Records that can't all hold (two ballots of one flat): none of them loses.
  rec INTEGER PRIMARY KEY
);

CREATE TABLE invalid (         -- Merged records that break a rule of their type, with the faults.
  rec INTEGER PRIMARY KEY,
  faults TEXT NOT NULL
);

CREATE TABLE blob_ref (        -- Attachments that records show, or that losing edits of theirs would.
  hash BLOB NOT NULL,
  rec INTEGER NOT NULL,
  arrival INTEGER NOT NULL,    -- What says so: the scope and audience of that entry count …
  author INTEGER NOT NULL,     -- … and who wrote it.
  personal INTEGER NOT NULL,   -- 1: only for readers with the right to personal values.
  PRIMARY KEY (hash, rec, arrival, author)
) WITHOUT ROWID;
CREATE INDEX blob_ref_rec ON blob_ref(rec);

-- Records that look otherwise without a change of their own (touched.h). A rebuild keeps it, and adds
-- that any may: positions that readers hold end there.
CREATE TABLE IF NOT EXISTS touched (
  number INTEGER PRIMARY KEY,
  type INTEGER NOT NULL,       -- 0: any record may.
  scope INTEGER NOT NULL,
  id BLOB NOT NULL
);

-- Full text by record number (SEARCH.md). Contentless: the text stands in the typed tables. A record
-- of which a part can be erased stands in an index of its own, so that erasing can rebuild that one.
CREATE VIRTUAL TABLE search USING fts5(text, content='', detail=none, columnsize=0, tokenize='linli');
CREATE VIRTUAL TABLE search_erasable USING fts5(text, content='', detail=none, columnsize=0, tokenize='linli');

CREATE TABLE search_pinyin (   -- Chinese characters and pairs of them in `search`, by how they are read.
  initials TEXT NOT NULL,      -- "dt"
  spelling TEXT NOT NULL,      -- "dian ti"
  gram TEXT NOT NULL,          -- 电梯; one row for each reading.
  PRIMARY KEY (initials, spelling, gram)
) WITHOUT ROWID;
CREATE TABLE search_pinyin_erasable (
  initials TEXT NOT NULL,
  spelling TEXT NOT NULL,
  gram TEXT NOT NULL,
  PRIMARY KEY (initials, spelling, gram)
) WITHOUT ROWID;

CREATE TABLE measure (         -- Measures that have sums. The id follows from the name (aggregates.h).
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE aggregate (       -- Maintained sums; a statistic is read from here and nowhere else.
  measure INTEGER NOT NULL,
  day INTEGER NOT NULL,        -- Local calendar day, days since 1970-01-01.
  scope INTEGER NOT NULL,
  unit BLOB NOT NULL,          -- Compound's record id, or empty.
  dim1 TEXT NOT NULL,
  dim2 TEXT NOT NULL,
  key BLOB NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (measure, day, scope, unit, dim1, dim2, key)
) WITHOUT ROWID;
-- Only while a transaction writes: finds the sums that reached 0, which then go.
CREATE INDEX aggregate_zero ON aggregate(n) WHERE n = 0;

CREATE TABLE aggregate_month ( -- The same by month, for long windows: a year is 12 months, not 365 days.
  measure INTEGER NOT NULL,
  month INTEGER NOT NULL,      -- Year × 12 + month (0 … 11).
  scope INTEGER NOT NULL,
  unit BLOB NOT NULL,
  dim1 TEXT NOT NULL,
  dim2 TEXT NOT NULL,
  key BLOB NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (measure, month, scope, unit, dim1, dim2, key)
) WITHOUT ROWID;
CREATE INDEX aggregate_month_zero ON aggregate_month(n) WHERE n = 0;
