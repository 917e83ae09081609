// node/connection.h: what people and programs are told of the connection with the upstream.
#pragma once

#include "node/agent.h"

namespace linli::node {

/// Null if this node has no upstream. Members: `url`, `addresses`; `state`: ok or offline, as the
/// last attempt ended; `mode`: what the agent does (Agent::name_of), or "revoked" while it works on
/// with a key that was ended; `offline_since`, `next_try`, `last_contact`: instants or null;
/// `last_error`; `elsewhere`: paths of this node that it doesn't cover (upstream.h); `to_send`:
/// change sets that still have to go up (upstream.h); `exchange`: the one under way, or null: sent,
/// received, to_fetch, bytes_per_s, records_per_s, seconds_left (null: unknown), `request` (null or
/// {bytes, gone, came}: what is being sent, how much of it went over, how much of the answer came);
/// `metered`; `paused`: null or {until: instant or null}; `clock`: null or {ahead_ms, doubt_ms,
/// wrong, compared}; `flagged_sets`: own ones whose time the hub called unsure; `last_error_code`:
/// name or null; `revoked`: this node's key was ended; `total`: since the process began.
[[nodiscard]] Json connection(Replica& replica, const Agent& agent);
/// The same where no agent runs: what the store knows, `mode` is "stopped".
[[nodiscard]] Json connection(Replica& replica);

/// As in `clock` above.
[[nodiscard]] Json clock_json(const std::optional<ClockDifference>& clock, sync::Micros compared);
/// What an exchange with `peer` moved, as it is answered to people and programs: sent, refused,
/// received, round_trips, bytes_out, bytes_in; `refusals`: [{code, detail}]; `elsewhere` and
/// `clock` as above. Throws DatabaseError.
[[nodiscard]] Json exchange_json(Replica& replica, const ExchangeReport& report, const Hash& peer,
                                 Json clock);
/// What a program that watches this node is warned of: key_revoked, clock_wrong.
[[nodiscard]] std::vector<std::string> connection_warnings(Replica& replica, const Agent& agent);

}  // namespace linli::node
