-- Format 8 → 9: own change sets of scopes that were let go of stay listed, without what they say.
CREATE TABLE own_left (        -- Own sets of what this node may not read any more: that they were, and the hub's word.
  arrival INTEGER PRIMARY KEY, -- That they had in the log.
  author BLOB NOT NULL,        -- AuthorId: ours.
  feed BLOB NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  scope TEXT NOT NULL,
  changes INTEGER NOT NULL,    -- How many.
  stamp INTEGER NOT NULL,      -- µs, of its last change.
  safe_since INTEGER NOT NULL, -- µs, the hub's clock.
  position INTEGER NOT NULL,   -- In the hub's log; 0: a snapshot stands for its receipt.
  held TEXT NOT NULL,          -- Name of the Errc for which it is held back; empty: it isn't.
  held_by BLOB NOT NULL,       -- Whose word that is (AuthorId), or that it was approved; and when, µs.
  held_at INTEGER NOT NULL,
  left INTEGER NOT NULL,       -- µs, our clock.
  UNIQUE (feed, seq)
);
