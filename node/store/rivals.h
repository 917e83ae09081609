// node/store/rivals.h: records that can't all hold, such as two ballots of one flat.
#pragma once

#include "node/store/conflicts.h"

namespace linli::store {

/// {items: [{severity: "rivals", type, id, scope, title, state, key{…}, written, others}],
/// next_cursor}, newest first. `key`: the natural key's fields; `written`: {node, arrived} of its
/// newest change, node null where its author isn't known here; `others`: those that it can't hold
/// beside, [{id, scope, title, state, written, differs[field]}], at most 20. `differs` names fields
/// that are neither sealed nor about people, and shows no value. Throws DatabaseError.
[[nodiscard]] Result<Json> list_rivals(Store& store, const ConflictQuery& query,
                                       const model::RecordType* type, std::int64_t before);

}  // namespace linli::store
