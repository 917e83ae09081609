// node/store/verify.h: proves that what a node holds is what was signed, and adds up to what it
// shows.
#pragma once

#include "node/store/faults.h"
#include "node/store/reading.h"

namespace linli::store {

struct VerifyReport {
  std::int64_t change_sets = 0, changes = 0, receipts = 0, rulings = 0;
  std::int64_t parts = 0;  ///< Of snapshots.
  std::int64_t certificates = 0, openings = 0;
  std::vector<VerifyFault> faults;  ///< Empty: everything holds.
  [[nodiscard]] bool holds() const { return faults.empty(); }
};

/// Walks the whole log: bytes decode, hashes chain, signatures fit, certificates reach the root,
/// writers were allowed, values fit their commitments, receipts cover what is held (at the hub: the
/// tree over the log has the root that it signed). Where a snapshot stands for the beginning of a
/// feed, what is held of it must lead to, or go on from, the change set that the hub signed there.
/// Then it projects the log anew and compares tables,
/// search and aggregates. Reads only; may run beside the serving node.
[[nodiscard]] Result<VerifyReport> verify(store::Store& store,
                                          const store::Progress& progress = {});

}  // namespace linli::store
