// node/pruning.h: an office lets go of the log of closed years, once the hub has confirmed it and a
// snapshot of the hub stands for it. Records, figures and search stay as they are.
#pragma once

#include "node/replica.h"

namespace linli::node {

struct Pruned {
  std::int64_t sets = 0, bytes = 0;  ///< That may go, or went.
  /// Older ones that stay: the hub hasn't confirmed them; no snapshot of the hub covers them;
  /// certificates and policies, which are never let go of.
  std::int64_t unconfirmed = 0, without_snapshot = 0, founding = 0;
  std::vector<std::string> faults;  ///< Feeds that stay because the snapshot lacks something.
};

/// The first moment of a local year (Asia/Shanghai).
[[nodiscard]] sync::Micros beginning_of_year(int year);
/// The local year that a moment is in.
[[nodiscard]] int year_of(sync::Micros at);

/// Which year a person names as the first that stays: null is this one. Errors: bad_value (no year,
/// or one that hasn't begun: closed years only).
[[nodiscard]] Result<int> closed_year(sync::Micros now, const Json& named);

/// {sets, bytes, unconfirmed, without_snapshot, founding, faults}
[[nodiscard]] Json to_json(const Pruned& pruned);

/// What prune() would take. Errors: forbidden (the hub keeps everything), io.
[[nodiscard]] Result<Pruned> plan_pruning(Replica& replica, sync::Micros before);
/// Takes out the change sets whose last change lies before `before`, in one transaction. Errors:
/// likewise, disk_full.
[[nodiscard]] Result<Pruned> prune(Replica& replica, sync::Micros before);
/// The next exchange brings the hub's newest snapshots of all that this node may read. Each is
/// compared with the change sets that are here, and refused if it says otherwise.
[[nodiscard]] Result<void> ask_for_snapshots(Replica& replica);

}  // namespace linli::node
