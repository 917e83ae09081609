// node/store/rivals.h: records that can't all hold, such as two ballots of one flat.
#pragma once

#include "node/store/conflicts.h"

namespace linli::store {

/// {items: [{severity: "rivals", type, id, scope, title, state, key{…}}], next_cursor}, newest
/// first; `key`: the natural key's fields, by which rivals are found beside each other. Throws
/// DatabaseError.
[[nodiscard]] Result<Json> list_rivals(Store& store, const ConflictQuery& query,
                                       const model::RecordType* type, std::int64_t before);

}  // namespace linli::store
