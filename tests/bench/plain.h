// tests/bench/plain.h: the same rows without a node: prepared INSERTs, and nothing else.
#pragma once

#include <vector>

#include "city.h"

namespace linli::bench {

struct PlainCost {
  double seconds = 0;
};

/// Inserts the records into the node's own tables (same columns, same indexes, same full-text index
/// unless `search` is off), `per_commit` of them a transaction, synchronous=FULL. What to bind is
/// made ready before the clock starts.
[[nodiscard]] PlainCost insert_plainly(const std::filesystem::path& folder,
                                       const std::vector<Plain>& records, double per_commit,
                                       bool search);

}  // namespace linli::bench
