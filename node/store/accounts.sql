-- accounts.db: the people at this node, and what they looked at. Never synced, never in a backup.

CREATE TABLE account (
  actor BLOB PRIMARY KEY,        -- 16 random bytes: what change sets call the account.
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,            -- node/roles.h
  admin INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  password TEXT NOT NULL,        -- crypto/passwords.h
  created INTEGER NOT NULL,      -- µs, as all times here.
  changed INTEGER NOT NULL,      -- The password.
  company TEXT NOT NULL DEFAULT ''  -- Whose people its holder may read of; '': nobody's.
) WITHOUT ROWID;

CREATE TABLE session (
  token BLOB PRIMARY KEY,        -- A hash of the cookie's: who reads this file can't go on with it.
  actor BLOB NOT NULL,
  begun INTEGER NOT NULL,
  used INTEGER NOT NULL,         -- To the minute.
  address TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_actor ON session(actor);

CREATE TABLE guess (             -- Failed logins that still count.
  who BLOB PRIMARY KEY,          -- A hash of the account's name, or of the address.
  failures INTEGER NOT NULL,
  last INTEGER NOT NULL,
  until INTEGER NOT NULL         -- Nothing is tried before.
) WITHOUT ROWID;
CREATE INDEX guess_last ON guess(last);

CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE audit (             -- Each row's hash covers the row before.
  number INTEGER PRIMARY KEY,    -- From 1, without holes.
  at INTEGER NOT NULL,
  actor BLOB NOT NULL,           -- Empty: no account (the command line, or nobody yet).
  who TEXT NOT NULL,             -- The account's name then, or the system's user.
  act TEXT NOT NULL,             -- read, export, search, account, scopes, …
  type TEXT NOT NULL,            -- Of records; may be empty.
  records BLOB NOT NULL,         -- Ids, 16 bytes each.
  fields TEXT NOT NULL,          -- Names, with commas.
  what TEXT NOT NULL,            -- For people. No personal values.
  origin TEXT NOT NULL,          -- Address, or "console".
  why TEXT NOT NULL,
  hash BLOB NOT NULL
);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
