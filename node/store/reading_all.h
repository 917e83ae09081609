// node/store/reading_all.h: records of a type without pages, for work that goes through all of
// them.
#pragma once

#include <vector>

#include "node/store/reading.h"

namespace linli::store {

/// Every record that fits, as list_records answers them, read page by page; `query`'s limit and
/// cursor don't count. For any thread. Errors: as list_records.
[[nodiscard]] Result<std::vector<Json>> all_records(Store& store, RecordQuery query);

}  // namespace linli::store
