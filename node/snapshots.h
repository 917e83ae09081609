// node/snapshots.h: the hub's snapshots (sync/snapshot.h): made here, handed out by the exchange.
#pragma once

#include "node/replica.h"

namespace linli::node {

struct SnapshotMade {
  std::string scope;
  sync::Audience audience = sync::Audience::ancestors;
  std::int64_t sets = 0, records = 0, parts = 0;
  std::uint64_t bytes = 0;  ///< Of its parts as they are kept, without values that stand beside.
};

/// Makes a new snapshot of each scope at or below `path` (empty: of all) of which at least
/// `sets_min` change sets came since the last one; unless that is 1, as many as a quarter of what
/// the last one stands for, too. Reads beside the serving node; each part is a write of its own.
/// `told` is called for each that is done. Errors: forbidden (not the hub), io, disk_full.
[[nodiscard]] Result<std::vector<SnapshotMade>> make_snapshots(
    Replica& replica, const std::string& path, std::int64_t sets_min,
    const std::function<void(const SnapshotMade&)>& told = {});

/// {items: [{scope, audience, sets, records, parts, bytes}]}
[[nodiscard]] Json to_json(const std::vector<SnapshotMade>& made);

}  // namespace linli::node
