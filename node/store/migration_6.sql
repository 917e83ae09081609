-- Format 5 → 6: the leaves of the hub's tree by position (store.cpp fills what is above them), and
-- what others' histories were seen as.
CREATE TABLE leaf (
  position INTEGER PRIMARY KEY,
  arrival INTEGER NOT NULL,
  hash BLOB NOT NULL
);
CREATE TABLE leaf_node (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, number)
) WITHOUT ROWID;
CREATE TABLE checkpoint (
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  note TEXT NOT NULL,
  checked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE history_fault (
  id INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  detail TEXT NOT NULL,
  kept TEXT NOT NULL,
  shown TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE TABLE cosignature (
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  name TEXT NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (origin, size, name)
) WITHOUT ROWID;
INSERT INTO leaf(position, arrival, hash)
  SELECT row_number() OVER (ORDER BY arrival) - 1, arrival, hash FROM log
  WHERE kind = 1 AND EXISTS (SELECT 1 FROM meta WHERE key = 'tree');
