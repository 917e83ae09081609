-- Format 4 → 5: what left the log still names it; and the hub's snapshots are made anew, cut.
CREATE TABLE gone (
  arrival INTEGER PRIMARY KEY,
  chain BLOB NOT NULL
);
CREATE TRIGGER log_gone AFTER DELETE ON log BEGIN
  INSERT OR REPLACE INTO gone(arrival, chain) VALUES (old.arrival, old.chain);
END;
DELETE FROM snapshot_part;
DELETE FROM snapshot_feed;
DELETE FROM snapshot_opening;
DELETE FROM snapshot;
