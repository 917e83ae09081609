// node/app/exchange_now.h: one exchange with the upstream, by whoever holds the folder.
#pragma once

#include "node/app/writer.h"

namespace linli::app {

/// Answers {sent, refused, received, round_trips, bytes_out, bytes_in, refusals[{code, detail}],
/// elsewhere, clock (as in node::connection)}.
/// Errors: not_found (no upstream), unreachable, and what the upstream refused with.
[[nodiscard]] Result<Json> exchange_through(Door& door);

}  // namespace linli::app
