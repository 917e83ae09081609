-- The log and what belongs to it: the truth. Everything in projection.sql can be rebuilt from here.

CREATE TABLE meta (            -- One value a key: format, epoch, city, tree, clock, …
  key TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;

CREATE TABLE scope (           -- Organisation paths by a local number; split for grouping.
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL,
  district TEXT NOT NULL,      -- The path down to the district ('' above), and so on.
  street TEXT NOT NULL,
  community TEXT NOT NULL
);

CREATE TABLE author (          -- Authors and peers by a local number.
  id INTEGER PRIMARY KEY,
  author BLOB NOT NULL UNIQUE  -- AuthorId, 16 bytes.
);

CREATE TABLE feed (
  id INTEGER PRIMARY KEY,
  feed BLOB NOT NULL UNIQUE,   -- FeedId, 32 bytes.
  author INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  audience INTEGER NOT NULL,
  incarnation INTEGER NOT NULL,
  nonce BLOB NOT NULL,
  tip_seq INTEGER NOT NULL,
  tip_hash BLOB NOT NULL,
  tip_stamp INTEGER NOT NULL,  -- µs
  receipted_seq INTEGER NOT NULL DEFAULT 0,
  receipted_at INTEGER NOT NULL DEFAULT 0, -- µs, the hub's clock.
  condensed_seq INTEGER NOT NULL DEFAULT 0,   -- Up to this number a snapshot stands for it: sets may be missing here.
  condensed_hash BLOB NOT NULL DEFAULT x'',   -- Of that number, and its last stamp.
  condensed_stamp INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX feed_author ON feed(author, scope, audience);

CREATE TABLE log (             -- Accepted change sets and receipts, by arrival number.
  arrival INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,       -- ObjectKind: 1 parcel, 2 receipt, 3 ruling, 4 part of a snapshot,
                               -- 5 proof of two sets under one number: its `hash` is the feed's id.
                               -- 6 (here only) names a set that is evidence of another branch: branches.h.
  scope INTEGER NOT NULL,
  audience INTEGER NOT NULL,
  feed INTEGER NOT NULL,
  seq INTEGER NOT NULL,        -- For a receipt: the last number it covers.
  hash BLOB NOT NULL,
  author INTEGER NOT NULL,     -- Who signed it.
  peer INTEGER NOT NULL,       -- Who brought it; 0: made here.
  trusted INTEGER NOT NULL,    -- 0: a receipt flagged its clock.
  standing INTEGER NOT NULL DEFAULT 0,  -- 0 counts; 1 held back until approved; 2 waits for an upgrade.
  changes INTEGER NOT NULL,
  received INTEGER NOT NULL,   -- µs
  last_stamp INTEGER NOT NULL, -- µs, of its last change.
  chain BLOB NOT NULL DEFAULT x'',  -- Names the whole log up to here: H(chain before ‖ hash), 16 bytes.
  signature BLOB NOT NULL,
  body BLOB NOT NULL           -- Exact bytes that were signed, as zstd where that is shorter (first byte 1; 0: plain).
);
CREATE INDEX log_readable ON log(scope, audience, arrival);
CREATE UNIQUE INDEX log_place ON log(feed, seq, kind, hash);
CREATE INDEX log_standing ON log(standing) WHERE standing > 0;

CREATE TABLE gone (            -- Entries that left the log: a reader's cursor may still name the log by one.
  arrival INTEGER PRIMARY KEY,
  chain BLOB NOT NULL          -- As in log.
);
CREATE TRIGGER log_gone AFTER DELETE ON log BEGIN
  INSERT OR REPLACE INTO gone(arrival, chain) VALUES (old.arrival, old.chain);
END;

CREATE TABLE snapshot (        -- At the hub: what the sets of a scope and audience add up to (sync/snapshot.h).
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  audience INTEGER NOT NULL,
  upto INTEGER NOT NULL,       -- Our arrival number that it was made at.
  made INTEGER NOT NULL,       -- µs
  sets INTEGER NOT NULL,       -- How many it stands for.
  records INTEGER NOT NULL,
  ready INTEGER NOT NULL       -- 0: being made.
);

CREATE TABLE snapshot_part (
  snapshot INTEGER NOT NULL,
  number INTEGER NOT NULL,
  signature BLOB NOT NULL,
  body BLOB NOT NULL,          -- As in log.
  PRIMARY KEY (snapshot, number)
) WITHOUT ROWID;

CREATE TABLE snapshot_feed (   -- Up to where it covers each feed.
  snapshot INTEGER NOT NULL,
  feed INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (snapshot, feed)
) WITHOUT ROWID;

CREATE TABLE snapshot_opening (  -- Where the values of a part's commitments stand (table opening).
  snapshot INTEGER NOT NULL,
  number INTEGER NOT NULL,
  commitment BLOB NOT NULL,
  arrival INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (snapshot, number, commitment)
) WITHOUT ROWID;

CREATE TABLE opening (         -- Erasable and personal values, outside the signed bytes (I10).
  arrival INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,    -- In a part of a snapshot from 1048576 on: many, found by commitment.
  commitment BLOB NOT NULL,
  salt BLOB NOT NULL,
  value BLOB NOT NULL,
  personal INTEGER NOT NULL,   -- 1: only for readers with the right to personal values.
  PRIMARY KEY (arrival, ordinal)
) WITHOUT ROWID;

CREATE INDEX opening_of_part ON opening(arrival, commitment) WHERE ordinal >= 1048576;

CREATE TABLE erased (          -- Commitments whose values were destroyed; openings of them are never kept.
  scope INTEGER NOT NULL,
  type INTEGER NOT NULL,
  id BLOB NOT NULL,
  field INTEGER NOT NULL,
  commitment BLOB NOT NULL,
  arrival INTEGER NOT NULL,    -- Of the entry that says so; 0: known from elsewhere.
  PRIMARY KEY (scope, type, id, field, commitment)
) WITHOUT ROWID;

CREATE TABLE waiting (         -- Good so far, but something before it is missing.
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  author BLOB NOT NULL,
  need BLOB NOT NULL,          -- Hash of the certificate or policy, or feed id ‖ number.
  reason TEXT NOT NULL,
  peer INTEGER NOT NULL,
  received INTEGER NOT NULL,
  bytes BLOB NOT NULL          -- The parcel.
);
CREATE INDEX waiting_need ON waiting(need);
CREATE INDEX waiting_author ON waiting(author);
CREATE INDEX waiting_peer ON waiting(peer);

CREATE TABLE quarantine (      -- Refused or held back, with its reason: evidence, never destroyed here.
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  author BLOB NOT NULL,        -- Who signed it; who brought it, if nobody is proven to have.
  feed BLOB NOT NULL,
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  peer INTEGER NOT NULL,
  received INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
CREATE INDEX quarantine_author ON quarantine(author);

CREATE TABLE aside (           -- Own sets whose numbers others may know as something else: to be written again.
  id INTEGER PRIMARY KEY,
  feed BLOB NOT NULL,
  seq INTEGER NOT NULL,
  bytes BLOB NOT NULL          -- The parcel, with all its values.
);

CREATE TABLE refusal (         -- What an upstream said to a change set that it didn't take.
  arrival INTEGER NOT NULL,    -- Ours.
  peer INTEGER NOT NULL,       -- Who said it.
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL,         -- µs
  PRIMARY KEY (arrival, peer)
) WITHOUT ROWID;

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

CREATE TABLE anchor (          -- Certificates got at enrolment, in the order that proves them.
  position INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  bytes BLOB NOT NULL
);

CREATE TABLE peer (            -- What we remember of each node that we talk with.
  author INTEGER PRIMARY KEY,
  certificate BLOB NOT NULL,
  last_contact INTEGER NOT NULL DEFAULT 0,   -- µs, our clock.
  pulled_epoch INTEGER NOT NULL DEFAULT 0,
  pulled_certificate BLOB NOT NULL,
  pulled_arrival INTEGER NOT NULL DEFAULT 0,
  pushed INTEGER NOT NULL DEFAULT 0,
  pushed_epoch INTEGER NOT NULL DEFAULT 0,
  session BLOB NOT NULL,
  counter INTEGER NOT NULL DEFAULT 0,
  pulled_mark BLOB NOT NULL DEFAULT x'',     -- What the peer wrote beside the cursor, to know it again.
  regive INTEGER NOT NULL DEFAULT 0          -- Up to this arrival number it lost what was its own, too.
);

CREATE TABLE bundle_out (      -- Bundles made here, so that a later one can go on behind them.
  id BLOB PRIMARY KEY,
  author INTEGER NOT NULL,     -- For whom, and under which certificate.
  certificate BLOB NOT NULL,
  epoch INTEGER NOT NULL,      -- Ours; it holds what arrived here behind `after`, up to `upto`.
  after INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  created INTEGER NOT NULL     -- µs
) WITHOUT ROWID;
CREATE INDEX bundle_out_author ON bundle_out(author, created);

CREATE TABLE bundle_in (       -- What bundles brought of another node's log, by its arrival numbers.
  author INTEGER NOT NULL,     -- The other node.
  epoch INTEGER NOT NULL,      -- Its epoch.
  certificate BLOB NOT NULL,   -- Ours, that it was made for.
  after INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  at INTEGER NOT NULL,         -- µs, our clock.
  PRIMARY KEY (author, epoch, certificate, after, upto)
) WITHOUT ROWID;

CREATE TABLE bundle_confirmed (  -- What another node said to have of our log, by bundles.
  author INTEGER PRIMARY KEY,
  certificate BLOB NOT NULL,   -- Its own, at that time.
  epoch INTEGER NOT NULL,      -- Ours.
  upto INTEGER NOT NULL
);

CREATE TABLE invite (          -- Enrolments offered by this node. The secret itself isn't kept.
  secret_hash BLOB PRIMARY KEY,
  role INTEGER NOT NULL,
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  expires INTEGER NOT NULL,    -- µs
  used_by BLOB,                -- Public key that used it; the same key may ask again.
  actor BLOB                   -- The account that gave it out; NULL: none is known.
) WITHOUT ROWID;

CREATE TABLE blob (            -- Attachments that are here, each a file named by its hash.
  hash BLOB PRIMARY KEY,       -- BLAKE2b-256 of the content.
  size INTEGER NOT NULL,
  arrived INTEGER NOT NULL,    -- µs
  used INTEGER NOT NULL,       -- µs, when it was last asked for, to the day.
  safe INTEGER NOT NULL,       -- 2: the hub has it. 1, by an older version: an upstream had it, which says little.
  idle INTEGER NOT NULL        -- Since which counted day nothing refers to it; 0: something did at last look.
) WITHOUT ROWID;
CREATE INDEX blob_unsafe ON blob(hash) WHERE safe = 0;

CREATE TABLE blob_from (       -- Through whose references a blob is served: who delivered it (rule 25).
  hash BLOB NOT NULL,
  author INTEGER NOT NULL,     -- 0: nobody; let go of here, because the hub has it.
  PRIMARY KEY (hash, author)
) WITHOUT ROWID;

CREATE TABLE blob_part (       -- Attachments on their way in, each by who brings it.
  hash BLOB NOT NULL,
  author INTEGER NOT NULL,
  size INTEGER NOT NULL,
  held INTEGER NOT NULL,       -- Bytes from the start that are durable.
  at INTEGER NOT NULL,         -- The counted day of the last of them.
  PRIMARY KEY (hash, author)
) WITHOUT ROWID;

CREATE TABLE leaf (            -- At the hub: the leaves of its tree over the log, by place (sync/PROOF.md).
  position INTEGER PRIMARY KEY,  -- From 0, without a hole; ascends with arrival.
  arrival INTEGER NOT NULL,
  hash BLOB NOT NULL           -- Of the change set: stays when its entry leaves the log.
);

CREATE TABLE leaf_node (       -- Roots of full tiles: number n of level l stands for 256^l leaves.
  level INTEGER NOT NULL,      -- From 1.
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,          -- SHA-256.
  PRIMARY KEY (level, number)
) WITHOUT ROWID;

CREATE TABLE checkpoint (      -- The greatest tree head of each history that this node has checked.
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  note TEXT NOT NULL,          -- As it came, signed.
  checked INTEGER NOT NULL     -- µs, our clock, when it was last found to hold.
) WITHOUT ROWID;

CREATE TABLE history_fault (   -- Histories that don't go on from what was seen: evidence, never destroyed here.
  id INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  detail TEXT NOT NULL,
  kept TEXT NOT NULL,          -- The checkpoint that was known, and the one that contradicts it: both signed.
  shown TEXT NOT NULL,
  at INTEGER NOT NULL          -- µs, our clock.
);

CREATE TABLE cosignature (     -- At the hub: who has checked which head of its history (the newest few of each).
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  name TEXT NOT NULL,          -- linli-node/AUTHOR
  line TEXT NOT NULL,          -- As it stands in a signed note.
  PRIMARY KEY (origin, size, name)
) WITHOUT ROWID;
