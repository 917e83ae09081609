// node/store/mending.h: what a rebuild makes anew besides the projections: what follows from the
// log alone, and stands in tables of its own.
#pragma once

#include "node/store/erasures.h"

namespace linli::store {

/// Within a transaction: the hub's leaves, where they aren't those of its tree and the log has all
/// of them; and waiting objects that nobody can read are let go of.
void mend(Log& log);

/// history_faults(), and whether the leaves are those of a tree of that size.
[[nodiscard]] std::vector<std::string> leaf_faults(Database& db, std::uint64_t tree_size);

/// An erasure that counts, by the log, and one of the commitments that it destroys.
struct ListedErasure {
  std::int64_t arrival = 0;
  RecordPlace record;
  std::uint32_t field = 0;
  Hash commitment{};
};
/// Those that the table `erased` doesn't know.
[[nodiscard]] std::vector<ListedErasure> missing_erasures(Log& log);

/// Can it be what waits there (table `waiting`): an object of a kind that is known, whole, and
/// where somebody vouched for it, under its own name?
[[nodiscard]] bool is_sound_waiting(std::string_view object, std::string_view hash,
                                    std::string_view reason);

}  // namespace linli::store
