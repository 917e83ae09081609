// node/store/parallel.h: edits of different fields of one record that merged by themselves.
#pragma once

#include "node/store/conflicts.h"

namespace linli::store {

/// Where a page ended: behind this change of the set of this arrival number. Hundreds of records
/// may stand in one.
struct ParallelEnd {
  std::int64_t arrival = INT64_MAX;
  std::uint32_t change = UINT32_MAX;
};

/// Records that several authors changed in different fields without knowing of each other (sync/
/// MERGE.md, "Parallel edits"), among the sets that arrived in the 30 days before query.now and
/// behind `from`, newest first, at most query.limit. Of each edit the fields that merged by
/// themselves are told; where another one wrote all of them and more, all. Costs in proportion to
/// what arrived in the window, and looks at a bounded part of it for one page. Throws
/// DatabaseError.
[[nodiscard]] Result<Json> list_parallel(Store& store, const ConflictQuery& query,
                                         const model::RecordType* type, const ParallelEnd& from);

}  // namespace linli::store
