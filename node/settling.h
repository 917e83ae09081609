// node/settling.h: a person settles a conflict (store/conflicts.h shows them).
#pragma once

#include "node/replica.h"

namespace linli::node {

struct SettleAnswer {
  Json settled;   ///< {conflict, done, type, id, scope, ? writes{kind, fields, settles}}.
  Json conflict;  ///< If refused as `stale`: the conflict as it is now.
  std::vector<model::Fault> faults;  ///< Why it was refused.
};

/// Settles the conflict at `address` by a signed change of this node, which names every version
/// that was open. `body`: {"keep": true} (what stands, stays), {"take": VERSION} (that version
/// again), or
/// {"value": …} (a third one; an object of fields where the cell has several). `seen`: the
/// conflict's tag as the person saw it. `done` is settled, would_settle (dry run), or
/// settled_before (the same request again). Faults: stale, not_found (settled, or no such version),
/// forbidden (this node may not write it, or the value isn't here), bad_move, and what an edit is
/// refused for. Errors: bad_value (address, body), bad_usage (no tag; not one way), unknown_field,
/// not_found; disk_full, io. Thread-safe.
[[nodiscard]] Result<SettleAnswer> settle(Replica& replica, std::string_view address,
                                          const Json& body, const std::string& seen,
                                          bool dry_run = false, const By& by = {});

}  // namespace linli::node
