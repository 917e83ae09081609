// node/connection.h: what people and programs are told of the connection with the upstream.
#pragma once

#include "node/agent.h"

namespace linli::node {

/// Null if this node has no upstream. Members: `url`, `addresses`; `state`: ok or offline, as the
/// last attempt ended; `mode`: what the agent does (Agent::name_of); `offline_since`, `next_try`,
/// `last_contact`: instants or null; `last_error`; `elsewhere`: paths of this node that it doesn't
/// cover (upstream.h); `to_send`: objects that still have to go there;
/// `exchange`: the one under way, or null: sent, received, to_fetch, bytes_per_s, records_per_s,
/// seconds_left (null: unknown); `metered`; `paused`: null or {until: instant or null}; `clock`:
/// null or {ahead_ms, doubt_ms, wrong}; `flagged_sets`: own ones whose time the hub called unsure;
/// `total`: since the process began.
[[nodiscard]] Json connection(Replica& replica, const Agent& agent);
/// The same where no agent runs: what the store knows, `mode` is "stopped".
[[nodiscard]] Json connection(Replica& replica);

}  // namespace linli::node
