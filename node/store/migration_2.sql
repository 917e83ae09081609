-- Format 1 → 2: what waits is counted by its carrier too, so counting must stay cheap.
CREATE INDEX IF NOT EXISTS waiting_peer ON waiting(peer);
