-- Format 6 → 7: commitments whose values were erased (store.cpp fills in those of erasures that an
-- older version took and did not carry out).
CREATE TABLE erased (
  scope INTEGER NOT NULL,
  type INTEGER NOT NULL,
  id BLOB NOT NULL,
  field INTEGER NOT NULL,
  commitment BLOB NOT NULL,
  arrival INTEGER NOT NULL,
  PRIMARY KEY (scope, type, id, field, commitment)
) WITHOUT ROWID;
