// node/store/pruning.h: which change sets a snapshot makes dispensable, and taking them out (only
// sync/snapshot.h says what stands for them then).
//
// All functions throw DatabaseError.
#pragma once

#include "node/store/projector.h"

namespace linli::store {

/// What of one feed may go, or why nothing may.
struct Prunable {
  std::int64_t feed = 0;
  std::string path;
  std::uint64_t up_to = 0;  ///< Numbers up to this one; 0: none.
  std::int64_t sets = 0, bytes = 0;
  /// Of older sets that must stay: `unconfirmed` (the hub has no receipt for them yet), `snapshot`
  /// (no snapshot covers them yet), `founding` (in a feed with certificates or policies, which is
  /// kept for ever).
  std::int64_t unconfirmed = 0, without_snapshot = 0, founding = 0;
};
/// Of each feed: sets whose last stamp and whose confirmation lie before `before` (µs).
[[nodiscard]] std::vector<Prunable> prunable(Log& log, sync::Micros before);

/// Hands the values that stand in the sets up to there on to the parts that stand for them: what
/// the hub couldn't give, being personal, would be lost with its set. Names a record that the
/// snapshots don't speak of; empty: all is well, and the sets may go. For the writer.
[[nodiscard]] std::string hand_values_on(Log& log, Projector& projector, const Prunable& what);
/// Takes them out, with the receipts and rulings on them. The projections must be made anew then.
/// For the writer; call Log::keep_numbers() before.
void prune(Log& log, const Prunable& what);

}  // namespace linli::store
