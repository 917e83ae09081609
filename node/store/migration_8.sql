-- Format 7 → 8: an invite says which account gave it out (of older ones nobody knows any more).
ALTER TABLE invite ADD COLUMN actor BLOB;
