// node/store/named_by.h: the records that name another one. For the rules of
// node/model/unfinished.h.
#pragma once

#include <vector>

#include "node/store/log.h"
#include "node/store/table.h"

namespace linli::store {

/// Records of a type whose field `by` (a ref) names the record `id` of the scope `scope`, in
/// whatever scope they stand themselves; deleted and hidden ones are left out. `record.scope` is
/// filled. Within the caller's transaction or snapshot; throws DatabaseError.
[[nodiscard]] std::vector<Row> records_naming(Database& db, Log& log, const Table& table,
                                              const model::Field& by, const std::string& scope,
                                              const sync::RecordId& id);

}  // namespace linli::store
